//! The lead's page of figures: what happened on some days, each number with the list behind it
//! where the queue can show it.

use std::collections::HashMap;

use actix_web::web::Query;
use askama::Template;
use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

use super::super::{Answer, App, Page, StaffUser, reply};
use super::dispute_figures_days::{Asked, spans};
use super::dispute_filter::{Asked as List, UPHELD};
use crate::db::Conn;
use crate::disputes::{
    self, AGES, Category, Figures, Granted, OpenIn, Outcome, Pace, Ruling, Span, percent,
};
use crate::error::{Error, Result};
use crate::policies::{self, Version};
use crate::values::{Money, PolicyId, Problem};

#[derive(Template)]
#[template(path = "staff/dispute_figures.html")]
struct FiguresPage {
    page: Page,
    asked: Asked,
    /// Spans to choose: address, word, whether it is shown.
    spans: Vec<(String, String, bool)>,
    days: String,
    as_of: String,
    /// Only what an account manager sees.
    own: bool,
    empty: bool,
    filed: Count,
    ended: String,
    ended_how: String,
    open: String,
    overdue: Count,
    reasons: Vec<ReasonRow>,
    ages: Vec<String>,
    open_in: Vec<OpenRow>,
    /// The sums of the columns, each with its heading.
    open_all: Vec<(String, String)>,
    paces: Vec<PaceRow>,
    outcomes: Vec<ShareRow>,
    appeals: Vec<ShareRow>,
    granted: GrantedRow,
    policies: Vec<GrantedRow>,
    deciders: Vec<GrantedRow>,
    /// How many ratings, and their mean.
    rated: Option<(String, String)>,
    ratings: Vec<RatingRow>,
    /// How many more there are.
    more_ratings: Option<String>,
    query: String,
}

/// A number, and the list behind it; an empty address where the queue can't show it.
struct Count {
    shown: String,
    address: String,
}

struct ReasonRow {
    word: String,
    filed: Count,
    decisions: Count,
    money: Vec<Money>,
}

struct OpenRow {
    state: &'static str,
    /// Each with its heading.
    ages: Vec<(String, Count)>,
    all: Count,
}

struct PaceRow {
    word: String,
    count: Count,
    half: String,
    most: String,
    late: String,
    share: String,
}

struct ShareRow {
    word: String,
    count: Count,
    share: String,
    /// A sum of what stands above it, or a part of it.
    sum: bool,
}

struct GrantedRow {
    /// A number that people quote; may be empty.
    code: String,
    name: String,
    address: String,
    decisions: Count,
    money: Vec<Money>,
}

struct RatingRow {
    id: String,
    number: String,
    score: String,
    text: String,
}

/// Ratings that the page shows; the files have all.
const SHOWN: usize = 50;

/// What is shown, read at one moment.
pub(super) struct Found {
    pub span: Span,
    pub figures: Figures,
    pub versions: HashMap<PolicyId, Version>,
    /// Only what an account manager sees.
    pub own: bool,
}

pub(super) fn find(conn: &mut Conn, app: &App, user: &StaffUser, span: Span) -> Result<Found> {
    let (today, zone) = (app.db.today(), app.config.time_zone);
    let reach = disputes::reach(conn, &user.actor(), today)?;
    let mut versions = HashMap::new();
    for version in policies::all(conn)? {
        versions.entry(version.policy_id.clone()).or_insert(version);
    }
    let figures = disputes::figures(conn, &reach, span, today, zone)?;
    Ok(Found { span, figures, versions, own: reach.portfolio.is_some() })
}

/// The figures of the days in the address.
pub(in crate::web) async fn page(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    let (asked, today) = (asked.into_inner(), app.db.today());
    let (span, problems) = match asked.span(today) {
        Ok(span) => (span, Vec::new()),
        Err(Error::Invalid(problems)) => (Asked::default().span(today)?, problems),
        Err(other) => return Err(other.into()),
    };
    let (reader, who) = (app.clone(), user.clone());
    let found = app.read(move |conn| find(conn, &reader, &who, span)).await?;
    let page = user
        .page("figures-title")
        .under("/staff/disputes", user.words().t("nav-queue"))
        .with_problems(&problems);
    let shown = show(found, page, asked, &app, &problems);
    if problems.is_empty() { reply::page(&shown) } else { reply::form_again(&shown) }
}

