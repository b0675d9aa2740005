//! Configuration: one TOML file, environment variables over it. An unknown key is an error.
//!
//! Environment variables are `OPENREBATE_` and the key in capitals, `__` between the parts of a
//! nested one: `OPENREBATE_MAIL__HOST`. The database may also come from `DATABASE_URL`.

mod security;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono_tz::Tz;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

use crate::db::{DatabaseUrl, House};
use crate::disputes::{Category, Clamd, Days};
use crate::error::{Error, Result};
use crate::mailbox::{self, Folder, Relay, Security, Smtp, Transport};
use crate::values::{Contact, EmailAddress};
pub use security::Safety;

/// Everything an operator may set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `sqlite://PATH` or `postgres://…`.
    pub database: String,
    /// Where the portal listens; put a TLS-ending proxy before it.
    pub listen: String,
    /// How browsers reach the portal; links in mail start with it.
    pub base_url: String,
    /// The company that promises the rebates.
    pub company: String,
    /// Its tax id (统一社会信用代码), printed masked on statements; empty leaves it out.
    pub company_tax_id: String,
    /// When somebody answers the phone on business days, e.g. `9:00–17:30`; empty leaves it out.
    pub phone_hours: String,
    /// Period borders are local dates of this zone.
    pub time_zone: Tz,
    /// Uploaded files live here, under opaque names.
    pub files: PathBuf,
    pub contact: HouseContact,
    /// Addresses of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Shown on every page, e.g. 演示; empty for a live portal.
    pub banner: String,
    pub mail: Mail,
    pub scanner: Scanner,
    pub limits: Limits,
    pub near_tiers: NearTiers,
    pub backup: Backups,
    pub security: Safety,
}

/// Whom customers without an account manager ask, and who can't sign in: a desk rather than a
/// person. Without an address or a phone nobody is named.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HouseContact {
    /// Empty stands for the company.
    pub name: String,
    pub email: String,
    pub phone: String,
}

/// How mail leaves the house.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// `folder` writes files and sends nothing; `smtp` sends.
    pub transport: MailTransport,
    /// The sender, e.g. `返利中心 <rebates@example.com>`.
    pub from: String,
    /// Where answers by mail go; empty leaves them to `from`. See `openrebate mail receive`.
    pub reply_to: String,
    /// Where mail servers report what they couldn't deliver; empty leaves that to `from`. See
    /// `openrebate mail receive`.
    pub bounces: String,
    /// A mailbox outside the portal that gets the audit log's mark once a day; empty sends none.
    pub checkpoints: String,
    /// For `folder`.
    pub folder: PathBuf,
    pub host: String,
    pub port: u16,
    /// `required` (STARTTLS), `implicit` (TLS from the first byte) or `none` (local relay only).
    pub tls: MailTls,
    /// Certificates (PEM) of authorities the relay's own may come from, besides the known ones.
    pub authorities: PathBuf,
    /// Letters the relay takes at once, each over a connection of its own; twice as many while some
    /// wait long for their answer.
    pub connections: usize,
    /// Seconds to wait for the answer to a whole letter; half of it for anything else.
    pub patience: u64,
    /// Letters a minute to a domain, for those that don't take them all at once; `"*"` is for the
    /// domains that aren't named.
    pub pace: BTreeMap<String, u32>,
    pub dkim: Dkim,
    pub user: String,
    #[serde(skip_serializing)]
    pub password: String,
}

/// The key that letters are signed with; none while `key` is empty.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dkim {
    /// A file with an RSA key as PEM.
    pub key: PathBuf,
    /// Names the key among those of the domain.
    pub selector: String,
    /// Empty: the domain of `from`.
    pub domain: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTransport {
    Folder,
    Smtp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTls {
    Required,
    Implicit,
    None,
}

/// A virus scanner for uploaded files, one that speaks clamd's protocol.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scanner {
    /// `tcp://HOST:PORT` or `unix:///PATH`; empty: files aren't scanned.
    pub address: String,
    /// How long it may take over a file.
    pub seconds: u64,
}

