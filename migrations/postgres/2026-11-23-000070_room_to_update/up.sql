-- A run writes a customer's period again and again: with room left on its page the new row stays
-- beside the old one, and no index has to be told (a heap-only update).
ALTER TABLE accruals SET (fillfactor = 60);
