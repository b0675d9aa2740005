//! Which version of a policy governs which of its periods: a published amendment takes over from
//! the period in which it begins, and what came before stays with the versions before it
//! (DOMAIN §5).

use chrono::NaiveDate;

use super::{Version, VersionState, store};
use crate::db::Conn;
use crate::error::Result;
use crate::values::{Period, PolicyId};

/// A policy's published versions over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    pub policy: PolicyId,
    pub code: String,
    /// Oldest first; never empty.
    pub versions: Vec<Governing>,
}

/// A version and how far it governs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Governing {
    pub version: Version,
    /// Periods that begin on this day or later belong to a later version.
    pub until: Option<NaiveDate>,
}

impl Chain {
    /// The newest version.
    pub fn newest(&self) -> Option<&Version> {
        self.versions.last().map(|one| &one.version)
    }

    /// Everything that decides which days count, as a text to compare.
    pub fn validity(&self) -> String {
        let day = |day: Option<NaiveDate>| day.map_or_else(|| "-".to_owned(), |d| d.to_string());
        let one = |one: &Governing| {
            let version = &one.version;
            let state = if version.is_withdrawn() { "withdrawn" } else { "" };
            let (from, to) = (version.terms.from, day(version.last_day()));
            format!("{} {from} {to} {} {state}", version.number, day(one.until))
        };
        self.versions.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}

impl Version {
    /// The last day on which it holds, by its terms or because it was ended; None while it runs on.
    pub fn last_day(&self) -> Option<NaiveDate> {
        match (self.terms.to, self.ended_on) {
            (Some(to), Some(ended)) => Some(to.min(ended)),
            (to, ended) => to.or(ended),
        }
    }

    /// Whether it was taken back after it was published, so that it never counted.
    pub fn is_withdrawn(&self) -> bool {
        self.state == VersionState::Withdrawn
    }

    /// The first day of the first period it governs.
    pub fn boundary(&self) -> NaiveDate {
        let first = Period::containing(self.terms.period, self.terms.from).days();
        first.map_or(self.terms.from, |(first, _)| first)
    }
}

/// The published versions of every policy, by policy code.
pub fn chains(conn: &mut Conn) -> Result<Vec<Chain>> {
    Ok(of_versions(store::ever_published(conn)?))
}

/// The versions come by policy code and number.
pub(super) fn of_versions(versions: Vec<Version>) -> Vec<Chain> {
    let mut chains: Vec<Chain> = Vec::new();
    for version in versions {
        let one = Governing { until: None, version };
        match chains.last_mut().filter(|chain| chain.policy == one.version.policy_id) {
            Some(chain) => chain.follow(one),
            None => chains.push(Chain {
                policy: one.version.policy_id.clone(),
                code: one.version.code.clone(),
                versions: vec![one],
            }),
        }
    }
    chains
}

impl Chain {
    /// A later version takes its periods from all before it; those left without any are dropped.
    fn follow(&mut self, next: Governing) {
        if !next.version.is_withdrawn() {
            let boundary = next.version.boundary();
            for one in &mut self.versions {
                one.until = Some(one.until.map_or(boundary, |until| until.min(boundary)));
            }
            self.versions.retain(|one| one.until.is_none_or(|u| one.version.boundary() < u));
        }
        self.versions.push(next);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::policies::parse;
    use crate::values::VersionId;

    pub(in crate::policies) fn version(number: i32, from: &str, state: VersionState) -> Version {
        let source = format!(
            "code = \"Q\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\nfrom = {from}\n\
             form = \"cash\"\nname.en = \"Q\"\nmeasure.kind = \"amount\"\n[reward]\n\
             tier_mode = \"all_units\"\ntiers = [{{ from = \"1\", percent = \"1\" }}]\n"
        );
        let terms = parse(&source).unwrap();
        Version {
            id: VersionId::new(),
            policy_id: PolicyId::from_text("p"),
            code: "Q".to_owned(),
            number,
            state,
            terms_hash: terms.hash(),
            terms,
            source,
            revision: 0,
            drafted_by: crate::values::PersonId::from_text("a"),
            drafted_by_name: String::new(),
            drafted_at: chrono::DateTime::UNIX_EPOCH,
            submitted: None,
            approved: None,
            published_by_name: None,
            published_at: (!state.is_open()).then_some(chrono::DateTime::UNIX_EPOCH),
            ended_on: None,
        }
    }

    /// Each version's number and the first day it leaves to later ones.
    fn governing(versions: &[(i32, &str, VersionState)]) -> Vec<(i32, Option<String>)> {
        let all = versions.iter().map(|(number, from, state)| version(*number, from, *state));
        let chains = of_versions(all.collect());
        let chain = chains.into_iter().next().unwrap();
        let until = |one: &Governing| one.until.map(|day| day.to_string());
        chain.versions.iter().map(|one| (one.version.number, until(one))).collect()
    }

    #[test]
    fn an_amendment_governs_from_its_first_period_on() {
        use VersionState::{Published, Superseded};
        let (july, april) = (Some("2026-07-01".to_owned()), Some("2026-04-01".to_owned()));
        assert_eq!(
            governing(&[(1, "2026-01-01", Superseded), (2, "2026-07-01", Published)]),
            [(1, july), (2, None)]
        );
        assert_eq!(
            governing(&[
                (1, "2026-01-01", Superseded),
                (2, "2026-07-01", Superseded),
                (3, "2026-04-01", Published)
            ]),
            [(1, april), (3, None)]
        );
        assert_eq!(
            governing(&[(1, "2026-02-15", Superseded), (2, "2026-01-01", Published)]),
            [(2, None)]
        );
    }
}
