//! Payouts of the demo: after each quarter most customers are paid in full; the latest quarter
//! shows every state.

use super::cast::Cast;
use super::timeline::Stage;
use crate::banking;
use crate::error::Result;
use crate::payouts::{self, Form, NewPayout, State};
use crate::values::{PayoutId, StaffRole};

/// Less than this many fen is carried on.
const LEAST: i64 = 10_000;

/// Prepares, submits, approves and sends.
pub(super) fn pay(stage: &Stage<'_>, cast: &Cast) -> Result<()> {
    let finance = cast.staff(StaffRole::Finance)?;
    let approver = cast.staff(StaffRole::Approver)?;
    let latest = (stage.today - stage.db.today()).num_days() < 92;
    for (index, (customer, balance)) in stage.available()?.into_iter().enumerate() {
        if balance.available() < LEAST {
            continue;
        }
        let form = match index % 4 {
            0 => Form::CreditNote,
            1 => Form::Offset,
            // Nothing is paid by transfer while a customer's account changes.
            2 if stage.db.read(|conn| banking::open_change(conn, customer))?.is_none() => {
                Form::Cash
            }
            2 => Form::CreditNote,
            _ => Form::Goods,
        };
        // In the latest quarter every payout stops somewhere else on its way.
        let last_step = if latest { index % 7 } else { 6 };
        let id = stage.db.write(finance, |tx| {
            let currency = balance.currency;
            let new = NewPayout { customer, currency, form, amount: None, note: None };
            let payout = payouts::prepare(tx, new)?;
            if last_step >= 1 {
                payouts::submit(tx, &payout.id)?;
            }
            Ok(payout.id)
        })?;
        if last_step == 2 {
            stage.db.write(approver, |tx| payouts::reject(tx, &id, "开票资料待补齐"))?;
        }
        if last_step >= 3 {
            approve(stage, cast, &id)?;
        }
        if last_step >= 4 {
            let expected = stage.db.today() + chrono::Days::new(7);
            let day = stage.db.today().format("%y%m%d");
            let reference = format!("{}{day}{:04}", reference_of(form), index + 1);
            stage
                .db
                .write(finance, |tx| payouts::mark_sent(tx, &id, expected, Some(&reference)))?;
        }
        if latest && last_step == 5 {
            stage.db.write(finance, |tx| payouts::return_(tx, &id, why_returned(form)))?;
        }
    }
    Ok(())
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

fn approve(stage: &Stage<'_>, cast: &Cast, id: &PayoutId) -> Result<()> {
    let shown = stage.db.read(|conn| payouts::by_id(conn, id))?;
    stage
        .db
        .write(cast.staff(StaffRole::Approver)?, |tx| payouts::approve(tx, id, &shown.content_hash))
}

/// Settles what was sent, but for one that is still on its way.
pub(super) fn settle(stage: &Stage<'_>, cast: &Cast) -> Result<()> {
    let finance = cast.staff(StaffRole::Finance)?;
    let latest = (stage.today - stage.db.today()).num_days() < 85;
    let sent = stage.db.read(|conn| payouts::all(conn, Some(State::Sent), 0, 500))?;
    for (index, payout) in sent.into_iter().enumerate() {
        if latest && index % 3 == 0 {
            continue;
        }
        let on = stage.db.today();
        stage.db.write(finance, |tx| payouts::settle(tx, &payout.id, on, None))?;
    }
    Ok(())
}
