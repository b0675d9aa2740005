//! What an entry must be, what each movement books, what a balance is. Pure.

use crate::text_enum;
use crate::values::{Currency, Key};

text_enum! {
    /// Accounts (DOMAIN §4). All but the expense are per customer.
    pub enum Account {
        RebateExpense = "rebate_expense",
        /// Estimated liability.
        Accrued = "accrued",
        /// Earned and available, less what is reserved.
        Payable = "payable",
        InPayment = "in_payment",
        SettledCash = "settled_cash",
        SettledCreditNote = "settled_credit_note",
        SettledOffset = "settled_offset",
        SettledGoods = "settled_goods",
        SettledPoints = "settled_points",
        SettledVoucher = "settled_voucher",
        WriteOff = "write_off",
    }
}

impl Account {
    /// The account a payout of the form ends on; None for a word that is no form.
    pub fn settled(form: &str) -> Option<Self> {
        Self::from_code(&format!("settled_{form}"))
    }

    pub fn is_settled(self) -> bool {
        self.as_str().starts_with("settled_")
    }
}

/// One leg of an entry. Debits are positive, credits negative, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    pub account: Account,
    pub customer: Option<Key>,
    pub amount: i64,
}

/// Why a list of legs is no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unbalanced {
    #[error("it has fewer than two legs")]
    TooFewLegs,
    #[error("a leg is zero")]
    ZeroLeg,
    #[error("debits and credits differ")]
    Differs,
}

/// Every entry balances, has at least two legs, and no leg is zero.
pub fn check_balanced(legs: &[Leg]) -> Result<(), Unbalanced> {
    if legs.len() < 2 {
        return Err(Unbalanced::TooFewLegs);
    }
    if legs.iter().any(|leg| leg.amount == 0) {
        return Err(Unbalanced::ZeroLeg);
    }
    let sum: i128 = legs.iter().map(|leg| i128::from(leg.amount)).sum();
    if sum == 0 { Ok(()) } else { Err(Unbalanced::Differs) }
}

/// A booking in the field's words. Amounts may be negative: then both legs turn round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Movement {
    /// The estimate changed: Dr rebate_expense, Cr accrued.
    Accrue,
    /// The period closed: Dr accrued, Cr payable.
    Close,
    /// A closed period or a dispute: Dr rebate_expense, Cr payable.
    Adjust,
    /// A payout was approved: Dr payable, Cr in_payment.
    Approve,
    /// A payout was settled on the account: Dr in_payment, Cr settled_*.
    Settle(Account),
    /// A payout that was not yet settled came back: Dr in_payment, Cr payable.
    Return,
    /// A settled payout came back: Dr settled_*, Cr payable.
    ReturnSettled(Account),
    /// It was available for a time, and that is over: Dr payable, Cr write_off.
    Expire,
}

impl Movement {
    /// The two legs for an amount in minor units.
    pub fn legs(self, customer: Key, amount: i64) -> Vec<Leg> {
        let (debit, credit) = match self {
            Self::Accrue => (Account::RebateExpense, Account::Accrued),
            Self::Close => (Account::Accrued, Account::Payable),
            Self::Adjust => (Account::RebateExpense, Account::Payable),
            Self::Approve => (Account::Payable, Account::InPayment),
            Self::Settle(account) => (Account::InPayment, account),
            Self::Return => (Account::InPayment, Account::Payable),
            Self::ReturnSettled(account) => (account, Account::Payable),
            Self::Expire => (Account::Payable, Account::WriteOff),
        };
        let leg = |account: Account, amount: i64| Leg {
            account,
            customer: (account != Account::RebateExpense).then_some(customer),
            amount,
        };
        vec![leg(debit, amount), leg(credit, -amount)]
    }
}

/// The legs of what a closed period comes to no more, `amount` above zero: of what expired of it
/// (`written_off`) the writing off is taken back, Dr write_off, because the customer never had it;
/// the rest is taken from what is payable, Dr payable. Cr rebate_expense for both.
pub fn taken_back(customer: Key, amount: i64, written_off: i64) -> Vec<Leg> {
    let spared = written_off.clamp(0, amount);
    let leg = |account, customer, amount| Leg { account, customer, amount };
    let debits = [(Account::WriteOff, spared), (Account::Payable, amount - spared)];
    let debits = debits.into_iter().filter(|(_, part)| *part != 0);
    let mut legs: Vec<Leg> =
        debits.map(|(account, part)| leg(account, Some(customer), part)).collect();
    legs.push(leg(Account::RebateExpense, None, -amount));
    legs
}

/// What the entry adds to what the customer is still owed: accrued, payable and in payment. The
/// statement's closing balance is the sum of these.
pub fn moves_balance(legs: &[Leg]) -> i64 {
    legs.iter()
        .filter(|leg| {
            matches!(leg.account, Account::Accrued | Account::Payable | Account::InPayment)
        })
        .map(|leg| -leg.amount)
        .sum()
}

/// A customer's balance in one currency, in minor units; what is owed to them is positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    pub currency: Currency,
    /// Estimated: accrued in periods still open.
    pub estimated: i64,
    /// Earned and not yet in payment; may be negative after returns.
    pub payable: i64,
    /// Approved for payment, not yet settled.
    pub in_payment: i64,
    /// Held back for disputes and for payouts being prepared.
    pub reserved: i64,
    /// Settled in any form.
    pub paid: i64,
}

