//! The one who writes: notes what was answered, takes further letters, gives back what can't leave.

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use super::claim::{Claimed, claim};
use super::desk::Desk;
use super::settle::{Answered, settle};
use super::{CLAIM, Delivery, Round};
use crate::error::{Error, Result};
use crate::mailbox::noting::{Note, Noted, Turn};
use crate::mailbox::store;
use crate::values::{Actor, LetterId};

/// How often claims are renewed, by the clock they are kept by: well before they end.
const RENEWAL: TimeDelta = TimeDelta::seconds(30);
/// How often the clerk looks for letters that came in the meantime, while some are under way.
const LOOK: Duration = Duration::from_secs(2);
/// How long the clerk waits for an answer before looking at the clock.
const TICK: Duration = Duration::from_millis(200);
/// Half of what the last write took is waited for a further answer, and no longer than this.
const GATHER: Duration = Duration::from_millis(5);
/// How long a write that the database doesn't take may still take once it is begun.
const MARGIN: TimeDelta = TimeDelta::seconds(20);

/// Sends what is due; in how many writes. See [`super::deliver_due`].
pub(super) fn deliver(round: &Round<'_>, told: &mut dyn FnMut(Delivery)) -> Result<u64> {
    let desk = Desk::new(round.transport.lanes());
    let courier = || {
        let mut before = Noted::already();
        while let Some(letter) = desk.take() {
            let (note, ended) = (Note::default(), Cell::new(None));
            let ends = || ended.set(Some(desk.ending()));
            let outcome = round.send(&letter, &Turn::new(note.told(), before, &ends));
            before = note.told();
            desk.answer(Answered { row: letter.row, outcome, note }, ended.get());
        }
    };
    thread::scope(|scope| {
        let _closing = desk.closing();
        let mut clerk = Clerk::new(round, &desk);
        while let Some(more) = clerk.turn(told)? {
            for _ in 0..more {
                thread::Builder::new().name("courier".to_owned()).spawn_scoped(scope, courier)?;
            }
        }
        Ok(clerk.writes)
    })
}

struct Clerk<'a> {
    round: &'a Round<'a>,
    desk: &'a Desk,
    by: Actor,
    /// So many letters may still be taken.
    left: usize,
    /// When there were no further ones.
    looked: Option<Instant>,
    renewed: DateTime<Utc>,
    /// To be noted.
    answered: Vec<Answered>,
    /// To be given back.
    back: Vec<Claimed>,
    writes: u64,
    /// So many couldn't be noted since the last one that left and was.
    unnoted: usize,
    /// So long it waits for a further answer that is about to come.
    gather: Duration,
}

impl<'a> Clerk<'a> {
    fn new(round: &'a Round<'a>, desk: &'a Desk) -> Self {
        Self {
            round,
            desk,
            by: Actor::system("mail"),
            left: round.most,
            looked: None,
            renewed: round.db.now(),
            answered: Vec::new(),
            back: Vec::new(),
            writes: 0,
            unnoted: 0,
            gather: GATHER,
        }
    }

    /// Waits for something to do and does it: how many more couriers it takes, None at the end.
    fn turn(&mut self, told: &mut dyn FnMut(Delivery)) -> Result<Option<usize>> {
        // Told to stop, it takes nothing, so that it has nothing to be called for but answers.
        let more = !(self.round.stop)() && self.looks();
        self.desk.wait(TICK, more, self.gather);
        let stop = (self.round.stop)();
        self.answered.append(&mut self.desk.answered());
        let away = self.answered.iter().any(Answered::is_away);
        let crowded = self.desk.crowded();
        let stays = |letter: &Claimed| !stop && !away && !crowded.contains(&letter.row.domain);
        self.back.append(&mut self.desk.withdraw(|letter| !stays(letter)));
        let mut room = match !stop && self.looks() {
            true => self.desk.room().min(self.left),
            false => 0,
        };
        let renewal = self.round.db.now() - self.renewed > RENEWAL;
        if self.lapses() {
            self.let_go();
        }
        if self.answered.is_empty() && self.back.is_empty() && !renewal {
            if room > 0 && !self.any_due(&crowded)? {
                self.looked = Some(Instant::now());
                room = 0;
            }
            if room == 0 {
                // Somebody waits long, perhaps: then others go in their place.
                return Ok((!self.desk.is_empty()).then(|| self.desk.lay_out(Vec::new(), &[])));
            }
        }
        match self.write(room, &crowded, renewal) {
            Ok((became, claimed)) => {
                if room > 0 {
                    self.looked = (claimed.len() < room).then(Instant::now);
                }
                self.left = self.left.saturating_sub(claimed.len());
                self.answered.iter().for_each(|one| one.note.done());
                became.into_iter().for_each(&mut *told);
                // What else is for an address that takes no mail waits until it is mended.
                let gone = self.answered.iter().filter(|one| one.is_gone());
                let gone: Vec<&str> = gone.map(|one| &*one.row.to_address).collect();
                let theirs = |letter: &Claimed| gone.contains(&&*letter.row.to_address);
                self.back = self.desk.withdraw(theirs);
                let more = self.desk.lay_out(claimed, &self.answered);
                if self.answered.iter().any(|one| one.outcome.is_ok()) {
                    self.unnoted = 0;
                }
                self.answered.clear();
                Ok(Some(more))
            }
            Err(Error::Busy(why)) if !self.lapses() => {
                tracing::warn!(why, letters = self.answered.len(), "not noted yet");
                self.desk.rest();
                thread::sleep(Duration::from_secs(1));
                Ok(Some(0))
            }
            Err(error) if self.answered.is_empty() => Err(error),
            Err(error) => {
                if self.lapses() {
                    self.let_go();
                }
                self.one_by_one(told, error).map(Some)
            }
        }
    }

