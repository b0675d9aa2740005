use std::collections::HashMap;

use actix_web::web::Path;
use askama::Template;
use chrono::{Days, NaiveDate};
use serde::Deserialize;

use super::super::programme_view::{Programme, ProgrammeView, valid};
use super::super::{Answer, App, CustomerUser, Form, Page, reply};
use super::terms_view::TermsView;
use crate::accruals::{self, Accrual};
use crate::customers;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::people::{self, Person};
use crate::policies::{self, Acknowledgement, CustomerFacts, Standings, Step, Version};
use crate::sales;
use crate::values::{CustomerRole, Key, Money, PolicyId, VersionId};

#[derive(Template)]
#[template(path = "customer/programme.html")]
struct ProgrammePage {
    page: Page,
    p: ProgrammeView,
    t: TermsView,
    /// The version these terms are.
    number: i32,
    /// When it was withdrawn, and why.
    withdrawn: Option<(String, String)>,
    /// A newer version that begins later: its number and first day.
    coming: Option<(i32, String)>,
    sentence: String,
    steps: Vec<String>,
    dates: Vec<(String, String)>,
    owner: Option<Owner>,
    versions: Vec<VersionRow>,
    periods: Vec<PeriodRow>,
    signature: Signing,
    may_dispute: bool,
}

/// Who answers for the programme.
struct Owner {
    name: Option<String>,
    phone: Option<String>,
    email: String,
}

/// What is to be signed, or was.
pub(super) struct Signing {
    /// Where the form goes; None when there is nothing to sign, or not for this reader.
    pub version: Option<VersionId>,
    /// Where the newest version is read before it is signed.
    pub read: Option<i32>,
    /// Whether it waits for somebody to sign it.
    pub open: bool,
    pub evidence: Option<Evidence>,
}

/// Who took note of it, when, and of which text.
pub(super) struct Evidence {
    pub who: String,
    pub at: String,
    pub number: i32,
    pub hash: String,
}

struct VersionRow {
    number: i32,
    published: String,
    state: &'static str,
    /// From when to when it decides, in words.
    valid: String,
    signed: bool,
    /// What it says that the version before didn't.
    changes: Vec<String>,
}

struct PeriodRow {
    id: String,
    period: String,
    measure: String,
    tier: u32,
    rebate: Money,
    state: &'static str,
}

/// A programme as one of the customer's people may read it.
pub(super) struct Found {
    pub owner: Option<Person>,
    pub programme: Programme,
    pub accruals: Vec<Accrual>,
    /// Those that were published and concern the customer, newest first.
    pub versions: Vec<Version>,
    pub signatures: HashMap<VersionId, Acknowledgement>,
    /// What each of the versions comes to today.
    pub standings: Standings,
    /// The newest version's withdrawal.
    pub withdrawn: Option<Step>,
    pub through: Option<NaiveDate>,
}

/// # Errors
/// Not found, which is also the answer for a programme that isn't the customer's business.
pub(super) fn find(
    conn: &mut Conn,
    customer: Key,
    id: &PolicyId,
    today: NaiveDate,
) -> Result<Found> {
    let person = customers::by_id(conn, customer)?;
    let facts = CustomerFacts::from(&person);
    let mut accruals = accruals::of_customer(conn, customer)?;
    accruals.retain(|accrual| accrual.policy == *id);
    let programme = Programme::one(conn, id, &facts, &accruals, today)?;
    let mut versions = policies::versions(conn, id)?;
    let standings = Standings::of(&versions, today);
    // What was never published, and what isn't for this customer, is nobody's business here.
    versions.retain(|version| {
        version.published_at.is_some()
            && (version.id == programme.newest.id
                || version.id == programme.version.id
                || policies::covers(&version.terms, &facts, today.max(version.terms.from)))
    });
    let mut signatures = HashMap::new();
    for version in &versions {
        if let Some(given) = policies::acknowledgement(conn, &version.id, customer)? {
            signatures.insert(version.id.clone(), given);
        }
    }
    let owner = programme.version.terms.owner.as_deref();
    let withdrawn = match programme.is_withdrawn() {
        true => policies::steps(conn, &programme.newest.id)?.pop(),
        false => None,
    };
    Ok(Found {
        standings,
        withdrawn,
        through: sales::data_through(conn, Some(customer))?,
        owner: owner.and_then(|email| people::by_email(conn, email).ok()),
        programme,
        accruals,
        versions,
        signatures,
    })
}

