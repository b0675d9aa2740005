-- The schema once, in the SQL that SQLite and PostgreSQL share. Ids are text made by the program;
-- tables that reach millions of rows take bigint keys. Money is whole minor units, quantities are
-- millionths. Each block names the room that owns it (src/<room>): only its store writes there.

-- db
CREATE TABLE counters (
  name TEXT NOT NULL PRIMARY KEY,
  value BIGINT NOT NULL
);
CREATE TABLE form_results (
  form_key TEXT NOT NULL PRIMARY KEY,
  person_id TEXT NOT NULL,
  payload_hash TEXT NOT NULL,
  location TEXT NOT NULL,
  at TIMESTAMP NOT NULL
);

-- audit
CREATE TABLE audit_events (
  seq BIGINT NOT NULL PRIMARY KEY,
  at TIMESTAMP NOT NULL,
  actor TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  role TEXT NOT NULL,
  action TEXT NOT NULL,
  object_kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  customer_id BIGINT,
  before_hash TEXT,
  after_hash TEXT,
  reason TEXT,
  request TEXT,
  address TEXT,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE INDEX audit_events_object ON audit_events (object_kind, object_id);
CREATE INDEX audit_events_customer ON audit_events (customer_id, seq);

-- mailbox
CREATE TABLE outbox (
  id TEXT NOT NULL PRIMARY KEY,
  message_id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  cause_id TEXT NOT NULL,
  to_address TEXT NOT NULL,
  customer_id BIGINT,
  language TEXT NOT NULL,
  subject TEXT NOT NULL,
  text_body TEXT NOT NULL,
  html_body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_try_at TIMESTAMP NOT NULL,
  claimed_until TIMESTAMP,
  last_error TEXT,
  created_at TIMESTAMP NOT NULL,
  sent_at TIMESTAMP,
  UNIQUE (kind, cause_id, to_address)
);
CREATE INDEX outbox_due ON outbox (state, next_try_at);

-- calendar: days that differ from Monday-to-Friday
CREATE TABLE calendar_days (
  day DATE NOT NULL PRIMARY KEY,
  working BOOLEAN NOT NULL,
  name TEXT NOT NULL
);

-- customers
CREATE TABLE customers (
  id BIGINT NOT NULL PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('customer', 'distributor')),
  class TEXT NOT NULL,
  region TEXT NOT NULL,
  currency TEXT NOT NULL,
  group_code TEXT,
  since DATE,
  tax_id TEXT,
  account_manager TEXT,
  language TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL
);
CREATE INDEX customers_manager ON customers (account_manager);
CREATE TABLE statement_contacts (
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  email TEXT NOT NULL,
  PRIMARY KEY (customer_id, email)
);

-- people
CREATE TABLE people (
  id TEXT NOT NULL PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password_hash TEXT,
  customer_id BIGINT REFERENCES customers (id),
  customer_role TEXT,
  state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
  language TEXT,
  phone TEXT,
  created_at TIMESTAMP NOT NULL,
  last_sign_in_at TIMESTAMP
);
CREATE INDEX people_customer ON people (customer_id);
CREATE TABLE person_roles (
  person_id TEXT NOT NULL REFERENCES people (id),
  role TEXT NOT NULL,
  PRIMARY KEY (person_id, role)
);
CREATE TABLE sessions (
  key_hash TEXT NOT NULL PRIMARY KEY,
  person_id TEXT REFERENCES people (id),
  state TEXT NOT NULL,
  address TEXT NOT NULL,
  agent TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  seen_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL
);
CREATE INDEX sessions_person ON sessions (person_id);
CREATE TABLE sign_in_failures (
  id TEXT NOT NULL PRIMARY KEY,
  email TEXT NOT NULL,
  address TEXT NOT NULL,
  at TIMESTAMP NOT NULL
);
CREATE INDEX sign_in_failures_email ON sign_in_failures (email, at);
CREATE INDEX sign_in_failures_address ON sign_in_failures (address, at);

