//! The conversation with the company's relay: in secret, signed, with an end to every step.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use mail_parser::{MessageParser, MimeHeaders};
use openrebate::config::{MailTls, MailTransport};
use openrebate::mailbox::letters::StatementReady;
use openrebate::mailbox::{self, Delivery, Dkim, Relay, Security, Smtp, Transport};
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, LineEnding};

use crate::mailbox::{from, plain, post};
use crate::support::{Certificate, Engine, Fault, Secrecy, SmtpServer, TestApp};
use openrebate::statements::Papers;
use openrebate::values::{EmailAddress, Language};

const FROM: &str = "返利中心 <rebates@example.com>";

fn deliver(app: &TestApp, transport: &dyn Transport) -> Delivery {
    mailbox::deliver_next(&app.db, transport, &Papers).unwrap()
}

fn why(app: &TestApp) -> String {
    let letters = app.read(|conn| mailbox::latest(conn, None, None, 1));
    letters[0].last_error.clone().unwrap_or_default()
}

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn holding(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

fn secret<'a>(server: &SmtpServer, security: Security, authorities: &'a Path) -> Relay<'a> {
    Relay { security, authorities: Some(authorities), ..plain(server.port) }
}

#[test]
fn letters_cross_the_network_in_secret_and_only_to_whom_they_are_for() {
    let files = Files::new();
    let ours = Certificate::of(&["127.0.0.1"]);
    let authorities = files.holding("ours.pem", &ours.pem);
    let misnamed = Certificate::of(&["mail.example.com"]);
    let misnamed_file = files.holding("misnamed.pem", &misnamed.pem);
    for (secrecy, security) in
        [(Secrecy::OnRequest, Security::StartTls), (Secrecy::FromTheStart, Security::Implicit)]
    {
        let app = TestApp::on(Engine::Sqlite);
        let server = SmtpServer::speaking(secrecy, Some(&ours));
        post(&app, "s1", "a@customer.example");
        let later = || app.wait(chrono::TimeDelta::minutes(5));
        // A certificate nobody vouches for, and one of another name.
        let unknown = Relay { security, ..plain(server.port) };
        let smtp = Smtp::open(&unknown, from(FROM)).unwrap();
        assert!(matches!(deliver(&app, &smtp), Delivery::Delayed(..)), "{secrecy:?}");
        let refusal = why(&app);
        assert!(refusal.contains("invalid peer certificate"), "{refusal}");
        assert!(refusal.contains("mail.authorities"), "{refusal}");
        let wrong = SmtpServer::speaking(secrecy, Some(&misnamed));
        let smtp = Smtp::open(&secret(&wrong, security, &misnamed_file), from(FROM)).unwrap();
        later();
        assert!(matches!(deliver(&app, &smtp), Delivery::Delayed(..)), "{secrecy:?}");
        assert!(why(&app).to_lowercase().contains("not valid for name"), "{}", why(&app));
        assert_eq!((server.received().len(), wrong.received().len()), (0, 0));
        // The right one.
        let smtp = Smtp::open(&secret(&server, security, &authorities), from(FROM)).unwrap();
        later();
        assert!(matches!(deliver(&app, &smtp), Delivery::Sent(_)), "{secrecy:?}: {}", why(&app));
        assert_eq!(server.received().len(), 1);
    }
}

#[test]
fn a_relay_without_starttls_gets_nothing_when_tls_is_required() {
    let server = SmtpServer::start();
    let relay = Relay { security: Security::StartTls, ..plain(server.port) };
    let smtp = Smtp::open(&relay, from(FROM)).unwrap();
    let app = TestApp::on(Engine::Sqlite);
    post(&app, "s1", "a@customer.example");
    assert!(matches!(deliver(&app, &smtp), Delivery::Delayed(..)));
    assert!(why(&app).contains("STARTTLS"), "{}", why(&app));
    assert_eq!(server.received().len(), 0);
    assert_eq!(Relay::default().security, Security::StartTls);
    assert_eq!(openrebate::config::Mail::default().tls, MailTls::Required);
}

#[test]
fn authorities_that_are_none_are_refused_at_the_start() {
    let files = Files::new();
    let mut mail = openrebate::config::Mail {
        transport: MailTransport::Smtp,
        ..openrebate::config::Mail::default()
    };
    for path in [files.0.path().join("absent.pem"), files.holding("x.pem", "no certificate")] {
        mail.authorities = path;
        let refusal = mail.open().err().unwrap().to_string();
        assert!(refusal.contains("mail.authorities"), "{refusal}");
    }
}

