//! SMTP with the company's relay: one conversation for many letters, each step with its own end.
//!
//! A relay that answers a byte a second keeps nobody longer than one that is silent, because the
//! clock runs for the answer and not for the byte. Connections set TCP_NODELAY: without it each
//! turn waits 40 ms for a delayed acknowledgement.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use lettre::transport::smtp::{Error as SmtpError, SUBMISSION_PORT};
use lettre::{Address, Message};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;

use super::rules::{Failure, Stage};
use super::transport::{Outgoing, Sender, Transport, build};
use crate::error::{Error, Result};

/// How SMTP is spoken with the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// STARTTLS, and nothing without it.
    StartTls,
    /// TLS from the first byte.
    Implicit,
    /// In the clear: to this machine only.
    None,
}

/// Where the relay is, and how to speak with it.
#[derive(Clone)]
pub struct Relay<'a> {
    pub host: &'a str,
    pub port: u16,
    pub security: Security,
    /// Certificates (PEM) of authorities the relay's own may come from, besides the known ones.
    pub authorities: Option<&'a Path>,
    /// Name and password, where the relay wants them.
    pub login: Option<(&'a str, &'a str)>,
    /// How long to wait for the answer to a whole letter; half of it for anything else.
    pub patience: Duration,
    /// Letters a minute to a domain, for those that don't take them all at once; `*` is for the
    /// domains that aren't named.
    pub pace: Option<&'a BTreeMap<String, u32>>,
}

impl Default for Relay<'_> {
    fn default() -> Self {
        Self {
            host: "localhost",
            port: SUBMISSION_PORT,
            security: Security::StartTls,
            authorities: None,
            login: None,
            patience: PATIENCE,
            pace: None,
        }
    }
}

/// RFC 5321 asks for ten minutes after the final dot.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// Relays hang up on who is silent; a connection that was is not used again.
const IDLE: Duration = Duration::from_secs(30);

/// Letters over one connection; relays count too.
const LETTERS: u32 = 100;

/// Speaks SMTP with a relay, over as many connections as letters are sent at once.
pub struct Smtp {
    runtime: Runtime,
    host: String,
    port: u16,
    security: Security,
    tls: Option<TlsParameters>,
    login: Option<Credentials>,
    hello: ClientId,
    patience: Duration,
    pace: BTreeMap<String, u32>,
    sender: Sender,
    parked: Mutex<Vec<Line>>,
}

/// A connection to the relay.
struct Line {
    connection: AsyncSmtpConnection,
    since: Instant,
    letters: u32,
}

