//! The one error of the house. Rooms refuse in their own words ([`Text`]); doors turn each kind
//! into a status, a page or an exit code, in one place each.

use std::fmt;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::values::{Problem, Text};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong, by what the reader should do about it.
#[derive(Debug)]
pub enum Error {
    /// 404: there is no such thing, or it is not yours to see; the same answer.
    NotFound,
    /// 422: what was sent can't be right; each problem names its field.
    Invalid(Vec<Problem>),
    /// 409: it is understood, and a rule says no.
    Refused(Text),
    /// 409: somebody else was first, or it was done before.
    Duplicate,
    /// 503: the database is busy or away; trying again may help.
    Busy(String),
    /// 500: a defect or a broken machine; logged once, shown as a reference.
    Internal(String),
}

impl Error {
    pub fn refused(key: &'static str) -> Self {
        Self::Refused(Text::new(key))
    }

    pub fn invalid(field: impl Into<String>, text: Text) -> Self {
        Self::Invalid(vec![Problem::new(field, text)])
    }

    pub fn internal(what: impl fmt::Display) -> Self {
        Self::Internal(what.to_string())
    }
}

impl fmt::Display for Error {
    /// English, for the shell and the logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = crate::words::english();
        match self {
            Self::NotFound => f.write_str("there is no such thing"),
            Self::Invalid(problems) => {
                for (index, problem) in problems.iter().enumerate() {
                    if index > 0 {
                        f.write_str("\n")?;
                    }
                    write!(f, "{}: {}", problem.field, words.say(&problem.text))?;
                }
                Ok(())
            }
            Self::Refused(text) => f.write_str(&words.say(text)),
            Self::Duplicate => f.write_str("it exists already, or was done before"),
            Self::Busy(why) => write!(f, "the database is busy or away, try again ({why})"),
            Self::Internal(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}

impl From<Text> for Error {
    fn from(text: Text) -> Self {
        Self::Refused(text)
    }
}

/// What the databases say when waiting or making room may help.
const AWAY: [&str; 5] = [
    "database is locked",
    "lock timeout",
    "disk is full",
    "No space left on device",
    "terminating connection",
];

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Self::Duplicate,
            DieselError::DatabaseError(
                DatabaseErrorKind::SerializationFailure | DatabaseErrorKind::ClosedConnection,
                info,
            ) => Self::Busy(info.message().to_owned()),
            DieselError::DatabaseError(_, info)
                if AWAY.iter().any(|sign| info.message().contains(sign)) =>
            {
                Self::Busy(info.message().to_owned())
            }
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(error.to_string())
    }
}
