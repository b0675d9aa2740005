//! Announcements: news in somebody's own words to a segment of the customers (PAGES M6, mail 26).
//!
//! Owns `announcements`, `announcement_receivers`, `announcement_reads`. Promises: only a draft is
//! edited, and nobody writes over what they haven't seen; who gets it is settled when it goes, each
//! once, however often the work is interrupted; whoever switched such letters off, or whose address
//! takes no mail, finds it in the portal alone. Account managers write to the customers who name
//! them, finance and administrators to all (DOMAIN §2: an announcement moves no money). Deliberately
//! absent: markup, pictures, and anything that tells who opened a mail.

mod receivers;
mod rules;
mod send;
mod store;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use receivers::{Fate, Plan, Receiver, Results, Sent, plan, receivers, results};
pub use rules::{Action, LONGEST_SUBJECT, LONGEST_TEXT, State, next};
pub use send::{any_due, work};

use crate::audit::{self, Event};
use crate::customers;
use crate::db::{Conn, House, Tx};
use crate::error::{Error, Result};
use crate::mailbox;
use crate::mailbox::letters::{Announcement as Letter, Preview};
use crate::people::{self, Person};
use crate::policies::{self, CustomerScope};
use crate::values::{
    Actor, AnnouncementId, Contact, EmailAddress, Fingerprint, Key, Language, LetterId, PersonId,
    Problem, StaffRole, Text,
};

/// Whose customers somebody may write to, and which announcements they see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    All,
    /// The customers that name this account manager.
    Portfolio(String),
}

/// Which customers: those of the scope, and of these those that the programme covers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    pub customers: CustomerScope,
    /// The code of a policy.
    pub programme: Option<String>,
}

/// What it says in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    pub subject: String,
    /// Paragraphs with blank lines between.
    pub text: String,
}

impl Said {
    pub fn is_empty(&self) -> bool {
        self.subject.is_empty() && self.text.is_empty()
    }
}

/// What somebody writes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Writing {
    pub zh: Said,
    pub en: Said,
    pub segment: Segment,
}

impl Writing {
    pub fn said(&self, language: Language) -> &Said {
        match language {
            Language::ZhCn => &self.zh,
            Language::En => &self.en,
        }
    }

    /// The languages it is written in.
    pub fn languages(&self) -> Vec<Language> {
        let written = |language: &&Language| !self.said(**language).is_empty();
        Language::ALL.iter().filter(written).copied().collect()
    }

    /// What a reader of the language gets: the other one where theirs isn't written.
    pub fn language_for(&self, reads: Language) -> Language {
        let written = self.languages();
        if written.contains(&reads) { reads } else { written.first().copied().unwrap_or(reads) }
    }

    /// Without the blanks that editing leaves at the ends of lines.
    fn cleaned(mut self) -> Self {
        for said in [&mut self.zh, &mut self.en] {
            said.subject = said.subject.trim().to_owned();
            let text = said.text.replace("\r\n", "\n");
            let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
            said.text = lines.join("\n").trim().to_owned();
        }
        self
    }
}

/// An announcement as the portal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    pub id: AnnouncementId,
    pub state: State,
    pub reach: Reach,
    pub writing: Writing,
    pub revision: i64,
    pub written_by: PersonId,
    pub written_by_name: String,
    pub changed_by_name: String,
    pub changed_at: DateTime<Utc>,
    pub send_at: Option<DateTime<Utc>>,
    pub begun_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

impl Announcement {
    /// The subject as a reader of the language gets it.
    pub fn subject(&self, reads: Language) -> &str {
        &self.writing.said(self.writing.language_for(reads)).subject
    }

    fn hash(&self) -> String {
        hash(&self.writing)
    }
}

fn hash(writing: &Writing) -> String {
    let segment = serde_json::to_string(&writing.segment).unwrap_or_default();
    Fingerprint::new("openrebate announcement 1")
        .field(&writing.zh.subject)
        .field(&writing.zh.text)
        .field(&writing.en.subject)
        .field(&writing.en.text)
        .field(segment)
        .finish()
}

/// What the actor sees.
///
/// # Errors
/// Not found for who has nothing to do with announcements.
pub fn reach(conn: &mut Conn, actor: &Actor) -> Result<Reach> {
    let all = [StaffRole::Finance, StaffRole::Admin, StaffRole::Auditor];
    if all.iter().any(|role| actor.holds(*role)) {
        return Ok(Reach::All);
    }
    if !actor.holds(StaffRole::AccountManager) {
        return Err(Error::NotFound);
    }
    let person = actor.person().ok_or(Error::NotFound)?;
    Ok(Reach::Portfolio(people::by_id(conn, person)?.email))
}

/// Whether the actor writes announcements, and doesn't only read them.
pub fn writes(actor: &Actor) -> bool {
    let writers = [StaffRole::AccountManager, StaffRole::Finance, StaffRole::Admin];
    writers.iter().any(|role| actor.holds(*role))
}

