use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Query;
use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};

use super::super::{Answer, App, Page, StaffUser, reply};
use super::dispute_filter::{Asked, PER_PAGE, UPHELD};
use super::shortcuts;
use crate::calendar;
use crate::db::Conn;
use crate::disputes::{
    self, COUNTED, Category, Dispute, KeptView, LONGEST_NAME, Listed, Outcome, QueueCounts, Ruling,
    Sort, State, View,
};
use crate::error::Result;
use crate::people::{self, Person, PersonState};
use crate::values::{Money, Problem, StaffRole};

#[derive(Template)]
#[template(path = "staff/disputes.html")]
pub(super) struct QueuePage {
    page: Page,
    views: Vec<ViewLink>,
    asked: Asked,
    choices: Choices,
    heads: Heads,
    rows: Vec<Row>,
    /// Why there are no rows, and where to go on: sentence, link, its text.
    empty: (String, String, String),
    previous: String,
    next: String,
    /// Where the view without filters is.
    cleared: String,
    /// Of the whole list, for its files and for what is asked now and then.
    query: String,
    /// Of this page, to come back to.
    back: String,
    kept: Vec<KeptRow>,
    /// What was typed as the name of a list to keep.
    typed_name: String,
    longest_name: usize,
    /// Whom disputes can be given to; None when the reader gives none.
    assign: Option<Vec<Assignee>>,
    /// What keys do; nothing when the reader switched them off.
    keys: Vec<(&'static str, String)>,
}

impl QueuePage {
    pub(super) fn with_name(self, name: String) -> Self {
        Self { typed_name: name, ..self }
    }
}

/// A list the reader keeps.
struct KeptRow {
    id: String,
    name: String,
    address: String,
    current: bool,
}

struct Assignee {
    id: String,
    name: String,
    me: bool,
}

struct ViewLink {
    address: String,
    code: &'static str,
    word: String,
    /// None for the view of all, which isn't counted.
    count: Option<String>,
    current: bool,
}

/// What the filters offer: value, word, whether it is chosen.
struct Choices {
    states: Vec<(String, String, bool)>,
    categories: Vec<(String, String, bool)>,
    owners: Vec<(String, String, bool)>,
    decisions: Vec<(String, String, bool)>,
    outcomes: Vec<(String, String, bool)>,
    deciders: Vec<(String, String, bool)>,
    per_page: Vec<(usize, bool)>,
}

/// The headings that sort.
struct Heads {
    due: Head,
    filed: Head,
    amount: Head,
    last: Head,
}

struct Head {
    address: String,
    /// `ascending`, `descending`, or empty when the list isn't sorted by it.
    sorted: &'static str,
}

struct Row {
    id: String,
    revision: i64,
    number: String,
    subject: String,
    state: String,
    customer: String,
    code: String,
    amount: Option<Money>,
    age: String,
    left: Left,
    last: String,
    last_side: String,
    owner: String,
}

/// The time left until a dispute is due: the sentence, and how pressing it is.
pub(super) struct Left {
    pub text: String,
    /// A class of the style sheet.
    pub class: &'static str,
}

/// The queue of disputes: views as links, filters and the order in the address.
pub(in crate::web) async fn queue(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    let shown = read(&app, &user, asked.into_inner(), &[]).await?;
    if shown.page.problems.is_empty() { reply::page(&shown) } else { reply::form_again(&shown) }
}

/// What changes on the page while it stands open: text, and a class where it has one.
pub(in crate::web) async fn live(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    let shown = read(&app, &user, asked.into_inner(), &[]).await?;
    let mut now: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for view in shown.views {
        now.extend(view.count.map(|count| (format!("view-{}", view.code), vec![count])));
    }
    for row in shown.rows {
        let id = row.id;
        now.insert(format!("age-{id}"), vec![row.age]);
        now.insert(format!("left-{id}"), vec![row.left.text, row.left.class.to_owned()]);
        now.insert(format!("last-{id}"), vec![row.last]);
        now.insert(format!("side-{id}"), vec![row.last_side]);
    }
    Ok(HttpResponse::Ok().json(now))
}

/// What a page of the queue shows, read at one moment.
struct Found {
    problems: Vec<Problem>,
    counts: QueueCounts,
    listed: disputes::QueuePage,
    /// Business days until each is due; negative once it is late.
    days: Vec<Option<i64>>,
    managers: Vec<Person>,
    reviewers: Vec<Person>,
    kept: Vec<KeptView>,
    keys: bool,
}

fn find(conn: &mut Conn, app: &App, user: &StaffUser, asked: &Asked) -> Result<Found> {
    let (today, zone) = (app.db.today(), app.config.time_zone);
    let reach = disputes::reach(conn, &user.actor(), today)?;
    let (filter, problems) = asked.filter(conn, &reach, today, zone)?;
    let counts = disputes::queue_counts(conn, &reach, today, filter.soon)?;
    let (order, place) = (asked.order(), asked.place());
    let listed = disputes::queue(conn, &reach, &filter, order, &place, asked.per_page())?;
    let days = days_left(conn, &listed.items, today)?;
    let mut active = |role| -> Result<Vec<Person>> {
        let mut people = people::staff_with_role(conn, role)?;
        people.retain(|person| person.state == PersonState::Active);
        Ok(people)
    };
    let managers = active(StaffRole::AccountManager)?;
    let reviewers = active(StaffRole::AppealsReviewer)?;
    let kept = disputes::kept_views(conn, &user.person.id)?;
    let keys = shortcuts::are_on(conn, &user.person.id)?;
    Ok(Found { problems, counts, listed, days, managers, reviewers, kept, keys })
}

fn days_left(conn: &mut Conn, items: &[Listed], today: NaiveDate) -> Result<Vec<Option<i64>>> {
    let dues = || items.iter().filter_map(|item| item.due);
    let first = dues().min().unwrap_or(today).min(today);
    let last = dues().max().unwrap_or(today).max(today);
    let calendar = calendar::calendar(conn, first, last)?;
    let left = |due| until(due, today, |from, to| Ok(calendar.between(from, to)));
    items.iter().map(|item| item.due.map(left).transpose()).collect()
}

pub(super) async fn read(
    app: &App,
    user: &StaffUser,
    asked: Asked,
    problems: &[Problem],
) -> Result<QueuePage> {
    let (reader, who, wanted) = (app.clone(), user.clone(), asked.clone());
    let mut found = app.read(move |conn| find(conn, &reader, &who, &wanted)).await?;
    found.problems.extend_from_slice(problems);
    let page = user.page("nav-queue").with_problems(&found.problems);
    Ok(show(found, user, page, asked, app.db.now()))
}

fn show(found: Found, user: &StaffUser, page: Page, asked: Asked, now: DateTime<Utc>) -> QueuePage {
    let Found { counts, listed, days, managers, reviewers, kept, .. } = found;
    let address = |place| asked.at(place).address();
    let query = asked.whole().query();
    let rows = listed.items.into_iter().zip(days).map(|(item, days)| row(item, days, now, &page));
    QueuePage {
        views: views(asked.view(), &counts, &page),
        choices: choices(&asked, &managers, &reviewers, &page),
        heads: heads(&asked),
        rows: rows.collect(),
        empty: empty(&asked, &page, listed.next.as_ref().map(address)),
        previous: listed.previous.as_ref().map_or_else(String::new, address),
        next: listed.next.as_ref().map_or_else(String::new, address),
        cleared: Asked { view: asked.view().to_string(), ..Asked::default() }.address(),
        back: asked.query(),
        kept: kept.into_iter().map(|view| kept_row(view, &query)).collect(),
        typed_name: String::new(),
        longest_name: LONGEST_NAME,
        assign: assignees(user, &managers),
        keys: match found.keys {
            true => shortcuts::KEYS.iter().map(|(key, what)| (*key, page.t(what))).collect(),
            false => Vec::new(),
        },
        query,
        asked,
        page,
    }
}

fn kept_row(view: KeptView, query: &str) -> KeptRow {
    KeptRow {
        id: view.id.to_string(),
        name: view.name,
        address: format!("/staff/disputes?{}", view.query),
        current: view.query == query,
    }
}

/// The account managers, the reader first, for whoever may give them disputes.
fn assignees(user: &StaffUser, managers: &[Person]) -> Option<Vec<Assignee>> {
    let gives = user.holds(StaffRole::AccountManager) || user.holds(StaffRole::Admin);
    let assignee = |person: &Person| Assignee {
        id: person.id.to_string(),
        name: person.name.clone(),
        me: person.id == user.person.id,
    };
    let mut all: Vec<Assignee> = managers.iter().map(assignee).collect();
    all.sort_by_key(|assignee| !assignee.me);
    gives.then_some(all)
}

/// Counts up to the most that is counted: `1,000+`.
pub(super) fn capped(count: i64, page: &Page) -> String {
    match count {
        ..=COUNTED => page.number(count),
        _ => format!("{}+", page.number(COUNTED)),
    }
}

fn views(current: View, counts: &QueueCounts, page: &Page) -> Vec<ViewLink> {
    let counted = |view| match view {
        View::Mine => Some(counts.mine),
        View::Snoozed => Some(counts.snoozed),
        View::Unassigned => Some(counts.unassigned),
        View::AboutToBreach => Some(counts.about_to_breach),
        View::Waiting => Some(counts.waiting),
        View::Approvals => Some(counts.approvals),
        View::Appeals => Some(counts.appeals),
        View::All => None,
    };
    let order = [
        View::Mine,
        View::Unassigned,
        View::AboutToBreach,
        View::Waiting,
        View::Approvals,
        View::Appeals,
        View::Snoozed,
        View::All,
    ];
    let link = |view: View| ViewLink {
        address: format!("/staff/disputes?view={view}"),
        code: view.as_str(),
        word: page.code("dispute-view", view.as_str()),
        count: counted(view).map(|count| capped(count, page)),
        current: view == current,
    };
    order.into_iter().map(link).collect()
}

/// Disputes are account managers', and reviewers' while they are appealed.
fn choices(asked: &Asked, managers: &[Person], reviewers: &[Person], page: &Page) -> Choices {
    let state = |state: &State| {
        let word = page.code("state-dispute", state.as_str());
        (state.to_string(), word, asked.state == state.as_str())
    };
    let category = |category: &Category| {
        let word = page.code("dispute-category", category.as_str());
        (category.to_string(), word, asked.category == category.as_str())
    };
    let others = reviewers.iter().filter(|one| managers.iter().all(|m| m.id != one.id));
    let people: Vec<&Person> = managers.iter().chain(others).collect();
    let person = |chosen: &str| {
        let one = |one: &&Person| (one.id.to_string(), one.name.clone(), chosen == one.id.as_str());
        people.iter().map(one).collect::<Vec<_>>()
    };
    let decision = |decision: &Ruling| {
        let word = page.code("queue-decision", decision.as_str());
        (decision.to_string(), word, asked.decision == decision.as_str())
    };
    let outcome = |outcome: &Outcome| {
        let word = page.code("dispute-outcome", outcome.as_str());
        (outcome.to_string(), word, asked.outcome == outcome.as_str())
    };
    let upheld = (UPHELD.to_owned(), page.t("queue-outcome-upheld"), asked.outcome == UPHELD);
    let mut deciders = person(&asked.decider);
    if !asked.decider.is_empty() && !deciders.iter().any(|(_, _, chosen)| *chosen) {
        deciders.push((asked.decider.clone(), page.t("queue-decider-other"), true));
    }
    Choices {
        states: State::ALL.iter().map(state).collect(),
        categories: Category::ALL.iter().map(category).collect(),
        owners: person(&asked.owner),
        decisions: Ruling::ALL.iter().map(decision).collect(),
        outcomes: Outcome::ALL.iter().map(outcome).chain([upheld]).collect(),
        deciders,
        per_page: PER_PAGE.iter().map(|per| (*per, *per == asked.per_page())).collect(),
    }
}

/// A heading sorts by its column; the one that does already, the other way round.
fn heads(asked: &Asked) -> Heads {
    let order = asked.order();
    let head = |by: Sort, first: &'static str| {
        let other = if order.descending { "asc" } else { "desc" };
        let current = order.by == by;
        let dir = if current { other } else { first };
        let sorted = match (current, order.descending) {
            (false, _) => "",
            (true, true) => "descending",
            (true, false) => "ascending",
        };
        let wanted = Asked { sort: by.to_string(), dir: dir.to_owned(), ..asked.whole() };
        Head { address: wanted.address(), sorted }
    };
    Heads {
        due: head(Sort::Due, "asc"),
        filed: head(Sort::Filed, "asc"),
        amount: head(Sort::Amount, "desc"),
        last: head(Sort::Last, "desc"),
    }
}

