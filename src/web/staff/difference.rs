use std::collections::HashMap;

use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Fail, Form, Page, StaffUser, reply};
use super::reconciliation::{Row, row};
use crate::customers;
use crate::erp::{self, Difference, State, TheirLine};
use crate::error::Error;
use crate::ledger::Cause;
use crate::policies;
use crate::values::{ErpDifferenceId, Money, Problem, StaffRole};

/// One difference, with the lines of both sides.
#[derive(Template)]
#[template(path = "staff/difference.html")]
struct DifferencePage {
    page: Page,
    d: Difference,
    row: Row,
    theirs: Vec<TheirRow>,
    ours: Vec<OurRow>,
    /// What a balance began with.
    before: Money,
    file: String,
    may_work: bool,
    note: String,
}

struct TheirRow {
    line: i64,
    voucher: String,
    dated: String,
    text: String,
    amount: Money,
}

struct OurRow {
    number: i64,
    /// The name of the policy whose accrual it is.
    policy: Option<String>,
    on: String,
    reference: String,
    reason: String,
    amount: Money,
}

pub(in crate::web) async fn page(app: App, user: StaffUser, id: Path<String>) -> Answer {
    reply::page(&render_one(&app, &user, &id, String::new(), &[]).await?)
}

async fn render_one(
    app: &App,
    user: &StaffUser,
    id: &str,
    note: String,
    problems: &[Problem],
) -> Result<DifferencePage, Fail> {
    let id = ErpDifferenceId::from_text(id);
    let (d, customer, sides, imports, versions) = app
        .read(move |conn| {
            let d = erp::difference(conn, &id)?;
            let customer = customers::by_id(conn, d.subject.customer)?;
            let sides = erp::sides(conn, &d)?;
            Ok((d, customer, sides, erp::imports(conn, i64::MAX)?, policies::all(conn)?))
        })
        .await?;
    let (theirs, ours, before) = sides;
    let file = imports.into_iter().find(|import| import.id == d.import);
    let page = user
        .page("erp-difference")
        .under("/staff/reconciliation", user.words().t("erp-title"))
        .with_problems(problems);
    let their_row = |line: TheirLine| TheirRow {
        line: line.line,
        amount: d.money(line.amount),
        dated: line.dated.map(|day| page.date(&day)).unwrap_or_default(),
        voucher: line.voucher,
        text: line.text,
    };
    // Newest first: the name it has now.
    let mut names: HashMap<String, String> = HashMap::new();
    for version in versions {
        let name = version.terms.name.in_language(page.language()).to_owned();
        names.entry(version.code).or_insert(name);
    }
    let our_row = |line: erp::OurLine| OurRow {
        number: line.entry.number,
        on: page.date(&line.entry.effective),
        amount: d.money(line.amount),
        // Only a decision's reason was written by people; the others say it in one language.
        reason: match line.entry.cause {
            Cause::Dispute => line.entry.reason,
            cause => page.code("erp-cause", cause.as_str()),
        },
        policy: names.get(&line.entry.reference).cloned(),
        reference: line.entry.reference,
    };
    Ok(DifferencePage {
        row: row(&d, &customer, &page),
        theirs: theirs.into_iter().map(their_row).collect(),
        ours: ours.into_iter().map(our_row).collect(),
        before: d.money(before),
        file: file.map(|import| import.file_name).unwrap_or_default(),
        may_work: user.holds(StaffRole::Finance),
        note,
        d,
        page,
    })
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Note {
    note: String,
    /// Both amounts as the page showed them, in minor units.
    ours: String,
    theirs: String,
}

/// Closes a difference with its reason.
pub(in crate::web) async fn explain(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Note>,
) -> Answer {
    let typed = form.fields;
    let minor = |text: &str| text.parse::<i64>().map_err(Fail::malformed);
    let shown = (minor(&typed.ours)?, minor(&typed.theirs)?);
    let (wanted, teller) = (ErpDifferenceId::from_text(&id), user.clone());
    let note = typed.note.clone();
    let done = app
        .post(user.actor(), form.key, move |tx| {
            erp::explain(tx, &wanted, shown, &note)?;
            teller.tell(tx, &teller.words().t("erp-explained"))?;
            Ok(format!("/staff/reconciliation/differences/{wanted}"))
        })
        .await;
    match done {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => {
            reply::form_again(&render_one(&app, &user, &id, typed.note, &problems).await?)
        }
        Err(other) => Err(other.into()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

/// Compares once more with the ledger as it is now.
pub(in crate::web) async fn check(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let (wanted, teller) = (ErpDifferenceId::from_text(&id), user.clone());
    let location = app
        .post(user.actor(), form.key, move |tx| {
            let now = erp::check_again(tx, &wanted)?;
            let told =
                if now.state == State::Agreed { "erp-agrees-now" } else { "erp-differs-still" };
            teller.tell(tx, &teller.words().t(told))?;
            Ok(format!("/staff/reconciliation/differences/{wanted}"))
        })
        .await?;
    reply::see_other(location)
}
