//! A letter as it leaves the house, and the way into a folder; SMTP is spoken in `smtp`.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use lettre::address::Envelope;
use lettre::message::header::{
    ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0,
};
use lettre::message::{Attachment, Body, Mailbox, MultiPart};
use lettre::{Address, Message};

use super::dkim::Dkim;
use super::enclosures::Enclosure;
use super::noting::Turn;
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
    /// Where a mail program ends letters of this kind, for those one may do without.
    pub unsubscribe: Option<String>,
    /// The file it brings.
    pub enclosure: Option<Enclosure>,
}

/// A way out of the house.
pub trait Transport: Send + Sync {
    /// Hands the letter over. Ok means that the other side took responsibility for it.
    ///
    /// # Errors
    /// It didn't, for now or for good.
    fn send(&self, letter: &Outgoing) -> Result<(), Failure>;

    /// The same for one of several senders side by side: before the end of the letter is said, the
    /// one that went the same way before it has to be noted.
    ///
    /// # Errors
    /// As for [`Transport::send`]; and nothing may go that way any more.
    fn send_in_turn(&self, letter: &Outgoing, turn: &Turn<'_>) -> Result<(), Failure> {
        match turn.may_end(&turn.before) {
            true => self.send(letter),
            false => Err(unnoted()),
        }
    }

    /// How many letters it takes side by side; twice as many while some are slow.
    fn lanes(&self) -> usize {
        4
    }

    /// How long a domain is left alone after a letter; None where it may get them all at once.
    fn pace(&self, _domain: &str) -> Option<TimeDelta> {
        None
    }
}

/// The letter's end was never said, so nobody has it.
pub(super) fn unnoted() -> Failure {
    Failure::Transient("what became of the letter before could not be noted".to_owned())
}

/// Writes each letter as a file; sends nothing.
pub struct Folder {
    folder: PathBuf,
    sender: Sender,
}

/// Whom letters are from, where answers by mail go, and who vouches for them.
pub struct Sender {
    pub(super) from: Mailbox,
    reply_to: Option<Mailbox>,
    /// Where mail servers report what they couldn't deliver; None: to `from`.
    bounces: Option<Address>,
    dkim: Option<Dkim>,
}

impl Sender {
    /// The addresses from the configuration; no `reply_to` leaves answers to `from`.
    ///
    /// # Errors
    /// One of them isn't an address.
    pub fn new(from: &str, reply_to: &str) -> Result<Self> {
        let reply_to = match reply_to {
            "" => None,
            address => Some(mailbox("mail.reply_to", address)?),
        };
        Ok(Self { from: mailbox("mail.from", from)?, reply_to, bounces: None, dkim: None })
    }

    /// Where mail servers report what they couldn't deliver; empty leaves that to `from`.
    ///
    /// # Errors
    /// It isn't an address.
    pub fn reported_to(mut self, address: &str) -> Result<Self> {
        if !address.is_empty() {
            self.bounces = Some(mailbox("mail.bounces", address)?.email);
        }
        Ok(self)
    }

    /// The letter as it leaves, but for the dots of SMTP.
    ///
    /// # Errors
    /// It can't be one.
    pub fn message(&self, letter: &Outgoing) -> Result<Vec<u8>, Failure> {
        build(self, letter).map(|message| message.formatted())
    }

    /// Signs every letter.
    #[must_use]
    pub fn signing(mut self, dkim: Option<Dkim>) -> Self {
        self.dkim = dkim;
        self
    }
}

impl Folder {
    /// # Errors
    /// The folder can't be made.
    pub fn open(folder: &Path, sender: Sender) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|e| {
            Error::internal(format!("mail.folder: cannot make {}: {e}", folder.display()))
        })?;
        Ok(Self { folder: folder.to_owned(), sender })
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

/// One recipient, text and HTML of the same, and marked so that no autoresponder answers.
pub(super) fn build(sender: &Sender, letter: &Outgoing) -> Result<Message, Failure> {
    let wrong = |why: String| Failure::Permanent(format!("not a letter that can be sent: {why}"));
    let to: Address = letter.to.parse().map_err(|e| wrong(format!("{:?}: {e}", letter.to)))?;
    let mut message = Message::builder();
    if let Some(address) = &letter.unsubscribe {
        message = message
            .raw_header(header("List-Unsubscribe", &format!("<{address}>")))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    if let Some(address) = &sender.reply_to {
        message = message.reply_to(address.clone());
    }
    if let Some(follows) = &letter.follows {
        message = message.in_reply_to(follows.clone()).references(follows.clone());
    }
    let automatic = if letter.answers { "auto-replied" } else { "auto-generated" };
    // Said here, so that nobody reads it out of the headers again.
    let bounces = sender.bounces.as_ref().unwrap_or(&sender.from.email);
    let envelope = Envelope::new(Some(bounces.clone()), vec![to.clone()]);
    message = message.envelope(envelope.map_err(|e| wrong(e.to_string()))?);
    let (kind, body) = parts(letter).ok_or_else(|| wrong("it has no parts".to_owned()))?;
    let mut message = message
        .from(sender.from.clone())
        .to(Mailbox::new(None, to))
        .subject(one_line(&letter.subject, 150))
        .message_id(Some(letter.message_id.clone()))
        .date(SystemTime::from(letter.created_at))
        .raw_header(header("Auto-Submitted", automatic))
        .raw_header(header("X-Auto-Response-Suppress", "All"))
        .header(MIME_VERSION_1_0)
        .header(kind)
        .body(Body::dangerous_pre_encoded(body, ContentTransferEncoding::SevenBit))
        .map_err(|e| wrong(e.to_string()))?;
    if let Some(dkim) = &sender.dkim {
        dkim.sign(&mut message);
    }
    Ok(message)
}

/// Text and HTML as one body, with the file beside them, and what the head says of it. lettre would
/// write the body's own head itself, but only after a signature, which then doesn't hold.
fn parts(letter: &Outgoing) -> Option<(ContentType, Vec<u8>)> {
    let said = MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone());
    let parts = match &letter.enclosure {
        Some(enclosure) => {
            let kind = ContentType::parse(enclosure.kind).ok()?;
            let file = Attachment::new(one_line(&enclosure.name, 150));
            let file = file.body(enclosure.bytes.clone(), kind);
            MultiPart::mixed().multipart(said).singlepart(file)
        }
        None => said,
    };
    let kind = parts.headers().get::<ContentType>()?;
    let mut formatted = parts.formatted();
    let head = memchr::memmem::find(&formatted, b"\r\n\r\n")?;
    formatted.drain(..head + 4);
    Some((kind, formatted))
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
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
pub fn own_addresses(of: [&str; 3]) -> Vec<EmailAddress> {
    let bare = |address: &str| address.parse::<Mailbox>().ok();
    of.into_iter()
        .filter_map(bare)
        .filter_map(|mailbox| EmailAddress::parse(mailbox.email.as_ref()))
        .collect()
}
