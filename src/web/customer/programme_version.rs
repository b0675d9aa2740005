use actix_web::web::Path;
use askama::Template;

use super::super::programme_view::valid;
use super::super::{Answer, App, CustomerUser, Page, reply};
use super::programme::{Signing, changes, find, signing};
use super::terms_view::TermsView;
use crate::error::{Error, Result};
use crate::values::PolicyId;

#[derive(Template)]
#[template(path = "customer/programme_version.html")]
struct VersionPage {
    page: Page,
    id: PolicyId,
    code: String,
    state: &'static str,
    published: String,
    valid: String,
    hash: String,
    t: TermsView,
    /// The version before, and what this one changes in it.
    before: Option<i32>,
    changes: Vec<String>,
    signature: Signing,
}

/// One published version as it was promised, however many came after it.
pub(in crate::web) async fn page(
    app: App,
    user: CustomerUser,
    path: Path<(String, String)>,
) -> Answer {
    let (id, number) = path.into_inner();
    let id = PolicyId::from_text(&id);
    let customer = user.customer;
    let today = app.db.today();
    let found = app.read(move |conn| find(conn, customer, &id, today)).await?;
    let place = find_number(found.versions.iter().map(|version| version.number), &number)?;
    let version = found.versions.get(place).ok_or(Error::NotFound)?;
    let before = found.versions.get(place + 1);
    let (words, terms) = (user.words(), &version.terms);
    let name = terms.name.in_language(words.language);
    let page = user
        .visit
        .page(words.t2("programme-version-title", "name", name, "version", version.number))
        .under("/programmes", words.t("nav-policies"))
        .under(format!("/programmes/{}", version.policy_id), name)
        .with_data_through(found.through);
    let view = VersionPage {
        id: version.policy_id.clone(),
        code: version.code.clone(),
        state: found.standings.state(version).as_str(),
        published: version.published_at.map_or_else(|| "—".to_owned(), |at| page.time(&at)),
        valid: valid(&found.standings, version, &page),
        hash: version.terms_hash.clone(),
        t: TermsView::new(terms, 0, &page),
        before: before.map(|before| before.number),
        changes: changes(before, version, &page),
        signature: signing(version, &found.signatures, &user, false, &page),
        page,
    };
    reply::page(&view)
}

/// The place of the version with the number as it stands in an address: `2`, not `02` or `+2`.
fn find_number(mut numbers: impl Iterator<Item = i32>, asked: &str) -> Result<usize> {
    numbers.position(|number| number.to_string() == asked).ok_or(Error::NotFound)
}
