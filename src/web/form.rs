//! Forms, read strictly: a body that no page of ours could have sent is refused before a handler
//! sees it (HOUSE: actix accepts unknown fields and broken UTF-8).

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Fail, Visit};
use crate::values::Fingerprint;

/// Largest form without files, in bytes.
const LARGEST: usize = 64 * 1024;
/// Longest value of one field, in bytes.
pub(super) const LONGEST_VALUE: usize = 16 * 1024;
const MOST_FIELDS: usize = 500;

/// Names one showing of a form; [`super::App::post`] does what it asks once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormKey {
    pub key: String,
    /// Fingerprint of what was posted.
    pub content: String,
}

impl FormKey {
    /// The same, without the fingerprint of what was posted: it is kept, and a fast hash of a
    /// password would give it away to whoever reads the table.
    #[must_use]
    pub fn of_secrets(self) -> Self {
        Self { content: "secret".to_owned(), ..self }
    }
}

/// The fields of a posted form. `T` has `#[serde(deny_unknown_fields)]`, its fields are `String`s
/// (`#[serde(default)]` for what browsers leave out, such as unticked boxes), `Vec<String>` for
/// names ending in `[]`. The token was checked.
pub struct Form<T> {
    pub fields: T,
    pub key: FormKey,
}

impl<T: DeserializeOwned> FromRequest for Form<T> {
    type Error = Fail;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Fail>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let visit = Visit::of(&request)?;
            let mut fields = posted(&request, payload).await?;
            let token = take(&mut fields, "token").ok_or(Fail::STALE)?;
            visit.check_token(&token)?;
            let key = form_key(&mut fields, request.path())?;
            let fields = serde_json::from_value(Value::Object(fields)).map_err(Fail::malformed)?;
            Ok(Self { fields, key })
        })
    }
}

/// The query of an address, read as strictly as a form: `line[]=1&line[]=2` is a list.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Fail;
    type Future = std::future::Ready<Result<Self, Fail>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = |query: &str| {
            let fields = parse(query.as_bytes())?;
            serde_json::from_value(Value::Object(fields)).map(Self).map_err(Fail::malformed)
        };
        std::future::ready(read(request.query_string()))
    }
}

/// The fields of a posted form, token and all.
pub(super) async fn posted(
    request: &HttpRequest,
    payload: Payload,
) -> Result<Map<String, Value>, Fail> {
    parse(&read_body(request, payload).await?)
}

async fn read_body(request: &HttpRequest, mut payload: Payload) -> Result<Vec<u8>, Fail> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    if kind.split(';').next().unwrap_or_default().trim() != "application/x-www-form-urlencoded" {
        return Err(Fail::malformed("not a form"));
    }
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(body_failure)?;
        if body.len() + chunk.len() > LARGEST {
            return Err(Fail::TOO_LARGE);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A body that couldn't be read, as the page that says so.
pub fn body_failure(error: PayloadError) -> Fail {
    match error {
        PayloadError::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => Fail::TOO_SLOW,
        PayloadError::Overflow => Fail::TOO_LARGE,
        other => Fail::malformed(other),
    }
}

pub(super) fn take(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    match fields.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// The form's key, bound to the address and everything that was posted.
pub(super) fn form_key(fields: &mut Map<String, Value>, path: &str) -> Result<FormKey, Fail> {
    let key = take(fields, "form_key").unwrap_or_default();
    if key.len() > 64 || !key.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Fail::malformed("form_key"));
    }
    // A form without a key counts as shown once for this post.
    let key = if key.is_empty() { uuid::Uuid::new_v4().simple().to_string() } else { key };
    let content = Fingerprint::new("openrebate form 1")
        .field(path)
        .field(Value::Object(fields.clone()).to_string())
        .finish();
    Ok(FormKey { key, content })
}

/// Reads `a=1&b=2&c[]=3&c[]=4`: values are text, those of names ending in `[]` lists.
fn parse(body: &[u8]) -> Result<Map<String, Value>, Fail> {
    let mut fields = Map::new();
    let pairs = body.split(|b| *b == b'&').filter(|pair| !pair.is_empty());
    for (index, pair) in pairs.enumerate() {
        if index >= MOST_FIELDS {
            return Err(Fail::TOO_LARGE);
        }
        let (name, value) = match pair.iter().position(|b| *b == b'=') {
            Some(at) => {
                let (name, rest) = pair.split_at(at);
                (name, rest.get(1..).unwrap_or_default())
            }
            None => (pair, &[][..]),
        };
        add(&mut fields, decode(name)?, decode(value)?, LONGEST_VALUE)?;
    }
    Ok(fields)
}

