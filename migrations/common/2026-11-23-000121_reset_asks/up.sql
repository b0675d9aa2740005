-- people: who asked for a new password, whether or not there is such an account; answered afterwards,
-- so that asking takes the same for all. The id is the key of the form that asked.
CREATE TABLE reset_asks (
  id TEXT NOT NULL PRIMARY KEY,
  email TEXT NOT NULL,
  address TEXT NOT NULL,
  language TEXT NOT NULL,
  asked_at TIMESTAMP NOT NULL,
  answered_at TIMESTAMP,
  sent BOOLEAN NOT NULL
);
CREATE INDEX reset_asks_email ON reset_asks (email, asked_at);
CREATE INDEX reset_asks_address ON reset_asks (address, asked_at);
CREATE INDEX reset_asks_open ON reset_asks (answered_at, asked_at);
