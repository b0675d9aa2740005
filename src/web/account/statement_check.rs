use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Fail, Page, Visit, reply};
use crate::people::Side;
use crate::statements::{self, Checked};
use crate::values::{Problem, Text};

#[derive(Template)]
#[template(path = "account/statement_check.html")]
struct CheckPage {
    page: Page,
    asked: Asked,
    found: Found,
}

enum Found {
    /// Nothing was asked yet, or it can't be read.
    Nothing,
    Unknown,
    Genuine(Genuine),
}

/// What anybody who holds the paper may know: it says so itself.
struct Genuine {
    number: String,
    version: String,
    issued: String,
    superseded: Option<String>,
    /// Where those who may find the statement itself.
    open: String,
}

/// Both as they stand on the paper; spaces don't matter.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    number: String,
    code: String,
}

/// Whether a statement on paper is one of ours: for everybody, and without an amount. What we
/// don't know and what doesn't fit get the same answer.
pub(in crate::web) async fn page(app: App, visit: Visit, asked: Query<Asked>) -> Answer {
    let asked = asked.into_inner();
    let page = visit.page(visit.words.t("statement-check-title"));
    let number = asked.number.trim().to_uppercase();
    let code: String = asked.code.chars().filter(|c| !c.is_whitespace()).collect();
    if number.is_empty() && code.is_empty() {
        return reply::page(&CheckPage { page, asked, found: Found::Nothing });
    }
    if let Some(problem) = problem(&number, &code) {
        let page = page.with_problems(&[problem]);
        return reply::form_again(&CheckPage { page, asked, found: Found::Nothing });
    }
    app.checks.ask(&visit.address, visit.now).map_err(Fail::too_many)?;
    let code = code.to_lowercase();
    let found = app.read(move |conn| statements::check(conn, &number, &code)).await?;
    let found = found.map_or(Found::Unknown, |found| Found::Genuine(genuine(&visit, &page, found)));
    reply::page(&CheckPage { page, asked, found })
}

fn problem(number: &str, code: &str) -> Option<Problem> {
    if number.is_empty() || code.is_empty() {
        let field = if number.is_empty() { "number" } else { "code" };
        return Some(Problem::new(field, Text::new("statement-check-missing")));
    }
    let whole = code.bytes().all(|b| b.is_ascii_hexdigit()) && [16, 64].contains(&code.len());
    let count = code.chars().count();
    (!whole).then(|| Problem::new("code", Text::new("statement-check-short").with("count", count)))
}

fn genuine(visit: &Visit, page: &Page, found: Checked) -> Genuine {
    let staff = visit.person().is_some_and(|person| matches!(person.side, Side::Staff(_)));
    let superseded = found.superseded.map(|newer| {
        page.words.with(
            "statement-check-superseded",
            [
                ("version", newer.version.to_string()),
                ("number", newer.number),
                ("day", page.date(&newer.issued_on)),
            ],
        )
    });
    Genuine {
        number: found.number,
        version: page.t1("statement-version", "version", found.version),
        issued: page.date(&found.issued_on),
        superseded,
        open: format!("{}/statements/{}", if staff { "/staff" } else { "" }, found.id),
    }
}