/// As [`reach`], of those who write. An auditor who also looks after customers writes to these.
fn writers_reach(tx: &mut Tx<'_>) -> Result<Reach> {
    let actor = tx.by();
    if actor.holds(StaffRole::Finance) || actor.holds(StaffRole::Admin) {
        return Ok(Reach::All);
    }
    if !actor.holds(StaffRole::AccountManager) {
        return Err(Error::NotFound);
    }
    let person = actor.person().ok_or(Error::NotFound)?;
    Ok(Reach::Portfolio(people::by_id(tx, person)?.email))
}

/// The announcement with this id.
///
/// # Errors
/// Not found, which is also the answer for one out of reach.
pub fn one(conn: &mut Conn, reach: &Reach, id: &AnnouncementId) -> Result<Announcement> {
    let found = store::one(conn, id)?;
    let theirs = match (reach, &found.reach) {
        (Reach::All, _) => true,
        (Reach::Portfolio(own), Reach::Portfolio(of)) => own.eq_ignore_ascii_case(of),
        (Reach::Portfolio(_), Reach::All) => false,
    };
    if theirs { Ok(found) } else { Err(Error::NotFound) }
}

/// The newest in reach.
pub fn latest(conn: &mut Conn, reach: &Reach, limit: i64) -> Result<Vec<Announcement>> {
    store::latest(conn, reach, limit)
}

/// Keeps a new draft.
///
/// # Errors
/// The actor doesn't write announcements, or a field can't be right.
pub fn draft(tx: &mut Tx<'_>, writing: Writing) -> Result<AnnouncementId> {
    let reach = writers_reach(tx)?;
    let writing = writing.cleaned();
    check(tx, &reach, &writing)?;
    let person = tx.by().person().cloned().ok_or(Error::NotFound)?;
    let announcement = Announcement {
        id: AnnouncementId::new(),
        state: State::Draft,
        reach,
        writing,
        revision: 1,
        written_by: person,
        written_by_name: tx.by().name.clone(),
        changed_by_name: tx.by().name.clone(),
        changed_at: tx.at(),
        send_at: None,
        begun_at: None,
        ended_at: None,
    };
    store::insert(tx, &announcement)?;
    tell(tx, "announcement.drafted", &announcement.id, None, Some(announcement.hash()), None)?;
    Ok(announcement.id)
}

/// Changes a draft; what is the same already stays as it is.
///
/// # Errors
/// It isn't the actor's to write, it is no draft any more, somebody changed it meanwhile, or a
/// field can't be right.
pub fn edit(tx: &mut Tx<'_>, id: &AnnouncementId, revision: i64, writing: Writing) -> Result<()> {
    let known = to_change(tx, id, Action::Edit, Some(revision))?;
    let writing = writing.cleaned();
    check(tx, &known.reach, &writing)?;
    if writing == known.writing {
        return Ok(());
    }
    store::rewrite(tx, &known, &writing)?;
    tell(tx, "announcement.edited", id, Some(known.hash()), Some(hash(&writing)), None)
}

/// Has it sent at the moment; one that has passed is now.
///
/// # Errors
/// As for [`edit`]; nobody would get it, or the moment is too far ahead.
pub fn schedule(
    tx: &mut Tx<'_>,
    id: &AnnouncementId,
    revision: i64,
    at: DateTime<Utc>,
) -> Result<()> {
    let known = to_change(tx, id, Action::Schedule, Some(revision))?;
    if at > tx.at() + rules::FURTHEST {
        return Err(Error::invalid("day", Text::new("news-too-far-ahead")));
    }
    let (today, at) = (tx.today(), at.max(tx.at()));
    check(tx, &known.reach, &known.writing)?;
    if plan(tx, &known, today)?.receivers.is_empty() {
        return Err(Error::refused("news-nobody-gets-it"));
    }
    store::schedule(tx, &known, State::Scheduled, Some(at))?;
    let at = at.to_rfc3339();
    tell(tx, "announcement.scheduled", id, None, Some(known.hash()), Some(&at))
}

/// Makes it a draft again, before it goes.
///
/// # Errors
/// It isn't the actor's to write, or it isn't waiting to go.
pub fn take_back(tx: &mut Tx<'_>, id: &AnnouncementId) -> Result<()> {
    let known = to_change(tx, id, Action::TakeBack, None)?;
    store::schedule(tx, &known, State::Draft, None)?;
    tell(tx, "announcement.taken_back", id, None, None, None)
}

/// Calls it off for good, before it goes.
///
/// # Errors
/// It isn't the actor's to write, or it is on its way or gone.
pub fn cancel(tx: &mut Tx<'_>, id: &AnnouncementId) -> Result<()> {
    let known = to_change(tx, id, Action::Cancel, None)?;
    store::schedule(tx, &known, State::Cancelled, None)?;
    tell(tx, "announcement.cancelled", id, None, None, None)
}

