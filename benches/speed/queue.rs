//! Pages of the dispute queue at ten thousand and at a million disputes, on both databases, beside
//! the bare statement on a table made for that one view: prepared, its columns read, nothing else.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection as _, PgConnection};
use openrebate::db::{Clock, Conn, DatabaseUrl, Db, House};
use openrebate::disputes::{self, Filter, Order, Place, Reach, Sort, View};
use openrebate::values::PersonId;
use rusqlite::Connection;

use crate::docket::{self, LINE, TODAY};
use crate::postgres;

const PAGE: usize = 25;
const CALLS: usize = 101;

/// What one row of the bench asks for, and the statement that would be best for it.
struct Row {
    name: &'static str,
    reach: Reach,
    filter: Filter,
    by: Sort,
    descending: bool,
    /// What holds of the rows, each one range of an index of `floor_queue`.
    floor: Vec<&'static str>,
    /// The row in the middle begins the deep page.
    deep: bool,
}

fn everybody() -> Reach {
    Reach { person: Some(PersonId::from_text("person07")), ..Reach::default() }
}

fn manager() -> Reach {
    Reach { portfolio: Some("person07@example.com".to_owned()), ..everybody() }
}

fn lists() -> Vec<Row> {
    let row = |name, reach, view, by, descending, floor: &[&'static str], deep| Row {
        name,
        reach,
        filter: Filter::of(view, TODAY, TODAY + chrono::Days::new(1)),
        by,
        descending,
        floor: floor.to_vec(),
        deep,
    };
    let mine = &["owner = 'person07' AND open = TRUE"];
    let nobodys = &["owner = '' AND open = TRUE"];
    let running = &["open = TRUE AND due <= '2026-10-16'"];
    let waiting = &["lane = 'waiting'"];
    let portfolio = &["manager = 'person07@example.com'", "manager = ''", "owner = 'person07'"];
    let (due, last, filed, amount) = (Sort::Due, Sort::Last, Sort::Filed, Sort::Amount);
    vec![
        row("mine, by what is due", everybody(), View::Mine, due, false, mine, false),
        row("mine, deep", everybody(), View::Mine, due, false, mine, true),
        row("unassigned", everybody(), View::Unassigned, due, false, nobodys, false),
        row("about to breach", everybody(), View::AboutToBreach, due, false, running, false),
        row("waiting, by last message", everybody(), View::Waiting, last, true, waiting, false),
        row("waiting, deep", everybody(), View::Waiting, last, true, waiting, true),
        row("all, newest first", everybody(), View::All, filed, true, &["TRUE"], false),
        row("all, deep", everybody(), View::All, filed, true, &["TRUE"], true),
        row("all, by amount, deep", everybody(), View::All, amount, true, &["TRUE"], true),
        row("a manager's portfolio", manager(), View::All, filed, true, portfolio, false),
        row("a manager's portfolio, deep", manager(), View::All, filed, true, portfolio, true),
    ]
}

/// The database without the portal.
enum Bare {
    Sqlite(Connection),
    Postgres(PgConnection, usize),
}

impl Bare {
    /// How long the statement takes, prepared.
    fn time(&mut self, sql: &str) -> Duration {
        match self {
            Self::Sqlite(conn) => {
                let mut statement = conn.prepare(sql).unwrap();
                let width = statement.column_count();
                median(|| {
                    let mut rows = statement.query([]).unwrap();
                    while let Some(row) = rows.next().unwrap() {
                        for column in 0..width {
                            std::hint::black_box(
                                row.get::<_, rusqlite::types::Value>(column).unwrap(),
                            );
                        }
                    }
                })
            }
            Self::Postgres(conn, number) => {
                *number += 1;
                conn.batch_execute(&format!("PREPARE floor{number} AS {sql}")).unwrap();
                let execute = format!("EXECUTE floor{number}");
                median(|| conn.batch_execute(&execute).unwrap())
            }
        }
    }

