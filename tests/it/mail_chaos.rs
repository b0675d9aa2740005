//! Letters through whatever goes wrong at once: a mail server that refuses for now and for good, cuts
//! conversations before and after the final dot, and senders that are killed.
//!
//! The small forms run always; the large ones (QUALITY E1: 10,000 letters and 100 kills on SQLite)
//! take minutes: `cargo test --test it -- --ignored --nocapture mail_chaos`.

use std::collections::{BTreeMap, HashSet};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use openrebate::db::DatabaseUrl;
use openrebate::mailbox::{self, LetterState, Relay, Smtp};
use openrebate::statements::Papers;
use openrebate::worker::{self, DUTIES};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::mailbox::{from, plain, post_all};
use crate::support::{Engine, Fault, SmtpServer, TestApp};
use crate::worker::workshop;

/// What E1 says goes wrong; a letter that was refused for good is mended and sent again.
fn fault(dice: &mut StdRng) -> Fault {
    match dice.random_range(0..100) {
        0..20 => Fault::Refuse(451),
        20..30 => Fault::RefuseContent(421),
        30..33 => Fault::Refuse(550),
        33..35 => Fault::RefuseContent(554),
        35..40 => Fault::CutBeforeDot,
        40..45 => Fault::CutAfterDot,
        _ => Fault::Slow(Duration::from_millis(2)),
    }
}

