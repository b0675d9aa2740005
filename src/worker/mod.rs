//! The clock's door: duties that nobody asks for by hand, each in a thread of its own.
//!
//! [`duties`] lists them all with how often they come round. A duty calls rooms, as any door does;
//! one that fails or panics is logged and comes round again, and holds up no other. Several
//! processes may run the same duties on one database: every duty is safe to do twice.

pub mod duties;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::accruals::rules::NearRule;
use crate::config::{Config, Limits};
use crate::db::Db;
use crate::disputes::Scanner;
use crate::error::Result;
use crate::mailbox::Transport;
use crate::values::EmailAddress;
pub use duties::{DUTIES, Duty, Left};

/// What duties work with.
#[derive(Clone)]
pub struct Workshop {
    pub db: Db,
    pub near_tiers: NearRule,
    pub transport: Arc<dyn Transport>,
    pub limits: Limits,
    /// Where uploaded files lie.
    pub files: PathBuf,
    /// How old the last backup may be, where that is asked.
    pub max_backup_age: Option<chrono::TimeDelta>,
    /// The mailbox that keeps the audit log's daily marks, where one is set.
    pub checkpoints: Option<EmailAddress>,
    /// None where files aren't scanned.
    pub scanner: Option<Arc<dyn Scanner>>,
    /// Raised when it is time to stop: what takes long looks at it.
    pub signal: Arc<Signal>,
}

/// The duties under way. Dropping it tells them to stop; [`Handle::stop`] also waits.
pub struct Handle {
    signal: Arc<Signal>,
    threads: Vec<JoinHandle<()>>,
}

/// Starts the whole schedule.
///
/// # Errors
/// The settings for mail can't be right.
pub fn start(db: Db, config: &Config) -> Result<Handle> {
    let workshop = Workshop {
        db,
        near_tiers: config.near_tiers.rule(),
        transport: config.mail.open()?.into(),
        limits: config.limits.clone(),
        files: config.files.clone(),
        max_backup_age: config.backup.limit(),
        checkpoints: EmailAddress::parse(&config.mail.checkpoints),
        scanner: match config.scanner.open()? {
            Some(clamd) => Some(Arc::new(clamd)),
            None => None,
        },
        signal: Arc::default(),
    };
    start_duties(DUTIES, &workshop)
}

/// Starts these duties only.
///
/// # Errors
/// The machine has no threads left.
pub fn start_duties(duties: &'static [Duty], workshop: &Workshop) -> Result<Handle> {
    let mut handle = Handle { signal: Arc::clone(&workshop.signal), threads: Vec::new() };
    for duty in duties {
        let workshop = workshop.clone();
        let thread = thread::Builder::new()
            .name(duty.name.to_owned())
            .spawn(move || work(duty, &workshop))?;
        handle.threads.push(thread);
    }
    Ok(handle)
}

impl Handle {
    /// Tells the duties to stop and waits for what they are at, but not for ever: a mail server
    /// that doesn't answer gives the letter back by the end of its claim. True when all ended.
    pub fn stop(mut self, patience: Duration) -> bool {
        self.signal.raise();
        let end = Instant::now() + patience;
        while Instant::now() < end && self.threads.iter().any(|thread| !thread.is_finished()) {
            thread::sleep(Duration::from_millis(20));
        }
        let ended = self.threads.iter().all(JoinHandle::is_finished);
        self.threads.clear();
        ended
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.signal.raise();
    }
}

fn work(duty: &Duty, workshop: &Workshop) {
    let signal = &workshop.signal;
    while !signal.is_raised() {
        let outcome = catch_unwind(AssertUnwindSafe(|| (duty.work)(workshop)));
        let rest = match outcome {
            Ok(Ok(Left::Something)) => Duration::ZERO,
            Ok(Ok(Left::Nothing)) => duty.every,
            Ok(Err(error)) => {
                tracing::error!(duty = duty.name, %error, "a duty failed");
                duty.every
            }
            Err(_) => {
                tracing::error!(duty = duty.name, "a duty panicked");
                duty.every
            }
        };
        signal.wait(rest);
    }
}

/// Raised once, when it is time to stop.
#[derive(Default)]
pub struct Signal {
    raised: Mutex<bool>,
    changed: Condvar,
}

impl Signal {
    fn raise(&self) {
        *self.raised.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    pub fn is_raised(&self) -> bool {
        *self.raised.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the time given, or until it is raised.
    fn wait(&self, time: Duration) {
        let raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.changed.wait_timeout_while(raised, time, |raised| !*raised));
    }
}