    /// Sorting column and number of a row.
    fn key(&mut self, sql: &str) -> (String, i64) {
        use diesel::RunQueryDsl;
        use diesel::sql_types::{BigInt, Text};
        #[derive(diesel::QueryableByName)]
        struct Key {
            #[diesel(sql_type = Text)]
            value: String,
            #[diesel(sql_type = BigInt)]
            seq: i64,
        }
        match self {
            Self::Sqlite(conn) => {
                conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
            }
            Self::Postgres(conn, _) => {
                let key = diesel::sql_query(sql).get_result::<Key>(conn).unwrap();
                (key.value, key.seq)
            }
        }
    }
}

fn median(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..CALLS)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[CALLS / 2]
}

pub fn rows() {
    let sizes =
        std::env::var("OPENREBATE_BENCH_CASES").unwrap_or_else(|_| "10000,1000000".to_owned());
    for count in sizes.split(',').map(|size| size.parse::<i64>().unwrap()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("portal.db").display().to_string();
        let db =
            Db::open(&DatabaseUrl::Sqlite(path.clone()), House::default(), Clock::Machine).unwrap();
        db.migrate().unwrap();
        docket::fill_sqlite(&path, count);
        println!("{count} disputes, SQLite");
        measure(&db, &mut Bare::Sqlite(Connection::open(&path).unwrap()));
    }
    for count in sizes.split(',').map(|size| size.parse::<i64>().unwrap()) {
        let database = postgres::Database::migrated();
        let DatabaseUrl::Postgres { url, .. } = database.url() else { return };
        let mut conn = PgConnection::establish(&url).unwrap();
        docket::fill_postgres(&mut conn, count);
        let db = Db::open(&database.url(), House::default(), Clock::Machine).unwrap();
        println!("{count} disputes, PostgreSQL");
        measure(&db, &mut Bare::Postgres(conn, 0));
    }
}

fn column(by: Sort) -> &'static str {
    match by {
        Sort::Due => "due",
        Sort::Filed => "filed_at",
        Sort::Amount => "amount",
        Sort::Last => "last_at",
    }
}

fn measure(db: &Db, bare: &mut Bare) {
    for row in lists() {
        let (column, way, sign) = match row.descending {
            true => (column(row.by), "DESC", "<"),
            false => (column(row.by), "", ">"),
        };
        let sorted = |of: &str| format!("ORDER BY {of}{column} {way}, {of}seq {way}");
        let (mut place, mut beyond) = (Place::Start, String::new());
        if row.deep {
            let of = format!("floor_queue WHERE {}", row.floor[0]);
            let (value, seq) = bare.key(&format!(
                "SELECT CAST({column} AS TEXT) AS value, seq FROM {of} {} LIMIT 1 \
                 OFFSET (SELECT COUNT(*) / 2 FROM {of})",
                sorted("")
            ));
            let literal = if row.by == Sort::Amount { value.clone() } else { format!("'{value}'") };
            beyond = format!(" AND ({column}, seq) {sign} ({literal}, {seq})");
            let cursor = match row.by {
                Sort::Filed | Sort::Last => format!("{}.000000", value.replace(' ', "T")),
                _ => value,
            };
            place = Place::After(format!("{cursor}_{seq}"));
        }
        let most = PAGE + 1;
        let from = match row.floor.as_slice() {
            [range] => format!(
                "floor_queue q JOIN customers c ON c.id = q.customer_id WHERE {range}{beyond}"
            ),
            many => {
                let part = |range: &&str| {
                    let sorted = sorted("");
                    format!(
                        "SELECT * FROM (SELECT * FROM floor_queue WHERE {range}{beyond} {sorted} \
                         LIMIT {most}) AS part"
                    )
                };
                let all: Vec<String> = many.iter().map(part).collect();
                format!("({}) AS q JOIN customers c ON c.id = q.customer_id", all.join(" UNION "))
            }
        };
        let floor = bare.time(&format!("SELECT {LINE} FROM {from} {} LIMIT {most}", sorted("q.")));
        let order = Order { by: row.by, descending: row.descending };
        let ours = median(|| {
            let page = page(db, &row.reach, &row.filter, order, &place);
            assert!(!page.items.is_empty(), "{}", row.name);
        });
        say(row.name, ours, floor);
    }
    counts(db, bare);
    searches(db, bare);
    println!();
}

