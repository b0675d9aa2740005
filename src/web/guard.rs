//! The one place where a request meets its rights. Before any handler: the host is ours, the
//! route exists, the person behind the cookie may go there, a post comes from our own page. After
//! it: failures become pages, and every answer gets its headers.

use std::future::{Ready, ready};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use subtle::ConstantTimeEq;

use super::page::{Page, Told, customer_of};
use super::{
    App, Fail, ROUTES, Route, account, carry, fail, headers, locale, proxy, reply, sitemap, slow,
};
use crate::customers;
use crate::db::{Conn, House};
use crate::error::{Error, Result};
use crate::mailbox;
use crate::people::{self, DeviceKey, Person, SessionKey, SignedIn};
use crate::values::{Contact, Fingerprint, Key, Language};
use crate::words::{self, Words};

/// The session's key. `__Host-` binds it to this host and to secure connections; browsers treat
/// the loopback as secure, other clients on plain http have to send it back by themselves.
const COOKIE: &str = "__Host-sid";

/// What tells a browser that somebody signed in with from one never seen; it stays when sessions
/// end.
const DEVICE: &str = "__Host-device";

/// One request, as far as pages care: who came, from where, reading which language.
#[derive(Clone)]
pub struct Visit(Arc<Facts>);

/// See [`Visit`].
pub struct Facts {
    pub words: &'static Words,
    pub request_id: String,
    pub address: String,
    pub agent: String,
    /// The browser's own key, given to it when somebody signed in.
    pub device: Option<DeviceKey>,
    /// Path and query.
    pub here: String,
    pub now: DateTime<Utc>,
    pub zone: chrono_tz::Tz,
    pub company: String,
    pub banner: String,
    pub scans: bool,
    /// What the previous page left to tell.
    pub told: Vec<Told>,
    pub customer_name: Option<String>,
    /// Whom the reader asks.
    pub contact: Contact,
    /// Letters the reader hasn't opened in the portal.
    pub unread: i64,
    key: SessionKey,
    signed_in: Option<SignedIn>,
}

impl Deref for Visit {
    type Target = Facts;
    fn deref(&self) -> &Facts {
        &self.0
    }
}

impl Visit {
    pub(super) fn of(request: &HttpRequest) -> Result<Self, Fail> {
        request.extensions().get::<Self>().cloned().ok_or_else(|| Fail::internal("no visit"))
    }

    pub fn person(&self) -> Option<&Person> {
        self.signed_in.as_ref().map(|s| &s.person)
    }

    /// Hash of the session's key, when there is a session.
    pub fn session(&self) -> Option<&str> {
        self.signed_in.as_ref().map(|s| s.session.key_hash.as_str())
    }

    /// The session's key, or the one a visitor has until they sign in.
    pub(super) fn key(&self) -> &SessionKey {
        &self.key
    }

    /// A page for this visit, with its title in the reader's language.
    pub fn page(&self, title: impl Into<String>) -> Page {
        Page::new(self, title.into())
    }

    /// The moment in words, in the company's zone.
    pub fn time(&self, at: DateTime<Utc>) -> String {
        words::date_time(self.words.language, self.zone, at)
    }

    /// The token every form carries: made of the cookie's key, which no other site can read.
    pub fn token(&self) -> String {
        token_of(&self.key)
    }

    /// Checks a posted token, in constant time.
    ///
    /// # Errors
    /// [`Fail::STALE`]: it is of another session, or of none.
    pub fn check_token(&self, token: &str) -> Result<(), Fail> {
        let fits: bool = self.token().as_bytes().ct_eq(token.as_bytes()).into();
        if fits { Ok(()) } else { Err(Fail::STALE) }
    }
}

pub(super) fn token_of(key: &SessionKey) -> String {
    Fingerprint::new("openrebate form token 1").field(key.secret()).finish()
}

