use diesel::prelude::*;

use crate::db::schema::reached_tiers;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::values::{Key, Period, PolicyId};

/// The highest tier of the period the customer was told of; 0 when of none.
pub(in crate::accruals) fn told(
    conn: &mut Conn,
    policy: &PolicyId,
    customer: Key,
    period: Period,
) -> Result<u32> {
    let tier: Option<i32> = reached_tiers::table
        .find((policy, customer, period.to_string()))
        .select(reached_tiers::tier)
        .first(conn)
        .optional()?;
    u32::try_from(tier.unwrap_or(0)).map_err(Error::internal)
}

pub(in crate::accruals) fn set_told(
    tx: &mut Tx<'_>,
    policy: &PolicyId,
    customer: Key,
    period: Period,
    tier: u32,
) -> Result<()> {
    let tier = i32::try_from(tier).map_err(Error::internal)?;
    let told = (reached_tiers::tier.eq(tier), reached_tiers::told_at.eq(tx.stamp()));
    let known = reached_tiers::table.find((policy, customer, period.to_string()));
    if diesel::update(known).set(told).execute(&mut **tx)? == 0 {
        diesel::insert_into(reached_tiers::table)
            .values((
                reached_tiers::policy_id.eq(policy),
                reached_tiers::customer_id.eq(customer),
                reached_tiers::period.eq(period.to_string()),
                told.0,
                told.1,
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}
