//! Files made in the background: what the reader asked for, and asking for more.

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Bytes, Path, Query};
use askama::Template;
use futures_util::stream;
use serde::Deserialize;

use super::super::dispute_view::size;
use super::super::explanation_files::content_type;
use super::super::{Answer, App, Form, Page, User, reply};
use crate::error::{Error, Result};
use crate::exports::{self, Export, Kind, Scope, State};
use crate::reports::Format;
use crate::values::{ExportId, Period, PeriodKind, Problem};

#[derive(Template)]
#[template(path = "account/downloads.html")]
struct DownloadsPage {
    page: Page,
    rows: Vec<Row>,
    /// What the reader may ask for: code and word, the chosen one marked.
    kinds: Vec<(&'static str, String, bool)>,
    formats: Vec<(&'static str, String, bool)>,
    /// Customers ask for days, staff for periods.
    by_days: bool,
    typed: Typed,
    /// Some are still to come.
    unfinished: bool,
}

struct Row {
    id: String,
    what: String,
    scope: String,
    format: &'static str,
    state: &'static str,
    /// Why it failed.
    failure: Option<String>,
    asked: String,
    made: Option<Made>,
}

struct Made {
    lines: i64,
    size: String,
    /// The words of the link.
    get: &'static str,
    sha256: String,
    until: String,
}

/// A wish as it was typed, or as a link proposes it.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Typed {
    kind: String,
    format: String,
    from: String,
    to: String,
    period: String,
}

impl Typed {
    fn read(&self) -> exports::Typed<'_> {
        exports::Typed {
            kind: &self.kind,
            format: &self.format,
            from: &self.from,
            to: &self.to,
            period: &self.period,
        }
    }
}

/// The form: what it always sends has no default.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Asked {
    kind: String,
    format: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    period: String,
}

pub(in crate::web) async fn list(app: App, user: User, typed: Query<Typed>) -> Answer {
    reply::page(&show(&app, &user, typed.into_inner(), &[]).await?)
}

async fn show(app: &App, user: &User, typed: Typed, problems: &[Problem]) -> Result<DownloadsPage> {
    let person = user.person.clone();
    let all = app.read(move |conn| exports::of_person(conn, &person)).await?;
    let page = user.page("downloads-title").with_problems(problems);
    let now = app.db.now();
    let rows: Vec<Row> =
        all.iter().map(|export| row(export, export.state_at(now), &page)).collect();
    let kinds = exports::rules::kinds_of(&user.person.identity());
    Ok(DownloadsPage {
        unfinished: all
            .iter()
            .any(|export| [State::Waiting, State::Making].contains(&export.state)),
        rows,
        kinds: kinds
            .into_iter()
            .map(|kind| (kind.as_str(), name(&page, kind), typed.kind == kind.as_str()))
            .collect(),
        formats: [Format::Xlsx, Format::Csv]
            .iter()
            .map(|format| {
                let word = page.code("export-format", format.as_str());
                (format.as_str(), word, typed.format == format.as_str())
            })
            .collect(),
        by_days: user.person.customer().is_some(),
        typed: proposed(typed, app),
        page,
    })
}

/// Fields that nobody filled yet: this year so far, and the month before.
fn proposed(typed: Typed, app: &App) -> Typed {
    let nothing = Typed { kind: String::new(), format: String::new(), ..typed.clone() };
    let untouched = [&nothing.from, &nothing.to, &nothing.period].iter().all(|v| v.is_empty());
    if !untouched || !typed.format.is_empty() {
        return typed;
    }
    let today = app.db.today();
    let year = Period::containing(PeriodKind::Year, today).days().map(|(first, _)| first);
    let month = Period::containing(PeriodKind::Month, today).previous();
    Typed {
        from: year.unwrap_or(today).to_string(),
        to: today.to_string(),
        period: month.map(|month| month.to_string()).unwrap_or_default(),
        ..typed
    }
}

