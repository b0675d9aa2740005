//! Everything a database holds: for stories in which nothing may have changed.

use std::collections::BTreeMap;

use diesel::RunQueryDsl;
use diesel::sql_types::Text;
use openrebate::on_backend;

use super::{Engine, TestApp};

#[derive(diesel::QueryableByName)]
struct Fact {
    #[diesel(sql_type = Text)]
    fact: String,
}

fn facts(app: &TestApp, query: &str) -> Vec<String> {
    let rows =
        app.read(|conn| Ok(on_backend!(conn, c => diesel::sql_query(query).load::<Fact>(c))?));
    rows.into_iter().map(|row| row.fact).collect()
}

/// The rows of every table, as text and in order.
pub fn contents(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let tables = facts(
        app,
        match app.engine {
            Engine::Sqlite => {
                "SELECT name AS fact FROM sqlite_master WHERE type = 'table' \
                 AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE 'sqlite_%'"
            }
            Engine::Postgres => {
                "SELECT tablename::text AS fact FROM pg_tables WHERE schemaname = 'public'"
            }
        },
    );
    assert!(tables.len() > 40, "{tables:?}");
    tables.into_iter().map(|table| (table.clone(), rows(app, &table))).collect()
}

fn rows(app: &TestApp, table: &str) -> Vec<String> {
    let row = match app.engine {
        Engine::Postgres => "t::text".to_owned(),
        Engine::Sqlite => {
            let columns = format!("SELECT name AS fact FROM pragma_table_info('{table}')");
            let quoted = |name: &String| format!("quote(\"{name}\")");
            facts(app, &columns).iter().map(quoted).collect::<Vec<_>>().join(" || ',' || ")
        }
    };
    facts(app, &format!("SELECT {row} AS fact FROM \"{table}\" t ORDER BY 1"))
}
