//! The lines and the steps of all payouts at once, for `openrebate verify`.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{payout_lines, payout_steps};
use crate::error::Result;
use crate::payouts::{Line, State};
use crate::values::{PayoutId, PolicyId};

type LineRow = (PayoutId, String, String, Option<PolicyId>, Option<String>, String, i64);

pub(in crate::payouts) fn every_line(conn: &mut Conn) -> Result<HashMap<PayoutId, Vec<Line>>> {
    let rows = payout_lines::table
        .order((payout_lines::payout_id, payout_lines::position))
        .select((
            payout_lines::payout_id,
            payout_lines::cause,
            payout_lines::cause_id,
            payout_lines::policy_id,
            payout_lines::period,
            payout_lines::text,
            payout_lines::amount_minor,
        ))
        .load::<LineRow>(conn)?;
    let mut lines: HashMap<PayoutId, Vec<Line>> = HashMap::new();
    for (payout, cause, cause_id, policy, period, text, amount) in rows {
        let line = Line { cause, cause_id, policy, period, text, amount };
        lines.entry(payout).or_default().push(line);
    }
    Ok(lines)
}

pub(in crate::payouts) fn last_steps(conn: &mut Conn) -> Result<HashMap<PayoutId, State>> {
    // The last of each payout's steps is the one that stays in the map.
    Ok(payout_steps::table
        .order((payout_steps::payout_id, payout_steps::position))
        .select((payout_steps::payout_id, payout_steps::state))
        .load::<(PayoutId, State)>(conn)?
        .into_iter()
        .collect())
}
