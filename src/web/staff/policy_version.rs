use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

use super::super::programme_view::valid;
use super::super::{Answer, App, Page, StaffUser, reply};
use crate::error::Error;
use crate::policies::{self, Standings, Version};
use crate::values::PolicyId;

/// Two versions of a policy beside each other, and what changed in words.
#[derive(Template)]
#[template(path = "staff/policy_version.html")]
struct VersionPage {
    page: Page,
    id: String,
    /// The older one; none when there is nothing to compare with.
    old: Option<Side>,
    new: Side,
    changes: Vec<String>,
    /// The other versions, to compare with instead.
    others: Vec<Other>,
}

struct Side {
    number: i32,
    state: &'static str,
    valid: String,
    drafted: String,
    approved: Option<String>,
    published: Option<String>,
    formula: String,
    summary: Vec<String>,
    hash: String,
}

struct Other {
    number: i32,
    chosen: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    with: String,
}

/// The version that one follows on: the last published one before it.
pub(super) fn before<'v>(versions: &'v [Version], version: &Version) -> Option<&'v Version> {
    let earlier = versions.iter().filter(|v| v.number < version.number);
    earlier.filter(|v| v.published_at.is_some()).max_by_key(|v| v.number)
}

pub(in crate::web) async fn page(
    app: App,
    user: StaffUser,
    path: Path<(String, String)>,
    asked: Query<Asked>,
) -> Answer {
    let (id, number) = path.into_inner();
    let (policy, today) = (PolicyId::from_text(&id), app.db.today());
    let number: i32 = number.parse().map_err(|_| Error::NotFound)?;
    let versions = app.read(move |conn| policies::versions(conn, &policy)).await?;
    let of_number = |number: i32| versions.iter().find(|v| v.number == number);
    let new = of_number(number).ok_or(Error::NotFound)?;
    let old = match asked.with.parse::<i32>() {
        Ok(with) => Some(of_number(with).ok_or(Error::NotFound)?),
        Err(_) => before(&versions, new),
    };
    let standings = Standings::of(&versions, today);
    let words = user.words();
    let name = new.terms.name.in_language(words.language);
    let title = match old {
        Some(_) => "rules-compare-title",
        None => "programme-version-title",
    };
    let page = user
        .visit
        .page(words.t2(title, "name", name, "version", number))
        .under("/staff/policies", words.t("nav-staff-policies"))
        .under(format!("/staff/policies/{id}?version={number}"), name);
    let others = versions
        .iter()
        .filter(|v| v.number != number)
        .map(|v| Other { number: v.number, chosen: old.is_some_and(|old| old.number == v.number) });
    reply::page(&VersionPage {
        changes: old
            .map(|old| policies::compare(&old.terms, &new.terms, words))
            .unwrap_or_default(),
        old: old.map(|old| side(&page, &standings, old)),
        new: side(&page, &standings, new),
        others: others.collect(),
        id,
        page,
    })
}

fn side(page: &Page, standings: &Standings, version: &Version) -> Side {
    let signed = |name: &str, at| format!("{} · {}", page.who(name), page.time(&at));
    Side {
        number: version.number,
        state: standings.state(version).as_str(),
        valid: valid(standings, version, page),
        drafted: signed(&version.drafted_by_name, version.drafted_at),
        approved: version.approved.as_ref().map(|hand| signed(&hand.name, hand.at)),
        published: version
            .published_at
            .map(|at| signed(version.published_by_name.as_deref().unwrap_or_default(), at)),
        formula: policies::formula(&version.terms, page.words),
        summary: policies::summary(&version.terms, page.words),
        hash: version.terms_hash.clone(),
    }
}
