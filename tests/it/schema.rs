//! The schema: both databases have the same, the program believes the same, and history can't be
//! rewritten in either.

use std::collections::BTreeSet;

use diesel::RunQueryDsl;
use diesel::sql_types::Text;
use openrebate::on_backend;

use crate::support::{Engine, TestApp};

#[derive(diesel::QueryableByName)]
struct Fact {
    #[diesel(sql_type = Text)]
    fact: String,
}

fn facts(app: &TestApp, queries: &[&str]) -> BTreeSet<String> {
    queries
        .iter()
        .flat_map(|query| {
            app.read(|conn| Ok(on_backend!(conn, c => diesel::sql_query(*query).load::<Fact>(c))?))
        })
        .map(|row| row.fact.to_lowercase())
        // The index of searched words is each database's own, see the migrations.
        .filter(|fact| !fact.contains("__diesel") && !fact.starts_with("dispute_words"))
        .collect()
}

/// `table.column type nullability`, `table key (columns)`, `table unique|index (columns) where`,
/// `table (columns) references table (columns)`.
fn schema(app: &TestApp) -> BTreeSet<String> {
    match app.engine {
        Engine::Sqlite => facts(app, &SQLITE),
        Engine::Postgres => facts(app, &POSTGRES),
    }
}

const SQLITE: [&str; 4] = [
    "SELECT t.name || '.' || c.name || ' ' || c.type ||
       CASE WHEN c.\"notnull\" THEN ' not null' ELSE '' END AS fact
     FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'",
    "SELECT t.name || ' key (' || (SELECT group_concat(k.name, ', ') FROM
       (SELECT name FROM pragma_table_info(t.name) WHERE pk > 0 ORDER BY pk) k) || ')' AS fact
     FROM sqlite_master t WHERE t.type = 'table' AND t.name NOT LIKE 'dispute_words%'",
    "SELECT t.name || CASE WHEN i.\"unique\" THEN ' unique (' ELSE ' index (' END ||
       (SELECT group_concat(k.name, ', ') FROM
         (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) k) || ')' ||
       CASE WHEN i.partial THEN ' partial' ELSE '' END AS fact
     FROM sqlite_master t, pragma_index_list(t.name) i WHERE t.type = 'table' AND i.origin <> 'pk'",
    "SELECT t.name || ' (' || f.\"from\" || ') references ' || f.\"table\" || ' (' || f.\"to\" || ')' AS fact
     FROM sqlite_master t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'",
];

const POSTGRES: [&str; 4] = [
    "SELECT table_name || '.' || column_name || ' ' ||
       replace(data_type, ' without time zone', '') ||
       CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END AS fact
     FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT c.relname || ' key (' || (SELECT string_agg(a.attname, ', ' ORDER BY k.n)
       FROM unnest(i.indkey) WITH ORDINALITY k (num, n)
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.num) || ')' AS fact
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
     WHERE i.indisprimary AND c.relnamespace = 'public'::regnamespace",
    "SELECT c.relname || CASE WHEN i.indisunique THEN ' unique (' ELSE ' index (' END ||
       (SELECT string_agg(a.attname, ', ' ORDER BY k.n)
       FROM unnest(i.indkey) WITH ORDINALITY k (num, n)
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.num) || ')' ||
       CASE WHEN i.indpred IS NULL THEN '' ELSE ' partial' END AS fact
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
     WHERE NOT i.indisprimary AND c.relnamespace = 'public'::regnamespace",
    "SELECT c.relname || ' (' || a.attname || ') references ' || f.relname || ' (' || fa.attname || ')' AS fact
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
     JOIN pg_attribute fa ON fa.attrelid = f.oid AND fa.attnum = k.confkey[1]
     WHERE k.contype = 'f'",
];

#[test]
fn both_databases_have_the_same_schema() {
    let sqlite = schema(&TestApp::on(Engine::Sqlite));
    let postgres = schema(&TestApp::on(Engine::Postgres));
    let only = |a: &BTreeSet<String>, b| a.difference(b).cloned().collect::<Vec<_>>();
    assert_eq!(only(&sqlite, &postgres), Vec::<String>::new(), "only SQLite says so");
    assert_eq!(only(&postgres, &sqlite), Vec::<String>::new(), "only PostgreSQL says so");
    assert!(sqlite.len() > 300, "{} facts: were they all read?", sqlite.len());
}

