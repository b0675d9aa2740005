//! The workspace of a dispute: the facts beside the conversation beside what can be done.

use std::collections::BTreeMap;

use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::customer::dispute_drafts::Kept;
use super::super::dispute_view::{
    self, DecisionRow, EventRow, FileRow, Joined, RatingRow, decisions, events, files,
};
use super::super::{Answer, App, Page, StaffUser, opens, reply};
use super::absences::named;
use super::dispute_around::{LinkRow, presence, presence_in_words};
use super::dispute_facts::{self, FactsView};
use super::dispute_may::May;
use super::disputes::{Left, business_days_left, left};
use crate::audit;
use crate::db::Conn;
use crate::disputes::{
    self, Action, Decision, Dispute, Event, File, Link, Look, MOST, Neighbours, Outcome, Queued,
    Rating, SavedReply, State,
};
use crate::error::{Error, Result};
use crate::people::{self, Absence, Person};
use crate::values::{Actor, DisputeId, FileId, Money, PersonId, Problem, StaffRole};

/// Everything a form of the workspace may carry; each shows its own fields.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Typed {
    pub(super) revision: String,
    /// The last step of the timeline that the page showed.
    pub(super) seen: String,
    pub(super) assignee: String,
    pub(super) reply: String,
    /// The saved reply that was chosen.
    pub(super) saved: String,
    pub(super) note: String,
    pub(super) outcome: String,
    pub(super) granted: String,
    pub(super) reason: String,
    /// The sum that was confirmed although less is disputed.
    pub(super) beyond: String,
    pub(super) return_reason: String,
    pub(super) snooze_until: String,
    pub(super) snooze_reason: String,
    pub(super) merge_into: String,
    pub(super) link_to: String,
    pub(super) link_note: String,
    /// The linked dispute to be taken away.
    pub(super) other: String,
    /// Files that wait to be sent with the reply.
    #[serde(rename = "kept[]")]
    pub(super) kept: Vec<String>,
    #[serde(rename = "drop[]")]
    pub(super) dropped: Vec<String>,
}

#[derive(Template)]
#[template(path = "staff/dispute.html")]
pub(super) struct DisputePage {
    page: Page,
    id: String,
    revision: i64,
    seen: i32,
    state: String,
    customer_code: String,
    customer_name: String,
    /// Whether the customer's page can be linked.
    customer_page: bool,
    category: String,
    filed_by: String,
    assignee: Option<String>,
    answer_due: String,
    decision_due: String,
    /// None once it is no longer open.
    left: Option<Left>,
    /// The day on which it is back, while it is put aside.
    snoozed: Option<String>,
    /// Where it goes on: id and number.
    merged_into: Option<(String, String)>,
    /// Who else looks; empty when nobody does.
    presence: String,
    around: Neighbours,
    amount: Option<Money>,
    expected: Option<Money>,
    facts: FactsView,
    events: Vec<EventRow>,
    /// What happened since the page that was sent was shown.
    meanwhile: Vec<EventRow>,
    /// What goes on here.
    joined: Vec<Joined>,
    decisions: Vec<DecisionRow>,
    proposed: Option<DecisionRow>,
    rating: Option<RatingRow>,
    /// What the form, or the decision that waits, grants beyond what is disputed.
    beyond: Option<Beyond>,
    files: Vec<FileRow>,
    files_at: String,
    may: May,
    managers: Vec<(String, String, bool)>,
    outcomes: Vec<(&'static str, String)>,
    /// The limit above which an approver is needed.
    limit: Money,
    /// Saved replies: id and title, the team's first.
    saved: Vec<(String, String)>,
    kept: Vec<Kept>,
    most: usize,
    /// The latest day it may be put aside until.
    snooze_last: Option<String>,
    mergeable: Vec<(String, String)>,
    links: Vec<LinkRow>,
    typed: Typed,
}

/// More granted in all than is disputed.
pub(super) struct Beyond {
    /// As the form sends it back.
    pub sum: i64,
    pub granted: Money,
    pub disputed: Money,
    pub excess: Money,
}

impl Beyond {
    /// Of the decisions that stand or wait, and of what was typed to be granted with them.
    fn of(dispute: &Dispute, decisions: &[Decision], typed: &Typed) -> Option<Self> {
        let money = |minor| Money::new(minor, dispute.currency);
        let typed = match dispute.state {
            State::AwaitingApproval => None,
            _ => Some(dispute_view::amount(&typed.granted, dispute.currency).ok().flatten()?),
        };
        let before: i64 = decisions.iter().map(|decision| decision.granted).sum();
        let sum = before.saturating_add(typed.map_or(0, |money| money.minor));
        let excess = disputes::beyond(dispute.disputed, sum)?;
        let disputed = dispute.disputed_money();
        Some(Self { sum, granted: money(sum), disputed, excess: money(excess) })
    }