impl Smtp {
    /// # Errors
    /// The host's name or a certificate can't be right, or mail would cross the network in the
    /// clear.
    pub fn open(relay: &Relay<'_>, sender: Sender) -> Result<Self> {
        let host = relay.host;
        if relay.security == Security::None && !is_loopback(host) {
            return Err(Error::internal(format!(
                "mail.tls = \"none\" is for a relay on this machine, and {host:?} isn't: use \
                 \"required\" or \"implicit\""
            )));
        }
        let tls = match relay.security {
            Security::None => None,
            _ => Some(tls(host, relay.authorities)?),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("smtp")
            .enable_all()
            .build()?;
        Ok(Self {
            runtime,
            host: host.to_owned(),
            port: relay.port,
            security: relay.security,
            tls,
            login: relay
                .login
                .map(|(name, password)| Credentials::new(name.to_owned(), password.to_owned())),
            hello: ClientId::default(),
            patience: relay.patience,
            pace: relay.pace.cloned().unwrap_or_default(),
            sender,
            parked: Mutex::default(),
        })
    }

    async fn converse(&self, message: &Message) -> Result<(), Failure> {
        let envelope = message.envelope();
        let (from, content) = (envelope.from().cloned(), message.formatted());
        let options = options(message, &content);
        let mut line = match self.resume(&from, &options).await {
            Some(line) => line,
            None => self.begin(&from, &options).await?,
        };
        for to in envelope.to() {
            if let Err(failure) = self.address(&mut line, to).await {
                // The relay is well, the recipient isn't: the next letter goes the same way.
                let reset = self.say(Stage::Recipient, line.connection.command(Rset)).await;
                if reset.is_ok() {
                    self.park(line);
                }
                return Err(failure);
            }
        }
        self.say(Stage::Content, line.connection.command(Data)).await?;
        let sent = line.connection.message(&content);
        let answer = within(self.patience, Stage::Content, sent).await;
        // Refused for good is still well spoken.
        if !matches!(answer, Err(Failure::Transient(_) | Failure::Relay(_))) {
            self.park(line);
        }
        answer.map(|_| ())
    }

    async fn address(&self, line: &mut Line, to: &Address) -> Result<(), Failure> {
        let command = Rcpt::new(to.clone(), Vec::new());
        self.say(Stage::Recipient, line.connection.command(command)).await.map(|_| ())
    }

    /// Begins the letter on a connection that is open already; None where there is none, or the
    /// relay has ended it: then nothing has been said that a new one couldn't say again.
    async fn resume(&self, from: &Option<Address>, options: &[MailParameter]) -> Option<Line> {
        loop {
            let mut line = self.parked.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if line.since.elapsed() > IDLE || line.letters >= LETTERS {
                drop(timeout(QUITTING, line.connection.quit()).await);
                continue;
            }
            let command = Mail::new(from.clone(), options.to_vec());
            if self.say(Stage::Sender, line.connection.command(command)).await.is_ok() {
                return Some(line);
            }
        }
    }

    async fn begin(
        &self,
        from: &Option<Address>,
        options: &[MailParameter],
    ) -> Result<Line, Failure> {
        let connection = timeout(self.patience / 2, self.connect()).await;
        let late = |_| Failure::Relay(format!("{} did not answer in time", self.place()));
        let connection = connection.map_err(late)??;
        let mut line = Line { connection, since: Instant::now(), letters: 0 };
        let command = Mail::new(from.clone(), options.to_vec());
        self.say(Stage::Sender, line.connection.command(command)).await?;
        Ok(line)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let failed = |why: String| Failure::Relay(format!("{}: {why}", self.place()));
        let smtp = |error: SmtpError| {
            let why = with_sources(&error);
            let hint = match why.contains("invalid peer certificate") {
                true => "; mail.authorities may name certificates of authorities of your own",
                false => "",
            };
            failed(format!("{why}{hint}"))
        };
        let mut connection = match (&self.tls, self.security) {
            // lettre makes this socket itself, and leaves its delay on.
            (Some(tls), Security::Implicit) => {
                let (there, tls) = ((&*self.host, self.port), Some(tls.clone()));
                let half = Some(self.patience / 2);
                AsyncSmtpConnection::connect_tokio1(there, half, &self.hello, tls, None).await
            }
            _ => {
                let stream = TcpStream::connect((&*self.host, self.port)).await;
                let stream = stream.map_err(|e| failed(e.to_string()))?;
                stream.set_nodelay(true).map_err(|e| failed(e.to_string()))?;
                AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello).await
            }
        }
        .map_err(smtp)?;
        if let (Some(tls), Security::StartTls) = (&self.tls, self.security) {
            connection.starttls(tls.clone(), &self.hello).await.map_err(smtp)?;
        }
        if let Some(login) = &self.login {
            let ways = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&ways, login).await.map_err(smtp)?;
        }
        Ok(connection)
    }

    fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    async fn say(
        &self,
        stage: Stage,
        turn: impl Future<Output = Result<Response, SmtpError>>,
    ) -> Result<Response, Failure> {
        within(self.patience / 2, stage, turn).await
    }

    fn park(&self, mut line: Line) {
        line.letters += 1;
        line.since = Instant::now();
        self.parked.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

impl Transport for Smtp {
    fn send(&self, letter: &Outgoing) -> Result<(), Failure> {
        let message = build(&self.sender, letter)?;
        self.runtime.block_on(self.converse(&message))
    }

    fn pace(&self, domain: &str) -> Option<TimeDelta> {
        let letters = self.pace.get(domain).or_else(|| self.pace.get("*")).copied()?;
        (letters > 0).then(|| TimeDelta::milliseconds(60_000 / i64::from(letters)))
    }
}

/// How long a relay is given to say good-bye.
const QUITTING: Duration = Duration::from_secs(1);

/// One turn of the conversation, up to its end.
async fn within(
    patience: Duration,
    stage: Stage,
    turn: impl Future<Output = Result<Response, SmtpError>>,
) -> Result<Response, Failure> {
    match timeout(patience, turn).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => {
            let why = with_sources(&error);
            Err(match error.status() {
                Some(code) => Failure::by_answer(stage, u16::from(code), why),
                None => Failure::Transient(why),
            })
        }
        Err(_) => Err(Failure::Transient(format!("the relay did not answer within {patience:?}"))),
    }
}

/// What the relay has to know of the letter before.
fn options(message: &Message, content: &[u8]) -> Vec<MailParameter> {
    let mut options = Vec::new();
    let envelope = message.envelope();
    let ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
    if !envelope.to().iter().chain(envelope.from()).all(ascii) {
        options.push(MailParameter::SmtpUtfEight);
    }
    if !content.is_ascii() {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    options
}

fn tls(host: &str, authorities: Option<&Path>) -> Result<TlsParameters> {
    let mut builder = TlsParametersBuilder::new(host.to_owned());
    if let Some(path) = authorities {
        let wrong =
            |why: String| Error::internal(format!("mail.authorities: {}: {why}", path.display()));
        let pem = std::fs::read(path).map_err(|e| wrong(e.to_string()))?;
        if !pem.windows(BEGIN.len()).any(|part| part == BEGIN) {
            return Err(wrong("holds no certificate as PEM".to_owned()));
        }
        let certificate = Certificate::from_pem(&pem).map_err(|e| wrong(with_sources(&e)))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder
        .build()
        .map_err(|e| Error::internal(format!("mail.host {host:?}: {}", with_sources(&e))))
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The error and what it came of; certificates are refused for reasons that stand inside.
fn with_sources(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let text = source.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        next = source.source();
    }
    said
}
