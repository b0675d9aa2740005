ledger-not-covered = 可用返利为 { $available }，不足以支付 { $amount }。
