//! Lists of the queue that somebody keeps under a name of their own.

use super::store;
use crate::audit;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::values::{DisputeViewId, PersonId, Text};

/// A list somebody keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptView {
    pub id: DisputeViewId,
    pub name: String,
    /// The query of its address.
    pub query: String,
}

/// Characters of a name, and names a person may keep.
pub const LONGEST_NAME: usize = 40;
pub const MOST_VIEWS: usize = 20;

/// The lists the person keeps, by name.
pub fn kept_views(conn: &mut Conn, person: &PersonId) -> Result<Vec<KeptView>> {
    store::kept_views(conn, person)
}

/// Keeps a list for whoever writes; under a name they have, in place of the one before.
///
/// # Errors
/// The name can't be one, or there are as many as may be.
pub fn keep_view(tx: &mut Tx<'_>, name: &str, query: &str) -> Result<()> {
    let name = name.trim();
    let wrong = |key| Error::invalid("name", Text::new(key).with("most", LONGEST_NAME));
    if name.is_empty() {
        return Err(wrong("queue-name-missing"));
    }
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(wrong("queue-name-too-long"));
    }
    let person = tx.by().person().cloned().ok_or(Error::NotFound)?;
    let kept = store::kept_views(tx, &person)?;
    let known = kept.iter().find(|view| view.name == name);
    if known.is_none() && kept.len() >= MOST_VIEWS {
        return Err(Text::new("queue-too-many-views").with("most", MOST_VIEWS).into());
    }
    let id = known.map_or_else(DisputeViewId::new, |view| view.id.clone());
    store::put_view(tx, &person, &KeptView { id, name: name.to_owned(), query: query.to_owned() })?;
    tell(tx, "person.view_kept", &person, name)
}

/// Gives up a list of whoever writes.
///
/// # Errors
/// Not found, which is also the answer for somebody else's.
pub fn forget_view(tx: &mut Tx<'_>, id: &DisputeViewId) -> Result<()> {
    let person = tx.by().person().cloned().ok_or(Error::NotFound)?;
    let kept = store::kept_views(tx, &person)?;
    let view = kept.into_iter().find(|view| view.id == *id).ok_or(Error::NotFound)?;
    store::remove_view(tx, id)?;
    tell(tx, "person.view_forgotten", &person, &view.name)
}

fn tell(tx: &mut Tx<'_>, action: &'static str, person: &PersonId, name: &str) -> Result<()> {
    audit::record(
        tx,
        audit::Event {
            action,
            object: ("person", person.as_str()),
            reason: Some(name),
            ..audit::Event::default()
        },
    )
}
