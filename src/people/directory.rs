//! Everybody with an account, for whoever manages accounts.

use super::{Person, PersonState, store};
use crate::db::Conn;
use crate::error::Result;
use crate::text_enum;
use crate::values::{Key, StaffRole};

text_enum! {
    /// Whose people.
    pub enum Whose {
        Staff = "staff",
        Customers = "customers",
    }
}

/// Whom a list shows; everything absent means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeopleFilter {
    /// Part of the name or the address.
    pub search: Option<String>,
    pub whose: Option<Whose>,
    pub state: Option<PersonState>,
    pub role: Option<StaffRole>,
}

/// Some people by name, after so many; whether there are more.
pub fn directory(
    conn: &mut Conn,
    filter: &PeopleFilter,
    after: i64,
    limit: i64,
) -> Result<(Vec<Person>, bool)> {
    let mut people = store::directory::list(conn, filter, after, limit.saturating_add(1))?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = people.len() > most;
    people.truncate(most);
    Ok((people, more))
}

/// All people of a customer, in whatever state, by name.
pub fn everybody_of(conn: &mut Conn, customer: Key) -> Result<Vec<Person>> {
    store::directory::of_customer(conn, customer)
}
