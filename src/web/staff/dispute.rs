//! The workspace of a dispute: the facts beside the conversation beside what can be done.

use std::collections::BTreeMap;

use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::dispute_view::{
    self, About, DecisionRow, EventRow, FileRow, decisions, events, files,
};
use super::super::{Answer, App, Page, StaffUser, opens, reply};
use super::absences::named;
use super::disputes::{Left, business_days_left, left};
use crate::audit;
use crate::db::Conn;
use crate::disputes::{
    self, Action, Decision, Dispute, Event, File, Outcome, Queued, State, SubjectKind,
};
use crate::error::{Error, Result};
use crate::ledger::{self, Balance};
use crate::people::{self, Absence, Person};
use crate::values::{Actor, DisputeId, FileId, Identity, Key, Money, PersonId, Problem, StaffRole};

/// Everything a form of the workspace may carry; each shows its own fields.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Typed {
    pub(super) revision: String,
    pub(super) assignee: String,
    pub(super) reply: String,
    pub(super) note: String,
    pub(super) outcome: String,
    pub(super) granted: String,
    pub(super) reason: String,
    pub(super) return_reason: String,
}

#[derive(Template)]
#[template(path = "staff/dispute.html")]
pub(super) struct DisputePage {
    page: Page,
    id: String,
    revision: i64,
    state: String,
    customer_code: String,
    customer_name: String,
    /// Whether the customer's page can be linked.
    customer_page: bool,
    category: String,
    filed: String,
    filed_by: String,
    assignee: Option<String>,
    answer_due: String,
    decision_due: String,
    /// None once it is no longer open.
    left: Option<Left>,
    amount: Option<Money>,
    expected: Option<Money>,
    about: About,
    live: Option<String>,
    balance: Balances,
    same: Vec<Other>,
    history: Vec<Other>,
    events: Vec<EventRow>,
    decisions: Vec<DecisionRow>,
    proposed: Option<DecisionRow>,
    files: Vec<FileRow>,
    files_at: String,
    may: May,
    managers: Vec<(String, String, bool)>,
    outcomes: Vec<(&'static str, String)>,
    /// The limit above which an approver is needed.
    limit: Money,
    typed: Typed,
}

struct Balances {
    estimated: Money,
    available: Money,
    held: Money,
}

/// Another dispute of the customer.
struct Other {
    id: String,
    number: String,
    subject: String,
    state: String,
}

/// What whoever looks may do now.
struct May {
    assign: bool,
    /// Assigning it to oneself.
    take: Option<String>,
    reply: bool,
    ask: bool,
    note: bool,
    decide: bool,
    approve: bool,
    return_: bool,
    take_appeal: bool,
    decide_appeal: bool,
}

impl May {
    fn of(allowed: &[Action], who: &Person, dispute: &Dispute) -> Self {
        let may = |action| allowed.contains(&action);
        let manages = matches!(&who.side, people::Side::Staff(roles)
            if roles.contains(&StaffRole::AccountManager));
        // Taking what is one's own already says that its review begins.
        let waits = dispute.state == State::Submitted;
        let take =
            may(Action::Assign) && manages && (waits || dispute.assignee.as_ref() != Some(&who.id));
        Self {
            assign: may(Action::Assign),
            take: take.then(|| who.id.to_string()),
            reply: may(Action::Reply),
            ask: may(Action::Ask),
            note: may(Action::Note),
            decide: may(Action::Decide),
            approve: may(Action::ApproveDecision),
            return_: may(Action::ReturnDecision),
            take_appeal: may(Action::TakeAppeal),
            decide_appeal: may(Action::DecideAppeal),
        }
    }

