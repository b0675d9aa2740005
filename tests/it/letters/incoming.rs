//! Mail that comes back: who is answered, who isn't, once a day, and nothing of it is kept.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use openrebate::audit;
use openrebate::mailbox::{self, Incoming, Outgoing, Posted, Reception, read_incoming};
use openrebate::people;
use openrebate::statements::Papers;
use openrebate::values::{Actor, CustomerRole, EmailAddress, Language};

use crate::support::{Engine, TestApp, a_buyer, a_customer};

const MAIL: &str = "Return-Path: <li.wei@customer.example>\r\n\
    Received: from mx.customer.example by rebates.example.com; Thu, 15 Oct 2026 10:00:00 +0800\r\n\
    From: =?UTF-8?B?5p2O5Lyf?= <Li.Wei@customer.example>\r\n\
    To: rebates@example.com\r\n\
    Subject: =?UTF-8?B?UmU6IOS6ieiurg==?=\r\n\
    Message-ID: <abc.123@customer.example>\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\
    \r\n\
    机密：请把 1250.00 元打给我\r\n";

fn with(header: &str) -> String {
    format!("{header}\r\n{MAIL}")
}

fn replaced(from: &str, to: &str) -> String {
    assert!(MAIL.contains(from), "{from}");
    MAIL.replace(from, to)
}

#[test]
fn a_persons_mail_is_known_from_automatic_mail() {
    let mail = read_incoming(MAIL.as_bytes()).unwrap();
    let expected = Incoming {
        sender: EmailAddress::parse("li.wei@customer.example"),
        message_id: Some("<abc.123@customer.example>".to_owned()),
        automatic: None,
        report: None,
    };
    assert_eq!(mail, expected);
    // Line ends of either kind, a line of the mail server's own, no body, no Return-Path.
    for text in [
        MAIL.replace("\r\n", "\n"),
        format!("From li.wei Thu Oct 15 10:00:00 2026\n{}", MAIL.replace("\r\n", "\n")),
        MAIL.split("\r\n\r\n").next().unwrap().to_owned(),
        replaced("Return-Path: <li.wei@customer.example>\r\n", ""),
        with("Auto-Submitted: no"),
        with("Auto-Submitted: No (said by hand)"),
        with("Precedence: first-class"),
        with("X-Auto-Response-Suppress: None"),
    ] {
        assert_eq!(read_incoming(text.as_bytes()), Ok(expected.clone()), "{text}");
    }
    let silent = |text: &str| {
        let mail = read_incoming(text.as_bytes()).unwrap_or_else(|why| panic!("{why}: {text}"));
        mail.automatic.unwrap_or_else(|| panic!("a person's? {text}"))
    };
    for (text, sign) in [
        (with("Auto-Submitted: auto-replied"), "Auto-Submitted: auto-replied"),
        (with("AUTO-SUBMITTED: Auto-Generated; x=y"), "Auto-Submitted: auto-generated"),
        (with("Precedence: bulk"), "Precedence: bulk"),
        (with("Precedence: List"), "Precedence: list"),
        (with("precedence: junk"), "Precedence: junk"),
        (
            with("X-Auto-Response-Suppress: OOF, AutoReply"),
            "X-Auto-Response-Suppress: oof, autoreply",
        ),
        (with("List-Id: <news.customer.example>"), "List-ID"),
        (with("List-Unsubscribe: <https://x.example>"), "List-Unsubscribe"),
        (replaced("<li.wei@customer.example>\r\nReceived", "<>\r\nReceived"), "Return-Path: <>"),
        (
            replaced("text/plain; charset=utf-8", "multipart/report; boundary=b"),
            "Content-Type: multipart/report",
        ),
        (MAIL.replace("li.wei@", "mailer-daemon@"), "the sender mailer-daemon"),
        (MAIL.replace("li.wei@", "no-reply+7@"), "the sender no-reply"),
        (MAIL.replace("li.wei@", "news-request@"), "the sender news-request"),
        (MAIL.replace("li.wei@", "owner-news@"), "the sender owner-news"),
    ] {
        assert_eq!(silent(&text), sign, "{text}");
    }
}

