-- privacy: what people ask about their own data, and what was answered
CREATE TABLE data_requests (
  id TEXT NOT NULL PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (id),
  customer_id BIGINT REFERENCES customers (id),
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  state TEXT NOT NULL,
  received_at TIMESTAMP NOT NULL,
  due_on DATE NOT NULL,
  answer TEXT,
  answered_by TEXT,
  answered_by_name TEXT,
  answered_at TIMESTAMP
);
CREATE INDEX data_requests_person ON data_requests (person_id, received_at);
CREATE INDEX data_requests_state ON data_requests (state, due_on);
