//! What may follow on what was published: what is accrued has to stay comparable, and each period
//! is governed by one version (DOMAIN §5).

use chrono::NaiveDate;

use super::{Terms, VersionState, store};
use crate::db::Conn;
use crate::error::Result;
use crate::values::{Period, PeriodKind, PolicyId, Text};

/// Whether the terms may be the policy's next version.
///
/// # Errors
/// Refused with what has to stay as it is, or the day it may begin on instead.
pub(super) fn check_follows(conn: &mut Conn, policy: &PolicyId, next: &Terms) -> Result<()> {
    let mut versions = store::versions(conn, policy)?;
    versions.retain(|version| version.published_at.is_some());
    let Some(former) = versions.first() else { return Ok(()) };
    let counts = versions.iter().filter(|version| version.state != VersionState::Withdrawn);
    let first = counts.map(|version| version.terms.from).min();
    Ok(may_follow(&former.terms, first, next)?)
}

/// `first` is the first day of all that was ever promised.
fn may_follow(former: &Terms, first: Option<NaiveDate>, next: &Terms) -> Result<(), Text> {
    if former.currency != next.currency {
        let text = Text::new("policy-currency-stays").with("code", &next.code);
        return Err(text.with("former", former.currency).with("next", next.currency));
    }
    if former.period != next.period {
        let text = Text::new("policy-period-stays").with("code", &next.code);
        return Err(text.with("former", former.period).with("next", next.period));
    }
    let Some(first) = first.and_then(|first| begins_within(former, first, next)) else {
        return Ok(());
    };
    let key = if next.is_yearly() || former.is_yearly() {
        "policy-from-new-year"
    } else {
        "policy-from-boundary"
    };
    let text = Text::new(key).with("code", &next.code).with("next", next.from);
    Err(text.with("first", first))
}

/// The day on which the next version may begin instead, when it begins within a period that was
/// promised already: each period has one version, and one that measures the year to date governs
/// whole years.
fn begins_within(former: &Terms, first: NaiveDate, next: &Terms) -> Option<NaiveDate> {
    if next.from <= first {
        return None;
    }
    let yearly = next.is_yearly() || former.is_yearly();
    let kind = if yearly { PeriodKind::Year } else { next.period };
    // A term is one period from its first day to its last.
    let begins = Period::containing(kind, next.from).days().map_or(first, |(begins, _)| begins);
    (begins != next.from).then_some(begins.max(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::parse;

    fn terms(period: &str, from: &str, more: &str) -> Terms {
        let to = if period == "term" { "to = 2027-12-31\n" } else { "" };
        parse(&format!(
            "code = \"Q\"\ncurrency = \"CNY\"\nperiod = \"{period}\"\nfrom = {from}\n{to}\
             form = \"cash\"\nname.en = \"Q\"\nmeasure.kind = \"amount\"\n{more}[reward]\n\
             tier_mode = \"all_units\"\ntiers = [{{ from = \"1\", percent = \"1\" }}]\n"
        ))
        .unwrap()
    }

    #[test]
    fn a_version_begins_with_a_period_or_before_everything() {
        let to_date = "measure.window = \"year_to_date\"\n";
        // The first day promised, that of the version before, the next one's: and what it is told.
        for (period, first, former, next, more, expected) in [
            ("quarter", "2026-01-01", "2026-01-01", "2026-07-01", "", None),
            ("quarter", "2026-01-01", "2026-01-01", "2026-07-02", "", Some("2026-07-01")),
            ("quarter", "2026-01-01", "2026-07-01", "2026-07-01", "", None),
            // Retroactive, but not into the middle of what an older version governs.
            ("quarter", "2026-01-01", "2026-07-01", "2026-04-01", "", None),
            ("quarter", "2026-01-01", "2026-07-01", "2026-05-15", "", Some("2026-04-01")),
            ("quarter", "2026-01-01", "2026-07-01", "2025-11-05", "", None),
            // A policy may begin within a period, and its next version on the same day.
            ("quarter", "2026-02-15", "2026-02-15", "2026-02-15", "", None),
            ("quarter", "2026-02-15", "2026-02-15", "2026-02-20", "", Some("2026-02-15")),
            ("month", "2026-01-01", "2026-01-01", "2026-03-31", "", Some("2026-03-01")),
            ("half_year", "2026-01-01", "2026-01-01", "2026-07-01", "", None),
            ("year", "2026-01-01", "2026-01-01", "2026-07-01", "", Some("2026-01-01")),
            ("quarter", "2026-01-01", "2026-01-01", "2026-07-01", to_date, Some("2026-01-01")),
            ("quarter", "2026-01-01", "2026-01-01", "2027-01-01", to_date, None),
            ("term", "2026-01-01", "2026-01-01", "2026-07-01", "", Some("2026-01-01")),
            ("term", "2026-01-01", "2026-01-01", "2025-12-01", "", None),
        ] {
            let (former, next) = (terms(period, former, ""), terms(period, next, more));
            let said = may_follow(&former, first.parse().ok(), &next);
            let told = said.err().map(|text| text.args[2].1.clone());
            assert_eq!(told.as_deref(), expected, "{period} {} {more}", next.from);
        }
    }

    #[test]
    fn currency_and_kind_of_period_stay() {
        let former = terms("quarter", "2026-01-01", "");
        let dollars = Terms { currency: "USD".parse().unwrap(), ..former.clone() };
        let key = |next: &Terms| may_follow(&former, None, next).unwrap_err().key;
        assert_eq!(key(&dollars), "policy-currency-stays");
        assert_eq!(key(&terms("month", "2026-01-01", "")), "policy-period-stays");
    }
}
