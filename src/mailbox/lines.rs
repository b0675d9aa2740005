//! Who holds a connection to the relay, and how many the relay lets one have.
//!
//! A relay that refuses a further connection while it takes letters over others isn't away: it has a
//! limit. Then nobody asks for more than there are, and who has none waits for one that is parked.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// After so long the relay is asked for more connections again.
const AGAIN: Duration = Duration::from_secs(600);

/// Connections that wait for a letter, and how many there are in all.
pub(super) struct Lines<L> {
    shared: Arc<Shared<L>>,
}

struct Shared<L> {
    state: Mutex<State<L>>,
    freed: Condvar,
}

struct State<L> {
    parked: Vec<L>,
    open: usize,
    /// No more than so many, since when.
    limit: Option<(usize, Instant)>,
}

/// What a letter goes by.
pub(super) enum Way<L> {
    /// A connection that is open.
    Open(L),
    /// A new one may be opened.
    New(Seat<L>),
}

/// Kept as long as the connection is.
pub(super) struct Seat<L>(Arc<Shared<L>>);

impl<L> Drop for Seat<L> {
    fn drop(&mut self) {
        self.0.state().open -= 1;
        self.0.freed.notify_one();
    }
}

/// Those parked hold seats, which hold what they are parked in.
impl<L> Drop for Lines<L> {
    fn drop(&mut self) {
        let parked = std::mem::take(&mut self.shared.state().parked);
        drop(parked);
    }
}

impl<L> Shared<L> {
    fn state(&self) -> MutexGuard<'_, State<L>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<L> Lines<L> {
    pub fn new() -> Self {
        let state = State { parked: Vec::new(), open: 0, limit: None };
        Self { shared: Arc::new(Shared { state: Mutex::new(state), freed: Condvar::new() }) }
    }

    /// How many the relay lets one have, where it said so lately.
    pub fn limit(&self) -> Option<usize> {
        self.shared.state().limit.map(|(most, _)| most)
    }

    /// A way for a letter, once there is one; None when it takes too long.
    pub fn way(&self, until: Instant) -> Option<Way<L>> {
        let mut state = self.shared.state();
        loop {
            if let Some(line) = state.parked.pop() {
                return Some(Way::Open(line));
            }
            state.limit = state.limit.filter(|(_, since)| since.elapsed() < AGAIN);
            if state.limit.is_none_or(|(most, _)| state.open < most) {
                state.open += 1;
                return Some(Way::New(Seat(Arc::clone(&self.shared))));
            }
            let left = until.checked_duration_since(Instant::now())?;
            let waited = self.shared.freed.wait_timeout(state, left);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub fn park(&self, line: L) {
        self.shared.state().parked.push(line);
        self.shared.freed.notify_one();
    }

    /// A further connection was refused, and its seat is given back: whether there are others, by
    /// which letters go.
    pub fn refused(&self) -> bool {
        let mut state = self.shared.state();
        let others = state.open;
        if others > 0 {
            state.limit = Some((others, Instant::now()));
        }
        others > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_refused_a_further_line_waits_for_one_that_is_parked() {
        let soon = || Instant::now() + Duration::from_millis(50);
        let lines = Lines::<&str>::new();
        let Some(Way::New(first)) = lines.way(soon()) else { panic!("no way") };
        let Some(Way::New(second)) = lines.way(soon()) else { panic!("no way") };
        drop(second);
        assert!(lines.refused());
        assert!(lines.way(soon()).is_none());
        lines.park("first");
        assert!(matches!(lines.way(soon()), Some(Way::Open("first"))));
        // The last one gone, somebody asks the relay again.
        drop(first);
        let Some(Way::New(seat)) = lines.way(soon()) else { panic!("no way") };
        drop(seat);
        assert!(!lines.refused());
    }
}