impl FromRequest for Visit {
    type Error = Fail;
    type Future = Ready<Result<Self, Fail>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

/// The middleware around everything.
pub(super) async fn guard(
    app: App,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, actix_web::Error> {
    let begun = Instant::now();
    let request_id = uuid::Uuid::now_v7().simple().to_string();
    let payload = request.take_payload();
    request.set_payload(slow::bounded(payload));
    let (method, path) = (request.method().clone(), sitemap::logged(&request));
    let mut response = match admit(&app, &mut request, request_id.clone()).await {
        Ok(visit) => {
            let response = next.call(request).await?.map_into_boxed_body();
            finish(visit.as_ref(), response)
        }
        Err(answer) => request.into_response(*answer),
    };
    if sitemap::is_secret(response.request().match_pattern().as_deref()) {
        headers::keep_address(response.headers_mut());
    }
    headers::secure(&app, response.headers_mut());
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    let status = response.status().as_u16();
    let milliseconds = begun.elapsed().as_millis();
    tracing::info!(request_id, %method, path, status, milliseconds, "request");
    Ok(response)
}

/// Lets the request in, with its visit (none for machines), or says what is answered instead.
async fn admit(
    app: &App,
    request: &mut ServiceRequest,
    request_id: String,
) -> Result<Option<Visit>, Box<HttpResponse>> {
    let route = route_of(request);
    let machine = route.is_some_and(|r| r.path.starts_with("/healthz") || r.path == "/readyz");
    if machine {
        return Ok(None);
    }
    let host = request.headers().get(header::HOST).and_then(|v| v.to_str().ok());
    if !proxy::is_our_host(host.unwrap_or_default(), &app.config.base_url) {
        let answer = HttpResponse::build(StatusCode::MISDIRECTED_REQUEST)
            .content_type("text/plain; charset=utf-8")
            .body("This host is not the portal's base_url.\n");
        return Err(Box::new(answer));
    }
    if route.is_some_and(|r| r.path == super::assets::PATH) {
        return Ok(None);
    }
    let visit = match visit(app, request, &request_id).await {
        Ok(visit) => visit,
        Err(error) => {
            let visit = stranger(app, request, &request_id, SessionKey::random());
            return Err(Box::new(fail::render(&visit, &error.into())));
        }
    };
    request.extensions_mut().insert(visit.clone());
    let refuse = |fail: Fail| Err(Box::new(fail::render(&visit, &fail)));
    let Some(route) = route else { return refuse(Fail::NOT_FOUND) };
    // A zero byte is in no address of ours, and PostgreSQL fails over it.
    if visit.here.contains("%00") {
        return refuse(Fail::NOT_FOUND);
    }
    if request.method() == Method::POST && proxy::is_cross_site(request.headers()) {
        return refuse(Fail::STALE);
    }
    let identity = visit.person().map(Person::identity);
    if route.access.admits(identity.as_ref()) {
        let led = visit.person().is_some_and(|person| app.lacks_second_factor(person));
        if led && !route.serves_setup() {
            let location = account::second_factor::PATH;
            return reply::see_other(location).map_or_else(refuse, |answer| Err(Box::new(answer)));
        }
        return Ok(Some(visit));
    }
    if identity.is_some() {
        return refuse(Fail::NOT_FOUND);
    }
    if request.method() == Method::POST
        && let Some(page) = carry::held(&visit, route, request).await
    {
        return Err(Box::new(page));
    }
    let back = match *request.method() == Method::POST {
        true => proxy::came_from(request.headers(), &app.config.base_url),
        false => visit.here.clone(),
    };
    let location = format!("/sign-in?next={}", reply::query_value(&back));
    reply::see_other(location).map_or_else(refuse, |answer| Err(Box::new(answer)))
}

/// The row of the sitemap that this request asks for.
fn route_of(request: &ServiceRequest) -> Option<&'static Route> {
    let pattern = request.match_pattern()?;
    let asked = request.method();
    let method = if asked == Method::HEAD { &Method::GET } else { asked };
    ROUTES.iter().find(|route| route.path == pattern && route.method == *method)
}

/// Somebody of whom nothing is known.
fn stranger(app: &App, request: &ServiceRequest, request_id: &str, key: SessionKey) -> Visit {
    let headers = request.headers();
    let language = request
        .cookie(locale::COOKIE)
        .and_then(|cookie| Language::from_code(cookie.value()))
        .unwrap_or_else(|| locale::preferred(headers));
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    Visit(Arc::new(Facts {
        words: words::words(language),
        request_id: request_id.to_owned(),
        address: proxy::client(request.peer_addr(), headers, &app.config.trusted_proxies),
        agent: agent.to_owned(),
        device: request.cookie(DEVICE).and_then(|cookie| DeviceKey::parse(cookie.value())),
        here: request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned(),
        now: app.db.now(),
        zone: app.config.time_zone,
        company: app.config.company.clone(),
        banner: app.config.banner.clone(),
        scans: app.config.scanner.is_on(),
        told: Vec::new(),
        customer_name: None,
        contact: app.db.house().contact.clone(),
        unread: 0,
        key,
        signed_in: None,
    }))
}

async fn visit(app: &App, request: &ServiceRequest, request_id: &str) -> Result<Visit> {
    let key = request.cookie(COOKIE).and_then(|cookie| SessionKey::parse(cookie.value()));
    let Some(key) = key else {
        return Ok(stranger(app, request, request_id, SessionKey::random()));
    };
    let now = app.db.now();
    let (wanted, house) = (key.clone(), app.db.house().clone());
    let found = app
        .read(move |conn| {
            let Some(signed_in) = people::load_session(conn, &wanted, now)? else {
                return Ok(None);
            };
            let customer = customer_of(&signed_in.person);
            let customer = customer.map(|key| named(conn, key, &house)).transpose()?;
            let unread = mailbox::unread(conn, &signed_in.person.notices())?;
            Ok(Some((signed_in, customer, unread)))
        })
        .await?;
    let visit = stranger(app, request, request_id, key);
    let Some((signed_in, customer, unread)) = found else { return Ok(visit) };
    let reads = request.method() == Method::GET;
    // A page that asks by itself is no sign that somebody sits before it.
    let by_itself =
        request.match_pattern().is_some_and(|pattern| super::POLLED.contains(&pattern.as_str()));
    let told = if by_itself { Some(Vec::new()) } else { refresh(app, &signed_in, reads).await? };
    let Some(told) = told else { return Ok(visit) };
    let Ok(mut facts) = Arc::try_unwrap(visit.0) else {
        return Err(Error::internal("the visit is shared already"));
    };
    if let Some(language) = signed_in.person.language {
        facts.words = words::words(language);
    }
    (facts.told, facts.unread) = (told, unread);
    if let Some((name, contact)) = customer {
        (facts.customer_name, facts.contact) = (Some(name), contact);
    }
    facts.signed_in = Some(signed_in);
    Ok(Visit(Arc::new(facts)))
}

/// The customer's name, and whom it asks: every page says both.
fn named(conn: &mut Conn, customer: Key, house: &House) -> Result<(String, Contact)> {
    let customer = customers::by_id(conn, customer)?;
    let contact = customers::contact(conn, &customer, house)?;
    Ok((customer.name, contact))
}

/// Records the use of the session and takes what it has to tell. None when the session was ended
/// meanwhile.
async fn refresh(app: &App, signed_in: &SignedIn, reads: bool) -> Result<Option<Vec<Told>>> {
    let tells = reads && !signed_in.session.flash.is_empty();
    if !tells && !signed_in.touch_due {
        return Ok(Some(Vec::new()));
    }
    let touch = signed_in.touch_due;
    let session = signed_in.session.key_hash.clone();
    let done = app
        .write(signed_in.person.actor(None, None), move |tx| {
            if touch {
                people::touch_session(tx, &session)?;
            }
            if tells { people::take_flash(tx, &session) } else { Ok(String::new()) }
        })
        .await;
    match done {
        Ok(text) if text.is_empty() => Ok(Some(Vec::new())),
        Ok(text) => Ok(Some(vec![Told { text }])),
        Err(Error::NotFound) => Ok(None),
        // Who only reads needn't wait for writers: what there is to tell stays until the next page.
        Err(Error::Busy(_)) if reads => Ok(Some(Vec::new())),
        Err(error) => Err(error),
    }
}

/// Turns a failure into its page, and hands strangers a key for the token of their forms.
pub(super) fn finish(visit: Option<&Visit>, response: ServiceResponse) -> ServiceResponse {
    let Some(visit) = visit else { return response };
    let failed = response.response().error().map(|error| match error.as_error::<Fail>() {
        Some(fail) => fail::render(visit, fail),
        None => {
            let status = error.as_response_error().status_code();
            fail::render(visit, &Fail::of_status(status, error.to_string()))
        }
    });
    let mut response = match failed {
        Some(page) => response.into_response(page),
        None => response,
    };
    let headers = response.headers_mut();
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let has_session = headers
        .get_all(header::SET_COOKIE)
        .any(|value| value.as_bytes().starts_with(COOKIE.as_bytes()));
    if visit.signed_in.is_none() && !has_session {
        let _ = response.response_mut().add_cookie(&session_cookie(&visit.key));
    }
    response
}

/// The cookie with the session's key; it ends with the browser, the session by its own clock.
pub(super) fn session_cookie(key: &SessionKey) -> Cookie<'static> {
    Cookie::build(COOKIE, key.secret().to_owned())
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish()
}

