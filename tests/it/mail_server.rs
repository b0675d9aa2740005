//! Against a real mail server: what leaves arrives in a mailbox, whole and once, and what the
//! server refuses or reports comes home.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use mail_parser::{HeaderName, Message, MessageParser, MimeHeaders};
use openrebate::accruals;
use openrebate::customers;
use openrebate::disputes;
use openrebate::mailbox::{
    self, Delivery, LetterState, Posted, Reception, Relay, Security, Smtp, read_incoming,
};
use openrebate::statements::{self, Papers};
use openrebate::values::{Actor, CustomerRole, Language};

use crate::mail_chaos::days_pass;
use crate::mailbox::{from, plain, post, post_all};
use crate::support::{Certificate, Engine, MailServer, TestApp, a_buyer, books};

const FROM: &str = "返利中心 <rebates@example.com>";

struct Scene {
    app: TestApp,
    server: MailServer,
    authorities: PathBuf,
    _folder: tempfile::TempDir,
}

fn scene() -> Scene {
    let certificate = Certificate::of(&["127.0.0.1"]);
    let folder = tempfile::tempdir().unwrap();
    let authorities = folder.path().join("authorities.pem");
    std::fs::write(&authorities, &certificate.pem).unwrap();
    let server = MailServer::start(&certificate);
    Scene { app: TestApp::on(Engine::Sqlite), server, authorities, _folder: folder }
}

impl Scene {
    fn smtp(&self) -> Smtp {
        let relay = Relay {
            security: Security::StartTls,
            authorities: Some(&self.authorities),
            ..plain(self.server.port)
        };
        let sender = from(FROM).reported_to("bounces@example.com").unwrap();
        Smtp::open(&relay, sender).unwrap()
    }

    fn deliver_all(&self, smtp: &Smtp) {
        while mailbox::deliver_next(&self.app.db, smtp, &Papers).unwrap() != Delivery::Nothing {}
    }

    fn letters(&self) -> Vec<Posted> {
        self.app.read(|conn| mailbox::latest(conn, None, None, 500))
    }

    fn letter_to(&self, address: &str) -> Posted {
        self.letters().into_iter().find(|letter| letter.to == address).unwrap()
    }
}

fn parsed(mail: &[u8]) -> Message<'_> {
    MessageParser::default().parse(mail).expect("a mail")
}

fn header(mail: &Message<'_>, name: &'static str) -> String {
    let value = mail.header_raw(HeaderName::parse(name).unwrap());
    value.unwrap_or_default().trim().to_owned()
}

#[test]
fn what_leaves_arrives_in_the_mailbox_as_it_was_written() {
    let scene = scene();
    post(&scene.app, "s1", "finance@customer.example");
    scene.deliver_all(&scene.smtp());
    let letter = scene.letter_to("finance@customer.example");
    let mails = scene.server.mailbox(1);
    let mail = parsed(&mails[0]);
    assert_eq!(format!("<{}>", mail.message_id().unwrap()), letter.message_id);
    assert_eq!(mail.subject().unwrap(), letter.subject);
    let lines = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
    assert_eq!(lines(&mail.body_text(0).unwrap()), lines(&letter.text));
    assert_eq!(lines(&mail.body_html(0).unwrap()), lines(&letter.html));
    let sender = mail.from().unwrap().first().unwrap();
    assert_eq!(sender.name(), Some("返利中心"));
    assert_eq!(sender.address(), Some("rebates@example.com"));
    for (name, value) in [
        ("Envelope-To", "finance@customer.example"),
        ("To", "finance@customer.example"),
        ("Return-Path", "<bounces@example.com>"),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
    ] {
        assert_eq!(header(&mail, name), value, "{name}");
    }
    assert!(header(&mail, "Received").contains("with esmtps"), "{}", header(&mail, "Received"));
}

#[test]
fn a_statement_brings_its_pdf_into_the_mailbox_byte_for_byte() {
    let scene = scene();
    let books = books(&scene.app);
    a_buyer(&scene.app, "clerk", books.first, CustomerRole::Finance);
    scene.app.write(|tx| {
        let customer = customers::by_id(tx, books.first)?;
        statements::set_attachment(tx, &customer, true)
    });
    let operator = Actor::operator();
    accruals::run(&scene.app.db, &operator, scene.app.db.today(), None).unwrap();
    let (period, open) = ("2026-Q3".parse().unwrap(), disputes::open_on_statement);
    statements::issue(&scene.app.db, &operator, period, Some("D-001"), 10, &open).unwrap();
    scene.deliver_all(&scene.smtp());
    let statement = scene.app.read(|conn| statements::of_customer(conn, books.first)).remove(0);
    let mails = scene.server.mailbox(1);
    let mail = parsed(&mails[0]);
    let part = mail.attachments().next().expect("a file");
    assert_eq!(part.attachment_name(), Some("DZ-2026-09-000001.pdf"));
    let house = scene.app.db.house();
    assert_eq!(part.contents(), statements::pdf(&statement, house, Language::ZhCn).unwrap());
}