/// Starts the program as the schedule would, and kills it once the server has taken more letters.
/// Where it ends by itself, because what is left has to wait, days pass and it starts again.
fn killed(app: &TestApp, server: &SmtpServer, more: usize, dice: &mut StdRng) {
    let mut process = started(app, server);
    let (before, end) = (server.taken(), Instant::now() + Duration::from_secs(120));
    while server.taken() < before + more {
        assert!(Instant::now() < end, "it sends nothing");
        if process.try_wait().unwrap().is_some() {
            days_pass(app);
            process = started(app, server);
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    std::thread::sleep(Duration::from_micros(dice.random_range(0..20_000)));
    process.kill().unwrap();
    process.wait().unwrap();
}

fn started(app: &TestApp, server: &SmtpServer) -> Child {
    Command::new(env!("CARGO_BIN_EXE_openrebate"))
        .args(["mail", "deliver", "--database"])
        // With the user, whom a shown address leaves out.
        .arg(match app.db.url() {
            DatabaseUrl::Postgres { url, .. } => url.clone(),
            sqlite => sqlite.to_string(),
        })
        .env("OPENREBATE_MAIL__TRANSPORT", "smtp")
        .env("OPENREBATE_MAIL__TLS", "none")
        .env("OPENREBATE_MAIL__HOST", "127.0.0.1")
        .env("OPENREBATE_MAIL__PORT", server.port.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The Message-IDs of what the server took, with how often.
fn copies(server: &SmtpServer) -> BTreeMap<String, usize> {
    let mut copies = BTreeMap::new();
    for mail in server.received() {
        *copies.entry(mail.header("Message-ID").unwrap()).or_default() += 1;
    }
    copies
}

/// As if days had passed: claims ran out, what is to be tried again is due.
pub fn days_pass(app: &TestApp) {
    app.sql(
        "UPDATE outbox SET next_try_at = created_at, claimed_until = NULL WHERE state = 'queued';
         DELETE FROM mail_holds",
    )
    .unwrap();
}

fn nothing_is_lost(engine: Engine, letters: usize, kills: usize) {
    let app = TestApp::on(engine);
    let server = SmtpServer::start();
    let mut dice = StdRng::seed_from_u64(20_261_122);
    let to: Vec<_> = (0..letters).map(|n| format!("c{n}@customer{n}.example")).collect();
    post_all(&app, &to);
    server.fail((0..letters * 3).map(|_| fault(&mut dice)).collect::<Vec<_>>());
    let begun = Instant::now();
    let (mut gaps, mut seen, mut over) = (Vec::new(), 0, 0);
    for _ in 0..kills {
        killed(&app, &server, letters * 2 / 3 / kills, &mut dice);
        // What the server took of late and nobody noted: each the last letter of a conversation that
        // ended then, and of each conversation one.
        let all_over = server.all_over();
        let sent = app.read(|conn| mailbox::latest(conn, Some(LetterState::Sent), None, i64::MAX));
        let sent: HashSet<_> = sent.into_iter().map(|letter| letter.message_id).collect();
        let taken = server.received();
        let named = |at: usize| taken[at].header("Message-ID").unwrap();
        let unnoted = |at: &usize| !sent.contains(&named(*at));
        let last: HashSet<usize> = all_over.iter().filter_map(|one| one.last).collect();
        for at in (seen..taken.len()).filter(unnoted) {
            assert!(last.contains(&at), "{} was no conversation's last", named(at));
        }
        let killed = all_over[over..].iter().filter(|one| !one.cut).filter_map(|one| one.last);
        gaps.push(killed.filter(unnoted).count());
        (seen, over) = (taken.len(), all_over.len());
        days_pass(&app);
    }
    let smtp = Smtp::open(&plain(server.port), from("rebates@example.com")).unwrap();
    let mut mended = 0;
    while app.read(mailbox::counts).sent < i64::try_from(letters).unwrap() {
        mailbox::deliver_due(&app.db, &smtp, &Papers, &|| false).unwrap();
        // Each that failed says why; its cause is mended, and it goes again.
        let failed =
            app.read(|conn| mailbox::latest(conn, Some(LetterState::Failed), None, i64::MAX));
        assert!(failed.iter().all(|letter| letter.last_error.is_some()), "failed silently");
        app.write(|tx| failed.iter().try_for_each(|letter| mailbox::send_again(tx, &letter.id)));
        mended += failed.len();
        days_pass(&app);
    }
    let copies = copies(&server);
    let written = app.read(|conn| mailbox::latest(conn, None, None, i64::MAX));
    for letter in &written {
        assert!(copies.contains_key(&letter.message_id), "{} is lost", letter.to);
    }
    assert_eq!(copies.len(), letters, "names nobody wrote");
    let doubled = copies.values().sum::<usize>() - letters;
    let (cuts, gap) = (server.cuts(), gaps.iter().sum::<usize>());
    println!(
        "{letters} letters, {kills} kills, {:?}: {doubled} copies; conversations cut between a final \
         dot and its note: {cuts} by the server, {gap} by the kills, most {:?} at once; {mended} \
         failed for good and were mended",
        begun.elapsed(),
        gaps.iter().max(),
    );
    assert!(doubled <= cuts + gap, "{doubled} copies, {cuts} cuts by the server, {gap} by kills");
    assert!(cuts > 0 && mended > 0, "it never went wrong");
}

#[test]
fn some_letters_and_kills_on_sqlite() {
    nothing_is_lost(Engine::Sqlite, 240, 4);
}

#[test]
fn some_letters_and_kills_on_postgres() {
    nothing_is_lost(Engine::Postgres, 240, 4);
}

#[test]
#[ignore = "takes minutes"]
fn ten_thousand_letters_and_a_hundred_kills_on_sqlite() {
    nothing_is_lost(Engine::Sqlite, 10_000, 100);
}

#[test]
#[ignore = "takes minutes"]
fn two_thousand_letters_and_thirty_kills_on_postgres() {
    nothing_is_lost(Engine::Postgres, 2_000, 30);
}

/// QUALITY E3, scaled down: the answer to a letter takes ten seconds, one byte at a time.
#[test]
fn a_domain_that_stalls_holds_up_no_other() {
    let app = TestApp::on(Engine::Sqlite);
    let server = SmtpServer::start();
    server.stall("tarpit.example", Duration::from_millis(900));
    let named = |name: &str, domain: &str, count: usize| -> Vec<String> {
        (0..count).map(|n| format!("{name}{n}@{domain}")).collect()
    };
    post_all(&app, &named("slow", "tarpit.example", 20));
    post_all(&app, &named("brisk", "customer.example", 100));
    let relay = Relay { connections: 4, ..plain(server.port) };
    let mut workshop = workshop(&app);
    workshop.transport =
        std::sync::Arc::new(Smtp::open(&relay, from("rebates@example.com")).unwrap());
    let begun = Instant::now();
    let duties = worker::start_duties(DUTIES, &workshop).unwrap();
    let arrived = |name: &str| {
        let received = server.received();
        received.iter().filter(|mail| mail.to[0].starts_with(name)).count()
    };
    let until = |name: &str, count: usize| {
        while arrived(name) < count {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "{} of {count} {name}",
                arrived(name)
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        begun.elapsed()
    };
    let unanswered = || {
        let sent = app.read(|conn| mailbox::of_cause(conn, "statement_ready", "s1"));
        let slow = |letter: &&mailbox::Posted| letter.to.ends_with("tarpit.example");
        sent.iter().filter(slow).all(|letter| letter.state != LetterState::Sent)
    };
    let first = until("brisk", 100);
    assert!(unanswered(), "the others waited for the tarpit");
    // By now those for the tarpit occupy all who were free, and are known to be slow.
    std::thread::sleep(Duration::from_secs(6).saturating_sub(begun.elapsed()));
    post_all(&app, &named("later", "customer.example", 40));
    let posted = begun.elapsed();
    let later = until("later", 40) - posted;
    assert!(unanswered(), "the later ones waited for the tarpit");
    assert!(arrived("slow") <= 8, "twice the connections");
    println!("100 letters beside a tarpit within {first:?}, 40 more after {later:?}");
    assert!(duties.stop(Duration::from_secs(30)), "what was begun is finished");
    let left = app.read(mailbox::counts);
    assert_eq!((left.sent + left.queued, left.failed), (160, 0));
}
