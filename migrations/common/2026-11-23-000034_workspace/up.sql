-- disputes: what staff hold side by side, one row for both ways: the smaller id first
CREATE TABLE dispute_links (
  dispute_id TEXT NOT NULL REFERENCES disputes (id),
  other_id TEXT NOT NULL REFERENCES disputes (id),
  note TEXT NOT NULL,
  linked_by TEXT NOT NULL,
  linked_by_name TEXT NOT NULL,
  linked_at TIMESTAMP NOT NULL,
  PRIMARY KEY (dispute_id, other_id)
);
CREATE INDEX dispute_links_other ON dispute_links (other_id);
-- disputes: who has a dispute's page open; of minutes, swept
CREATE TABLE dispute_looks (
  dispute_id TEXT NOT NULL REFERENCES disputes (id),
  person_id TEXT NOT NULL REFERENCES people (id),
  person_name TEXT NOT NULL,
  at TIMESTAMP NOT NULL,
  PRIMARY KEY (dispute_id, person_id)
);
CREATE INDEX dispute_looks_at ON dispute_looks (at);
-- disputes: texts written once for many; without an owner the whole team's
CREATE TABLE saved_replies (
  id TEXT NOT NULL PRIMARY KEY,
  owner TEXT REFERENCES people (id),
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  uses BIGINT NOT NULL,
  changed_by TEXT NOT NULL,
  changed_by_name TEXT NOT NULL,
  changed_at TIMESTAMP NOT NULL,
  revision BIGINT NOT NULL
);
CREATE INDEX saved_replies_owner ON saved_replies (owner);
