//! Where a request comes from and which portal it asks for. Nothing a client writes is believed,
//! except `X-Forwarded-For` from a proxy the configuration names.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{self, HeaderMap};

/// The client's network address: the peer's, or, when the peer is a trusted proxy, the nearest
/// one to us in `X-Forwarded-For` that isn't a trusted proxy itself.
pub(super) fn client(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &[IpAddr]) -> String {
    let Some(peer) = peer.map(|p| p.ip().to_canonical()) else { return "unknown".to_owned() };
    let mut nearest = peer;
    if trusted.contains(&peer) {
        let named: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        for text in named.iter().rev() {
            let Ok(address) = text.trim().parse::<IpAddr>() else { break };
            nearest = address.to_canonical();
            if !trusted.contains(&nearest) {
                break;
            }
        }
    }
    nearest.to_string()
}

/// `host:port` of a URL.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn without_port(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority.split_inclusive(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

fn is_loopback(authority: &str) -> bool {
    let name = without_port(authority).trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether the URL names this machine, where browsers keep secure cookies without TLS.
pub(super) fn is_loopback_url(url: &str) -> bool {
    is_loopback(authority(url))
}

/// Whether the portal answers to this `Host`: the configured one, and the loopback names.
pub(super) fn is_our_host(host: &str, base_url: &str) -> bool {
    host.eq_ignore_ascii_case(authority(base_url)) || is_loopback(host)
}

/// The page of ours that a form was posted from, path and query; the start page when the browser
/// doesn't say.
pub(super) fn came_from(headers: &HeaderMap, base_url: &str) -> String {
    let page = headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    let path = page.and_then(|page| page.strip_prefix(base_url)).unwrap_or_default();
    if path.starts_with('/') { path.to_owned() } else { "/".to_owned() }
}

/// Whether a post may come from another site. Browsers say so in `Sec-Fetch-Site` and `Origin`;
/// programs that aren't browsers say nothing, and carry no cookies of anybody either.
pub(super) fn is_cross_site(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site != "same-origin" && site != "none";
    }
    let text = |name| headers.get(name).and_then(|v: &header::HeaderValue| v.to_str().ok());
    match (text(header::ORIGIN), text(header::HOST)) {
        (None, _) => false,
        (Some(origin), Some(host)) => !authority(origin).eq_ignore_ascii_case(host),
        (Some(_), None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderName;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        map
    }

    #[test]
    fn a_form_leads_back_to_its_own_page_of_ours() {
        let from = |page: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::REFERER, page.parse().unwrap());
            came_from(&headers, "https://rebates.example.com")
        };
        assert_eq!(from("https://rebates.example.com/disputes?show=open"), "/disputes?show=open");
        for other in ["https://rebates.example.com", "https://rebates.example.com.evil/x", "/x"] {
            assert_eq!(from(other), "/", "{other}");
        }
        assert_eq!(came_from(&HeaderMap::new(), "https://rebates.example.com"), "/");
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let trusted: [IpAddr; 2] = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        for (peer, forwarded, expected) in [
            ("8.8.8.8:1", "6.6.6.6", "8.8.8.8"),
            ("10.0.0.1:1", "6.6.6.6", "6.6.6.6"),
            ("10.0.0.1:1", "1.1.1.1, 6.6.6.6", "6.6.6.6"),
            ("10.0.0.1:1", "1.1.1.1, 6.6.6.6, 10.0.0.2", "6.6.6.6"),
            ("10.0.0.1:1", "6.6.6.6, rubbish", "10.0.0.1"),
            ("10.0.0.1:1", "", "10.0.0.1"),
            ("[::ffff:10.0.0.1]:1", "6.6.6.6", "6.6.6.6"),
        ] {
            let headers = headers(&[("x-forwarded-for", forwarded)]);
            let peer = Some(peer.parse().unwrap());
            assert_eq!(client(peer, &headers, &trusted), expected, "{forwarded}");
        }
    }

    #[test]
    fn the_portal_answers_to_its_own_name_and_to_the_loopback() {
        for (host, expected) in [
            ("rebates.example.com", true),
            ("REBATES.example.com", true),
            ("rebates.example.com:8080", false),
            ("localhost:8080", true),
            ("127.0.0.1:9", true),
            ("[::1]:9", true),
            ("127.0.0.1.evil.example", false),
            ("evil.example", false),
            ("", false),
        ] {
            assert_eq!(is_our_host(host, "https://rebates.example.com"), expected, "{host}");
        }
    }

    #[test]
    fn a_post_from_another_site_is_told_by_its_headers() {
        for (pairs, expected) in [
            (vec![], false),
            (vec![("sec-fetch-site", "same-origin")], false),
            (vec![("sec-fetch-site", "none")], false),
            (vec![("sec-fetch-site", "same-site")], true),
            (vec![("sec-fetch-site", "cross-site")], true),
            (vec![("origin", "https://a.example"), ("host", "a.example")], false),
            (vec![("origin", "https://b.example"), ("host", "a.example")], true),
            (vec![("origin", "null"), ("host", "a.example")], true),
        ] {
            assert_eq!(is_cross_site(&headers(&pairs)), expected, "{pairs:?}");
        }
    }
}
