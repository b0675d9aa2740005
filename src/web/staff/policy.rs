use std::collections::HashMap;

use actix_web::web::{Path, Query};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use super::super::programme_view::valid;
use super::super::{Answer, App, Fail, Page, StaffUser, opens, reply};
use super::policies::covered;
use super::policy_causes::{self, CauseRow};
use super::portfolio::Portfolio;
use crate::customers::{self, Customer};
use crate::db::Conn;
use crate::disputes::{self, Cause};
use crate::error::{Error, Result};
use crate::people;
use crate::policies::{
    self, Acknowledgement, Action, CustomerScope, ProductScope, Standing, Standings, Step,
    StepKind, Version, bound_shown, reward_shown,
};
use crate::values::{Actor, Key, PolicyId, Problem, StaffRole};

/// What is signed is what is seen: the terms in words, as the file says them, and their hash.
#[derive(Template)]
#[template(path = "staff/policy.html")]
struct PolicyPage {
    page: Page,
    id: String,
    v: Version,
    state: &'static str,
    valid: String,
    period: String,
    form: String,
    formula: String,
    summary: Vec<String>,
    tiers: Vec<(usize, String, String)>,
    scope: Vec<(String, String)>,
    versions: Vec<VersionRow>,
    /// A version under way that isn't the one shown: its number and state.
    open: Option<(i32, &'static str)>,
    steps: Vec<StepRow>,
    /// Whether there is a version to compare with.
    compares: bool,
    /// What it would change, while it isn't published.
    changes: Vec<String>,
    covered: usize,
    /// Whether it was ever asked to be signed.
    to_sign: bool,
    /// Whether signatures are still waited for.
    waits: bool,
    /// Only the reader's own customers are named below.
    own_only: bool,
    signed_count: usize,
    signed: Vec<SignedRow>,
    unsigned: Vec<UnsignedRow>,
    unsigned_count: usize,
    /// Who answers for the policy, by name where the house knows it.
    owner_name: String,
    /// How many more haven't, in words.
    more_unsigned: Option<String>,
    /// What publishing does, in words.
    publish_lead: String,
    causes: Vec<CauseRow>,
    /// All disputes about it.
    disputes: String,
    /// The file it was published from.
    source: Option<String>,
    may: May,
    links: Links,
    typed: Typed,
}

struct VersionRow {
    number: i32,
    state: &'static str,
    /// When it was published, or who drafted it.
    made: String,
    /// From when to when it decides, once published.
    valid: Option<String>,
    shown: bool,
}

struct StepRow {
    action: &'static str,
    at: String,
    who: String,
    note: String,
    /// Of the terms, where that is what was signed.
    hash: Option<String>,
}

struct SignedRow {
    code: String,
    name: String,
    who: String,
    at: String,
    hash: String,
}

/// A customer who hasn't signed, and who looks after it.
struct UnsignedRow {
    code: String,
    name: String,
    /// None for the reader's own.
    manager: Option<String>,
}

/// Which forms the reader gets.
#[derive(Clone, Copy, Default)]
struct May {
    submit: bool,
    take_back: bool,
    approve: bool,
    /// An approver who had a hand in it.
    own: bool,
    give_back: bool,
    publish: bool,
    end: bool,
    withdraw: bool,
}

impl May {
    /// Whether the version waits for the reader.
    fn decides(&self) -> bool {
        self.submit || self.approve || self.give_back || self.publish
    }
}

/// Where the reader may go on from here; an empty address hides its link.
#[derive(Default)]
struct Links {
    edit: String,
    amend: String,
    simulate: String,
}

/// What was typed into whichever form.
#[derive(Clone, Default)]
pub(super) struct Typed {
    pub last_day: String,
    pub reason: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    version: String,
}

/// Customers named on the page; a policy may cover many thousands.
const MOST: usize = 200;

struct Found {
    version: Version,
    versions: Vec<Version>,
    customers: Vec<Customer>,
    given: HashMap<Key, Acknowledgement>,
    steps: Vec<Step>,
    causes: Vec<Cause>,
    may: May,
    names: HashMap<String, String>,
}

fn find(
    conn: &mut Conn,
    policy: &PolicyId,
    number: Option<i32>,
    actor: &Actor,
    today: NaiveDate,
) -> Result<Found> {
    let versions = policies::versions(conn, policy)?;
    let version = match number {
        Some(number) => versions.iter().find(|v| v.number == number),
        None => versions.iter().find(|v| v.state.is_promised()).or(versions.first()),
    };
    let version = version.cloned().ok_or(Error::NotFound)?;
    let given = policies::acknowledgements(conn, &version.id)?;
    let customers = customers::all(conn)?;
    let managers = customers.iter().filter_map(|customer| customer.account_manager.as_deref());
    let names = people::names(conn, managers.chain(version.terms.owner.as_deref()))?;
    let reach = disputes::reach(conn, actor, today)?;
    Ok(Found {
        causes: disputes::causes(conn, &reach, policy, policy_causes::MOST)?,
        steps: policies::steps(conn, &version.id)?,
        may: may(conn, actor, &version)?,
        given: given.into_iter().map(|given| (given.customer, given)).collect(),
        customers,
        version,
        versions,
        names,
    })
}

/// What the room would let the reader do; this only spares them forms that would be refused.
fn may(conn: &mut Conn, actor: &Actor, version: &Version) -> Result<May> {
    let mut may = |action| policies::may(conn, actor, version, action);
    let (approve, give_back) = (may(Action::Approve)?, may(Action::Return)?);
    Ok(May {
        submit: may(Action::Submit)?,
        take_back: may(Action::TakeBack)?,
        approve,
        own: give_back && !approve && version.state == policies::VersionState::Submitted,
        give_back,
        publish: may(Action::Publish)?,
        end: may(Action::End)?,
        withdraw: may(Action::Withdraw)?,
    })
}

pub(in crate::web) async fn page(
    app: App,
    user: StaffUser,
    id: Path<String>,
    asked: Query<Asked>,
) -> Answer {
    let policy = PolicyId::from_text(&id);
    let number = asked.version.parse::<i32>().ok();
    reply::page(&render(&app, &user, &policy, number, Typed::default(), &[]).await?)
}

pub(super) async fn render(
    app: &App,
    user: &StaffUser,
    policy: &PolicyId,
    number: Option<i32>,
    typed: Typed,
    problems: &[Problem],
) -> Result<impl Template + use<>, Fail> {
    let (today, actor, wanted) = (app.db.today(), user.actor(), policy.clone());
    let found = app.read(move |conn| find(conn, &wanted, number, &actor, today)).await?;
    let Found { version, versions, customers, given, steps, causes, may, names } = found;
    let words = user.words();
    let terms = &version.terms;
    let page = user
        .visit
        .page(terms.name.in_language(words.language))
        .under("/staff/policies", words.t("nav-staff-policies"))
        .with_problems(problems);
    let standings = Standings::of(&versions, today);
    let state = standings.state(&version);
    let covers = covered(&version, &customers, today);
    let unsigned = unsigned(user, &covers, &given, &names);
    let readers =
        [StaffRole::AccountManager, StaffRole::Finance, StaffRole::Approver, StaffRole::Auditor];
    let before = super::policy_version::before(&versions, &version);
    let open = versions.iter().find(|v| v.state.is_open() && v.id != version.id);
    Ok(PolicyPage {
        id: policy.to_string(),
        state: state.as_str(),
        valid: valid(&standings, &version, &page),
        period: page.code("programme-period", terms.period.as_str()),
        form: page.code("form", terms.form.as_str()),
        formula: policies::formula(terms, words),
        summary: policies::summary(terms, words),
        tiers: (1..)
            .zip(&terms.reward.tiers)
            .map(|(n, tier)| {
                (n, bound_shown(terms, tier, words), reward_shown(terms, tier.reward, words))
            })
            .collect(),
        scope: scope(&terms.customers, &terms.products, &page),
        open: open.map(|v| (v.number, v.state.as_str())),
        steps: steps.iter().map(|step| step_row(&page, &version, step)).collect(),
        compares: before.is_some(),
        changes: before
            .filter(|_| version.state.is_open())
            .map(|before| policies::compare(&before.terms, terms, words))
            .unwrap_or_default(),
        covered: covers.len(),
        to_sign: version.published_at.is_some(),
        waits: matches!(state, Standing::Pending | Standing::Published),
        own_only: Portfolio::of(user).manager.is_some(),
        signed_count: given.len(),
        signed: signed(user, &page, &customers, &given),
        owner_name: named(&names, terms.owner.as_deref().unwrap_or_default()),
        unsigned_count: unsigned.len(),
        more_unsigned: unsigned
            .len()
            .checked_sub(MOST)
            .filter(|more| *more > 0)
            .map(|more| page.count("rules-more-unsigned", more)),
        publish_lead: page.count("rules-publish-lead", covers.len()),
        unsigned: unsigned.into_iter().take(MOST).collect(),
        causes: policy_causes::rows(causes, &version.code, &page),
        disputes: policy_causes::list(&version.code).address(),
        source: readers.iter().any(|role| user.holds(*role)).then(|| version.source.clone()),
        links: links(user, &version, open.is_none()),
        versions: versions
            .iter()
            .map(|v| version_row(&page, &standings, v, version.number))
            .collect(),
        may,
        typed,
        v: version,
        page,
    })
}

fn signed(
    user: &StaffUser,
    page: &Page,
    customers: &[Customer],
    given: &HashMap<Key, Acknowledgement>,
) -> Vec<SignedRow> {
    let reach = Portfolio::of(user);
    customers
        .iter()
        .filter(|customer| reach.holds(customer))
        .filter_map(|customer| Some((customer, given.get(&customer.id)?)))
        .take(MOST)
        .map(|(customer, given)| SignedRow {
            code: customer.code.clone(),
            name: customer.name.clone(),
            who: given.person_name.clone(),
            at: page.time(&given.at),
            hash: given.terms_hash.clone(),
        })
        .collect()
}

/// Who has the address, or the address itself.
fn named(names: &HashMap<String, String>, email: &str) -> String {
    names.get(email).cloned().unwrap_or_else(|| email.to_owned())
}

/// The covered customers in reach who haven't signed, the reader's own first.
fn unsigned(
    user: &StaffUser,
    covers: &[&Customer],
    given: &HashMap<Key, Acknowledgement>,
    names: &HashMap<String, String>,
) -> Vec<UnsignedRow> {
    let reach = Portfolio::of(user);
    let own = |customer: &Customer| {
        let manager = customer.account_manager.as_deref();
        manager.is_some_and(|manager| manager.eq_ignore_ascii_case(&user.person.email))
    };
    let mut left: Vec<&Customer> = covers
        .iter()
        .copied()
        .filter(|customer| reach.holds(customer) && !given.contains_key(&customer.id))
        .collect();
    left.sort_by_key(|customer| (!own(customer), customer.code.clone()));
    let row = |customer: &Customer| UnsignedRow {
        code: customer.code.clone(),
        name: customer.name.clone(),
        manager: match own(customer) {
            true => None,
            false => Some(named(names, customer.account_manager.as_deref().unwrap_or_default())),
        },
    };
    left.into_iter().map(row).collect()
}

/// What the editor and the simulation offer about this version.
fn links(user: &StaffUser, version: &Version, none_open: bool) -> Links {
    let who = user.person.identity();
    let link = |route: &str, path: String, fits: bool| {
        if fits && opens(route, &who) { path } else { String::new() }
    };
    let (id, state) = (&version.id, version.state);
    let drafts = user.holds(StaffRole::AccountManager);
    Links {
        edit: link(
            "/staff/policies/{id}/edit",
            format!("/staff/policies/{id}/edit"),
            drafts && state == policies::VersionState::Draft,
        ),
        amend: link(
            "/staff/policies/new",
            format!("/staff/policies/new?from={id}"),
            drafts && none_open && state.is_promised(),
        ),
        simulate: link(
            "/staff/policies/{id}/simulation",
            format!("/staff/policies/{id}/simulation"),
            state.is_open(),
        ),
    }
}

fn step_row(page: &Page, version: &Version, step: &Step) -> StepRow {
    let approved = step.action == StepKind::Approved;
    let note = match step.action {
        StepKind::Approved => String::new(),
        StepKind::Superseded => page.t1("rules-superseded-by", "version", &step.note),
        StepKind::Ended => match version.ended_on {
            Some(day) => page.t2("rules-ended-on", "day", page.date(&day), "reason", &step.note),
            None => step.note.clone(),
        },
        _ => step.note.clone(),
    };
    StepRow {
        action: step.action.as_str(),
        at: page.time(&step.at),
        who: page.who(&step.actor_name),
        note,
        hash: approved.then(|| step.note.clone()),
    }
}

fn version_row(page: &Page, standings: &Standings, version: &Version, shown: i32) -> VersionRow {
    VersionRow {
        number: version.number,
        state: standings.state(version).as_str(),
        made: match version.published_at {
            Some(at) => page.t1("programme-published", "at", page.time(&at)),
            None => page.t2(
                "rules-drafted-by",
                "at",
                page.time(&version.drafted_at),
                "by",
                page.who(&version.drafted_by_name),
            ),
        },
        valid: version.published_at.map(|_| valid(standings, version, page)),
        shown: version.number == shown,
    }
}

/// Who and what it covers, list by list; nothing when that is everybody and everything.
pub(super) fn scope(
    who: &CustomerScope,
    what: &ProductScope,
    page: &Page,
) -> Vec<(String, String)> {
    let named = |prefix: &str, list: &[String]| -> Vec<String> {
        list.iter().map(|name| page.name(prefix, name)).collect()
    };
    [
        ("rules-types", &named("policy-type", &who.types)),
        ("rules-classes", &named("policy-class", &who.classes)),
        ("rules-regions", &who.regions),
        ("rules-groups", &who.groups),
        ("rules-customers", &who.codes),
        ("rules-except-customers", &who.except),
        ("programme-categories", &what.categories),
        ("programme-brands", &what.brands),
        ("programme-products", &what.codes),
        ("programme-except-categories", &what.except_categories),
        ("programme-except-brands", &what.except_brands),
        ("programme-except-products", &what.except_codes),
    ]
    .into_iter()
    .filter(|(_, list)| !list.is_empty())
    .map(|(key, list)| (page.t(key), list.join(&page.t("policy-says-enumerate"))))
    .collect()
}
