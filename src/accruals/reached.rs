//! Who has come to a higher tier since they were last told, and the weekly letters that say so to
//! customers who want them.

use std::collections::HashMap;

use chrono::{NaiveDate, Timelike};

use super::near::{AT_ONCE, FROM_HOUR, PAGE};
use super::rules::{Calculation, NearRule};
use super::{Accrual, store};
use crate::customers;
use crate::db::{Conn, Db, Tx};
use crate::error::Result;
use crate::mailbox::letters::TierReached;
use crate::mailbox::{self, Letter};
use crate::people::{self, Person};
use crate::policies;
use crate::sales;
use crate::values::{AccrualId, Actor, Key, VersionId};

/// Running periods that stand on a higher tier than their customer was told of.
fn reached(conn: &mut Conn, today: NaiveDate) -> Result<Vec<Accrual>> {
    let mut found = Vec::new();
    let mut after: Option<AccrualId> = None;
    let mut thresholds: HashMap<VersionId, Vec<bool>> = HashMap::new();
    loop {
        let page = store::open::on(conn, today, after.as_ref(), PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        for accrual in page.into_iter().filter(|accrual| pays(&accrual.calculation)) {
            if !thresholds.contains_key(&accrual.version) {
                thresholds.insert(accrual.version.clone(), tiers_of(conn, &accrual.version)?);
            }
            let tiers = thresholds.get(&accrual.version);
            if tiers.is_some_and(|tiers| takes_something(&accrual, tiers))
                && is_news(conn, &accrual)?
            {
                found.push(accrual);
            }
        }
    }
    found.sort_by_key(|a| (a.calculation.policy.clone(), a.customer));
    Ok(found)
}

/// A tier was reached, and it pays.
fn pays(calculation: &Calculation) -> bool {
    calculation.tier > 0 && calculation.rebate_minor > 0 && calculation.reason.is_none()
}

fn is_news(conn: &mut Conn, accrual: &Accrual) -> Result<bool> {
    let told = store::reached::told(conn, &accrual.policy, accrual.customer, accrual.period)?;
    Ok(accrual.calculation.tier > told)
}

/// Writes to the people of customers that reached a tier, once in each week that begins on the
/// rule's weekday, and of each tier of a period once. Several processes may do this at once, and
/// one that dies half-way is gone on with. True when it was this call that finished the round.
pub fn tell_reached_tiers(db: &Db, actor: &Actor, rule: &NearRule) -> Result<bool> {
    let (now, zone) = (db.now(), db.house().zone);
    if now.with_timezone(&zone).hour() < FROM_HOUR {
        return Ok(false);
    }
    let (today, round) = (db.today(), rule.round(db.today()));
    if db.read(|conn| mailbox::round_is_done(conn, TierReached::KIND, round))? {
        return Ok(false);
    }
    let (reached, through) =
        db.read(|conn| Ok((reached(conn, today)?, sales::known_through(conn, today)?)))?;
    let mut letters = 0_i64;
    for some in reached.chunks(AT_ONCE) {
        letters += db.write(actor, |tx| tell_some(tx, some, through))?;
    }
    db.write(actor, |tx| mailbox::finish_round(tx, TierReached::KIND, round, letters))
}

fn tell_some(tx: &mut Tx<'_>, some: &[Accrual], through: Option<NaiveDate>) -> Result<i64> {
    let mut keys: Vec<Key> = some.iter().map(|accrual| accrual.customer).collect();
    keys.sort_unstable();
    keys.dedup();
    let readers = people::readers_of(tx, &keys)?;
    let mut letters = 0;
    for accrual in some {
        // Whom nobody reads for is told once somebody does. Another process may have been first.
        let Some(people) = readers.get(&accrual.customer) else { continue };
        if !is_news(tx, accrual)? {
            continue;
        }
        for person in people {
            letters += i64::from(tell(tx, accrual, person, through)?);
        }
        let (policy, customer) = (&accrual.policy, accrual.customer);
        store::reached::set_told(tx, policy, customer, accrual.period, accrual.calculation.tier)?;
    }
    Ok(letters)
}

/// For each tier of the version, whether it takes more than the first purchase.
fn tiers_of(conn: &mut Conn, version: &VersionId) -> Result<Vec<bool>> {
    let tiers = policies::version(conn, version)?.terms.reward.tiers;
    Ok(tiers.iter().map(|tier| !tier.from.is_zero()).collect())
}

/// A tier that the first purchase reaches is no news.
fn takes_something(accrual: &Accrual, tiers: &[bool]) -> bool {
    let place = usize::try_from(accrual.calculation.tier).unwrap_or(0).checked_sub(1);
    place.and_then(|place| tiers.get(place)).copied().unwrap_or(false)
}

fn tell(
    tx: &mut Tx<'_>,
    accrual: &Accrual,
    person: &Person,
    through: Option<NaiveDate>,
) -> Result<bool> {
    let customer = customers::by_id(tx, accrual.customer)?;
    let language = people::reading_language(tx, person, TierReached::KIND, customer.language)?;
    let version = policies::version(tx, &accrual.version)?;
    let house = tx.house();
    let tier = accrual.calculation.tier;
    let letter = TierReached {
        policy: accrual.policy.clone(),
        name: version.terms.name.in_language(language).to_owned(),
        period: accrual.period,
        tier,
        highest: accrual.calculation.next.is_none(),
        last_day: accrual.last_day,
        through,
        contact: customers::contact(tx, &customer, &house)?,
    };
    let cause = format!("{}/{}/{tier}", accrual.policy, accrual.period);
    people::write_to(tx, person, language, Some(customer.id), &cause, &letter)
}
