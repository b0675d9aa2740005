//! For machines: is the process alive, can it serve.

use actix_web::HttpResponse;

use super::App;

/// The process answers.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// The database answers and has the schema this program needs.
pub(super) async fn ready(app: App) -> HttpResponse {
    let db = app.db.clone();
    let status = actix_web::web::block(move || db.migration_status()).await;
    match status {
        Ok(Ok(status)) if status.pending.is_empty() => {
            HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ready\n")
        }
        Ok(Ok(_)) => unready("the schema is not up to date: run openrebate migrate\n"),
        _ => unready("the database does not answer\n"),
    }
}

fn unready(why: &'static str) -> HttpResponse {
    HttpResponse::ServiceUnavailable().content_type("text/plain; charset=utf-8").body(why)
}
