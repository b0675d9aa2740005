//! What every answer tells the browser not to do.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::App;

const CSP: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
                   script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Lets the browser tell the next page only from which portal it comes.
pub(super) fn keep_address(headers: &mut HeaderMap) {
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
}

pub(super) fn secure(app: &App, headers: &mut HeaderMap) {
    // A page that is stricter says so itself.
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    ] {
        // A page whose address opens something doesn't tell it to the next.
        let own = name == "referrer-policy" && headers.contains_key(name);
        if !own {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
    }
    if app.config.base_url.starts_with("https://") {
        let value = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
}
