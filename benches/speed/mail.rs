//! Statements as mail: a run that makes them, and their letters from the outbox to a mail server
//! that took them, marked as sent; beside it the same bytes, written beforehand, over as many plain
//! sockets.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl};
use openrebate::accruals;
use openrebate::customers::{self, NewCustomer};
use openrebate::db::{self, Clock, DatabaseUrl, Db};
use openrebate::disputes;
use openrebate::mailbox::{self, Relay, Security, Sender, Smtp};
use openrebate::policies;
use openrebate::sales::{self, ImportKind, Incoming, Options, Watch};
use openrebate::statements;
use openrebate::values::{Actor, Currency, EmailAddress};

use crate::sink::{self, Sink};
use crate::{memory, postgres};

const CONNECTIONS: usize = 8;
/// Lines of a statement.
const POLICIES: usize = 20;

pub fn rows() {
    let count = std::env::var("OPENREBATE_BENCH_STATEMENTS").ok().and_then(|n| n.parse().ok());
    let count = count.unwrap_or(1_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portal.db").display().to_string();
    println!("{count} statements of {POLICIES} lines, SQLite, durable\n");
    measure(&house(&DatabaseUrl::Sqlite(path), folder.path(), count), count);
    let folder = tempfile::tempdir().unwrap();
    let database = postgres::Database::empty();
    println!("{count} statements of {POLICIES} lines, a PostgreSQL of its own, nothing flushed\n");
    measure(&house(&database.url(), folder.path(), count), count);
}

fn measure(db: &Db, count: usize) {
    let begun = Instant::now();
    let period = "2026-09".parse().unwrap();
    let open = &disputes::open_on_statement;
    let plan = db.read(|conn| statements::plan(conn, period, None, db.today())).unwrap();
    println!("plan of the run{:>45.1} ms", begun.elapsed().as_secs_f64() * 1e3);
    assert_eq!(plan.rows.len(), count);
    let begun = Instant::now();
    let report = statements::issue(db, &Actor::operator(), period, None, 10, open).unwrap();
    assert_eq!((report.issued.len(), report.letters), (count, count));
    say("statements made, with their letters", rate(count, begun.elapsed()));
    send(db, count, "letter");
    // The same once more, each with its statement as PDF, which is made when the letter leaves.
    db.write(&Actor::operator(), |tx| {
        let again = "UPDATE outbox SET state = 'queued', attempts = 0, sent_at = NULL, \
                     encloses = 'statement/' || cause_id WHERE kind = 'statement_ready'";
        Ok(diesel::sql_query(again).execute(&mut **tx)?)
    })
    .unwrap();
    send(db, count, "letter with its PDF");
}

fn send(db: &Db, count: usize, what: &str) {
    let before = memory();
    let sink = Sink::open();
    let (ours, writes) = deliver(db, &sink, count);
    let after = memory();
    let letters = sink.kept();
    let size = letters.iter().map(Vec::len).sum::<usize>() / letters.len();
    let floor = sink::send(&letters, count.max(10_000), CONNECTIONS);
    let name = format!("{what}, {} kB, from the outbox", size / 1_000);
    crate::rate_row(&name, ours, "the same bytes from memory, plain sockets", floor);
    println!("noted in {writes} writes; memory before {before} MB, after {after} MB\n");
}

fn rate(count: usize, time: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / time.as_secs_f64()
}

fn say(name: &str, rate: f64) {
    println!("{name:<48}{rate:>10.0} /s");
}

/// Letters a second, until every one is marked as sent.
fn deliver(db: &Db, sink: &Sink, count: usize) -> (f64, u64) {
    let relay =
        Relay { host: "127.0.0.1", port: sink.port, security: Security::None, ..Relay::default() };
    let sender = Sender::new("返利中心 <rebates@example.com>", "").unwrap();
    let smtp = Smtp::open(&relay, sender).unwrap();
    let begun = Instant::now();
    let tally = mailbox::deliver_due(db, &smtp, &statements::Papers, &|| false).unwrap();
    let time = begun.elapsed();
    let counts = db.read(mailbox::counts).unwrap();
    let sent = i64::try_from(count).unwrap();
    assert_eq!((counts.queued, counts.failed, counts.sent), (0, 0, sent));
    assert_eq!(sink.taken(), count);
    (rate(count, time), tally.writes)
}

/// So many customers with an address each, who earned something in each of the policies in
/// September.
fn house(url: &DatabaseUrl, folder: &Path, count: usize) -> Db {
    let clock = Clock::standing_at("2026-10-15T02:00:00Z".parse().unwrap());
    let db = Db::open(url, db::House::default(), clock).unwrap();
    db.migrate().unwrap();
    let operator = Actor::operator();
    let new: Vec<NewCustomer> = (1..=count)
        .map(|number| NewCustomer {
            name: format!("客户{number:05}电器销售有限公司"),
            statement_emails: EmailAddress::parse(&format!("finance@c{number}.example"))
                .map(|address| vec![address]),
            ..NewCustomer::regular(&format!("C{number:05}"), Currency::CNY)
        })
        .collect();
    db.write(&operator, |tx| customers::add_many(tx, &new)).unwrap();
    for number in 1..=POLICIES {
        let source = policy(number);
        let terms = policies::parse(&source).unwrap();
        db.write(&operator, |tx| policies::publish(tx, &terms, &source)).unwrap();
    }
    let path = folder.join("sales.csv");
    std::fs::write(&path, lines(count)).unwrap();
    let file = Incoming { kind: ImportKind::Sales, path: &path, name: "sales.csv" };
    let options = Options { create_missing: true, ..Options::default() };
    let brought = sales::bring_in(&db, &operator, file, &options, &mut Watch::default());
    assert!(brought.unwrap().import.is_some());
    accruals::run(&db, &operator, "2026-09-30".parse().unwrap(), None).unwrap();
    if let DatabaseUrl::Postgres { url, .. } = url {
        // What autovacuum does by itself.
        PgConnection::establish(url).unwrap().batch_execute("VACUUM ANALYZE").unwrap();
    }
    db
}

fn lines(customers: usize) -> String {
    let mut file = String::from(
        "line_id,document_no,document_date,customer_code,product_code,quantity,net_amount,\
         currency,kind\n",
    );
    for customer in 1..=customers {
        for line in 0..2 {
            writeln!(
                file,
                "L{customer}-{line},D{customer},2026-09-1{line},C{customer:05},P1,1{line},\
                 {}.{:02},CNY,invoice",
                12_000 + customer % 1_000,
                customer % 100,
            )
            .unwrap();
        }
    }
    file
}

fn policy(number: usize) -> String {
    format!(
        "code = \"M{number:02}\"\ncurrency = \"CNY\"\nperiod = \"month\"\nfrom = 2026-09-01\n\
         form = \"credit_note\"\nsettle_within_days = 30\ngrace_days = 5\n\
         owner = \"finance@example.com\"\n\n\
         [name]\nzh-CN = \"月度达标返利第{number}号\"\nen = \"Monthly rebate {number}\"\n\n\
         [measure]\nkind = \"amount\"\n\n[reward]\ntier_mode = \"all_units\"\n\n\
         [[reward.tiers]]\nfrom = \"10000\"\npercent = \"1\"\n\n\
         [[reward.tiers]]\nfrom = \"25000\"\npercent = \"2\"\n"
    )
}
