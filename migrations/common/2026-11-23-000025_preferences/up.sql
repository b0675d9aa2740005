-- people: which optional letters somebody does without; no row says that they come
CREATE TABLE mail_preferences (
  person_id TEXT NOT NULL REFERENCES people (id),
  kind TEXT NOT NULL,
  wanted BOOLEAN NOT NULL,
  changed_at TIMESTAMP NOT NULL,
  PRIMARY KEY (person_id, kind)
);
-- mailbox: letters that go round now and then; each round once
CREATE TABLE mail_rounds (
  kind TEXT NOT NULL,
  round DATE NOT NULL,
  letters BIGINT NOT NULL,
  finished_at TIMESTAMP NOT NULL,
  PRIMARY KEY (kind, round)
);
