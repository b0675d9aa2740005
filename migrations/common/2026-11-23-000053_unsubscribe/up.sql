-- mailbox: the addresses in letters one may do without at which a mail program ends them; of the
-- secret in them only the hash
CREATE TABLE unsubscribe_tokens (
  token_hash TEXT NOT NULL PRIMARY KEY,
  letter_id TEXT NOT NULL REFERENCES outbox (id),
  made_at TIMESTAMP NOT NULL
);
CREATE INDEX unsubscribe_tokens_made ON unsubscribe_tokens (made_at);
