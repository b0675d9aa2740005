//! Who was handed a letter says no other's end before that is noted: so a kill or a cut can copy one
//! letter of a connection at most, the one whose acceptance nobody wrote down.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

/// What became of a letter, for those who wait until it is noted.
#[derive(Debug, Clone, Default)]
pub struct Noted(Arc<Mutex<Progress>>);

#[derive(Debug, Default)]
enum Progress {
    #[default]
    Open,
    Awaited(Thread),
    Done,
    /// Nobody will note it any more.
    Lost,
}

impl Noted {
    /// As where no letter went before.
    pub fn already() -> Self {
        Self(Arc::new(Mutex::new(Progress::Done)))
    }

    /// Waits until it is noted; false when it won't be. One may wait.
    pub fn wait(&self) -> bool {
        loop {
            let mut progress = self.progress();
            match *progress {
                Progress::Done => return true,
                Progress::Lost => return false,
                Progress::Open | Progress::Awaited(_) => {
                    *progress = Progress::Awaited(thread::current());
                }
            }
            drop(progress);
            thread::park();
        }
    }

    /// Whether nobody would have to wait.
    pub fn is_done(&self) -> bool {
        matches!(*self.progress(), Progress::Done)
    }

    fn set(&self, what: Progress) {
        if let Progress::Awaited(thread) = std::mem::replace(&mut *self.progress(), what) {
            thread.unpark();
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who is to note it. Dropped before, it never will be.
#[derive(Debug, Default)]
pub(super) struct Note(Noted);

impl Note {
    pub fn told(&self) -> Noted {
        self.0.clone()
    }

    pub fn done(&self) {
        self.0.set(Progress::Done);
    }

    /// Who waits for it gives up, even if it is noted later.
    pub fn lost(&self) {
        self.0.set(Progress::Lost);
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        if !self.0.is_done() {
            self.0.set(Progress::Lost);
        }
    }
}

/// One letter's turn among those that are sent side by side.
pub struct Turn<'a> {
    /// Whether this letter is noted.
    pub noted: Noted,
    /// Whether the one is that the same sender sent before.
    pub before: Noted,
    ends: &'a dyn Fn(),
}

impl<'a> Turn<'a> {
    pub(super) fn new(noted: Noted, before: Noted, ends: &'a dyn Fn()) -> Self {
        Self { noted, before, ends }
    }

    /// Waits until the letter that went the same way before is noted; then the end of this one may
    /// be said. False when it never will be: then nothing more may go that way.
    pub fn may_end(&self, before: &Noted) -> bool {
        let may = before.wait();
        if may {
            (self.ends)();
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn who_waits_goes_on_when_it_is_noted_and_learns_when_it_never_will_be() {
        for (done, expected) in [(true, true), (false, false)] {
            let note = Note::default();
            let told = note.told();
            assert!(!told.is_done());
            let waiting = thread::spawn(move || told.wait());
            thread::sleep(Duration::from_millis(20));
            assert!(!waiting.is_finished());
            if done {
                note.done();
            }
            drop(note);
            assert_eq!(waiting.join().unwrap(), expected);
        }
        assert!(Noted::already().wait());
    }
}