#[test]
fn what_is_no_mail_is_refused_and_nothing_panics() {
    for (bytes, why) in [
        (&b""[..], "it doesn't begin with a header"),
        (b"hello", "it doesn't begin with a header"),
        (b"\r\n\r\nFrom: a@b.example\r\n", "it doesn't begin with a header"),
        (b"%PDF-1.7\n%\xff\xfe", "it doesn't begin with a header"),
        (b"From: a@b.example\0\r\n\r\n", "it doesn't begin with a header"),
        (b"Subject: x\r\n\r\nFrom: a@b.example\r\n", "it doesn't say whom it is from"),
        (b"From:\r\n\r\n", "it doesn't say whom it is from"),
        (b"From: undisclosed\r\n\r\n", "it doesn't say whom it is from"),
    ] {
        let found = read_incoming(bytes);
        assert_eq!(found, Err(why), "{:?}", String::from_utf8_lossy(bytes));
    }
    let long = format!("From: a@b.example\r\n{}", "X-Pad: y\r\n".repeat(40_000));
    assert_eq!(read_incoming(long.as_bytes()), Err("its head is too long"));
    // Whatever else comes: an answer or a refusal, and ids that can't stand in a header left out.
    for end in 0..MAIL.len() {
        let _ = read_incoming(&MAIL.as_bytes()[..end]);
    }
    for id in [
        "<>",
        "<a>",
        "<a@b>\r\n\tX: y",
        "<a@b c>",
        "a@b",
        "<ä@b>",
        &format!("<{}@b>", "a".repeat(300)),
    ] {
        let text = replaced("<abc.123@customer.example>", id);
        if let Ok(mail) = read_incoming(text.as_bytes()) {
            let id = mail.message_id.unwrap_or_default();
            assert!(id.len() < 260 && id.bytes().all(|b| b.is_ascii_graphic()), "{id:?}");
        }
    }
}

fn incoming(text: &str) -> Incoming {
    read_incoming(text.as_bytes()).unwrap()
}

fn receive(app: &TestApp, text: &str, language: Option<Language>) -> Reception {
    let own = mailbox::own_addresses(["返利中心 <rebates@example.com>", "answers@example.com", ""]);
    let mail = incoming(text);
    app.db.write(&Actor::system("mail"), |tx| mailbox::receive(tx, &mail, language, &own)).unwrap()
}

fn letters(app: &TestApp) -> Vec<Posted> {
    app.read(|conn| mailbox::latest(conn, None, None, 50))
}

fn facts(app: &TestApp) -> Vec<String> {
    let events = app.read(|conn| audit::latest(conn, None, 50));
    let said = events.into_iter().filter(|event| event.action == "mail.received");
    let mut said: Vec<_> =
        said.map(|e| format!("{} {}", e.object_id, e.reason.unwrap_or_default())).collect();
    said.reverse();
    said
}

both! {
    fn a_person_is_answered_once_a_day_and_a_machine_never(app: &TestApp) {
        assert_eq!(receive(app, MAIL, Some(Language::En)), Reception::Answered);
        assert_eq!(receive(app, MAIL, Some(Language::En)), Reception::AnsweredToday);
        assert_eq!(receive(app, &with("Precedence: bulk"), None), Reception::Silent);
        assert_eq!(receive(app, &MAIL.replace("li.wei@customer", "rebates@example").replace("rebates@example.example", "rebates@example.com"), None), Reception::Silent);
        assert_eq!(letters(app).len(), 1);
        let letter = &letters(app)[0];
        assert_eq!((letter.to.as_str(), letter.language), ("li.wei@customer.example", Language::En));
        assert!(letter.text.starts_with("Nobody reads e-mail sent to this address"), "{}", letter.text);
        app.wait(chrono::TimeDelta::days(1));
        assert_eq!(receive(app, MAIL, Some(Language::En)), Reception::Answered);
        assert_eq!(
            facts(app),
            [
                "li.wei@customer.example answered",
                "li.wei@customer.example answered today already",
                "li.wei@customer.example not answered: Precedence: bulk",
                "rebates@example.com not answered: the portal's own address",
                "li.wei@customer.example answered",
            ]
        );
        // Nothing of what was written is kept anywhere.
        let kept = crate::access::everything_anywhere(app);
        for secret in ["机密", "1250.00", "UmU6", "Re: "] {
            assert!(!kept.contains(secret), "{secret} is kept");
        }
    }

    fn a_stranger_is_answered_in_both_languages(app: &TestApp) {
        receive(app, MAIL, None);
        let letter = &letters(app)[0];
        assert!(letter.subject.contains("请登录返利中心答复 / Please answer"), "{}", letter.subject);
    }
}

