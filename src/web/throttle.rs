//! How often one address may ask for what nobody needs to sign in for.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Asks within a window, by address, in this process. An address is forgotten when its window ends.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    asked: Mutex<HashMap<String, (DateTime<Utc>, u32)>>,
}

/// So many in a window: a person with a pile of papers, and not a program.
const MOST: u32 = 30;
const WINDOW: TimeDelta = TimeDelta::minutes(10);
/// Addresses remembered at once; beyond, everybody waits for a window to end.
const ADDRESSES: usize = 100_000;

impl Throttle {
    /// Counts this ask.
    ///
    /// # Errors
    /// There were too many; the next is heard at the time given.
    pub(super) fn ask(&self, address: &str, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if !asked.contains_key(address) && asked.len() >= ADDRESSES {
            asked.retain(|_, (since, _)| now - *since < WINDOW);
            if asked.len() >= ADDRESSES {
                return Err(now + WINDOW);
            }
        }
        let (since, count) = asked.entry(address.to_owned()).or_insert((now, 0));
        if now - *since >= WINDOW {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        if *count > MOST { Err(*since + WINDOW) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_asks_too_often_waits_for_its_window_to_end() {
        let throttle = Throttle::default();
        let now: DateTime<Utc> = "2026-10-15T02:00:00Z".parse().unwrap();
        for _ in 0..MOST {
            assert_eq!(throttle.ask("192.0.2.1", now), Ok(()));
        }
        let later = now + TimeDelta::minutes(9);
        assert_eq!(throttle.ask("192.0.2.1", later), Err(now + WINDOW));
        assert_eq!(throttle.ask("192.0.2.2", later), Ok(()));
        assert_eq!(throttle.ask("192.0.2.1", now + WINDOW), Ok(()));
    }
}