/// Adds a field to those read so far.
pub(super) fn add(
    fields: &mut Map<String, Value>,
    name: String,
    value: String,
    longest: usize,
) -> Result<(), Fail> {
    if value.len() > longest {
        return Err(Fail::TOO_LONG);
    }
    if fields.len() >= MOST_FIELDS {
        return Err(Fail::TOO_LARGE);
    }
    check_text(&name)?;
    check_text(&value)?;
    if name.ends_with("[]") {
        let list = fields.entry(name).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(Value::String(value));
        }
    } else if fields.insert(name.clone(), Value::String(value)).is_some() {
        return Err(Fail::malformed(format!("the field {name:?} came twice")));
    }
    Ok(())
}

/// Percent signs and plus signs undone; the bytes must be UTF-8.
fn decode(text: &[u8]) -> Result<String, Fail> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16));
                let value = digit(rest.next()).zip(digit(rest.next())).map(|(h, l)| h * 16 + l);
                let value = value.and_then(|value| u8::try_from(value).ok());
                value.ok_or_else(|| Fail::malformed("a broken percent sign"))?
            }
            other => *other,
        });
    }
    String::from_utf8(bytes).map_err(|_| Fail::malformed("not UTF-8"))
}

/// A name somebody's machine sent, without such marks: their file is theirs all the same.
pub(super) fn plain_name(name: &str) -> String {
    name.chars().filter(|c| !is_bad(*c)).collect()
}

fn is_bad(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        || matches!(c, '\u{FFFD}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Refuses what nobody types and what makes text look like other text: NUL and control
/// characters, the replacement character, marks that reverse the reading direction.
pub fn check_text(text: &str) -> Result<(), Fail> {
    match text.chars().find(|c| is_bad(*c)) {
        Some(c) => Err(Fail::malformed(format!("the character U+{:04X}", u32::from(c)))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Fields {
        name: String,
        #[serde(default)]
        agree: Option<String>,
        #[serde(default, rename = "line[]")]
        lines: Vec<String>,
    }

    fn read(body: &str) -> Result<Fields, String> {
        let fields = parse(body.as_bytes()).map_err(|e| e.to_string())?;
        serde_json::from_value(Value::Object(fields)).map_err(|e| e.to_string())
    }

    #[test]
    fn what_browsers_send_is_read() {
        let fields = read("name=%E6%9D%8E+%E4%BC%9F&line%5B%5D=a&line[]=b").unwrap();
        let expected = Fields {
            name: "李 伟".to_owned(),
            agree: None,
            lines: vec!["a".to_owned(), "b".to_owned()],
        };
        assert_eq!(fields, expected);
        assert_eq!(read("name=a%0D%0Ab&agree=on").unwrap().name, "a\r\nb");
    }

    #[test]
    fn what_no_page_sends_is_refused() {
        for body in [
            "",
            "name",
            "name=a&name=b",
            "name=a&role=admin",
            "name=%ff%fe",
            "name=%EF%BF%BD",
            "name=a%00b",
            "name=%E2%80%AEcod.exe",
            "name=%E2%81%A6x",
            "name=a%0",
            "name=%zz",
            "name=a&agree[]=x",
            "name[]=a",
        ] {
            let result = read(body);
            let empty = body == "name" && result.as_ref().is_ok_and(|f| f.name.is_empty());
            assert!(result.is_err() || empty, "{body:?} gave {result:?}");
        }
        assert!(read(&format!("name={}", "x".repeat(LONGEST_VALUE + 1))).is_err());
        assert!(read(&"name=&".repeat(MOST_FIELDS + 1)).is_err());
    }

    #[test]
    fn a_forms_content_is_known_again_and_other_content_told_apart() {
        let content = |body: &str, path: &str| {
            let mut fields = parse(body.as_bytes()).unwrap();
            form_key(&mut fields, path).unwrap().content
        };
        let first = content("a=1&b=2&form_key=k", "/x");
        assert_eq!(first, content("b=2&a=1&form_key=k", "/x"));
        assert_ne!(first, content("a=1&b=3&form_key=k", "/x"));
        assert_ne!(first, content("a=1&b=2&form_key=k", "/y"));
    }
}
