//! What lies between the clerk and the couriers, and how many couriers there are to be.

use std::collections::{HashSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::claim::Claimed;
use super::settle::Answered;
use crate::values::LetterId;

/// Longer than a mail server takes that is well.
const SLOW: Duration = Duration::from_secs(5);

/// Letters that are taken and not answered, and answers that aren't noted.
///
/// What is slow holds up no other. A domain gets half of the couriers at most while there are
/// letters for others, and none any more while half of them wait for it. For each who waits long
/// there is another, up to twice as many.
pub(super) struct Desk {
    state: Mutex<State>,
    letters: Condvar,
    answers: Condvar,
    /// How many couriers there are while none is slow.
    lanes: usize,
}

#[derive(Default)]
struct State {
    ready: VecDeque<Claimed>,
    under_way: Vec<UnderWay>,
    answered: Vec<Answered>,
    /// How many ended letters are about to be answered, of those that ended since the clerk last
    /// waited for such in vain, and how often it did.
    soon: usize,
    gathering: u64,
    /// Whether it does so now.
    gathers: bool,
    /// Of letters under way or answered: one that refuses its first letter gets no second.
    addresses: HashSet<String>,
    couriers: usize,
    idle: usize,
    /// Nothing can be noted, so nothing is begun.
    resting: bool,
    closed: bool,
}

struct UnderWay {
    id: LetterId,
    domain: String,
    since: Instant,
}

/// Sends the couriers home when it goes, however that comes about. Answers nobody will note are
/// dropped: who waits for one of them waits no longer.
pub(super) struct Closing<'a>(&'a Desk);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.closed = true;
        let unnoted = std::mem::take(&mut state.answered);
        drop(state);
        drop(unnoted);
        self.0.letters.notify_all();
    }
}

impl Desk {
    pub fn new(lanes: usize) -> Self {
        Self {
            state: Mutex::default(),
            letters: Condvar::new(),
            answers: Condvar::new(),
            lanes: lanes.max(1),
        }
    }

