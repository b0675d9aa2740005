use std::collections::HashSet;

use actix_web::web::Path;
use askama::Template;
use chrono::{Days, NaiveDate};
use serde::Deserialize;

use super::super::programme_view::{Programme, ProgrammeView, concerns};
use super::super::{Answer, App, CustomerUser, Form, Page, reply};
use crate::accruals::{self, Accrual};
use crate::customers;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::mailbox;
use crate::policies::{
    self, Acknowledgement, CustomerFacts, ProductScope, Version, bound_shown, reward_shown,
};
use crate::values::{CustomerRole, Key, Money, PolicyId, VersionId};

#[derive(Template)]
#[template(path = "customer/programme.html")]
struct ProgrammePage {
    page: Page,
    p: ProgrammeView,
    /// Which version a signature is for.
    version: VersionId,
    number: i32,
    formula: String,
    summary: Vec<String>,
    tiers: Vec<TierRow>,
    sentence: String,
    steps: Vec<String>,
    scope: Vec<(String, String)>,
    dates: Vec<(String, String)>,
    form: &'static str,
    owner: Option<String>,
    contract: Option<String>,
    versions: Vec<VersionRow>,
    periods: Vec<PeriodRow>,
    may_sign: bool,
    evidence: Option<Evidence>,
}

struct TierRow {
    number: usize,
    from: String,
    reward: String,
    mine: bool,
}

struct VersionRow {
    number: i32,
    published: String,
    state: &'static str,
    /// What it says that the version before didn't, and what it no longer says.
    added: Vec<String>,
    dropped: Vec<String>,
}

struct PeriodRow {
    id: String,
    period: String,
    measure: String,
    tier: u32,
    rebate: Money,
    state: &'static str,
}

/// Who took note of it, when, and of which text.
struct Evidence {
    who: String,
    at: String,
    hash: String,
}

struct Found {
    contact: mailbox::Contact,
    programme: Programme,
    accruals: Vec<Accrual>,
    versions: Vec<Version>,
    acknowledgement: Option<Acknowledgement>,
}

fn find(
    conn: &mut Conn,
    customer: Key,
    id: &PolicyId,
    company: &str,
    today: NaiveDate,
) -> Result<Found> {
    let version = policies::by_id(conn, id)?;
    let person = customers::by_id(conn, customer)?;
    let facts = CustomerFacts::from(&person);
    let mut accruals = accruals::of_customer(conn, customer)?;
    accruals.retain(|accrual| accrual.policy == *id);
    if !concerns(&version, &facts, &accruals, today) {
        return Err(Error::NotFound);
    }
    let mut versions = policies::versions(conn, id)?;
    // What was never published is nobody's business outside.
    versions.retain(|version| version.published_at.is_some());
    Ok(Found {
        contact: customers::contact(conn, &person, company)?,
        acknowledgement: policies::acknowledgement(conn, &version.id, customer)?,
        programme: Programme::new(version, &facts, &accruals, today),
        accruals,
        versions,
    })
}

pub(in crate::web) async fn page(app: App, user: CustomerUser, id: Path<String>) -> Answer {
    let id = PolicyId::from_text(&id);
    let (customer, company) = (user.customer, app.config.company.clone());
    let today = app.db.today();
    let found = app.read(move |conn| find(conn, customer, &id, &company, today)).await?;
    let version = found.programme.version.clone();
    let terms = &version.terms;
    let words = user.words();
    let page = user
        .visit
        .page(terms.name.in_language(words.language))
        .under("/programmes", words.t("nav-policies"))
        .with_contact_of(&found.contact);
    let calculation = found.programme.calculation.clone();
    let reached = usize::try_from(calculation.tier).unwrap_or_default();
    let signed: HashSet<VersionId> =
        found.acknowledgement.iter().map(|given| given.version.clone()).collect();
    let tiers = (1..).zip(&terms.reward.tiers).map(|(number, tier)| TierRow {
        number,
        from: bound_shown(terms, tier),
        reward: reward_shown(terms, tier.reward, words),
        mine: number == reached,
    });
    let p = ProgrammeView::new(found.programme, &signed, today, &page);
    reply::page(&ProgrammePage {
        formula: policies::formula(terms, words),
        summary: policies::summary(terms, words),
        tiers: tiers.collect(),
        sentence: words.say(&calculation.sentence()),
        steps: calculation.step_texts().iter().map(|step| words.say(step)).collect(),
        scope: scope(&terms.products, &page),
        dates: dates(&version, calculation.last_day, &page),
        form: terms.form.as_str(),
        owner: terms.owner.clone(),
        contract: terms.contract_ref.clone(),
        versions: version_rows(&found.versions, &page),
        periods: found.accruals.iter().map(|accrual| period_row(accrual, &page)).collect(),
        may_sign: user.role >= CustomerRole::Manager
            && found.acknowledgement.is_none()
            && version.state.is_promised(),
        evidence: found.acknowledgement.map(|given| Evidence {
            who: given.person_name,
            at: page.time(&given.at),
            hash: given.terms_hash,
        }),
        number: version.number,
        version: version.id.clone(),
        p,
        page,
    })
}

