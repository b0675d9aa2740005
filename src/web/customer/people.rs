//! Users and rights of a customer, for its managers: who has an account, in which role, and inviting
//! colleagues.

use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::super::person_form::{RoleChoice, host_of, languages, last_seen, read_invited, roles};
use super::super::{Answer, App, CustomerUser, Form, Page, reply};
use crate::error::{Error, Result};
use crate::people;
use crate::values::{CustomerRole, Problem, Text};

#[derive(Template)]
#[template(path = "customer/people.html")]
struct PeoplePage {
    page: Page,
    rows: Vec<Row>,
}

struct Row {
    path: String,
    name: String,
    email: String,
    own: bool,
    role: String,
    state: &'static str,
    seen: String,
    /// Until when an invitation can be accepted; None when it can't any more, or needn't.
    until: Option<String>,
    waits: bool,
}

pub(in crate::web) async fn list(app: App, user: CustomerUser) -> Answer {
    let (customer, now) = (user.customer, app.db.now());
    let (found, until) = app
        .read(move |conn| {
            let found = people::everybody_of(conn, customer)?;
            let until = people::invited_until(conn, &found, now)?;
            Ok((found, until))
        })
        .await?;
    let page = user.page("people-title");
    let rows = found
        .iter()
        .map(|person| Row {
            path: format!("/people/{}", person.id),
            name: person.name.clone(),
            email: person.email.clone(),
            own: person.id == user.person.id,
            role: roles(&page, &person.side),
            state: person.state.as_str(),
            seen: last_seen(&page, person),
            until: until.iter().find(|(id, _)| *id == person.id).map(|(_, at)| page.time(at)),
            waits: person.state == people::PersonState::Invited,
        })
        .collect();
    reply::page(&PeoplePage { page, rows })
}

#[derive(Template)]
#[template(path = "customer/person_new.html")]
struct NewPage {
    page: Page,
    typed: Typed,
    languages: Vec<(&'static str, String, bool)>,
    choices: Vec<RoleChoice>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Typed {
    name: String,
    email: String,
    phone: String,
    language: String,
    role: String,
}

/// The roles of a customer's people.
pub(super) fn role_choices(page: &Page, chosen: &str) -> Vec<RoleChoice> {
    let codes = CustomerRole::ALL.iter().map(CustomerRole::as_str);
    RoleChoice::all(page, "role-customer", codes, |code| code == chosen)
}

/// The role that was chosen.
///
/// # Errors
/// None was.
pub(super) fn read_role(code: &str) -> Result<CustomerRole> {
    CustomerRole::from_code(code)
        .ok_or_else(|| Error::invalid("role", Text::new("people-role-missing")))
}

fn form(user: &CustomerUser, typed: Typed, problems: &[Problem]) -> NewPage {
    let page = user
        .page("people-invite")
        .under("/people", user.words().t("people-title"))
        .with_problems(problems);
    let languages = languages(&page, &typed.language);
    NewPage { languages, choices: role_choices(&page, &typed.role), typed, page }
}

pub(in crate::web) async fn new(user: CustomerUser) -> Answer {
    let language = user.words().language.as_str().to_owned();
    let role = CustomerRole::Viewer.as_str().to_owned();
    reply::page(&form(&user, Typed { language, role, ..Typed::default() }, &[]))
}

pub(in crate::web) async fn invite(app: App, user: CustomerUser, form: Form<Typed>) -> Answer {
    let typed = form.fields.clone();
    let (teller, customer) = (user.clone(), user.customer);
    let posted = app
        .post(user.actor(), form.key, move |tx| {
            let Typed { name, email, phone, language, role } = &typed;
            let invited = read_invited([name, email, phone, language])?;
            let (role, house) = (read_role(role)?, tx.house());
            let host = host_of(tx, Some(customer), &house)?;
            people::invite_customer_person(tx, &invited, customer, role, &host)?;
            let told = teller.words().t1("people-invited", "email", invited.email());
            teller.tell(tx, &told)?;
            Ok("/people".to_owned())
        })
        .await;
    match posted {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => reply::with_status(
            StatusCode::UNPROCESSABLE_ENTITY,
            &self::form(&user, form.fields, &problems),
        ),
        Err(other) => Err(other.into()),
    }
}