impl Scanner {
    /// Whether files are scanned before they are handed out.
    pub fn is_on(&self) -> bool {
        !self.address.is_empty()
    }

    /// The scanner that is set, if any.
    ///
    /// # Errors
    /// Its address can't be right.
    pub fn open(&self) -> Result<Option<Clamd>> {
        if !self.is_on() {
            return Ok(None);
        }
        Clamd::at(&self.address, Duration::from_secs(self.seconds.max(1))).map(Some)
    }
}

impl Default for Scanner {
    fn default() -> Self {
        Self { address: String::new(), seconds: 60 }
    }
}

/// What the watch expects of backups.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backups {
    /// Hours after which a backup is too old and administrators are told; 0 doesn't ask.
    pub max_age: u32,
}

impl Backups {
    /// How old the last one may be, where that is set.
    pub fn limit(&self) -> Option<chrono::TimeDelta> {
        (self.max_age > 0).then(|| chrono::TimeDelta::hours(i64::from(self.max_age)))
    }
}

/// Limits and deadlines.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Decisions that grant more than this many major units wait for an approver.
    pub adjustment: rust_decimal::Decimal,
    /// Business days a customer has to answer a statement.
    pub statement_days: u32,
    /// Business days until managers are reminded of a programme they haven't signed; then weekly.
    pub signature_days: u32,
    /// Reminders at most; 0 sends none.
    pub signature_reminders: u32,
    /// Business days until a dispute's first answer is due.
    pub answer_days: u32,
    /// Business days until a dispute's decision is due.
    pub decision_days: u32,
    /// Both for disputes of one category, where they differ: `[limits.dispute_days.other]` with
    /// `answer` and `decision`.
    pub dispute_days: BTreeMap<Category, Days>,
    /// Business days a customer has to appeal.
    pub appeal_days: u32,
    /// Business days before a changed bank account takes effect.
    pub bank_days: u32,
    /// Files of disputes that one customer may have, in megabytes.
    pub dispute_megabytes: u64,
    /// Largest sales file, in megabytes.
    pub import_megabytes: u64,
    /// Business days in which requests about one's own data are answered.
    pub data_request_days: u32,
}

/// When customers, and their account managers, hear that a tier is near.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NearTiers {
    /// At most this much of what the next tier takes is missing, in percent; 0 tells nobody.
    pub percent: rust_decimal::Decimal,
    /// The day of the week on which the reminders go out: `mon`, `tue`, …
    pub weekday: chrono::Weekday,
}

impl NearTiers {
    /// What the accruals room goes by.
    pub fn rule(&self) -> crate::accruals::rules::NearRule {
        crate::accruals::rules::NearRule { percent: self.percent, weekday: self.weekday }
    }
}

impl Limits {
    /// What the policies room goes by.
    pub fn reminders(&self) -> crate::policies::Reminders {
        crate::policies::Reminders { after: self.signature_days, most: self.signature_reminders }
    }

    /// Bytes that the files of one customer's disputes may take.
    pub fn dispute_bytes(&self) -> i64 {
        let bytes = self.dispute_megabytes.saturating_mul(1024 * 1024);
        i64::try_from(bytes).unwrap_or(i64::MAX)
    }

    /// What a statement promises of disputes of any category: days to the answer and to the
    /// decision at the latest, and days to appeal.
    pub fn service_days(&self) -> [u32; 3] {
        let own = || self.dispute_days.values();
        let answer = own().map(|days| days.answer).chain([self.answer_days]).max();
        let decision = own().map(|days| days.decision).chain([self.decision_days]).max();
        [answer.unwrap_or_default(), decision.unwrap_or_default(), self.appeal_days]
    }

    /// What the disputes room goes by.
    pub fn disputes(&self) -> crate::disputes::Terms {
        crate::disputes::Terms {
            limit: self.adjustment,
            answer_days: self.answer_days,
            decision_days: self.decision_days,
            appeal_days: self.appeal_days,
            categories: self.dispute_days.clone(),
        }
    }
}