/// Writes it to whoever asks, in every language it is written in; to which address.
///
/// # Errors
/// It isn't the actor's to write, or they have no address.
pub fn try_out(tx: &mut Tx<'_>, id: &AnnouncementId) -> Result<EmailAddress> {
    let reach = writers_reach(tx)?;
    let known = one(tx, &reach, id)?;
    let person = tx.by().person().cloned().ok_or(Error::NotFound)?;
    let person = people::by_id(tx, &person)?;
    let to = EmailAddress::parse(&person.email).ok_or(Error::NotFound)?;
    let trial = LetterId::new();
    for language in known.writing.languages() {
        let letter = letter(&known, language, &contact_of(&person), true);
        let cause = format!("{id}/trial/{trial}/{language}");
        mailbox::post(tx, &to, language, None, &cause, &letter)?;
    }
    tell(tx, "announcement.tried_out", id, None, Some(known.hash()), Some(to.as_str()))?;
    Ok(to)
}

/// How it will look to a reader, whom its writer stands in for as the contact.
///
/// # Errors
/// Not found when it isn't written in the language.
pub fn preview(
    conn: &mut Conn,
    announcement: &Announcement,
    language: Language,
    house: &House,
) -> Result<Preview> {
    if announcement.writing.said(language).is_empty() {
        return Err(Error::NotFound);
    }
    let writer = people::by_id(conn, &announcement.written_by)?;
    mailbox::draft_of(&letter(announcement, language, &contact_of(&writer), false), language, house)
}

fn letter(of: &Announcement, language: Language, contact: &Contact, trial: bool) -> Letter {
    let said = of.writing.said(language);
    Letter {
        announcement: of.id.clone(),
        subject: said.subject.clone(),
        other_subject: Some(&of.writing.said(language.other()).subject)
            .filter(|subject| !subject.is_empty())
            .cloned(),
        text: said.text.clone(),
        trial,
        contact: contact.clone(),
    }
}

fn contact_of(person: &Person) -> Contact {
    Contact {
        name: person.name.clone(),
        email: EmailAddress::parse(&person.email),
        phone: person.phone.clone(),
    }
}

/// One that went to somebody of the customer's.
///
/// # Errors
/// Not found, which is also the answer for one that went to others.
pub fn of_customer(conn: &mut Conn, customer: Key, id: &AnnouncementId) -> Result<Announcement> {
    if !store::receivers::went_to(conn, id, customer)? {
        return Err(Error::NotFound);
    }
    store::one(conn, id)
}

/// Whether the person has opened it in the portal.
pub fn was_opened(conn: &mut Conn, id: &AnnouncementId, person: &PersonId) -> Result<bool> {
    store::receivers::was_opened(conn, id, person)
}

/// Notes that the person opened it. Like who looks at what, this is no fact of the books, and the
/// audit log has none of it.
pub fn note_opened(tx: &mut Tx<'_>, id: &AnnouncementId, person: &PersonId) -> Result<()> {
    if store::receivers::was_opened(tx, id, person)? {
        return Ok(());
    }
    store::receivers::note_opened(tx, id, person)
}

/// The announcement, to be changed so by who asks.
fn to_change(
    tx: &mut Tx<'_>,
    id: &AnnouncementId,
    action: Action,
    revision: Option<i64>,
) -> Result<Announcement> {
    let reach = writers_reach(tx)?;
    let known = one(tx, &reach, id)?;
    if next(known.state, action).is_none() {
        return Err(Error::Refused(rules::refusal(known.state)));
    }
    if revision.is_some_and(|seen| seen != known.revision) {
        return Err(Error::refused("news-changed-meanwhile"));
    }
    Ok(known)
}

/// Whether the text can go out and the segment names what there is.
fn check(conn: &mut Conn, reach: &Reach, writing: &Writing) -> Result<()> {
    let mut problems = rules::check(writing);
    let scope = &writing.segment.customers;
    for (field, codes) in [("codes", &scope.codes), ("except", &scope.except)] {
        for code in codes {
            let known = customers::known(conn, code)?;
            if !known.is_some_and(|customer| receivers::within(reach, &customer)) {
                let text = Text::new("news-customer-unknown").with("code", code);
                problems.push(Problem::new(field, text));
                break;
            }
        }
    }
    if let Some(code) = &writing.segment.programme {
        match policies::by_code(conn, code) {
            Ok(_) => {}
            Err(Error::NotFound) => {
                let text = Text::new("news-programme-unknown").with("code", code);
                problems.push(Problem::new("programme", text));
            }
            Err(other) => return Err(other),
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

fn tell(
    tx: &mut Tx<'_>,
    action: &'static str,
    id: &AnnouncementId,
    before: Option<String>,
    after: Option<String>,
    reason: Option<&str>,
) -> Result<()> {
    let event = Event {
        action,
        object: ("announcement", id.as_str()),
        customer: None,
        before,
        after,
        reason,
    };
    audit::record(tx, event)
}