both! {
    fn the_program_believes_what_the_database_has(app: &TestApp) {
        let believed = believed(include_str!("../../src/db/schema.rs"));
        let real: BTreeSet<_> = schema(app)
            .into_iter()
            .filter(|fact| {
                let head = fact.split(' ').next().unwrap_or_default();
                head.contains('.') || fact.contains(" key (")
            })
            .collect();
        assert_eq!(believed.difference(&real).collect::<Vec<_>>(), Vec::<&String>::new());
        assert_eq!(real.difference(&believed).collect::<Vec<_>>(), Vec::<&String>::new());
    }
}

/// Every table with every column.
pub fn columns(app: &TestApp) -> BTreeSet<(String, String)> {
    let named = |fact: &String| {
        let (table, column) = fact.split(' ').next()?.split_once('.')?;
        Some((table.to_owned(), column.to_owned()))
    };
    schema(app).iter().filter_map(named).collect()
}

/// The facts that diesel's `table!` blocks state.
fn believed(source: &str) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    for block in source.split("diesel::table! {").skip(1) {
        let mut lines = block.lines().map(str::trim).filter(|line| !line.is_empty());
        let (table, rest) = lines.next().unwrap().split_once(' ').unwrap();
        let key = rest.trim_start_matches('(').split(')').next().unwrap();
        facts.insert(format!("{table} key ({key})"));
        for line in lines.take_while(|line| *line != "}") {
            let (column, rest) = line.split_once(" -> ").unwrap();
            let kind = rest.trim_end_matches(',');
            let (kind, null) = match kind.strip_prefix("Nullable<") {
                Some(kind) => (kind.trim_end_matches('>'), ""),
                None => (kind, " not null"),
            };
            let kind = match kind {
                "Bool" => "boolean".to_owned(),
                kind => kind.to_lowercase(),
            };
            facts.insert(format!("{table}.{column} {kind}{null}"));
        }
    }
    facts
}

