//! Who stands just below a tier: the list for the staff, and the weekly letters to customers who
//! want them.

use chrono::{NaiveDate, Timelike};

use super::rules::{Near, NearRule};
use super::{Accrual, store};
use crate::customers;
use crate::db::{Conn, Db, Tx};
use crate::error::Result;
use crate::mailbox::letters::NearTier;
use crate::mailbox::{self, Letter};
use crate::people::{self, Person};
use crate::policies;
use crate::sales;
use crate::values::{AccrualId, Actor, Key};

/// A customer's running period whose next tier is near.
#[derive(Debug, Clone)]
pub struct NearStanding {
    pub accrual: Accrual,
    pub near: Near,
}

/// Rows looked at together, and standings told in one write.
pub(super) const PAGE: i64 = 1_000;
pub(super) const AT_ONCE: usize = 100;
/// Nobody is written to earlier in the day, by the company's clock.
pub(super) const FROM_HOUR: u32 = 8;

/// Everybody whose next tier is near today, by policy and customer.
pub fn near_tiers(conn: &mut Conn, today: NaiveDate, rule: &NearRule) -> Result<Vec<NearStanding>> {
    let mut found = Vec::new();
    let mut after: Option<AccrualId> = None;
    loop {
        let page = store::open::on(conn, today, after.as_ref(), PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        found.extend(page.into_iter().filter_map(|accrual| {
            let near = rule.near(&accrual.calculation)?;
            Some(NearStanding { accrual, near })
        }));
    }
    found.sort_by(|a, b| {
        let key = |s: &NearStanding| (s.accrual.calculation.policy.clone(), s.accrual.customer);
        key(a).cmp(&key(b))
    });
    Ok(found)
}

/// Writes to the people of customers near a tier, once in each week that begins on the rule's
/// weekday. Several processes may do this at once, and one that dies half-way is gone on with: a
/// letter is queued once for each person, policy, period and week. True when it was this call that
/// finished the round.
pub fn tell_near_tiers(db: &Db, actor: &Actor, rule: &NearRule) -> Result<bool> {
    let (now, zone) = (db.now(), db.house().zone);
    if rule.percent.is_zero() || now.with_timezone(&zone).hour() < FROM_HOUR {
        return Ok(false);
    }
    let (today, round) = (db.today(), rule.round(db.today()));
    let done = |conn: &mut Conn| mailbox::round_is_done(conn, NearTier::KIND, round);
    if db.read(done)? {
        return Ok(false);
    }
    let (near, through) =
        db.read(|conn| Ok((near_tiers(conn, today, rule)?, sales::known_through(conn, today)?)))?;
    let mut letters = 0_i64;
    for some in near.chunks(AT_ONCE) {
        letters += db.write(actor, |tx| tell_some(tx, some, round, through))?;
    }
    db.write(actor, |tx| mailbox::finish_round(tx, NearTier::KIND, round, letters))
}

fn tell_some(
    tx: &mut Tx<'_>,
    some: &[NearStanding],
    round: NaiveDate,
    through: Option<NaiveDate>,
) -> Result<i64> {
    let mut keys: Vec<Key> = some.iter().map(|standing| standing.accrual.customer).collect();
    keys.dedup();
    let readers = people::readers_of(tx, &keys)?;
    let mut letters = 0;
    for standing in some {
        for person in readers.get(&standing.accrual.customer).into_iter().flatten() {
            letters += i64::from(tell(tx, standing, person, round, through)?);
        }
    }
    Ok(letters)
}

fn tell(
    tx: &mut Tx<'_>,
    standing: &NearStanding,
    person: &Person,
    round: NaiveDate,
    through: Option<NaiveDate>,
) -> Result<bool> {
    let NearStanding { accrual, near } = standing;
    let customer = customers::by_id(tx, accrual.customer)?;
    let language = people::reading_language(tx, person, NearTier::KIND, customer.language)?;
    let version = policies::version(tx, &accrual.version)?;
    let house = tx.house().clone();
    let letter = NearTier {
        policy: accrual.policy.clone(),
        name: version.terms.name.in_language(language).to_owned(),
        period: accrual.period,
        tier: near.tier,
        attained: near.attained,
        last_day: accrual.last_day,
        through,
        contact: customers::contact(tx, &customer, &house)?,
    };
    let cause = format!("{}/{}/{round}", accrual.policy, accrual.period);
    people::write_to(tx, person, language, Some(customer.id), &cause, &letter)
}
