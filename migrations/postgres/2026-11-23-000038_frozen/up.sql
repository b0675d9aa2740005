-- What a dispute says and froze when it was filed never changes.
CREATE TRIGGER dispute_facts_append_only BEFORE UPDATE OR DELETE ON dispute_facts
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dispute_facts_no_truncate BEFORE TRUNCATE ON dispute_facts
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER disputes_frozen BEFORE UPDATE OF id, number, customer_id, category, subject, subject_id, subject_text, currency, disputed_minor, expected_minor, text, facts, filed_by, filed_by_name, filed_at ON disputes
  FOR EACH ROW EXECUTE FUNCTION refuse_frozen();
