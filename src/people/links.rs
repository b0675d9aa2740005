//! Links in letters that let somebody do one thing once: accept an invitation, choose a new
//! password, take a new address.
//!
//! A link is bound to its purpose and its person, ends at its hour, by being used, or by a newer one
//! of the same purpose and person. Looking at it changes nothing, because mail servers look at every
//! address in a letter: what it is for happens by a post. It never signs anybody in. The secret in
//! the letter's address is the mailbox's, made when the letter leaves; the letter's cause is the
//! link's id. Whoever makes or uses a link says so in the audit log in words of their own.

use chrono::{DateTime, TimeDelta, Utc};

use super::store;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::mailbox;
use crate::text_enum;
use crate::values::{LinkId, PersonId};

text_enum! {
    /// What a link is for.
    pub enum Purpose {
        Invitation = "invitation",
        PasswordReset = "password_reset",
        EmailChange = "email_change",
    }
}

impl Purpose {
    /// How long such a link can be used.
    pub fn lasts(self) -> TimeDelta {
        match self {
            Self::Invitation => TimeDelta::hours(72),
            Self::PasswordReset => TimeDelta::minutes(30),
            Self::EmailChange => TimeDelta::hours(24),
        }
    }

    /// The path before the secret.
    pub fn path(self) -> &'static str {
        match self {
            Self::Invitation => "/invitations",
            Self::PasswordReset => "/password-resets",
            Self::EmailChange => "/email-changes",
        }
    }
}

text_enum! {
    /// How a link ended before its hour.
    pub enum LinkEnding {
        Used = "used",
        /// By a newer one.
        Superseded = "superseded",
        /// By somebody who may.
        Withdrawn = "withdrawn",
    }
}

text_enum! {
    /// Where a link stands at a moment.
    pub enum LinkState {
        Valid = "valid",
        Expired = "expired",
        Used = "used",
        Superseded = "superseded",
        Withdrawn = "withdrawn",
    }
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeLink {
    /// The cause of the letter that carries it.
    pub id: LinkId,
    pub purpose: Purpose,
    pub person: PersonId,
    /// What it is about, for purposes that need to say: the new address.
    pub about: Option<String>,
    /// The name of who had it sent.
    pub made_by: String,
    pub made_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub ending: Option<LinkEnding>,
}

impl OneTimeLink {
    /// Where it stands. One that was used stays used, whatever came after.
    pub fn state(&self, now: DateTime<Utc>) -> LinkState {
        match self.ending {
            Some(LinkEnding::Used) => LinkState::Used,
            Some(LinkEnding::Superseded) => LinkState::Superseded,
            Some(LinkEnding::Withdrawn) => LinkState::Withdrawn,
            None if now >= self.expires_at => LinkState::Expired,
            None => LinkState::Valid,
        }
    }
}

/// Makes a link, which takes the place of an open one. Post its letter with the link's id as cause
/// and a [`mailbox::letters`] button made by `Content::one_time_button(…, purpose.path(), …)`.
pub fn make_link(
    tx: &mut Tx<'_>,
    purpose: Purpose,
    person: &PersonId,
    about: Option<&str>,
) -> Result<OneTimeLink> {
    store::links::end(tx, purpose, person, LinkEnding::Superseded)?;
    let link = OneTimeLink {
        id: LinkId::new(),
        purpose,
        person: person.clone(),
        about: about.map(str::to_owned),
        made_by: tx.by().name.clone(),
        made_at: tx.at(),
        expires_at: tx.at() + purpose.lasts(),
        ending: None,
    };
    store::links::insert(tx, &link)?;
    Ok(link)
}

/// The link whose letter carried the token; None when none of this purpose did.
pub fn link_of(conn: &mut Conn, purpose: Purpose, token: &str) -> Result<Option<OneTimeLink>> {
    let Some(cause) = mailbox::opened_by(conn, token)? else { return Ok(None) };
    let link = store::links::by_id(conn, &LinkId::from_text(&cause))?;
    Ok(link.filter(|link| link.purpose == purpose))
}

/// Uses the link of the token, which ends it.
///
/// # Errors
/// No letter of this purpose carried the token, or the link is over: the page that shows it says how.
pub fn use_link(tx: &mut Tx<'_>, purpose: Purpose, token: &str) -> Result<OneTimeLink> {
    let link = link_of(tx, purpose, token)?.ok_or(Error::NotFound)?;
    if link.state(tx.at()) != LinkState::Valid {
        return Err(Error::refused("link-over"));
    }
    store::links::end(tx, purpose, &link.person, LinkEnding::Used)?;
    Ok(OneTimeLink { ending: Some(LinkEnding::Used), ..link })
}

/// Ends the open link of the purpose and person, if there is one.
pub fn withdraw_link(tx: &mut Tx<'_>, purpose: Purpose, person: &PersonId) -> Result<()> {
    store::links::end(tx, purpose, person, LinkEnding::Withdrawn)
}

/// The latest link of the purpose that the person was sent.
pub fn latest_link(
    conn: &mut Conn,
    purpose: Purpose,
    person: &PersonId,
) -> Result<Option<OneTimeLink>> {
    store::links::latest(conn, purpose, person)
}
