//! Ways out of the house: into a folder, or over SMTP.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Message, SmtpTransport};

use super::rules::{Failure, one_line};
use crate::error::{Error, Result};
use crate::values::EmailAddress;

/// A letter about to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub id: String,
    pub message_id: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub created_at: DateTime<Utc>,
    /// The Message-ID of what it follows in the reader's mail program.
    pub follows: Option<String>,
    /// It answers a mail that came.
    pub answers: bool,
    /// Where to switch off letters of this kind, for those one may do without.
    pub unsubscribe: Option<String>,
}

/// A way out of the house.
pub trait Transport: Send + Sync {
    /// Hands the letter over. Ok means that the other side took responsibility for it.
    ///
    /// # Errors
    /// It didn't, for now or for good.
    fn send(&self, letter: &Outgoing) -> Result<(), Failure>;
}

/// Writes each letter as a file; sends nothing.
pub struct Folder {
    folder: PathBuf,
    sender: Sender,
}

/// Whom letters are from, and where answers by mail go.
struct Sender {
    from: Mailbox,
    reply_to: Option<Mailbox>,
}

impl Folder {
    /// # Errors
    /// `from` isn't an address, or the folder can't be made.
    pub fn open(folder: &Path, from: &str, reply_to: &str) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|e| {
            Error::internal(format!("mail.folder: cannot make {}: {e}", folder.display()))
        })?;
        Ok(Self { folder: folder.to_owned(), sender: sender(from, reply_to)? })
    }
}

impl Transport for Folder {
    /// Renamed into place when it is whole.
    fn send(&self, letter: &Outgoing) -> Result<(), Failure> {
        let message = build(&self.sender, letter)?;
        let name = format!("{}-{}.eml", letter.created_at.format("%Y%m%dT%H%M%S"), letter.id);
        let part = self.folder.join(format!(".{name}.part"));
        std::fs::write(&part, message.formatted())
            .and_then(|()| std::fs::rename(&part, self.folder.join(name)))
            .map_err(|e| Failure::Transient(format!("cannot write into the mail folder: {e}")))
    }
}

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

/// Where the relay is.
#[derive(Clone)]
pub struct Relay<'a> {
    pub host: &'a str,
    pub port: u16,
    pub security: Security,
    /// Name and password, where the relay wants them.
    pub login: Option<(&'a str, &'a str)>,
}

/// Speaks SMTP with a relay, over a few connections at once.
pub struct Smtp {
    transport: SmtpTransport,
    sender: Sender,
}

/// RFC 5321 asks for ten minutes after the final dot.
const PATIENCE: Duration = Duration::from_secs(600);

impl Smtp {
    /// # Errors
    /// `from` isn't an address, the host's name can't be right, or mail would cross the network
    /// in the clear.
    pub fn open(relay: &Relay<'_>, from: &str, reply_to: &str) -> Result<Self> {
        let host = relay.host;
        let parameters = || {
            TlsParameters::new(host.to_owned())
                .map_err(|e| Error::internal(format!("mail.host {host:?}: {e}")))
        };
        let tls = match relay.security {
            Security::StartTls => Tls::Required(parameters()?),
            Security::Implicit => Tls::Wrapper(parameters()?),
            Security::None if is_loopback(host) => Tls::None,
            Security::None => {
                return Err(Error::internal(format!(
                    "mail.tls = \"none\" is for a relay on this machine, and {host:?} isn't: use \
                     \"required\" or \"implicit\""
                )));
            }
        };
        let mut builder = SmtpTransport::builder_dangerous(host)
            .port(relay.port)
            .tls(tls)
            .timeout(Some(PATIENCE))
            .pool_config(PoolConfig::new().max_size(8));
        if let Some((name, password)) = relay.login {
            builder = builder.credentials(Credentials::new(name.to_owned(), password.to_owned()));
        }
        Ok(Self { transport: builder.build(), sender: sender(from, reply_to)? })
    }
}

impl Transport for Smtp {
    fn send(&self, letter: &Outgoing) -> Result<(), Failure> {
        let message = build(&self.sender, letter)?;
        lettre::Transport::send(&self.transport, &message).map(|_| ()).map_err(|error| {
            let why = with_sources(&error);
            match error.status() {
                Some(code) => Failure::by_code(u16::from(code), why),
                None => Failure::Transient(why),
            }
        })
    }
}

/// One recipient, text and HTML of the same, and marked so that no autoresponder answers.
fn build(sender: &Sender, letter: &Outgoing) -> Result<Message, Failure> {
    let wrong = |why: String| Failure::Permanent(format!("not a letter that can be sent: {why}"));
    let to = letter.to.parse().map_err(|e| wrong(format!("{:?}: {e}", letter.to)))?;
    let mut message = Message::builder();
    if let Some(address) = &letter.unsubscribe {
        message = message.raw_header(header("List-Unsubscribe", &format!("<{address}>")));
    }
    if let Some(address) = &sender.reply_to {
        message = message.reply_to(address.clone());
    }
    if let Some(follows) = &letter.follows {
        message = message.in_reply_to(follows.clone()).references(follows.clone());
    }
    let automatic = if letter.answers { "auto-replied" } else { "auto-generated" };
    message
        .from(sender.from.clone())
        .to(Mailbox::new(None, to))
        .subject(one_line(&letter.subject, 150))
        .message_id(Some(letter.message_id.clone()))
        .date(SystemTime::from(letter.created_at))
        .raw_header(header("Auto-Submitted", automatic))
        .raw_header(header("X-Auto-Response-Suppress", "All"))
        .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
        .map_err(|e| wrong(e.to_string()))
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// The addresses from the configuration; no `reply_to` leaves answers to `from`.
fn sender(from: &str, reply_to: &str) -> Result<Sender> {
    let reply_to = match reply_to {
        "" => None,
        address => Some(mailbox("mail.reply_to", address)?),
    };
    Ok(Sender { from: mailbox("mail.from", from)?, reply_to })
}

/// lettre panics on control characters in a display name.
fn mailbox(key: &str, address: &str) -> Result<Mailbox> {
    let wrong = |why: String| Error::internal(format!("{key} {address:?}: {why}"));
    if address.chars().any(char::is_control) {
        return Err(wrong("must be one line".to_owned()));
    }
    address.parse().map_err(|e| wrong(format!("{e}: write 返利中心 <rebates@example.com>")))
}

/// The bare addresses of what the configuration names: the portal's own.
pub fn own_addresses(from: &str, reply_to: &str) -> Vec<EmailAddress> {
    let bare = |address: &str| address.parse::<Mailbox>().ok();
    [from, reply_to]
        .into_iter()
        .filter_map(bare)
        .filter_map(|mailbox| EmailAddress::parse(mailbox.email.as_ref()))
        .collect()
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

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
