-- What silence means was agreed before the statement was issued; once superseded, it stays so.
CREATE TRIGGER statements_agreed BEFORE UPDATE OF agreement ON statements
  FOR EACH ROW EXECUTE FUNCTION refuse_frozen();
CREATE TRIGGER statements_superseded BEFORE UPDATE OF superseded_by ON statements
  FOR EACH ROW WHEN (OLD.superseded_by IS NOT NULL) EXECUTE FUNCTION refuse_frozen();
