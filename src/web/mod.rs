//! The browser's door: the [`sitemap`], and how requests get to pages.
//!
//! [`ROUTES`] lists every address with who may go there; [`guard`] enforces it, in that one place,
//! before a handler runs. Handlers read through [`App::read`] and change through [`App::post`],
//! both off the event loop, fill a page struct with plain data, and answer with
//! [`reply::page`] or [`reply::see_other`]. What goes wrong becomes a page in [`fail`].

mod access;
mod account;
mod assets;
mod bank_view;
mod carry;
mod contain;
mod customer;
mod explanation_files;
mod expiry_view;
mod explanation_view;
mod dispute_evidence;
mod dispute_tables;
mod dispute_view;
pub mod fail;
mod filters;
pub mod form;
pub mod guard;
mod headers;
mod health;
mod locale;
mod page;
mod person_form;
mod programme_view;
mod proxy;
pub mod reply;
mod sitemap;
mod slow;
mod statement_files;
mod statement_view;
mod throttle;
mod staff;
mod step_up;
pub mod upload;
mod user;

use std::future::{Ready, ready};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest, web};
use tokio::sync::Semaphore;

use crate::config::Config;
use crate::db::{Conn, Db, FormResult, Tx, form_result, remember_form};
use crate::error::{Error, Result};
use crate::people::{
    self, CodeAnswer, CodeTyped, Credentials, PasswordHash, Person, RecoveryCode, SignIn,
};
use crate::values::Actor;
pub use access::Access;
pub use fail::{Answer, Fail};
pub use form::{Form, FormKey};
pub use guard::Visit;
pub use page::Page;
use sitemap::{POLLED, opens};
pub use sitemap::{ROUTES, Route};
pub use upload::{Upload, UploadForm, UploadLimits, UploadedFile};
pub use user::{CustomerUser, StaffUser, User};

/// Password hashes computed at once: one a core; more wait, and still more are sent away.
const HASHES_WAITING: usize = 32;

/// What every handler works with. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub db: Db,
    pub config: Arc<Config>,
    hashing: Arc<Semaphore>,
    hashes_waiting: Arc<Semaphore>,
    /// Asks of the page that checks papers.
    checks: Arc<throttle::Throttle>,
}

impl App {
    pub fn new(db: Db, config: Config) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            db,
            config: Arc::new(config),
            hashing: Arc::new(Semaphore::new(cores)),
            hashes_waiting: Arc::new(Semaphore::new(cores + HASHES_WAITING)),
            checks: Arc::default(),
        }
    }

    /// Reads at one moment, off the event loop.
    ///
    /// # Errors
    /// What the closure returns, or that the database is away.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let db = self.db.clone();
        off_loop(move || db.read(work)).await
    }

    /// Changes something, off the event loop. Pages that answer a form use [`App::post`].
    ///
    /// # Errors
    /// What the closure returns, or that the database is busy or away.
    pub async fn write<T: Send + 'static>(
        &self,
        actor: Actor,
        work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let db = self.db.clone();
        off_loop(move || db.write(&actor, work)).await
    }

    /// Verifies somebody's password and opens a session.
    async fn sign_in(&self, credentials: Credentials) -> Result<SignIn, Fail> {
        self.hash(move |db| people::sign_in(db, &credentials)).await
    }

    /// Verifies the code of somebody halfway through signing in, and opens a session.
    async fn answer_code(&self, typed: CodeTyped) -> Result<CodeAnswer, Fail> {
        self.hash(move |db| people::answer_code(db, &typed)).await
    }

    /// Makes recovery codes.
    async fn recovery_codes(&self) -> Result<Vec<RecoveryCode>, Fail> {
        self.hash(|_| people::recovery_codes()).await
    }

    /// Whether the person has to set up a second factor before anything else.
    fn lacks_second_factor(&self, person: &Person) -> bool {
        person.second_factor_since.is_none() && self.config.security.requires(&person.side)
    }

    /// Hashes a password that somebody chose.
    ///
    /// # Errors
    /// Too many wait already.
    pub async fn hash_password(&self, password: String) -> Result<PasswordHash, Fail> {
        self.hash(move |_| people::hash_password(&password)).await
    }

    /// Hashes a password: one core's work for a tenth of a second, so only so many at once wait,
    /// and others keep being served.
    async fn hash<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T> + Send + 'static,
    ) -> Result<T, Fail> {
        let _waiting = self.hashes_waiting.try_acquire().map_err(|_| Fail::CROWDED)?;
        let _turn = self.hashing.acquire().await.map_err(Fail::internal)?;
        let db = self.db.clone();
        Ok(off_loop(move || work(&db)).await?)
    }

    /// Changes something because a form was posted, once: the closure returns where the result can
    /// be seen, and a repeated post of the same form only gets that address again.
    ///
    /// # Errors
    /// What the closure returns; [`Error::Duplicate`] when the same form came with other content.
    pub async fn post(
        &self,
        actor: Actor,
        key: FormKey,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<String> + Send + 'static,
    ) -> Result<String> {
        self.write(actor, move |tx| {
            let person = tx.by().person().cloned().ok_or(Error::NotFound)?;
            match form_result(tx, &key.key, &person, &key.content)? {
                FormResult::Done(location) => Ok(location),
                FormResult::Reused => Err(Error::Duplicate),
                FormResult::New => {
                    let location = work(tx)?;
                    remember_form(tx, &key.key, &person, &key.content, &location)?;
                    Ok(location)
                }
            }
        })
        .await
    }
}

