//! What went wrong, as a page: what happened to the reader's input, what to do, whom to ask, and
//! a reference for whoever reads the logs. Somebody else's object, a page for other roles and a
//! page that doesn't exist give the same bytes.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use chrono::{DateTime, Utc};

use super::{Page, Visit, reply};
use crate::error::Error;
use crate::values::{Problem, Text};

/// What a handler returns.
pub type Answer = Result<HttpResponse, Fail>;

/// Why there is no ordinary answer. Made from [`Error`] with `?`.
#[derive(Debug)]
pub struct Fail {
    status: StatusCode,
    /// The stem of the page's words: `fail-` + this + `-title`, `-text`, `-next`.
    words: &'static str,
    /// The room's own sentence.
    text: Option<Text>,
    problems: Vec<Problem>,
    /// For the logs only.
    cause: Option<String>,
    until: Option<DateTime<Utc>>,
}

impl Fail {
    pub const NOT_FOUND: Self = Self::bare(StatusCode::NOT_FOUND, "not-found");
    /// The form's token is missing or of another session.
    pub const STALE: Self = Self::bare(StatusCode::BAD_REQUEST, "stale");
    /// A link out of a letter that ends nothing (any more).
    pub const OLD_LINK: Self = Self::bare(StatusCode::NOT_FOUND, "old-link");
    /// A link that no letter of ours carried.
    pub const UNKNOWN_LINK: Self = Self::bare(StatusCode::NOT_FOUND, "unknown-link");
    /// A link to do one thing once that no letter of ours carried.
    pub const NO_LINK: Self = Self::bare(StatusCode::NOT_FOUND, "no-link");
    pub const MALFORMED: Self = Self::bare(StatusCode::BAD_REQUEST, "malformed");
    /// What was typed into one field is longer than any field takes.
    pub const TOO_LONG: Self = Self::bare(StatusCode::PAYLOAD_TOO_LARGE, "too-long");
    pub const TOO_LARGE: Self = Self::bare(StatusCode::PAYLOAD_TOO_LARGE, "too-large");
    pub const TOO_SLOW: Self = Self::bare(StatusCode::REQUEST_TIMEOUT, "too-slow");
    pub const METHOD: Self = Self::bare(StatusCode::METHOD_NOT_ALLOWED, "not-found");
    pub const CROWDED: Self = Self::bare(StatusCode::TOO_MANY_REQUESTS, "crowded");

    const fn bare(status: StatusCode, words: &'static str) -> Self {
        Self { status, words, text: None, problems: Vec::new(), cause: None, until: None }
    }

    /// 400, for what no page of ours sends; the cause goes to the logs.
    pub fn malformed(cause: impl ToString) -> Self {
        Self { cause: Some(cause.to_string()), ..Self::MALFORMED }
    }

    pub fn internal(cause: impl ToString) -> Self {
        let bare = Self::bare(StatusCode::INTERNAL_SERVER_ERROR, "internal");
        Self { cause: Some(cause.to_string()), ..bare }
    }

    /// 429 until then.
    pub fn too_many(until: DateTime<Utc>) -> Self {
        Self { until: Some(until), ..Self::bare(StatusCode::TOO_MANY_REQUESTS, "too-many") }
    }

    /// The same, of those who ask for new passwords.
    pub fn too_many_asks(until: DateTime<Utc>) -> Self {
        Self { until: Some(until), ..Self::bare(StatusCode::TOO_MANY_REQUESTS, "too-many-asks") }
    }

    /// 422 with these problems, where the page has no form to show again.
    pub fn invalid(problems: Vec<Problem>) -> Self {
        Self { problems, ..Self::bare(StatusCode::UNPROCESSABLE_ENTITY, "invalid") }
    }

    /// The problems, when this is something the form can show at its fields.
    ///
    /// # Errors
    /// It is something else.
    pub fn into_problems(self) -> Result<Vec<Problem>, Self> {
        if self.problems.is_empty() { Err(self) } else { Ok(self.problems) }
    }

    pub(super) fn of_status(status: StatusCode, cause: String) -> Self {
        let fail = match status {
            StatusCode::NOT_FOUND => Self::NOT_FOUND,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TOO_LARGE,
            StatusCode::REQUEST_TIMEOUT => Self::TOO_SLOW,
            StatusCode::METHOD_NOT_ALLOWED => Self::METHOD,
            status if status.is_server_error() => return Self::internal(cause),
            _ => Self::MALFORMED,
        };
        Self { cause: Some(cause), ..fail }
    }
}

impl From<Error> for Fail {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::NOT_FOUND,
            Error::Invalid(problems) => Self::invalid(problems),
            Error::Refused(text) => {
                Self { text: Some(text), ..Self::bare(StatusCode::CONFLICT, "refused") }
            }
            Error::Duplicate => Self::bare(StatusCode::CONFLICT, "duplicate"),
            Error::Busy(cause) => {
                Self { cause: Some(cause), ..Self::bare(StatusCode::SERVICE_UNAVAILABLE, "busy") }
            }
            Error::Internal(cause) => Self::internal(cause),
        }
    }
}

impl From<askama::Error> for Fail {
    fn from(error: askama::Error) -> Self {
        Self::internal(format!("template: {error}"))
    }
}

impl std::fmt::Display for Fail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.words)
    }
}

/// The page itself is made in [`render`], where the reader is known.
impl ResponseError for Fail {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status)
    }
}

pub(super) async fn not_found() -> Answer {
    Err(Fail::NOT_FOUND)
}

#[derive(Template)]
#[template(path = "layout/fail.html")]
struct FailPage {
    page: Page,
    text: String,
    next: String,
    reference: Option<String>,
}

/// The page for what went wrong, and one line in the log where it is our fault.
pub(super) fn render(visit: &Visit, fail: &Fail) -> HttpResponse {
    let words = visit.words;
    if fail.status.is_server_error() {
        tracing::error!(
            request_id = visit.request_id,
            status = fail.status.as_u16(),
            cause = fail.cause.as_deref().unwrap_or_default(),
            "a request failed"
        );
    } else if let Some(cause) = &fail.cause {
        tracing::debug!(request_id = visit.request_id, cause, "a request was refused");
    }
    let key = |part: &str| format!("fail-{}-{part}", fail.words);
    let until = fail.until.map(|at| visit.time(at)).unwrap_or_default();
    let text = match &fail.text {
        Some(text) => words.say(text),
        None => words.t1(&key("text"), "until", until),
    };
    // Not found shows no reference: it would differ from one time to the next.
    let reference = (fail.status != StatusCode::NOT_FOUND).then(|| visit.request_id.clone());
    let page = Page::of_failure(visit, words.t(&key("title"))).with_problems(&fail.problems);
    let page = FailPage { page, text, next: words.t(&key("next")), reference };
    let mut response = match reply::with_status(fail.status, &page) {
        Ok(response) => response,
        Err(_) => HttpResponse::new(fail.status),
    };
    if let Some(seconds) = retry_after(fail, visit.now) {
        let value = actix_web::http::header::HeaderValue::from(seconds);
        response.headers_mut().insert(actix_web::http::header::RETRY_AFTER, value);
    }
    response
}

fn retry_after(fail: &Fail, now: DateTime<Utc>) -> Option<i64> {
    match fail.status {
        StatusCode::SERVICE_UNAVAILABLE => Some(5),
        StatusCode::TOO_MANY_REQUESTS => {
            Some(fail.until.map_or(5, |until| (until - now).num_seconds().max(1)))
        }
        _ => None,
    }
}
