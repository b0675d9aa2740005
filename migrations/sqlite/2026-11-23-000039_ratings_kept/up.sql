-- What a customer said stands.
CREATE TRIGGER dispute_ratings_no_update BEFORE UPDATE ON dispute_ratings
BEGIN SELECT RAISE(ABORT, 'dispute_ratings is append-only: a rating is given once'); END;
CREATE TRIGGER dispute_ratings_no_delete BEFORE DELETE ON dispute_ratings
BEGIN SELECT RAISE(ABORT, 'dispute_ratings is append-only: a rating is given once'); END;
