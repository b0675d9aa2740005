use actix_web::HttpResponse;
use actix_web::web::{Path, Query};
use serde::Deserialize;

use super::super::explanation_files::content_type;
use super::super::{Answer, App, StaffUser, reply};
use crate::audit;
use crate::error::{Error, Result};
use crate::reports::{self, ExportFilter, Format, Report, Table};
use crate::values::Period;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Asked {
    #[serde(default)]
    period: String,
}

/// A report as a file. Who took which one, and at which state of the books, goes into the audit
/// log, because what leaves the house is out of the portal's hands.
pub(in crate::web) async fn file(
    app: App,
    user: StaffUser,
    path: Path<(String, String)>,
    asked: Query<Asked>,
) -> Answer {
    let (report, format) = path.into_inner();
    let report = Report::from_code(&report).ok_or(Error::NotFound)?;
    let format = Format::from_code(&format).ok_or(Error::NotFound)?;
    let period = match asked.period.trim() {
        "" => None,
        text => Some(text.parse::<Period>().map_err(|_| Error::NotFound)?.to_string()),
    };
    let filter = ExportFilter { period: period.clone() };
    let table = app.read(move |conn| reports::export(conn, report, &filter)).await?;
    let scope = period.clone().unwrap_or_else(|| "all".to_owned());
    taken(&app, &user, format!("{report}.{format}"), scope).await?;
    let name = match period {
        Some(period) => format!("{report}-{period}.{format}"),
        None => format!("{report}.{format}"),
    };
    Ok(written(&table, format, &name).await?)
}

/// Notes who took what, and which part of it.
pub(super) async fn taken(
    app: &App,
    user: &StaffUser,
    object: String,
    scope: String,
) -> Result<()> {
    app.write(user.actor(), move |tx| {
        let event = audit::Event {
            action: "report.exported",
            object: ("report", &object),
            reason: Some(&scope),
            ..audit::Event::default()
        };
        audit::record(tx, event)
    })
    .await
}

/// The table as a file; writing it takes no connection.
pub(super) async fn written(table: &Table, format: Format, name: &str) -> Result<HttpResponse> {
    let table = table.clone();
    let bytes = actix_web::web::block(move || {
        let mut bytes = Vec::new();
        reports::write(&table, format, &mut bytes).map(|()| bytes)
    })
    .await
    .map_err(Error::internal)??;
    Ok(reply::download(name, content_type(format), bytes))
}
