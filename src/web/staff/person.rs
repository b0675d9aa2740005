//! One person's account, for administrators: roles, access, sessions, another invitation.

use std::collections::BTreeSet;

use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::super::person_form::{RoleChoice, host_of, last_seen, read_roles, roles};
use super::super::{Answer, App, Fail, Form, FormKey, Page, StaffUser, reply};
use crate::customers::{self, Customer};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::people::{self, Conflict, Person, Side};
use crate::values::{CustomerRole, PersonId, Problem, StaffRole, Text};

#[derive(Template)]
#[template(path = "staff/person.html")]
struct PersonPage {
    page: Page,
    id: String,
    email: String,
    phone: Option<String>,
    /// The customer's name and path; None for the company's own.
    customer: Option<(String, String)>,
    roles: String,
    state: &'static str,
    seen: String,
    /// Devices signed in now.
    devices: String,
    signed_in: bool,
    until: Option<String>,
    /// Since when a code is asked for besides the password.
    second_factor: Option<String>,
    /// Why it is to be reset, as it was typed.
    reason: String,
    own: bool,
    /// The reader may change something.
    manages: bool,
    staff: bool,
    choices: Vec<RoleChoice>,
    /// What speaks against the roles: those that were ticked, else those held.
    conflicts: Vec<String>,
}

struct Found {
    person: Person,
    customer: Option<Customer>,
    sessions: usize,
    until: Option<DateTime<Utc>>,
}

fn find(conn: &mut Conn, id: &PersonId, now: DateTime<Utc>) -> Result<Found> {
    let person = people::by_id(conn, id)?;
    let customer = person.customer().map(|key| customers::by_id(conn, key)).transpose()?;
    let until = people::invited_until(conn, std::slice::from_ref(&person), now)?;
    Ok(Found {
        sessions: people::sessions_of(conn, &person, now)?.len(),
        until: until.into_iter().next().map(|(_, at)| at),
        customer,
        person,
    })
}

/// What speaks against these roles, in words.
pub(super) fn conflict_words(page: &Page, roles: &BTreeSet<StaffRole>) -> Vec<String> {
    let found = people::conflicts(roles);
    found.iter().map(|one: &Conflict| page.code("conflict", one.as_str())).collect()
}

fn choices(page: &Page, side: &Side, typed: Option<&[String]>) -> Vec<RoleChoice> {
    match side {
        Side::Staff(held) => {
            let codes = StaffRole::ALL.iter().map(StaffRole::as_str);
            RoleChoice::all(page, "role", codes, |code| match typed {
                Some(typed) => typed.iter().any(|role| role == code),
                None => held.iter().any(|role| role.as_str() == code),
            })
        }
        Side::Customer(_, held) => {
            let codes = CustomerRole::ALL.iter().map(CustomerRole::as_str);
            RoleChoice::all(page, "role-customer", codes, |code| code == held.as_str())
        }
    }
}

async fn show(
    app: &App,
    user: &StaffUser,
    id: &PersonId,
    typed: Option<&[String]>,
    problems: &[Problem],
) -> Result<PersonPage> {
    let (id, now) = (id.clone(), app.db.now());
    let found = app.read(move |conn| find(conn, &id, now)).await?;
    let person = found.person;
    let page = user
        .visit
        .page(person.name.clone())
        .under("/staff/people", user.words().t("staff-people-title"))
        .with_problems(problems);
    let weighed = match (&person.side, typed) {
        (_, Some(typed)) => read_roles(typed).unwrap_or_default(),
        (Side::Staff(held), None) => held.clone(),
        (Side::Customer(..), None) => BTreeSet::new(),
    };
    Ok(PersonPage {
        id: person.id.to_string(),
        roles: roles(&page, &person.side),
        state: person.state.as_str(),
        seen: last_seen(&page, &person),
        devices: page.count("people-devices", found.sessions),
        signed_in: found.sessions > 0,
        until: found.until.map(|at| page.time(&at)),
        second_factor: person.second_factor_since.map(|at| page.time(&at)),
        reason: String::new(),
        own: person.id == user.person.id,
        manages: user.holds(StaffRole::Admin),
        staff: found.customer.is_none(),
        customer: found.customer.map(|customer| {
            let path = format!("/staff/customers/{}", reply::query_value(&customer.code));
            (customer.name, path)
        }),
        choices: choices(&page, &person.side, typed),
        conflicts: conflict_words(&page, &weighed),
        email: person.email,
        phone: person.phone,
        page,
    })
}

