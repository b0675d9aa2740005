//! The letters of disputes, payouts and programmes, word by word in both languages (PAGES, mail 9
//! to 15), how they hang together in their readers' mail programs, and what comes back.
//!
//! What each says stands in `tests/it/letters/`. After changing words, write the files anew with
//! `WRITE_LETTERS=1` and read them.

mod incoming;
mod samples;
mod statements;
mod system;

use std::collections::BTreeSet;
use std::path::Path;

use openrebate::mailbox::letters::{
    AppealDecided, AppealReceived, Deadline, DisputeDeadlines, DisputeDecided, DisputeMerged,
    DisputeQuestion, DisputeReceived, DisputeReply, PayoutApproved, PayoutReturned, PayoutSent,
    PortalOnly, ProgrammePublished, Reader, SettledBy, StaffNewDispute, Verdict,
};
use openrebate::mailbox::{self, Letter, Posted};
use openrebate::statements::Papers;
use openrebate::values::{Contact, DisputeId, EmailAddress, Language, PayoutId, PolicyId};
use openrebate::web::ROUTES;

use crate::mailbox::plain;
use crate::support::{Engine, SmtpServer, TestApp};

pub fn post<L: Letter>(
    app: &TestApp,
    cause: &str,
    to: &str,
    language: Language,
    letter: &L,
) -> Posted {
    let to = EmailAddress::parse(to).unwrap();
    assert!(app.write(|tx| mailbox::post(tx, &to, language, None, cause, letter)));
    app.read(|conn| mailbox::of_cause(conn, L::KIND, cause)).pop().unwrap()
}

pub fn contact() -> Contact {
    Contact {
        name: "周敏".to_owned(),
        email: EmailAddress::parse("zhou.min@example.com"),
        phone: Some("021-5550 0101".to_owned()),
    }
}

/// Of a customer whom nobody in particular looks after.
fn desk() -> Contact {
    Contact {
        name: "返利服务台".to_owned(),
        email: EmailAddress::parse("rebates@example.com"),
        phone: None,
    }
}

/// Where a transfer goes.
fn account(form: SettledBy) -> Option<String> {
    (form == SettledBy::Transfer).then(|| "中国工商银行 **** 3456".to_owned())
}

const NUMBER: &str = "ZY-2026-10-000001";
const ABOUT: &str = "季度返利 · 2026年第3季度";

