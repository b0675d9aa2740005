use std::collections::BTreeMap;

use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::db::schema::policy_figures;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::policies::figures::{Figure, FigureKey, FigureKind};
use crate::values::{Key, Period, PolicyId};

/// Customers per query: within the bind limits of both databases.
const CHUNK: usize = 500;

pub(in crate::policies) fn figures(
    conn: &mut Conn,
    policy: &PolicyId,
    customers: &[Key],
) -> Result<BTreeMap<FigureKey, Decimal>> {
    let mut found = BTreeMap::new();
    for chunk in customers.chunks(CHUNK) {
        let rows = policy_figures::table
            .filter(policy_figures::policy_id.eq(policy))
            .filter(policy_figures::customer_id.eq_any(chunk))
            .select((
                policy_figures::customer_id,
                policy_figures::period,
                policy_figures::kind,
                policy_figures::value,
            ))
            .load::<(Key, String, FigureKind, String)>(conn)?;
        for (customer, period, kind, value) in rows {
            let period: Period = period.parse().map_err(Error::internal)?;
            let value: Decimal = value.parse().map_err(Error::internal)?;
            found.insert((customer, period, kind), value);
        }
    }
    Ok(found)
}

pub(in crate::policies) fn set_figure(
    tx: &mut Tx<'_>,
    figure: &Figure,
    is_new: bool,
) -> Result<()> {
    let period = figure.period.to_string();
    let value = figure.value.normalize().to_string();
    if is_new {
        diesel::insert_into(policy_figures::table)
            .values((
                policy_figures::policy_id.eq(&figure.policy),
                policy_figures::customer_id.eq(figure.customer),
                policy_figures::period.eq(period),
                policy_figures::kind.eq(figure.kind),
                policy_figures::value.eq(value),
            ))
            .execute(&mut **tx)?;
    } else {
        let key = (&figure.policy, figure.customer, period, figure.kind);
        diesel::update(policy_figures::table.find(key))
            .set(policy_figures::value.eq(value))
            .execute(&mut **tx)?;
    }
    Ok(())
}
