use std::path::Path as FilePath;

use actix_web::ResponseError;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Fail, Page, StaffUser, Upload, UploadForm, UploadLimits};
use super::super::{UploadedFile, off_loop, reply};
use crate::config::Config;
use crate::error::Error;
use crate::sales::{self, Import, ImportKind, Incoming, Options};
use crate::values::{ImportId, Problem, StaffRole, Text};
use crate::words::Words;

/// Imports on one page of the list.
const SHOWN: i64 = 20;
/// A mapping file is a page of text.
const LONGEST_MAPPING: u64 = 64 << 10;
const LONGEST_SOURCE: usize = 60;

#[derive(Template)]
#[template(path = "staff/imports.html")]
struct ImportsPage {
    page: Page,
    may_import: bool,
    kinds: &'static [ImportKind],
    most_megabytes: u64,
    typed: Typed,
    rows: Vec<Row>,
    newer: String,
    older: String,
}

struct Row {
    id: String,
    file: String,
    kind: &'static str,
    state: &'static str,
    rows: String,
    new: String,
    left_out: String,
    by: String,
    at: String,
}

impl Row {
    fn new(import: Import, page: &Page) -> Self {
        let report = &import.report;
        Self {
            id: import.id.to_string(),
            file: import.file_name,
            kind: import.kind.as_str(),
            state: import.state.as_str(),
            rows: page.number(report.rows),
            new: page.number(report.new + report.changed),
            left_out: page.number(report.rejected + report.conflicting),
            by: import.actor_name,
            at: page.time(&import.committed_at.unwrap_or(import.created_at)),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Asked {
    #[serde(default)]
    after: Option<String>,
}

/// What an import needs besides its file.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Typed {
    kind: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    mapping: String,
    #[serde(default)]
    create_missing: Option<String>,
}

impl UploadForm for Typed {
    fn limits(config: &Config) -> UploadLimits {
        UploadLimits {
            files: 2,
            bytes: config.limits.import_megabytes.saturating_mul(1 << 20),
            // A mapping may be typed.
            text: UploadLimits::TEXT,
        }
    }
}

pub(in crate::web) async fn list(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    reply::page(&render(app, &user, &[], Typed::default(), asked.into_inner()).await?)
}

async fn render(
    app: App,
    user: &StaffUser,
    problems: &[Problem],
    typed: Typed,
    asked: Asked,
) -> Result<ImportsPage, Fail> {
    let page = user.page("nav-imports").with_problems(problems);
    let after = asked.after.map(|id| ImportId::from_text(&id));
    let newer = after.as_ref().map_or("", |_| "/staff/imports").to_owned();
    let found = app.read(move |conn| sales::imports(conn, after.as_ref(), SHOWN)).await?;
    Ok(ImportsPage {
        may_import: user.holds(StaffRole::Finance),
        kinds: ImportKind::ALL,
        most_megabytes: app.config.limits.import_megabytes,
        typed,
        rows: found.imports.into_iter().map(|import| Row::new(import, &page)).collect(),
        newer,
        older: found.next.map(|id| format!("/staff/imports?after={id}")).unwrap_or_default(),
        page,
    })
}

/// Takes a file, checks every row of it without changing anything, and shows what would become of
/// it. Posting the same file in the same form again leads to the same report.
pub(in crate::web) async fn receive(
    app: App,
    user: StaffUser,
    upload: Result<Upload<Typed>, Fail>,
) -> Answer {
    let upload = match upload {
        Err(fail) if fail.status_code() == StatusCode::PAYLOAD_TOO_LARGE => {
            // What came before the limit was thrown away, so the form comes back empty.
            let text =
                Text::new("imports-too-large").with("most", app.config.limits.import_megabytes);
            let problems = [Problem::new("file", text)];
            let page = render(app, &user, &problems, Typed::default(), Asked::default()).await?;
            return reply::with_status(StatusCode::PAYLOAD_TOO_LARGE, &page);
        }
        other => other?,
    };
    if let Some(location) = app.posted(&user.actor(), &upload.key).await? {
        return reply::see_other(location);
    }
    let key = upload.key.clone();
    let typed = upload.fields.clone();
    match check(&app, &user, upload).await? {
        Ok(id) => {
            let location = format!("/staff/imports/{id}");
            let shown = app.post(user.actor(), key, move |_| Ok(location.clone())).await?;
            reply::see_other(shown)
        }
        Err(problems) => {
            reply::form_again(&render(app, &user, &problems, typed, Asked::default()).await?)
        }
    }
}

async fn check(
    app: &App,
    user: &StaffUser,
    upload: Upload<Typed>,
) -> Result<Result<ImportId, Vec<Problem>>, Fail> {
    let (db, actor, files) = (app.db.clone(), user.actor(), app.config.files.clone());
    let words = user.words();
    let outcome = off_loop(move || {
        let (kind, options) = match read(&upload) {
            Ok(read) => read,
            Err(problems) => return Ok(Err(problems)),
        };
        let Some(file) = file(&upload, "file") else { return Ok(Err(Vec::new())) };
        let name = if file.name.is_empty() { "file" } else { &file.name };
        let incoming = Incoming { kind, path: file.path(), name };
        match sales::receive(&db, &actor, &files, incoming, &options, words.language) {
            Ok(id) => Ok(Ok(id)),
            Err(Error::Invalid(problems)) => Ok(Err(at_fields(problems, name, words))),
            Err(other) => Err(other),
        }
    });
    Ok(outcome.await?)
}

fn file<'a>(upload: &'a Upload<Typed>, field: &str) -> Option<&'a UploadedFile> {
    upload.files.iter().find(|file| file.field == field)
}

