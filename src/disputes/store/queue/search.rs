//! Searching disputes by any part of their number, subject or text, and by their customer.
//!
//! A LIKE over a million texts takes seconds, and the databases' own indexes of parts know no
//! Chinese word of two letters. So the program cuts texts into neighbouring letters ([`grams`])
//! and keeps these in an inverted index: FTS5 on SQLite, GIN on PostgreSQL, both inside every
//! installation. What is rare is found there; what is common is met with soon enough by walking
//! along the queue, which a look at the newest disputes tells beforehand.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::ask::{Sql, Value};
use super::load_seqs;
use super::plan::FEW;
use crate::db::{Conn, folded, grams, like_part};
use crate::error::Result;
use crate::on_backend;

/// What a search looks for, and where.
#[derive(Debug, Clone)]
pub(super) struct Match {
    text: String,
    customer: String,
    /// All that match, when they are few.
    pub few: Option<Vec<i64>>,
}

impl Match {
    /// Holds of `dispute_search` as `t` and `customers` as `c`.
    pub fn sql(&self) -> Sql {
        let customer = || Value::Words(self.customer.clone());
        let name = Sql::compare("LOWER(c.name) LIKE ", customer())
            .then(" ESCAPE '!' OR ")
            .add(Sql::compare("LOWER(c.code) LIKE ", customer()));
        let sql = Sql::new("(");
        let sql = match self.text.as_str() {
            "" => sql,
            text => sql
                .add(Sql::compare("t.text LIKE ", Value::Words(like_part(text))))
                .then(" ESCAPE '!' OR "),
        };
        sql.add(name).then(" ESCAPE '!')")
    }
}

/// So many of the newest are looked at beforehand, and a match in so many of them is common.
const SAMPLE: usize = 1_000;
const COMMON: i64 = 20;
/// Disputes that have the letters are read one by one up to so many.
const CANDIDATES: usize = 20_000;
/// Customers found by name up to so many lead to their disputes.
const CUSTOMERS: usize = 500;

pub(super) fn look_up(conn: &mut Conn, search: &str) -> Result<Match> {
    let mut found = Match { text: folded(search), customer: like_part(search.trim()), few: None };
    let newest = Sql::new("SELECT COUNT(*) FROM (SELECT seq, customer_id FROM dispute_queue ")
        .then(format!("ORDER BY seq DESC LIMIT {SAMPLE}) q CROSS JOIN customers c "))
        .then("CROSS JOIN dispute_search t WHERE c.id = q.customer_id AND t.seq = q.seq AND ")
        .add(found.sql());
    if count(conn, newest)? > COMMON {
        return Ok(found);
    }
    let (Some(mut seqs), Some(more)) = (of_texts(conn, &found.text)?, of_customers(conn, &found)?)
    else {
        return Ok(found);
    };
    seqs.extend(more);
    seqs.sort_unstable();
    seqs.dedup();
    found.few = (seqs.len() <= FEW).then_some(seqs);
    Ok(found)
}

fn count(conn: &mut Conn, sql: Sql) -> Result<i64> {
    let asking = sql.asking::<BigInt>();
    Ok(on_backend!(conn, c => asking.get_result::<i64>(c)?))
}

/// The disputes whose text has the part; None when the index can't tell, or there are many.
fn of_texts(conn: &mut Conn, text: &str) -> Result<Option<Vec<i64>>> {
    if text.is_empty() {
        return Ok(Some(Vec::new()));
    }
    // A few dozen of them tell a text apart as well as hundreds.
    let grams: Vec<String> = grams(text).into_iter().take(40).collect();
    if grams.is_empty() {
        return Ok(None);
    }
    let having = match conn {
        Conn::Sqlite(_) => {
            let quoted: Vec<String> = grams.iter().map(|gram| format!("\"{gram}\"")).collect();
            Sql::new("SELECT rowid AS seq FROM dispute_words WHERE dispute_words MATCH ")
                .bind(Value::Words(quoted.join(" ")))
        }
        Conn::Postgres(_) => {
            Sql::new("SELECT seq FROM dispute_words WHERE grams @> string_to_array(")
                .bind(Value::Words(grams.join(" ")))
                .then(", ' ')")
        }
    };
    let having = having.then(format!(" LIMIT {}", CANDIDATES + 1));
    let some = Sql::new("SELECT COUNT(*) FROM (").add(having.clone()).then(") AS kept");
    if usize::try_from(count(conn, some)?).unwrap_or(usize::MAX) > CANDIDATES {
        return Ok(None);
    }
    let sql = Sql::new("SELECT t.seq FROM (")
        .add(having)
        .then(") AS kept CROSS JOIN dispute_search t WHERE t.seq = kept.seq AND ")
        .add(Sql::compare("t.text LIKE ", Value::Words(like_part(text))))
        .then(format!(" ESCAPE '!' LIMIT {}", FEW + 1));
    few(conn, sql)
}

/// The disputes of customers whose name or code has the part; None when there are many.
fn of_customers(conn: &mut Conn, found: &Match) -> Result<Option<Vec<i64>>> {
    let part = || Value::Words(found.customer.clone());
    let sql = Sql::compare("SELECT id FROM customers WHERE LOWER(name) LIKE ", part())
        .then(" ESCAPE '!' OR ")
        .add(Sql::compare("LOWER(code) LIKE ", part()))
        .then(format!(" ESCAPE '!' LIMIT {}", CUSTOMERS + 1));
    let customers = load_seqs(conn, sql.clone())?;
    if customers.len() > CUSTOMERS {
        return Ok(None);
    }
    let sql = Sql::new("SELECT q.seq FROM (")
        .add(sql)
        .then(") AS found CROSS JOIN dispute_queue q WHERE q.customer_id = found.id ")
        .then(format!("LIMIT {}", FEW + 1));
    few(conn, sql)
}

fn few(conn: &mut Conn, sql: Sql) -> Result<Option<Vec<i64>>> {
    let found = load_seqs(conn, sql)?;
    Ok((found.len() <= FEW).then_some(found))
}
