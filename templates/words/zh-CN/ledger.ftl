ledger-not-covered = 可用返利为 { $available }，不足以支付 { $amount }。
ledger-not-covered-held = 可用返利为 { $available }，不足以支付 { $amount }；另有 { $held } 因争议或办理中的兑付冻结。
