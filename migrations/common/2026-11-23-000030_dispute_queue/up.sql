-- disputes: what the queue and the figures need of a dispute, narrow, one row each. `seq` rises
-- with filing. Empty texts stand for nobody and for no policy; amounts are ten-thousandths of the
-- major unit, so that they compare over currencies as they read.
CREATE TABLE dispute_queue (
  seq BIGINT NOT NULL PRIMARY KEY,
  dispute_id TEXT NOT NULL UNIQUE REFERENCES disputes (id),
  number TEXT NOT NULL,
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  manager TEXT NOT NULL,
  owner TEXT NOT NULL,
  owner_name TEXT NOT NULL,
  lane TEXT NOT NULL CHECK (lane IN ('work', 'waiting', 'approval', 'appeal', 'done')),
  state TEXT NOT NULL,
  category TEXT NOT NULL,
  policy_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount BIGINT NOT NULL,
  due DATE NOT NULL,
  asleep_until DATE NOT NULL,
  filed_at TIMESTAMP NOT NULL,
  last_at TIMESTAMP NOT NULL,
  last_side TEXT NOT NULL,
  revision BIGINT NOT NULL,
  answer_due DATE NOT NULL,
  answered_at TIMESTAMP,
  decided_due DATE NOT NULL,
  decided_at TIMESTAMP,
  appealed BOOLEAN NOT NULL
);
-- Each view is a range of one of these for each order, so a page deep in a million costs what the
-- first one does.
CREATE INDEX dispute_queue_due ON dispute_queue (lane, due, seq);
CREATE INDEX dispute_queue_filed ON dispute_queue (lane, filed_at, seq);
CREATE INDEX dispute_queue_amount ON dispute_queue (lane, amount, seq);
CREATE INDEX dispute_queue_last ON dispute_queue (lane, last_at, seq);
CREATE INDEX dispute_queue_owner_due ON dispute_queue (owner, lane, due, seq, asleep_until);
CREATE INDEX dispute_queue_owner_filed ON dispute_queue (owner, lane, filed_at, seq);
CREATE INDEX dispute_queue_owner_amount ON dispute_queue (owner, lane, amount, seq);
CREATE INDEX dispute_queue_owner_last ON dispute_queue (owner, lane, last_at, seq);
CREATE INDEX dispute_queue_manager_due ON dispute_queue (manager, lane, due, seq);
CREATE INDEX dispute_queue_manager_filed ON dispute_queue (manager, lane, filed_at, seq);
CREATE INDEX dispute_queue_manager_amount ON dispute_queue (manager, lane, amount, seq);
CREATE INDEX dispute_queue_manager_last ON dispute_queue (manager, lane, last_at, seq);
CREATE INDEX dispute_queue_unowned ON dispute_queue (manager, lane, due, seq) WHERE owner = '';
-- Filters that may leave little of a view.
CREATE INDEX dispute_queue_customer ON dispute_queue (customer_id, seq);
CREATE INDEX dispute_queue_policy ON dispute_queue (policy_id, category, manager, seq);
CREATE INDEX dispute_queue_category ON dispute_queue (category, seq);
CREATE INDEX dispute_queue_state ON dispute_queue (state, seq);
CREATE INDEX dispute_queue_asleep ON dispute_queue (owner, asleep_until, seq);
-- What is searched: number, subject and text, folded.
CREATE TABLE dispute_search (
  seq BIGINT NOT NULL PRIMARY KEY REFERENCES dispute_queue (seq),
  text TEXT NOT NULL
);
INSERT INTO dispute_queue (seq, dispute_id, number, customer_id, manager, owner, owner_name, lane, state, category,
    policy_id, subject, currency, amount, due, asleep_until, filed_at, last_at, last_side, revision, answer_due, answered_at,
    decided_due, decided_at, appealed)
  SELECT ROW_NUMBER() OVER (ORDER BY d.filed_at, d.id), d.id, d.number, d.customer_id,
    LOWER(COALESCE(c.account_manager, '')), COALESCE(d.assignee, ''), COALESCE(d.assignee_name, ''),
    CASE WHEN d.state IN ('submitted', 'in_review') THEN 'work' WHEN d.state = 'waiting_customer' THEN 'waiting'
      WHEN d.state = 'awaiting_approval' THEN 'approval' WHEN d.state IN ('appealed', 'appeal_review') THEN 'appeal'
      ELSE 'done' END,
    d.state, d.category, COALESCE(a.policy_id, ''), d.subject_text, d.currency,
    d.disputed_minor * CASE
      WHEN d.currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND',
        'VUV', 'XAF', 'XOF', 'XPF') THEN 10000
      WHEN d.currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 10
      WHEN d.currency IN ('CLF', 'UYW') THEN 1
      ELSE 100 END,
    CASE WHEN d.state IN ('waiting_customer', 'decided', 'appeal_decided', 'closed', 'withdrawn') THEN '9999-12-31'
      WHEN d.answered_at IS NULL AND d.answer_due < d.decision_due THEN d.answer_due ELSE d.decision_due END,
    '0001-01-01', d.filed_at, d.filed_at, 'customer', d.revision, d.answer_due, d.answered_at, d.decision_due, d.decided_at, FALSE
  FROM disputes d JOIN customers c ON c.id = d.customer_id
  LEFT JOIN accruals a ON d.subject = 'accrual' AND a.id = d.subject_id;
UPDATE dispute_queue SET
  last_at = COALESCE((SELECT MAX(e.at) FROM dispute_events e WHERE e.dispute_id = dispute_queue.dispute_id AND e.kind IN
    ('filed', 'reply', 'question', 'answer', 'file_added', 'decided', 'appealed', 'appeal_decided')), last_at),
  last_side = COALESCE((SELECT e.actor_side FROM dispute_events e WHERE e.dispute_id = dispute_queue.dispute_id AND e.kind IN
    ('filed', 'reply', 'question', 'answer', 'file_added', 'decided', 'appealed', 'appeal_decided')
    ORDER BY e.position DESC LIMIT 1), last_side),
  decided_at = (SELECT MIN(e.at) FROM dispute_events e WHERE e.dispute_id = dispute_queue.dispute_id AND e.kind = 'decided'),
  appealed = EXISTS (SELECT 1 FROM dispute_events e WHERE e.dispute_id = dispute_queue.dispute_id AND e.kind = 'appealed');
INSERT INTO counters (name, value) SELECT 'dispute_queue', COUNT(*) FROM dispute_queue;
-- What was filed before is searched in lower case and with the punctuation it has.
INSERT INTO dispute_search (seq, text)
  SELECT q.seq, LOWER(REPLACE(q.number, '-', ' ') || '
' || q.subject || '
' || d.text) FROM dispute_queue q JOIN disputes d ON d.id = q.dispute_id;
