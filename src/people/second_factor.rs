//! The second factor: a code of an authenticator app, asked for besides the password, and recovery
//! codes for the day the app is lost. Set up, renewed and turned off by its owner, who proves the
//! password (and a code, where there is one already); reset by an administrator who made sure of
//! whom they deal with. A code counts once: the step of the app's is remembered, a recovery code is
//! marked.

use chrono::{DateTime, Utc};

use super::codes::{self, RecoveryCode, TotpKey, Typed};
use super::invitations::tell;
use super::{Person, Proven, by_id, letters, passwords, rights, rules, store};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::mailbox::letters::{FactorChange, SecondFactorChanged};
use crate::values::{Identity, Language, PersonId, Problem, Text};

/// Characters of a reason to reset somebody's second factor.
const LONGEST_REASON: usize = 500;

/// How somebody's second factor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactorState {
    pub since: DateTime<Utc>,
    /// Recovery codes that weren't used.
    pub codes_left: i64,
}

/// The person's second factor; None without one.
pub fn second_factor_of(conn: &mut Conn, person: &PersonId) -> Result<Option<FactorState>> {
    let Some(since) = by_id(conn, person)?.second_factor_since else { return Ok(None) };
    Ok(Some(FactorState { since, codes_left: store::second_factor::codes_left(conn, person)? }))
}

/// Makes a key for the person who writes, to be shown to them in this session and no other; the one
/// before, if any, counts until a code of the new one confirms it.
///
/// # Errors
/// Nobody in particular writes.
pub fn begin_second_factor(tx: &mut Tx<'_>, session: &str) -> Result<()> {
    let id = tx.by().person().cloned().ok_or(Error::NotFound)?;
    let person = by_id(tx, &id)?;
    let old = (tx.at() - rules::SETUP_LASTS).naive_utc();
    store::second_factor::delete_setups_before(tx, old)?;
    store::second_factor::insert_setup(tx, &id, &TotpKey::random(), session)?;
    tell(tx, &person, "person.second_factor_begun", None)
}

/// The key shown to a person who is setting their second factor up in this session.
pub fn pending_key(
    conn: &mut Conn,
    person: &PersonId,
    session: &str,
    now: DateTime<Utc>,
) -> Result<Option<TotpKey>> {
    let setup = store::second_factor::setup(conn, person, session)?;
    Ok(setup.filter(|(_, at)| now - *at < rules::SETUP_LASTS).map(|(key, _)| key))
}

/// The step of a code that fits the key being set up in this session.
///
/// # Errors
/// A problem at the field `new_code`; nothing is being set up there, or not any more.
pub fn fits_setup(
    conn: &mut Conn,
    person: &PersonId,
    session: &str,
    code: &str,
    now: DateTime<Utc>,
) -> Result<(TotpKey, i64)> {
    let over = || Error::refused("factor-setup-over");
    let key = pending_key(conn, person, session, now)?.ok_or_else(over)?;
    let step = match Typed::read(code) {
        Typed::App(code) => key.step_of(&code, now)?,
        Typed::Recovery(_) | Typed::Unlike => None,
    };
    let wrong = || Error::invalid("new_code", Text::new("factor-new-code-wrong"));
    Ok((key, step.ok_or_else(wrong)?))
}

/// Takes the key being set up as the second factor of the person who writes, once a code of it
/// confirms it, with these recovery codes. All their sessions end but the one they are in.
///
/// # Errors
/// As [`fits_setup`] and [`Proven::stands`].
pub fn set_up_second_factor(
    tx: &mut Tx<'_>,
    proven: &Proven,
    code: &str,
    recovery: &[RecoveryCode],
    session: &str,
) -> Result<()> {
    let person = proven.stands(tx)?;
    let now = tx.at();
    let (key, step) = fits_setup(tx, &person.id, session, code, now)?;
    store::second_factor::forget(tx, &person.id)?;
    store::second_factor::set_key(tx, &person.id, &key, step)?;
    store::second_factor::set_codes(tx, &person.id, recovery)?;
    store::delete_other_sessions(tx, &person.id, session)?;
    tell(tx, &person, "person.second_factor_set_up", None)?;
    write(tx, &person, FactorChange::SetUp)
}

/// Gives the person who writes these recovery codes instead of those they had.
///
/// # Errors
/// They have no second factor; as [`Proven::stands`].
pub fn new_recovery_codes(
    tx: &mut Tx<'_>,
    proven: &Proven,
    recovery: &[RecoveryCode],
) -> Result<()> {
    let person = has_one(proven.stands(tx)?)?;
    store::second_factor::set_codes(tx, &person.id, recovery)?;
    tell(tx, &person, "person.recovery_codes_made", None)?;
    write(tx, &person, FactorChange::NewCodes)
}