/// Every letter once, by the name of its file.
fn all(app: &TestApp, language: Language) -> Vec<(String, Posted)> {
    let mut letters = Vec::new();
    let mut add = |name: &str, posted: Posted| letters.push((name.to_owned(), posted));
    let to = "li.wei@customer.example";
    let dispute = || DisputeId::from_text("0190d1");
    let day = |text: &str| text.parse().unwrap();
    let (number, about) = (|| NUMBER.to_owned(), || ABOUT.to_owned());
    macro_rules! letter {
        ($name:literal, $letter:expr) => {
            add($name, post(app, $name, to, language, &$letter));
        };
    }
    for (name, held) in [("received", true), ("received-nothing-held", false)] {
        let letter = DisputeReceived {
            dispute: dispute(),
            number: number(),
            about: about(),
            answer_due: day("2026-10-19"),
            held,
            contact: contact(),
        };
        add(name, post(app, name, to, language, &letter));
    }
    letter!(
        "question",
        DisputeQuestion {
            dispute: dispute(),
            number: number(),
            about: about(),
            contact: contact()
        }
    );
    for (name, reader) in [("reply-customer", Reader::Customer), ("reply-staff", Reader::Staff)] {
        let letter = DisputeReply {
            dispute: dispute(),
            number: number(),
            about: about(),
            from: "周敏".to_owned(),
            reader,
            contact: (reader == Reader::Customer).then(contact),
        };
        add(name, post(app, name, to, language, &letter));
    }
    letter!(
        "decided",
        DisputeDecided {
            dispute: dispute(),
            number: number(),
            about: about(),
            verdict: Verdict::PartlyAccepted,
            appeal_until: day("2026-11-05"),
            contact: contact(),
        }
    );
    letter!(
        "merged",
        DisputeMerged {
            dispute: dispute(),
            number: "ZY-2026-10-000002".to_owned(),
            into: number(),
            about: about(),
            contact: contact(),
        }
    );
    letter!(
        "appeal-received",
        AppealReceived {
            dispute: dispute(),
            number: number(),
            about: about(),
            decision_due: day("2026-11-16"),
            contact: contact(),
        }
    );
    letter!(
        "appeal-decided",
        AppealDecided {
            dispute: dispute(),
            number: number(),
            about: about(),
            verdict: Verdict::Rejected,
            decided_by: "许宁".to_owned(),
            contact: contact(),
        }
    );
    letter!(
        "staff-new",
        StaffNewDispute {
            dispute: dispute(),
            number: number(),
            about: about(),
            customer: "杭州恒通贸易有限公司".to_owned(),
            answer_due: day("2026-10-19"),
        }
    );
    letter!(
        "deadlines",
        DisputeDeadlines {
            late: vec![first_deadline(true, "2026-10-19")],
            soon: vec![
                // The same dispute again: it is one of them, not two.
                first_deadline(false, "2026-10-21"),
                Deadline {
                    dispute: DisputeId::from_text("0190d2"),
                    number: "ZY-2026-10-000002".to_owned(),
                    customer: "宁波远航商贸有限公司".to_owned(),
                    answer: false,
                    due: day("2026-10-21"),
                    with: None,
                }
            ],
        }
    );
    letter!(
        "deadline-of-one",
        DisputeDeadlines { late: Vec::new(), soon: vec![first_deadline(true, "2026-10-19")] }
    );
    let payout = || (PayoutId::from_text("0190f1"), "FL-2026-10-000002".to_owned());
    letter!(
        "payout-approved",
        PayoutApproved {
            payout: payout().0,
            number: payout().1,
            account: account(SettledBy::Transfer),
            contact: desk()
        }
    );
    for (name, form) in [
        ("payout-sent-transfer", SettledBy::Transfer),
        ("payout-sent-credit-note", SettledBy::CreditNote),
        ("payout-sent-offset", SettledBy::Offset),
        ("payout-sent-goods", SettledBy::Goods),
        ("payout-sent-points", SettledBy::Points),
        ("payout-sent-voucher", SettledBy::Voucher),
    ] {
        let (payout, number) = payout();
        let expected_on = Some(day("2026-10-23"));
        let reference = Some("HD20261021".to_owned());
        let letter = PayoutSent {
            payout,
            number,
            form,
            account: account(form),
            expected_on,
            reference,
            contact: contact(),
        };
        add(name, post(app, name, to, language, &letter));
    }
    for (name, form) in
        [("payout-returned", SettledBy::Transfer), ("payout-returned-goods", SettledBy::Goods)]
    {
        let (payout, number) = payout();
        let reason = "收款账户信息有误".to_owned();
        let letter = PayoutReturned {
            payout,
            number,
            form,
            account: account(form),
            reason,
            contact: contact(),
        };
        add(name, post(app, name, to, language, &letter));
    }
    let new = ["第 2 级门槛：¥150,000.00 → ¥120,000.00", "兑付方式：抵货款 → 货返"];
    for (name, changes, valid_to) in [
        ("programme-new", None, Some(day("2027-12-31"))),
        ("programme-amended", Some(new.map(str::to_owned).to_vec()), None),
    ] {
        let letter = ProgrammePublished {
            policy: PolicyId::from_text("0190a1"),
            name: "经销商季度返利".to_owned(),
            changes,
            valid_from: day("2027-01-01"),
            valid_to,
            contact: contact(),
        };
        add(name, post(app, name, to, language, &letter));
    }
    statements::add(language, &mut |name, write| add(name, write(app, name, to)));
    system::add(app, to, language, &mut add);
    letter!("portal-only", PortalOnly { answers: None, both: false });
    letter!("portal-only-stranger", PortalOnly { answers: None, both: true });
    letters
}

fn first_deadline(answer: bool, due: &str) -> Deadline {
    Deadline {
        dispute: DisputeId::from_text("0190d1"),
        number: NUMBER.to_owned(),
        customer: "杭州恒通贸易有限公司".to_owned(),
        answer,
        due: due.parse().unwrap(),
        with: Some("周敏".to_owned()),
    }
}