fn show(found: Found, page: Page, asked: Asked, app: &App, problems: &[Problem]) -> FiguresPage {
    let Found { span, figures: f, versions, own } = found;
    let today = app.db.today();
    let number = |count: i64| page.number(count);
    let asked = match problems {
        [] => Asked { from: span.first.to_string(), to: span.last.to_string() },
        _ => asked,
    };
    let ages = age_heads(&page);
    let decided = decided_between(span);
    let firsts = List { decision: Ruling::First.to_string(), ..decided.clone() };
    let sums = |at: usize| f.open.iter().filter_map(|open| open.ages.get(at)).sum::<i64>();
    FiguresPage {
        spans: spans(span, today, &page),
        days: page.days(&span.first, &span.last),
        as_of: page.time(&app.db.now()),
        empty: f.is_empty(),
        filed: filed_between(f.filed_count(), span, None, &page),
        ended: number(f.ended()),
        ended_how: page.words.with(
            "figures-ended-how",
            [("closed", f.closed), ("withdrawn", f.withdrawn), ("merged", f.merged)]
                .map(|(name, count)| (name, number(count))),
        ),
        open: number(f.open_count()),
        overdue: listed(f.overdue, List { overdue: "yes".to_owned(), ..all() }, &page),
        reasons: reasons(&f, span, &page),
        open_in: f.open.iter().map(|open| open_row(open, &ages, today, &page)).collect(),
        open_all: (0..).zip(&ages).map(|(at, age)| (age.clone(), number(sums(at)))).collect(),
        ages,
        paces: vec![
            pace_row("figures-first-answer", f.answers, None, &page),
            pace_row("figures-first-decision", f.decisions, Some(firsts.clone()), &page),
        ],
        outcomes: outcomes(&f, &firsts, &page),
        appeals: appeals(&f, &decided, &page),
        granted: granted_row("", page.t("figures-all"), "", &f.granted, Some(&decided), &page),
        policies: f
            .by_policy
            .iter()
            .map(|row| policy_row(row, &versions, &decided, &page))
            .collect(),
        deciders: f
            .by_decider
            .iter()
            .map(|row| {
                let list = List { decider: row.of.0.to_string(), ..decided.clone() };
                granted_row("", page.who(&row.of.1), "", row, Some(&list), &page)
            })
            .collect(),
        rated: f
            .mean_score()
            .map(|mean| (page.count("figures-rated", f.ratings.len()), format!("{mean:.1}"))),
        more_ratings: f
            .ratings
            .len()
            .checked_sub(SHOWN)
            .filter(|more| *more > 0)
            .map(|more| page.count("figures-more-ratings", more)),
        ratings: f
            .ratings
            .iter()
            .take(SHOWN)
            .map(|rating| RatingRow {
                id: rating.id.to_string(),
                number: rating.number.clone(),
                score: page.code("rating-score", rating.score.to_string()),
                text: rating.text.clone(),
            })
            .collect(),
        query: format!("from={}&to={}", span.first, span.last),
        own,
        asked,
        page,
    }
}

/// The queue's whole list.
fn all() -> List {
    List { view: disputes::View::All.to_string(), ..List::default() }
}

fn listed(count: i64, list: List, page: &Page) -> Count {
    let address = if count == 0 { String::new() } else { list.address() };
    Count { shown: page.number(count), address }
}

fn filed_between(count: i64, span: Span, category: Option<Category>, page: &Page) -> Count {
    let list = List {
        category: category.map_or_else(String::new, |category| category.to_string()),
        filed_from: span.first.to_string(),
        filed_to: span.last.to_string(),
        ..all()
    };
    listed(count, list, page)
}

/// Those with a decision that began to hold on the days.
fn decided_between(span: Span) -> List {
    let (decided_from, decided_to) = (span.first.to_string(), span.last.to_string());
    List { decided_from, decided_to, ..all() }
}

/// The reasons for which something was filed or decided, as they are declared.
pub(super) fn with_reasons(f: &Figures) -> Vec<(Category, i64, Option<&Granted<Category>>)> {
    let row = |category: &Category| {
        let granted = f.by_reason.iter().find(|row| row.of == *category);
        let filed = f.filed.get(category).copied().unwrap_or(0);
        (filed > 0 || granted.is_some()).then_some((*category, filed, granted))
    };
    Category::ALL.iter().filter_map(row).collect()
}

fn reasons(f: &Figures, span: Span, page: &Page) -> Vec<ReasonRow> {
    let row = |(category, filed, granted): (Category, i64, Option<&Granted<Category>>)| ReasonRow {
        word: page.code("dispute-category", category.as_str()),
        filed: filed_between(filed, span, Some(category), page),
        decisions: listed(
            granted.map_or(0, |row| row.decisions),
            List { category: category.to_string(), ..decided_between(span) },
            page,
        ),
        money: granted.map(|row| row.money.clone()).unwrap_or_default(),
    };
    with_reasons(f).into_iter().map(row).collect()
}

/// The youngest and the oldest day of each age; the oldest has no end.
pub(super) fn ages() -> impl Iterator<Item = (i64, Option<i64>)> {
    let begins = std::iter::once(0).chain(AGES.iter().map(|most| most + 1));
    let ends = AGES.iter().copied().map(Some).chain(std::iter::once(None));
    begins.zip(ends)
}

fn age_heads(page: &Page) -> Vec<String> {
    let head = |(from, to): (i64, Option<i64>)| match to {
        Some(to) => page.t2("figures-age", "from", from, "to", to),
        None => page.t1("figures-older", "days", from - 1),
    };
    ages().map(head).collect()
}

