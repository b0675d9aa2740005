use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use actix_web::web::Query;
use askama::Template;
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use super::super::programme_view::valid;
use super::super::{Answer, App, Page, StaffUser, opens, reply};
use crate::customers::{self, Customer};
use crate::db::Conn;
use crate::error::Result;
use crate::policies::{self, CustomerFacts, Standing, Standings, Version, covers};
use crate::values::{Key, PolicyId, StaffRole};

#[derive(Template)]
#[template(path = "staff/policies.html")]
struct PoliciesPage {
    page: Page,
    asked: Asked,
    years: Vec<i32>,
    views: Vec<View>,
    rows: Vec<Row>,
    /// Whether the reader may draft one here.
    drafts: bool,
    unfiltered: bool,
}

struct View {
    path: String,
    text: String,
    count: usize,
    current: bool,
}

struct Row {
    path: String,
    code: String,
    name: String,
    version: i32,
    state: &'static str,
    valid: String,
    period: String,
    form: String,
    covered: usize,
    /// Of those covered, once it is promised.
    signed: Option<usize>,
    /// Who drafted it, and when.
    drafted: String,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    state: String,
    year: String,
    search: String,
}

/// The states a list can be narrowed to, in the order of a policy's life.
const VIEWS: [&str; 7] =
    ["draft", "submitted", "approved", "pending", "published", "ended", "withdrawn"];

/// The customers a version covers, today or on its first day.
pub(super) fn covered<'c>(
    version: &Version,
    all: &'c [Customer],
    today: NaiveDate,
) -> Vec<&'c Customer> {
    let day = today.max(version.terms.from);
    all.iter().filter(|c| covers(&version.terms, &CustomerFacts::from(*c), day)).collect()
}

/// A version with what it comes to today.
struct Current {
    version: Version,
    state: Standing,
    /// Its last day, by its terms or because a later version begins.
    standings: Arc<Standings>,
}

struct Found {
    current: Current,
    covered: usize,
    signed: Option<usize>,
}

/// Of every policy what decides or will, what is promised and what is under way; of those that have
/// none of it, the newest version.
fn current(conn: &mut Conn, today: NaiveDate) -> Result<Vec<Current>> {
    let mut policies: BTreeMap<(String, PolicyId), Vec<Version>> = BTreeMap::new();
    for version in policies::all(conn)? {
        let policy = (version.code.clone(), version.policy_id.clone());
        policies.entry(policy).or_default().push(version);
    }
    let of_policy = |versions: Vec<Version>| {
        let standings = Arc::new(Standings::of(&versions, today));
        let decides = |v: &Version| standings.state(v) == Standing::Published;
        let stands = |v: &Version| v.state.is_open() || v.state.is_promised() || decides(v);
        let all_over = !versions.iter().any(stands);
        let most = if all_over { 1 } else { usize::MAX };
        let kept: Vec<Current> = versions
            .into_iter()
            .filter(|v| all_over || stands(v))
            .take(most)
            .map(|version| Current {
                state: standings.state(&version),
                standings: Arc::clone(&standings),
                version,
            })
            .collect();
        kept
    };
    Ok(policies.into_values().flat_map(of_policy).collect())
}

fn find(conn: &mut Conn, asked: &Asked, today: NaiveDate) -> Result<(Vec<Found>, Vec<i32>)> {
    let all = customers::all(conn)?;
    let versions = current(conn, today)?;
    let years: BTreeSet<i32> = versions
        .iter()
        .map(|current| &current.version)
        .flat_map(|v| v.terms.from.year()..=last_year(v, today))
        .collect();
    let wanted = asked.search.trim().to_lowercase();
    let year: Option<i32> = asked.year.parse().ok();
    let mut found = Vec::new();
    for current in versions {
        let version = &current.version;
        let terms = &version.terms;
        let text = [&version.code, &terms.name.zh_cn, &terms.name.en].map(|t| t.to_lowercase());
        let in_year =
            year.is_none_or(|year| (terms.from.year()..=last_year(version, today)).contains(&year));
        if !in_year || !text.iter().any(|text| text.contains(&wanted)) {
            continue;
        }
        let covered = covered(version, &all, today);
        let asked = version.state.is_promised() || current.state == Standing::Published;
        let signed = if asked {
            let given = policies::acknowledgements(conn, &version.id)?;
            let signed: HashSet<Key> = given.into_iter().map(|given| given.customer).collect();
            Some(covered.iter().filter(|c| signed.contains(&c.id)).count())
        } else {
            None
        };
        let covered = covered.len();
        found.push(Found { current, covered, signed });
    }
    Ok((found, years.into_iter().rev().collect()))
}

/// The year of its last day; of one that runs on, this year or its first.
fn last_year(version: &Version, today: NaiveDate) -> i32 {
    let last = version.last_day().map_or(today.year(), |last| last.year());
    last.max(version.terms.from.year())
}

/// Every policy with what is promised and what is under way, and how many of the customers it
/// covers have signed it.
pub(in crate::web) async fn list(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    let asked = asked.into_inner();
    let (today, wanted) = (app.db.today(), asked.clone());
    let (found, years) = app.read(move |conn| find(conn, &wanted, today)).await?;
    let page = user.page("nav-staff-policies");
    let count =
        |state: &str| found.iter().filter(|one| one.current.state.as_str() == state).count();
    let mut views = vec![view(&page, &asked, "", found.len())];
    views.extend(VIEWS.iter().map(|state| view(&page, &asked, state, count(state))));
    let shown = |one: &Found| asked.state.is_empty() || one.current.state.as_str() == asked.state;
    let rows = found.into_iter().filter(shown).map(|one| row(&page, one)).collect();
    let drafts = user.holds(StaffRole::AccountManager)
        && opens("/staff/policies/new", &user.person.identity());
    let unfiltered = asked.search.is_empty() && asked.year.is_empty() && asked.state.is_empty();
    reply::page(&PoliciesPage { page, asked, years, views, rows, drafts, unfiltered })
}

fn view(page: &Page, asked: &Asked, state: &str, count: usize) -> View {
    let text = match state {
        "" => page.t("desk-all"),
        state => page.code("state-policy", state),
    };
    let (year, search) = (reply::query_value(&asked.year), reply::query_value(&asked.search));
    let path = format!("/staff/policies?state={state}&year={year}&search={search}");
    View { path, text, count, current: asked.state == state }
}

fn row(page: &Page, Found { current, covered, signed }: Found) -> Row {
    let Current { version, state, standings } = current;
    Row {
        path: path_of(&version),
        name: version.terms.name.in_language(page.language()).to_owned(),
        version: version.number,
        state: state.as_str(),
        valid: valid(&standings, &version, page),
        period: page.code("programme-period", version.terms.period.as_str()),
        form: page.code("form", version.terms.form.as_str()),
        drafted: format!(
            "{} · {}",
            page.who(&version.drafted_by_name),
            page.time(&version.drafted_at)
        ),
        code: version.code,
        covered,
        signed,
    }
}

/// The page of the version.
pub(super) fn path_of(version: &Version) -> String {
    match version.state.is_promised() {
        true => format!("/staff/policies/{}", version.policy_id),
        false => format!("/staff/policies/{}?version={}", version.policy_id, version.number),
    }
}