    pub fn closing(&self) -> Closing<'_> {
        Closing(self)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next letter for a courier, once there is one; None when it is time to go home.
    pub fn take(&self) -> Option<Claimed> {
        let mut state = self.state();
        loop {
            if state.closed {
                return None;
            }
            if let Some(letter) = state.next(self.lanes) {
                return Some(letter);
            }
            state.idle += 1;
            state = self.letters.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    /// The end of a letter is being said: its answer may come soon. What is returned belongs to it.
    pub fn ending(&self) -> u64 {
        let mut state = self.state();
        state.soon += 1;
        state.gathering
    }

    /// A courier is back; `ended` where the end of the letter was said. Once it is closed, nobody
    /// comes for the answer.
    pub fn answer(&self, answered: Answered, ended: Option<u64>) {
        let mut state = self.state();
        if state.closed {
            return;
        }
        state.under_way.retain(|one| one.id != answered.row.id);
        state.answered.push(answered);
        if ended == Some(state.gathering) {
            state.soon -= 1;
        }
        if state.soon == 0 || !state.gathers {
            self.answers.notify_one();
        }
    }

    /// Waits until the clerk has something to do, but not for long: `more` when there may be
    /// further letters to take. Are there answers, then for those that come soon, too, as long as
    /// each `gather` brings further ones.
    pub fn wait(&self, most: Duration, more: bool, gather: Duration) {
        let state = self.state();
        let nothing = |state: &mut State| {
            let room = more && state.ready.len() <= AHEAD - LEAST;
            let waiting = !state.ready.is_empty() || !state.under_way.is_empty();
            state.answered.is_empty() && waiting && !room
        };
        let waited = self.answers.wait_timeout_while(state, most, nothing);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.answered.is_empty() || state.soon == 0 {
            return;
        }
        state.gathers = true;
        let begun = Instant::now();
        loop {
            let before = state.answered.len();
            let waited = self.answers.wait_timeout_while(state, gather, |state| state.soon > 0);
            let late;
            (state, late) = waited.unwrap_or_else(PoisonError::into_inner);
            if !late.timed_out() {
                break;
            }
            if state.answered.len() == before || begun.elapsed() > GATHERS {
                // Those are slow: nobody waits for them a second time.
                (state.soon, state.gathering) = (0, state.gathering + 1);
                break;
            }
        }
        state.gathers = false;
    }

    pub fn answered(&self) -> Vec<Answered> {
        std::mem::take(&mut self.state().answered)
    }

    /// How many letters there is room for.
    pub fn room(&self) -> usize {
        let room = AHEAD.saturating_sub(self.state().ready.len());
        if room < LEAST { 0 } else { room }
    }

    /// Whether no letter is at hand.
    pub fn is_empty(&self) -> bool {
        let state = self.state();
        state.ready.is_empty() && state.under_way.is_empty() && state.answered.is_empty()
    }

    /// The letters that are taken and not answered.
    pub fn at_hand(&self) -> Vec<LetterId> {
        let state = self.state();
        let ready = state.ready.iter().map(|letter| letter.row.id.clone());
        ready.chain(state.under_way.iter().map(|one| one.id.clone())).collect()
    }

    /// Domains that get no further letters for now.
    pub fn crowded(&self) -> Vec<String> {
        let state = self.state();
        let mut crowded: Vec<String> = Vec::new();
        for one in &state.under_way {
            if state.is_crowded(&one.domain, self.lanes) && !crowded.contains(&one.domain) {
                crowded.push(one.domain.clone());
            }
        }
        crowded
    }

    /// Takes back what isn't begun.
    pub fn withdraw(&self, which: impl Fn(&Claimed) -> bool) -> Vec<Claimed> {
        let mut state = self.state();
        let (back, ready): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut state.ready).into_iter().partition(which);
        state.ready = ready;
        back.into()
    }

    /// Lays out letters, and lets the addresses be written to again; how many more couriers it
    /// takes.
    pub fn lay_out(&self, letters: Vec<Claimed>, noted: &[Answered]) -> usize {
        let mut state = self.state();
        for one in noted {
            state.addresses.remove(&one.row.to_address);
        }
        state.ready.extend(letters);
        state.resting = false;
        self.letters.notify_all();
        let slow = state.under_way.iter().filter(|one| one.since.elapsed() > SLOW).count();
        let brisk = state.couriers - slow;
        let more = state.ready.len().saturating_sub(state.idle);
        // Few letters are worth few conversations.
        let worth = FEW.max(state.ready.len() / EACH);
        let more = more.min(self.lanes.min(worth).saturating_sub(brisk));
        let more = more.min((self.lanes * 2).saturating_sub(state.couriers));
        state.couriers += more;
        more
    }

    /// Lets nothing be begun until letters are laid out again.
    pub fn rest(&self) {
        self.state().resting = true;
    }
}

/// How many letters are taken before there is a courier for them: enough for the time of a write.
const AHEAD: usize = 500;
/// So many couriers begin at once where there are letters for them; further ones only for so many
/// letters each.
const FEW: usize = 8;
const EACH: usize = 5;
/// No answer that came waits longer for others.
const GATHERS: Duration = Duration::from_millis(50);
/// So many are taken at a time at least.
const LEAST: usize = 50;

impl State {
    fn next(&mut self, lanes: usize) -> Option<Claimed> {
        if self.resting {
            return None;
        }
        let free = |letter: &Claimed| !self.addresses.contains(&letter.row.to_address);
        let share = |letter: &Claimed| {
            let theirs = self.under_way.iter().filter(|one| one.domain == letter.row.domain);
            theirs.count() * 2 < lanes
        };
        let fair = self.ready.iter().position(|letter| free(letter) && share(letter));
        let at = fair.or_else(|| {
            let crowded = |letter: &Claimed| self.is_crowded(&letter.row.domain, lanes);
            self.ready.iter().position(|letter| free(letter) && !crowded(letter))
        })?;
        let letter = self.ready.remove(at)?;
        self.addresses.insert(letter.row.to_address.clone());
        self.under_way.push(UnderWay {
            id: letter.row.id.clone(),
            domain: letter.row.domain.clone(),
            since: Instant::now(),
        });
        Some(letter)
    }

    /// Whether half of the couriers have waited long for the domain.
    fn is_crowded(&self, domain: &str, lanes: usize) -> bool {
        let slow = |one: &&UnderWay| one.domain == domain && one.since.elapsed() > SLOW;
        let waiting = self.under_way.iter().filter(slow).count();
        waiting > 0 && waiting * 2 >= lanes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::LetterState;
    use crate::mailbox::noting::Note;
    use crate::mailbox::store::Row;
    use crate::values::Language;

    fn answered(note: Note) -> Answered {
        let (id, text) = (LetterId::new(), String::new);
        let at = chrono::NaiveDateTime::default();
        let row = Row {
            id,
            message_id: text(),
            kind: text(),
            cause_id: text(),
            to_address: text(),
            customer_id: None,
            language: Language::En,
            subject: text(),
            text_body: text(),
            html_body: text(),
            state: LetterState::Queued,
            attempts: 0,
            next_try_at: at,
            claimed_until: None,
            last_error: None,
            created_at: at,
            sent_at: None,
            follows: None,
            domain: text(),
            path: text(),
            read_at: None,
            encloses: None,
            other_subject: None,
        };
        Answered { row, outcome: Ok(()), note }
    }

    #[test]
    fn once_closed_nobody_waits_for_an_answer_to_be_noted() {
        let desk = Desk::new(1);
        let (before, after) = (Note::default(), Note::default());
        let (first, second) = (before.told(), after.told());
        let closing = desk.closing();
        desk.answer(answered(before), None);
        let waiting = std::thread::spawn(move || first.wait());
        drop(closing);
        desk.answer(answered(after), None);
        let end = Instant::now() + Duration::from_secs(5);
        while !waiting.is_finished() {
            assert!(Instant::now() < end, "it still waits");
            std::thread::yield_now();
        }
        assert!(!waiting.join().unwrap() && !second.wait());
        assert!(desk.take().is_none());
    }
}
