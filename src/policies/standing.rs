//! What a version comes to on a day: a version that a later one follows decides until that one
//! begins, and one that was ended holds until its last day. Pure.

use chrono::NaiveDate;

use super::chain::{Chain, Governing, of_versions};
use super::{Version, VersionState};
use crate::text_enum;

text_enum! {
    /// The state of a version as readers are told it.
    pub enum Standing {
        Draft = "draft",
        Submitted = "submitted",
        Approved = "approved",
        /// Published; its first day is to come.
        Pending = "pending",
        /// It decides today.
        Published = "published",
        /// A later version decides.
        Superseded = "superseded",
        /// Its last day is over.
        Ended = "ended",
        Withdrawn = "withdrawn",
    }
}

/// The versions of one policy, to be asked about each of them.
pub struct Standings {
    chain: Option<Chain>,
    today: NaiveDate,
}

impl Standings {
    /// Takes all versions of one policy, in any order.
    pub fn of(versions: &[Version], today: NaiveDate) -> Self {
        let mut all: Vec<_> =
            versions.iter().filter(|version| version.published_at.is_some()).cloned().collect();
        all.sort_by_key(|version| version.number);
        Self { chain: of_versions(all).into_iter().next(), today }
    }

    fn governing(&self, version: &Version) -> Option<&Governing> {
        self.chain.as_ref()?.versions.iter().find(|one| one.version.id == version.id)
    }

    /// The last day on which the version decides; None while it runs on. One whose periods all
    /// belong to a later version has a last day before its first.
    pub fn last_day(&self, version: &Version) -> Option<NaiveDate> {
        let until = match self.governing(version) {
            Some(one) => one.until.and_then(|until| until.pred_opt()),
            None if version.published_at.is_some() => version.terms.from.pred_opt(),
            None => None,
        };
        match (version.last_day(), until) {
            (Some(last), Some(until)) => Some(last.min(until)),
            (last, until) => last.or(until),
        }
    }

    pub fn state(&self, version: &Version) -> Standing {
        match version.state {
            VersionState::Draft => Standing::Draft,
            VersionState::Submitted => Standing::Submitted,
            VersionState::Approved => Standing::Approved,
            VersionState::Withdrawn => Standing::Withdrawn,
            VersionState::Published | VersionState::Superseded | VersionState::Ended => {
                self.of_published(version)
            }
        }
    }

    fn of_published(&self, version: &Version) -> Standing {
        // Without a period of its own it never decides anything.
        let Some(governing) = self.governing(version) else { return Standing::Superseded };
        if self.today < version.terms.from {
            return Standing::Pending;
        }
        if version.last_day().is_some_and(|last| last < self.today) {
            return Standing::Ended;
        }
        match governing.until {
            Some(until) if until <= self.today => Standing::Superseded,
            _ => Standing::Published,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::chain::tests::version;

    fn states(versions: &[Version], today: &str) -> Vec<&'static str> {
        let standings = Standings::of(versions, today.parse().unwrap());
        versions.iter().map(|version| standings.state(version).as_str()).collect()
    }

    #[test]
    fn a_version_decides_from_its_first_day_until_a_later_one_begins() {
        use VersionState::{Published, Superseded};
        let all = [version(1, "2026-01-01", Superseded), version(2, "2027-01-01", Published)];
        for (today, expected) in [
            ("2025-12-31", ["pending", "pending"]),
            ("2026-12-31", ["published", "pending"]),
            ("2027-01-01", ["superseded", "published"]),
        ] {
            assert_eq!(states(&all, today), expected, "{today}");
        }
        let standings = Standings::of(&all, "2026-11-20".parse().unwrap());
        let last = |version| standings.last_day(version).map(|day| day.to_string());
        assert_eq!(last(&all[0]).as_deref(), Some("2026-12-31"));
        assert_eq!(last(&all[1]), None);
        // An amendment from the first day on leaves nothing to the version before.
        let whole = [version(1, "2026-01-01", Superseded), version(2, "2026-01-01", Published)];
        assert_eq!(states(&whole, "2026-11-20"), ["superseded", "published"]);
    }

    #[test]
    fn what_is_ended_holds_until_its_last_day_and_a_term_is_over_by_itself() {
        let mut ended = version(1, "2026-01-01", VersionState::Ended);
        ended.ended_on = "2026-11-30".parse().ok();
        assert_eq!(states(&[ended.clone()], "2026-11-30"), ["published"]);
        assert_eq!(states(&[ended], "2026-12-01"), ["ended"]);
        let mut over = version(1, "2026-01-01", VersionState::Published);
        over.terms.to = "2026-09-30".parse().ok();
        assert_eq!(states(&[over], "2026-10-01"), ["ended"]);
        let withdrawn = version(1, "2026-01-01", VersionState::Withdrawn);
        let draft = version(2, "2026-04-01", VersionState::Draft);
        assert_eq!(states(&[withdrawn, draft], "2026-05-01"), ["withdrawn", "draft"]);
    }
}
