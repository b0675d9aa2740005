use std::collections::HashMap;

use actix_web::web::Path;
use askama::Template;

use super::super::{Answer, App, CustomerUser, Page, reply};
use crate::disputes::{self, SubjectKind};
use crate::payouts::{self, Line, State, Step};
use crate::policies::{self, Names};
use crate::sales;
use crate::values::{CustomerRole, Language, Money, PayoutId, PolicyId, capital_rmb};

#[derive(Template)]
#[template(path = "customer/payout.html")]
struct PayoutPage {
    page: Page,
    id: String,
    number: String,
    amount: Money,
    /// 人民币…整, for zh-CN and CNY.
    capital: Option<String>,
    state: &'static str,
    form: &'static str,
    payee: String,
    /// Where a transfer goes, masked.
    account: Option<String>,
    expected: Option<String>,
    settled: Option<String>,
    reference: Option<String>,
    /// Why it came back.
    returned: Option<String>,
    steps: Vec<StepRow>,
    lines: Vec<LineRow>,
    lines_sum: Money,
    adds_up: bool,
    may_dispute: bool,
    disputes: Vec<(String, String, &'static str)>,
}

struct StepRow {
    at: String,
    state: &'static str,
    note: String,
}

struct LineRow {
    text: String,
    period: String,
    path: String,
    amount: Money,
}

pub(in crate::web) async fn page(app: App, user: CustomerUser, id: Path<String>) -> Answer {
    let id = PayoutId::from_text(&id);
    let customer = user.customer;
    let (payout, steps, lines, names, about, through, account) = app
        .read(move |conn| {
            let payout = payouts::of_customer_one(conn, customer, &id)?;
            let steps = payouts::steps(conn, &id)?;
            let lines = payouts::lines(conn, &id)?;
            let versions = policies::in_force(conn)?;
            let names: HashMap<PolicyId, Names> =
                versions.into_iter().map(|v| (v.policy_id, v.terms.name)).collect();
            let about = disputes::about(conn, customer, SubjectKind::Payout, id.as_str())?;
            let through = sales::data_through(conn, Some(customer))?;
            let account = payouts::account(conn, &payout)?.map(|account| account.shown());
            Ok((payout, steps, lines, names, about, through, account))
        })
        .await?;
    let words = user.words();
    let page = user
        .visit
        .page(words.t1("settlement-title", "number", &payout.number))
        .under("/payouts", words.t("nav-payouts"))
        .with_data_through(through);
    let amount = payout.money();
    let lines: Vec<LineRow> =
        lines.into_iter().map(|line| line_row(line, amount, &names, &page)).collect();
    let lines_sum = Money::new(lines.iter().map(|l| l.amount.minor).sum(), payout.currency);
    let returned = steps.iter().rfind(|step| step.state == State::Returned);
    reply::page(&PayoutPage {
        capital: (page.language() == Language::ZhCn).then(|| capital_rmb(amount)).flatten(),
        state: payout.state.as_str(),
        form: payout.form.as_str(),
        expected: payout.expected_on.map(|day| page.date(&day)),
        settled: payout.settled_on.map(|day| page.date(&day)),
        returned: returned.map(|step| step.note.clone()),
        // A draft is the house's own business.
        steps: steps
            .iter()
            .filter(|step| step.state != State::Draft)
            .map(|step| step_row(step, &page))
            .collect(),
        adds_up: lines_sum == amount,
        lines,
        lines_sum,
        may_dispute: user.role >= CustomerRole::Finance,
        disputes: about
            .into_iter()
            .map(|d| (d.id.to_string(), d.number, d.state.as_str()))
            .collect(),
        id: payout.id.to_string(),
        number: payout.number,
        payee: payout.payee,
        account,
        reference: payout.reference,
        amount,
        page,
    })
}

/// Notes made before the approval are the house's own.
fn step_row(step: &Step, page: &Page) -> StepRow {
    let theirs = State::PUBLISHED.contains(&step.state);
    StepRow {
        at: page.time(&step.at),
        state: step.state.as_str(),
        note: if theirs { step.note.clone() } else { String::new() },
    }
}

fn line_row(line: Line, amount: Money, names: &HashMap<PolicyId, Names>, page: &Page) -> LineRow {
    let of_dispute = line.cause == "dispute";
    let name = line.policy.as_ref().and_then(|policy| names.get(policy));
    let name = name.map_or(line.text.as_str(), |name| name.in_language(page.language()));
    let period = line.period.unwrap_or_default();
    LineRow {
        text: if of_dispute {
            page.t1("balances-dispute", "number", &line.text)
        } else {
            name.to_owned()
        },
        period: period.parse().map_or(period.clone(), |p| page.period(&p)),
        path: if of_dispute {
            format!("/disputes/{}", line.cause_id)
        } else {
            format!("/accruals/{}", line.cause_id)
        },
        amount: Money::new(line.amount, amount.currency),
    }
}
