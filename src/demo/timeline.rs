//! What happens when, over the two years: imports, accruals, closings, statements, answers,
//! payouts.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};

use super::accounts::{self, Turn};
use super::cast::{Cast, PASSWORD};
use super::company::{DemoCustomer, DemoProduct};
use super::disputes::{Cue, cues};
use super::news::{News, deeds as news_deeds};
use super::payouts;
use super::policies;
use super::promises::{Deed, deeds};
use super::sales::{DemoLine, as_csv};
use crate::accruals;
use crate::calendar;
use crate::config::Limits;
use crate::customers;
use crate::db::{Db, Tx};
use crate::disputes;
use crate::error::{Error, Result};
use crate::expiry;
use crate::mailbox::{self, Transport};
use crate::people;
use crate::policies as rooms_policies;
use crate::sales::{self, ImportKind, Incoming, Options, Watch};
use crate::statements;
use crate::values::{Actor, DisputeId, Period, PeriodKind, StaffRole};

/// The stage: the database with its clock, and between which days the play goes.
pub(super) struct Stage<'a> {
    pub db: &'a Db,
    pub files: &'a Path,
    pub mail: &'a dyn Transport,
    pub limits: &'a Limits,
    pub now: DateTime<Utc>,
    pub first: NaiveDate,
    pub today: NaiveDate,
    pub tell: &'a dyn Fn(&str),
    /// The disputes filed so far, by their scene.
    pub docket: RefCell<BTreeMap<usize, DisputeId>>,
}

/// Something that happens at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    /// The lines of the month are imported, and accrued.
    Import(Period),
    Close(Period),
    CloseTerm,
    State(Period),
    /// Customers answer their statements.
    Answer(Period),
    /// A payout on its way.
    Pay(payouts::Turn),
    Dispute(Cue),
    /// An account manager notes that they will be away.
    Leave,
    /// Deadlines are told of.
    Morning,
    /// What expires is told and booked.
    Expire,
    /// Everybody has read the letters of older days.
    Read,
    Promise(Deed),
    /// A bank account on its way.
    Account(Turn),
    News(News),
}