/// The cookie with the browser's own key, which stays for as long as browsers keep any.
pub(super) fn device_cookie(key: &DeviceKey) -> Cookie<'static> {
    Cookie::build(DEVICE, key.secret().to_owned())
        .path("/")
        .max_age(Duration::days(400))
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::config::Config;
    use crate::db::{Clock, Db, House};

    /// The visit of somebody of whom nothing is known.
    pub fn stranger_visit() -> Visit {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("t.db").display()).parse().unwrap();
        let db = Db::open(&url, House::default(), Clock::Machine).unwrap();
        let app = App::new(db, Config::default());
        let request = actix_web::test::TestRequest::default().to_srv_request();
        stranger(&app, &request, "r", SessionKey::random())
    }

    #[test]
    fn a_token_fits_its_own_session_only() {
        let (one, other) = (stranger_visit(), stranger_visit());
        assert!(one.check_token(&one.token()).is_ok());
        assert!(one.check_token(&other.token()).is_err());
        assert!(one.check_token("").is_err());
        assert!(!one.token().contains(one.key.secret()));
    }

    #[test]
    fn where_somebody_wanted_to_go_survives_signing_in() {
        assert_eq!(reply::query_value("/a b?x=1&y=李"), "/a%20b%3Fx%3D1%26y%3D%E6%9D%8E");
    }
}