/// Which products earn and which don't, list by list; nothing when all do.
fn scope(scope: &ProductScope, page: &Page) -> Vec<(String, String)> {
    [
        ("programme-categories", &scope.categories),
        ("programme-brands", &scope.brands),
        ("programme-products", &scope.codes),
        ("programme-except-categories", &scope.except_categories),
        ("programme-except-brands", &scope.except_brands),
        ("programme-except-products", &scope.except_codes),
    ]
    .into_iter()
    .filter(|(_, list)| !list.is_empty())
    .map(|(key, list)| (page.t(key), list.join(&page.t("policy-says-enumerate"))))
    .collect()
}

/// The days that matter about the period that ends on the day.
fn dates(version: &Version, last_day: NaiveDate, page: &Page) -> Vec<(String, String)> {
    let terms = &version.terms;
    let after = |days: u32| last_day.checked_add_days(Days::new(u64::from(days)));
    [
        ("programme-date-from", Some(terms.from)),
        ("programme-date-to", version.last_day()),
        ("programme-date-period-end", Some(last_day)),
        ("programme-date-closing", after(terms.grace_days.saturating_add(1))),
        ("programme-date-settled", terms.settle_within_days.and_then(after)),
    ]
    .into_iter()
    .filter_map(|(key, day)| Some((page.t(key), page.date(&day?))))
    .collect()
}

/// The versions, newest first, each compared with the one before it sentence by sentence: what
/// customers read is what changed for them.
fn version_rows(versions: &[Version], page: &Page) -> Vec<VersionRow> {
    let said: Vec<Vec<String>> =
        versions.iter().map(|version| policies::summary(&version.terms, page.words)).collect();
    let before = said.iter().skip(1).map(Some).chain([None]);
    let rows = versions.iter().zip(&said).zip(before);
    rows.map(|((version, now), before)| {
        let only = |some: &[String], others: &[String]| -> Vec<String> {
            some.iter().filter(|sentence| !others.contains(sentence)).cloned().collect()
        };
        VersionRow {
            number: version.number,
            published: version.published_at.map_or_else(|| "—".to_owned(), |at| page.time(&at)),
            state: version.state.as_str(),
            added: before.map(|before| only(now, before)).unwrap_or_default(),
            dropped: before.map(|before| only(before, now)).unwrap_or_default(),
        }
    })
    .collect()
}

fn period_row(accrual: &Accrual, page: &Page) -> PeriodRow {
    PeriodRow {
        id: accrual.id.to_string(),
        period: page.period(&accrual.period),
        measure: accrual.calculation.measure.shown(accrual.currency),
        tier: accrual.calculation.tier,
        rebate: accrual.rebate(),
        state: accrual.status.as_str(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Signature {
    /// The version whose text was shown.
    version: String,
}

/// 签收: a manager takes note of the terms that were shown.
pub(in crate::web) async fn sign(
    app: App,
    user: CustomerUser,
    id: Path<String>,
    form: Form<Signature>,
) -> Answer {
    let id = PolicyId::from_text(&id);
    let shown = VersionId::from_text(&form.fields.version);
    let teller = user.clone();
    app.post(user.actor(), form.key, move |tx| {
        let version = policies::by_id(tx, &id)?;
        // Whose business it is comes before what was shown: others' answers like none.
        let facts = CustomerFacts::from(&customers::by_id(tx, teller.customer)?);
        let day = tx.today().max(version.terms.from);
        if !policies::covers(&version.terms, &facts, day) {
            return Err(Error::NotFound);
        }
        if version.id != shown {
            return Err(Error::refused("programme-changed-since-shown"));
        }
        policies::acknowledge(tx, &shown, teller.customer)?;
        teller.tell(tx, &teller.words().t("programme-signed-now"))?;
        Ok(format!("/programmes/{id}"))
    })
    .await
    .map_err(Into::into)
    .and_then(reply::see_other)
}
