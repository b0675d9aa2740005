-- erp: what the accounting system says, and where it and our ledger differ
CREATE TABLE erp_imports (
  id TEXT NOT NULL PRIMARY KEY,
  file_name TEXT NOT NULL,
  file_hash TEXT NOT NULL,
  lines BIGINT NOT NULL,
  complete BOOLEAN NOT NULL,
  agreed BIGINT NOT NULL,
  differing BIGINT NOT NULL,
  actor TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  at TIMESTAMP NOT NULL
);
CREATE TABLE erp_lines (
  import_id TEXT NOT NULL REFERENCES erp_imports (id),
  line BIGINT NOT NULL,
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  period TEXT NOT NULL,
  currency TEXT NOT NULL,
  figure TEXT NOT NULL,
  amount_minor BIGINT NOT NULL,
  voucher TEXT NOT NULL,
  dated DATE,
  text TEXT NOT NULL,
  PRIMARY KEY (import_id, line)
);
CREATE INDEX erp_lines_customer ON erp_lines (import_id, customer_id, period);
CREATE TABLE erp_differences (
  id TEXT NOT NULL PRIMARY KEY,
  import_id TEXT NOT NULL REFERENCES erp_imports (id),
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  period TEXT NOT NULL,
  last_day DATE NOT NULL,
  currency TEXT NOT NULL,
  figure TEXT NOT NULL,
  ours_minor BIGINT NOT NULL,
  theirs_minor BIGINT NOT NULL,
  state TEXT NOT NULL,
  note TEXT,
  closed_by_name TEXT,
  closed_at TIMESTAMP,
  found_at TIMESTAMP NOT NULL,
  UNIQUE (customer_id, period, currency, figure)
);
CREATE INDEX erp_differences_state ON erp_differences (state, last_day);
