-- The second factor of those who set one up: since when, the key their authenticator app shares, and
-- the latest time step a code was taken of, so that none is taken twice.
ALTER TABLE people ADD COLUMN second_factor_since TIMESTAMP;
ALTER TABLE people ADD COLUMN totp_key TEXT;
ALTER TABLE people ADD COLUMN totp_step BIGINT;
-- people: keys shown to somebody who is setting their second factor up, and not confirmed yet
CREATE TABLE second_factor_setups (
  person_id TEXT NOT NULL PRIMARY KEY REFERENCES people (id),
  totp_key TEXT NOT NULL,
  made_at TIMESTAMP NOT NULL
);
-- people: codes for when the app is lost, as hashes; the label is the first part of the code, by which
-- it is found
CREATE TABLE recovery_codes (
  person_id TEXT NOT NULL REFERENCES people (id),
  label TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  made_at TIMESTAMP NOT NULL,
  used_at TIMESTAMP,
  PRIMARY KEY (person_id, label)
);
-- people: sign-ins between the right password and the code; of the key in the cookie only the hash
CREATE TABLE halfway_sign_ins (
  key_hash TEXT NOT NULL PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (id),
  made_at TIMESTAMP NOT NULL,
  tries BIGINT NOT NULL
);
CREATE INDEX halfway_sign_ins_person ON halfway_sign_ins (person_id);
