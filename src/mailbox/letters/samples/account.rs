//! Letters of a customer's bank account, and of its week.

use super::*;
use crate::values::{Currency, Money};

impl Made {
    pub(super) fn account(&self) -> AboutAccount {
        AboutAccount {
            customer: self.customer(),
            account: self.say("示例银行 **** 3456", "Example Bank **** 3456"),
            before: Some(self.say("范例银行 **** 7702", "Sample Bank **** 7702")),
            by: self.say("张磊", "Zhang Lei"),
            phone: self.contact.phone.clone(),
            contact: self.contact.clone(),
        }
    }
}

impl Draw<'_> {
    pub(super) fn account(&self, kind: &str, made: &Made) -> Result<Option<Preview>> {
        match kind {
            BankChangeRequested::KIND => self.one(&BankChangeRequested { about: made.account() }),
            BankChangeEffective::KIND => {
                self.one(&BankChangeEffective { about: made.account(), on: day(2026, 10, 20) })
            }
            BankChangeRejected::KIND => self.one(&BankChangeRejected {
                about: made.account(),
                outcome: BankOutcome::Rejected,
                by: made.colleague(),
                reason: made.say(
                    "致电原联系人核实，对方表示未曾申请变更",
                    "We called the contact we know, who had not asked for it",
                ),
            }),
            CustomerDigest::KIND => self.one(&CustomerDigest {
                week: day(2026, 10, 19),
                statements: 1,
                questions: 1,
                decisions: 0,
                programmes: 2,
                paid: vec![(
                    "FL-2026-10-000001".to_owned(),
                    Money::new(1_234_567, Currency::CNY),
                    day(2026, 10, 16),
                )],
                dates: vec![
                    (day(2026, 10, 20), Ahead::Payout("FL-2026-10-000002".to_owned())),
                    (day(2026, 10, 29), Ahead::Answer("DZ-2026-09-000001".to_owned())),
                ],
                contact: made.contact.clone(),
            }),
            _ => Ok(None),
        }
    }
}
