-- disputes: what happened on some days is found without reading all that ever did
CREATE INDEX dispute_queue_answered ON dispute_queue (answered_at) WHERE answered_at IS NOT NULL;
CREATE INDEX disputes_closed ON disputes (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX dispute_decisions_decided ON dispute_decisions (decided_at);
CREATE INDEX dispute_decisions_approved ON dispute_decisions (approved_at) WHERE approved_at IS NOT NULL;
CREATE INDEX dispute_ratings_at ON dispute_ratings (rated_at);

-- A dispute about a policy as such is one of that policy, as one about its accrual is.
UPDATE dispute_queue SET policy_id = (SELECT d.subject_id FROM disputes d WHERE d.id = dispute_queue.dispute_id)
  WHERE policy_id = '' AND EXISTS (SELECT 1 FROM disputes d WHERE d.id = dispute_queue.dispute_id AND d.subject = 'programme');
