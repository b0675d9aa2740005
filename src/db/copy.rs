//! Copies of whole databases: for SQLite by its own means. PostgreSQL's are its tools' business.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, RunQueryDsl, SqliteConnection};

use super::{Conn, DatabaseUrl, Db, read_with};
use crate::error::{Error, Result};

impl Db {
    /// Writes the database as it is at one moment into an empty file, while others go on reading and
    /// writing.
    ///
    /// # Errors
    /// It isn't SQLite, the file isn't empty, or there is no room.
    pub fn copy_into(&self, path: &Path) -> Result<()> {
        let mut conn = self.pool.get().map_err(|e| Error::Busy(e.to_string()))?;
        match &mut *conn {
            Conn::Sqlite(c) => {
                let path = path.display().to_string();
                diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(path).execute(c)?;
                Ok(())
            }
            Conn::Postgres(_) => Err(Error::internal("only SQLite copies itself into a file")),
        }
    }

    /// Reads at one moment that others may share by the name given; PostgreSQL only. The moment
    /// lasts as long as the work.
    ///
    /// # Errors
    /// What the closure returns, or that the database is away.
    pub fn read_shared<T>(&self, work: impl FnOnce(&mut Conn, &str) -> Result<T>) -> Result<T> {
        self.read(|conn| {
            let Conn::Postgres(c) = conn else {
                return Err(Error::internal("only PostgreSQL shares a moment"));
            };
            c.batch_execute("SET LOCAL idle_in_transaction_session_timeout = 0")?;
            let named = "SELECT pg_export_snapshot() AS name";
            let moment: Moment = diesel::sql_query(named).get_result(c)?;
            work(conn, &moment.name)
        })
    }
}

#[derive(diesel::QueryableByName)]
struct Moment {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Reads a copy that nobody writes, and leaves it byte for byte as it is.
///
/// # Errors
/// What the closure returns, or that it is no database.
pub fn read_copy<T>(path: &Path, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    let name = path.display().to_string();
    let name = name.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let conn = SqliteConnection::establish(&format!("file:{name}?immutable=1"));
    let conn = conn.map_err(|e| Error::internal(format!("cannot open {}: {e}", path.display())))?;
    read_with(&mut Conn::Sqlite(conn), work)
}

impl DatabaseUrl {
    /// The URL for PostgreSQL's own tools, and the password, which doesn't belong among their
    /// arguments: everybody on the machine can read those. None for SQLite.
    pub fn for_tools(&self) -> Option<(String, Option<String>)> {
        let Self::Postgres { url, .. } = self else { return None };
        let (scheme, rest) = url.split_once("://")?;
        let (authority, tail) = match rest.find(['/', '?']) {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
        let (kept, secret): (Vec<&str>, Vec<&str>) =
            query.split('&').filter(|p| !p.is_empty()).partition(|p| !p.starts_with("password="));
        let mut password = secret.first().and_then(|p| p.strip_prefix("password="));
        let authority = match authority.rsplit_once('@') {
            Some((user, hosts)) => {
                let (user, own) = match user.split_once(':') {
                    Some((user, own)) => (user, Some(own)),
                    None => (user, None),
                };
                password = own.or(password);
                format!("{user}@{hosts}")
            }
            None => authority.to_owned(),
        };
        let query = kept.join("&");
        let mark = if query.is_empty() { "" } else { "?" };
        let bare = format!("{scheme}://{authority}{path}{mark}{query}");
        Some((bare, password.map(decoded)))
    }
}

/// Percent signs undone.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let pair = (byte == b'%').then(|| {
            let mut ahead = rest.clone();
            let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
            let value = digit(ahead.next()).zip(digit(ahead.next())).map(|(h, l)| h * 16 + l);
            value.and_then(|value| u8::try_from(value).ok()).map(|value| (value, ahead))
        });
        match pair.flatten() {
            Some((value, ahead)) => {
                bytes.push(value);
                rest = ahead;
            }
            None => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_no_argument_of_a_tool() {
        for (url, bare, password) in [
            ("postgres://me@localhost/x", "postgres://me@localhost/x", None),
            (
                "postgres://me:s%40cret@localhost:5432/x",
                "postgres://me@localhost:5432/x",
                Some("s@cret"),
            ),
            (
                "postgres:///x?host=/tmp/pg&password=top%25&user=me",
                "postgres:///x?host=/tmp/pg&user=me",
                Some("top%"),
            ),
            ("postgres://localhost?password=a", "postgres://localhost", Some("a")),
            ("postgres://me@%2Ftmp%2Fpg/x", "postgres://me@%2Ftmp%2Fpg/x", None),
        ] {
            let found = url.parse::<DatabaseUrl>().unwrap().for_tools().unwrap();
            assert_eq!(found, (bare.to_owned(), password.map(str::to_owned)), "{url}");
        }
        assert_eq!("sqlite://x".parse::<DatabaseUrl>().unwrap().for_tools(), None);
    }
}