impl Stage<'_> {
    /// Customers, products, people, policies: what is there before the first invoice.
    pub(super) fn opening(
        &self,
        customers: &[DemoCustomer],
        products: &[DemoProduct],
    ) -> Result<Cast> {
        self.set_day(self.first, 9);
        let operator = Actor::operator();
        let password = people::hash_password(PASSWORD)?;
        let cast = self.db.write(&operator, |tx| {
            let mut keys = Vec::with_capacity(customers.len());
            for customer in customers {
                keys.push(customers::upsert(tx, &customer.new)?.key());
            }
            let cast = Cast::assemble(tx, customers, &keys, &password)?;
            accounts::known(tx, &keys)?;
            people::set_lead(tx, None, cast.manager_at(1)?.person())?;
            Ok(cast)
        })?;
        self.import(&operator, ImportKind::Products, "products.csv", &products_csv(products))?;
        for source in policies::files(self.first, self.today) {
            let terms = rooms_policies::parse(&source).map_err(|problems| {
                Error::internal(format!("a policy of the demo is wrong: {problems:?}"))
            })?;
            self.db
                .write(&operator, |tx| rooms_policies::publish(tx, &terms, &source).map(|_| ()))?;
        }
        self.deliver()?;
        Ok(cast)
    }

    /// Letters leave when they are written, as they would have.
    fn deliver(&self) -> Result<()> {
        mailbox::deliver_due(self.db, self.mail, &statements::Papers, &|| false)?;
        Ok(())
    }

    /// Plays everything that happened up to now, in order.
    pub(super) fn play(&self, cast: &Cast, lines: &[DemoLine]) -> Result<()> {
        super::disputes::save_replies(self, cast)?;
        let acts = self.acts(cast.customers());
        for (at, act) in &acts {
            self.db.clock().set(*at);
            self.perform(cast, lines, *act)
                .map_err(|error| Error::internal(format!("{act:?} at {at}: {error}")))?;
            self.deliver()?;
        }
        super::own_data::ask(self, cast)?;
        self.deliver()?;
        self.db.clock().set(self.now);
        let month = Period::containing(PeriodKind::Month, self.today);
        let finance = cast.staff(StaffRole::Finance)?;
        self.import_month(finance, month, lines)?;
        accruals::run(self.db, finance, self.today, None)?;
        Ok(())
    }

    /// All acts that lie in the past, by time; payouts of so many customers.
    fn acts(&self, places: usize) -> Vec<(DateTime<Utc>, Act)> {
        let mut acts = Vec::new();
        let mut month = Some(Period::containing(PeriodKind::Month, self.first));
        while let Some((period, (_, end))) = month.and_then(|m| m.days().map(|days| (m, days))) {
            if end >= self.today {
                break;
            }
            self.month(&mut acts, period, end);
            month = period.next();
        }
        for end in self.quarters() {
            let from = end.checked_add_days(Days::new(24)).unwrap_or(end);
            let turns = payouts::turns(self, from, places);
            acts.extend(turns.into_iter().map(|(at, turn)| (at, Act::Pay(turn))));
        }
        acts.push((self.moment(self.days_ago(35), 9), Act::CloseTerm));
        acts.extend(
            accounts::turns().map(|(ago, hour, turn)| {
                (self.moment(self.days_ago(ago), hour), Act::Account(turn))
            }),
        );
        acts.push((self.moment(self.days_ago(3), 17), Act::Leave));
        acts.push((self.moment(self.days_ago(2), 18), Act::Read));
        acts.extend((0..40).map(|ago| {
            (self.moment(self.days_ago(ago), 8) + TimeDelta::minutes(19), Act::Morning)
        }));
        // Once a week is enough to play what the schedule does every day.
        acts.extend((0..30).map(|weeks| {
            (self.moment(self.days_ago(1 + 7 * weeks), 8) + TimeDelta::minutes(7), Act::Expire)
        }));
        acts.extend(cues(self).into_iter().map(|(at, cue)| (at, Act::Dispute(cue))));
        acts.extend(deeds(self).into_iter().map(|(at, deed)| (at, Act::Promise(deed))));
        acts.extend(news_deeds(self).into_iter().map(|(at, news)| (at, Act::News(news))));
        acts.retain(|(at, _)| *at < self.now - TimeDelta::hours(2));
        acts.sort_by_key(|(at, _)| *at);
        acts
    }

    pub(super) fn days_ago(&self, days: u64) -> NaiveDate {
        self.today.checked_sub_days(Days::new(days)).unwrap_or(self.today)
    }

    /// The end of the latest month that has its statements.
    pub(super) fn stated(&self) -> NaiveDate {
        let month = |day| Period::containing(PeriodKind::Month, day);
        let issued_by = self.today.checked_sub_days(Days::new(19)).unwrap_or(self.today);
        let last = month(issued_by).previous().and_then(Period::days);
        last.map_or(self.today, |(_, end)| end)
    }

    /// The quarters' last days, up to now.
    fn quarters(&self) -> Vec<NaiveDate> {
        let first = Period::containing(PeriodKind::Quarter, self.first);
        std::iter::successors(Some(first), |quarter| quarter.next())
            .filter_map(|quarter| quarter.days().map(|(_, end)| end))
            .take_while(|end| *end < self.today)
            .collect()
    }

    /// What a month's end brings.
    fn month(&self, acts: &mut Vec<(DateTime<Utc>, Act)>, month: Period, end: NaiveDate) {
        let mut at = |days: u64, hour: u32, act: Act| {
            if let Some(day) = end.checked_add_days(Days::new(days)) {
                acts.push((self.moment(day, hour), act));
            }
        };
        at(3, 9, Act::Import(month));
        at(18, 9, Act::Close(month));
        let mut statement = month;
        for (kind, months) in
            [(PeriodKind::Quarter, 3), (PeriodKind::HalfYear, 6), (PeriodKind::Year, 12)]
        {
            if end.month().is_multiple_of(months) {
                at(18, 10, Act::Close(Period::containing(kind, end)));
            }
        }
        // Statements came quarterly at first, and monthly for the last ten months.
        let recent = (self.today - end).num_days() < 310;
        if end.month().is_multiple_of(3) && !recent {
            statement = Period::containing(PeriodKind::Quarter, end);
        }
        if recent || end.month().is_multiple_of(3) {
            at(19, 9, Act::State(statement));
            at(22, 11, Act::Answer(statement));
        }
    }

    fn perform(&self, cast: &Cast, lines: &[DemoLine], act: Act) -> Result<()> {
        let finance = cast.staff(StaffRole::Finance)?;
        match act {
            Act::Import(month) => {
                (self.tell)(&month.to_string());
                self.import_month(finance, month, lines)?;
                accruals::run(self.db, finance, self.db.today(), None).map(|_| ())
            }
            Act::Close(period) => self.close(finance, period),
            Act::CloseTerm => self.close(finance, Period::Term),
            Act::State(period) => {
                let days = self.limits.statement_days;
                let open = disputes::open_on_statement;
                statements::issue(self.db, finance, period, None, days, &open).map(|_| ())
            }
            Act::Answer(period) => self.answer(cast, period),
            Act::Pay(turn) => payouts::play(self, cast, turn),
            Act::Dispute(cue) => super::disputes::play(self, cast, cue),
            Act::Leave => super::disputes::leave(self, cast),
            Act::Morning => super::disputes::morning(self),
            Act::Expire => expiry::work(self.db, &Actor::system("expiry"), &|| false).map(|_| ()),
            Act::Read => self.read_letters(cast),
            Act::Promise(deed) => super::promises::play(self, cast, deed),
            Act::Account(turn) => accounts::play(self, cast, turn),
            Act::News(news) => super::news::perform(self, cast, news),
        }
    }

    /// A period that no policy has needs no closing.
    fn close(&self, finance: &Actor, period: Period) -> Result<()> {
        match accruals::close(self.db, finance, period, None) {
            Err(Error::Refused(text)) if text.key == "accrual-close-no-policy" => Ok(()),
            other => other.map(|_| ()),
        }
    }

    fn read_letters(&self, cast: &Cast) -> Result<()> {
        for (customer, by) in cast.readers() {
            self.db.write(by, |tx| {
                let own = by.person().map(|id| people::by_id(tx, id)).transpose()?;
                let others = customer.map(|customer| people::of_customer(tx, customer));
                for person in own.into_iter().chain(others.transpose()?.unwrap_or_default()) {
                    mailbox::mark_all_read(tx, &person.notices())?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Most customers confirm; every seventh lets the matter rest.
    fn answer(&self, cast: &Cast, period: Period) -> Result<()> {
        let wanted = statements::Wanted { period: Some(period), ..Default::default() };
        let issued = self.db.read(|conn| statements::latest(conn, &wanted, 0, 200))?;
        for statement in issued {
            let Some(clerk) = cast.clerk(statement.customer) else { continue };
            if statement.customer % 7 == 3 || statement.state != statements::State::Issued {
                continue;
            }
            self.db.write(clerk, |tx: &mut Tx<'_>| {
                statements::confirm(tx, statement.customer, &statement.id)
            })?;
        }
        Ok(())
    }

    fn import_month(&self, by: &Actor, month: Period, lines: &[DemoLine]) -> Result<()> {
        let of_month: Vec<DemoLine> = lines
            .iter()
            .filter(|line| month.contains(line.date) && line.date <= self.db.today())
            .cloned()
            .collect();
        if of_month.is_empty() {
            return Ok(());
        }
        self.import(by, ImportKind::Sales, &format!("sales-{month}.csv"), &as_csv(&of_month))
    }

    fn import(&self, by: &Actor, kind: ImportKind, name: &str, content: &str) -> Result<()> {
        std::fs::create_dir_all(self.files)?;
        let path = self.files.join(name);
        std::fs::write(&path, content)?;
        let file = Incoming { kind, path: &path, name };
        let options = Options { source: "ERP".to_owned(), ..Options::default() };
        let brought = sales::bring_in(self.db, by, file, &options, &mut Watch::default())?;
        std::fs::remove_file(&path)?;
        match brought.import {
            Some(_) => Ok(()),
            None => Err(Error::internal(format!("{name}: {:?}", brought.report))),
        }
    }

    pub(super) fn set_day(&self, day: NaiveDate, hour: u32) {
        self.db.clock().set(self.moment(day, hour));
    }

    /// Whether anybody is at work.
    pub(super) fn is_worked(&self, day: NaiveDate) -> bool {
        self.db.read(|conn| calendar::is_business_day(conn, day)).unwrap_or(true)
    }

    /// The hour of a day in the company's zone.
    pub(super) fn moment(&self, day: NaiveDate, hour: u32) -> DateTime<Utc> {
        self.minute(day, hour * 60 + 12)
    }

    /// So many minutes after midnight of a day in the company's zone.
    pub(super) fn minute(&self, day: NaiveDate, minute: u32) -> DateTime<Utc> {
        day.and_hms_opt(minute / 60, minute % 60, 0)
            .and_then(|local| local.and_local_timezone(self.db.house().zone).earliest())
            .map_or(self.now, |at| at.with_timezone(&Utc))
    }
}

fn products_csv(products: &[DemoProduct]) -> String {
    use std::fmt::Write;
    let mut out = String::from("product_code,name,category,brand,unit\n");
    for p in products {
        let _ = writeln!(out, "{},{},{},{},{}", p.code, p.name, p.category, p.brand, p.unit);
    }
    out
}
