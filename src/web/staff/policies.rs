use std::collections::HashSet;

use askama::Template;
use chrono::NaiveDate;

use super::super::{Answer, App, Page, StaffUser, reply};
use crate::customers::{self, Customer};
use crate::policies::{self, CustomerFacts, Version, covers};
use crate::values::Key;

#[derive(Template)]
#[template(path = "staff/policies.html")]
struct PoliciesPage {
    page: Page,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    code: String,
    name: String,
    version: i32,
    valid: String,
    period: String,
    form: String,
    covered: usize,
    signed: usize,
}

/// The customers a version covers, today or on its first day.
pub(super) fn covered<'c>(
    version: &Version,
    all: &'c [Customer],
    today: NaiveDate,
) -> Vec<&'c Customer> {
    let day = today.max(version.terms.from);
    all.iter().filter(|c| covers(&version.terms, &CustomerFacts::from(*c), day)).collect()
}

/// The policies in force, each with how many of the customers it covers have signed it.
pub(in crate::web) async fn list(app: App, user: StaffUser) -> Answer {
    let today = app.db.today();
    let found = app
        .read(move |conn| {
            let all = customers::all(conn)?;
            let mut found = Vec::new();
            for version in policies::in_force(conn)? {
                let signed: HashSet<Key> = policies::acknowledgements(conn, &version.id)?
                    .into_iter()
                    .map(|given| given.customer)
                    .collect();
                let covered = covered(&version, &all, today);
                let signed = covered.iter().filter(|c| signed.contains(&c.id)).count();
                found.push((covered.len(), signed, version));
            }
            Ok(found)
        })
        .await?;
    let page = user.page("nav-policies");
    let rows = found
        .into_iter()
        .map(|(covered, signed, version)| Row {
            id: version.policy_id.to_string(),
            name: version.terms.name.in_language(page.language()).to_owned(),
            version: version.number,
            valid: valid(&page, &version),
            period: page.code("programme-period", version.terms.period.as_str()),
            form: page.code("form", version.terms.form.as_str()),
            code: version.code,
            covered,
            signed,
        })
        .collect();
    reply::page(&PoliciesPage { page, rows })
}

/// From when to when, in words.
pub(super) fn valid(page: &Page, version: &Version) -> String {
    let from = page.date(&version.terms.from);
    match &version.terms.to {
        Some(to) => format!("{from} – {}", page.date(to)),
        None => page.t1("rules-from", "day", from),
    }
}