#[test]
fn the_answer_says_that_it_is_one() {
    use std::sync::Mutex;
    struct Seen(Mutex<Vec<Outgoing>>);
    impl mailbox::Transport for Seen {
        fn send(&self, letter: &Outgoing) -> Result<(), mailbox::Failure> {
            self.0.lock().unwrap().push(letter.clone());
            Ok(())
        }
    }
    let app = TestApp::on(Engine::Sqlite);
    receive(&app, MAIL, None);
    let seen = Seen(Mutex::default());
    mailbox::deliver_next(&app.db, &seen, &Papers).unwrap();
    let letter = seen.0.lock().unwrap().remove(0);
    assert_eq!(letter.follows.as_deref(), Some("<abc.123@customer.example>"));
    assert!(letter.answers);
    let folder = app.config.mail.open().unwrap();
    folder.send(&letter).unwrap();
    let file = std::fs::read_dir(&app.config.mail.folder).unwrap().next().unwrap().unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    assert!(text.contains("Auto-Submitted: auto-replied\r\n"), "{text}");
    assert!(text.contains("In-Reply-To: <abc.123@customer.example>\r\n"), "{text}");
}

fn run(app: &TestApp, input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_openrebate"))
        .args(["--database", &app.db.url().to_string(), "mail", "receive"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        let written = stdin.write_all(&input);
        drop(stdin);
        written
    });
    let output = child.wait_with_output().unwrap();
    // A mail server must get rid of all of it.
    let written = writer.join().unwrap();
    assert!(written.is_ok(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

#[test]
fn the_command_reads_a_mail_from_a_pipe_and_says_how_it_went_by_its_exit_code() {
    let app = TestApp::on(Engine::Sqlite);
    let customer = a_customer(&app, "C1", "甲商贸有限公司");
    let buyer = a_buyer(&app, "buyer", customer, CustomerRole::Finance);
    app.write(|tx| people::set_language(tx, buyer.person().unwrap(), Language::En));
    let code = |input: &[u8]| run(&app, input).status.code().unwrap();
    let known = MAIL.replace("li.wei@customer.example", "buyer@example.com");
    let mut large = known.clone().into_bytes();
    large.extend(vec![b'x'; 3 * 1024 * 1024]);
    let answered = run(&app, &large);
    assert_eq!(answered.status.code(), Some(0), "{}", String::from_utf8_lossy(&answered.stderr));
    assert_eq!(String::from_utf8_lossy(&answered.stdout), "answered\n");
    assert_eq!(letters(&app)[0].language, Language::En);
    assert_eq!(code(known.as_bytes()), 0);
    assert_eq!(code(with("List-Id: <x>").as_bytes()), 0);
    assert_eq!(letters(&app).len(), 1);
    let refused = run(&app, b"%PDF-1.7");
    assert_eq!(refused.status.code(), Some(65));
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(why.contains("standard input holds no mail: it doesn't begin with a header"), "{why}");
    let mut gone = Command::new(env!("CARGO_BIN_EXE_openrebate"))
        .args(["--database", "sqlite:///nowhere/at/all.db", "mail", "receive"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    gone.stdin.take().unwrap().write_all(known.as_bytes()).unwrap();
    assert_eq!(gone.wait().unwrap().code(), Some(75), "the mail server is to keep it");
}