/// One row in each table whose history is kept, and what those rows need.
const ROWS: &str = "
INSERT INTO customers VALUES (1, 'C1', '甲', 'customer', '', '', 'CNY', NULL, NULL, NULL, NULL, 'zh-CN', '2026-01-01', '2026-01-01');
INSERT INTO audit_events VALUES (1, '2026-01-01', 'a', 'a', 'a', 'a', 'a', 'a', NULL, NULL, NULL, NULL, NULL, NULL, 'p', 'h');
INSERT INTO policies VALUES ('p', 'P1', '2026-01-01');
INSERT INTO policy_versions (id, policy_id, number, state, name_zh, name_en, currency, period_kind, valid_from, valid_to, terms, source, terms_hash, drafted_by, drafted_by_name, drafted_at, approved_by, approved_by_name, published_at) VALUES ('v', 'p', 1, 'published', '甲', 'A', 'CNY', 'month', '2026-01-01', NULL, '{}', '', 'h', 'a', 'a', '2026-01-01', 'b', 'b', '2026-01-02');
INSERT INTO policy_versions (id, policy_id, number, state, name_zh, name_en, currency, period_kind, valid_from, valid_to, terms, source, terms_hash, drafted_by, drafted_by_name, drafted_at, approved_by, approved_by_name, published_at) VALUES ('d', 'p', 2, 'draft', '甲', 'A', 'CNY', 'month', '2027-01-01', NULL, '{}', '', 'h', 'a', 'a', '2026-01-01', NULL, NULL, NULL);
INSERT INTO policy_acknowledgements VALUES ('v', 1, 'a', 'a', 'h', '2026-01-03');
INSERT INTO ledger_entries VALUES ('e', 1, '2026-01-01', '2026-01-01', '2026-01', NULL, 'accrual', 'x', 'p', 1, 'CNY', 'r', '', 'a', 'a', 'h');
INSERT INTO ledger_postings VALUES ('e', 1, 'accrued', 1, 'CNY', -5);
INSERT INTO statements VALUES ('s', 'S1', 1, '2026-01', '2026-01-31', 'CNY', 1, 0, 5, '{}', 'h', 1, 'h', '2026-02-01', '2026-02-10', 'issued', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO statement_entries VALUES ('e', 's');
INSERT INTO payouts VALUES ('o', 'O1', 1, 'CNY', 5, 'cash', '甲', 'draft', 'h', 'a', 'a', '2026-01-01', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO bank_accounts VALUES ('k', 1, '甲', '乙银行', '丙支行', '1', 'a@b.example', '', 'h', 'requested', 'a', 'a', '2026-01-01', NULL, NULL, NULL, NULL);
INSERT INTO bank_account_steps VALUES ('k', 1, 'requested', '2026-01-01', 'a', 'a', '');
INSERT INTO payout_steps VALUES ('o', 1, 'draft', '2026-01-01', 'a', 'a', '');
INSERT INTO disputes (id, number, customer_id, state, category, subject, subject_id, subject_text, currency, disputed_minor, expected_minor, text, facts, filed_by, filed_by_name, filed_at, assignee, assignee_name, answer_due, decision_due, answered_at, waiting_since, decided_at, appeal_until, closed_at, last_activity_at, revision)
  VALUES ('t', 'T1', 1, 'submitted', 'other', 'statement', 's', 'S1', 'CNY', 5, NULL, 'x', '{}', 'a', 'a', '2026-01-01', NULL, NULL, '2026-01-05', '2026-01-09', NULL, NULL, NULL, NULL, NULL, '2026-01-01', 1);
INSERT INTO dispute_ratings VALUES ('t', 4, 'x', 'a', 'a', '2026-01-01');
INSERT INTO people (id, email, name, state, created_at) VALUES ('w', 'w@example.com', 'w', 'active', '2026-01-01');
INSERT INTO announcements VALUES ('n', 'sent', NULL, '{}', '甲', '乙', '', '', 2, 'w', 'w', 'w', '2026-01-01', NULL, NULL, NULL);
INSERT INTO announcements VALUES ('m', 'draft', NULL, '{}', '甲', '乙', '', '', 1, 'w', 'w', 'w', '2026-01-01', NULL, NULL, NULL);
INSERT INTO dispute_events VALUES ('t', 1, 'filed', '2026-01-01', 'a', 'a', 'customer', FALSE, 'x');
";

both! {
    fn history_cannot_be_rewritten(app: &TestApp) {
        app.will_tamper();
        app.sql(ROWS).unwrap();
        for (table, column) in [
            ("ledger_entries", "reason = 'x'"),
            ("ledger_postings", "amount_minor = -6"),
            ("audit_events", "reason = 'x'"),
            ("statement_entries", "statement_id = 'x'"),
            ("payout_steps", "note = 'x'"),
            ("bank_account_steps", "note = 'x'"),
            ("dispute_events", "text = 'y'"),
            ("dispute_ratings", "score = 5"),
            ("policy_acknowledgements", "terms_hash = 'x'"),
        ] {
            for statement in [format!("UPDATE {table} SET {column}"), format!("DELETE FROM {table}")] {
                let refusal = app.sql(&statement).unwrap_err().to_string();
                assert!(refusal.contains("append-only"), "{statement}: {refusal}");
            }
        }
    }

    fn what_was_issued_is_frozen(app: &TestApp) {
        app.will_tamper();
        app.sql(ROWS).unwrap();
        for statement in [
            "UPDATE statements SET closing_minor = 6",
            "UPDATE statements SET content = 'x'",
            "UPDATE statements SET issued_at = '2026-01-01'",
            "UPDATE statements SET agreement = 'x'",
            "DELETE FROM statements",
            "UPDATE bank_accounts SET account_number = '2'",
            "UPDATE bank_accounts SET holder = 'x'",
            "DELETE FROM bank_accounts",
            "UPDATE payouts SET bank_account_id = 'k'",
            "UPDATE policy_versions SET terms = 'x' WHERE id = 'v'",
            "UPDATE policy_versions SET valid_from = '2026-02-01' WHERE id = 'v'",
            "DELETE FROM policy_versions WHERE id = 'v'",
            "UPDATE announcements SET text_zh = 'x' WHERE id = 'n'",
            "UPDATE announcements SET portfolio = 'x' WHERE id = 'n'",
            "DELETE FROM announcements WHERE id = 'm'",
        ] {
            let refusal = app.sql(statement).unwrap_err().to_string();
            let said = ["frozen", "never change"].iter().any(|words| refusal.contains(words));
            assert!(said, "{statement}: {refusal}");
        }
        app.sql("UPDATE announcements SET text_zh = 'x' WHERE id = 'm'").unwrap();
        app.sql("UPDATE statements SET state = 'confirmed', answered_by = 'a'").unwrap();
        app.sql("UPDATE statements SET superseded_by = 's'").unwrap();
        let again = app.sql("UPDATE statements SET superseded_by = NULL").unwrap_err().to_string();
        assert!(again.contains("frozen"), "{again}");
        app.sql("UPDATE policy_versions SET state = 'superseded' WHERE id = 'v'").unwrap();
        app.sql("UPDATE policy_versions SET terms = 'x' WHERE id = 'd'").unwrap();
        app.sql("DELETE FROM policy_versions WHERE id = 'd'").unwrap();
    }
}
