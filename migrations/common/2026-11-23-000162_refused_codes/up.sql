-- people: codes that were refused within a day, at sign-in and where somebody is asked once more
CREATE TABLE refused_codes (
  id TEXT NOT NULL PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (id),
  at TIMESTAMP NOT NULL
);
CREATE INDEX refused_codes_person ON refused_codes (person_id, at);