#[test]
fn one_connection_carries_many_letters_and_a_new_one_follows_an_ended_one() {
    let app = TestApp::on(Engine::Sqlite);
    let server = SmtpServer::start();
    let smtp = Smtp::open(&plain(server.port), from(FROM)).unwrap();
    let send = |cause: &str| {
        post(&app, cause, "a@customer.example");
        deliver(&app, &smtp)
    };
    assert!(matches!(send("s1"), Delivery::Sent(_)));
    // A refused recipient, a refused content: the relay itself is well.
    server.fail([Fault::Refuse(451), Fault::RefuseContent(554)]);
    assert!(matches!(send("s2"), Delivery::Delayed(..)));
    assert!(matches!(send("s3"), Delivery::Failed(_)));
    assert!(matches!(send("s4"), Delivery::Sent(_)));
    assert_eq!(server.connections(), 1);
    server.fail([Fault::CutAfterDot]);
    assert!(matches!(send("s5"), Delivery::Delayed(..)));
    assert!(matches!(send("s6"), Delivery::Sent(_)));
    assert_eq!((server.connections(), server.received().len()), (2, 4));
    // One that wants the content all the same would take the next command for it.
    server.fail([Fault::RefuseAndAsk(451)]);
    assert!(matches!(send("s7"), Delivery::Delayed(..)));
    assert!(matches!(send("s8"), Delivery::Sent(_)));
    assert_eq!((server.connections(), server.received().len()), (3, 5));
    let last = server.received().pop().unwrap();
    assert!(last.options.starts_with("SIZE="), "{}", last.options);
    let size: usize = last.options["SIZE=".len()..].parse().unwrap();
    assert!((last.data.len().abs_diff(size)) <= 2, "{size} said, {} came", last.data.len());
}

#[test]
fn a_letter_refused_for_now_is_no_limit_to_connections() {
    let app = TestApp::on(Engine::Sqlite);
    let server = SmtpServer::start();
    let smtp = Smtp::open(&plain(server.port), from(FROM)).unwrap();
    let all = smtp.lanes();
    server.fail([Fault::Slow(Duration::from_secs(1)), Fault::RefuseSender(452)]);
    post(&app, "s1", "a@customer.example");
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| deliver(&app, &smtp));
        while server.connections() == 0 {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_millis(300));
        // Over a second connection, while the first is well.
        post(&app, "s2", "b@customer.example");
        assert!(matches!(deliver(&app, &smtp), Delivery::Delayed(..)));
        assert!(matches!(slow.join().unwrap(), Delivery::Sent(_)));
    });
    assert_eq!((smtp.lanes(), server.connections()), (all, 2));
}

#[test]
fn a_relay_that_answers_byte_by_byte_keeps_nobody() {
    let app = TestApp::on(Engine::Sqlite);
    let server = SmtpServer::start();
    let patience = Duration::from_millis(500);
    let smtp = Smtp::open(&Relay { patience, ..plain(server.port) }, from(FROM)).unwrap();
    // Each byte comes soon; the answer would take a minute.
    server.fail([Fault::Drip(Duration::from_millis(1_500))]);
    post(&app, "s1", "a@customer.example");
    assert!(matches!(deliver(&app, &smtp), Delivery::Delayed(..)));
    assert_eq!(why(&app), "the relay did not answer within 250ms");
    post(&app, "s2", "b@customer.example");
    assert!(matches!(deliver(&app, &smtp), Delivery::Sent(_)));
}

/// A key of its own, in both forms of PEM.
fn key() -> (String, String) {
    let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 1024).unwrap();
    (
        key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string(),
        key.to_pkcs1_pem(LineEnding::LF).unwrap().to_string(),
    )
}

/// What Debian's dkimpy says of the mail, with the record as DNS would answer it.
pub fn verified(mail: &str, dkim: &Dkim) -> bool {
    const SCRIPT: &str = "import sys, dkim\n\
        record, text = sys.argv[1].encode(), sys.argv[2].encode()\n\
        def dns(name, timeout=5): return text if name == record + b'.' else None\n\
        print(dkim.verify(sys.stdin.buffer.read(), dnsfunc=dns))";
    let mut python = Command::new("/usr/bin/python3")
        .args(["-c", SCRIPT, &dkim.record, &dkim.text])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 with python3-dkim: .ci/test installs it");
    python.stdin.take().unwrap().write_all(mail.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "python3-dkim is missing: .ci/test installs it");
    String::from_utf8(output.stdout).unwrap().trim() == "True"
}

