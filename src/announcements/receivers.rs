//! Who gets an announcement, and who doesn't and why: the finance people and managers of the
//! customers it is for.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::{Announcement, Reach, Segment, store};
use crate::customers::{self, Customer};
use crate::db::Conn;
use crate::error::Result;
use crate::mailbox::letters::Announcement as Letter;
use crate::mailbox::{self, Letter as _, LetterState, Posted};
use crate::people::{self, MailChoice, Person};
use crate::policies::{self, CustomerFacts, in_scope};
use crate::text_enum;
use crate::values::{AnnouncementId, Key, Language, PersonId};

text_enum! {
    /// What becomes of it for one reader.
    pub enum Fate {
        /// Not their turn yet.
        Waiting = "waiting",
        /// By mail, and in the portal.
        Mailed = "mailed",
        /// In the portal alone, as they chose.
        SwitchedOff = "switched_off",
        /// In the portal alone, because their address takes no mail.
        Bounced = "bounced",
        /// Nobody of the customer's any more when their turn came.
        Gone = "gone",
    }
}

/// Who would get it now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// How many customers it is for.
    pub customers: usize,
    pub receivers: Vec<Receiver>,
    /// Customers with nobody who could get it.
    pub nobody: Vec<Customer>,
}

/// A reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    pub person: Person,
    pub customer: Customer,
    /// Which language they read.
    pub reads: Language,
    /// Which language they get.
    pub gets: Language,
    pub fate: Fate,
}

impl Plan {
    pub fn count(&self, fate: Fate) -> usize {
        self.receivers.iter().filter(|one| one.fate == fate).count()
    }

    /// How many get it in another language than theirs.
    pub fn in_the_other_language(&self) -> usize {
        self.receivers.iter().filter(|one| one.reads != one.gets).count()
    }
}

/// Whether the customer is in reach.
pub(super) fn within(reach: &Reach, customer: &Customer) -> bool {
    match (reach, &customer.account_manager) {
        (Reach::All, _) => true,
        (Reach::Portfolio(own), Some(named)) => own.eq_ignore_ascii_case(named),
        (Reach::Portfolio(_), None) => false,
    }
}

/// The customers of the segment, by key. A programme that isn't promised any more covers nobody.
fn chosen(
    conn: &mut Conn,
    reach: &Reach,
    segment: &Segment,
    today: NaiveDate,
) -> Result<Vec<Customer>> {
    let mut all = customers::all(conn)?;
    all.retain(|customer| {
        within(reach, customer)
            && in_scope(&segment.customers, &CustomerFacts::from(customer), today)
    });
    if let Some(code) = &segment.programme {
        let promised = policies::in_force(conn)?;
        let version = promised.into_iter().find(|version| version.code == *code);
        let covered: HashSet<Key> = match &version {
            Some(version) => policies::covered(&version.terms, &all, today)
                .into_iter()
                .map(|customer| customer.id)
                .collect(),
            None => HashSet::new(),
        };
        all.retain(|customer| covered.contains(&customer.id));
    }
    Ok(all)
}

/// How letters of this kind reach people.
pub(super) struct Ways {
    choices: HashMap<PersonId, MailChoice>,
    bounced: HashSet<String>,
}

impl Ways {
    pub(super) fn read(conn: &mut Conn) -> Result<Self> {
        let bounced = mailbox::bounces(conn, i64::MAX)?;
        Ok(Self {
            choices: people::choices_of_kind(conn, Letter::KIND)?,
            bounced: bounced.into_iter().map(|one| one.address.to_lowercase()).collect(),
        })
    }

    /// The language somebody reads such letters in, and how they get them.
    pub(super) fn of(&self, person: &Person, house: Language) -> (Language, Fate) {
        let choice = self.choices.get(&person.id);
        let reads = choice.and_then(|choice| choice.language).or(person.language);
        let wanted = choice.is_none_or(|choice| choice.wanted);
        let fate = if !wanted {
            Fate::SwitchedOff
        } else if self.bounced.contains(&person.email.to_lowercase()) {
            Fate::Bounced
        } else {
            Fate::Mailed
        };
        (reads.unwrap_or(house), fate)
    }
}

/// Who would get it if it went on the day.
pub fn plan(conn: &mut Conn, announcement: &Announcement, today: NaiveDate) -> Result<Plan> {
    let writing = &announcement.writing;
    let chosen = chosen(conn, &announcement.reach, &writing.segment, today)?;
    let keys: Vec<Key> = chosen.iter().map(|customer| customer.id).collect();
    let mut readers = people::readers_of(conn, &keys)?;
    let ways = Ways::read(conn)?;
    let mut plan = Plan { customers: chosen.len(), ..Plan::default() };
    for customer in chosen {
        let Some(people) = readers.remove(&customer.id) else {
            plan.nobody.push(customer);
            continue;
        };
        for person in people {
            let (reads, fate) = ways.of(&person, customer.language);
            let (gets, customer) = (writing.language_for(reads), customer.clone());
            plan.receivers.push(Receiver { person, customer, reads, gets, fate });
        }
    }
    Ok(plan)
}

/// Somebody it went to, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub person: Person,
    pub customer: Customer,
    pub fate: Fate,
    pub letter: Option<Posted>,
    pub opened: bool,
}

/// What became of one that went, or goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Results {
    pub fates: HashMap<Fate, i64>,
    /// Where its letters stand.
    pub letters: HashMap<LetterState, i64>,
    /// How many have opened it in the portal.
    pub opened: i64,
}

/// What became of it so far.
pub fn results(conn: &mut Conn, id: &AnnouncementId) -> Result<Results> {
    Ok(Results {
        fates: store::receivers::fates(conn, id)?,
        letters: mailbox::standing(conn, Letter::KIND, id.as_str())?,
        opened: store::receivers::opened(conn, id)?,
    })
}

/// Those it goes to since it began to go, by customer, or those of them who get no mail; so many
/// after the first ones.
pub fn receivers(
    conn: &mut Conn,
    id: &AnnouncementId,
    left_out_only: bool,
    after: i64,
    most: i64,
) -> Result<Vec<Sent>> {
    let rows = store::receivers::some(conn, id, left_out_only, after, most)?;
    let ids: Vec<PersonId> = rows.iter().map(|row| row.person.clone()).collect();
    let opened = store::receivers::opened_by(conn, id, &ids)?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let customer = customers::by_id(conn, row.customer)?;
        let person = people::by_id(conn, &row.person)?;
        let to = [person.email.as_str()];
        let letter = mailbox::of_cause_to(conn, Letter::KIND, id.as_str(), &to)?.pop();
        let opened = opened.contains(&row.person);
        found.push(Sent { person, customer, fate: row.fate, letter, opened });
    }
    Ok(found)
}
