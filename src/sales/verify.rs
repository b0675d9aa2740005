//! Whether the lines are still what their imports said when they were committed.

use super::rules::{ControlTotal, ImportKind};
use super::store;
use crate::db::Conn;
use crate::error::Result;
use crate::values::{Currency, ImportId};

/// A committed import whose lines don't add up to what it said when it was committed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    pub import: ImportId,
    pub file_name: String,
    pub currency: Currency,
    pub said: ControlTotal,
    pub found: ControlTotal,
}

/// Adds up the lines of every import anew and returns what differs from the control totals of
/// its commit, lines of no committed import among them.
pub fn verify_imports(conn: &mut Conn) -> Result<Vec<Difference>> {
    let mut found: std::collections::BTreeMap<_, _> = store::lines::sums(conn)?
        .into_iter()
        .map(|(import, currency, total)| ((import, currency), total))
        .collect();
    let mut differences = Vec::new();
    for import in store::imports::committed(conn)? {
        if import.kind != ImportKind::Sales {
            continue;
        }
        let mut said = import.report.totals.clone();
        let more: Vec<Currency> =
            found.keys().filter(|(id, _)| *id == import.id).map(|(_, c)| *c).collect();
        more.into_iter().for_each(|currency| {
            said.entry(currency).or_default();
        });
        for (currency, said) in said {
            let found = found.remove(&(import.id.clone(), currency)).unwrap_or_default();
            if said != found {
                differences.push(Difference {
                    import: import.id.clone(),
                    file_name: import.file_name.clone(),
                    currency,
                    said,
                    found,
                });
            }
        }
    }
    let waiting = store::imports::unfinished(conn)?.map(|import| import.id);
    for ((import, currency), found) in found {
        if Some(&import) != waiting.as_ref() {
            let said = ControlTotal::default();
            let file_name = String::new();
            differences.push(Difference { import, file_name, currency, said, found });
        }
    }
    Ok(differences)
}
