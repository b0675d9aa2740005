-- statements: the agreement by which silence confirms, as it stood when the statement was issued;
-- the version that took its place; what is to be told until it is answered; who opened it
ALTER TABLE statements ADD COLUMN agreement TEXT;
ALTER TABLE statements ADD COLUMN superseded_by TEXT REFERENCES statements (id);
CREATE INDEX statements_state ON statements (state, respond_by);
CREATE TABLE statement_timers (
  statement_id TEXT NOT NULL REFERENCES statements (id),
  kind TEXT NOT NULL,
  due_at TIMESTAMP NOT NULL,
  done_at TIMESTAMP,
  PRIMARY KEY (statement_id, kind)
);
CREATE INDEX statement_timers_due ON statement_timers (done_at, due_at);
CREATE TABLE statement_reads (
  statement_id TEXT NOT NULL REFERENCES statements (id),
  person_id TEXT NOT NULL,
  person_name TEXT NOT NULL,
  at TIMESTAMP NOT NULL,
  PRIMARY KEY (statement_id, person_id)
);
