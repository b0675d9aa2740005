-- Which disputes hold which neighbouring letters; made by the program of what dispute_search has.
CREATE TABLE dispute_words (
  seq BIGINT NOT NULL PRIMARY KEY REFERENCES dispute_queue (seq),
  grams TEXT[] NOT NULL
);
CREATE INDEX dispute_words_grams ON dispute_words USING gin (grams);
INSERT INTO dispute_words (seq, grams)
  SELECT s.seq, ARRAY(SELECT DISTINCT
    CASE WHEN octet_length(substr(s.text, n, 2)) > 2 THEN substr(s.text, n, 2) ELSE substr(s.text, n, 3) END
    FROM generate_series(1, length(s.text) - 1) AS n) FROM dispute_search s;
-- Whose portfolio a customer is in decides who sees its disputes, at once.
CREATE FUNCTION follow_account_manager() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE dispute_queue SET manager = LOWER(COALESCE(NEW.account_manager, '')) WHERE customer_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER customers_dispute_queue AFTER UPDATE OF account_manager ON customers
  FOR EACH ROW WHEN (NEW.account_manager IS DISTINCT FROM OLD.account_manager) EXECUTE FUNCTION follow_account_manager();
