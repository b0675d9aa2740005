//! What PostgreSQL's planner believes of the tables. A long run fills tables that were empty when its
//! statements were planned, and goes on with those plans: it would read whole tables again and
//! again, until the server looks at them by itself.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Conn, Db};
use crate::error::{Error, Result};

/// The tables that more than doubled since they were looked at, small ones aside.
const GROWN: &str = "SELECT quote_ident(c.relname) AS name FROM pg_class c \
    JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind = 'r' AND n.nspname = current_schema() \
    AND pg_relation_size(c.oid) / current_setting('block_size')::bigint \
    > 2 * GREATEST(c.relpages, 4)";

#[derive(QueryableByName)]
struct Grown {
    #[diesel(sql_type = Text)]
    name: String,
}

impl Db {
    /// Has PostgreSQL look again at tables that grew much, between the writes of a long run. Does
    /// nothing on SQLite, which plans by the schema.
    ///
    /// # Errors
    /// The database is away.
    pub fn relearn(&self) -> Result<()> {
        let mut conn = self.pool.get().map_err(|e| Error::Busy(e.to_string()))?;
        let Conn::Postgres(conn) = &mut *conn else { return Ok(()) };
        for Grown { name } in diesel::sql_query(GROWN).load(conn)? {
            diesel::sql_query(format!("ANALYZE {name}")).execute(conn)?;
        }
        Ok(())
    }
}
