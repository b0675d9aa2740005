use std::collections::HashMap;

use actix_web::web::{Query, block};
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Fail, Form, Page, StaffUser, reply};
use super::typed;
use crate::accruals::rules::Reason;
use crate::accruals::{self, Accrual, Filter, PastRun};
use crate::customers;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::policies;
use crate::reports::{Format, Report};
use crate::statements;
use crate::values::{Key, Money, Period, Problem, StaffRole, Text, VersionId};
use crate::words::Words;

/// Accruals on one page.
const PAGE: i64 = 100;

#[derive(Template)]
#[template(path = "staff/accruals.html")]
struct AccrualsPage {
    page: Page,
    rows: Vec<Row>,
    runs: Vec<RunRow>,
    /// Code and name of each policy in force.
    policies: Vec<(String, String)>,
    may_run: bool,
    /// What was asked to be listed.
    asked: Asked,
    typed: Typed,
    newer: String,
    older: String,
    reports: Vec<&'static str>,
    formats: Vec<&'static str>,
}

struct Row {
    id: String,
    policy: String,
    policy_name: String,
    version: i32,
    customer: String,
    customer_name: String,
    period: String,
    tier: String,
    reward: String,
    status: &'static str,
    /// Why it is zero.
    why: Option<String>,
    rebate: Money,
}

