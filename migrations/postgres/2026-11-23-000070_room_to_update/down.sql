ALTER TABLE accruals RESET (fillfactor);
