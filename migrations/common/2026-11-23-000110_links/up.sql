-- mailbox: the links in letters that open something to whoever holds them; the secret in one is made
-- when its letter leaves, and only its hash is kept
CREATE TABLE letter_links (
  token_hash TEXT NOT NULL PRIMARY KEY,
  letter_id TEXT NOT NULL REFERENCES outbox (id),
  made_at TIMESTAMP NOT NULL
);
CREATE INDEX letter_links_made ON letter_links (made_at);

-- people: what such a link lets somebody do, once; of one purpose and person at most one is open
CREATE TABLE one_time_links (
  id TEXT NOT NULL PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('invitation', 'password_reset', 'email_change')),
  person_id TEXT NOT NULL REFERENCES people (id),
  about TEXT,
  made_by_name TEXT NOT NULL,
  made_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  ended_at TIMESTAMP,
  ending TEXT CHECK (ending IN ('used', 'superseded', 'withdrawn'))
);
CREATE UNIQUE INDEX one_time_links_open ON one_time_links (person_id, purpose) WHERE ended_at IS NULL;
CREATE INDEX one_time_links_person ON one_time_links (person_id, purpose, made_at);
