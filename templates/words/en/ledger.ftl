ledger-not-covered = The available balance is { $available }; { $amount } can’t be paid from it.
ledger-not-covered-held = The available balance is { $available }; { $amount } can’t be paid from it. A further { $held } is on hold for disputes or payouts under way.
