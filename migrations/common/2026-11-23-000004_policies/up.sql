-- policies: the life of a version step by step, and the figures policies compare with
ALTER TABLE policy_versions ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE policy_versions ADD COLUMN submitted_by TEXT;
ALTER TABLE policy_versions ADD COLUMN submitted_by_name TEXT;
ALTER TABLE policy_versions ADD COLUMN submitted_at TIMESTAMP;
ALTER TABLE policy_versions ADD COLUMN approved_at TIMESTAMP;
ALTER TABLE policy_versions ADD COLUMN published_by TEXT;
ALTER TABLE policy_versions ADD COLUMN published_by_name TEXT;
-- The last day it is in force when it was ended before its terms say so.
ALTER TABLE policy_versions ADD COLUMN ended_on DATE;
CREATE TABLE policy_steps (
  version_id TEXT NOT NULL REFERENCES policy_versions (id),
  position INTEGER NOT NULL,
  action TEXT NOT NULL,
  at TIMESTAMP NOT NULL,
  actor TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (version_id, position)
);
-- Imported targets and baselines; the value is a decimal in the measure's unit.
CREATE TABLE policy_figures (
  policy_id TEXT NOT NULL REFERENCES policies (id),
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  period TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('target', 'baseline')),
  value TEXT NOT NULL,
  PRIMARY KEY (policy_id, customer_id, period, kind)
);
CREATE INDEX policy_figures_customer ON policy_figures (customer_id);

-- accruals: which days a version's accruals were last computed for. Other days: all anew.
ALTER TABLE accrual_marks ADD COLUMN governs TEXT NOT NULL DEFAULT '';
