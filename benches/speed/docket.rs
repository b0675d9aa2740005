//! Many made-up disputes, the same every time: written into the tables as they are, and once more
//! into `floor_queue`, which has the one index that each view would best have.

use std::fmt::Write;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use openrebate::db::{folded, grams};
use openrebate::disputes::{Category, Lane, State};
use rusqlite::{Connection, params_from_iter};

pub const CUSTOMERS: i64 = 5_000;
pub const PEOPLE: i64 = 50;
pub const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 10, 15).unwrap();

/// Columns of the queue, as the floor reads them.
pub const LINE: &str = "q.seq, q.dispute_id, q.number, q.state, q.category, q.policy_id, \
    q.subject, q.currency, q.amount, q.due, q.filed_at, q.last_at, q.last_side, q.owner, \
    q.owner_name, q.revision, c.code, c.name";

const TEXTS: [&str; 8] = [
    "少计了一张发票，请核对后补计返利",
    "返利金额与合同约定的比例不一致",
    "本季度退货被重复扣减，应为一次",
    "新品未计入范围，但政策附件中列明",
    "付款通知已收到，款项至今未到账",
    "阶梯应按集团合并采购额确定",
    "发票日期在期间内，签收日期在次月",
    "其他问题，请与我方财务联系",
];

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: i64) -> i64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % u64::try_from(sides).unwrap()).unwrap()
    }
}

/// One dispute's rows: of `disputes`, `dispute_queue`, `dispute_search`, and its grams.
pub struct Rows {
    pub dispute: Vec<String>,
    pub queue: Vec<String>,
    pub text: String,
    pub grams: String,
}

pub const DISPUTE: &str = "id, number, customer_id, state, category, subject, subject_id, \
    subject_text, currency, disputed_minor, text, facts, filed_by, filed_by_name, filed_at, \
    answer_due, decision_due, last_activity_at, revision";
pub const QUEUE: &str = "seq, dispute_id, number, customer_id, manager, owner, owner_name, lane, \
    state, category, policy_id, subject, currency, amount, due, asleep_until, filed_at, last_at, \
    last_side, revision, answer_due, decided_due, appealed";

/// The disputes in the order of filing: three in ten are open, two of these wait for a customer,
/// an approver or an appeal; what nobody has are a few.
pub fn rows(count: i64) -> impl Iterator<Item = Rows> {
    let mut dice = Dice(7);
    let start: DateTime<Utc> = "2024-01-01T00:00:00Z".parse().unwrap();
    let apart = 85_000_000 / count;
    (1..=count).map(move |seq| {
        let state = match dice.roll(100) {
            0..10 => State::InReview,
            10..24 => State::Submitted,
            24..27 => State::WaitingCustomer,
            27..28 => State::AwaitingApproval,
            28..30 => State::Appealed,
            30..40 => State::Decided,
            _ => State::Closed,
        };
        let customer = 1 + dice.roll(CUSTOMERS);
        let manager = customer % PEOPLE;
        let nobodys = dice.roll(100) == 0;
        let owner = if nobodys { String::new() } else { format!("person{manager:02}") };
        let category = Category::ALL[usize::try_from(dice.roll(7)).unwrap()];
        let amount = dice.roll(10_000_000);
        let filed = start + TimeDelta::seconds(seq * apart);
        let last = filed + TimeDelta::seconds(dice.roll(2_000_000));
        let due = TODAY - Days::new(20) + Days::new(u64::try_from(dice.roll(400)).unwrap());
        let waits = state == State::WaitingCustomer || !state.is_open();
        let due = if waits { "9999-12-31".to_owned() } else { due.to_string() };
        let phrase = TEXTS[usize::try_from(dice.roll(8)).unwrap()];
        let rare = if dice.roll(200_000) == 0 { "镀锌" } else { "" };
        let text = format!("{phrase}，发票号 FP{:08}{rare}", dice.roll(100_000_000));
        let number = format!("ZY-{}-{:06}", filed.format("%Y-%m"), seq);
        let (id, stamp) =
            (format!("{seq:032x}"), |at: DateTime<Utc>| at.format("%F %T").to_string());
        let s = |value: &str| value.to_owned();
        let dispute = vec![
            id.clone(),
            number.clone(),
            customer.to_string(),
            state.to_string(),
            category.to_string(),
            s("free"),
            s(""),
            s("其他"),
            s("CNY"),
            amount.to_string(),
            text.clone(),
            s("{}"),
            s("b"),
            s("b"),
            stamp(filed),
            TODAY.to_string(),
            TODAY.to_string(),
            stamp(last),
            s("1"),
        ];
        let queue = vec![
            seq.to_string(),
            id,
            number.clone(),
            customer.to_string(),
            format!("person{manager:02}@example.com"),
            owner.clone(),
            owner,
            Lane::of(state).to_string(),
            state.to_string(),
            category.to_string(),
            s(""),
            s("其他"),
            s("CNY"),
            (amount * 100).to_string(),
            due,
            s("0001-01-01"),
            stamp(filed),
            stamp(last),
            s("customer"),
            s("1"),
            TODAY.to_string(),
            TODAY.to_string(),
            s("0"),
        ];
        let text = [&number, "其他", &text].map(folded).join("\n");
        let grams = grams(&text).into_iter().collect::<Vec<_>>().join(" ");
        Rows { dispute, queue, text, grams }
    })
}

const PEOPLE_SQL: &str = "INSERT INTO customers (id, code, name, kind, class, region, currency, \
    account_manager, language, created_at, updated_at) VALUES ";

