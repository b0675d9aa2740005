//! Letters as the portal shows them to whom they are for, whether or not they also went by mail.

use chrono::{DateTime, Utc};

use super::store;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::values::{Key, Language, LetterId};

/// Who reads: the address letters go to, and the customer they may be about; None for staff, who
/// are written to about any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeReader {
    pub address: String,
    pub customer: Option<Key>,
}

/// A letter in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub id: LetterId,
    pub kind: String,
    /// Whom it is about.
    pub customer: Option<Key>,
    pub(super) subject: String,
    /// In the other language than the letter's; letters of before have none.
    pub(super) other_subject: Option<String>,
    /// The letter's language.
    pub(super) language: Language,
    /// Where its button leads.
    pub path: String,
    pub at: DateTime<Utc>,
    pub read: bool,
}

impl Notice {
    /// What it is about, in the reader's language where it is known in it.
    pub fn subject_in(&self, language: Language) -> &str {
        match &self.other_subject {
            Some(other) if language != self.language => other,
            _ => &self.subject,
        }
    }
}

/// The reader's letters, newest first, before the one given.
pub fn notices(
    conn: &mut Conn,
    reader: &NoticeReader,
    before: Option<&LetterId>,
    limit: i64,
) -> Result<Vec<Notice>> {
    store::notices::list(conn, reader, before, limit)
}

/// How many the reader hasn't opened.
pub fn unread(conn: &mut Conn, reader: &NoticeReader) -> Result<i64> {
    store::notices::unread(conn, reader)
}

/// Notes that the reader opened it, and says where it leads. Like who looks at what, this is no
/// fact of the books, and the audit log has none of it.
///
/// # Errors
/// It is nobody's, or somebody else's.
pub fn open_notice(tx: &mut Tx<'_>, reader: &NoticeReader, id: &LetterId) -> Result<String> {
    let notice = store::notices::one(tx, reader, id)?.ok_or(Error::NotFound)?;
    store::notices::mark_read(tx, reader, Some(id))?;
    Ok(notice.path)
}

/// Notes that the reader has seen them all.
pub fn mark_all_read(tx: &mut Tx<'_>, reader: &NoticeReader) -> Result<()> {
    store::notices::mark_read(tx, reader, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_told_in_the_readers_language_where_it_is_known() {
        let mut notice = Notice {
            id: LetterId::new(),
            kind: "near_tier".to_owned(),
            customer: None,
            subject: "距第 2 级已经不远".to_owned(),
            other_subject: Some("tier 2 is near".to_owned()),
            language: Language::ZhCn,
            path: "/".to_owned(),
            at: DateTime::UNIX_EPOCH,
            read: false,
        };
        assert_eq!(notice.subject_in(Language::ZhCn), "距第 2 级已经不远");
        assert_eq!(notice.subject_in(Language::En), "tier 2 is near");
        // One of before.
        notice.other_subject = None;
        assert_eq!(notice.subject_in(Language::En), "距第 2 级已经不远");
    }
}
