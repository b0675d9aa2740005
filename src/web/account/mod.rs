//! Pages for everybody: signing in and out, one's own account, sessions, language, help.

pub(super) mod absence;
pub(super) mod email;
pub(super) mod forgotten_password;
pub(super) mod downloads;
pub(super) mod help;
pub(super) mod invitation;
pub(super) mod language;
pub(super) mod my_data;
pub(super) mod notices;
pub(super) mod notifications;
pub(super) mod overview;
pub(super) mod password;
pub(super) mod password_reset;
pub(super) mod second_factor;
pub(super) mod second_factor_change;
pub(super) mod sessions;
pub(super) mod sign_in;
pub(super) mod sign_in_code;
pub(super) mod statement_check;
pub(super) mod unsubscribe;

use super::{Answer, Visit, reply};
use crate::error::Error;
use crate::people::{self, Person, Side};
use crate::values::{Problem, Text};

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

/// What is wrong with a new password that was typed twice; `known` is what anybody knows about its
/// owner.
fn new_password_problem(password: &str, again: &str, known: &[&str]) -> Option<Problem> {
    match people::check_password(password, known) {
        Err(Error::Invalid(problems)) => problems.into_iter().next(),
        _ if password != again => Some(Problem::new("again", Text::new("password-not-again"))),
        _ => None,
    }
}