impl Balance {
    pub fn empty(currency: Currency) -> Self {
        Self { currency, estimated: 0, payable: 0, in_payment: 0, reserved: 0, paid: 0 }
    }

    /// What can be paid now: payable less reserved. Negative is shown as such and carried forward.
    pub fn available(&self) -> i64 {
        self.payable - self.reserved
    }

    /// Held because it is in dispute or in a payout under way.
    pub fn on_hold(&self) -> i64 {
        self.reserved + self.in_payment
    }

    /// Estimated, available and on hold together: the closing balance of a statement.
    pub fn owed(&self) -> i64 {
        self.estimated + self.payable + self.in_payment
    }

    /// Adds a posting's amount (credit negative) to the part its account belongs to.
    pub(super) fn add(&mut self, account: Account, amount: i64) {
        let owed = -amount;
        match account {
            Account::Accrued => self.estimated += owed,
            Account::Payable => self.payable += owed,
            Account::InPayment => self.in_payment += owed,
            Account::RebateExpense | Account::WriteOff => {}
            _ => self.paid += owed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn balance_after(movements: &[(Movement, i64)]) -> Balance {
        let mut balance = Balance::empty(Currency::CNY);
        for (movement, amount) in movements {
            let legs = movement.legs(1, *amount);
            assert_eq!(check_balanced(&legs), Ok(()));
            legs.iter().for_each(|leg| balance.add(leg.account, leg.amount));
        }
        balance
    }

    #[test]
    fn what_expired_is_not_taken_back_again() {
        // Taken back, expired before: what the customer's payable balance loses, and what is left
        // written off.
        for (amount, written_off, payable, left) in [
            (100, 0, 100, 0),
            (100, 40, 60, 0),
            (100, 100, 0, 0),
            (100, 130, 0, 30),
            (50, -5, 50, -5),
        ] {
            let legs = taken_back(1, amount, written_off);
            assert_eq!(check_balanced(&legs), Ok(()));
            let on = |account| -> i64 {
                legs.iter().filter(|leg| leg.account == account).map(|leg| leg.amount).sum()
            };
            assert_eq!(on(Account::Payable), payable, "{amount} of {written_off}");
            assert_eq!(written_off - on(Account::WriteOff), left, "{amount} of {written_off}");
            assert_eq!(on(Account::RebateExpense), -amount);
            assert!(legs.iter().all(|leg| leg.amount != 0));
        }
    }

    #[test]
    fn each_movement_takes_money_where_the_books_say() {
        use Movement::{Accrue, Adjust, Approve, Close, Expire, Return, ReturnSettled, Settle};
        let cash = Account::SettledCash;
        type Row<'a> = (&'a [(Movement, i64)], [i64; 4]);
        let table: &[Row<'_>] = &[
            // estimated, payable, in payment, paid
            (&[(Accrue, 600)], [600, 0, 0, 0]),
            (&[(Accrue, 600), (Accrue, -100)], [500, 0, 0, 0]),
            (&[(Accrue, 600), (Close, 600)], [0, 600, 0, 0]),
            (&[(Accrue, 600), (Close, 600), (Adjust, -50)], [0, 550, 0, 0]),
            (&[(Accrue, 600), (Close, 600), (Expire, 250)], [0, 350, 0, 0]),
            (&[(Adjust, 600), (Approve, 600)], [0, 0, 600, 0]),
            (&[(Adjust, 600), (Approve, 600), (Settle(cash), 600)], [0, 0, 0, 600]),
            (&[(Adjust, 600), (Approve, 600), (Return, 600)], [0, 600, 0, 0]),
            (
                &[(Adjust, 6), (Approve, 6), (Settle(cash), 6), (ReturnSettled(cash), 6)],
                [0, 6, 0, 0],
            ),
        ];
        for (movements, [estimated, payable, in_payment, paid]) in table {
            let b = balance_after(movements);
            let found = [b.estimated, b.payable, b.in_payment, b.paid];
            assert_eq!(found, [*estimated, *payable, *in_payment, *paid], "{movements:?}");
        }
    }

    #[test]
    fn a_return_after_the_payout_leaves_a_negative_balance() {
        use Movement::{Adjust, Approve, Settle};
        let settled = Settle(Account::SettledCash);
        let b = balance_after(&[(Adjust, 600), (Approve, 600), (settled, 600), (Adjust, -200)]);
        assert_eq!((b.available(), b.paid, b.owed()), (-200, 600, -200));
    }

    #[test]
    fn what_does_not_balance_is_no_entry() {
        let leg = |amount| Leg { account: Account::Payable, customer: Some(1), amount };
        assert_eq!(check_balanced(&[leg(5)]), Err(Unbalanced::TooFewLegs));
        assert_eq!(check_balanced(&[leg(5), leg(-4)]), Err(Unbalanced::Differs));
        assert_eq!(check_balanced(&[leg(0), leg(0)]), Err(Unbalanced::ZeroLeg));
        assert_eq!(check_balanced(&[leg(i64::MAX), leg(i64::MAX)]), Err(Unbalanced::Differs));
    }
}