impl App {
    /// Where the result of a form posted before can be seen: for work too long for one
    /// transaction, which looks here first and ends with [`App::post`].
    ///
    /// # Errors
    /// [`Error::Duplicate`] when the same form came with other content.
    pub async fn posted(&self, actor: &Actor, key: &FormKey) -> Result<Option<String>> {
        let person = actor.person().cloned().ok_or(Error::NotFound)?;
        let key = key.clone();
        self.read(move |conn| match form_result(conn, &key.key, &person, &key.content)? {
            FormResult::Done(location) => Ok(Some(location)),
            FormResult::Reused => Err(Error::Duplicate),
            FormResult::New => Ok(None),
        })
        .await
    }
}

impl FromRequest for App {
    type Error = Fail;
    type Future = Ready<Result<Self, Fail>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.app_data::<Self>().cloned().ok_or_else(|| Fail::internal("no App")))
    }
}

async fn off_loop<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    // The pool loses work only to a panic in it, which is a defect.
    web::block(work).await.map_err(|e| Error::internal(format!("the work panicked: {e}")))?
}

/// Serves the portal on the listener until the server is stopped (SIGTERM, SIGINT or its handle);
/// requests under way get ten seconds to end. Call it within the runtime of actix.
///
/// # Errors
/// The listener can't be used.
pub fn run(app: App, listener: TcpListener) -> std::io::Result<actix_web::dev::Server> {
    if !app.config.base_url.starts_with("https://") && !proxy::is_loopback_url(&app.config.base_url)
    {
        tracing::warn!(
            base_url = app.config.base_url,
            "browsers keep the sign-in cookie only over https:// or on this machine: \
             put a TLS-ending proxy in front and set base_url to its https:// address"
        );
    }
    let server = actix_web::HttpServer::new(move || {
        actix_web::App::new()
            .app_data(app.clone())
            .configure(routes)
            .default_service(web::to(fail::not_found))
            .wrap(actix_web::middleware::from_fn(guard::guard))
            .wrap(actix_web::middleware::Compress::default())
    })
    .client_request_timeout(Duration::from_secs(5))
    .keep_alive(Duration::from_secs(15))
    .shutdown_timeout(10)
    .listen(listener)?
    .run();
    Ok(server)
}

/// Serves until stopped, in a runtime of its own: what `openrebate serve` does.
///
/// # Errors
/// As for [`run`].
pub fn serve(app: App, listener: TcpListener) -> Result<()> {
    Ok(actix_web::rt::System::new().block_on(async move { run(app, listener)?.await })?)
}

/// Registers every path once, with all its methods.
fn routes(config: &mut web::ServiceConfig) {
    let mut paths: Vec<&str> = ROUTES.iter().map(|route| route.path).collect();
    paths.dedup();
    for path in paths {
        let mut resource = web::resource(path);
        for route in ROUTES.iter().filter(|route| route.path == path) {
            let methods = if route.method == Method::GET {
                actix_web::guard::Any(actix_web::guard::Get()).or(actix_web::guard::Head())
            } else {
                actix_web::guard::Any(actix_web::guard::Method(route.method.clone()))
            };
            resource = resource.route((route.handler)().guard(methods));
        }
        config.service(resource.wrap(actix_web::middleware::from_fn(contain::contain)));
    }
}
