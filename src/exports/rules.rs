//! What may be asked for, by whom, over which days; when a file is gone.

use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};

use crate::reports::{Format, Report};
use crate::text_enum;
use crate::values::{Identity, Key, Period, Problem, StaffRole, Text, parse_date};

/// How long a file can be fetched.
pub const KEPT: TimeDelta = TimeDelta::days(7);
/// Exports of one person that wait or are being made.
pub const MOST_OPEN: i64 = 3;
/// Exports that one person may ask for within the days a file is kept.
pub const MOST_KEPT: i64 = 30;
/// Months that an export of a customer's lines may span.
pub const MOST_MONTHS: u32 = 24;
/// How long a process may be silent over an export until another one begins it anew.
pub(super) const LEASE: TimeDelta = TimeDelta::minutes(5);
/// How often an export is begun before it counts as failed.
pub(super) const TRIES: i32 = 3;
/// How long the list remembers what was asked for.
pub(super) const REMEMBERED: TimeDelta = TimeDelta::days(90);

text_enum! {
    /// What is exported: of one's own company, or for the staff's books.
    pub enum Kind {
        /// The customer's sales lines.
        OwnTransactions = "own_transactions",
        /// Every row of the customer's statements.
        OwnStatements = "own_statements",
        /// The customer's rebates.
        OwnAccruals = "own_accruals",
        Accruals = "accruals",
        Ledger = "ledger",
        Balances = "balances",
        Payouts = "payouts",
        Statements = "statements",
        Journal = "journal",
    }
}

text_enum! {
    /// How far it is.
    pub enum State {
        Waiting = "waiting",
        Making = "making",
        Ready = "ready",
        /// It couldn't be made; why stands beside it.
        Failed = "failed",
        /// The file is gone.
        Expired = "expired",
    }
}

/// How much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// From the first to the last day.
    Days(NaiveDate, NaiveDate),
    Period(Period),
    /// As it stands.
    All,
}

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub kind: Kind,
    pub format: Format,
    pub scope: Scope,
}

impl Kind {
    /// The report of the staff's books.
    pub fn report(self) -> Option<Report> {
        Report::from_code(self.as_str())
    }

    /// Whether a period can be named.
    pub fn takes_period(self) -> bool {
        !matches!(self, Self::Balances | Self::Payouts) && self.report().is_some()
    }

    /// Whether one has to be, because it has a row for every entry.
    pub fn needs_period(self) -> bool {
        matches!(self, Self::Ledger | Self::Journal)
    }
}

/// What this one may ask for, and fetch.
pub fn kinds_of(who: &Identity) -> Vec<Kind> {
    Kind::ALL.iter().copied().filter(|kind| may(who, *kind)).collect()
}

/// Whether this one may read what an export of the kind holds.
pub fn may(who: &Identity, kind: Kind) -> bool {
    match who {
        Identity::Customer { .. } => kind.report().is_none(),
        Identity::Staff { roles, .. } => {
            let books = [StaffRole::Finance, StaffRole::Approver, StaffRole::Auditor];
            kind.report().is_some() && books.iter().any(|role| roles.contains(role))
        }
        Identity::System | Identity::Operator => false,
    }
}

/// Whether an export is still this one's to fetch: of the same customer, with the same rights.
pub fn still(who: &Identity, kind: Kind, customer: Option<Key>) -> bool {
    let own = match who {
        Identity::Customer { customer, .. } => Some(*customer),
        _ => None,
    };
    may(who, kind) && own == customer
}

/// A wish as it was typed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Typed<'a> {
    pub kind: &'a str,
    pub format: &'a str,
    pub from: &'a str,
    pub to: &'a str,
    pub period: &'a str,
}

/// Reads a wish.
///
/// # Errors
/// Each problem names its field.
pub fn read(typed: &Typed<'_>, who: &Identity, today: NaiveDate) -> Result<Wish, Vec<Problem>> {
    let mut problems = Vec::new();
    let kind = Kind::from_code(typed.kind).filter(|kind| may(who, *kind));
    if kind.is_none() {
        problems.push(Problem::new("kind", Text::new("export-no-kind")));
    }
    let format = Format::from_code(typed.format).filter(|format| *format != Format::Json);
    if format.is_none() {
        problems.push(Problem::new("format", Text::new("export-no-format")));
    }
    let scope = match kind {
        Some(kind) if kind.report().is_some() => period(kind, typed.period.trim(), today),
        Some(_) => days(typed, today),
        None => Ok(Scope::All),
    };
    match (kind, format, scope) {
        (Some(kind), Some(format), Ok(scope)) => Ok(Wish { kind, format, scope }),
        (_, _, Err(more)) => Err(problems.into_iter().chain(more).collect()),
        _ => Err(problems),
    }
}

fn period(kind: Kind, typed: &str, today: NaiveDate) -> Result<Scope, Vec<Problem>> {
    let wrong = |text: Text| Err(vec![Problem::new("period", text)]);
    match typed {
        "" if kind.needs_period() => wrong(Text::new("export-period-missing")),
        "" => Ok(Scope::All),
        _ if !kind.takes_period() => wrong(Text::new("export-period-none")),
        text => match text.parse::<Period>() {
            Err(_) => wrong(Text::new("export-period-unreadable").with("found", text)),
            Ok(period) if period.days().is_some_and(|(first, _)| first > today) => {
                wrong(Text::new("export-period-future").with("period", period))
            }
            Ok(period) => Ok(Scope::Period(period)),
        },
    }
}

