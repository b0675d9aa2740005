//! Inviting somebody to the company's own staff.

use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::super::person_form::{RoleChoice, host_of, languages, read_invited, read_roles};
use super::super::{Answer, App, Fail, Form, Page, StaffUser, reply};
use super::person::conflict_words;
use crate::error::Error;
use crate::people;
use crate::values::{Problem, StaffRole};

#[derive(Template)]
#[template(path = "staff/person_new.html")]
struct NewPage {
    page: Page,
    typed: Typed,
    languages: Vec<(&'static str, String, bool)>,
    choices: Vec<RoleChoice>,
    conflicts: Vec<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Typed {
    name: String,
    email: String,
    phone: String,
    language: String,
    #[serde(rename = "roles[]")]
    roles: Vec<String>,
    /// `yes` where roles that shouldn't be one person's are wanted nevertheless.
    despite: String,
}

impl Typed {
    fn fields(&self) -> [&str; 4] {
        [&self.name, &self.email, &self.phone, &self.language]
    }
}

fn form(user: &StaffUser, typed: Typed, problems: &[Problem]) -> NewPage {
    let page = user
        .page("staff-people-invite")
        .under("/staff/people", user.words().t("staff-people-title"))
        .with_problems(problems);
    let codes = StaffRole::ALL.iter().map(StaffRole::as_str);
    let ticked = |code: &str| typed.roles.iter().any(|role| role == code);
    NewPage {
        languages: languages(&page, &typed.language),
        choices: RoleChoice::all(&page, "role", codes, ticked),
        conflicts: conflict_words(&page, &read_roles(&typed.roles).unwrap_or_default()),
        typed,
        page,
    }
}

pub(in crate::web) async fn new(user: StaffUser) -> Answer {
    let language = user.words().language.as_str().to_owned();
    reply::page(&form(&user, Typed { language, ..Typed::default() }, &[]))
}

pub(in crate::web) async fn invite(app: App, user: StaffUser, posted: Form<Typed>) -> Answer {
    let (typed, teller) = (posted.fields.clone(), user.clone());
    let roles = read_roles(&typed.roles).ok_or_else(|| Fail::malformed("no such role"))?;
    let done = app
        .post(user.actor(), posted.key, move |tx| {
            let invited = read_invited(typed.fields())?;
            let house = tx.house();
            let host = host_of(tx, None, &house)?;
            let despite = typed.despite == "yes";
            let id = people::invite_staff(tx, &invited, &roles, despite, &host)?;
            let told = teller.words().t1("people-invited", "email", invited.email());
            teller.tell(tx, &told)?;
            Ok(format!("/staff/people/{id}"))
        })
        .await;
    match done {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => reply::with_status(
            StatusCode::UNPROCESSABLE_ENTITY,
            &form(&user, posted.fields, &problems),
        ),
        Err(other) => Err(other.into()),
    }
}
