-- statements: runs with what each has to do, when the house makes them by itself, and what is
-- agreed with a customer about them
CREATE TABLE statement_runs (
  id TEXT NOT NULL PRIMARY KEY,
  period TEXT NOT NULL,
  last_day DATE NOT NULL,
  customer_id BIGINT REFERENCES customers (id),
  -- Which day of which rhythm made it; absent by hand.
  schedule TEXT UNIQUE,
  answer_days INTEGER NOT NULL,
  state TEXT NOT NULL,
  already BIGINT NOT NULL,
  started_by TEXT NOT NULL,
  started_by_name TEXT NOT NULL,
  started_at TIMESTAMP NOT NULL,
  finished_at TIMESTAMP
);
CREATE INDEX statement_runs_state ON statement_runs (state, started_at);
CREATE TABLE statement_run_items (
  run_id TEXT NOT NULL REFERENCES statement_runs (id),
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  currency TEXT NOT NULL,
  state TEXT NOT NULL,
  statement_id TEXT REFERENCES statements (id),
  letters BIGINT NOT NULL,
  failure TEXT,
  done_at TIMESTAMP,
  PRIMARY KEY (run_id, customer_id, currency)
);
CREATE INDEX statement_run_items_state ON statement_run_items (run_id, state);
-- One row, 1, once somebody has set it.
CREATE TABLE statement_schedule (
  id INTEGER NOT NULL PRIMARY KEY,
  rhythm TEXT NOT NULL,
  day INTEGER NOT NULL,
  since DATE NOT NULL,
  changed_by_name TEXT NOT NULL,
  changed_at TIMESTAMP NOT NULL
);
CREATE TABLE statement_terms (
  customer_id BIGINT NOT NULL PRIMARY KEY REFERENCES customers (id),
  -- Absent: as the house does it.
  rhythm TEXT,
  day INTEGER,
  since DATE NOT NULL,
  -- The agreement by which silence confirms; absent: it doesn't.
  agreement TEXT,
  changed_by_name TEXT NOT NULL,
  changed_at TIMESTAMP NOT NULL
);
