//! Letters written apart from the transaction that posts them: many at once, in another thread.

use std::collections::HashSet;

use super::letter::{self, Letter, Thread, Written};
use super::store::{self, Row};
use super::{Channel, LetterState, place, rules};
use crate::db::{House, Tx};
use crate::error::Result;
use crate::values::{EmailAddress, Key, Language, LetterId};

/// A letter that is written and not posted.
pub struct Draft {
    channel: Channel,
    kind: &'static str,
    cause_id: String,
    to: EmailAddress,
    language: Language,
    customer: Option<Key>,
    thread: Thread,
    encloses: Option<String>,
    written: Written,
    other_subject: String,
}

impl Draft {
    /// By mail.
    ///
    /// # Errors
    /// A template fails.
    pub fn of<L: Letter>(
        house: &House,
        to: &EmailAddress,
        language: Language,
        customer: Option<Key>,
        cause_id: &str,
        letter: &L,
    ) -> Result<Self> {
        Self::by(Channel::Mail, house, to, language, customer, cause_id, letter)
    }

    pub(super) fn by<L: Letter>(
        channel: Channel,
        house: &House,
        to: &EmailAddress,
        language: Language,
        customer: Option<Key>,
        cause_id: &str,
        letter: &L,
    ) -> Result<Self> {
        Ok(Self {
            channel,
            kind: L::KIND,
            cause_id: cause_id.to_owned(),
            to: to.clone(),
            language,
            customer,
            thread: letter.thread(),
            encloses: match channel {
                Channel::Mail => letter.encloses(),
                Channel::Portal => None,
            },
            written: letter::write(letter, language, house)?,
            other_subject: letter::subject_elsewhere(letter, language),
        })
    }

    /// The same to somebody else.
    #[must_use]
    pub fn to(&self, to: &EmailAddress) -> Self {
        Self {
            to: to.clone(),
            cause_id: self.cause_id.clone(),
            thread: self.thread.clone(),
            encloses: self.encloses.clone(),
            written: self.written.clone(),
            other_subject: self.other_subject.clone(),
            ..*self
        }
    }

    /// Its row, in the transaction that posts it.
    pub(super) fn row(self, tx: &mut Tx<'_>) -> Result<Row> {
        let id = LetterId::new();
        let base_url = &tx.house().base_url;
        let (message_id, follows) = place(tx, &id, &self.to, self.thread, base_url)?;
        Ok(Row {
            message_id,
            follows,
            id,
            kind: self.kind.to_owned(),
            cause_id: self.cause_id,
            domain: rules::domain(self.to.as_str()).to_owned(),
            to_address: self.to.as_str().to_owned(),
            customer_id: self.customer,
            language: self.language,
            subject: self.written.subject,
            other_subject: Some(self.other_subject),
            text_body: self.written.text,
            html_body: self.written.html,
            path: self.written.path,
            read_at: None,
            encloses: self.encloses,
            state: match self.channel {
                Channel::Mail => LetterState::Queued,
                Channel::Portal => LetterState::Shown,
            },
            attempts: 0,
            next_try_at: tx.stamp(),
            claimed_until: None,
            last_error: None,
            created_at: tx.stamp(),
            sent_at: None,
        })
    }
}

/// Posts them, as [`super::post`] does one; which of them stand only now.
pub fn post_drafts(tx: &mut Tx<'_>, drafts: Vec<Draft>) -> Result<Vec<bool>> {
    let kinds: HashSet<&str> = drafts.iter().map(|draft| draft.kind).collect();
    let mut standing = HashSet::new();
    for kind in kinds {
        let same = drafts.iter().filter(|draft| draft.kind == kind);
        let causes: Vec<&str> = same.map(|draft| &*draft.cause_id).collect();
        for (cause, to) in store::standing_of(tx, kind, &causes)? {
            standing.insert((kind, cause, to));
        }
    }
    let (mut rows, mut new) = (Vec::with_capacity(drafts.len()), Vec::new());
    for draft in drafts {
        let place = (draft.kind, draft.cause_id.clone(), draft.to.as_str().to_owned());
        let is_new = standing.insert(place);
        new.push(is_new);
        if is_new {
            rows.push(draft.row(tx)?);
        }
    }
    store::insert(tx, rows)?;
    Ok(new)
}
