use std::collections::HashMap;

use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Page, StaffUser, reply};
use super::policies::{covered, valid};
use super::portfolio::Portfolio;
use crate::customers;
use crate::error::Error;
use crate::policies::{
    self, Acknowledgement, CustomerScope, ProductScope, Version, bound_shown, reward_shown,
};
use crate::values::{Key, PolicyId, StaffRole};

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
    covered: usize,
    signed: Vec<SignedRow>,
    /// Code and name of covered customers who haven't signed, those in reach of the reader.
    unsigned: Vec<(String, String)>,
    /// The file it was published from.
    source: Option<String>,
}

struct VersionRow {
    number: i32,
    state: &'static str,
    published: String,
    by: String,
    shown: bool,
}

struct SignedRow {
    code: String,
    name: String,
    who: String,
    at: String,
    hash: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    version: String,
}

/// Customers named on the page; a policy may cover many thousands.
const MOST: usize = 200;

pub(in crate::web) async fn page(
    app: App,
    user: StaffUser,
    id: Path<String>,
    asked: Query<Asked>,
) -> Answer {
    let policy = PolicyId::from_text(&id);
    let (today, wanted) = (app.db.today(), asked.version.parse::<i32>().ok());
    let reach = Portfolio::of(&user);
    let (version, versions, all, given) = app
        .read(move |conn| {
            let versions = policies::versions(conn, &policy)?;
            let version = match wanted {
                Some(number) => versions.iter().find(|v| v.number == number).cloned(),
                None => versions
                    .iter()
                    .find(|v| v.state == policies::VersionState::Published)
                    .or(versions.first())
                    .cloned(),
            };
            let version = version.ok_or(Error::NotFound)?;
            let given = policies::acknowledgements(conn, &version.id)?;
            Ok((version, versions, customers::all(conn)?, given))
        })
        .await?;
    let words = user.words();
    let terms = &version.terms;
    let page = user
        .visit
        .page(terms.name.in_language(words.language))
        .under("/staff/policies", words.t("nav-policies"));
    let covers = covered(&version, &all, today);
    let given: HashMap<Key, Acknowledgement> =
        given.into_iter().map(|given| (given.customer, given)).collect();
    let mine = || all.iter().filter(|customer| reach.holds(customer));
    let signed = mine()
        .filter_map(|customer| Some((customer, given.get(&customer.id)?)))
        .take(MOST)
        .map(|(customer, given)| SignedRow {
            code: customer.code.clone(),
            name: customer.name.clone(),
            who: given.person_name.clone(),
            at: page.time(&given.at),
            hash: given.terms_hash.clone(),
        })
        .collect();
    let unsigned = covers
        .iter()
        .filter(|customer| reach.holds(customer) && !given.contains_key(&customer.id))
        .take(MOST)
        .map(|customer| (customer.code.clone(), customer.name.clone()))
        .collect();
    let readers = [StaffRole::Finance, StaffRole::Approver, StaffRole::Auditor];
    let source = readers.iter().any(|role| user.holds(*role)).then(|| version.source.clone());
    reply::page(&PolicyPage {
        id: id.into_inner(),
        state: version.state.as_str(),
        valid: valid(&page, &version),
        period: page.code("programme-period", terms.period.as_str()),
        form: page.code("form", terms.form.as_str()),
        formula: policies::formula(terms, words),
        summary: policies::summary(terms, words),
        tiers: (1..)
            .zip(&terms.reward.tiers)
            .map(|(n, tier)| (n, bound_shown(terms, tier), reward_shown(terms, tier.reward, words)))
            .collect(),
        scope: scope(&terms.customers, &terms.products, &page),
        versions: versions.iter().map(|v| version_row(&page, v, version.number)).collect(),
        covered: covers.len(),
        signed,
        unsigned,
        source,
        v: version,
        page,
    })
}

fn version_row(page: &Page, version: &Version, shown: i32) -> VersionRow {
    VersionRow {
        number: version.number,
        state: version.state.as_str(),
        published: version.published_at.map_or_else(|| "—".to_owned(), |at| page.time(&at)),
        by: version.drafted_by_name.clone(),
        shown: version.number == shown,
    }
}

/// Who and what it covers, list by list; nothing when that is everybody and everything.
fn scope(who: &CustomerScope, what: &ProductScope, page: &Page) -> Vec<(String, String)> {
    [
        ("rules-types", &who.types),
        ("rules-classes", &who.classes),
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
