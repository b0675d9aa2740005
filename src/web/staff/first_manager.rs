//! A customer's first manager, invited by whoever looks after the customer; the manager invites the
//! rest of the company.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::person_form::{host_of, languages, read_invited};
use super::super::{Answer, App, Form, Page, StaffUser, opens, reply};
use super::portfolio::Portfolio;
use crate::customers::Customer;
use crate::error::{Error, Result};
use crate::people::{self, Person, PersonState, Side};
use crate::values::{CustomerRole, PersonId, Problem};

#[derive(Template)]
#[template(path = "staff/first_manager.html")]
struct ManagerPage {
    page: Page,
    code_in_links: String,
    typed: Typed,
    languages: Vec<(&'static str, String, bool)>,
    /// Who manages the customer's people already.
    manager: Option<Manager>,
    /// Managers who were invited and haven't accepted.
    waiting: Vec<Waiting>,
}

struct Manager {
    name: String,
    email: String,
    seen: String,
    /// Their page, for whoever may see it.
    path: Option<String>,
}

struct Waiting {
    id: String,
    name: String,
    email: String,
    until: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Typed {
    name: String,
    email: String,
    phone: String,
    language: String,
}

impl Typed {
    fn fields(&self) -> [&str; 4] {
        [&self.name, &self.email, &self.phone, &self.language]
    }
}

fn path(customer: &Customer) -> String {
    format!("/staff/customers/{}", reply::query_value(&customer.code))
}

fn manages(person: &&Person) -> bool {
    matches!(person.side, Side::Customer(_, CustomerRole::Manager))
}

async fn show(
    app: &App,
    user: &StaffUser,
    code: String,
    typed: Option<Typed>,
    problems: &[Problem],
) -> Result<ManagerPage> {
    let (reach, now) = (Portfolio::of(user), app.db.now());
    let (customer, people, until) = app
        .read(move |conn| {
            let customer = reach.by_code(conn, &code)?;
            let people = people::everybody_of(conn, customer.id)?;
            let until = people::invited_until(conn, &people, now)?;
            Ok((customer, people, until))
        })
        .await?;
    let page = user
        .page("first-manager-title")
        .under("/staff/customers", user.words().t("nav-customers"))
        .under(path(&customer), customer.name.clone())
        .with_problems(problems);
    let typed = typed.unwrap_or_else(|| Typed {
        language: customer.language.as_str().to_owned(),
        ..Typed::default()
    });
    let manager = people.iter().filter(manages).find(|one| one.state == PersonState::Active);
    let waiting = people.iter().filter(manages).filter(|one| one.state == PersonState::Invited);
    let waiting = waiting.map(|person| Waiting {
        id: person.id.to_string(),
        name: person.name.clone(),
        email: person.email.clone(),
        until: until.iter().find(|(id, _)| *id == person.id).map(|(_, at)| page.time(at)),
    });
    Ok(ManagerPage {
        code_in_links: reply::query_value(&customer.code),
        manager: manager.map(|person| Manager {
            name: person.name.clone(),
            email: person.email.clone(),
            seen: match &person.last_sign_in_at {
                Some(at) => page.time(at),
                None => page.t("people-never"),
            },
            path: opens("/staff/people", &user.person.identity())
                .then(|| format!("/staff/people/{}", person.id)),
        }),
        waiting: waiting.collect(),
        languages: languages(&page, &typed.language),
        typed,
        page,
    })
}

pub(in crate::web) async fn page(app: App, user: StaffUser, code: Path<String>) -> Answer {
    reply::page(&show(&app, &user, code.into_inner(), None, &[]).await?)
}

pub(in crate::web) async fn invite(
    app: App,
    user: StaffUser,
    code: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let (reach, code, teller) = (Portfolio::of(&user), code.into_inner(), user.clone());
    let (wanted, typed) = (code.clone(), form.fields.clone());
    let posted = app
        .post(user.actor(), form.key, move |tx| {
            let customer = reach.by_code(tx, &wanted)?;
            let invited = read_invited(typed.fields())?;
            let house = tx.house();
            let host = host_of(tx, Some(customer.id), &house)?;
            people::invite_first_manager(tx, &invited, customer.id, &host)?;
            let told = teller.words().t1("people-invited", "email", invited.email());
            teller.tell(tx, &told)?;
            Ok(path(&customer))
        })
        .await;
    match posted {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => reply::with_status(
            StatusCode::UNPROCESSABLE_ENTITY,
            &show(&app, &user, code, Some(form.fields), &problems).await?,
        ),
        Err(other) => Err(other.into()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Again {
    person: String,
}

pub(in crate::web) async fn invite_again(
    app: App,
    user: StaffUser,
    code: Path<String>,
    form: Form<Again>,
) -> Answer {
    let (reach, code, teller) = (Portfolio::of(&user), code.into_inner(), user.clone());
    let id = PersonId::from_text(&form.fields.person);
    let done = app.post(user.actor(), form.key, move |tx| {
        let customer = reach.by_code(tx, &code)?;
        let person = people::colleague(tx, customer.id, &id)?;
        let house = tx.house();
        let host = host_of(tx, Some(customer.id), &house)?;
        people::invite_again(tx, &person.id, &host)?;
        let told = teller.words().t1("people-invited-again", "name", &person.name);
        teller.tell(tx, &told)?;
        Ok(format!("{}/manager", path(&customer)))
    });
    reply::see_other(done.await?)
}