/// What an empty list says, and the next step.
fn empty(asked: &Asked, page: &Page, next: Option<String>) -> (String, String, String) {
    if let Some(next) = next {
        return (page.t("queue-none-so-far"), next, page.t("queue-look-on"));
    }
    if asked.is_filtered() {
        let view = Asked { view: asked.view().to_string(), ..Asked::default() };
        return (page.t("queue-none-filtered"), view.address(), page.t("queue-clear"));
    }
    let (to, word) = match asked.view() {
        View::Mine => (View::Unassigned, "queue-to-unassigned"),
        View::All => return (page.t("queue-none-all"), "/staff".to_owned(), page.t("nav-staff")),
        _ => (View::Mine, "queue-to-mine"),
    };
    let said = page.code("queue-none", asked.view().as_str());
    (said, format!("/staff/disputes?view={to}"), page.t(word))
}

fn row(item: Listed, days: Option<i64>, now: DateTime<Utc>, page: &Page) -> Row {
    Row {
        id: item.id.to_string(),
        revision: item.revision,
        state: item.state.to_string(),
        customer: item.customer_name,
        code: item.customer_code,
        amount: (item.disputed.minor > 0).then_some(item.disputed),
        age: page.count("dispute-age", (now - item.filed_at).num_days()),
        left: left_in(item.state, days, page),
        last: page.time(&item.last_at),
        last_side: page.code("queue-last", item.last_side.as_str()),
        owner: item.owner_name,
        subject: item.subject,
        number: item.number,
    }
}