fn days(typed: &Typed<'_>, today: NaiveDate) -> Result<Scope, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut day = |field: &'static str, text: &str| {
        let day = parse_date(text.trim()).ok();
        if day.is_none() {
            let wrong = match text.trim() {
                "" => Text::new("typed-day-missing"),
                found => Text::new("transactions-no-day").with("found", found),
            };
            problems.push(Problem::new(field, wrong));
        }
        day
    };
    let (from, to) = (day("from", typed.from), day("to", typed.to));
    let Some((from, to)) = from.zip(to) else { return Err(problems) };
    let longest = from.checked_add_months(Months::new(MOST_MONTHS)).unwrap_or(NaiveDate::MAX);
    let wrong = if from > today {
        Problem::new("from", Text::new("export-from-future"))
    } else if to < from {
        Problem::new("to", Text::new("export-days-backwards"))
    } else if to >= longest {
        Problem::new("to", Text::new("export-days-many").with("most", MOST_MONTHS))
    } else {
        return Ok(Scope::Days(from, to));
    };
    Err(vec![wrong])
}

/// The state as it is now: a file that has had its days counts as gone, whether or not it was swept.
pub fn state_now(state: State, expires: Option<DateTime<Utc>>, now: DateTime<Utc>) -> State {
    let over = state == State::Ready && expires.is_none_or(|at| at <= now);
    if over { State::Expired } else { state }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{CustomerRole, PersonId};

    fn buyer(customer: Key) -> Identity {
        let (person, role) = (PersonId::new(), CustomerRole::Viewer);
        Identity::Customer { person, customer, role }
    }

    fn staff(roles: &[StaffRole]) -> Identity {
        Identity::Staff { person: PersonId::new(), roles: roles.iter().copied().collect() }
    }

    fn told(typed: &Typed<'_>, who: &Identity) -> String {
        let today = "2026-10-15".parse().unwrap();
        match read(typed, who, today) {
            Ok(wish) => format!("{:?}", wish.scope),
            Err(problems) => problems
                .iter()
                .map(|p| format!("{}: {}", p.field, p.text.key))
                .collect::<Vec<_>>()
                .join(", "),
        }
    }

    #[test]
    fn a_customers_wish_is_read_or_answered_at_its_fields() {
        let own = Typed { kind: "own_transactions", format: "csv", ..Typed::default() };
        for (from, to, expected) in [
            ("2026-01-01", "2026-09-30", "Days(2026-01-01, 2026-09-30)"),
            ("2026-01-01", "2026-12-31", "Days(2026-01-01, 2026-12-31)"),
            ("2024-10-01", "2026-09-30", "Days(2024-10-01, 2026-09-30)"),
            ("2024-10-01", "2026-10-01", "to: export-days-many"),
            ("2026-09-30", "2026-09-01", "to: export-days-backwards"),
            ("2026-10-16", "2026-10-17", "from: export-from-future"),
            ("", "x", "from: typed-day-missing, to: transactions-no-day"),
        ] {
            assert_eq!(told(&Typed { from, to, ..own }, &buyer(1)), expected, "{from} {to}");
        }
        let json = Typed { format: "json", from: "2026-01-01", to: "2026-01-31", ..own };
        assert_eq!(told(&json, &buyer(1)), "format: export-no-format");
        let theirs = Typed { kind: "ledger", period: "2026-09", ..own };
        assert_eq!(told(&theirs, &buyer(1)), "kind: export-no-kind");
    }

    #[test]
    fn a_report_is_of_a_period_where_it_has_one() {
        let finance = staff(&[StaffRole::Finance]);
        for (kind, period, expected) in [
            ("ledger", "2026-09", "Period(Month { year: 2026, month: 9 })"),
            ("ledger", "", "period: export-period-missing"),
            ("journal", "soon", "period: export-period-unreadable"),
            ("accruals", "", "All"),
            ("accruals", "2027-Q1", "period: export-period-future"),
            ("balances", "", "All"),
            ("payouts", "2026-09", "period: export-period-none"),
            ("own_accruals", "", "kind: export-no-kind"),
        ] {
            let typed = Typed { kind, period, format: "xlsx", ..Typed::default() };
            assert_eq!(told(&typed, &finance), expected, "{kind} {period}");
        }
    }

    #[test]
    fn rights_end_with_the_role_and_with_the_customer() {
        let auditor = staff(&[StaffRole::Auditor]);
        let manager = staff(&[StaffRole::AccountManager, StaffRole::Admin]);
        for (who, kind, customer, expected) in [
            (&buyer(1), Kind::OwnTransactions, Some(1), true),
            (&buyer(2), Kind::OwnTransactions, Some(1), false),
            (&auditor, Kind::OwnTransactions, Some(1), false),
            (&auditor, Kind::Ledger, None, true),
            (&manager, Kind::Ledger, None, false),
            (&buyer(1), Kind::Ledger, None, false),
            (&Identity::Operator, Kind::Ledger, None, false),
        ] {
            assert_eq!(still(who, kind, customer), expected, "{who:?} {kind}");
        }
        assert_eq!(kinds_of(&manager), Vec::new());
    }

    #[test]
    fn a_file_is_gone_when_its_days_are_over() {
        let now: DateTime<Utc> = "2026-10-15T02:00:00Z".parse().unwrap();
        let second = TimeDelta::seconds(1);
        assert_eq!(state_now(State::Ready, Some(now + second), now), State::Ready);
        assert_eq!(state_now(State::Ready, Some(now), now), State::Expired);
        assert_eq!(state_now(State::Failed, None, now), State::Failed);
    }
}
