-- exports: long files that people asked for, made in the background and kept for some days. The
-- file's name is the id and the claim under which it was made.
CREATE TABLE exports (
  id TEXT NOT NULL PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (id),
  customer_id BIGINT REFERENCES customers (id),
  kind TEXT NOT NULL,
  format TEXT NOT NULL,
  first_day DATE,
  last_day DATE,
  period TEXT,
  state TEXT NOT NULL,
  tries INTEGER NOT NULL,
  claim TEXT,
  claimed_until TIMESTAMP,
  lines BIGINT,
  bytes BIGINT,
  sha256 TEXT,
  failure TEXT,
  asked_at TIMESTAMP NOT NULL,
  made_at TIMESTAMP,
  expires_at TIMESTAMP
);
CREATE INDEX exports_person ON exports (person_id, asked_at);
CREATE INDEX exports_state ON exports (state, asked_at);