/// Asks the person who writes for no code any more.
///
/// # Errors
/// As [`new_recovery_codes`].
pub fn turn_off_second_factor(tx: &mut Tx<'_>, proven: &Proven) -> Result<()> {
    let person = has_one(proven.stands(tx)?)?;
    store::second_factor::forget(tx, &person.id)?;
    tell(tx, &person, "person.second_factor_turned_off", None)?;
    write(tx, &person, FactorChange::TurnedOff)
}

/// Takes somebody's second factor away, because they can't use it any more, and ends their sessions.
/// `reason` says how it was made sure that it is they who ask.
///
/// # Errors
/// It is oneself, or somebody of a customer's who writes; they have none; the reason is missing or
/// too long.
pub fn reset_second_factor(tx: &mut Tx<'_>, id: &PersonId, reason: &str) -> Result<()> {
    if matches!(tx.by().identity, Identity::Customer { .. }) {
        return Err(Error::NotFound);
    }
    let person = by_id(tx, id)?;
    rights::not_oneself(tx, id)?;
    let person = has_one(person)?;
    let reason = reason.trim();
    let length = reason.chars().count();
    if length == 0 || length > LONGEST_REASON {
        let text = Text::new("factor-reason-wrong").with("most", LONGEST_REASON);
        return Err(Error::Invalid(vec![Problem::new("reason", text)]));
    }
    store::second_factor::forget(tx, id)?;
    store::delete_sessions_of(tx, id)?;
    tell(tx, &person, "person.second_factor_reset", Some(reason))?;
    write(tx, &person, FactorChange::Reset)
}

fn has_one(person: Person) -> Result<Person> {
    match person.second_factor_since {
        Some(_) => Ok(person),
        None => Err(Error::refused("factor-none")),
    }
}

/// A second factor that was asked for, and what was typed.
pub(super) struct Question {
    key: TotpKey,
    last_step: i64,
    typed: Typed,
    /// Of the recovery code that was typed, if there is such a one.
    hash: Option<String>,
}

/// What counts once, and is to be taken.
#[derive(Clone)]
pub(super) enum Token {
    Step(i64),
    Code { label: String, hash: String },
}

/// What is needed to look at what was typed; None for whom nothing is asked.
pub(super) fn question(
    conn: &mut Conn,
    person: &PersonId,
    typed: &str,
) -> Result<Option<Question>> {
    let Some((key, last_step)) = store::second_factor::key(conn, person)? else { return Ok(None) };
    let typed = Typed::read(typed);
    let hash = match &typed {
        Typed::Recovery(code) => store::second_factor::code(conn, person, codes::label(code))?,
        Typed::App(_) | Typed::Unlike => None,
    };
    Ok(Some(Question { key, last_step, typed, hash }))
}

impl Question {
    /// What was typed, if it is right and wasn't taken before. For a recovery code it takes as long
    /// as verifying a password.
    pub fn answer(self, now: DateTime<Utc>) -> Result<Option<Token>> {
        match self.typed {
            Typed::App(code) => {
                let step = self.key.step_of(&code, now)?;
                Ok(step.filter(|step| *step > self.last_step).map(Token::Step))
            }
            Typed::Recovery(code) => {
                let fits = passwords::verify(&code, self.hash.as_deref());
                let label = codes::label(&code).to_owned();
                Ok(self.hash.filter(|_| fits).map(|hash| Token::Code { label, hash }))
            }
            Typed::Unlike => Ok(None),
        }
    }
}

/// Takes it, and tells the person of a recovery code; false when it was taken meanwhile.
pub(super) fn take(tx: &mut Tx<'_>, person: &Person, token: &Token) -> Result<bool> {
    match token {
        Token::Step(step) => store::second_factor::take_step(tx, &person.id, *step),
        Token::Code { label, hash } => {
            if !store::second_factor::take_code(tx, &person.id, label, hash)? {
                return Ok(false);
            }
            tell(tx, person, "person.recovery_code_used", None)?;
            let left = store::second_factor::codes_left(tx, &person.id)?;
            write(tx, person, FactorChange::CodeUsed { left })?;
            Ok(true)
        }
    }
}

fn write(tx: &mut Tx<'_>, person: &Person, change: FactorChange) -> Result<()> {
    let house = tx.house();
    // Where somebody else did it, their network says nothing to the person.
    let own = tx.by().person() == Some(&person.id);
    let letter = SecondFactorChanged {
        change,
        at: tx.at(),
        zone: house.zone,
        address: tx.by().address.clone().filter(|_| own),
        contact: house.contact.clone(),
    };
    let cause = uuid::Uuid::now_v7().simple().to_string();
    letters::write_to(tx, person, Language::default(), None, &cause, &letter).map(|_| ())
}