/// Business days until something is due; negative once it is late.
fn until(
    due: NaiveDate,
    today: NaiveDate,
    mut between: impl FnMut(NaiveDate, NaiveDate) -> Result<i64>,
) -> Result<i64> {
    if due >= today {
        between(today, due)
    } else {
        // Late by a weekend is late all the same.
        Ok(-between(due, today)?.max(1))
    }
}

/// Business days until the dispute is due; negative once it is late.
pub(super) fn business_days_left(
    conn: &mut Conn,
    dispute: &Dispute,
    today: NaiveDate,
) -> Result<i64> {
    let due = dispute.due().unwrap_or(today);
    until(due, today, |from, to| calendar::business_days_between(conn, from, to))
}

/// How much time is left, in words.
pub(super) fn left(dispute: &Dispute, days: i64, page: &Page) -> Left {
    left_in(dispute.state, Some(days), page)
}

fn left_in(state: State, days: Option<i64>, page: &Page) -> Left {
    if state == State::WaitingCustomer {
        return Left { text: page.t("dispute-left-paused"), class: "quiet" };
    }
    let Some(days) = days.filter(|_| state.is_open()) else {
        return Left { text: "—".to_owned(), class: "quiet" };
    };
    match days {
        ..0 => Left { text: page.count("dispute-left-late", -days), class: "late" },
        0 => Left { text: page.t("dispute-left-today"), class: "soon" },
        1 => Left { text: page.count("dispute-left-days", days), class: "soon" },
        _ => Left { text: page.count("dispute-left-days", days), class: "" },
    }
}