/// What was asked for, or what is wrong with it.
fn read(upload: &Upload<Typed>) -> Result<(ImportKind, Options), Vec<Problem>> {
    let typed = &upload.fields;
    let mut problems = Vec::new();
    let mut wrong = |field: &str, text: Text| problems.push(Problem::new(field, text));
    let kind = ImportKind::from_code(&typed.kind);
    if kind.is_none() {
        wrong("kind", Text::new("imports-choose-kind"));
    }
    match file(upload, "file") {
        None => wrong("file", Text::new("imports-choose-file")),
        Some(file) if file.bytes == 0 => {
            wrong("file", Text::new("imports-file-empty").with("name", &file.name));
        }
        Some(_) => {}
    }
    let known = |file: &UploadedFile| matches!(file.field.as_str(), "file" | "mapping_file");
    if upload.files.iter().filter(|file| file.field == "file").count() > 1
        || !upload.files.iter().all(known)
    {
        wrong("file", Text::new("imports-one-file"));
    }
    let source = typed.source.trim();
    if source.chars().count() > LONGEST_SOURCE || source.chars().any(char::is_control) {
        wrong("source", Text::new("imports-source-unfit").with("most", LONGEST_SOURCE));
    }
    let mapping = match mapping(upload) {
        Ok(mapping) => mapping,
        Err(text) => {
            wrong("mapping", text);
            String::new()
        }
    };
    let options = Options {
        mapping,
        source: source.to_owned(),
        create_missing: typed.create_missing.is_some(),
        accept_good_rows: false,
    };
    match kind {
        Some(kind) if problems.is_empty() => Ok((kind, options)),
        _ => Err(problems),
    }
}

/// The mapping as it was typed or as its file says it; both at once is refused, because nobody
/// could tell which one was meant.
fn mapping(upload: &Upload<Typed>) -> Result<String, Text> {
    let typed = upload.fields.mapping.trim();
    let Some(file) = file(upload, "mapping_file") else { return Ok(typed.to_owned()) };
    if !typed.is_empty() {
        return Err(Text::new("imports-one-mapping"));
    }
    if file.bytes > LONGEST_MAPPING {
        return Err(Text::new("imports-mapping-too-long"));
    }
    let text = text_of(file.path()).ok_or_else(|| Text::new("imports-mapping-not-text"))?;
    // An empty mapping would mean none at all.
    Ok(if text.trim().is_empty() { "# empty".to_owned() } else { text })
}

fn text_of(path: &FilePath) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let text = text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned);
    (!text.contains('\0')).then_some(text)
}

/// The room names the file or the place in the mapping; the page has a field for each.
fn at_fields(problems: Vec<Problem>, file: &str, words: &Words) -> Vec<Problem> {
    problems
        .into_iter()
        .map(|problem| {
            let field = if problem.field == file { "file" } else { "mapping" };
            let text = Text::new("imports-problem-at")
                .with("place", &problem.field)
                .with("what", words.say(&problem.text));
            Problem::new(field, text)
        })
        .collect()
}
