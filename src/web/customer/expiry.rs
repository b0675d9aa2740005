//! Why an amount expires: what made it available, until when it is good, and what used the rest.

use actix_web::web::Path;
use askama::Template;

use super::super::{Answer, App, CustomerUser, Page, expiry_view, reply};
use crate::expiry::{self, How, Standing, Today, Use};
use crate::ledger::Cause;
use crate::sales;
use crate::values::{EntryId, Money};

#[derive(Template)]
#[template(path = "customer/expiry.html")]
struct ExpiryPage {
    page: Page,
    programme: String,
    programme_path: String,
    /// The version by which it has its time.
    version: String,
    period: String,
    accrual: String,
    available_on: String,
    term: String,
    last_day: String,
    amount: Money,
    uses: Vec<UseRow>,
    left: Money,
    /// What is left, by day; the last without one where it is on hold.
    parts: Vec<(Option<String>, Money)>,
    /// Some of it is good for longer than the terms say.
    later: bool,
    notice_days: u64,
}

struct UseRow {
    on: String,
    what: String,
    path: Option<String>,
    amount: Money,
}

pub(in crate::web) async fn page(app: App, user: CustomerUser, id: Path<String>) -> Answer {
    let id = EntryId::from_text(&id);
    let (customer, today) = (user.customer, Today::of(&app.db));
    let (standing, versions, through) = app
        .read(move |conn| {
            let standing = expiry::of_customer_one(conn, customer, &id, today)?;
            let versions = expiry_view::versions(conn, std::slice::from_ref(&standing))?;
            Ok((standing, versions, sales::data_through(conn, Some(customer))?))
        })
        .await?;
    let words = user.words();
    let page = user
        .visit
        .page(words.t("expiry-title"))
        .under("/balances", words.t("balances-title"))
        .with_data_through(through);
    let lot = &standing.lot;
    let version = versions.get(&lot.version);
    let terms = version.map(|version| &version.terms);
    let months = terms.and_then(|terms| terms.expires_after_months).unwrap_or_default();
    let mut parts: Vec<(Option<String>, Money)> = standing
        .parts
        .iter()
        .map(|part| (Some(page.date(&part.due)), standing.money(part.amount)))
        .collect();
    if standing.held > 0 {
        parts.push((None, standing.money(standing.held)));
    }
    reply::page(&ExpiryPage {
        programme: terms
            .map_or_else(String::new, |t| t.name.in_language(page.language()).to_owned()),
        programme_path: format!("/programmes/{}", lot.policy),
        version: page.t1("statement-version", "version", version.map_or(0, |v| v.number)),
        period: page.period(&lot.period),
        accrual: lot.accrual.to_string(),
        available_on: page.date(&lot.available_on),
        term: words.count("compare-months", i64::from(months)),
        last_day: page.date(&lot.last_day),
        amount: standing.money(lot.amount),
        uses: standing.uses.iter().map(|one| use_row(one, &standing, &page)).collect(),
        left: standing.money(standing.left),
        parts,
        later: standing.parts.iter().any(|part| part.due > lot.last_day),
        notice_days: expiry::NOTICE_DAYS,
        page,
    })
}

fn use_row(one: &Use, standing: &Standing, page: &Page) -> UseRow {
    let what = match one.how() {
        How::Paid => page.t1("expiry-paid", "number", &one.reference),
        How::Expired => page.t("expiry-expired"),
        How::TakenBack if one.cause == Cause::Dispute => {
            page.t1("expiry-dispute", "number", &one.reference)
        }
        How::TakenBack => page.t1("expiry-taken-back", "policy", &one.reference),
    };
    let id = &one.cause_id;
    let path = match one.cause {
        Cause::Payout => Some(format!("/payouts/{id}")),
        Cause::Dispute => Some(format!("/disputes/{id}")),
        Cause::Accrual | Cause::Close => Some(format!("/accruals/{id}")),
        Cause::Expiry => None,
    };
    UseRow { on: page.date(&one.on), what, path, amount: standing.money(-one.amount) }
}
