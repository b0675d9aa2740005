//! The rows of some customers' periods, as each database finds them fastest.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};

use super::{CHUNK, Row, keep};
use crate::db::Conn;
use crate::db::schema::accruals;
use crate::error::Result;
use crate::values::{Key, Period, PolicyId};

/// Of these customers only the rows of these periods.
pub(in crate::accruals) fn existing_of(
    conn: &mut Conn,
    policy: &PolicyId,
    wanted: Vec<(Key, Vec<Period>)>,
) -> Result<HashMap<(Key, Period), Row>> {
    let mut found = HashMap::new();
    match conn {
        Conn::Sqlite(conn) => by_period(conn, policy, wanted, &mut found)?,
        Conn::Postgres(conn) => keep(one_by_one(conn, policy, wanted)?, &mut found)?,
    }
    Ok(found)
}

/// Asked for by period, because there are few of them, and hardly two customers to whom the same
/// ones matter.
fn by_period(
    conn: &mut SqliteConnection,
    policy: &PolicyId,
    wanted: Vec<(Key, Vec<Period>)>,
    found: &mut HashMap<(Key, Period), Row>,
) -> Result<()> {
    let mut sharing: BTreeMap<Period, Vec<Key>> = BTreeMap::new();
    for (customer, periods) in wanted {
        for period in periods {
            sharing.entry(period).or_default().push(customer);
        }
    }
    for (period, customers) in sharing {
        for chunk in customers.chunks(CHUNK) {
            let rows = accruals::table
                .filter(accruals::policy_id.eq(policy))
                .filter(accruals::period.eq(period.to_string()))
                .filter(accruals::customer_id.eq_any(chunk))
                .select(Row::as_select())
                .load(conn)?;
            keep(rows, found)?;
        }
    }
    Ok(())
}

/// A run fills the table faster than its statistics follow. Asked for many customers at once the
/// planner would take the index of periods, and read all rows of the period; asked for one after
/// the other (`OFFSET 0` keeps it from joining the two) it takes the key.
const ONE_BY_ONE: &str = "SELECT a.* FROM unnest($2, $3) AS wanted (customer_id, period), \
    LATERAL (SELECT * FROM accruals WHERE accruals.policy_id = $1 \
    AND accruals.customer_id = wanted.customer_id AND accruals.period = wanted.period \
    OFFSET 0) AS a";

fn one_by_one(
    conn: &mut PgConnection,
    policy: &PolicyId,
    wanted: Vec<(Key, Vec<Period>)>,
) -> Result<Vec<Row>> {
    let (mut customers, mut periods) = (Vec::new(), Vec::new());
    for (customer, all) in wanted {
        for period in all {
            customers.push(customer);
            periods.push(period.to_string());
        }
    }
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    Ok(diesel::sql_query(ONE_BY_ONE)
        .bind::<Text, _>(policy)
        .bind::<Array<BigInt>, _>(customers)
        .bind::<Array<Text>, _>(periods)
        .load(conn)?)
}
