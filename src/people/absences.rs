//! Who is away and who stands in for them; who leads whom.
//!
//! Somebody who is away has their work done by the deputy they named; is the deputy away too, or
//! was none named, by their lead.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Person, PersonState, Side, by_id, store};
use crate::audit;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::values::{AbsenceId, PersonId, StaffRole, Text};

/// The longest absence, in days.
const LONGEST: i64 = 366;

/// Days on which somebody doesn't work, both inclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    pub id: AbsenceId,
    pub person: PersonId,
    pub first: NaiveDate,
    pub last: NaiveDate,
    pub deputy: Option<PersonId>,
}

/// For whom somebody may act besides themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Charge {
    /// They lead the whole team.
    pub everybody: bool,
    /// Those they lead, and those away whose deputy they are: ids and addresses.
    pub others: Vec<(PersonId, String)>,
}

impl Charge {
    pub fn has(&self, person: &PersonId) -> bool {
        self.everybody || self.others.iter().any(|(other, _)| other == person)
    }

    pub fn has_address(&self, email: &str) -> bool {
        self.everybody || self.others.iter().any(|(_, other)| other.eq_ignore_ascii_case(email))
    }
}

/// Notes that somebody will be away.
///
/// # Errors
/// The days are the wrong way round, over already or too many; they overlap another absence; the
/// deputy can't do the work.
pub fn plan_absence(
    tx: &mut Tx<'_>,
    person: &PersonId,
    first: NaiveDate,
    last: NaiveDate,
    deputy: Option<&PersonId>,
) -> Result<AbsenceId> {
    let who = by_id(tx, person)?;
    let wrong = |field: &str, text| Err(Error::invalid(field, text));
    if !matches!(who.side, Side::Staff(_)) {
        return wrong("person", Text::new("absence-not-staff"));
    }
    if last < first {
        return wrong("last", Text::new("absence-backwards").with("first", first));
    }
    if last < tx.today() {
        return wrong("last", Text::new("absence-over"));
    }
    if (last - first).num_days() >= LONGEST {
        return wrong("last", Text::new("absence-too-long"));
    }
    let known = store::absences::of(tx, person, first)?;
    if let Some(other) = known.iter().find(|other| other.first <= last) {
        let text = Text::new("absence-overlaps");
        return wrong("first", text.with("first", other.first).with("last", other.last));
    }
    if let Some(deputy) = deputy {
        check_deputy(tx, &who, deputy)?;
    }
    let absence = Absence {
        id: AbsenceId::new(),
        person: person.clone(),
        first,
        last,
        deputy: deputy.cloned(),
    };
    store::absences::insert(tx, &absence)?;
    let named = deputy.map_or("", PersonId::as_str);
    tell(tx, "person.absence_set", person, &format!("{first} – {last} {named}"))?;
    Ok(absence.id)
}

fn check_deputy(tx: &mut Tx<'_>, who: &Person, deputy: &PersonId) -> Result<()> {
    let wrong = |key| Err(Error::invalid("deputy", Text::new(key)));
    if *deputy == who.id {
        return wrong("absence-deputy-self");
    }
    match by_id(tx, deputy) {
        Ok(person) if can_stand_in(who, &person) => Ok(()),
        Ok(_) | Err(Error::NotFound) => wrong("absence-deputy-cannot"),
        Err(other) => Err(other),
    }
}

/// Whether the deputy can do what the person does for customers: an account manager's work is
/// done by account managers, an appeals reviewer's by appeals reviewers.
pub fn can_stand_in(who: &Person, deputy: &Person) -> bool {
    let (Side::Staff(own), Side::Staff(theirs)) = (&who.side, &deputy.side) else { return false };
    let needed = [StaffRole::AccountManager, StaffRole::AppealsReviewer]
        .into_iter()
        .find(|role| own.contains(role));
    who.id != deputy.id
        && deputy.state == PersonState::Active
        && needed.is_none_or(|role| theirs.contains(&role))
}

/// Takes an absence back: one that has begun ends with yesterday, a later one goes.
///
/// # Errors
/// It isn't the person's, or there is none.
pub fn end_absence(tx: &mut Tx<'_>, person: &PersonId, id: &AbsenceId) -> Result<()> {
    let today = tx.today();
    let known = store::absences::of(tx, person, today)?;
    let absence = known.into_iter().find(|one| one.id == *id).ok_or(Error::NotFound)?;
    match today.pred_opt().filter(|yesterday| absence.first <= *yesterday) {
        Some(yesterday) => store::absences::end_on(tx, id, yesterday)?,
        None => store::absences::remove(tx, id)?,
    }
    let days = format!("{} – {}", absence.first, absence.last);
    tell(tx, "person.absence_ended", person, &days)
}

