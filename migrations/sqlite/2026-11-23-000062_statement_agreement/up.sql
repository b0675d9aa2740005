-- What silence means was agreed before the statement was issued; once superseded, it stays so.
CREATE TRIGGER statements_agreed BEFORE UPDATE OF agreement ON statements
BEGIN SELECT RAISE(ABORT, 'an issued statement is frozen: issue a new version'); END;
CREATE TRIGGER statements_superseded BEFORE UPDATE OF superseded_by ON statements WHEN OLD.superseded_by IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a superseded statement is frozen'); END;
