//! What somebody was writing when their session ended: instead of being lost it travels through
//! the sign-in page, and is offered again to whoever signed in, to be sent on with one button. Only
//! texts are carried, no decisions; and only from our own pages.

use actix_multipart::Multipart;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::guard::session_cookie;
use super::{Fail, Route, Visit, account, form};

/// The forms that people write long texts into.
const KEPT: &[&str] = &[
    "/disputes/new",
    "/disputes/{id}/messages",
    "/disputes/{id}/appeal",
    "/staff/disputes/{id}/replies",
    "/staff/disputes/{id}/questions",
    "/staff/disputes/{id}/notes",
];
/// The fields that hold what was written, to be shown.
const WRITTEN: [&str; 4] = ["text", "appeal", "reply", "note"];

/// A form on its way through the sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Carried {
    pub action: String,
    /// In the encoding of forms with files.
    pub multipart: bool,
    /// Files were with it, and are not any more.
    pub files: bool,
    pub fields: Vec<(String, String)>,
}

impl Carried {
    /// Reads what the sign-in page carried; None for what it never did.
    pub(super) fn read(text: &str) -> Option<Self> {
        let carried: Self = serde_json::from_str(text).ok()?;
        KEPT.iter().any(|pattern| fits(pattern, &carried.action)).then_some(carried)
    }

    /// What was written, text by text.
    pub(super) fn written(&self) -> Vec<&str> {
        let written = |(name, value): &&(String, String)| {
            WRITTEN.contains(&name.as_str()) && !value.trim().is_empty()
        };
        self.fields.iter().filter(written).map(|(_, value)| value.as_str()).collect()
    }
}

/// Whether an address is one of the pattern's.
fn fits(pattern: &str, address: &str) -> bool {
    let (mut parts, mut own) = (pattern.split('/'), address.split('/'));
    loop {
        match (parts.next(), own.next()) {
            (None, None) => return true,
            (Some("{id}"), Some(id)) => {
                if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
                    return false;
                }
            }
            (Some(part), Some(own)) if part == own => {}
            _ => return false,
        }
    }
}

/// The sign-in page with what was posted; None when it isn't kept, or may be another site's doing.
pub(super) async fn held(
    visit: &Visit,
    route: &Route,
    request: &mut ServiceRequest,
) -> Option<HttpResponse> {
    if !KEPT.contains(&route.path) {
        return None;
    }
    let (plain, payload) = (request.request().clone(), request.take_payload());
    let multipart = is_multipart(plain.headers());
    let (mut fields, files) = match multipart {
        true => parts(&plain, payload).await.ok()?,
        false => (form::posted(&plain, payload).await.ok()?, false),
    };
    let token = form::take(&mut fields, "token").unwrap_or_default();
    if visit.check_token(&token).is_err() && !is_same_origin(plain.headers()) {
        return None;
    }
    let mut flat = Vec::new();
    for (name, value) in fields {
        match value {
            Value::String(text) => flat.push((name, text)),
            Value::Array(list) => flat.extend(
                list.iter().filter_map(Value::as_str).map(|text| (name.clone(), text.to_owned())),
            ),
            _ => {}
        }
    }
    let action = plain.path().to_owned();
    let carried = Carried { action, multipart, files, fields: flat };
    let text = serde_json::to_string(&carried).ok()?;
    if Carried::read(&text).is_none() || text.len() > form::LONGEST_VALUE {
        return None;
    }
    let mut answer = account::sign_in::carrying(visit, text).ok()?;
    let _ = answer.add_cookie(&session_cookie(visit.key()));
    Some(answer)
}

fn is_multipart(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.starts_with("multipart/form-data")
}

/// A browser says that one of our pages sent this.
fn is_same_origin(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin")
}

/// The fields beside the files; the files are read and let go.
async fn parts(
    request: &HttpRequest,
    payload: Payload,
) -> Result<(Map<String, Value>, bool), Fail> {
    let mut parts = Multipart::new(request.headers(), payload);
    let (mut fields, mut files) = (Map::new(), false);
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(Fail::malformed)?;
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.content_disposition().and_then(|d| d.get_filename()).map(str::to_owned);
        let mut text = Vec::new();
        while let Some(chunk) = part.next().await {
            let chunk = chunk.map_err(Fail::malformed)?;
            if file.is_none() {
                text.extend_from_slice(&chunk);
            }
            if text.len() > form::LONGEST_VALUE {
                return Err(Fail::TOO_LONG);
            }
        }
        match file {
            Some(file) => files |= !file.is_empty(),
            None => {
                let text = String::from_utf8(text).map_err(Fail::malformed)?;
                form::add(&mut fields, name, text, form::LONGEST_VALUE)?;
            }
        }
    }
    Ok((fields, files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_forms_with_texts_are_carried() {
        let read = |action: &str| {
            let carried = Carried {
                action: action.to_owned(),
                multipart: false,
                files: false,
                fields: vec![("text".to_owned(), "甲".to_owned())],
            };
            Carried::read(&serde_json::to_string(&carried).unwrap()).is_some()
        };
        for action in ["/disputes/new", "/disputes/01a2/messages", "/staff/disputes/9/notes"] {
            assert!(read(action), "{action}");
        }
        for action in [
            "",
            "/",
            "/disputes",
            "/disputes//messages",
            "/disputes/../messages",
            "/disputes/1/messages/",
            "/disputes/1/messages?x=1",
            "//evil.example/disputes/new",
            "https://evil.example/disputes/new",
            "/staff/disputes/1/decision",
            "/staff/payouts/1/approval",
        ] {
            assert!(!read(action), "{action}");
        }
        assert_eq!(Carried::read("{}"), None);
        assert_eq!(Carried::read("nonsense"), None);
    }
}
