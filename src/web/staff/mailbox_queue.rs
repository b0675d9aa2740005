//! What keeps mail from leaving, and what to do about it: the relay, domains, failed letters.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::super::{Answer, App, Form, Page, StaffUser, reply};
use crate::config::{Mail, MailTls, MailTransport};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::mailbox::{self, DomainMail, RelayAway};
use crate::upkeep;
use crate::values::StaffRole;

/// Letters put back at once; the page says how many are left.
const MOST: i64 = 500;

/// The part of the mailbox's page above the letters.
pub(super) struct Queue {
    /// The relay doesn't take letters: the sentence, and what it said.
    pub away: Option<(String, String)>,
    /// What else is wrong: the sentence, and what is known of it.
    pub troubles: Vec<(String, String)>,
    /// That letters are written to a folder and go nowhere.
    pub only_written: Option<String>,
    /// How letters leave: name and value.
    pub settings: Vec<(String, String)>,
    pub domains: Vec<DomainRow>,
    pub bounces: usize,
    pub failed: bool,
    pub may: bool,
    pub may_test: bool,
}

pub(super) struct DomainRow {
    pub domain: String,
    pub waiting: i64,
    pub failed: i64,
    pub oldest: Option<String>,
    pub held: bool,
}

pub(super) struct Found {
    away: Option<RelayAway>,
    troubles: Vec<upkeep::Open>,
    backup: Option<DateTime<Utc>>,
    domains: Vec<DomainMail>,
    bounces: usize,
}

/// Domains on the page.
const DOMAINS: usize = 20;

pub(super) fn find(conn: &mut Conn, now: DateTime<Utc>) -> Result<Found> {
    Ok(Found {
        away: mailbox::relay_away(conn)?,
        troubles: upkeep::open(conn)?,
        backup: upkeep::last(conn)?.1.map(|made| made.ended_at),
        domains: mailbox::unsent_by_domain(conn, now)?,
        bounces: mailbox::bounces(conn, MOST)?.len(),
    })
}

pub(super) fn queue(page: &Page, user: &StaffUser, mail: &Mail, found: Found) -> Queue {
    let away = found.away.map(|away| {
        let (since, until) = (page.time(&away.since), page.time(&away.until));
        (page.t2("mail-relay-away", "since", since, "until", until), away.why)
    });
    let domains: Vec<DomainRow> = found
        .domains
        .into_iter()
        .take(DOMAINS)
        .map(|row| DomainRow {
            domain: row.domain,
            waiting: row.waiting,
            failed: row.failed,
            oldest: row.oldest.map(|at| page.time(&at)),
            held: row.held,
        })
        .collect();
    let trouble = |open: upkeep::Open| {
        let what = page.code("trouble", open.kind.as_str());
        (page.t2("trouble-since", "at", page.time(&open.since), "what", what), open.detail)
    };
    let mut settings = settings(page, mail);
    let none = || page.t("upkeep-no-backup");
    settings
        .push((page.t("upkeep-last-backup"), found.backup.map_or_else(none, |at| page.time(&at))));
    Queue {
        away,
        troubles: found.troubles.into_iter().map(trouble).collect(),
        only_written: (mail.transport == MailTransport::Folder)
            .then(|| page.t1("mail-only-written", "folder", mail.folder.display())),
        settings,
        failed: domains.iter().any(|row| row.failed > 0),
        domains,
        bounces: found.bounces,
        may: user.holds(StaffRole::Finance) || user.holds(StaffRole::Admin),
        may_test: user.holds(StaffRole::Admin),
    }
}

/// What an administrator checks first when letters don't arrive. No secrets.
fn settings(page: &Page, mail: &Mail) -> Vec<(String, String)> {
    let mut rows = vec![(page.t("mail-setting-from"), mail.from.clone())];
    let out = match mail.transport {
        MailTransport::Folder => page.t1("mail-setting-folder", "folder", mail.folder.display()),
        MailTransport::Smtp => format!("{}:{}", mail.host, mail.port),
    };
    rows.push((page.t("mail-setting-out"), out));
    if mail.transport == MailTransport::Smtp {
        let tls = match mail.tls {
            MailTls::Required => "STARTTLS",
            MailTls::Implicit => "TLS",
            MailTls::None => "–",
        };
        rows.push((page.t("mail-setting-tls"), tls.to_owned()));
    }
    // The key was read at the start; one that went since shows when the portal starts again.
    let signed = match mail.signature() {
        Ok(Some(dkim)) => dkim.record,
        Ok(None) => page.t("mail-setting-unsigned"),
        Err(error) => error.to_string(),
    };
    rows.push((page.t("mail-setting-dkim"), signed));
    rows
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Again {
    /// Empty for all.
    #[serde(default)]
    domain: String,
}

pub(in crate::web) async fn send_again(app: App, user: StaffUser, form: Form<Again>) -> Answer {
    let domain = Some(form.fields.domain).filter(|domain| !domain.is_empty());
    let teller = user.clone();
    app.post(user.actor(), form.key, move |tx| {
        let count = mailbox::send_failed_again(tx, domain.as_deref(), MOST)?;
        let count = i64::try_from(count).map_err(Error::internal)?;
        teller.tell(tx, &teller.words().count("letters-queued-again-many", count))?;
        Ok("/staff/mailbox".to_owned())
    })
    .await
    .map_err(Into::into)
    .and_then(reply::see_other)
}