pub(in crate::web) async fn page(app: App, user: StaffUser, id: Path<String>) -> Answer {
    reply::page(&show(&app, &user, &PersonId::from_text(&id), None, &[]).await?)
}

/// Does it to somebody, and tells the administrator so on their page.
async fn act(
    app: &App,
    user: &StaffUser,
    key: FormKey,
    id: &PersonId,
    told: &'static str,
    mut work: impl FnMut(&mut Tx<'_>, &Person) -> Result<()> + Send + 'static,
) -> Result<String> {
    let (teller, id) = (user.clone(), id.clone());
    app.post(user.actor(), key, move |tx| {
        let person = people::by_id(tx, &id)?;
        work(tx, &person)?;
        teller.tell(tx, &teller.words().t1(told, "name", &person.name))?;
        Ok(format!("/staff/people/{}", person.id))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Clone, Default)]
pub(in crate::web) struct Chosen {
    /// A customer's person has one.
    role: String,
    #[serde(rename = "roles[]")]
    roles: Vec<String>,
    despite: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

pub(in crate::web) async fn set_roles(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Chosen>,
) -> Answer {
    let (chosen, id) = (form.fields, PersonId::from_text(&id));
    let wanted = read_roles(&chosen.roles).ok_or_else(|| Fail::malformed("no such role"))?;
    let (role, despite) = (chosen.role.clone(), chosen.despite == "yes");
    let posted = act(&app, &user, form.key, &id, "people-role-set", move |tx, person| {
        if person.customer().is_none() {
            return people::set_staff_roles(tx, &person.id, &wanted, despite);
        }
        let missing = || Error::invalid("role", Text::new("people-role-missing"));
        let role = CustomerRole::from_code(&role).ok_or_else(missing)?;
        people::set_customer_role(tx, &person.id, role)
    })
    .await;
    match posted {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => {
            let page = show(&app, &user, &id, Some(&chosen.roles), &problems).await?;
            reply::form_again(&page)
        }
        Err(other) => Err(other.into()),
    }
}

pub(in crate::web) async fn suspend(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let id = PersonId::from_text(&id);
    let done = act(&app, &user, form.key, &id, "people-disabled", |tx, person| {
        people::disable(tx, &person.id)
    });
    reply::see_other(done.await?)
}

pub(in crate::web) async fn restore(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let id = PersonId::from_text(&id);
    let done = act(&app, &user, form.key, &id, "people-enabled", |tx, person| {
        let house = tx.house();
        let host = host_of(tx, person.customer(), &house)?;
        people::enable(tx, &person.id, &host)
    });
    reply::see_other(done.await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Reset {
    #[serde(default)]
    reason: String,
}

pub(in crate::web) async fn reset_second_factor(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Reset>,
) -> Answer {
    let (id, reason) = (PersonId::from_text(&id), form.fields.reason);
    let why = reason.clone();
    let done = act(&app, &user, form.key, &id, "factor-was-reset", move |tx, person| {
        people::reset_second_factor(tx, &person.id, &why)
    })
    .await;
    match done {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => {
            let page = show(&app, &user, &id, None, &problems).await?;
            reply::form_again(&PersonPage { reason, ..page })
        }
        Err(other) => Err(other.into()),
    }
}

pub(in crate::web) async fn end_sessions(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let id = PersonId::from_text(&id);
    let done = act(&app, &user, form.key, &id, "people-sessions-ended", |tx, person| {
        people::end_sessions(tx, &person.id)
    });
    reply::see_other(done.await?)
}

pub(in crate::web) async fn invite_again(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let id = PersonId::from_text(&id);
    let done = act(&app, &user, form.key, &id, "people-invited-again", |tx, person| {
        let house = tx.house();
        let host = host_of(tx, person.customer(), &house)?;
        people::invite_again(tx, &person.id, &host)
    });
    reply::see_other(done.await?)
}
