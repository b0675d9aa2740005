//! Asking for payments to another account. Who asks types their password again, and a code where they
//! have a second factor: an open browser alone must not move where money goes.

use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::super::step_up::Asked;
use super::super::{Answer, App, CustomerUser, Fail, Form, Page, reply};
use crate::banking;
use crate::customers;
use crate::error::Error;
use crate::values::Problem;

#[derive(Template)]
#[template(path = "customer/bank_request.html")]
struct RequestPage {
    page: Page,
    /// The contracting legal entity: the holder there can be.
    entity: String,
    days: u32,
    /// A change is under way: no other one can be asked for.
    open: bool,
    current: Option<String>,
    typed: Typed,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Typed {
    holder: String,
    bank: String,
    branch: String,
    number: String,
    email: String,
    phone: String,
    password: String,
    code: String,
    recovery: String,
}

const ASKED: Asked =
    Asked { field: "password", missing: "bank-password-missing", wrong: "bank-password-wrong" };

impl Typed {
    fn account(&self) -> banking::Typed {
        banking::Typed {
            holder: self.holder.clone(),
            bank: self.bank.clone(),
            branch: self.branch.clone(),
            number: self.number.clone(),
            email: self.email.clone(),
            phone: self.phone.clone(),
        }
    }
}

pub(in crate::web) async fn form(app: App, user: CustomerUser) -> Answer {
    let typed = Typed {
        email: user.person.email.clone(),
        phone: user.person.phone.clone().unwrap_or_default(),
        ..Typed::default()
    };
    reply::page(&render(&app, &user, typed, &[]).await?)
}

async fn render(
    app: &App,
    user: &CustomerUser,
    typed: Typed,
    problems: &[Problem],
) -> Result<RequestPage, Fail> {
    let key = user.customer;
    let (name, open, current) = app
        .read(move |conn| {
            let name = customers::by_id(conn, key)?.name;
            let open = banking::open_change(conn, key)?.is_some();
            Ok((name, open, banking::current(conn, key)?))
        })
        .await?;
    let page = user
        .page("bank-ask-title")
        .under("/company", user.words().t("nav-company"))
        .with_problems(problems);
    Ok(RequestPage {
        page,
        entity: name,
        days: app.config.limits.bank_days,
        open,
        current: current.map(|account| account.shown()),
        typed: Typed { password: String::new(), ..typed },
    })
}

pub(in crate::web) async fn submit(app: App, user: CustomerUser, form: Form<Typed>) -> Answer {
    let key = form.key.of_secrets();
    // Posted before, the change is under way by now.
    if let Some(location) = app.posted(&user.actor(), &key).await? {
        return reply::see_other(location);
    }
    let typed = form.fields;
    let codes = [typed.code.clone(), typed.recovery.clone()];
    let proven = match app.step_up(&user, &ASKED, typed.password.clone(), codes).await? {
        Ok(proven) => proven,
        Err((status, problems)) => {
            return reply::with_status(status, &render(&app, &user, typed, &problems).await?);
        }
    };
    let (account, customer, teller) = (typed.account(), user.customer, user.clone());
    let done = app
        .post(user.actor(), key, move |tx| {
            proven.stands(tx)?;
            banking::request(tx, customer, &account)?;
            teller.tell(tx, &teller.words().t("bank-requested-now"))?;
            Ok("/company".to_owned())
        })
        .await;
    let (status, problems) = match done {
        Ok(location) => return reply::see_other(location),
        Err(Error::Invalid(problems)) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
        Err(Error::Refused(text)) => (StatusCode::CONFLICT, vec![Problem::new("number", text)]),
        Err(other) => return Err(other.into()),
    };
    reply::with_status(status, &render(&app, &user, typed, &problems).await?)
}
