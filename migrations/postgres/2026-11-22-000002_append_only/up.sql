-- History is added to, never rewritten: a mistake is undone by a further entry.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: undo a mistake by a further entry', TG_TABLE_NAME;
END $$;
CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON ledger_entries
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_postings_append_only BEFORE UPDATE OR DELETE ON ledger_postings
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_postings_no_truncate BEFORE TRUNCATE ON ledger_postings
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON audit_events
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER statement_entries_append_only BEFORE UPDATE OR DELETE ON statement_entries
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER statement_entries_no_truncate BEFORE TRUNCATE ON statement_entries
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payout_steps_append_only BEFORE UPDATE OR DELETE ON payout_steps
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payout_steps_no_truncate BEFORE TRUNCATE ON payout_steps
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dispute_events_append_only BEFORE UPDATE OR DELETE ON dispute_events
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dispute_events_no_truncate BEFORE TRUNCATE ON dispute_events
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policy_acknowledgements_append_only BEFORE UPDATE OR DELETE ON policy_acknowledgements
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policy_acknowledgements_no_truncate BEFORE TRUNCATE ON policy_acknowledgements
  EXECUTE FUNCTION refuse_change();
-- An issued statement's content and a published version's terms never change; their states do.
CREATE FUNCTION refuse_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% row is frozen once issued: make a new version', TG_TABLE_NAME;
END $$;
CREATE TRIGGER statements_frozen BEFORE UPDATE OF number, customer_id, period, last_day, currency, version, opening_minor, closing_minor, content, content_hash, checkpoint_seq, checkpoint_hash, issued_at ON statements
  FOR EACH ROW EXECUTE FUNCTION refuse_frozen();
CREATE TRIGGER statements_no_delete BEFORE DELETE ON statements
  FOR EACH ROW EXECUTE FUNCTION refuse_frozen();
CREATE TRIGGER policy_versions_frozen BEFORE UPDATE OF terms, source, terms_hash, number, policy_id, currency, period_kind, valid_from ON policy_versions
  FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION refuse_frozen();
CREATE TRIGGER policy_versions_no_delete BEFORE DELETE ON policy_versions
  FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION refuse_frozen();
