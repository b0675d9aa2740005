//! What names are accepted, how long sessions live, and when sign-in is throttled.

use chrono::{DateTime, TimeDelta, Utc};

use super::Side;
use crate::error::{Error, Result};
use crate::values::Text;

/// Wrong passwords an account bears in [`ACCOUNT_WINDOW`].
pub(super) const ACCOUNT_TRIES: i64 = 10;
pub(super) const ACCOUNT_WINDOW: TimeDelta = TimeDelta::minutes(15);
/// Wrong passwords a network address may send in [`ADDRESS_WINDOW`].
pub(super) const ADDRESS_TRIES: i64 = 100;
pub(super) const ADDRESS_WINDOW: TimeDelta = TimeDelta::hours(1);

/// Times within [`RESET_WINDOW`] that an account is sent a link to choose a new password, and that
/// a network address may ask for any.
pub(super) const RESETS: i64 = 3;
pub(super) const RESET_ASKS: i64 = 20;
pub(super) const RESET_WINDOW: TimeDelta = TimeDelta::hours(1);
/// How long it is kept that somebody asked.
pub(super) const RESET_KEPT: TimeDelta = TimeDelta::days(1);

/// Times within [`ADDRESS_CHANGE_WINDOW`] that a person may ask to be reached at another address:
/// each writes to whatever address they name.
pub(super) const ADDRESS_CHANGES: i64 = 3;
pub(super) const ADDRESS_CHANGE_WINDOW: TimeDelta = TimeDelta::hours(24);

/// How long somebody has to type the code once the password was right, and how many they may.
pub(super) const HALFWAY_LASTS: TimeDelta = TimeDelta::minutes(5);
pub(super) const HALFWAY_TRIES: i64 = 5;
/// Refused codes of a person within [`CODES_WINDOW`]: with how many the person hears of it, and how
/// many are taken from browsers they never signed in with.
pub(super) const CODES_UNTOLD: usize = 5;
pub(super) const CODES_TAKEN: usize = 20;
pub(super) const CODES_WINDOW: TimeDelta = TimeDelta::hours(24);
/// How long a key that is shown to be set up waits for its first code.
pub(super) const SETUP_LASTS: TimeDelta = TimeDelta::minutes(30);

/// How long a browser is known that nobody signs in with: as long as browsers keep a cookie.
pub(super) const DEVICE_KEPT: TimeDelta = TimeDelta::days(400);

/// How long a session lives unused, and at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lifetimes {
    pub idle: TimeDelta,
    pub absolute: TimeDelta,
}

/// Staff sessions are shorter: they can move money.
pub(super) fn lifetimes(side: &Side) -> Lifetimes {
    match side {
        Side::Staff(_) => {
            Lifetimes { idle: TimeDelta::minutes(30), absolute: TimeDelta::hours(12) }
        }
        Side::Customer(..) => {
            Lifetimes { idle: TimeDelta::minutes(60), absolute: TimeDelta::hours(24) }
        }
    }
}

/// Whether a session still stands.
pub(super) fn alive(
    side: &Side,
    seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> bool {
    now < expires_at && now - seen_at < lifetimes(side).idle
}

/// A name that can be printed on pages and in mail headers: one line, 1 to 100 characters.
pub(super) fn clean_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Error::invalid("name", Text::new("people-name-wrong")));
    }
    Ok(name.to_owned())
}

/// A phone number as people write it, or none.
pub(super) fn clean_phone(phone: &str) -> Result<Option<String>> {
    let phone = phone.trim();
    if phone.is_empty() {
        return Ok(None);
    }
    let plain = |c: char| c.is_ascii_digit() || "+-() /".contains(c);
    if phone.len() > 30 || !phone.chars().all(plain) || !phone.chars().any(|c| c.is_ascii_digit()) {
        return Err(Error::invalid("phone", Text::new("people-phone-wrong")));
    }
    Ok(Some(phone.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_what_people_write_or_nothing() {
        for (typed, expected) in [
            ("", Ok(None)),
            ("  ", Ok(None)),
            (" 021-5550 0100 ", Ok(Some("021-5550 0100"))),
            ("+86 (21) 5550/0100", Ok(Some("+86 (21) 5550/0100"))),
            ("++--", Err(())),
            ("ask me", Err(())),
            ("1\n2", Err(())),
            ("1234567890123456789012345678901", Err(())),
        ] {
            let found = clean_phone(typed).map_err(|_| ());
            assert_eq!(found, expected.map(|one| one.map(str::to_owned)), "{typed:?}");
        }
    }
}