pub(in crate::web) async fn page(app: App, user: CustomerUser, id: Path<String>) -> Answer {
    let id = PolicyId::from_text(&id);
    let customer = user.customer;
    let today = app.db.today();
    let found = app.read(move |conn| find(conn, customer, &id, today)).await?;
    let version = found.programme.version.clone();
    let terms = &version.terms;
    let words = user.words();
    let page = user
        .visit
        .page(terms.name.in_language(words.language))
        .under("/programmes", words.t("nav-policies"))
        .with_data_through(found.through);
    let calculation = found.programme.calculation.clone();
    let newest = &found.programme.newest;
    let later = newest.id != version.id;
    let coming = (later && newest.terms.from > today)
        .then(|| (newest.number, page.date(&newest.boundary().max(newest.terms.from))));
    let signed = found.signatures.keys().cloned().collect();
    let signature = signing(newest, &found.signatures, &user, later, &page);
    let view = ProgrammePage {
        t: TermsView::new(terms, calculation.tier, &page),
        number: version.number,
        withdrawn: found.withdrawn.as_ref().map(|step| (page.time(&step.at), step.note.clone())),
        coming,
        sentence: words.say(&calculation.sentence()),
        steps: calculation.step_texts().iter().map(|step| words.say(step)).collect(),
        dates: dates(&version, calculation.last_day, &page),
        owner: owner(terms.owner.as_deref(), found.owner.as_ref()),
        versions: version_rows(&found, &page),
        periods: found.accruals.iter().map(|accrual| period_row(accrual, &page)).collect(),
        signature,
        may_dispute: user.role >= CustomerRole::Finance,
        p: ProgrammeView::new(found.programme, &signed, today, &page),
        page,
    };
    reply::page(&view)
}

/// What the reader may sign of the version, or who did. Terms that aren't on the page are read
/// before they are signed.
pub(super) fn signing(
    version: &Version,
    signatures: &HashMap<VersionId, Acknowledgement>,
    user: &CustomerUser,
    elsewhere: bool,
    page: &Page,
) -> Signing {
    let given = signatures.get(&version.id);
    let open = given.is_none() && version.state.is_promised();
    let may_sign = open && user.role >= CustomerRole::Manager;
    Signing {
        version: (may_sign && !elsewhere).then(|| version.id.clone()),
        read: (may_sign && elsewhere).then_some(version.number),
        open,
        evidence: given.map(|given| Evidence {
            who: given.person_name.clone(),
            at: page.time(&given.at),
            number: version.number,
            hash: given.terms_hash.clone(),
        }),
    }
}

fn owner(email: Option<&str>, person: Option<&Person>) -> Option<Owner> {
    Some(Owner {
        name: person.map(|person| person.name.clone()),
        phone: person.and_then(|person| person.phone.clone()),
        email: email?.to_owned(),
    })
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

/// The versions, newest first, each with what it changes in the one before it.
fn version_rows(found: &Found, page: &Page) -> Vec<VersionRow> {
    let before = found.versions.iter().skip(1).map(Some).chain([None]);
    let rows = found.versions.iter().zip(before);
    rows.map(|(version, before)| VersionRow {
        number: version.number,
        published: version.published_at.map_or_else(|| "—".to_owned(), |at| page.time(&at)),
        state: found.standings.state(version).as_str(),
        valid: valid(&found.standings, version, page),
        signed: found.signatures.contains_key(&version.id),
        changes: changes(before, version, page),
    })
    .collect()
}

pub(super) fn changes(before: Option<&Version>, version: &Version, page: &Page) -> Vec<String> {
    let compare = |before: &Version| policies::compare(&before.terms, &version.terms, page.words);
    before.map(compare).unwrap_or_default()
}

fn period_row(accrual: &Accrual, page: &Page) -> PeriodRow {
    PeriodRow {
        id: accrual.id.to_string(),
        period: page.period(&accrual.period),
        measure: page.amount(accrual.calculation.measure, accrual.currency),
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
