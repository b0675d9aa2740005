-- disputes: what an account manager puts aside until a day, and what was one claim filed twice
ALTER TABLE disputes ADD COLUMN snoozed_until DATE;
ALTER TABLE disputes ADD COLUMN merged_into TEXT REFERENCES disputes (id);
CREATE INDEX disputes_snoozed ON disputes (assignee, snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX disputes_merged ON disputes (merged_into) WHERE merged_into IS NOT NULL;
