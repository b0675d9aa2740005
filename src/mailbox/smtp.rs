//! SMTP with the company's relay: one conversation for many letters, each step with its own end.
//!
//! A relay that answers a byte a second keeps nobody longer than one that is silent, because the
//! clock runs for the answer and not for the byte. A letter leaves with its final dot in one piece,
//! and connections set TCP_NODELAY: otherwise each waits 40 ms for a delayed acknowledgement. Each
//! connection brings a runtime of its own, so that a turn of its conversation wakes no other thread.
//! Where the relay lets us, what stands on the envelope is said at once: two turns a letter, not
//! four.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::future::Future;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use lettre::transport::smtp::{Error as SmtpError, SUBMISSION_PORT};
use lettre::{Address, Message};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::lines::{Lines, Seat, Way};
use super::noting::{Noted, Turn};
use super::rules::{Failure, Stage};
use super::transport::{Outgoing, Sender, Transport, build, unnoted};
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
    /// Letters at once, each over a connection of its own.
    pub connections: usize,
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
            connections: CONNECTIONS,
            patience: PATIENCE,
            pace: None,
        }
    }
}

/// RFC 5321 asks for ten minutes after the final dot.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// Each takes a letter at a time, up to the write that notes it. Postfix lets one who sends have fifty;
/// a relay that lets one have fewer says so, and gets fewer.
pub const CONNECTIONS: usize = 40;

/// Relays hang up on who is silent; a connection that was is not used again.
const IDLE: Duration = Duration::from_secs(30);

/// Letters over one connection; relays count too.
const LETTERS: u32 = 100;

/// Speaks SMTP with a relay, over as many connections as letters are sent at once.
pub struct Smtp {
    host: String,
    port: u16,
    security: Security,
    tls: Option<TlsParameters>,
    login: Option<Credentials>,
    hello: ClientId,
    connections: usize,
    patience: Duration,
    pace: BTreeMap<String, u32>,
    sender: Sender,
    lines: Lines<Line>,
}

/// A connection to the relay, and what runs its conversation: they stay together.
struct Line {
    connection: AsyncSmtpConnection,
    runtime: Runtime,
    offers: Offers,
    since: Instant,
    letters: u32,
    /// Whether the last letter it took is noted.
    noted: Noted,
    _seat: Seat<Line>,
}

/// What a relay says it can.
#[derive(Debug, Clone, Copy)]
struct Offers {
    /// Takes several commands before it answers the first (RFC 2920).
    pipelining: bool,
    /// Refuses a letter that is too large before it has come (RFC 1870).
    size: bool,
}

/// A letter and what stands on its envelope.
struct Letter {
    from: Option<Address>,
    to: Address,
    options: Vec<MailParameter>,
    content: String,
}

