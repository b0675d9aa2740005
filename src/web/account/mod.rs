//! Pages for everybody: signing in and out, sessions, language, help.

pub(super) mod absence;
pub(super) mod downloads;
pub(super) mod help;
pub(super) mod language;
pub(super) mod my_data;
pub(super) mod notices;
pub(super) mod notifications;
pub(super) mod sessions;
pub(super) mod sign_in;
pub(super) mod statement_check;
pub(super) mod unsubscribe;

use super::{Answer, Visit, reply};
use crate::people::{Person, Side};

/// `/`: to where this person works.
pub(super) async fn front(visit: Visit) -> Answer {
    reply::see_other(home_of(visit.person()))
}

fn home_of(person: Option<&Person>) -> &'static str {
    match person.map(|p| &p.side) {
        None => "/sign-in",
        Some(Side::Staff(_)) => "/staff",
        Some(Side::Customer(..)) => "/home",
    }
}
