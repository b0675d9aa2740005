use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// The only source of time. Tests and the demo set it; a running portal uses the machine's.
#[derive(Clone)]
pub enum Clock {
    Machine,
    Set(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// A clock that stands at the moment until it is moved.
    pub fn standing_at(at: DateTime<Utc>) -> Self {
        Self::Set(Arc::new(Mutex::new(at)))
    }

    /// This moment, to the microsecond: what both databases keep alike.
    pub fn now(&self) -> DateTime<Utc> {
        let now = match self {
            Self::Machine => Utc::now(),
            Self::Set(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        };
        now.trunc_subsecs(6)
    }

    /// Moves a set clock; the machine's clock stays as it is.
    pub fn set(&self, to: DateTime<Utc>) {
        if let Self::Set(at) = self {
            *at.lock().unwrap_or_else(PoisonError::into_inner) = to;
        }
    }

    /// Moves a set clock on.
    pub fn advance(&self, by: TimeDelta) {
        self.set(self.now() + by);
    }
}
