//! Finding lines that are here already, batch by batch, while the table grows.

use diesel::prelude::*;
use diesel::sql_types;

use super::CHUNK;
use super::lines::Row;
use crate::db::Conn;
use crate::db::schema::sales_lines;
use crate::error::Result;
use crate::sales::rules::SalesLine;
use crate::values::Key;

/// The lines of the source that have one of the ids, counted or not; others may be among them.
pub(in crate::sales) fn known(
    conn: &mut Conn,
    source: &str,
    ids: &[&str],
) -> Result<Vec<SalesLine>> {
    if let Conn::Postgres(conn) = conn {
        return known_to_postgres(conn, source, ids);
    }
    if let Some(lines) = between(conn, source, ids)? {
        return Ok(lines);
    }
    let mut lines = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        let rows = sales_lines::table
            .filter(sales_lines::source.eq(source).and(sales_lines::line_id.eq_any(chunk)))
            .select(Row::as_select())
            .load(conn)?;
        lines.extend(rows.into_iter().map(SalesLine::from));
    }
    Ok(lines)
}

#[derive(QueryableByName)]
struct KnownKey {
    #[diesel(sql_type = sql_types::BigInt)]
    id: Key,
}

/// A table that grows by the import itself has no statistics yet, and PostgreSQL would read it
/// from end to end for every batch: it is told to look each id up in the index.
fn known_to_postgres(
    conn: &mut PgConnection,
    source: &str,
    ids: &[&str],
) -> Result<Vec<SalesLine>> {
    const PLANS: [&str; 3] = ["enable_seqscan", "enable_hashjoin", "enable_mergejoin"];
    for plan in PLANS {
        diesel::sql_query(format!("SET LOCAL {plan} = off")).execute(conn)?;
    }
    let found = diesel::sql_query(
        "SELECT s.id FROM unnest($2) AS wanted(line_id) \
         JOIN sales_lines s ON s.source = $1 AND s.line_id = wanted.line_id",
    )
    .bind::<sql_types::Text, _>(source)
    .bind::<sql_types::Array<sql_types::Text>, _>(ids)
    .load::<KnownKey>(conn)?;
    for plan in PLANS {
        diesel::sql_query(format!("SET LOCAL {plan} = on")).execute(conn)?;
    }
    let mut lines = Vec::with_capacity(found.len());
    let keys: Vec<Key> = found.into_iter().map(|row| row.id).collect();
    for chunk in keys.chunks(CHUNK * 20) {
        let rows = sales_lines::table
            .filter(sales_lines::id.eq_any(chunk))
            .select(Row::as_select())
            .load(conn)?;
        lines.extend(rows.into_iter().map(SalesLine::from));
    }
    Ok(lines)
}

/// Files mostly come in the order of their ids, so one look at a stretch of the index answers for
/// a whole batch. None when the stretch holds much else. Only where text sorts by its bytes.
fn between(conn: &mut Conn, source: &str, ids: &[&str]) -> Result<Option<Vec<SalesLine>>> {
    let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else {
        return Ok(Some(Vec::new()));
    };
    let most = ids.len() * 2;
    let rows = sales_lines::table
        .filter(sales_lines::source.eq(source).and(sales_lines::line_id.between(first, last)))
        .limit(i64::try_from(most + 1).unwrap_or(i64::MAX))
        .select(Row::as_select())
        .load(conn)?;
    Ok((rows.len() <= most).then(|| rows.into_iter().map(SalesLine::from).collect()))
}