impl Letter {
    fn of(message: &Message) -> Result<Self, Failure> {
        let wrong = |why: &str| Failure::Permanent(why.to_owned());
        let envelope = message.envelope();
        let content = String::from_utf8(message.formatted());
        let content = content.map_err(|_| wrong("it isn't text"))?;
        let [to] = envelope.to() else { return Err(wrong("it has not one recipient")) };
        Ok(Self {
            from: envelope.from().cloned(),
            to: to.clone(),
            options: options(message, &content),
            content,
        })
    }
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
        Ok(Self {
            host: host.to_owned(),
            port: relay.port,
            security: relay.security,
            tls,
            login: relay
                .login
                .map(|(name, password)| Credentials::new(name.to_owned(), password.to_owned())),
            hello: ClientId::default(),
            connections: relay.connections,
            patience: relay.patience,
            pace: relay.pace.cloned().unwrap_or_default(),
            sender,
            lines: Lines::new(),
        })
    }

    fn converse(&self, message: &Message, turn: &Turn<'_>) -> Result<(), Failure> {
        let letter = Letter::of(message)?;
        let mut line = self.begun(&letter)?;
        let recipient = Rcpt::new(letter.to.clone(), Vec::new());
        if let Err(failure) = self.next(&mut line, Stage::Recipient, recipient) {
            if self.is_well(&mut line) {
                self.park(line);
            }
            return Err(failure);
        }
        self.next(&mut line, Stage::Content, Data)?;
        if !turn.may_end(&line.noted) {
            return Err(unnoted());
        }
        let Line { connection, runtime, .. } = &mut line;
        let said = connection.command(Whole(&letter.content));
        let answer = runtime.block_on(within(self.patience, Stage::Content, said));
        if answer.is_ok() {
            line.noted = turn.noted.clone();
        }
        // Refused for good is still well spoken.
        if !matches!(answer, Err(Failure::Transient(_) | Failure::Relay(_))) {
            self.park(line);
        }
        answer.map(|_| ())
    }

    /// Begins the letter on a connection that is open already, or on a new one.
    fn begun(&self, letter: &Letter) -> Result<Line, Failure> {
        let until = Instant::now() + self.patience / 2;
        loop {
            let seat = match self.lines.way(until) {
                Some(Way::Open(line)) => match self.resume(line, letter) {
                    Some(begun) => return begun,
                    None => continue,
                },
                Some(Way::New(seat)) => seat,
                None => return Err(Failure::Relay(format!("{} is crowded", self.place()))),
            };
            match self.begin(letter, seat) {
                // Who refuses the letter for now has room for the connection.
                Err(Failure::Relay(why)) if self.lines.refused() => {
                    tracing::debug!(why, "no further connection");
                }
                begun => return begun,
            }
        }
    }

    /// None where the connection is used up, or the relay has ended it: then nothing has been said
    /// that another couldn't say again.
    fn resume(&self, mut line: Line, letter: &Letter) -> Option<Result<Line, Failure>> {
        if line.since.elapsed() > IDLE || line.letters >= LETTERS {
            let Line { connection, runtime, .. } = &mut line;
            drop(runtime.block_on(async { timeout(QUITTING, connection.quit()).await }));
            return None;
        }
        match self.open_with(&mut line, letter) {
            Ok(()) => Some(Ok(line)),
            Err(refused @ Failure::Enclosure(_)) => Some(Err(refused)),
            Err(_) => None,
        }
    }

    fn begin(&self, letter: &Letter, seat: Seat<Line>) -> Result<Line, Failure> {
        let ours = |error: std::io::Error| Failure::Relay(error.to_string());
        let runtime = Builder::new_current_thread().enable_all().build().map_err(ours)?;
        let connection =
            runtime.block_on(async { timeout(self.patience / 2, self.connect()).await });
        let late = |_| Failure::Relay(format!("{} did not answer in time", self.place()));
        let (connection, offers) = connection.map_err(late)??;
        let (since, noted) = (Instant::now(), Noted::already());
        let (letters, _seat) = (0, seat);
        let mut line = Line { connection, runtime, offers, since, letters, noted, _seat };
        self.open_with(&mut line, letter)?;
        Ok(line)
    }

    /// Says whom the letter is from; at once whom it is to, too, where the relay lets one.
    fn open_with(&self, line: &mut Line, letter: &Letter) -> Result<(), Failure> {
        let mut options = letter.options.clone();
        if line.offers.size {
            options.push(MailParameter::Size(letter.content.len()));
        }
        let mail = Mail::new(letter.from.clone(), options);
        if line.offers.pipelining {
            let recipient = Rcpt::new(letter.to.clone(), Vec::new());
            return self.say(line, Stage::Sender, format!("{mail}{recipient}{Data}"));
        }
        self.say(line, Stage::Sender, mail)
    }

    /// Goes on with the letter, unless that was said at its opening.
    fn next(&self, line: &mut Line, stage: Stage, command: impl Display) -> Result<(), Failure> {
        if !line.offers.pipelining {
            return self.say(line, stage, command);
        }
        let Line { connection, runtime, .. } = line;
        let turn = within(self.patience / 2, stage, connection.read_response());
        runtime.block_on(turn).map(|_| ())
    }

    /// Whether the relay is well, and only the recipient isn't: then the next letter goes the same
    /// way. A relay that asks for the content all the same would take the next command for it.
    fn is_well(&self, line: &mut Line) -> bool {
        let Line { connection, runtime, offers, .. } = line;
        let reset = async {
            let asked = offers.pipelining && connection.read_response().await.is_ok();
            !asked && connection.command(Rset).await.is_ok()
        };
        runtime.block_on(async { timeout(QUITTING, reset).await }).unwrap_or(false)
    }

    async fn connect(&self) -> Result<(AsyncSmtpConnection, Offers), Failure> {
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
        // lettre keeps other things of what the relay says it can.
        let hello = connection.command(Ehlo::new(self.hello.clone())).await.map_err(smtp)?;
        let offers = |name: &str| {
            let mut words = hello.message().filter_map(|line| line.split_whitespace().next());
            words.any(|word| word.eq_ignore_ascii_case(name))
        };
        let offers = Offers { pipelining: offers("PIPELINING"), size: offers("SIZE") };
        if let Some(login) = &self.login {
            let ways = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&ways, login).await.map_err(smtp)?;
        }
        Ok((connection, offers))
    }

    fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn say(&self, line: &mut Line, stage: Stage, command: impl Display) -> Result<(), Failure> {
        let Line { connection, runtime, .. } = line;
        let turn = within(self.patience / 2, stage, connection.command(command));
        runtime.block_on(turn).map(|_| ())
    }

    fn park(&self, mut line: Line) {
        line.letters += 1;
        line.since = Instant::now();
        self.lines.park(line);
    }
}

impl Transport for Smtp {
    fn send(&self, letter: &Outgoing) -> Result<(), Failure> {
        let (noted, before) = (Noted::already(), Noted::already());
        self.send_in_turn(letter, &Turn::new(noted, before, &|| ()))
    }

    fn send_in_turn(&self, letter: &Outgoing, turn: &Turn<'_>) -> Result<(), Failure> {
        let message = build(&self.sender, letter)?;
        self.converse(&message, turn)
    }

    fn lanes(&self) -> usize {
        self.lines.limit().map_or(self.connections, |most| most.min(self.connections))
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

/// A letter as it crosses the wire: a line that begins with a dot gets another, and the last is one
/// alone.
struct Whole<'a>(&'a str);

impl Display for Whole<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        if rest.starts_with('.') {
            f.write_str(".")?;
        }
        while let Some((line, after)) = rest.split_once("\r\n.") {
            write!(f, "{line}\r\n..")?;
            rest = after;
        }
        f.write_str(rest)?;
        f.write_str(if self.0.ends_with("\r\n") { ".\r\n" } else { "\r\n.\r\n" })
    }
}

/// What the relay has to know of the letter before.
fn options(message: &Message, content: &str) -> Vec<MailParameter> {
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
