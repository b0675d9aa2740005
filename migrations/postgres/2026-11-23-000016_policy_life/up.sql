CREATE TRIGGER policy_steps_append_only BEFORE UPDATE OR DELETE ON policy_steps
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policy_steps_no_truncate BEFORE TRUNCATE ON policy_steps
  EXECUTE FUNCTION refuse_change();
-- Only a draft's terms change: what waits for approval is what was submitted, what was approved or
-- published is what was signed.
DROP TRIGGER policy_versions_frozen ON policy_versions;
CREATE TRIGGER policy_versions_frozen BEFORE UPDATE OF terms, source, terms_hash, name_zh, name_en, currency, period_kind, valid_from, valid_to, revision ON policy_versions
  FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION refuse_frozen();
CREATE TRIGGER policy_versions_kept BEFORE UPDATE OF id, policy_id, number, drafted_by, drafted_by_name, drafted_at ON policy_versions
  FOR EACH ROW EXECUTE FUNCTION refuse_frozen();
CREATE TRIGGER policy_versions_forward BEFORE UPDATE ON policy_versions
  FOR EACH ROW WHEN (OLD.published_at IS NOT NULL AND (NEW.state IN ('draft', 'submitted', 'approved')
    OR NEW.published_at IS DISTINCT FROM OLD.published_at OR NEW.published_by IS DISTINCT FROM OLD.published_by
    OR NEW.submitted_by IS DISTINCT FROM OLD.submitted_by OR NEW.approved_by IS DISTINCT FROM OLD.approved_by
    OR NEW.approved_at IS DISTINCT FROM OLD.approved_at))
  EXECUTE FUNCTION refuse_frozen();