fn open_row(open: &OpenIn, heads: &[String], today: NaiveDate, page: &Page) -> OpenRow {
    let state = List { state: open.state.to_string(), ..all() };
    let before = |days: i64| {
        let day = u64::try_from(days).ok().and_then(|days| today.checked_sub_days(Days::new(days)));
        day.map_or_else(String::new, |day| day.to_string())
    };
    let count = |(count, (from, to)): (i64, (i64, Option<i64>))| {
        let filed_from = to.map_or_else(String::new, before);
        listed(count, List { filed_from, filed_to: before(from), ..state.clone() }, page)
    };
    OpenRow {
        state: open.state.as_str(),
        ages: heads.iter().cloned().zip(open.ages.into_iter().zip(ages()).map(count)).collect(),
        all: listed(open.ages.iter().sum(), state.clone(), page),
    }
}

/// `list` is where those counted can be seen.
fn pace_row(key: &str, pace: Pace, list: Option<List>, page: &Page) -> PaceRow {
    let days = |days: Option<i64>| {
        days.map_or_else(|| "—".to_owned(), |days| page.count("figures-days", days))
    };
    PaceRow {
        word: page.t(key),
        count: counted(pace.count, list, page),
        half: days(pace.half),
        most: days(pace.most),
        late: page.number(pace.late),
        share: share(percent(pace.late, pace.count)),
    }
}

fn share(percent: Option<Decimal>) -> String {
    percent.map_or_else(|| "—".to_owned(), |percent| format!("{percent:.1}%"))
}

fn counted(count: i64, list: Option<List>, page: &Page) -> Count {
    match list {
        Some(list) => listed(count, list, page),
        None => Count { shown: page.number(count), address: String::new() },
    }
}

fn share_row(
    word: String,
    (count, of): (i64, i64),
    list: List,
    sum: bool,
    page: &Page,
) -> ShareRow {
    ShareRow { word, count: listed(count, list, page), share: share(percent(count, of)), sum }
}

/// What follows the customer comes first.
pub(super) const OUTCOMES: [Outcome; 4] =
    [Outcome::Accepted, Outcome::Partly, Outcome::AcceptedWithoutMoney, Outcome::Rejected];

fn outcomes(f: &Figures, firsts: &List, page: &Page) -> Vec<ShareRow> {
    let all = f.decisions.count;
    let row = |outcome: &Outcome| {
        let count = f.outcomes.get(outcome).copied().unwrap_or(0);
        let list = List { outcome: outcome.to_string(), ..firsts.clone() };
        let word = page.code("dispute-outcome", outcome.as_str());
        share_row(word, (count, all), list, false, page)
    };
    let upheld = List { outcome: UPHELD.to_owned(), ..firsts.clone() };
    let appealed = List { decision: Ruling::Appealed.to_string(), ..firsts.clone() };
    let sums = [("figures-upheld", f.upheld(), upheld), ("figures-appealed", f.appealed, appealed)];
    let sums =
        sums.map(|(key, count, list)| share_row(page.t(key), (count, all), list, true, page));
    OUTCOMES.iter().map(row).chain(sums).collect()
}

fn appeals(f: &Figures, decided: &List, page: &Page) -> Vec<ShareRow> {
    let (all, changed) = (f.appeals.values().sum::<i64>(), f.changed());
    let rows = [
        ("figures-appeal-changed", changed, UPHELD),
        ("figures-appeal-stood", all - changed, Outcome::Rejected.as_str()),
    ];
    let row = |(key, count, outcome): (&str, i64, &str)| {
        let decision = Ruling::Appeal.to_string();
        let list = List { decision, outcome: outcome.to_owned(), ..decided.clone() };
        share_row(page.t(key), (count, all), list, false, page)
    };
    rows.map(row).into()
}

fn granted_row<K>(
    code: &str,
    name: String,
    address: &str,
    row: &Granted<K>,
    list: Option<&List>,
    page: &Page,
) -> GrantedRow {
    GrantedRow {
        code: code.to_owned(),
        name,
        address: address.to_owned(),
        decisions: counted(row.decisions, list.cloned(), page),
        money: row.money.clone(),
    }
}

fn policy_row(
    row: &Granted<Option<PolicyId>>,
    versions: &HashMap<PolicyId, Version>,
    decided: &List,
    page: &Page,
) -> GrantedRow {
    match row.of.as_ref().and_then(|policy| versions.get(policy)) {
        None => granted_row("", page.t("figures-no-policy"), "", row, None, page),
        Some(version) => {
            let name = version.terms.name.in_language(page.language()).to_owned();
            let address = format!("/staff/policies/{}", version.policy_id);
            let list = List { policy: version.code.clone(), ..decided.clone() };
            granted_row(&version.code, name, &address, row, Some(&list), page)
        }
    }
}
