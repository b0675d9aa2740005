//! Everybody with an account, for administrators; auditors read along.

use std::collections::HashMap;

use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

use super::super::person_form::{last_seen, roles};
use super::super::{Answer, App, Page, StaffUser, reply};
use crate::customers::{self, Customer};
use crate::people::{self, PeopleFilter, Person, PersonState, Whose};
use crate::values::{Key, StaffRole};

/// People on one page.
const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "staff/people.html")]
struct PeoplePage {
    page: Page,
    asked: Asked,
    whose: Vec<Choice>,
    states: Vec<Choice>,
    roles: Vec<Choice>,
    rows: Vec<Row>,
    earlier: String,
    later: String,
    may_invite: bool,
}

struct Choice {
    code: &'static str,
    name: String,
    chosen: bool,
}

struct Row {
    path: String,
    name: String,
    email: String,
    own: bool,
    /// The customer and the path to it; None for the company's own.
    customer: Option<(String, String)>,
    roles: String,
    state: &'static str,
    seen: String,
    until: Option<String>,
    waits: bool,
    second_factor: bool,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    search: String,
    whose: String,
    state: String,
    role: String,
    /// Whom to go on after: so many.
    after: String,
}

impl Asked {
    fn path(&self, after: i64) -> String {
        let value = |text: &str| reply::query_value(text);
        let (search, whose) = (value(&self.search), value(&self.whose));
        let (state, role) = (value(&self.state), value(&self.role));
        format!(
            "/staff/people?search={search}&whose={whose}&state={state}&role={role}&after={after}"
        )
    }
}

fn choices(
    page: &Page,
    prefix: &str,
    codes: impl Iterator<Item = &'static str>,
    chosen: &str,
) -> Vec<Choice> {
    codes
        .map(|code| Choice { code, name: page.code(prefix, code), chosen: code == chosen })
        .collect()
}

pub(in crate::web) async fn list(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    let asked = asked.into_inner();
    let filter = PeopleFilter {
        search: Some(asked.search.clone()),
        whose: Whose::from_code(&asked.whose),
        state: PersonState::from_code(&asked.state),
        role: StaffRole::from_code(&asked.role),
    };
    let after: i64 = asked.after.parse().unwrap_or_default();
    let (after, now) = (after.clamp(0, 1_000_000), app.db.now());
    let (found, more, until, of) = app
        .read(move |conn| {
            let (found, more) = people::directory(conn, &filter, after, PAGE)?;
            let until = people::invited_until(conn, &found, now)?;
            let keys: Vec<Key> = found.iter().filter_map(Person::customer).collect();
            Ok((found, more, until, customers::by_ids(conn, &keys)?))
        })
        .await?;
    let of: HashMap<Key, Customer> = of.into_iter().map(|one| (one.id, one)).collect();
    let page = user.page("staff-people-title");
    let rows = found.iter().map(|person| {
        let mut row = row(&page, person, &of);
        row.own = person.id == user.person.id;
        row.until = until.iter().find(|(id, _)| *id == person.id).map(|(_, at)| page.time(at));
        row
    });
    let rows = rows.collect();
    let link = |wanted: bool, after: i64| if wanted { asked.path(after) } else { String::new() };
    reply::page(&PeoplePage {
        whose: choices(&page, "people-whose", Whose::ALL.iter().map(Whose::as_str), &asked.whose),
        states: choices(
            &page,
            "state-person",
            PersonState::ALL.iter().map(PersonState::as_str),
            &asked.state,
        ),
        roles: choices(&page, "role", StaffRole::ALL.iter().map(StaffRole::as_str), &asked.role),
        earlier: link(after > 0, (after - PAGE).max(0)),
        later: link(more, after + PAGE),
        may_invite: user.holds(StaffRole::Admin),
        rows,
        asked,
        page,
    })
}

fn row(page: &Page, person: &Person, of: &HashMap<Key, Customer>) -> Row {
    let customer = person.customer().and_then(|key| of.get(&key));
    Row {
        path: format!("/staff/people/{}", person.id),
        name: person.name.clone(),
        email: person.email.clone(),
        own: false,
        customer: customer.map(|customer| {
            let path = format!("/staff/customers/{}", reply::query_value(&customer.code));
            (customer.name.clone(), path)
        }),
        roles: roles(page, &person.side),
        state: person.state.as_str(),
        seen: last_seen(page, person),
        until: None,
        waits: person.state == PersonState::Invited,
        second_factor: person.second_factor_since.is_some(),
    }
}