struct RunRow {
    at: String,
    as_of: String,
    who: String,
    run: PastRun,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Asked {
    #[serde(default)]
    period: String,
    #[serde(default)]
    policy: String,
    #[serde(default)]
    from: String,
}

/// What was typed into whichever form.
#[derive(Clone, Default)]
struct Typed {
    as_of: String,
    run_policy: String,
    close_period: String,
    close_policy: String,
}

pub(in crate::web) async fn list(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    let asked = asked.into_inner();
    let problems = if asked.period.trim().is_empty() || period(&asked.period).is_some() {
        Vec::new()
    } else {
        vec![unreadable("period", &asked.period)]
    };
    let typed = Typed { as_of: app.db.today().to_string(), ..Typed::default() };
    let page = render(&app, &user, asked, typed, &problems).await?;
    if problems.is_empty() { reply::page(&page) } else { reply::form_again(&page) }
}

fn period(text: &str) -> Option<Period> {
    text.trim().parse().ok()
}

fn unreadable(field: &str, text: &str) -> Problem {
    Problem::new(field, Text::new("accruals-period-unreadable").with("found", text))
}

async fn render(
    app: &App,
    user: &StaffUser,
    asked: Asked,
    typed: Typed,
    problems: &[Problem],
) -> Result<AccrualsPage, Fail> {
    let (wanted, skip) = (asked.clone(), typed::skip(&asked.from));
    let (found, names, versions, runs, in_force) = app
        .read(move |conn| {
            let in_force = policies::in_force(conn)?;
            let policy = in_force.iter().find(|v| v.code == wanted.policy);
            let filter = Filter {
                period: period(&wanted.period).map(|p| p.to_string()),
                policy: policy.map(|v| v.policy_id.clone()),
            };
            let found = if policy.is_none() && !wanted.policy.is_empty() {
                Vec::new()
            } else {
                accruals::page(conn, &filter, skip, PAGE)?
            };
            let keys: Vec<Key> = found.iter().map(|accrual| accrual.customer).collect();
            let mut versions: HashMap<VersionId, policies::Version> = HashMap::new();
            for id in found.iter().map(|accrual| &accrual.version) {
                if !versions.contains_key(id) {
                    versions.insert(id.clone(), policies::version(conn, id)?);
                }
            }
            let names = customers::by_ids(conn, &keys)?;
            Ok((found, names, versions, accruals::runs(conn, 10)?, in_force))
        })
        .await?;
    let page = user.page("nav-accruals").with_problems(problems);
    let language = page.language();
    let names: HashMap<Key, (String, String)> =
        names.into_iter().map(|c| (c.id, (c.code, c.name))).collect();
    let path = format!(
        "/staff/accruals?period={}&policy={}&",
        reply::query_value(&asked.period),
        reply::query_value(&asked.policy)
    );
    let (newer, older) = typed::pages(&path, skip, found.len(), PAGE);
    let rows = found.iter().map(|a| row(&page, a, &names, &versions)).collect();
    let runs = runs
        .into_iter()
        .map(|run| RunRow {
            at: page.time(&run.at),
            as_of: page.date(&run.as_of),
            who: run.actor_name.clone(),
            run,
        })
        .collect();
    let policies = in_force
        .into_iter()
        .map(|v| (v.code.clone(), v.terms.name.in_language(language).to_owned()))
        .collect();
    Ok(AccrualsPage {
        page,
        rows,
        runs,
        policies,
        may_run: user.holds(StaffRole::Finance),
        asked,
        typed,
        newer,
        older,
        reports: Report::ALL.iter().map(Report::as_str).collect(),
        formats: Format::ALL.iter().map(Format::as_str).collect(),
    })
}

fn row(
    page: &Page,
    accrual: &Accrual,
    names: &HashMap<Key, (String, String)>,
    versions: &HashMap<VersionId, policies::Version>,
) -> Row {
    let version = versions.get(&accrual.version);
    let policy_name = version.map(|v| v.terms.name.in_language(page.language()).to_owned());
    let (customer, customer_name) = names.get(&accrual.customer).cloned().unwrap_or_default();
    let calculation = &accrual.calculation;
    // What isn't promised to the customer has no tier.
    let outside = matches!(calculation.reason, Some(Reason::NotEligible | Reason::NotInForce));
    let tier = calculation.tier;
    Row {
        id: accrual.id.to_string(),
        policy: version.map(|v| v.code.clone()).unwrap_or_default(),
        policy_name: policy_name.unwrap_or_default(),
        version: version.map_or(0, |v| v.number),
        customer,
        customer_name,
        period: page.period(&accrual.period),
        tier: if tier == 0 || outside { "—".to_owned() } else { tier.to_string() },
        reward: match outside {
            true => "—".to_owned(),
            false => statements::reward(page.words, &calculation.reward_text(), accrual.currency),
        },
        why: calculation.reason_text().map(|why| page.words.say(&why)),
        status: accrual.status.as_str(),
        rebate: accrual.rebate(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct RunForm {
    #[serde(default)]
    as_of: String,
    #[serde(default)]
    run_policy: String,
}

/// An accrual run. A second one posts nothing, so the form needs no key of its own.
pub(in crate::web) async fn run(app: App, user: StaffUser, form: Form<RunForm>) -> Answer {
    let RunForm { as_of, run_policy } = form.fields;
    let typed = Typed { as_of: as_of.clone(), run_policy: run_policy.clone(), ..Typed::default() };
    let (db, actor, only) = (app.db.clone(), user.actor(), run_policy.trim().to_owned());
    let done = block(move || {
        let as_of = typed::day("as_of", &as_of)?;
        if as_of > db.today() {
            return Err(Error::invalid("as_of", Text::new("accruals-as-of-ahead")));
        }
        let only = (!only.is_empty()).then_some(only.as_str());
        accruals::run(&db, &actor, as_of, only)
    })
    .await
    .map_err(Fail::internal)?;
    let report = match done {
        Ok(report) => report,
        Err(error) => return again(&app, &user, typed, "run_policy", error).await,
    };
    let words = user.words();
    let key = if report.deltas.is_empty() { "accruals-run-unchanged" } else { "accruals-run-done" };
    let told = words.with(
        key,
        [
            ("policies", report.policies.to_string()),
            ("customers", report.customers.to_string()),
            ("changed", report.changed.to_string()),
            ("sum", sums(&report.deltas, user.words())),
        ],
    );
    tell(&app, &user, told).await?;
    reply::see_other("/staff/accruals")
}

fn sums(amounts: &[Money], words: &Words) -> String {
    if amounts.is_empty() {
        return words.t("accruals-no-difference");
    }
    amounts.iter().map(|amount| amount.shown()).collect::<Vec<_>>().join(" · ")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct CloseForm {
    #[serde(default)]
    close_period: String,
    #[serde(default)]
    close_policy: String,
}

/// Closes a period; a policy whose period is closed already is left alone.
pub(in crate::web) async fn close(app: App, user: StaffUser, form: Form<CloseForm>) -> Answer {
    let CloseForm { close_period, close_policy } = form.fields;
    let typed = Typed {
        as_of: app.db.today().to_string(),
        close_period: close_period.clone(),
        close_policy: close_policy.clone(),
        ..Typed::default()
    };
    let (db, actor, only) = (app.db.clone(), user.actor(), close_policy.trim().to_owned());
    let done = block(move || {
        let only = (!only.is_empty()).then_some(only.as_str());
        let Some(period) = period(&close_period) else {
            let unknown =
                only.map(|code| db.read(|conn| unknown_policy(conn, code))).transpose()?;
            let period = unreadable("close_period", &close_period);
            let problems = std::iter::once(period).chain(unknown.flatten());
            return Err(Error::Invalid(problems.collect()));
        };
        accruals::close(&db, &actor, period, only).map(|closings| (period, closings))
    })
    .await
    .map_err(Fail::internal)?;
    let (period, closings) = match done {
        Ok(done) => done,
        Err(error) => return again(&app, &user, typed, "close_period", error).await,
    };
    let words = user.words();
    let shown = period.shown(words.language);
    let told = if closings.is_empty() {
        words.t1("accruals-closed-already", "period", shown)
    } else {
        let each: Vec<_> = closings
            .iter()
            .map(|closing| {
                words.with(
                    "accruals-closed-one",
                    [
                        ("policy", closing.policy.clone()),
                        ("accruals", closing.accruals.to_string()),
                        ("sum", closing.earned.shown()),
                    ],
                )
            })
            .collect();
        words.t2("accruals-closed", "period", shown, "each", each.join(" · "))
    };
    tell(&app, &user, told).await?;
    reply::see_other(format!("/staff/accruals?period={period}"))
}

/// Said together with a wrong period, so that nobody mends one to be told of the other.
fn unknown_policy(conn: &mut Conn, code: &str) -> Result<Option<Problem>> {
    match policies::by_code(conn, code) {
        Ok(_) => Ok(None),
        Err(Error::NotFound) => {
            let text = Text::new("accrual-no-such-policy").with("code", code);
            Ok(Some(Problem::new("close_policy", text)))
        }
        Err(other) => Err(other),
    }
}

/// The page with what was typed and why it wasn't done, at the field.
async fn again(
    app: &App,
    user: &StaffUser,
    typed: Typed,
    field: &'static str,
    error: Error,
) -> Answer {
    let problems = match error {
        Error::Invalid(problems) => problems,
        Error::Refused(text) => vec![Problem::new(field, text)],
        other => return Err(other.into()),
    };
    reply::form_again(&render(app, user, Asked::default(), typed, &problems).await?)
}

async fn tell(app: &App, user: &StaffUser, told: String) -> Result<()> {
    let teller = user.clone();
    app.write(user.actor(), move |tx| teller.tell(tx, &told)).await
}