-- policies
CREATE TABLE policies (
  id TEXT NOT NULL PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  created_at TIMESTAMP NOT NULL
);
CREATE TABLE policy_versions (
  id TEXT NOT NULL PRIMARY KEY,
  policy_id TEXT NOT NULL REFERENCES policies (id),
  number INTEGER NOT NULL,
  state TEXT NOT NULL,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  currency TEXT NOT NULL,
  period_kind TEXT NOT NULL,
  valid_from DATE NOT NULL,
  valid_to DATE,
  terms TEXT NOT NULL,
  source TEXT NOT NULL,
  terms_hash TEXT NOT NULL,
  drafted_by TEXT NOT NULL,
  drafted_by_name TEXT NOT NULL,
  drafted_at TIMESTAMP NOT NULL,
  approved_by TEXT,
  approved_by_name TEXT,
  published_at TIMESTAMP,
  UNIQUE (policy_id, number)
);
CREATE TABLE policy_acknowledgements (
  version_id TEXT NOT NULL REFERENCES policy_versions (id),
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  person_id TEXT NOT NULL,
  person_name TEXT NOT NULL,
  terms_hash TEXT NOT NULL,
  at TIMESTAMP NOT NULL,
  PRIMARY KEY (version_id, customer_id)
);

-- sales
CREATE TABLE products (
  id BIGINT NOT NULL PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  category TEXT NOT NULL,
  brand TEXT NOT NULL,
  unit TEXT NOT NULL
);
CREATE TABLE imports (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  file_name TEXT NOT NULL,
  file_hash TEXT NOT NULL,
  options TEXT NOT NULL,
  report TEXT NOT NULL,
  rows_written BIGINT NOT NULL,
  first_line BIGINT,
  last_line BIGINT,
  actor TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  committed_at TIMESTAMP
);
CREATE TABLE sales_lines (
  id BIGINT NOT NULL PRIMARY KEY,
  source TEXT NOT NULL,
  line_id TEXT NOT NULL,
  import_id TEXT NOT NULL,
  document_no TEXT NOT NULL,
  document_date DATE NOT NULL,
  customer_id BIGINT NOT NULL,
  product_id BIGINT NOT NULL,
  quantity_micro BIGINT NOT NULL,
  net_minor BIGINT NOT NULL,
  currency TEXT NOT NULL,
  kind TEXT NOT NULL,
  unit_price TEXT,
  original_line_id TEXT,
  delivery_date DATE,
  paid_date DATE,
  UNIQUE (source, line_id)
);
CREATE INDEX sales_lines_customer ON sales_lines (customer_id, document_date);
-- The months of a customer that lines touched: what an accrual run has to look at again.
-- `last_day` is the latest day lines of that month carry; `seq` rises with each committed import.
CREATE TABLE touched_months (
  customer_id BIGINT NOT NULL,
  month DATE NOT NULL,
  last_day DATE NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (customer_id, month)
);
CREATE INDEX touched_months_seq ON touched_months (seq);

