CREATE TRIGGER policy_steps_no_update BEFORE UPDATE ON policy_steps
BEGIN SELECT RAISE(ABORT, 'policy_steps is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER policy_steps_no_delete BEFORE DELETE ON policy_steps
BEGIN SELECT RAISE(ABORT, 'policy_steps is append-only: undo a mistake by a further entry'); END;
-- Only a draft's terms change: what waits for approval is what was submitted, what was approved or
-- published is what was signed.
DROP TRIGGER policy_versions_frozen;
CREATE TRIGGER policy_versions_frozen BEFORE UPDATE OF terms, source, terms_hash, name_zh, name_en, currency, period_kind, valid_from, valid_to, revision ON policy_versions WHEN OLD.state <> 'draft'
BEGIN SELECT RAISE(ABORT, 'the terms of a version that is no draft never change: take it back, or publish a new version'); END;
CREATE TRIGGER policy_versions_kept BEFORE UPDATE OF id, policy_id, number, drafted_by, drafted_by_name, drafted_at ON policy_versions
BEGIN SELECT RAISE(ABORT, 'which version it is and who drafted it never change'); END;
CREATE TRIGGER policy_versions_forward BEFORE UPDATE ON policy_versions
WHEN OLD.published_at IS NOT NULL AND (NEW.state IN ('draft', 'submitted', 'approved') OR NEW.published_at IS NOT OLD.published_at
  OR NEW.published_by IS NOT OLD.published_by OR NEW.submitted_by IS NOT OLD.submitted_by
  OR NEW.approved_by IS NOT OLD.approved_by OR NEW.approved_at IS NOT OLD.approved_at)
BEGIN SELECT RAISE(ABORT, 'what was published is frozen and never goes back: publish a new version'); END;
