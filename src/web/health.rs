//! For machines: is the process alive, can it serve.

use actix_web::HttpResponse;

use super::App;
use crate::error::Error;
use crate::mailbox;

/// The process answers.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// The database answers and has the schema this program needs.
pub(super) async fn ready(app: App) -> HttpResponse {
    let db = app.db.clone();
    let status = actix_web::web::block(move || {
        let status = db.migration_status()?;
        // Without its tables there is nothing to ask about mail.
        let away = match status.pending.is_empty() {
            true => db.read(mailbox::relay_away)?,
            false => None,
        };
        Ok::<_, Error>((status, away))
    })
    .await;
    match status {
        // People go on working while letters wait: that is no reason to send them elsewhere.
        Ok(Ok((status, away))) if status.pending.is_empty() => {
            let said = if away.is_some() {
                "ready, but mail waits: the relay is away\n"
            } else {
                "ready\n"
            };
            HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(said)
        }
        Ok(Ok(_)) => unready("the schema is not up to date: run openrebate migrate\n"),
        _ => unready("the database does not answer\n"),
    }
}

fn unready(why: &'static str) -> HttpResponse {
    HttpResponse::ServiceUnavailable().content_type("text/plain; charset=utf-8").body(why)
}