-- ledger: append-only, see the triggers of each database. Debits are positive, credits negative.
CREATE TABLE ledger_entries (
  id TEXT NOT NULL PRIMARY KEY,
  number BIGINT NOT NULL UNIQUE,
  posted_at TIMESTAMP NOT NULL,
  effective DATE NOT NULL,
  period TEXT NOT NULL,
  prior_period TEXT,
  cause TEXT NOT NULL,
  cause_id TEXT NOT NULL,
  policy_id TEXT REFERENCES policies (id),
  customer_id BIGINT REFERENCES customers (id),
  currency TEXT NOT NULL,
  reference TEXT NOT NULL,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE INDEX ledger_entries_cause ON ledger_entries (cause, cause_id);
CREATE INDEX ledger_entries_customer ON ledger_entries (customer_id, number);
CREATE TABLE ledger_postings (
  entry_id TEXT NOT NULL REFERENCES ledger_entries (id),
  leg INTEGER NOT NULL,
  account TEXT NOT NULL,
  customer_id BIGINT,
  currency TEXT NOT NULL,
  amount_minor BIGINT NOT NULL CHECK (amount_minor <> 0),
  PRIMARY KEY (entry_id, leg)
);
CREATE INDEX ledger_postings_customer ON ledger_postings (customer_id, currency, account, amount_minor);
CREATE TABLE ledger_reserves (
  id TEXT NOT NULL PRIMARY KEY,
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  currency TEXT NOT NULL,
  amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
  cause TEXT NOT NULL,
  cause_id TEXT NOT NULL,
  placed_at TIMESTAMP NOT NULL,
  released_at TIMESTAMP
);
CREATE INDEX ledger_reserves_customer ON ledger_reserves (customer_id, released_at);
CREATE UNIQUE INDEX ledger_reserves_cause ON ledger_reserves (cause, cause_id) WHERE released_at IS NULL;

-- accruals
CREATE TABLE accruals (
  id TEXT NOT NULL PRIMARY KEY,
  policy_id TEXT NOT NULL REFERENCES policies (id),
  version_id TEXT NOT NULL REFERENCES policy_versions (id),
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  period TEXT NOT NULL,
  first_day DATE NOT NULL,
  last_day DATE NOT NULL,
  currency TEXT NOT NULL,
  lines BIGINT NOT NULL,
  base_minor BIGINT NOT NULL,
  base_micro BIGINT NOT NULL,
  measure TEXT NOT NULL,
  tier INTEGER NOT NULL,
  reward TEXT NOT NULL,
  rebate_minor BIGINT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('estimated', 'earned')),
  reason TEXT,
  calculation TEXT NOT NULL,
  run_id TEXT NOT NULL,
  as_of DATE NOT NULL,
  computed_at TIMESTAMP NOT NULL,
  closed_at TIMESTAMP,
  closed_by TEXT,
  UNIQUE (policy_id, customer_id, period)
);
CREATE INDEX accruals_customer ON accruals (customer_id, last_day);
CREATE INDEX accruals_period ON accruals (period, status);
CREATE TABLE accrual_runs (
  id TEXT NOT NULL PRIMARY KEY,
  at TIMESTAMP NOT NULL,
  as_of DATE NOT NULL,
  actor TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  policies BIGINT NOT NULL,
  customers BIGINT NOT NULL,
  periods BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  deltas TEXT NOT NULL
);
CREATE TABLE accrual_closings (
  policy_id TEXT NOT NULL REFERENCES policies (id),
  period TEXT NOT NULL,
  closed_at TIMESTAMP NOT NULL,
  closed_by TEXT NOT NULL,
  closed_by_name TEXT NOT NULL,
  PRIMARY KEY (policy_id, period)
);
CREATE TABLE accrual_marks (
  version_id TEXT NOT NULL PRIMARY KEY REFERENCES policy_versions (id),
  seq BIGINT NOT NULL,
  as_of DATE NOT NULL
);

-- payouts
CREATE TABLE payouts (
  id TEXT NOT NULL PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  currency TEXT NOT NULL,
  amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
  form TEXT NOT NULL,
  payee TEXT NOT NULL,
  state TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  prepared_by TEXT NOT NULL,
  prepared_by_name TEXT NOT NULL,
  prepared_at TIMESTAMP NOT NULL,
  approved_by TEXT,
  approved_by_name TEXT,
  approved_at TIMESTAMP,
  expected_on DATE,
  settled_on DATE,
  reference TEXT,
  note TEXT
);
CREATE INDEX payouts_customer ON payouts (customer_id, prepared_at);
CREATE TABLE payout_lines (
  payout_id TEXT NOT NULL REFERENCES payouts (id),
  position INTEGER NOT NULL,
  cause TEXT NOT NULL,
  cause_id TEXT NOT NULL,
  policy_id TEXT,
  period TEXT,
  text TEXT NOT NULL,
  amount_minor BIGINT NOT NULL,
  PRIMARY KEY (payout_id, position)
);
CREATE TABLE payout_steps (
  payout_id TEXT NOT NULL REFERENCES payouts (id),
  position INTEGER NOT NULL,
  state TEXT NOT NULL,
  at TIMESTAMP NOT NULL,
  actor TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (payout_id, position)
);

