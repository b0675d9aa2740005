-- people: the browsers each person signed in with; of the secret in their cookie only the hash
CREATE TABLE known_devices (
  device_hash TEXT NOT NULL,
  person_id TEXT NOT NULL REFERENCES people (id),
  known_since TIMESTAMP NOT NULL,
  seen_at TIMESTAMP NOT NULL,
  PRIMARY KEY (device_hash, person_id)
);
CREATE INDEX known_devices_person ON known_devices (person_id);
-- A wrong password from a known browser, or of somebody signed in, is counted apart from those of
-- strangers: what it is counted by.
ALTER TABLE sign_in_failures ADD COLUMN counted_by TEXT;
