//! A forgotten password: somebody says whose, and everybody gets the same answer. Whether a letter
//! leaves is decided afterwards, see `people::answer_resets`.

use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Fail, Form, Page, Visit, reply};
use crate::people::{self, ResetAsk};
use crate::values::{Actor, EmailAddress, Problem, Text};

#[derive(Template)]
#[template(path = "account/forgotten_password.html")]
struct ForgottenPage {
    page: Page,
    email: String,
    /// It was asked for.
    asked: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Typed {
    email: String,
}

pub(in crate::web) async fn form(visit: Visit) -> Answer {
    let page = visit.page(visit.words.t("forgotten-title"));
    reply::page(&ForgottenPage { page, email: String::new(), asked: false })
}

pub(in crate::web) async fn sent(visit: Visit) -> Answer {
    let page = visit.page(visit.words.t("forgotten-sent-title"));
    reply::page(&ForgottenPage { page, email: String::new(), asked: true })
}

pub(in crate::web) async fn ask(app: App, visit: Visit, form: Form<Typed>) -> Answer {
    let typed = form.fields.email;
    let Some(email) = EmailAddress::parse(&typed) else {
        let problem = Problem::new("email", Text::new("forgotten-no-address"));
        let page = visit.page(visit.words.t("forgotten-title")).with_problems(&[problem]);
        return reply::form_again(&ForgottenPage { page, email: typed, asked: false });
    };
    let by = Actor {
        request: Some(visit.request_id.clone()),
        address: Some(visit.address.clone()),
        ..Actor::system("resets")
    };
    let (key, address, language) = (form.key.key, visit.address.clone(), visit.words.language);
    let asked = app.write(by, move |tx| {
        let ask = ResetAsk { form_key: &key, email: &email, address: &address, language };
        people::ask_reset(tx, &ask)
    });
    asked.await?.map_err(Fail::too_many_asks)?;
    reply::see_other("/forgotten-password/sent")
}
