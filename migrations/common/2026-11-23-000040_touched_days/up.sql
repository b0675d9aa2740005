-- A run asks which months carry lines dated after the day of the run before.
CREATE INDEX touched_months_last_day ON touched_months (last_day);