impl Limits {
    /// Deadlines that can be met, and that a calendar reaches.
    fn check(&self) -> Result<()> {
        const MOST: u32 = 250;
        let own = self.dispute_days.iter().map(|(category, days)| {
            (format!("limits.dispute_days.{category}"), days.answer, days.decision)
        });
        let all = [("limits".to_owned(), self.answer_days, self.decision_days)];
        for (key, answer, decision) in all.into_iter().chain(own) {
            if answer == 0 || decision < answer || decision > MOST {
                return Err(Error::internal(format!(
                    "configuration: {key}: the first answer is due after {answer} business days \
                     and the decision after {decision}: both are 1 to {MOST}, the decision not \
                     before the answer"
                )));
            }
        }
        if !(1..=MOST).contains(&self.bank_days) {
            return Err(Error::internal(format!(
                "configuration: limits.bank_days: {} must lie between 1 and {MOST}",
                self.bank_days
            )));
        }
        Ok(())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database: "sqlite://openrebate.db".to_owned(),
            listen: "127.0.0.1:8080".to_owned(),
            base_url: "http://127.0.0.1:8080".to_owned(),
            company: "Openrebate".to_owned(),
            company_tax_id: String::new(),
            phone_hours: String::new(),
            time_zone: chrono_tz::Asia::Shanghai,
            files: PathBuf::from("openrebate-files"),
            contact: HouseContact::default(),
            trusted_proxies: Vec::new(),
            banner: String::new(),
            mail: Mail::default(),
            scanner: Scanner::default(),
            limits: Limits::default(),
            near_tiers: NearTiers::default(),
            backup: Backups::default(),
            security: Safety::default(),
        }
    }
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            transport: MailTransport::Folder,
            from: "Openrebate <rebates@localhost.localdomain>".to_owned(),
            reply_to: String::new(),
            bounces: String::new(),
            checkpoints: String::new(),
            folder: PathBuf::from("openrebate-files/mail"),
            host: "localhost".to_owned(),
            port: 587,
            tls: MailTls::Required,
            authorities: PathBuf::new(),
            connections: mailbox::CONNECTIONS,
            patience: mailbox::PATIENCE.as_secs(),
            pace: BTreeMap::new(),
            dkim: Dkim::default(),
            user: String::new(),
            password: String::new(),
        }
    }
}

impl Mail {
    /// The way out of the house that is set.
    ///
    /// # Errors
    /// A key under `mail` can't be right; the message names it.
    pub fn open(&self) -> Result<Box<dyn Transport>> {
        let sender = mailbox::Sender::new(&self.from, &self.reply_to)?
            .reported_to(&self.bounces)?
            .signing(self.signature()?);
        if self.transport == MailTransport::Folder {
            return Ok(Box::new(Folder::open(&self.folder, sender)?));
        }
        if !(1..=100).contains(&self.connections) {
            return Err(Error::internal("mail.connections: 1 to 100"));
        }
        if !(1..=600).contains(&self.patience) {
            return Err(Error::internal("mail.patience: 1 to 600 seconds"));
        }
        let relay = Relay {
            host: &self.host,
            port: self.port,
            security: match self.tls {
                MailTls::Required => Security::StartTls,
                MailTls::Implicit => Security::Implicit,
                MailTls::None => Security::None,
            },
            authorities: named(&self.authorities),
            login: (!self.user.is_empty()).then_some((&*self.user, &*self.password)),
            connections: self.connections,
            patience: Duration::from_secs(self.patience),
            pace: Some(&self.pace),
        };
        Ok(Box::new(Smtp::open(&relay, sender)?))
    }

    /// What letters are signed with, if anything.
    ///
    /// # Errors
    /// The key can't be used; the message says why.
    pub fn signature(&self) -> Result<Option<mailbox::Dkim>> {
        let Some(key) = named(&self.dkim.key) else { return Ok(None) };
        let own = mailbox::own_addresses([&self.from, "", ""]);
        let own = own.first().and_then(|address| address.as_str().split('@').nth(1));
        let domain = match &*self.dkim.domain {
            "" => own.unwrap_or_default(),
            domain => domain,
        };
        mailbox::Dkim::open(key, domain, &self.dkim.selector).map(Some)
    }
}

