//! How policies come about in the demo: one in every state of its life, an amended one, one that
//! ends, and who has signed.

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};

use super::cast::Cast;
use super::policies;
use super::timeline::Stage;
use crate::error::{Error, Result};
use crate::policies::{self as room, Terms, Version};
use crate::values::{Period, PeriodKind, StaffRole};

/// One thing that somebody does with a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deed {
    promise: usize,
    step: Step,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Draft,
    Submit,
    Approve,
    Return(&'static str),
    Publish,
    End(&'static str),
    /// By the manager of the customer at this place.
    Sign(usize),
}

/// A policy and its course: the days before the day it goes by, and the hour, of each step.
struct Promise {
    code: &'static str,
    /// The account manager's place.
    drafter: usize,
    /// The day it goes by.
    day: fn(&Stage<'_>) -> NaiveDate,
    file: fn(&Stage<'_>) -> String,
    steps: &'static [(u64, u32, Step)],
}

const PROMISES: &[Promise] = &[
    // What was there from the beginning, signed by two companies; the third one never did.
    signed_at_once("M-LIGHT"),
    signed_at_once("Q-DIST"),
    signed_at_once("Y-KEY"),
    signed_at_once("H-SHELF"),
    signed_at_once("Q-REG"),
    Promise {
        code: "M-LIGHT",
        drafter: 0,
        day: this_month,
        file: |stage| policies::light_amended(this_month(stage)),
        steps: &[
            (14, 10, Step::Draft),
            (13, 16, Step::Submit),
            (12, 11, Step::Approve),
            (9, 9, Step::Publish),
            (6, 15, Step::Sign(1)),
        ],
    },
    Promise {
        code: "H-SHELF",
        drafter: 0,
        day: |stage| stage.today,
        file: |_| String::new(),
        steps: &[(9, 14, Step::End("门店陈列改由市场部统一采购，本政策执行到本半年末。"))],
    },
    Promise {
        code: "Y-KEY",
        drafter: 0,
        day: |stage| stage.today,
        file: |stage| policies::key_amended(next(PeriodKind::Year, stage.today)),
        steps: &[(8, 10, Step::Draft), (7, 11, Step::Submit), (4, 15, Step::Approve)],
    },
    Promise {
        code: "Q-REG",
        drafter: 1,
        day: |stage| stage.today,
        file: |stage| policies::regular_amended(next(PeriodKind::Quarter, stage.today)),
        steps: &[(5, 13, Step::Draft), (2, 16, Step::Submit)],
    },
    Promise {
        code: "N-START",
        drafter: 0,
        day: |stage| stage.today,
        file: |stage| policies::starter(next(PeriodKind::Quarter, stage.today)),
        steps: &[
            (6, 9, Step::Draft),
            (6, 10, Step::Submit),
            (3, 17, Step::Return("请写明适用区域，并说明与季度达标返利是否叠加。")),
        ],
    },
    Promise {
        code: "G-YOY",
        drafter: 2,
        day: |stage| stage.today,
        file: |stage| policies::growth(next(PeriodKind::Year, stage.today)),
        steps: &[(1, 11, Step::Draft)],
    },
];

const fn signed_at_once(code: &'static str) -> Promise {
    Promise {
        code,
        drafter: 0,
        day: |stage| stage.first.checked_add_days(Days::new(10)).unwrap_or(stage.first),
        file: |_| String::new(),
        steps: &[(5, 10, Step::Sign(0)), (3, 15, Step::Sign(1))],
    }
}

fn this_month(stage: &Stage<'_>) -> NaiveDate {
    stage.today.with_day(1).unwrap_or(stage.today)
}

/// The first day of the next period.
fn next(kind: PeriodKind, day: NaiveDate) -> NaiveDate {
    let after = Period::containing(kind, day).next().and_then(Period::days);
    after.map_or(day, |(first, _)| first)
}

/// When each step is taken.
pub(super) fn deeds(stage: &Stage<'_>) -> Vec<(DateTime<Utc>, Deed)> {
    let mut deeds = Vec::new();
    for (promise, one) in PROMISES.iter().enumerate() {
        for (before, hour, step) in one.steps {
            if let Some(day) = (one.day)(stage).checked_sub_days(Days::new(*before)) {
                deeds.push((stage.moment(day, *hour), Deed { promise, step: *step }));
            }
        }
    }
    deeds
}

pub(super) fn play(stage: &Stage<'_>, cast: &Cast, deed: Deed) -> Result<()> {
    let promise = PROMISES.get(deed.promise).ok_or_else(|| Error::internal("no such promise"))?;
    let drafter = cast.manager_at(promise.drafter)?;
    let approver = cast.staff(StaffRole::Approver)?;
    let db = stage.db;
    match deed.step {
        Step::Draft => {
            let source = (promise.file)(stage);
            let terms = terms(&source)?;
            db.write(drafter, |tx| room::draft(tx, &terms, &source)).map(|_| ())
        }
        Step::Submit => {
            let version = open(stage, promise.code)?;
            db.write(drafter, |tx| room::submit(tx, &version.id, version.revision))
        }
        Step::Approve => {
            let version = open(stage, promise.code)?;
            db.write(approver, |tx| room::approve(tx, &version.id, &version.terms_hash))
        }
        Step::Return(reason) => {
            let version = open(stage, promise.code)?;
            db.write(approver, |tx| room::return_(tx, &version.id, reason))
        }
        Step::Publish => {
            let version = open(stage, promise.code)?;
            db.write(drafter, |tx| room::publish_approved(tx, &version.id)).map(|_| ())
        }
        Step::End(reason) => {
            let version = db.read(|conn| room::by_code(conn, promise.code))?;
            let half = next(PeriodKind::HalfYear, stage.today).pred_opt().unwrap_or(stage.today);
            db.write(approver, |tx| room::end(tx, &version.id, half, reason))
        }
        Step::Sign(place) => sign(stage, cast, promise.code, place),
    }
}

fn terms(source: &str) -> Result<Terms> {
    room::parse(source)
        .map_err(|problems| Error::internal(format!("a draft of the demo is wrong: {problems:?}")))
}

/// The version of the policy that is under way.
fn open(stage: &Stage<'_>, code: &str) -> Result<Version> {
    let all = stage.db.read(room::all)?;
    let found = all.into_iter().find(|version| version.code == code && version.state.is_open());
    found.ok_or_else(|| Error::internal(format!("nothing of {code} is under way")))
}

/// A company signs what covers it.
fn sign(stage: &Stage<'_>, cast: &Cast, code: &str, place: usize) -> Result<()> {
    let Some((customer, boss)) = cast.boss_at(place) else { return Ok(()) };
    let version = stage.db.read(|conn| room::by_code(conn, code))?;
    match stage.db.write(boss, |tx| room::acknowledge(tx, &version.id, customer)) {
        Ok(_) | Err(Error::NotFound) => Ok(()),
        Err(other) => Err(other),
    }
}
