//! What waits for each customer's people in one letter, on Mondays.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};

use super::digest::week_of;
use crate::accruals;
use crate::customers::{self, Customer};
use crate::db::{Conn, Db, House};
use crate::disputes;
use crate::error::{Error, Result};
use crate::mailbox::letters::{Ahead, CustomerDigest};
use crate::mailbox::{self, Letter};
use crate::payouts;
use crate::people::{self, Person};
use crate::policies::{self, CustomerFacts, Names, Version, covers};
use crate::statements;
use crate::values::{Actor, Key, Language, PolicyId};

/// Customers written to in one write.
const AT_ONCE: usize = 100;
/// How far the days ahead reach.
const AHEAD: u64 = 14;
/// Most lines of each kind in one letter.
const MOST: usize = 10;

/// Writes the digests of the week to the finance people and managers of customers, once; a customer
/// of whom there is nothing to tell gets none. Several processes may do this at once, and one that
/// dies half-way is gone on with: a letter is queued once for each person and week.
pub fn tell_customers_week(db: &Db, actor: &Actor) -> Result<()> {
    let kind = CustomerDigest::KIND;
    let Some(week) = week_of(db) else { return Ok(()) };
    if db.read(|conn| mailbox::round_is_done(conn, kind, week))? {
        return Ok(());
    }
    let today = db.today();
    let (all, promised) = db.read(|conn| {
        let mut promised = policies::in_force(conn)?;
        promised.retain(|version| version.last_day().is_none_or(|last| last >= today));
        Ok((customers::all(conn)?, promised))
    })?;
    let mut letters = 0;
    for some in all.chunks(AT_ONCE) {
        let house = db.house();
        let found = db.read(|conn| some_digests(conn, some, &promised, week, today, house))?;
        if found.is_empty() {
            continue;
        }
        letters += db.write(actor, |tx| {
            let mut letters = 0;
            let cause = format!("{kind}/{week}");
            for (customer, people, digest) in &found {
                for person in people {
                    let (language, key) = (customer.language, Some(customer.id));
                    let wrote = people::write_to(tx, person, language, key, &cause, digest)?;
                    letters += i64::from(wrote);
                }
            }
            Ok(letters)
        })?;
    }
    db.write(actor, |tx| mailbox::finish_round(tx, kind, week, letters).map(|_| ()))
}

type Found<'c> = (&'c Customer, Vec<Person>, CustomerDigest);

fn some_digests<'c>(
    conn: &mut Conn,
    some: &'c [Customer],
    promised: &[Version],
    week: NaiveDate,
    today: NaiveDate,
    house: &House,
) -> Result<Vec<Found<'c>>> {
    let keys: Vec<Key> = some.iter().map(|customer| customer.id).collect();
    let mut readers = people::readers_of(conn, &keys)?;
    let mut found = Vec::new();
    for customer in some {
        let Some(people) = readers.remove(&customer.id) else { continue };
        let digest = digest(conn, customer, promised, week, today, house)?;
        if !digest.is_empty() {
            found.push((customer, people, digest));
        }
    }
    Ok(found)
}

fn digest(
    conn: &mut Conn,
    customer: &Customer,
    promised: &[Version],
    week: NaiveDate,
    today: NaiveDate,
    house: &House,
) -> Result<CustomerDigest> {
    let key = customer.id;
    let last_week = week.checked_sub_days(Days::new(7)).unwrap_or(week);
    let until = today.checked_add_days(Days::new(AHEAD)).unwrap_or(today);
    let soon = |day: NaiveDate| today <= day && day <= until;
    let statements = statements::awaiting(conn, key)?;
    let disputes = disputes::waiting_for_customer(conn, key, 100)?;
    let decided =
        disputes.iter().filter(|dispute| dispute.state == disputes::State::Decided).count();
    let mut paid = payouts::settled_since(conn, key, last_week)?;
    paid.retain(|payout| payout.settled_on.is_some_and(|day| day < week));
    paid.truncate(MOST);
    let mut dates: Vec<(NaiveDate, Ahead)> = Vec::new();
    dates.extend(statements.iter().map(|one| (one.respond_by, Ahead::Answer(one.number.clone()))));
    dates.extend(disputes.iter().filter_map(|dispute| {
        let until = dispute.appeal_until.filter(|_| dispute.state == disputes::State::Decided)?;
        Some((until, Ahead::Appeal(dispute.number.clone())))
    }));
    for payout in payouts::under_way(conn, key)? {
        dates.extend(payout.expected_on.map(|day| (day, Ahead::Payout(payout.number.clone()))));
    }
    let names: HashMap<&PolicyId, &Names> =
        promised.iter().map(|version| (&version.policy_id, &version.terms.name)).collect();
    for accrual in accruals::running(conn, key, today)? {
        if let Some(name) = names.get(&accrual.policy) {
            let [zh, en] =
                [Language::ZhCn, Language::En].map(|one| name.in_language(one).to_owned());
            dates.push((accrual.last_day, Ahead::PeriodEnd { zh, en }));
        }
    }
    dates.retain(|(day, _)| soon(*day));
    dates.sort();
    dates.dedup();
    dates.truncate(MOST);
    let count = |count: usize| i64::try_from(count).map_err(Error::internal);
    Ok(CustomerDigest {
        week,
        statements: count(statements.len())?,
        questions: count(disputes.len() - decided)?,
        decisions: count(decided)?,
        programmes: count(unsigned(conn, customer, promised, today)?)?,
        paid: paid
            .into_iter()
            .filter_map(|payout| {
                let (money, on) = (payout.money(), payout.settled_on?);
                Some((payout.number, money, on))
            })
            .collect(),
        dates,
        contact: customers::contact(conn, customer, house)?,
    })
}

/// How many promised versions cover the customer and aren't signed for it.
fn unsigned(
    conn: &mut Conn,
    customer: &Customer,
    promised: &[Version],
    today: NaiveDate,
) -> Result<usize> {
    let facts = CustomerFacts::from(customer);
    let own: Vec<_> = promised
        .iter()
        .filter(|version| covers(&version.terms, &facts, today.max(version.terms.from)))
        .map(|version| version.id.clone())
        .collect();
    let signed = policies::acknowledged(conn, &own, customer.id)?;
    Ok(own.iter().filter(|id| !signed.contains(*id)).count())
}
