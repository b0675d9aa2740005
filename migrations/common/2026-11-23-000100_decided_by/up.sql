-- Disputes are looked for by who decided them, and how.
CREATE INDEX dispute_decisions_decider ON dispute_decisions (decided_by, decided_at);
CREATE INDEX dispute_decisions_outcome ON dispute_decisions (outcome, decided_at);
