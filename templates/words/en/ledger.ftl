ledger-not-covered = The available balance is { $available }; { $amount } can't be paid from it.