fn name(page: &Page, kind: Kind) -> String {
    page.code("export-kind", kind.as_str())
}

fn row(export: &Export, state: State, page: &Page) -> Row {
    Row {
        id: export.id.to_string(),
        what: name(page, export.wish.kind),
        scope: match &export.wish.scope {
            Scope::Days(first, last) => page.days(first, last),
            Scope::Period(period) => page.period(period),
            Scope::All => page.t("export-scope-all"),
        },
        format: export.wish.format.as_str(),
        state: state.as_str(),
        failure: export.failure.as_ref().filter(|_| state == State::Failed).map(|key| page.t(key)),
        asked: page.time(&export.asked_at),
        made: export.made.as_ref().map(|made| Made {
            lines: made.lines,
            size: size(u64::try_from(made.bytes).unwrap_or_default()),
            get: match export.wish.format {
                Format::Xlsx => "downloads-get-xlsx",
                _ => "downloads-get-csv",
            },
            sha256: made.sha256.clone(),
            until: page.time(&made.expires),
        }),
    }
}

pub(in crate::web) async fn ask(app: App, user: User, form: Form<Asked>) -> Answer {
    let Asked { kind, format, from, to, period } = form.fields;
    let typed = Typed { kind, format, from, to, period };
    let (wanted, teller) = (typed.clone(), user.clone());
    let posted = app
        .post(user.actor(), form.key, move |tx| {
            let who = teller.person.identity();
            let wish = exports::rules::read(&wanted.read(), &who, tx.today());
            exports::ask(tx, &teller.person, wish.map_err(Error::Invalid)?)?;
            teller.tell(tx, &teller.words().t("export-asked"))?;
            Ok("/downloads".to_owned())
        })
        .await;
    match posted {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => {
            let page = show(&app, &user, typed, &problems).await?;
            reply::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(other) => Err(other.into()),
    }
}

/// The file itself, a piece at a time. Asking only for its head fetches nothing.
pub(in crate::web) async fn file(app: App, user: User, id: Path<String>, method: Method) -> Answer {
    let (id, person) = (ExportId::from_text(&id), user.person.clone());
    if method == Method::HEAD {
        let all = app.read(move |conn| exports::of_person(conn, &person)).await?;
        let known = all.iter().any(|export| export.id == id);
        return if known { Ok(HttpResponse::Ok().finish()) } else { Err(Error::NotFound.into()) };
    }
    let files = app.config.files.clone();
    let (export, file) =
        app.write(user.actor(), move |tx| exports::fetch(tx, &files, &person, &id)).await?;
    let bytes = export.made.as_ref().map_or(0, |made| made.bytes);
    let bytes = u64::try_from(bytes).map_err(Error::internal)?;
    let kind = content_type(export.wish.format);
    let body = SizedStream::new(bytes, pieces(file));
    let mut response = reply::download(&export.file_name(), kind, Vec::new());
    if let Some(made) = &export.made
        && let Ok(value) = actix_web::http::header::HeaderValue::from_str(&made.sha256)
    {
        let name = actix_web::http::header::HeaderName::from_static("x-content-sha256");
        response.headers_mut().insert(name, value);
    }
    Ok(response.map_body(|_, _| actix_web::body::BoxBody::new(body)))
}

/// Reads off the event loop, a piece when the reader has taken the one before.
pub(super) fn pieces(
    file: std::fs::File,
) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> + 'static {
    const PIECE: usize = 64 * 1024;
    stream::try_unfold(file, |mut file| async move {
        let read = actix_web::web::block(move || {
            let mut piece = vec![0; PIECE];
            std::io::Read::read(&mut file, &mut piece).map(|length| {
                piece.truncate(length);
                (piece, file)
            })
        });
        let (piece, file) = read.await.map_err(std::io::Error::other)??;
        Ok((!piece.is_empty()).then(|| (Bytes::from(piece), file)))
    })
}
