//! Ordinary answers: a page, or the way to one.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use askama::Template;

use super::{Answer, Fail};

/// 200 with the page.
pub fn page(template: &impl Template) -> Answer {
    with_status(StatusCode::OK, template)
}

/// 422 with the page: the form again, with what was typed and what is wrong
/// ([`super::Page::with_problems`]).
pub fn form_again(template: &impl Template) -> Answer {
    with_status(StatusCode::UNPROCESSABLE_ENTITY, template)
}

/// 409 with the page as it stands now: a rule says no, and the page says which.
pub fn refused_again(template: &impl Template) -> Answer {
    with_status(StatusCode::CONFLICT, template)
}

pub(super) fn with_status(status: StatusCode, template: &impl Template) -> Answer {
    let html = template.render()?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html))
}

/// 303: the browser fetches the result, so that reloading it posts nothing again.
pub fn see_other(location: impl AsRef<str>) -> Answer {
    let location = header::HeaderValue::from_str(location.as_ref()).map_err(Fail::internal)?;
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish())
}

/// A file to keep or to open beside the page. The name may be Chinese.
pub fn download(name: &str, content_type: &'static str, bytes: Vec<u8>) -> HttpResponse {
    use std::fmt::Write;
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' })
        .collect();
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"),
        ))
        .body(bytes)
}

/// A text as the value of a query, or as a step of a path.
pub(super) fn query_value(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// A path of this portal that somebody may be sent to; anything else leads to the front.
pub(super) fn local(path: &str) -> &str {
    let plain = path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= 500
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if plain { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_away_from_the_portal() {
        for (path, expected) in [
            ("/statements?page=2", "/statements?page=2"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("javascript:alert(1)", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
            ("", "/"),
        ] {
            assert_eq!(local(path), expected);
        }
    }

    #[test]
    fn a_download_keeps_its_chinese_name() {
        let response = download("对账单 1.csv", "text/csv", Vec::new());
        let value = response.headers().get("content-disposition").unwrap().to_str().unwrap();
        assert_eq!(
            value,
            "attachment; filename=\"____1.csv\"; \
             filename*=UTF-8''%E5%AF%B9%E8%B4%A6%E5%8D%95%201.csv"
        );
    }
}
