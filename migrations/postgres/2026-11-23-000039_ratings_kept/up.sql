-- What a customer said stands.
CREATE TRIGGER dispute_ratings_append_only BEFORE UPDATE OR DELETE ON dispute_ratings
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dispute_ratings_no_truncate BEFORE TRUNCATE ON dispute_ratings
  EXECUTE FUNCTION refuse_change();