/// The absences of a person that aren't over on the day, in order.
pub fn absences_of(conn: &mut Conn, person: &PersonId, day: NaiveDate) -> Result<Vec<Absence>> {
    store::absences::of(conn, person, day)
}

/// Everybody who is away on the day, by person.
pub fn away_on(conn: &mut Conn, day: NaiveDate) -> Result<BTreeMap<PersonId, Absence>> {
    let away = store::absences::on(conn, day)?;
    Ok(away.into_iter().map(|absence| (absence.person.clone(), absence)).collect())
}

/// Says who leads the member, or everybody who has no lead of their own; nobody any more with
/// None.
///
/// # Errors
/// The lead isn't an active account manager; the member would lead themselves.
pub fn set_lead(tx: &mut Tx<'_>, member: Option<&PersonId>, lead: Option<&PersonId>) -> Result<()> {
    if let Some(lead) = lead {
        let person = by_id(tx, lead)?;
        let manages = matches!(&person.side, Side::Staff(roles)
            if roles.contains(&StaffRole::AccountManager));
        if !manages || person.state != PersonState::Active {
            return Err(Error::invalid("lead", Text::new("lead-no-manager")));
        }
        if member == Some(lead) {
            return Err(Error::invalid("lead", Text::new("lead-self")));
        }
    }
    store::absences::set_lead(tx, member, lead)?;
    let object = member.or(lead).map_or("team", PersonId::as_str);
    let reason = lead.map_or("", PersonId::as_str);
    audit::record(
        tx,
        audit::Event {
            action: "person.lead_set",
            object: ("person", object),
            reason: Some(reason),
            ..Default::default()
        },
    )
}

/// Who leads the person, or everybody when none is given: an active account manager, and never
/// the person themselves.
pub fn lead_of(conn: &mut Conn, member: Option<&PersonId>) -> Result<Option<Person>> {
    let own = match member {
        Some(_) => store::absences::lead(conn, member)?,
        None => None,
    };
    let lead = match own {
        Some(lead) => Some(lead),
        None => store::absences::lead(conn, None)?,
    };
    let Some(lead) = lead.filter(|lead| member != Some(lead)) else { return Ok(None) };
    Ok(Some(by_id(conn, &lead)?).filter(|lead| lead.state == PersonState::Active))
}

/// Who does the person's work on the day: they themselves; when they are away or gone, their
/// deputy, and when the deputy is away too, their lead. None when nobody is left.
pub fn in_charge(conn: &mut Conn, person: &PersonId, day: NaiveDate) -> Result<Option<Person>> {
    let away = away_on(conn, day)?;
    if let Some(found) = here(conn, person, &away)? {
        return Ok(Some(found));
    }
    let lead = lead_of(conn, Some(person))?.map(|lead| lead.id);
    for start in [Some(person.clone()), lead.clone()].into_iter().flatten() {
        if let Some(found) = here(conn, &start, &away)? {
            return Ok(Some(found));
        }
        let deputy = away.get(&start).and_then(|absence| absence.deputy.clone());
        if let Some(deputy) = deputy
            && let Some(found) = here(conn, &deputy, &away)?
        {
            return Ok(Some(found));
        }
    }
    // A lead who is away, and whose deputy is too, still is the one to turn to.
    lead.map(|lead| by_id(conn, &lead)).transpose()
}

fn here(
    conn: &mut Conn,
    person: &PersonId,
    away: &BTreeMap<PersonId, Absence>,
) -> Result<Option<Person>> {
    if away.contains_key(person) {
        return Ok(None);
    }
    Ok(Some(by_id(conn, person)?).filter(|found| found.state == PersonState::Active))
}

/// For whom the person may act on the day.
pub fn charge_of(conn: &mut Conn, person: &PersonId, day: NaiveDate) -> Result<Charge> {
    let everybody = store::absences::lead(conn, None)?.as_ref() == Some(person);
    let mut others = store::absences::led_by(conn, person)?;
    for (away, absence) in away_on(conn, day)? {
        if absence.deputy.as_ref() == Some(person) && !others.iter().any(|(id, _)| *id == away) {
            let email = by_id(conn, &away)?.email;
            others.push((away, email));
        }
    }
    Ok(Charge { everybody, others })
}

fn tell(tx: &mut Tx<'_>, action: &'static str, person: &PersonId, reason: &str) -> Result<()> {
    audit::record(
        tx,
        audit::Event {
            action,
            object: ("person", person.as_str()),
            reason: Some(reason),
            ..Default::default()
        },
    )
}
