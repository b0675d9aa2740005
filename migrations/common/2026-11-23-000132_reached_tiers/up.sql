-- accruals: the highest tier of a period a customer was told of
CREATE TABLE reached_tiers (
  policy_id TEXT NOT NULL REFERENCES policies (id),
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  period TEXT NOT NULL,
  tier INTEGER NOT NULL,
  told_at TIMESTAMP NOT NULL,
  PRIMARY KEY (policy_id, customer_id, period)
);
