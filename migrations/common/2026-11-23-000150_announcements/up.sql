-- announcements: news to a segment of the customers, who gets them, and who has opened them
CREATE TABLE announcements (
  id TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  -- The account manager to whose customers it goes; absent: to anybody's.
  portfolio TEXT,
  segment TEXT NOT NULL,
  -- Both empty where it isn't written in the language.
  subject_zh TEXT NOT NULL,
  text_zh TEXT NOT NULL,
  subject_en TEXT NOT NULL,
  text_en TEXT NOT NULL,
  revision BIGINT NOT NULL,
  written_by TEXT NOT NULL REFERENCES people (id),
  written_by_name TEXT NOT NULL,
  changed_by_name TEXT NOT NULL,
  changed_at TIMESTAMP NOT NULL,
  send_at TIMESTAMP,
  begun_at TIMESTAMP,
  ended_at TIMESTAMP
);
CREATE INDEX announcements_due ON announcements (state, send_at);
CREATE TABLE announcement_receivers (
  announcement_id TEXT NOT NULL REFERENCES announcements (id),
  person_id TEXT NOT NULL REFERENCES people (id),
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  -- What became of it: waiting until it was their turn.
  fate TEXT NOT NULL,
  PRIMARY KEY (announcement_id, person_id)
);
CREATE INDEX announcement_receivers_fate ON announcement_receivers (announcement_id, fate);
CREATE INDEX announcement_receivers_customer ON announcement_receivers (customer_id);
CREATE TABLE announcement_reads (
  announcement_id TEXT NOT NULL REFERENCES announcements (id),
  person_id TEXT NOT NULL REFERENCES people (id),
  at TIMESTAMP NOT NULL,
  PRIMARY KEY (announcement_id, person_id)
);