fn customers() -> String {
    let mut out = String::from(PEOPLE_SQL);
    for id in 1..=CUSTOMERS {
        let comma = if id == 1 { "" } else { ", " };
        write!(
            out,
            "{comma}({id}, 'C{id:05}', '客户{id:05}商贸有限公司', 'customer', 'regular', '', 'CNY', \
             'person{:02}@example.com', 'zh-CN', '2024-01-01', '2024-01-01')",
            id % PEOPLE
        )
        .unwrap();
    }
    out
}

const FLOOR: &str =
    "CREATE TABLE floor_queue AS SELECT q.*, lane <> 'done' AS open FROM dispute_queue q;
    CREATE INDEX floor_filed ON floor_queue (filed_at, seq);
    CREATE INDEX floor_amount ON floor_queue (amount, seq);
    CREATE INDEX floor_owner_due ON floor_queue (owner, open, due, seq);
    CREATE INDEX floor_lane_last ON floor_queue (lane, last_at, seq);
    CREATE INDEX floor_manager_filed ON floor_queue (manager, filed_at, seq);
    CREATE INDEX floor_owner_filed ON floor_queue (owner, filed_at, seq);
    CREATE INDEX floor_running ON floor_queue (open, due, seq)";

/// Fills an SQLite file that is migrated.
pub fn fill_sqlite(path: &str, count: i64) {
    let mut conn = Connection::open(path).unwrap();
    conn.execute_batch(
        "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA foreign_keys = OFF",
    )
    .unwrap();
    let indexes: Vec<(String, String)> = {
        let mut found = conn
            .prepare(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL \
                      AND tbl_name IN ('disputes', 'dispute_queue')",
            )
            .unwrap();
        let all = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        all.map(Result::unwrap).collect()
    };
    for (name, _) in &indexes {
        conn.execute_batch(&format!("DROP INDEX {name}")).unwrap();
    }
    let tx = conn.transaction().unwrap();
    tx.execute_batch(&customers()).unwrap();
    {
        let places = |n: usize| vec!["?"; n].join(", ");
        let width = |columns: &str| columns.split(',').count();
        let mut dispute = tx
            .prepare(&format!(
                "INSERT INTO disputes ({DISPUTE}) VALUES ({})",
                places(width(DISPUTE))
            ))
            .unwrap();
        let mut queue = tx
            .prepare(&format!(
                "INSERT INTO dispute_queue ({QUEUE}) VALUES ({})",
                places(width(QUEUE))
            ))
            .unwrap();
        let mut search = tx.prepare("INSERT INTO dispute_search VALUES (?, ?)").unwrap();
        let mut words =
            tx.prepare("INSERT INTO dispute_words (rowid, grams) VALUES (?, ?)").unwrap();
        for (seq, row) in (1_i64..).zip(rows(count)) {
            dispute.execute(params_from_iter(&row.dispute)).unwrap();
            queue.execute(params_from_iter(&row.queue)).unwrap();
            search.execute((seq, &row.text)).unwrap();
            words.execute((seq, &row.grams)).unwrap();
        }
    }
    tx.commit().unwrap();
    for (_, sql) in &indexes {
        conn.execute_batch(sql).unwrap();
    }
    conn.execute_batch(FLOOR).unwrap();
    conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
}

/// Fills a PostgreSQL database that is migrated.
pub fn fill_postgres(conn: &mut PgConnection, count: i64) {
    conn.batch_execute(
        "SET synchronous_commit = off; SET session_replication_role = replica;
         SET maintenance_work_mem = '512MB';
         CREATE TEMP TABLE kept AS SELECT indexname, indexdef FROM pg_indexes
           WHERE schemaname = 'public' AND indexdef NOT LIKE 'CREATE UNIQUE%'
           AND tablename IN ('disputes', 'dispute_queue', 'dispute_words');
         DO $$ DECLARE i record; BEGIN FOR i IN SELECT * FROM kept LOOP
           EXECUTE 'DROP INDEX ' || i.indexname; END LOOP; END $$;",
    )
    .unwrap();
    conn.batch_execute(&customers()).unwrap();
    let mut all = rows(count).peekable();
    while all.peek().is_some() {
        let chunk: Vec<Rows> = all.by_ref().take(1_000).collect();
        let insert = |table: &str, columns: &str, values: &dyn Fn(&Rows) -> String| {
            let rows: Vec<String> = chunk.iter().map(|row| format!("({})", values(row))).collect();
            format!("INSERT INTO {table} ({columns}) VALUES {};", rows.join(", "))
        };
        let quoted = |values: &[String]| {
            values.iter().map(|value| format!("'{value}'")).collect::<Vec<_>>().join(", ")
        };
        let mut sql = insert("disputes", DISPUTE, &|row| quoted(&row.dispute));
        sql += &insert("dispute_queue", QUEUE, &|row| quoted(&row.queue));
        sql += &insert("dispute_search", "seq, text", &|row| {
            format!("{}, '{}'", row.queue[0], row.text)
        });
        sql += &insert("dispute_words", "seq, grams", &|row| {
            format!("{}, '{{{}}}'", row.queue[0], row.grams.replace(' ', ","))
        });
        conn.batch_execute(&sql).unwrap();
    }
    conn.batch_execute(
        "DO $$ DECLARE i record; BEGIN FOR i IN SELECT * FROM kept LOOP
           EXECUTE i.indexdef; END LOOP; END $$;",
    )
    .unwrap();
    conn.batch_execute(FLOOR).unwrap();
    conn.batch_execute("SET session_replication_role = DEFAULT").unwrap();
    for table in
        ["disputes", "dispute_queue", "dispute_search", "dispute_words", "floor_queue", "customers"]
    {
        conn.batch_execute(&format!("VACUUM ANALYZE {table}")).unwrap();
    }
}
