//! Statements as mail: a run that makes them, and their letters from the outbox to a mail server
//! that took them, marked as sent; beside it the same bytes, written beforehand, over as many plain
//! sockets.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl};
use openrebate::accruals;
use openrebate::customers::{self, NewCustomer};
use openrebate::db::{self, Clock, DatabaseUrl, Db};
use openrebate::disputes;
use openrebate::mailbox::{self, Failure, Outgoing, Relay, Security, Sender, Smtp, Transport};
use openrebate::policies;
use openrebate::sales::{self, ImportKind, Incoming, Options, Watch};
use openrebate::statements;
use openrebate::values::{Actor, Currency, EmailAddress};

use crate::sink::{self, Sink, Tarpit};
use crate::{memory, page, postgres};

const CONNECTIONS: usize = 8;
/// Lines of a statement.
const POLICIES: usize = 20;

pub fn rows() {
    let count = std::env::var("OPENREBATE_BENCH_STATEMENTS").ok().and_then(|n| n.parse().ok());
    let count = count.unwrap_or(1_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portal.db").display().to_string();
    println!("{count} statements of {POLICIES} lines, SQLite, durable\n");
    let db = house(&DatabaseUrl::Sqlite(path), folder.path(), count);
    measure(&db, count);
    beside_tarpit(&db, folder.path());
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
    make(db, count);
}

/// The letters' rows read, and each made the message that leaves; beside it, their texts encoded.
fn make(db: &Db, count: usize) {
    struct Kept(Mutex<Vec<Outgoing>>);
    impl Transport for Kept {
        fn send(&self, letter: &Outgoing) -> Result<(), Failure> {
            self.0.lock().unwrap().push(letter.clone());
            Ok(())
        }
    }
    again(db);
    let kept = Kept(Mutex::default());
    mailbox::deliver_due(db, &kept, &statements::Papers, &|| false).unwrap();
    let letters = kept.0.into_inner().unwrap();
    assert_eq!(letters.len(), count);
    let sender = Sender::new("返利中心 <rebates@example.com>", "").unwrap();
    let begun = Instant::now();
    let rows = db.read(|conn| mailbox::latest(conn, None, None, i64::MAX)).unwrap();
    let bytes: usize = letters.iter().map(|one| sender.message(one).unwrap().len()).sum();
    let ours = rate(rows.len(), begun.elapsed());
    let begun = Instant::now();
    let encoded: usize = letters
        .iter()
        .map(|one| STANDARD.encode(&one.text).len() + STANDARD.encode(&one.html).len())
        .sum();
    let floor = rate(letters.len(), begun.elapsed());
    assert!(encoded > 0 && bytes > 0);
    let name = "letters made of their rows, nothing sent";
    crate::rate_row(name, ours, "their texts encoded, from memory", floor);
}

/// Every letter once more, as it was queued first.
fn again(db: &Db) {
    db.write(&Actor::operator(), |tx| {
        let again = "UPDATE outbox SET state = 'queued', attempts = 0, sent_at = NULL, \
                     encloses = NULL, claimed_until = NULL, next_try_at = created_at";
        diesel::sql_query(again).execute(&mut **tx)?;
        Ok(diesel::sql_query("DELETE FROM mail_holds").execute(&mut **tx)?)
    })
    .unwrap();
}

/// Pages beside a mail server that takes letters and answers them a byte a second, and without
/// (QUALITY E3).
fn beside_tarpit(db: &Db, folder: &Path) {
    let site = page::Site::open(db, folder);
    let (mut without, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        without.extend(site.times());
        again(db);
        let tarpit = Tarpit::open();
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let (tarpit, stop) = (&tarpit, &stop);
            scope.spawn(move || {
                let smtp = smtp(tarpit.port);
                let stopped = || stop.load(Ordering::Relaxed);
                mailbox::deliver_due(db, &smtp, &statements::Papers, &stopped).unwrap();
            });
            tarpit.wait_for(mailbox::CONNECTIONS);
            beside.extend(site.times());
            stop.store(true, Ordering::Relaxed);
            tarpit.let_go();
        });
    }
    for (name, times) in [("pages without mail", without), ("beside a tarpit", beside)] {
        let (count, [half, p99]) = (times.len(), page::quantiles(times));
        let (half, p99) = (half.as_secs_f64() * 1e3, p99.as_secs_f64() * 1e3);
        println!("{name:<30}{count:>8}   median {half:>7.2} ms   p99 {p99:>7.2} ms");
    }
    println!();
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

fn smtp(port: u16) -> Smtp {
    let relay = Relay { host: "127.0.0.1", port, security: Security::None, ..Relay::default() };
    let sender = Sender::new("返利中心 <rebates@example.com>", "").unwrap();
    Smtp::open(&relay, sender).unwrap()
}

/// Letters a second, until every one is marked as sent.
fn deliver(db: &Db, sink: &Sink, count: usize) -> (f64, u64) {
    let smtp = smtp(sink.port);
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
