//! The outbox, against a real SMTP conversation that fails as told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use chrono::TimeDelta;
use openrebate::audit;
use openrebate::config::{MailTls, MailTransport};
use openrebate::error::Error;
use openrebate::mailbox::letters::StatementReady;
use openrebate::mailbox::{
    self, Delivery, Failure, LetterState, Outgoing, Posted, Relay, Security, Sender, Smtp,
    Transport,
};
use openrebate::statements::Papers;
use openrebate::values::{Actor, Contact, EmailAddress, Language, Period, StatementId};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::support::{Engine, Fault, SmtpServer, TestApp};

pub fn letter(contact: &str) -> StatementReady {
    StatementReady {
        statement: StatementId::from_text("s1"),
        number: "DZ-2026-09-000123".to_owned(),
        period: Period::Month { year: 2026, month: 9 },
        respond_by: "2026-10-29".parse().unwrap(),
        encloses: false,
        contact: Contact { name: contact.to_owned(), email: None, phone: None },
    }
}

pub fn post(app: &TestApp, cause: &str, to: &str) -> bool {
    let to = EmailAddress::parse(to).unwrap();
    app.write(|tx| mailbox::post(tx, &to, Language::ZhCn, None, cause, &letter("李伟")))
}

/// The same letter to each.
pub fn post_all(app: &TestApp, to: &[String]) {
    app.write(|tx| {
        for address in to {
            let address = EmailAddress::parse(address).unwrap();
            mailbox::post(tx, &address, Language::ZhCn, None, "s1", &letter("李伟"))?;
        }
        Ok(())
    });
}

fn transport(server: &SmtpServer) -> Smtp {
    Smtp::open(&plain(server.port), from("返利中心 <rebates@example.com>")).unwrap()
}

/// A relay of this machine that speaks in the clear.
pub fn plain(port: u16) -> Relay<'static> {
    Relay { host: "127.0.0.1", port, security: Security::None, ..Relay::default() }
}

pub fn from(address: &str) -> Sender {
    Sender::new(address, "").unwrap()
}

fn only(app: &TestApp) -> Posted {
    let mut letters = app.read(|conn| mailbox::latest(conn, None, None, 10));
    assert_eq!(letters.len(), 1);
    letters.remove(0)
}

fn deliver(app: &TestApp, transport: &dyn Transport) -> Delivery {
    mailbox::deliver_next(&app.db, transport, &Papers).unwrap()
}