    fn anything(&self) -> bool {
        self.assign
            || self.decide
            || self.approve
            || self.return_
            || self.take_appeal
            || self.decide_appeal
    }
}

pub(in crate::web) async fn page(app: App, user: StaffUser, id: Path<String>) -> Answer {
    reply::page(&read(&app, &user, &id, Typed::default(), &[]).await?)
}

/// Everything the workspace shows, read at one moment.
struct Found {
    queued: Queued,
    allowed: Vec<Action>,
    days: i64,
    events: Vec<Event>,
    decisions: Vec<Decision>,
    files: Vec<File>,
    balance: Balance,
    held: i64,
    same: Vec<Dispute>,
    history: Vec<Dispute>,
    managers: Vec<Person>,
    away: BTreeMap<PersonId, Absence>,
}

fn find(conn: &mut Conn, actor: &Actor, id: &DisputeId, today: chrono::NaiveDate) -> Result<Found> {
    const HISTORY: i64 = 8;
    let reach = disputes::reach(conn, actor, today)?;
    let queued = disputes::one(conn, &reach, id)?;
    let dispute = &queued.dispute;
    let (customer, subject): (Key, _) = (dispute.customer, dispute.subject.clone());
    let others =
        |found: Vec<Dispute>| found.into_iter().filter(|other| other.id != *id).collect::<Vec<_>>();
    let same = if subject.id.is_empty() {
        Vec::new()
    } else {
        others(disputes::about(conn, customer, subject.kind, &subject.id)?)
    };
    let mut history = others(disputes::of_customer(conn, customer, false, 0, HISTORY)?);
    history.retain(|other| same.iter().all(|known| known.id != other.id));
    let held = ledger::reserves(conn, customer)?
        .into_iter()
        .filter(|reserve| reserve.cause_id == id.as_str())
        .map(|reserve| reserve.amount.minor)
        .sum();
    Ok(Found {
        allowed: disputes::allowed(conn, actor, id, today)?,
        days: business_days_left(conn, dispute, today)?,
        events: disputes::events(conn, id)?,
        decisions: disputes::decisions(conn, id)?,
        files: disputes::files(conn, id)?,
        balance: ledger::balance(conn, customer, dispute.currency)?,
        held,
        same,
        history,
        managers: people::staff_with_role(conn, StaffRole::AccountManager)?,
        away: people::away_on(conn, today)?,
        queued,
    })
}

pub(super) async fn read(
    app: &App,
    user: &StaffUser,
    id: &str,
    typed: Typed,
    problems: &[Problem],
) -> Result<DisputePage> {
    let (id, actor, today) = (DisputeId::from_text(id), user.actor(), app.db.today());
    let found = app.read(move |conn| find(conn, &actor, &id, today)).await?;
    let title = user.words().t1("dispute-title", "number", &found.queued.dispute.number);
    let page = user
        .visit
        .page(title)
        .under("/staff/disputes", user.words().t("nav-queue"))
        .with_problems(problems);
    Ok(show(found, user, page, typed, app.config.limits.adjustment))
}

fn show(
    found: Found,
    user: &StaffUser,
    page: Page,
    typed: Typed,
    limit: rust_decimal::Decimal,
) -> DisputePage {
    let Queued { dispute, customer_code, customer_name } = found.queued;
    let money = |minor| Money::new(minor, dispute.currency);
    let mut decided = decisions(found.decisions, dispute.currency, &page);
    let proposed = if dispute.state == State::AwaitingApproval { decided.pop() } else { None };
    let managers = found
        .managers
        .iter()
        .map(|person| {
            let current = dispute.assignee.as_ref() == Some(&person.id);
            let chosen = if typed.assignee.is_empty() {
                current
            } else {
                typed.assignee == person.id.as_str()
            };
            let name = named(person, &found.away, &found.managers, &page);
            (person.id.to_string(), name, chosen)
        })
        .collect();
    let outcomes = Outcome::ALL
        .iter()
        .map(|outcome| (outcome.as_str(), page.code("dispute-outcome", outcome.as_str())))
        .collect();
    let others = |found: Vec<Dispute>| found.into_iter().map(other).collect();
    DisputePage {
        id: dispute.id.to_string(),
        revision: dispute.revision,
        state: dispute.state.to_string(),
        customer_code,
        customer_name,
        customer_page: opens("/staff/customers/{code}", &user.person.identity()),
        category: page.code("dispute-category", dispute.category.as_str()),
        filed: page.time(&dispute.filed_at),
        filed_by: dispute.filed_by_name.clone(),
        assignee: dispute.assignee_name.clone(),
        answer_due: page.deadline(&dispute.answer_due),
        decision_due: page.deadline(&dispute.decision_due),
        left: dispute.state.is_open().then(|| left(&dispute, found.days, &page)),
        amount: (dispute.disputed > 0).then(|| dispute.disputed_money()),
        expected: dispute.expected.map(money),
        about: About::frozen(&dispute, &page),
        live: live(&dispute, &user.person.identity()),
        balance: Balances {
            estimated: money(found.balance.estimated),
            available: money(found.balance.available()),
            held: money(found.held),
        },
        same: others(found.same),
        history: others(found.history),
        events: events(found.events, &page),
        decisions: decided,
        proposed,
        files: files(found.files, &page),
        files_at: format!("/staff/disputes/{}/files", dispute.id),
        may: May::of(&found.allowed, &user.person, &dispute),
        managers,
        outcomes,
        limit: Money::rounded(limit, dispute.currency).unwrap_or(Money::zero(dispute.currency)),
        typed,
        page,
    }
}

fn other(dispute: Dispute) -> Other {
    Other {
        id: dispute.id.to_string(),
        number: dispute.number,
        subject: dispute.subject.text,
        state: dispute.state.to_string(),
    }
}

/// Where the thing can be seen as it stands now, by those who may.
fn live(dispute: &Dispute, who: &Identity) -> Option<String> {
    let pages = match dispute.subject.kind {
        SubjectKind::Accrual => "/staff/accruals",
        SubjectKind::Statement => "/staff/statements",
        SubjectKind::Payout => "/staff/payouts",
        SubjectKind::StatementLine
        | SubjectKind::Line
        | SubjectKind::MissingInvoice
        | SubjectKind::Free => return None,
    };
    opens(&format!("{pages}/{{id}}"), who).then(|| format!("{pages}/{}", dispute.subject.id))
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