-- statements
CREATE TABLE statements (
  id TEXT NOT NULL PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  period TEXT NOT NULL,
  last_day DATE NOT NULL,
  currency TEXT NOT NULL,
  version INTEGER NOT NULL,
  opening_minor BIGINT NOT NULL,
  closing_minor BIGINT NOT NULL,
  content TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  checkpoint_seq BIGINT NOT NULL,
  checkpoint_hash TEXT NOT NULL,
  issued_at TIMESTAMP NOT NULL,
  respond_by DATE NOT NULL,
  state TEXT NOT NULL,
  answered_by TEXT,
  answered_by_name TEXT,
  answered_at TIMESTAMP,
  answered_from TEXT,
  UNIQUE (customer_id, period, currency, version)
);
CREATE INDEX statements_customer ON statements (customer_id, last_day);
CREATE TABLE statement_entries (
  entry_id TEXT NOT NULL REFERENCES ledger_entries (id),
  statement_id TEXT NOT NULL REFERENCES statements (id),
  PRIMARY KEY (entry_id)
);
CREATE INDEX statement_entries_statement ON statement_entries (statement_id);

-- disputes
CREATE TABLE disputes (
  id TEXT NOT NULL PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  state TEXT NOT NULL,
  category TEXT NOT NULL,
  subject TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  subject_text TEXT NOT NULL,
  currency TEXT NOT NULL,
  disputed_minor BIGINT NOT NULL,
  expected_minor BIGINT,
  text TEXT NOT NULL,
  facts TEXT NOT NULL,
  filed_by TEXT NOT NULL,
  filed_by_name TEXT NOT NULL,
  filed_at TIMESTAMP NOT NULL,
  assignee TEXT,
  assignee_name TEXT,
  answer_due DATE NOT NULL,
  decision_due DATE NOT NULL,
  answered_at TIMESTAMP,
  waiting_since TIMESTAMP,
  decided_at TIMESTAMP,
  appeal_until DATE,
  closed_at TIMESTAMP,
  last_activity_at TIMESTAMP NOT NULL,
  revision BIGINT NOT NULL
);
CREATE INDEX disputes_customer ON disputes (customer_id, filed_at);
CREATE INDEX disputes_state ON disputes (state, decision_due);
CREATE INDEX disputes_assignee ON disputes (assignee, state);
CREATE TABLE dispute_events (
  dispute_id TEXT NOT NULL REFERENCES disputes (id),
  position INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at TIMESTAMP NOT NULL,
  actor TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  actor_side TEXT NOT NULL,
  internal BOOLEAN NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (dispute_id, position)
);
CREATE TABLE dispute_files (
  id TEXT NOT NULL PRIMARY KEY,
  dispute_id TEXT NOT NULL REFERENCES disputes (id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  content_type TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  uploaded_by TEXT NOT NULL,
  uploaded_at TIMESTAMP NOT NULL
);
CREATE INDEX dispute_files_dispute ON dispute_files (dispute_id);
CREATE TABLE dispute_decisions (
  dispute_id TEXT NOT NULL REFERENCES disputes (id),
  round INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  granted_minor BIGINT NOT NULL,
  reason TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  decided_by_name TEXT NOT NULL,
  decided_at TIMESTAMP NOT NULL,
  approved_by TEXT,
  approved_by_name TEXT,
  approved_at TIMESTAMP,
  entry_id TEXT,
  PRIMARY KEY (dispute_id, round)
);
