use std::collections::{BTreeSet, HashMap};

use super::{Version, store};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::values::VersionId;

/// Versions read once, however often they are named. Only for as long as one transaction or read.
#[derive(Debug, Default)]
pub struct Shelf(HashMap<VersionId, Version>);

impl Shelf {
    /// Reads those of the versions that aren't here yet.
    pub fn bring<'v>(
        &mut self,
        conn: &mut Conn,
        versions: impl IntoIterator<Item = &'v VersionId>,
    ) -> Result<()> {
        let lacking = versions.into_iter().filter(|id| !self.0.contains_key(*id));
        let lacking: Vec<VersionId> =
            lacking.collect::<BTreeSet<_>>().into_iter().cloned().collect();
        for version in store::versions_by_id(conn, &lacking)? {
            self.0.insert(version.id.clone(), version);
        }
        Ok(())
    }

    /// # Errors
    /// `NotFound` when it wasn't brought, or doesn't exist.
    pub fn version(&self, id: &VersionId) -> Result<&Version> {
        self.0.get(id).ok_or(Error::NotFound)
    }
}