/// A path that was set.
fn named(path: &Path) -> Option<&Path> {
    (!path.as_os_str().is_empty()).then_some(path)
}

impl Default for NearTiers {
    fn default() -> Self {
        Self { percent: rust_decimal::Decimal::TEN, weekday: chrono::Weekday::Mon }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            adjustment: rust_decimal::Decimal::new(5_000, 0),
            statement_days: 10,
            signature_days: 5,
            signature_reminders: 3,
            answer_days: 2,
            decision_days: 7,
            // Money that didn't arrive can be looked up the same day.
            dispute_days: [(Category::PayoutNotReceived, Days { answer: 1, decision: 5 })].into(),
            appeal_days: 15,
            bank_days: 3,
            dispute_megabytes: 500,
            import_megabytes: 200,
            data_request_days: 15,
        }
    }
}

impl Config {
    /// Reads the file (the default one may be absent, a named one may not) and the environment.
    ///
    /// # Errors
    /// A key is unknown or a value can't be right; the message names it and its source.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        let path = file.unwrap_or(Path::new("openrebate.toml"));
        if file.is_some() && !path.is_file() {
            return Err(Error::internal(format!(
                "there is no configuration file {}: check --config",
                path.display()
            )));
        }
        let mut figment = Figment::from(Serialized::defaults(Self::default()))
            .merge(Serialized::default("mail.password", ""))
            .merge(Toml::file(path));
        if let Ok(url) = std::env::var("DATABASE_URL") {
            figment = figment.merge(Serialized::default("database", url));
        }
        let config: Self = figment
            .merge(Env::prefixed("OPENREBATE_").ignore(&["data", "bench"]).split("__"))
            .extract()
            .map_err(|e| Error::internal(format!("configuration: {e}")))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        let wrong =
            |key: &str, why: String| Err(Error::internal(format!("configuration: {key}: {why}")));
        if !(self.base_url.starts_with("http://") || self.base_url.starts_with("https://")) {
            return wrong("base_url", format!("{:?} must start with http(s)://", self.base_url));
        }
        if self.base_url.ends_with('/') {
            return wrong("base_url", "must not end with a slash".to_owned());
        }
        if self.company.trim().is_empty() {
            return wrong("company", "must not be empty".to_owned());
        }
        let contact = &self.contact.email;
        if !contact.is_empty() && EmailAddress::parse(contact).is_none() {
            return wrong("contact.email", format!("{contact:?} is no e-mail address"));
        }
        let checkpoints = &self.mail.checkpoints;
        if !checkpoints.is_empty() && EmailAddress::parse(checkpoints).is_none() {
            return wrong("mail.checkpoints", format!("{checkpoints:?} is no e-mail address"));
        }
        let percent = self.near_tiers.percent;
        if percent.is_sign_negative() || percent > rust_decimal::Decimal::ONE_HUNDRED {
            return wrong("near_tiers.percent", format!("{percent} must lie between 0 and 100"));
        }
        self.scanner.open().map_err(|e| Error::internal(format!("configuration: scanner: {e}")))?;
        self.limits.check()?;
        self.security.check()?;
        self.database_url().map(|_| ())
    }

    /// The database to open.
    ///
    /// # Errors
    /// It isn't a URL this build can open.
    pub fn database_url(&self) -> Result<DatabaseUrl> {
        self.database.parse().map_err(|e| Error::internal(format!("database: {e}")))
    }

    /// What the database layer needs to know of the company.
    pub fn house(&self) -> House {
        House {
            company: self.company.clone(),
            base_url: self.base_url.clone(),
            zone: self.time_zone,
            contact: Contact {
                name: given(&self.contact.name).unwrap_or_else(|| self.company.clone()),
                email: EmailAddress::parse(&self.contact.email),
                phone: given(&self.contact.phone),
            },
            tax_id: self.company_tax_id.trim().to_owned(),
            phone_hours: self.phone_hours.trim().to_owned(),
            service_days: self.limits.service_days(),
        }
    }
}

/// What was written, when something was.
fn given(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
