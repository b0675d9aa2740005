-- people: who is away and who stands in for them; who leads whom, under `team` who leads everybody
CREATE TABLE absences (
  id TEXT NOT NULL PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (id),
  first_day DATE NOT NULL,
  last_day DATE NOT NULL,
  deputy_id TEXT REFERENCES people (id),
  set_by TEXT NOT NULL,
  set_at TIMESTAMP NOT NULL
);
CREATE INDEX absences_person ON absences (person_id, last_day);
CREATE INDEX absences_last_day ON absences (last_day);
CREATE TABLE leads (
  member_id TEXT NOT NULL PRIMARY KEY,
  lead_id TEXT NOT NULL REFERENCES people (id)
);
-- disputes: the schedule of their clocks. A row is told once: who sets done_at writes the letters.
CREATE TABLE dispute_timers (
  dispute_id TEXT NOT NULL REFERENCES disputes (id),
  kind TEXT NOT NULL,
  due_at TIMESTAMP NOT NULL,
  done_at TIMESTAMP,
  PRIMARY KEY (dispute_id, kind, due_at)
);
CREATE INDEX dispute_timers_due ON dispute_timers (due_at) WHERE done_at IS NULL;
