//! Payouts of the demo: after each quarter most customers are paid in full; the latest quarter
//! shows every state.

use chrono::{DateTime, NaiveDate, Utc};

use super::cast::Cast;
use super::timeline::Stage;
use crate::banking;
use crate::error::{Error, Result};
use crate::ledger;
use crate::payouts::{self, Form, NewPayout, Payout, State};
use crate::values::{Actor, Key, StaffRole};

/// Less than this many fen is carried on.
const LEAST: i64 = 10_000;

/// What somebody does with the payout of the customer at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    place: usize,
    step: Step,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Prepare,
    Submit,
    Decide,
    Send,
    Return,
    Settle,
}

/// How the payouts of a quarter go: the step, on which business day of the work, its minute after
/// midnight of the first customer's, and the minutes from one customer to the next. A clerk
/// prepares them one after the other, somebody else goes through them on the next day.
const COURSE: [(Step, usize, u32, u32); 6] = [
    (Step::Prepare, 0, 9 * 60 + 32, 3),
    (Step::Submit, 0, 14 * 60 + 3, 4),
    (Step::Decide, 1, 10 * 60 + 6, 5),
    (Step::Send, 2, 9 * 60 + 41, 4),
    (Step::Return, 6, 14 * 60 + 17, 2),
    (Step::Settle, 6, 15 * 60 + 5, 2),
];

/// The steps of one quarter's payouts, from the day given: when, and what.
pub(super) fn turns(
    stage: &Stage<'_>,
    from: NaiveDate,
    places: usize,
) -> Vec<(DateTime<Utc>, Turn)> {
    let days: Vec<NaiveDate> =
        from.iter_days().filter(|day| stage.is_worked(*day)).take(7).collect();
    let mut turns = Vec::new();
    for (step, day, first, each) in COURSE {
        let Some(day) = days.get(day) else { continue };
        for place in 0..places {
            let minute = first + each * u32::try_from(place).unwrap_or_default();
            turns.push((stage.minute(*day, minute), Turn { place, step }));
        }
    }
    turns
}

pub(super) fn play(stage: &Stage<'_>, cast: &Cast, turn: Turn) -> Result<()> {
    let Some((customer, _)) = cast.clerk_at(turn.place) else { return Ok(()) };
    let finance = cast.staff(StaffRole::Finance)?;
    let approver = cast.staff(StaffRole::Approver)?;
    let latest = (stage.today - stage.db.today()).num_days() < 92;
    // In the latest quarter every payout stops somewhere else on its way.
    let last_step = if latest { turn.place % 7 } else { 6 };
    let at = |state| {
        let all = stage.db.read(|conn| payouts::all_of_customer(conn, customer, 5))?;
        Ok::<_, Error>(all.into_iter().find(|payout| payout.state == state))
    };
    match turn.step {
        Step::Prepare => prepare(stage, finance, customer, turn.place),
        Step::Submit => match at(State::Draft)? {
            Some(draft) if last_step >= 1 => {
                stage.db.write(finance, |tx| payouts::submit(tx, &draft.id))
            }
            _ => Ok(()),
        },
        Step::Decide => match (at(State::Submitted)?, last_step) {
            (Some(one), 2) => {
                stage.db.write(approver, |tx| payouts::reject(tx, &one.id, "开票资料待补齐"))
            }
            (Some(one), 3..) => {
                stage.db.write(approver, |tx| payouts::approve(tx, &one.id, &one.content_hash))
            }
            _ => Ok(()),
        },
        Step::Send => match at(State::Approved)? {
            Some(one) if last_step >= 4 => send(stage, finance, &one, turn.place),
            _ => Ok(()),
        },
        Step::Return => match at(State::Sent)? {
            Some(one) if latest && last_step == 5 => {
                let why = why_returned(one.form);
                stage.db.write(finance, |tx| payouts::return_(tx, &one.id, why))
            }
            _ => Ok(()),
        },
        // Some of the latest quarter's are on their way still.
        Step::Settle => match at(State::Sent)? {
            Some(one) if !latest || last_step == 6 => {
                let on = stage.db.today();
                stage.db.write(finance, |tx| payouts::settle(tx, &one.id, on, None))
            }
            _ => Ok(()),
        },
    }
}

/// All that is available, in the form the customer has.
fn prepare(stage: &Stage<'_>, finance: &Actor, customer: Key, place: usize) -> Result<()> {
    let balances = stage.db.read(|conn| ledger::balances(conn, customer))?;
    let Some(balance) = balances.into_iter().find(|one| one.available() >= LEAST) else {
        return Ok(());
    };
    let form = match place % 4 {
        0 => Form::CreditNote,
        1 => Form::Offset,
        // Nothing is paid by transfer while a customer's account changes.
        2 if stage.db.read(|conn| banking::open_change(conn, customer))?.is_none() => Form::Cash,
        2 => Form::CreditNote,
        _ => Form::Goods,
    };
    let currency = balance.currency;
    let new = || NewPayout { customer, currency, form, amount: None, note: None };
    stage.db.write(finance, |tx| payouts::prepare(tx, new())).map(|_| ())
}

fn send(stage: &Stage<'_>, finance: &Actor, payout: &Payout, place: usize) -> Result<()> {
    let expected = stage.db.today() + chrono::Days::new(7);
    let day = stage.db.today().format("%y%m%d");
    let reference = format!("{}{day}{:04}", reference_of(payout.form), place + 1);
    stage.db.write(finance, |tx| payouts::mark_sent(tx, &payout.id, expected, Some(&reference)))
}

/// How the company's numbers of what it hands over in this form begin: payments, deliveries,
/// invoices.
fn reference_of(form: Form) -> &'static str {
    match form {
        Form::Goods => "FH",
        Form::CreditNote | Form::Offset => "HZ",
        _ => "FK",
    }
}

/// What may go wrong with it.
fn why_returned(form: Form) -> &'static str {
    match form {
        Form::Goods => "收货仓库地址变更，物流退回",
        Form::CreditNote => "红字信息表的开票资料有误，客户退回",
        Form::Offset => "抵扣的订单已取消，客户退回",
        _ => "收款账户信息有误，银行退回",
    }
}