#[test]
fn what_the_server_refuses_or_reports_comes_home() {
    let scene = scene();
    let smtp = scene.smtp();
    for name in ["gone", "busy", "lost", "well"] {
        post(&scene.app, "s1", &format!("{name}@customer.example"));
    }
    scene.deliver_all(&smtp);
    let state = |name: &str| scene.letter_to(&format!("{name}@customer.example")).state;
    assert_eq!(state("gone"), LetterState::Failed);
    assert_eq!(state("busy"), LetterState::Queued);
    assert_eq!(state("lost"), LetterState::Sent, "the server took it");
    assert_eq!(state("well"), LetterState::Sent);
    let flagged = || {
        let bounces = scene.app.read(|conn| mailbox::bounces(conn, 9));
        bounces.into_iter().map(|bounced| bounced.address).collect::<Vec<_>>()
    };
    assert_eq!(flagged(), ["gone@customer.example"]);
    // The letter that arrived, and the server's report of the other.
    let mails = scene.server.mailbox(2);
    let report = mails
        .iter()
        .find(|mail| header(&parsed(mail), "Envelope-To") == "bounces@example.com")
        .expect("a report");
    let incoming = read_incoming(report).unwrap();
    let own = mailbox::own_addresses([FROM, "", "bounces@example.com"]);
    let reception = scene
        .app
        .db
        .write(&Actor::system("mail"), |tx| mailbox::receive(tx, &incoming, None, &own))
        .unwrap();
    assert_eq!(reception, Reception::Reported);
    assert_eq!(state("lost"), LetterState::Failed);
    let why = scene.letter_to("lost@customer.example").last_error.unwrap();
    assert!(why.starts_with("bounced: 5."), "{why}");
    scene.app.wait(TimeDelta::seconds(1));
    assert_eq!(flagged().len(), 2);
}

fn courier(scene: &Scene) -> Child {
    Command::new(env!("CARGO_BIN_EXE_openrebate"))
        .args(["--database", &scene.app.db.url().to_string(), "mail", "deliver"])
        .env("OPENREBATE_MAIL__TRANSPORT", "smtp")
        .env("OPENREBATE_MAIL__FROM", FROM)
        .env("OPENREBATE_MAIL__HOST", "127.0.0.1")
        .env("OPENREBATE_MAIL__PORT", scene.server.port.to_string())
        .env("OPENREBATE_MAIL__AUTHORITIES", &scene.authorities)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_sender_killed_in_the_middle_loses_nothing_and_copies_bear_the_same_name() {
    const LETTERS: usize = 120;
    const KILLS: usize = 3;
    let scene = scene();
    let to: Vec<_> = (0..LETTERS).map(|n| format!("c{n}@customer.example")).collect();
    post_all(&scene.app, &to);
    for _ in 0..KILLS {
        let mut process = courier(&scene);
        let end = Instant::now() + Duration::from_secs(60);
        let before = scene.app.read(mailbox::counts).sent;
        while scene.app.read(mailbox::counts).sent < before + 5 {
            assert!(Instant::now() < end && process.try_wait().unwrap().is_none(), "it ended");
        }
        // SIGKILL, wherever it stands.
        process.kill().unwrap();
        process.wait().unwrap();
        // What it had in hand is given back by the end of its claim.
        days_pass(&scene.app);
    }
    scene.deliver_all(&scene.smtp());
    let counts = scene.app.read(mailbox::counts);
    assert_eq!((counts.sent, counts.queued, counts.failed), (120, 0, 0));
    let named = |mails: &[Vec<u8>]| {
        let mut copies: BTreeMap<String, usize> = BTreeMap::new();
        for mail in mails {
            *copies.entry(parsed(mail).message_id().unwrap().to_owned()).or_default() += 1;
        }
        copies
    };
    // A copy may be there before the last of the letters.
    let copies = named(&scene.server.mailbox_when(|mails| named(mails).len() >= LETTERS));
    let expected: Vec<_> = scene.letters().iter().map(|l| l.message_id.clone()).collect();
    for id in &expected {
        assert!(copies.contains_key(id.trim_matches(['<', '>'])), "{id} is lost");
    }
    assert_eq!(copies.len(), LETTERS, "names nobody wrote");
    let doubled = copies.values().sum::<usize>() - LETTERS;
    // Those in conversation, and what was answered during the last two writes.
    assert!(doubled <= KILLS * 16, "{doubled} copies");
}