both! {
    fn a_letter_leaves_once_and_says_who_what_and_why(app: &TestApp) {
        let server = SmtpServer::start();
        let smtp = transport(&server);
        assert!(post(app, "s1", "finance@customer.example"));
        assert!(matches!(deliver(app, &smtp), Delivery::Sent(_)));
        assert_eq!(deliver(app, &smtp), Delivery::Nothing);
        let posted = only(app);
        assert_eq!((posted.state, posted.attempts), (LetterState::Sent, 1));
        assert_eq!(posted.sent_at, Some(app.db.now()));
        let received = server.received();
        assert_eq!(received.len(), 1);
        let mail = &received[0];
        assert_eq!(mail.from, "rebates@example.com");
        assert_eq!(mail.to, ["finance@customer.example"]);
        assert_eq!(mail.header("To").unwrap(), "finance@customer.example");
        assert_eq!(mail.header("Message-ID").unwrap(), posted.message_id);
        assert!(posted.message_id.ends_with("@rebates.example.com>"), "{}", posted.message_id);
        assert_eq!(mail.header("Auto-Submitted").unwrap(), "auto-generated");
        assert_eq!(mail.header("Date").unwrap(), "Thu, 15 Oct 2026 02:00:00 +0000");
        assert!(mail.header("Content-Type").unwrap().starts_with("multipart/alternative"));
        for part in ["Content-Type: text/plain; charset=utf-8", "Content-Type: text/html; charset=utf-8"] {
            assert_eq!(mail.data.matches(part).count(), 1, "{part}");
        }
    }

    fn a_letter_is_posted_once_per_cause_and_address(app: &TestApp) {
        assert!(post(app, "s1", "a@customer.example"));
        assert!(!post(app, "s1", "a@customer.example"), "again");
        assert!(post(app, "s1", "b@customer.example"), "another address");
        assert!(post(app, "s2", "a@customer.example"), "another cause");
        assert_eq!(app.read(mailbox::counts).queued, 3);
        let of_cause = app.read(|conn| mailbox::of_cause(conn, "statement_ready", "s1"));
        let to: Vec<_> = of_cause.iter().map(|letter| letter.to.as_str()).collect();
        assert_eq!(to, ["a@customer.example", "b@customer.example"]);
    }

    fn a_letter_of_a_write_that_fails_was_never_there(app: &TestApp) {
        let to = EmailAddress::parse("a@customer.example").unwrap();
        let refused: Result<(), _> = app.db.write(&Actor::operator(), |tx| {
            mailbox::post(tx, &to, Language::En, None, "s1", &letter("Li Wei"))?;
            Err(Error::NotFound)
        });
        assert!(refused.is_err());
        assert_eq!(app.read(mailbox::counts).queued, 0);
    }

    fn what_is_refused_for_now_is_tried_again_in_time(app: &TestApp) {
        let server = SmtpServer::start();
        let smtp = transport(&server);
        server.fail([Fault::Refuse(451), Fault::RefuseContent(421), Fault::CutBeforeDot]);
        post(app, "s1", "a@customer.example");
        for minutes in [1, 5, 30] {
            let Delivery::Delayed(_, at) = deliver(app, &smtp) else { panic!("it left") };
            let wait = (at - app.db.now()).num_seconds();
            assert!((minutes * 60..=minutes * 63).contains(&wait), "{wait} s for {minutes} min");
            app.wait(TimeDelta::minutes(minutes) - TimeDelta::seconds(1));
            assert_eq!(deliver(app, &smtp), Delivery::Nothing, "not before its time");
            app.db.clock().set(at);
        }
        assert!(only(app).last_error.is_some());
        assert!(matches!(deliver(app, &smtp), Delivery::Sent(_)));
        let posted = only(app);
        assert_eq!((posted.state, posted.attempts, posted.last_error), (LetterState::Sent, 4, None));
        assert_eq!(server.received().len(), 1);
    }

    fn while_the_relay_is_away_all_wait_and_none_is_given_up(app: &TestApp) {
        // Nobody listens there.
        let nowhere = Smtp::open(&plain(1), from("rebates@example.com")).unwrap();
        for cause in ["s1", "s2", "s3"] {
            post(app, cause, "a@customer.example");
        }
        let start = app.db.now();
        for minutes in [1, 2, 5, 10, 15, 15] {
            let Delivery::Delayed(_, at) = deliver(app, &nowhere) else { panic!("it left") };
            assert_eq!(at, app.db.now() + TimeDelta::minutes(minutes));
            // One asked for all of them.
            assert_eq!(deliver(app, &nowhere), Delivery::Nothing);
            app.db.clock().set(at);
        }
        app.wait(TimeDelta::days(4));
        assert!(matches!(deliver(app, &nowhere), Delivery::Delayed(..)));
        let away = app.read(mailbox::relay_away).unwrap();
        assert_eq!(away.since, start);
        assert!(away.why.to_lowercase().contains("refused"), "{}", away.why);
        let waiting = app.read(|conn| mailbox::latest(conn, None, None, 9));
        assert!(waiting.iter().all(|l| (l.state, l.attempts) == (LetterState::Queued, 0)));
        app.db.clock().set(away.until);
        let server = SmtpServer::start();
        let smtp = transport(&server);
        while deliver(app, &smtp) != Delivery::Nothing {}
        assert_eq!(server.received().len(), 3);
        assert_eq!(app.read(mailbox::relay_away), None);
    }

    fn whatever_goes_wrong_each_letter_arrives_or_is_seen_to_have_failed(app: &TestApp) {
        const LETTERS: usize = 150;
        let server = SmtpServer::start();
        let smtp = transport(&server);
        let mut dice = StdRng::seed_from_u64(20_261_015);
        for n in 0..LETTERS {
            post(app, "s1", &format!("c{n}@customer.example"));
        }
        let mut cuts = 0;
        let mut fault = || match dice.random_range(0..100) {
            0..20 => Fault::Refuse(451),
            20..30 => Fault::RefuseContent(421),
            30..33 => Fault::Refuse(550),
            33..35 => Fault::RefuseContent(554),
            35..40 => Fault::CutBeforeDot,
            40..45 => {
                cuts += 1;
                Fault::CutAfterDot
            }
            _ => Fault::Slow(Duration::ZERO),
        };
        server.fail((0..LETTERS * 12).map(|_| fault()));
        loop {
            while deliver(app, &smtp) != Delivery::Nothing {}
            if app.read(mailbox::counts).queued == 0 {
                break;
            }
            app.wait(TimeDelta::minutes(10));
        }
        let letters = app.read(|conn| mailbox::latest(conn, None, None, 500));
        let received = server.received();
        let mut copies: BTreeMap<String, usize> = BTreeMap::new();
        for mail in &received {
            *copies.entry(mail.header("Message-ID").unwrap()).or_default() += 1;
        }
        for letter in &letters {
            let arrived = copies.contains_key(&letter.message_id);
            match letter.state {
                LetterState::Sent => assert!(arrived, "{} is lost", letter.to),
                _ => assert!(letter.last_error.is_some(), "{} failed silently", letter.to),
            }
        }
        assert_eq!(letters.len(), LETTERS);
        assert!(received.len() - copies.len() <= cuts, "{} of {cuts}", received.len() - copies.len());
        assert!(copies.len() > LETTERS / 2 && copies.values().any(|n| *n > 1), "it never went wrong");
    }

    fn a_domain_gets_its_letters_at_its_pace_and_the_others_at_once(app: &TestApp) {
        let server = SmtpServer::start();
        let pace = [("slow.example".to_owned(), 2), ("*".to_owned(), 0)].into();
        let relay = Relay { pace: Some(&pace), ..plain(server.port) };
        let smtp = Smtp::open(&relay, from("rebates@example.com")).unwrap();
        for n in 0..3 {
            post(app, "s1", &format!("c{n}@slow.example"));
            post(app, "s1", &format!("c{n}@fast.example"));
        }
        for sent in [4, 5, 6] {
            while deliver(app, &smtp) != Delivery::Nothing {}
            assert_eq!(server.received().len(), sent);
            app.wait(TimeDelta::seconds(29));
            assert_eq!(deliver(app, &smtp), Delivery::Nothing, "not before its time");
            app.wait(TimeDelta::seconds(1));
        }
    }

    fn what_is_refused_for_good_fails_at_once_and_can_be_sent_again(app: &TestApp) {
        let server = SmtpServer::start();
        let smtp = transport(&server);
        server.fail([Fault::Refuse(550)]);
        post(app, "s1", "gone@customer.example");
        let Delivery::Failed(id) = deliver(app, &smtp) else { panic!("it didn't fail") };
        assert_eq!(deliver(app, &smtp), Delivery::Nothing);
        let posted = only(app);
        assert_eq!(posted.state, LetterState::Failed);
        let why = posted.last_error.unwrap();
        assert!(why.contains("not this one"), "{why}");
        app.write(|tx| mailbox::send_again(tx, &id));
        assert!(matches!(deliver(app, &smtp), Delivery::Sent(_)));
        let again = app.db.write(&Actor::operator(), |tx| mailbox::send_again(tx, &id));
        assert!(matches!(again, Err(Error::Refused(_))), "it was sent");
    }

    fn a_cut_after_the_dot_sends_a_copy_of_the_same_name(app: &TestApp) {
        let server = SmtpServer::start();
        let smtp = transport(&server);
        server.fail([Fault::CutAfterDot]);
        post(app, "s1", "a@customer.example");
        let Delivery::Delayed(_, at) = deliver(app, &smtp) else { panic!("no answer came") };
        app.db.clock().set(at);
        assert!(matches!(deliver(app, &smtp), Delivery::Sent(_)));
        let received = server.received();
        assert_eq!(received.len(), 2);
        assert_eq!(received[0].header("Message-ID"), received[1].header("Message-ID"));
        assert_eq!(received[0].header("Date"), received[1].header("Date"));
    }

    fn a_sender_that_died_loses_nothing(app: &TestApp) {
        let server = SmtpServer::start();
        post(app, "s1", "a@customer.example");
        // It claimed the letter and was killed before it could say what came of it.
        struct Killed;
        impl Transport for Killed {
            fn send(&self, _: &Outgoing) -> Result<(), Failure> {
                Err(Failure::Transient("killed".to_owned()))
            }
        }
        deliver(app, &Killed);
        app.sql("UPDATE outbox SET claimed_until = '2026-10-15 02:02:00', next_try_at = created_at")
            .unwrap();
        app.wait(TimeDelta::minutes(2));
        assert_eq!(deliver(app, &transport(&server)), Delivery::Nothing, "it may still be at it");
        app.wait(TimeDelta::seconds(1));
        assert!(matches!(deliver(app, &transport(&server)), Delivery::Sent(_)));
    }

    fn a_poisonous_letter_fails_alone(app: &TestApp) {
        struct Poison(AtomicU32);
        impl Transport for Poison {
            fn send(&self, letter: &Outgoing) -> Result<(), Failure> {
                assert!(letter.to != "poison@customer.example", "a display name with a line end");
                self.0.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
        }
        for name in ["a", "b", "poison", "c", "d"] {
            post(app, "s1", &format!("{name}@customer.example"));
        }
        let transport = Poison(AtomicU32::new(0));
        while deliver(app, &transport) != Delivery::Nothing {}
        let counts = app.read(mailbox::counts);
        assert_eq!((counts.sent, counts.failed, counts.queued), (4, 1, 0));
        assert_eq!(transport.0.into_inner(), 4);
        let failed = app.read(|conn| mailbox::latest(conn, Some(LetterState::Failed), None, 9));
        assert_eq!(failed[0].to, "poison@customer.example");
        let why = failed[0].last_error.as_deref().unwrap();
        assert_eq!(why, "sending it panicked: a display name with a line end");
    }

    fn many_senders_send_each_letter_once(app: &TestApp) {
        const LETTERS: usize = 40;
        let server = SmtpServer::start();
        for n in 0..LETTERS {
            post(app, "s1", &format!("c{n}@customer.example"));
        }
        let smtp = Arc::new(transport(&server));
        thread::scope(|scope| {
            for _ in 0..8 {
                let smtp = Arc::clone(&smtp);
                scope.spawn(move || while deliver(app, &*smtp) != Delivery::Nothing {});
            }
        });
        let received = server.received();
        let to: BTreeSet<_> = received.iter().map(|mail| mail.to.join(",")).collect();
        assert_eq!((received.len(), to.len()), (LETTERS, LETTERS));
    }

    fn one_slow_recipient_doesnt_hold_up_the_others(app: &TestApp) {
        let server = SmtpServer::start();
        server.fail([Fault::Slow(Duration::from_secs(2))]);
        for n in 0..6 {
            post(app, "s1", &format!("c{n}@customer.example"));
        }
        let smtp = transport(&server);
        thread::scope(|scope| {
            let slow = scope.spawn(|| deliver(app, &smtp));
            while server.connections() == 0 {
                thread::yield_now();
            }
            thread::sleep(Duration::from_millis(200));
            while deliver(app, &smtp) != Delivery::Nothing {}
            assert!(!slow.is_finished());
            assert_eq!(server.received().len(), 5);
        });
        assert_eq!(server.received().len(), 6);
    }

    fn a_letter_that_takes_long_stays_its_senders_and_nobody_elses(app: &TestApp) {
        let server = SmtpServer::start();
        server.fail([Fault::Slow(Duration::from_secs(3))]);
        post(app, "s1", "a@customer.example");
        let smtp = transport(&server);
        thread::scope(|scope| {
            let slow = scope.spawn(|| deliver(app, &smtp));
            while server.connections() == 0 {
                thread::yield_now();
            }
            // Each time longer than until the claim is renewed; together longer than one lasts.
            for _ in 0..3 {
                app.wait(TimeDelta::seconds(100));
                thread::sleep(Duration::from_millis(600));
                assert_eq!(deliver(app, &smtp), Delivery::Nothing);
            }
            assert!(matches!(slow.join().unwrap(), Delivery::Sent(_)));
        });
        assert_eq!(server.received().len(), 1);
    }

    fn many_leave_in_few_writes_and_each_with_its_event(app: &TestApp) {
        const LETTERS: usize = 300;
        let server = SmtpServer::start();
        let (first, _) = app.read(audit::verify);
        let to: Vec<_> = (0..LETTERS).map(|n| format!("c{n}@customer.example")).collect();
        post_all(app, &to);
        let smtp = transport(&server);
        let tally = mailbox::deliver_due(&app.db, &smtp, &Papers, &|| false).unwrap();
        assert_eq!((tally.sent, tally.delayed, tally.failed), (300, 0, 0));
        assert!(tally.writes < 200, "{} writes", tally.writes);
        // So many at once, and a new one in the place of each that carried a hundred letters.
        let most = mailbox::CONNECTIONS + LETTERS / 100;
        assert!(server.connections() <= most, "{} connections", server.connections());
        let received = server.received();
        let reached: BTreeSet<_> = received.iter().map(|mail| mail.to.join(",")).collect();
        assert_eq!((received.len(), reached.len()), (LETTERS, LETTERS));
        let (last, broken) = app.read(audit::verify);
        assert_eq!((last - first, broken), (300, None), "an event each");
        assert!(app.read(|conn| mailbox::latest(conn, None, None, 500)).iter().all(|l| l.attempts == 1));
    }

    fn a_relay_that_takes_few_connections_gets_few_and_isnt_away(app: &TestApp) {
        const LETTERS: usize = 200;
        let server = SmtpServer::start();
        server.limit(3);
        let to: Vec<_> = (0..LETTERS).map(|n| format!("c{n}@customer{n}.example")).collect();
        post_all(app, &to);
        let smtp = transport(&server);
        let tally = mailbox::deliver_due(&app.db, &smtp, &Papers, &|| false).unwrap();
        assert_eq!((tally.sent, tally.delayed, tally.failed), (200, 0, 0));
        assert!(app.read(mailbox::relay_away).is_none());
        assert!(app.read(|conn| mailbox::latest(conn, None, None, 500)).iter().all(|l| l.attempts == 1));
    }

    fn while_nothing_can_be_noted_few_letters_leave(app: &TestApp) {
        struct Quick(AtomicU32);
        impl Transport for Quick {
            fn send(&self, _: &Outgoing) -> Result<(), Failure> {
                self.0.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
        }
        let to: Vec<_> = (0..300).map(|n| format!("c{n}@customer.example")).collect();
        post_all(app, &to);
        let quick = Quick(AtomicU32::new(0));
        thread::scope(|scope| {
            scope.spawn(|| mailbox::deliver_due(&app.db, &quick, &Papers, &|| false).unwrap());
            while quick.0.load(Ordering::Relaxed) == 0 {
                thread::yield_now();
            }
            // Nobody else writes meanwhile. Four couriers, a letter each.
            let left = app.write(|_| {
                let before = quick.0.load(Ordering::Relaxed);
                thread::sleep(Duration::from_millis(300));
                Ok(quick.0.load(Ordering::Relaxed) - before)
            });
            assert!(left <= 4, "{left} left and weren't noted");
        });
        assert_eq!(app.read(mailbox::counts).sent, 300);
    }

    fn where_no_letter_can_be_noted_the_round_ends_and_few_left(app: &TestApp) {
        struct Brisk(AtomicU32);
        impl Transport for Brisk {
            fn send(&self, _: &Outgoing) -> Result<(), Failure> {
                self.0.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
        }
        let (refuse, allow) = match app.engine {
            Engine::Sqlite => (
                "CREATE TRIGGER dies BEFORE UPDATE ON outbox WHEN NEW.state = 'sent' \
                 BEGIN SELECT RAISE(ABORT, 'worn out'); END",
                "DROP TRIGGER dies",
            ),
            Engine::Postgres => (
                "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 RAISE EXCEPTION 'worn out'; END $$; CREATE TRIGGER dies BEFORE UPDATE ON outbox \
                 FOR EACH ROW WHEN (NEW.state = 'sent') EXECUTE FUNCTION die()",
                "DROP TRIGGER dies ON outbox",
            ),
        };
        let to: Vec<_> = (0..300).map(|n| format!("c{n}@customer{n}.example")).collect();
        post_all(app, &to);
        app.sql(refuse).unwrap();
        let brisk = Brisk(AtomicU32::new(0));
        let ended = mailbox::deliver_due(&app.db, &brisk, &Papers, &|| false);
        assert!(matches!(ended, Err(Error::Internal(_))), "{ended:?}");
        let left = brisk.0.load(Ordering::Relaxed);
        assert!((1..=12).contains(&left), "{left} left and weren't noted");
        app.sql(allow).unwrap();
        app.wait(TimeDelta::minutes(3));
        mailbox::deliver_due(&app.db, &brisk, &Papers, &|| false).unwrap();
        assert_eq!(app.read(mailbox::counts).sent, 300);
        assert_eq!(brisk.0.load(Ordering::Relaxed), 300 + left);
    }

    fn told_to_stop_it_gives_back_what_it_hasnt_begun(app: &TestApp) {
        const LETTERS: usize = 120;
        let server = SmtpServer::start();
        server.fail((0..LETTERS).map(|_| Fault::Slow(Duration::from_millis(100))));
        let to: Vec<_> = (0..LETTERS).map(|n| format!("c{n}@customer.example")).collect();
        post_all(app, &to);
        let smtp = transport(&server);
        let stop = || !server.received().is_empty();
        let tally = mailbox::deliver_due(&app.db, &smtp, &Papers, &stop).unwrap();
        let sent = server.received().len();
        assert!((1..60).contains(&sent), "{sent}");
        assert_eq!(usize::try_from(tally.sent).unwrap(), sent, "what was begun is finished");
        // The rest is anybody's at once, and wasn't tried.
        let waiting = app.read(|conn| mailbox::latest(conn, Some(LetterState::Queued), None, 500));
        assert_eq!(waiting.len(), LETTERS - sent);
        assert!(waiting.iter().all(|letter| letter.attempts == 0));
        mailbox::deliver_due(&app.db, &smtp, &Papers, &|| false).unwrap();
        assert_eq!(server.received().len(), LETTERS);
    }

    fn an_address_that_refuses_its_first_letter_is_asked_once(app: &TestApp) {
        let server = SmtpServer::start();
        server.fail([Fault::Refuse(550)]);
        for cause in ["s1", "s2", "s3", "s4", "s5"] {
            post(app, cause, "gone@customer.example");
        }
        let smtp = transport(&server);
        let tally = mailbox::deliver_due(&app.db, &smtp, &Papers, &|| false).unwrap();
        assert_eq!((tally.sent, tally.failed), (0, 1));
        assert_eq!(server.received().len(), 0);
        assert_eq!(app.read(|conn| mailbox::waiting_for(conn, "gone@customer.example")), 4);
    }

    fn the_folder_gets_whole_files_only(app: &TestApp) {
        assert_eq!(app.config.mail.transport, MailTransport::Folder);
        let folder = app.config.mail.open().unwrap();
        post(app, "s1", "a@customer.example");
        assert!(matches!(deliver(app, folder.as_ref()), Delivery::Sent(_)));
        let files: Vec<_> = std::fs::read_dir(&app.config.mail.folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert_eq!(files.len(), 1, "{files:?}");
        let text = std::fs::read_to_string(&files[0]).unwrap();
        assert_eq!(files[0].extension().unwrap(), "eml");
        assert!(text.contains(&only(app).message_id), "{text}");
    }
}

#[test]
fn mail_never_crosses_the_network_in_the_clear() {
    let mut mail = openrebate::config::Mail {
        transport: MailTransport::Smtp,
        tls: MailTls::None,
        ..openrebate::config::Mail::default()
    };
    for host in ["localhost", "127.0.0.1", "::1"] {
        mail.host = host.to_owned();
        assert!(mail.open().is_ok(), "{host}");
    }
    for host in ["mail.example.com", "10.0.0.1", "localhost.example.com"] {
        mail.host = host.to_owned();
        let refusal = mail.open().err().unwrap().to_string();
        assert!(refusal.contains("mail.tls"), "{refusal}");
    }
}

#[test]
fn a_sender_that_is_none_is_refused_and_never_panics() {
    for address in
        ["", "rebates", "a\r\nb <a@example.com>", "a\0b <a@example.com>", "a@b@c.com", "<>"]
    {
        let refusal =
            Sender::new(address, "").err().unwrap_or_else(|| panic!("{address:?} passed"));
        assert!(refusal.to_string().contains("mail.from"), "{refusal}");
    }
    assert!(Sender::new("返利中心 <rebates@example.com>", "").is_ok());
}