    /// Whether claims may run out before the next write is through: then others may take what is at
    /// hand.
    fn lapses(&self) -> bool {
        self.round.db.now() - self.renewed > CLAIM - MARGIN
    }

    /// Begins and ends nothing more of what is at hand. It isn't given back, because it may be
    /// somebody else's by now; what was answered is still to be noted.
    fn let_go(&mut self) {
        self.back.clear();
        drop(self.desk.withdraw(|_| true));
        self.answered.iter().for_each(|one| one.note.lost());
    }

    /// Whether there may be letters to take.
    fn looks(&self) -> bool {
        let lately = self.looked.is_some_and(|at| at.elapsed() < LOOK);
        self.left > 0 && (!lately || self.desk.is_empty())
    }

    /// Whether a look shows letters to take; one that fails ends nothing that is under way.
    fn any_due(&self, crowded: &[String]) -> Result<bool> {
        let now = self.round.db.now().naive_utc();
        match self.round.db.read(|conn| store::any_due(conn, now, crowded)) {
            Err(error) if !self.desk.is_empty() => {
                tracing::warn!(%error, "cannot look for letters now");
                Ok(false)
            }
            other => other,
        }
    }

    /// All that is to be written, at once.
    fn write(
        &mut self,
        room: usize,
        crowded: &[String],
        renewal: bool,
    ) -> Result<(Vec<Delivery>, Vec<Claimed>)> {
        let now = self.round.db.now();
        let at_hand = if renewal { self.desk.at_hand() } else { Vec::new() };
        let at_hand: Vec<&LetterId> = at_hand.iter().collect();
        let back: Vec<&LetterId> = self.back.iter().map(|letter| &letter.row.id).collect();
        let begun = Instant::now();
        let written = self.round.db.write(&self.by, |tx| {
            let became = settle(tx, self.answered.iter())?;
            store::give_back(tx, &back, None)?;
            let until = (tx.at() + CLAIM).naive_utc();
            store::claim(tx, &at_hand, until)?;
            let claimed = match room {
                0 => Vec::new(),
                room => claim(tx, self.round.transport, room, crowded)?,
            };
            Ok((became, claimed))
        })?;
        if renewal {
            self.renewed = now;
        }
        self.writes += 1;
        self.gather = (begun.elapsed() / 2).clamp(GATHER / 5, GATHER);
        Ok(written)
    }

    /// One letter whose answer can't be noted holds up no other's: its claim runs out. Where it is
    /// so with the next, too, the round ends: whatever left would leave again.
    fn one_by_one(&mut self, told: &mut dyn FnMut(Delivery), error: Error) -> Result<usize> {
        let all = std::mem::take(&mut self.answered);
        tracing::error!(%error, letters = all.len(), "what became of letters isn't noted");
        self.desk.rest();
        let (mut over, mut left) = (Vec::new(), false);
        for one in all {
            self.writes += 1;
            match self.round.db.write(&self.by, |tx| settle(tx, std::iter::once(&one))) {
                Ok(became) => {
                    one.note.done();
                    became.into_iter().for_each(&mut *told);
                    left |= one.outcome.is_ok();
                }
                Err(Error::Busy(_)) => {
                    self.answered.push(one);
                    continue;
                }
                Err(error) => {
                    tracing::error!(letter = %one.row.id, %error, "nor is it alone");
                    self.unnoted += 1;
                }
            }
            over.push(one);
        }
        if left {
            self.unnoted = 0;
        } else if self.unnoted > 1 {
            // Their claims run out: a round that took them at once would fare no better.
            drop(self.desk.withdraw(|_| true));
            if self.answered.is_empty() {
                return Err(error);
            }
        }
        Ok(self.desk.lay_out(Vec::new(), &over))
    }
}