#[test]
fn a_signed_letter_is_known_as_ours_and_a_changed_one_isnt() {
    let app = TestApp::on(Engine::Sqlite);
    let files = Files::new();
    let (pkcs8, pkcs1) = key();
    for (n, pem) in [pkcs8, pkcs1].into_iter().enumerate() {
        let path = files.holding("key.pem", &pem);
        let server = SmtpServer::start();
        let dkim = || Dkim::open(&path, "example.com", "s2026").unwrap();
        let sender = from(FROM).signing(Some(dkim()));
        let smtp = Smtp::open(&plain(server.port), sender).unwrap();
        post(&app, &format!("s{n}"), "a@customer.example");
        assert!(matches!(deliver(&app, &smtp), Delivery::Sent(_)));
        let mail = server.received().remove(0);
        let signature = mail.header("DKIM-Signature").unwrap();
        for part in ["a=rsa-sha256", "d=example.com", "s=s2026", "c=relaxed/relaxed"] {
            assert!(signature.contains(part), "{part}: {signature}");
        }
        for signed in ["from", "subject", "date", "message-id", "content-type", "list-unsubscribe"]
        {
            assert!(signature.to_lowercase().contains(signed), "{signed}: {signature}");
        }
        assert_eq!(dkim().record, "s2026._domainkey.example.com");
        assert!(verified(&mail.data, &dkim()));
        for (was, is) in [
            ("To: a@customer.example", "To: b@customer.example"),
            ("Auto-Submitted: auto-generated", "Auto-Submitted: no"),
            ("multipart/alternative", "multipart/mixed"),
            ("text/plain", "text/x-plain"),
        ] {
            assert!(mail.data.contains(was), "{was}");
            assert!(!verified(&mail.data.replacen(was, is, 1), &dkim()), "{was}");
        }
        let added = format!("List-Unsubscribe: <https://evil.example>\r\n{}", mail.data);
        assert!(!verified(&added, &dkim()), "a header added on the way");
    }
}

/// Brings the same file whatever is asked for.
struct File(mailbox::Enclosure);

impl mailbox::Enclosures for File {
    fn make(
        &self,
        _: &openrebate::db::Db,
        _: &str,
        _: Language,
    ) -> openrebate::error::Result<mailbox::Enclosure> {
        Ok(self.0.clone())
    }
}

#[test]
fn a_signature_holds_over_what_is_enclosed() {
    let app = TestApp::on(Engine::Sqlite);
    let files = Files::new();
    let path = files.holding("key.pem", &key().0);
    let dkim = || Dkim::open(&path, "example.com", "s2026").unwrap();
    let server = SmtpServer::start();
    let smtp = Smtp::open(&plain(server.port), from(FROM).signing(Some(dkim()))).unwrap();
    // All bytes there are, dots and line ends at every place of a line.
    let bytes: Vec<u8> = (0..60_000_u32).map(|n| (n * n % 251 + n % 5) as u8).collect();
    let file = File(mailbox::Enclosure {
        name: "对账单 DZ-2026-09-000123.pdf".to_owned(),
        kind: "application/pdf",
        bytes: bytes.clone(),
    });
    let letter = StatementReady { encloses: true, ..crate::mailbox::letter("李伟") };
    let to = EmailAddress::parse("a@customer.example").unwrap();
    app.write(|tx| mailbox::post(tx, &to, Language::ZhCn, None, "s1", &letter));
    let delivery = mailbox::deliver_next(&app.db, &smtp, &file).unwrap();
    assert!(matches!(delivery, Delivery::Sent(_)), "{}", why(&app));
    let mail = server.received().remove(0);
    assert!(verified(&mail.data, &dkim()));
    for (was, is) in [("application/pdf", "application/exe"), ("000123.pdf", "000124.pdf")] {
        assert!(mail.data.contains(was), "{was}: {}", mail.data);
        assert!(!verified(&mail.data.replacen(was, is, 1), &dkim()), "{was}");
    }
    let parsed = MessageParser::default().parse(mail.data.as_bytes()).unwrap();
    let part = parsed.attachments().next().unwrap();
    assert_eq!(part.attachment_name(), Some("对账单 DZ-2026-09-000123.pdf"));
    assert_eq!(part.contents(), bytes);
    assert!(mail.data.is_ascii() && mail.data.lines().all(|line| line.len() <= 998));
}

#[test]
fn a_key_that_cannot_sign_is_refused_at_the_start_with_what_to_do() {
    let files = Files::new();
    let mut mail = openrebate::config::Mail::default();
    let good = files.holding("good.pem", &key().0);
    assert!(mail.signature().unwrap().is_none());
    for (path, selector, domain, said) in [
        (files.0.path().join("absent.pem"), "s1", "", "mail.dkim.key"),
        (files.holding("other.pem", "no key"), "s1", "", "openssl genrsa"),
        (good.clone(), "", "", "mail.dkim.selector"),
        (good.clone(), "s1", "exa mple.com", "mail.dkim.domain"),
    ] {
        mail.dkim = openrebate::config::Dkim {
            key: path,
            selector: selector.to_owned(),
            domain: domain.to_owned(),
        };
        let refusal = mail.open().err().unwrap().to_string();
        assert!(refusal.contains(said), "{refusal}");
    }
    mail.dkim.domain = String::new();
    mail.from = FROM.to_owned();
    let dkim = mail.signature().unwrap().unwrap();
    assert_eq!(dkim.record, "s1._domainkey.example.com");
    assert!(dkim.text.starts_with("v=DKIM1; k=rsa; p=MI"), "{}", dkim.text);
}