fn page(
    db: &Db,
    reach: &Reach,
    filter: &Filter,
    order: Order,
    place: &Place,
) -> disputes::QueuePage {
    db.read(|conn: &mut Conn| disputes::queue(conn, reach, filter, order, place, PAGE)).unwrap()
}

fn say(name: &str, ours: Duration, floor: Duration) {
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    let ratio = micros(ours) / micros(floor);
    println!(
        "  {name:<32}{:>9.0} µs   bare {:>9.0} µs   {ratio:>6.2} times as long",
        micros(ours),
        micros(floor)
    );
}

/// The seven views' counts, each up to a thousand.
fn counts(db: &Db, bare: &mut Bare) {
    let reach = everybody();
    let soon = TODAY + chrono::Days::new(1);
    let ours = median(|| {
        db.read(|conn| disputes::queue_counts(conn, &reach, TODAY, soon)).unwrap();
    });
    let views = [
        "owner = 'person07' AND open = TRUE AND due > '2000-01-01'",
        "owner = 'person07' AND open = TRUE AND asleep_until > '2026-10-15'",
        "owner = '' AND open = TRUE AND due > '2000-01-01'",
        "open = TRUE AND due <= '2026-10-16'",
        "lane = 'waiting' AND last_at > '2000-01-01'",
        "lane = 'approval' AND last_at > '2000-01-01'",
        "lane = 'appeal' AND last_at > '2000-01-01'",
    ];
    let counts: Vec<String> = views
        .iter()
        .map(|view| format!("(SELECT COUNT(*) FROM (SELECT seq FROM floor_queue WHERE {view} LIMIT 1001) AS kept)"))
        .collect();
    say("the counts of all views", ours, bare.time(&format!("SELECT {}", counts.join(", "))));
}

fn searches(db: &Db, bare: &mut Bare) {
    let order = Order { by: Sort::Filed, descending: true };
    for (name, text) in [
        ("search: a rare word", "镀锌"),
        ("search: a common word", "发票"),
        ("search: an invoice number", "FP00012"),
        ("search: a dispute's number", "000777"),
        ("search: a customer", "客户00042"),
        ("search: what is nowhere", "从未出现的词"),
    ] {
        let filter = Filter { search: text.to_owned(), ..Filter::of(View::All, TODAY, TODAY) };
        let mut found = 0;
        let ours =
            median(|| found = page(db, &everybody(), &filter, order, &Place::Start).items.len());
        // What everybody would write at first.
        let part = text.to_lowercase();
        let like = format!(
            "SELECT {LINE} FROM floor_queue q JOIN customers c ON c.id = q.customer_id \
             JOIN dispute_search t ON t.seq = q.seq WHERE t.text LIKE '%{part}%' OR c.name LIKE '%{part}%' \
             ORDER BY q.filed_at DESC, q.seq DESC LIMIT 26"
        );
        let begun = Instant::now();
        if let Bare::Sqlite(conn) = bare {
            conn.prepare(&like).unwrap().query_map([], |_| Ok(())).unwrap().count();
        } else if let Bare::Postgres(conn, _) = bare {
            conn.batch_execute(&like).unwrap();
        }
        let like = begun.elapsed();
        println!(
            "  {name:<32}{:>9.1} ms   LIKE {:>9.1} ms   {found} found",
            ours.as_secs_f64() * 1e3,
            like.as_secs_f64() * 1e3
        );
    }
}