    /// What an approver reads of it.
    fn proposed(&self, page: &Page) -> String {
        let args = [
            ("granted", self.granted.shown()),
            ("disputed", self.disputed.shown()),
            ("excess", self.excess.shown()),
        ];
        page.words.with("dispute-beyond-proposed", args)
    }

    /// Whether exactly this was ticked.
    fn is_ticked(&self, typed: &Typed) -> bool {
        typed.beyond.parse() == Ok(self.sum)
    }
}

pub(in crate::web) async fn page(app: App, user: StaffUser, id: Path<String>) -> Answer {
    let found = read(&app, &user, &id, Typed::default(), Vec::new(), &[]).await?;
    presence(&app, &user, &DisputeId::from_text(&id)).await?;
    reply::page(&found)
}

/// Everything the workspace shows, read at one moment.
struct Found {
    queued: Queued,
    allowed: Vec<Action>,
    days: i64,
    facts: dispute_facts::Found,
    events: Vec<Event>,
    joined: Vec<dispute_view::JoinedFound>,
    merged_into: Option<Dispute>,
    decisions: Vec<Decision>,
    rating: Option<Rating>,
    files: Vec<File>,
    managers: Vec<Person>,
    away: BTreeMap<PersonId, Absence>,
    looks: Vec<Look>,
    around: Neighbours,
    saved: Vec<SavedReply>,
    mergeable: Vec<Dispute>,
    links: Vec<Link>,
}

fn find(
    conn: &mut Conn,
    actor: &Actor,
    id: &DisputeId,
    today: chrono::NaiveDate,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Found> {
    let reach = disputes::reach(conn, actor, today)?;
    let queued = disputes::one(conn, &reach, id)?;
    let dispute = &queued.dispute;
    let reader = actor.person().cloned().ok_or(Error::NotFound)?;
    let allowed = disputes::allowed(conn, actor, id, today)?;
    let merges = allowed.contains(&Action::Merge);
    Ok(Found {
        days: business_days_left(conn, dispute, today)?,
        facts: dispute_facts::find(conn, &reach, &queued)?,
        events: disputes::events(conn, id)?,
        joined: dispute_view::find_joined(conn, id, true)?,
        merged_into: match &dispute.merged_into {
            Some(into) => Some(disputes::one(conn, &reach, into)?.dispute),
            None => None,
        },
        decisions: disputes::decisions(conn, id)?,
        rating: disputes::rating(conn, id)?,
        files: disputes::files(conn, id)?,
        managers: people::staff_with_role(conn, StaffRole::AccountManager)?,
        away: people::away_on(conn, today)?,
        looks: disputes::lookers(conn, id, &reader, now)?.0,
        around: disputes::neighbours(conn, &reach, today, dispute)?,
        saved: disputes::saved_replies(conn, &reader)?,
        mergeable: if merges { disputes::mergeable(conn, &reach, dispute)? } else { Vec::new() },
        links: disputes::linked(conn, &reach, id)?,
        allowed,
        queued,
    })
}

pub(super) async fn read(
    app: &App,
    user: &StaffUser,
    id: &str,
    typed: Typed,
    kept: Vec<Kept>,
    problems: &[Problem],
) -> Result<DisputePage> {
    let (id, actor, today, now) =
        (DisputeId::from_text(id), user.actor(), app.db.today(), app.db.now());
    let found = app.read(move |conn| find(conn, &actor, &id, today, now)).await?;
    let title = user.words().t1("dispute-title", "number", &found.queued.dispute.number);
    let mut page = user
        .visit
        .page(title)
        .under("/staff/disputes", user.words().t("nav-queue"))
        .with_problems(problems);
    page.here = format!("/staff/disputes/{}", found.queued.dispute.id);
    let mut shown = show(found, user, page, typed, app);
    shown.kept = kept;
    Ok(shown)
}

fn show(found: Found, user: &StaffUser, page: Page, typed: Typed, app: &App) -> DisputePage {
    let Queued { dispute, customer_code, customer_name } = found.queued;
    let today = app.db.today();
    let who = user.person.identity();
    let beyond = Beyond::of(&dispute, &found.decisions, &typed);
    let mut decided = decisions(found.decisions, dispute.currency, &page);
    let proposed = if dispute.state == State::AwaitingApproval { decided.pop() } else { None };
    let manager = |person: &Person| {
        let current = match typed.assignee.as_str() {
            "" => dispute.assignee.as_ref() == Some(&person.id),
            chosen => chosen == person.id.as_str(),
        };
        let name = named(person, &found.away, &found.managers, &page);
        (person.id.to_string(), name, current)
    };
    let limit = Money::rounded(app.config.limits.adjustment, dispute.currency);
    let seen = typed.seen.parse().unwrap_or(i32::MAX);
    let news = found.events.iter().filter(|event| event.position > seen).cloned().collect();
    DisputePage {
        id: dispute.id.to_string(),
        revision: dispute.revision,
        seen: found.events.last().map_or(0, |event| event.position),
        state: dispute.state.to_string(),
        customer_code,
        customer_name,
        customer_page: opens("/staff/customers/{code}", &who),
        category: page.code("dispute-category", dispute.category.as_str()),
        filed_by: dispute.filed_by_name.clone(),
        assignee: dispute.assignee_name.clone(),
        answer_due: page.deadline(&dispute.answer_due),
        decision_due: page.deadline(&dispute.decision_due),
        left: dispute.state.is_open().then(|| left(&dispute, found.days, &page)),
        snoozed: dispute.snoozed_until.filter(|_| dispute.sleeps(today)).map(|d| page.deadline(&d)),
        merged_into: found.merged_into.map(|into| (into.id.to_string(), into.number)),
        presence: presence_in_words(&found.looks, &page),
        around: found.around,
        amount: (dispute.disputed > 0).then(|| dispute.disputed_money()),
        expected: dispute.expected.map(|minor| Money::new(minor, dispute.currency)),
        meanwhile: events(news, &page),
        events: events(found.events, &page),
        joined: found.joined.into_iter().map(|joined| joined.shown(&page)).collect(),
        decisions: decided,
        proposed,
        rating: found.rating.map(|rating| RatingRow::new(rating, &page)),
        beyond,
        files: files(found.files, &page),
        files_at: format!("/staff/disputes/{}/files", dispute.id),
        may: May::of(&found.allowed, &user.person, &dispute, today),
        managers: found.managers.iter().map(manager).collect(),
        outcomes: Outcome::ALL
            .iter()
            .map(|outcome| (outcome.as_str(), page.code("dispute-outcome", outcome.as_str())))
            .collect(),
        limit: limit.unwrap_or(Money::zero(dispute.currency)),
        saved: found
            .saved
            .into_iter()
            .map(|reply| {
                let key = if reply.owner.is_none() { "saved-of-team" } else { "saved-of-own" };
                (reply.id.to_string(), page.t1(key, "title", reply.title))
            })
            .collect(),
        kept: Vec::new(),
        most: MOST,
        snooze_last: dispute.due().map(|day| page.deadline(&day)),
        mergeable: found.mergeable.into_iter().map(|d| (d.number, d.subject.text)).collect(),
        links: found.links.into_iter().map(|link| LinkRow::new(link, &page)).collect(),
        facts: FactsView::new(found.facts, &dispute, &page, &who),
        typed,
        page,
    }
}

/// A file; reading it leaves a trace in the audit log (DOMAIN §7).
pub(in crate::web) async fn file(
    app: App,
    user: StaffUser,
    path: Path<(String, String)>,
) -> Answer {
    let (dispute, file) = path.into_inner();
    let (actor, reader) = (user.actor(), app.clone());
    let (file, bytes) = app
        .write(user.actor(), move |tx| {
            let today = tx.today();
            let reach = disputes::reach(tx, &actor, today)?;
            let file = disputes::file_by_id(tx, &reach, &FileId::from_text(&file))?;
            if file.dispute.as_str() != dispute {
                return Err(Error::NotFound);
            }
            let queued = disputes::one(tx, &reach, &file.dispute)?;
            let event = audit::Event {
                action: "dispute.file_read",
                object: ("dispute", file.dispute.as_str()),
                customer: Some(queued.dispute.customer),
                after: Some(file.sha256.clone()),
                ..audit::Event::default()
            };
            audit::record(tx, event)?;
            let bytes = dispute_view::bytes(&reader, &file)?;
            Ok((file, bytes))
        })
        .await?;
    Ok(dispute_view::download(&file, bytes))
}
