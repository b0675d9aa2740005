//! Each version's terms against their hash, the file they came from and the columns beside them.

use super::{Terms, parse, store};
use crate::db::Conn;
use crate::error::Result;

/// A sentence for everything about policies that can't have come about through the portal.
pub fn verify(conn: &mut Conn) -> Result<Vec<String>> {
    let mut said = Vec::new();
    for kept in store::every_kept(conn)? {
        let mut wrong =
            |why: &str| said.push(format!("policy {} version {}: {why}", kept.code, kept.number));
        let Ok(terms) = serde_json::from_str::<Terms>(&kept.terms) else {
            wrong("its terms can't be read");
            continue;
        };
        if terms.hash() != kept.terms_hash {
            wrong("its terms don't match their hash");
        }
        if parse(&kept.source).ok().as_ref() != Some(&terms) {
            wrong("its file says other terms");
        }
        let beside = (kept.currency, kept.period, kept.from);
        if terms.code != kept.code || (terms.currency, terms.period, terms.from) != beside {
            wrong("its terms differ from what is kept beside them");
        }
    }
    Ok(said)
}
