-- expiry: what closings made available for a time, what of it expired, and whom that was told
CREATE TABLE expiry_lots (
  entry_id TEXT NOT NULL PRIMARY KEY REFERENCES ledger_entries (id),
  accrual_id TEXT NOT NULL REFERENCES accruals (id),
  policy_id TEXT NOT NULL REFERENCES policies (id),
  version_id TEXT NOT NULL REFERENCES policy_versions (id),
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  currency TEXT NOT NULL,
  period TEXT NOT NULL,
  amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
  available_on DATE NOT NULL,
  last_day DATE NOT NULL
);
CREATE INDEX expiry_lots_customer ON expiry_lots (customer_id, last_day);
CREATE INDEX expiry_lots_last_day ON expiry_lots (last_day);
-- A lot expires at most once a day, however many processes try.
CREATE TABLE expiry_bookings (
  lot_id TEXT NOT NULL REFERENCES expiry_lots (entry_id),
  booked_on DATE NOT NULL,
  entry_id TEXT NOT NULL REFERENCES ledger_entries (id),
  due_on DATE NOT NULL,
  amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
  PRIMARY KEY (lot_id, booked_on)
);
CREATE UNIQUE INDEX expiry_bookings_entry ON expiry_bookings (entry_id);
CREATE TABLE expiry_warnings (
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  last_day DATE NOT NULL,
  mark INTEGER NOT NULL,
  said_day DATE NOT NULL,
  told_at TIMESTAMP NOT NULL,
  PRIMARY KEY (customer_id, last_day, mark)
);
