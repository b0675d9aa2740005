//! Where a customer's statements go: as many addresses as they want, mended here when one bounced.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Fail, Form, Page, StaffUser, reply};
use super::portfolio::Portfolio;
use crate::customers;
use crate::error::{Error, Result};
use crate::statements;
use crate::values::{EmailAddress, Problem, Text};

/// Addresses a customer's statements may go to.
const MOST: usize = 20;

#[derive(Template)]
#[template(path = "staff/recipients.html")]
struct RecipientsPage {
    page: Page,
    code_in_links: String,
    addresses: String,
    /// Mail of statements brings the PDF.
    attach: bool,
}

async fn show(
    app: &App,
    user: &StaffUser,
    code: String,
    typed: Option<(String, bool)>,
    problems: &[Problem],
) -> Result<RecipientsPage> {
    let reach = Portfolio::of(user);
    let (customer, contacts, kept) = app
        .read(move |conn| {
            let customer = reach.by_code(conn, &code)?;
            let contacts = customers::statement_contacts(conn, customer.id)?;
            let terms = statements::terms_of(conn, customer.id)?;
            Ok((customer, contacts, terms.is_some_and(|terms| terms.attach_pdf)))
        })
        .await?;
    let code_in_links = reply::query_value(&customer.code);
    let lines: Vec<&str> = contacts.iter().map(EmailAddress::as_str).collect();
    let page = user
        .page("recipients-title")
        .under("/staff/customers", user.words().t("nav-customers"))
        .under(format!("/staff/customers/{code_in_links}"), customer.name)
        .with_problems(problems);
    let (addresses, attach) = typed.unwrap_or_else(|| (lines.join("\n"), kept));
    Ok(RecipientsPage { page, code_in_links, addresses, attach })
}

pub(in crate::web) async fn page(app: App, user: StaffUser, code: Path<String>) -> Answer {
    reply::page(&show(&app, &user, code.into_inner(), None, &[]).await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Typed {
    addresses: String,
    /// `yes` where the PDF comes with the mail.
    #[serde(default)]
    attach: Option<String>,
}

impl Typed {
    fn attaches(&self) -> Result<bool, Fail> {
        match self.attach.as_deref() {
            None => Ok(false),
            Some("yes") => Ok(true),
            Some(_) => Err(Fail::malformed("a choice that isn't offered")),
        }
    }
}

pub(in crate::web) async fn save(
    app: App,
    user: StaffUser,
    code: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let (reach, code) = (Portfolio::of(&user), code.into_inner());
    let (attach, typed) = (form.fields.attaches()?, form.fields.addresses);
    let (teller, wanted, text) = (user.clone(), code.clone(), typed.clone());
    let posted = app
        .post(user.actor(), form.key, move |tx| {
            let customer = reach.by_code(tx, &wanted)?;
            customers::set_statement_contacts(tx, customer.id, read(&text)?)?;
            statements::set_attachment(tx, &customer, attach)?;
            teller.tell(tx, &teller.words().t("recipients-saved"))?;
            Ok(format!("/staff/customers/{}", reply::query_value(&customer.code)))
        })
        .await;
    match posted {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => {
            let page = show(&app, &user, code, Some((typed, attach)), &problems).await?;
            reply::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(other) => Err(other.into()),
    }
}

/// An address a line.
fn read(text: &str) -> Result<Vec<EmailAddress>> {
    let mut found = Vec::new();
    for (line, text) in text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        let wrong = || {
            let said = Text::new("recipients-wrong").with("line", line + 1);
            Error::invalid("addresses", said.with("found", text.trim()))
        };
        found.push(EmailAddress::parse(text).ok_or_else(wrong)?);
    }
    if found.len() > MOST {
        let said = Text::new("recipients-too-many").with("found", found.len()).with("most", MOST);
        return Err(Error::invalid("addresses", said));
    }
    Ok(found)
}
