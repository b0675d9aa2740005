use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Fail, Form, Page, StaffUser, off_loop, reply};
use crate::error::{Error, Result};
use crate::sales::{self, ControlTotal, Import, ImportState, Report};
use crate::values::{Currency, ImportId, Language, Money, Problem, StaffRole};

/// How many rejected rows the page shows; the file has them all.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "staff/import.html")]
struct ImportPage {
    page: Page,
    i: Import,
    options: Shown,
    totals: Vec<Total>,
    reasons: Vec<(String, String)>,
    problems: Vec<Rejected>,
    more_problems: u64,
    has_file: bool,
    may_act: bool,
}

/// What can be done and what is told, by the import's state.
struct Shown {
    checked: bool,
    writing: bool,
    discarding: bool,
    committed: bool,
    /// Something would come in.
    brings: bool,
    holds_back: bool,
    accepted: bool,
}

struct Total {
    currency: Currency,
    lines: String,
    quantity: String,
    net: Money,
}

struct Rejected {
    line: u64,
    reason: String,
}

pub(in crate::web) async fn page(app: App, user: StaffUser, id: Path<String>) -> Answer {
    let id = ImportId::from_text(&id);
    reply::page(&render(&app, &user, id, &[], false).await?)
}

async fn render(
    app: &App,
    user: &StaffUser,
    id: ImportId,
    problems: &[Problem],
    accepted: bool,
) -> Result<ImportPage, Fail> {
    let files = app.config.files.clone();
    let (import, has_file) = app
        .read(move |conn| {
            let import = sales::import(conn, &id)?;
            let has_file = sales::rejected_rows(&files, &import.id).is_file();
            Ok((import, has_file))
        })
        .await?;
    let title = user.words().t1("imports-title", "file", &import.file_name);
    let page = user.visit.page(title).under("/staff/imports", user.words().t("nav-imports"));
    let page = page.with_problems(problems);
    let report = &import.report;
    let shown = report.problems.len().min(SHOWN);
    Ok(ImportPage {
        options: Shown {
            checked: matches!(import.state, ImportState::Checked | ImportState::Uploaded),
            writing: import.state == ImportState::Writing,
            discarding: import.state == ImportState::Discarding,
            committed: import.state == ImportState::Committed,
            brings: report.new + report.changed > 0,
            holds_back: report.holds_back(),
            accepted,
        },
        totals: report.totals.iter().map(|(c, total)| Total::new(*c, *total, &page)).collect(),
        reasons: report
            .reasons
            .iter()
            .map(|(code, rows)| (page.code("imports-why", code), page.number(*rows)))
            .collect(),
        problems: report
            .problems
            .iter()
            .take(SHOWN)
            .map(|row| Rejected { line: row.place.line, reason: page.words.say(&row.text()) })
            .collect(),
        more_problems: (report.rejected + report.conflicting)
            .saturating_sub(u64::try_from(shown).unwrap_or(0)),
        has_file: has_file && report.leaves_out(),
        may_act: user.holds(StaffRole::Finance),
        i: import,
        page,
    })
}

impl Total {
    fn new(currency: Currency, total: ControlTotal, page: &Page) -> Self {
        Self {
            currency,
            lines: page.number(total.lines),
            quantity: total.quantity().to_string(),
            net: total.net(currency),
        }
    }
}

/// The rejected rows as they were, with line and reason, to be mended and brought in again.
pub(in crate::web) async fn rejected(app: App, id: Path<String>) -> Answer {
    let id = ImportId::from_text(&id);
    let files = app.config.files.clone();
    let (name, bytes) = app
        .read(move |conn| {
            let import = sales::import(conn, &id)?;
            let path = sales::rejected_rows(&files, &import.id);
            if !import.report.leaves_out() || !path.is_file() {
                return Err(Error::NotFound);
            }
            Ok((import.file_name, std::fs::read(path)?))
        })
        .await?;
    Ok(reply::download(&format!("{name}.rejected.csv"), "text/csv; charset=utf-8", bytes))
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Commitment {
    #[serde(default)]
    accept: Option<String>,
}

/// Books the good rows. The room writes in chunks of its own and lets a second click do nothing.
pub(in crate::web) async fn commit(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Commitment>,
) -> Answer {
    let id = ImportId::from_text(&id);
    if let Some(location) = app.posted(&user.actor(), &form.key).await? {
        return reply::see_other(location);
    }
    let before = app
        .read({
            let id = id.clone();
            move |conn| sales::import(conn, &id)
        })
        .await?;
    let accept = form.fields.accept.is_some();
    let (db, actor, files) = (app.db.clone(), user.actor(), app.config.files.clone());
    let (which, language) = (id.clone(), user.words().language);
    let outcome =
        off_loop(move || sales::commit(&db, &actor, &files, &which, accept, language)).await;
    let report = match outcome {
        Ok(report) => report,
        Err(Error::Refused(text)) if text.key == "import-has-rejected" => {
            let problem = Problem::new("accept", text);
            return reply::form_again(&render(&app, &user, id, &[problem], accept).await?);
        }
        // Somebody else, or this one's first click, is at it or was a moment ago: the page says.
        Err(Error::Refused(text))
            if matches!(text.key, "import-elsewhere" | "import-state")
                && matches!(before.state, ImportState::Checked | ImportState::Writing) =>
        {
            return reply::see_other(format!("/staff/imports/{id}"));
        }
        Err(other) => return Err(other.into()),
    };
    let told = came_in(&user, &before, &report);
    done(app, user, &id, form, told).await
}

/// What came in, in a sentence.
fn came_in(user: &StaffUser, import: &Import, report: &Report) -> String {
    let words = user.words();
    let number = |count: u64| super::super::page::number(count);
    let mut told = words.with(
        "imports-done",
        [
            ("file", import.file_name.clone()),
            ("new", number(report.new + report.changed)),
            ("known", number(report.known)),
            ("left", number(report.rejected + report.conflicting)),
        ],
    );
    for (currency, total) in &report.totals {
        if words.language == Language::En {
            told.push(' ');
        }
        told.push_str(&words.t1("imports-done-net", "net", total.net(*currency).shown()));
    }
    told
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

/// Gives an import up that isn't booked: nothing of it stays but its report.
pub(in crate::web) async fn discard(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let id = ImportId::from_text(&id);
    if let Some(location) = app.posted(&user.actor(), &form.key).await? {
        return reply::see_other(location);
    }
    let (db, actor, which) = (app.db.clone(), user.actor(), id.clone());
    let name = off_loop(move || {
        let import = db.read(|conn| sales::import(conn, &which))?;
        sales::discard(&db, &actor, &which)?;
        Ok(import.file_name)
    })
    .await?;
    let told = user.words().t1("imports-discarded", "file", name);
    done(app, user, &id, form, told).await
}

async fn done<T>(app: App, user: StaffUser, id: &ImportId, form: Form<T>, told: String) -> Answer {
    let location = format!("/staff/imports/{id}");
    let actor = user.actor();
    let location = app
        .post(actor, form.key, move |tx| {
            user.tell(tx, &told)?;
            Ok(location.clone())
        })
        .await?;
    reply::see_other(location)
}
