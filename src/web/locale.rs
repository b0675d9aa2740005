//! Which language a visitor reads: what they chose wins over what the browser says.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{self, HeaderMap};

use crate::values::Language;

/// Remembers the choice of somebody who isn't signed in.
pub(super) const COOKIE: &str = "__Host-language";

/// The cookie that keeps the choice for a year.
pub(super) fn cookie(language: Language) -> Cookie<'static> {
    Cookie::build(COOKIE, language.as_str())
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(actix_web::cookie::time::Duration::days(365))
        .finish()
}

/// The language the browser prefers among ours; Chinese when it names neither.
pub(super) fn preferred(headers: &HeaderMap) -> Language {
    let accepted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut best: Option<(u32, Language)> = None;
    for part in accepted.split(',') {
        let (tag, quality) = part.split_once(";q=").unwrap_or((part, "1"));
        let tag = tag.trim().to_ascii_lowercase();
        let language = match tag.split('-').next() {
            Some("zh") => Language::ZhCn,
            Some("en") => Language::En,
            _ => continue,
        };
        let quality = thousandths(quality.trim());
        if quality > 0 && best.is_none_or(|(found, _)| quality > found) {
            best = Some((quality, language));
        }
    }
    best.map_or(Language::default(), |(_, language)| language)
}

/// `0.8` as 800; what isn't a quality counts as 1000.
fn thousandths(text: &str) -> u32 {
    match text.split_once('.') {
        Some(("0", digits)) if digits.len() <= 3 => format!("{digits:0<3}").parse().unwrap_or(1000),
        None if text == "0" => 0,
        _ => 1000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_first_choice_among_ours_counts() {
        for (accepted, expected) in [
            ("", Language::ZhCn),
            ("de-DE,de;q=0.9", Language::ZhCn),
            ("en-GB,en;q=0.9,zh-CN;q=0.8", Language::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::ZhCn),
            ("de,en;q=0.3,zh;q=0.7", Language::ZhCn),
            ("zh;q=0,en;q=0.1", Language::En),
            ("en;q=rubbish", Language::En),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
            assert_eq!(preferred(&headers), expected, "{accepted}");
        }
    }
}
