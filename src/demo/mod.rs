//! The demo: a made-up company with two years of sales that end today, played through the same
//! actions a real house uses, at the times they would have happened. The same every time for the
//! same day.

mod accounts;
mod company;
mod cast;
mod disputes;
mod news;
mod own_data;
mod payouts;
mod policies;
mod promises;
mod sales;
mod scenes;
mod timeline;

use std::cell::RefCell;
use std::path::Path;

use chrono::{Datelike, Months, NaiveDate};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::db::{Clock, DatabaseUrl, Db, House};
use crate::error::Result;
use crate::mailbox::Transport;

pub use cast::{PASSWORD, SignInHint};
pub use company::{COMPANY, TAX_ID, contact};

/// Numbers are made from this, so that every demo of a day is the same.
const SEED: u64 = 20_260_930;

/// Plays the two years into a fresh database; says how far it is.
///
/// # Errors
/// An action was refused: a defect, because the play follows the rules.
pub fn play(
    url: &DatabaseUrl,
    house: House,
    files: &Path,
    mail: &dyn Transport,
    limits: &crate::config::Limits,
    tell: &dyn Fn(&str),
) -> Result<Vec<SignInHint>> {
    let now = Clock::Machine.now();
    let clock = Clock::standing_at(now);
    let db = Db::open(url, house, clock)?;
    db.migrate()?;
    let today = db.today();
    let first = first_month(today);
    let mut rng = StdRng::seed_from_u64(SEED);
    let customers = company::customers(&mut rng);
    let products = company::products(&mut rng);
    let lines = sales::lines(&mut rng, &customers, &products, first, today);
    let stage = timeline::Stage {
        db: &db,
        files,
        mail,
        limits,
        now,
        first,
        today,
        tell,
        docket: RefCell::default(),
    };
    let cast = stage.opening(&customers, &products)?;
    stage.play(&cast, &lines)?;
    Ok(cast.hints())
}

/// Two years back, from the first of a month.
fn first_month(today: NaiveDate) -> NaiveDate {
    today.checked_sub_months(Months::new(23)).and_then(|day| day.with_day(1)).unwrap_or(today)
}