#[test]
fn each_letter_says_this() {
    let app = TestApp::on(Engine::Sqlite);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/letters");
    let write = std::env::var_os("WRITE_LETTERS").is_some();
    let mut wrong = Vec::new();
    for language in [Language::ZhCn, Language::En] {
        let app = if language == Language::En { &TestApp::on(Engine::Sqlite) } else { &app };
        for (name, letter) in all(app, language) {
            let said = format!("{}\n\n{}", letter.subject, letter.text);
            let file = folder.join(format!("{name}.{language}.txt"));
            if write {
                std::fs::write(&file, &said).unwrap();
            }
            let expected = std::fs::read_to_string(&file).unwrap_or_default();
            if said != expected {
                wrong.push(format!("{}:\n{said}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

/// Lock screens show subjects and first lines; links only lead to pages.
#[test]
fn no_letter_shows_an_amount_first_or_acts_on_a_link() {
    for language in [Language::ZhCn, Language::En] {
        let app = TestApp::on(Engine::Sqlite);
        let base = app.config.base_url.clone();
        for (name, letter) in all(&app, language) {
            let first = letter.text.lines().next().unwrap_or_default();
            for line in [letter.subject.as_str(), first] {
                assert!(!line.is_empty() && !line.contains(['¥', '￥', '$']), "{name}: {line}");
                assert!(!line.split(' ').any(is_amount), "{name}: {line}");
            }
            // Text and HTML have the same links, and each opens a page.
            let plain: BTreeSet<_> =
                letter.text.split_whitespace().filter(|word| word.starts_with("http")).collect();
            let parts = letter.html.split("href=\"").skip(1);
            let html: BTreeSet<_> = parts.filter_map(|part| part.split('"').next()).collect();
            assert_eq!(plain, html, "{name}");
            assert!(!plain.is_empty(), "{name}");
            // What somebody wrote themselves may lead elsewhere.
            let written =
                |link: &&str| name.starts_with("announcement") && !link.starts_with(&base);
            for link in plain.into_iter().filter(|link| !written(link)) {
                let path = link.strip_prefix(&base).unwrap_or_else(|| panic!("{name}: {link}"));
                let path = path.split('?').next().unwrap_or_default();
                let mut pages = ROUTES.iter().filter(|route| route.method == "GET");
                assert!(pages.any(|route| fits(route.path, path)), "{name}: no page at {path}");
            }
        }
    }
}

fn is_amount(word: &str) -> bool {
    let digits = word.trim_matches(|c: char| !c.is_ascii_digit());
    digits.contains('.') && digits.chars().all(|c| c.is_ascii_digit() || ",.".contains(c))
}

/// Whether the address is one of the route's.
fn fits(route: &str, path: &str) -> bool {
    let (wanted, given): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
    wanted.len() == given.len()
        && wanted.iter().zip(given).all(|(want, got)| *want == got || want.starts_with('{'))
}

both! {
    fn the_letters_of_one_dispute_to_one_reader_are_one_conversation(app: &TestApp) {
        let server = SmtpServer::start();
        let sender = mailbox::Sender::new(
            "返利中心 <rebates@example.com>",
            "返利中心 <answers@example.com>",
        )
        .unwrap();
        let smtp = mailbox::Smtp::open(&plain(server.port), sender).unwrap();
        let ask = |dispute: &str, cause: &str, to: &str| {
            let dispute = DisputeId::from_text(dispute);
            let letter = DisputeQuestion {
                dispute, number: NUMBER.to_owned(), about: ABOUT.to_owned(), contact: contact(),
            };
            post(app, cause, to, Language::ZhCn, &letter).message_id
        };
        let (li, wang) = ("li@customer.example", "wang@customer.example");
        let root = ask("d1", "1", li);
        let second = ask("d1", "2", li);
        ask("d1", "3", li);
        let other_reader = ask("d1", "4", wang);
        let other_dispute = ask("d2", "5", li);
        let names = [&root, &second, &other_reader, &other_dispute];
        let distinct: BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), 4, "{names:?}");
        assert!(root.starts_with("<dispute-d1.") && root.ends_with("@rebates.example.com>"), "{root}");
        assert!(!root.contains("li"), "{root} gives the address away");
        while mailbox::deliver_next(&app.db, &smtp, &Papers).unwrap() != mailbox::Delivery::Nothing {}
        let mut seen: Vec<_> = server.received().iter().map(|mail| {
            assert_eq!(mail.header("In-Reply-To"), mail.header("References"));
            assert!(mail.header("Reply-To").unwrap().ends_with("<answers@example.com>"));
            (mail.header("Message-ID").unwrap(), mail.header("In-Reply-To"))
        }).collect();
        seen.sort();
        let follows = |id: &String| seen.iter().find(|(own, _)| own == id).unwrap().1.clone();
        assert_eq!(follows(&root), None);
        assert_eq!(follows(&second), Some(root.clone()));
        assert_eq!(follows(&other_reader), None);
        assert_eq!(follows(&other_dispute), None);
        assert_eq!(seen.iter().filter(|(_, follows)| follows.as_ref() == Some(&root)).count(), 2);
    }
}

#[test]
fn a_reply_address_that_is_none_is_refused() {
    let mail = openrebate::config::Mail { reply_to: "nobody".to_owned(), ..Default::default() };
    let refusal = mail.open().err().unwrap().to_string();
    assert!(refusal.contains("mail.reply_to \"nobody\""), "{refusal}");
}
