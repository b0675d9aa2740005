//! One person of a customer's, for its managers: another role, no access, access again, another
//! invitation.

use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::person_form::{RoleChoice, host_of, last_seen, roles};
use super::super::{Answer, App, CustomerUser, Form, FormKey, Page, reply};
use super::people::{read_role, role_choices};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::people::{self, Person, Side};
use crate::values::{PersonId, Problem};

#[derive(Template)]
#[template(path = "customer/person.html")]
struct PersonPage {
    page: Page,
    id: String,
    email: String,
    phone: Option<String>,
    role: String,
    state: &'static str,
    seen: String,
    until: Option<String>,
    /// Since when a code is asked for besides the password.
    second_factor: Option<String>,
    own: bool,
    choices: Vec<RoleChoice>,
}

async fn show(
    app: &App,
    user: &CustomerUser,
    id: PersonId,
    problems: &[Problem],
) -> Result<PersonPage> {
    let (customer, now) = (user.customer, app.db.now());
    let (person, until) = app
        .read(move |conn| {
            let person = people::colleague(conn, customer, &id)?;
            let until = people::invited_until(conn, std::slice::from_ref(&person), now)?;
            Ok((person, until.into_iter().next().map(|(_, at)| at)))
        })
        .await?;
    let page = user
        .visit
        .page(person.name.clone())
        .under("/people", user.words().t("people-title"))
        .with_problems(problems);
    let chosen = match person.side {
        Side::Customer(_, role) => role.as_str(),
        Side::Staff(_) => "",
    };
    Ok(PersonPage {
        id: person.id.to_string(),
        role: roles(&page, &person.side),
        state: person.state.as_str(),
        seen: last_seen(&page, &person),
        until: until.map(|at| page.time(&at)),
        second_factor: person.second_factor_since.map(|at| page.time(&at)),
        own: person.id == user.person.id,
        choices: role_choices(&page, chosen),
        email: person.email,
        phone: person.phone,
        page,
    })
}

pub(in crate::web) async fn page(app: App, user: CustomerUser, id: Path<String>) -> Answer {
    reply::page(&show(&app, &user, PersonId::from_text(&id), &[]).await?)
}

/// Does it to a colleague, and tells the manager so on the colleague's page.
async fn act(
    app: &App,
    user: &CustomerUser,
    key: FormKey,
    id: &str,
    told: &'static str,
    mut work: impl FnMut(&mut Tx<'_>, &Person) -> Result<()> + Send + 'static,
) -> Result<String> {
    let (teller, customer, id) = (user.clone(), user.customer, PersonId::from_text(id));
    app.post(user.actor(), key, move |tx| {
        let person = people::colleague(tx, customer, &id)?;
        work(tx, &person)?;
        teller.tell(tx, &teller.words().t1(told, "name", &person.name))?;
        Ok(format!("/people/{}", person.id))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Chosen {
    #[serde(default)]
    role: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

pub(in crate::web) async fn set_role(
    app: App,
    user: CustomerUser,
    id: Path<String>,
    form: Form<Chosen>,
) -> Answer {
    let role = form.fields.role;
    let posted = act(&app, &user, form.key, &id, "people-role-set", move |tx, person| {
        people::set_customer_role(tx, &person.id, read_role(&role)?)
    })
    .await;
    match posted {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => {
            reply::form_again(&show(&app, &user, PersonId::from_text(&id), &problems).await?)
        }
        Err(other) => Err(other.into()),
    }
}

pub(in crate::web) async fn suspend(
    app: App,
    user: CustomerUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let done = act(&app, &user, form.key, &id, "people-disabled", |tx, person| {
        people::disable(tx, &person.id)
    });
    reply::see_other(done.await?)
}

pub(in crate::web) async fn restore(
    app: App,
    user: CustomerUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let done = act(&app, &user, form.key, &id, "people-enabled", |tx, person| {
        let house = tx.house();
        let host = host_of(tx, person.customer(), &house)?;
        people::enable(tx, &person.id, &host)
    });
    reply::see_other(done.await?)
}

pub(in crate::web) async fn invite_again(
    app: App,
    user: CustomerUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let done = act(&app, &user, form.key, &id, "people-invited-again", |tx, person| {
        let house = tx.house();
        let host = host_of(tx, person.customer(), &house)?;
        people::invite_again(tx, &person.id, &host)
    });
    reply::see_other(done.await?)
}
