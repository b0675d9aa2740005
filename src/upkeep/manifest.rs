//! What a backup says of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text_enum;

/// Of the file's layout.
pub(super) const FORMAT: u32 = 1;
/// Entries of the tar.
pub(super) const NAME: &str = "manifest.json";
pub(super) const DATABASE: &str = "database";
pub(super) const FILES: &str = "files/";

text_enum! {
    /// Which database it is of.
    pub enum Engine {
        Sqlite = "sqlite",
        Postgres = "postgres",
    }
}

/// The last entry of a backup: a file that is cut off has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub id: String,
    /// The version of the program.
    pub made_by: String,
    /// RFC 3339, of the database's moment.
    pub made_at: String,
    pub engine: Engine,
    #[serde(flatten)]
    pub figures: Figures,
    pub database: Part,
    pub files: Vec<Part>,
}

impl std::ops::Deref for Manifest {
    type Target = Figures;
    fn deref(&self) -> &Figures {
        &self.figures
    }
}

/// What a database holds, in figures that no two different ones share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The versions of its migrations.
    pub migrations: Vec<String>,
    /// Rows by table.
    pub counts: BTreeMap<String, i64>,
    pub ledger: Digest,
    pub audit: Digest,
}

/// How many there are, and a hash over all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    pub count: i64,
    pub hash: String,
}

/// One file of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

impl Figures {
    /// The first thing in which the other one differs.
    pub(super) fn differs(&self, other: &Self) -> Option<String> {
        if self.migrations != other.migrations {
            return Some("its migrations are others".to_owned());
        }
        for table in self.counts.keys().chain(other.counts.keys()) {
            let (kept, found) = (self.counts.get(table), other.counts.get(table));
            if kept != found {
                let rows = |count: Option<&i64>| count.map_or("none".to_owned(), i64::to_string);
                return Some(format!(
                    "the table {table} had {} rows and has {}",
                    rows(kept),
                    rows(found)
                ));
            }
        }
        for (name, kept, found) in
            [("ledger", &self.ledger, &other.ledger), ("audit log", &self.audit, &other.audit)]
        {
            if kept != found {
                return Some(format!(
                    "the {name} had {} entries with the hash {} and has {} with {}",
                    kept.count, kept.hash, found.count, found.hash
                ));
            }
        }
        None
    }
}

/// Whether the name is one that a backup's entry may have: nothing that leads elsewhere.
pub(super) fn is_entry(name: &str) -> bool {
    let plain = |rest: &str| {
        !rest.is_empty()
            && !rest.contains(['\\', '\0'])
            && rest.split('/').all(|step| !step.is_empty() && step != "." && step != "..")
    };
    name == NAME || name == DATABASE || name.strip_prefix(FILES).is_some_and(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_backup_leads_out_of_its_folder() {
        for (name, expected) in [
            ("manifest.json", true),
            ("database", true),
            ("files/0190/ab.pdf", true),
            ("files/", false),
            ("files/../x", false),
            ("files//x", false),
            ("files/a/./b", false),
            ("files/a\\b", false),
            ("/etc/passwd", false),
            ("x", false),
        ] {
            assert_eq!(is_entry(name), expected, "{name}");
        }
    }

    #[test]
    fn what_differs_is_named() {
        let digest = |count, hash: &str| Digest { count, hash: hash.to_owned() };
        let kept = Figures {
            migrations: vec!["1".to_owned()],
            counts: [("people".to_owned(), 3)].into(),
            ledger: digest(1, "a"),
            audit: digest(2, "b"),
        };
        assert_eq!(kept.differs(&kept), None);
        let rows = Figures { counts: [("people".to_owned(), 2)].into(), ..kept.clone() };
        assert_eq!(kept.differs(&rows).unwrap(), "the table people had 3 rows and has 2");
        let gone = Figures { counts: BTreeMap::new(), ..kept.clone() };
        assert_eq!(kept.differs(&gone).unwrap(), "the table people had 3 rows and has none");
        let other = Figures { ledger: digest(1, "c"), ..kept.clone() };
        assert!(kept.differs(&other).unwrap().starts_with("the ledger had 1 entries"));
        let other = Figures { audit: digest(3, "b"), ..kept.clone() };
        assert!(kept.differs(&other).unwrap().starts_with("the audit log had 2 entries"));
    }
}
