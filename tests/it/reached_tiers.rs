//! A tier is reached: who hears of it, once for each tier and period, and who may switch it off.

use chrono::{TimeDelta, Weekday};
use openrebate::accruals::{self, rules::NearRule};
use openrebate::mailbox::{self, LetterState, Posted};
use openrebate::people;
use openrebate::policies;
use openrebate::values::{Actor, CustomerRole, Key};

use crate::support::{Books, Form, Site, TestApp, a_buyer, books, eight_at_once, moment, sell};

/// Pieces by the quarter on three tiers, and a percentage from the first yuan on.
const TIERS: &str = "code = \"T-3\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\n\
    from = 2026-01-01\nform = \"voucher\"\nname.zh-CN = \"走量返利\"\nname.en = \"Volume rebate\"\n\
    measure.kind = \"quantity\"\n[reward]\ntier_mode = \"all_units\"\ntiers = [\
    { from = \"100\", per_unit = \"0.5\" }, { from = \"200\", per_unit = \"1\" }, \
    { from = \"300\", per_unit = \"2\" }]\n";
const FLAT: &str = "code = \"F-1\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\n\
    from = 2026-01-01\nform = \"voucher\"\nname.zh-CN = \"基础返利\"\nname.en = \"Base rebate\"\n\
    measure.kind = \"amount\"\n[reward]\ntier_mode = \"all_units\"\n\
    tiers = [{ from = \"0\", percent = \"1\" }]\n";

/// Monday, 19 October 2026, ten o'clock: D-001 has bought 99 pieces in the quarter.
fn scene(app: &TestApp) -> Books {
    app.db.clock().set(moment("2026-10-19T02:00:00Z"));
    let books = books(app);
    for source in [TIERS, FLAT] {
        let terms = policies::parse(source).unwrap();
        app.write(|tx| policies::publish(tx, &terms, source));
    }
    for (name, role) in [
        ("reader", CustomerRole::Viewer),
        ("clerk", CustomerRole::Finance),
        ("boss", CustomerRole::Manager),
    ] {
        a_buyer(app, name, books.first, role);
    }
    bought(app, 10, "2026-10-05", 99);
    books
}

fn bought(app: &TestApp, line: u32, day: &str, pieces: i32) {
    let kind = if pieces < 0 { "return" } else { "invoice" };
    let net = pieces * 10;
    sell(app, &format!("{line},INV-{line},{day},D-001,P-1,{pieces},{net}.00,CNY,{kind}\n"));
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
}

fn tell(app: &TestApp) -> bool {
    let rule = NearRule { percent: 10.into(), weekday: Weekday::Mon };
    accruals::tell_reached_tiers(&app.db, &Actor::system("near tiers"), &rule).unwrap()
}

fn letters(app: &TestApp, customer: Key) -> Vec<Posted> {
    let mut letters = app.read(|conn| mailbox::of_customer(conn, customer, 100));
    letters.retain(|letter| letter.kind == "tier_reached");
    letters.reverse();
    letters
}

fn told(app: &TestApp, customer: Key) -> Vec<(String, String)> {
    let mut told: Vec<_> = letters(app, customer).into_iter().map(|l| (l.subject, l.to)).collect();
    told.sort();
    told
}

fn both_of(subject: &str) -> Vec<(String, String)> {
    ["boss@example.com", "clerk@example.com"].map(|to| (subject.to_owned(), to.to_owned())).to_vec()
}

both! {
    fn each_tier_of_a_period_is_told_once_and_the_highest_only(app: &TestApp) {
        let books = scene(app);
        assert!(tell(app));
        assert_eq!(told(app, books.first), [], "no tier yet; one from zero on is no news");
        bought(app, 11, "2026-10-19", 1);
        assert!(!tell(app), "once a week");
        app.wait(TimeDelta::days(7));
        assert!(tell(app));
        let first = both_of("走量返利：已达到第 1 级");
        assert_eq!(told(app, books.first), first);
        let letter = letters(app, books.first).remove(0);
        for part in ["估算", "不构成承诺", "第 1 级", "2026年第4季度", "https://rebates.example.com/notifications"] {
            assert!(letter.text.contains(part), "{part}: {}", letter.text);
        }
        assert!(letter.text.contains("更高的阶梯"), "{}", letter.text);
        for text in [&letter.subject, &letter.text, &letter.html] {
            assert!(!text.contains('¥') && !text.contains("1,000"), "{text}");
        }
        // Nothing new; back by a return and there again: told before.
        app.wait(TimeDelta::days(7));
        assert!(tell(app));
        bought(app, 12, "2026-10-30", -10);
        app.wait(TimeDelta::days(7));
        assert!(tell(app));
        bought(app, 13, "2026-11-05", 20);
        app.wait(TimeDelta::days(7));
        assert!(tell(app));
        assert_eq!(told(app, books.first), first);
        // Over the second to the third: of that one, and of the second never.
        bought(app, 14, "2026-11-12", 250);
        app.wait(TimeDelta::days(7));
        assert!(tell(app));
        let third = both_of("走量返利：已达到第 3 级");
        assert_eq!(told(app, books.first), [first.clone(), third.clone()].concat());
        assert!(letters(app, books.first).pop().unwrap().text.contains("最高一级"));
        // The next quarter counts anew.
        app.db.clock().set(moment("2027-01-18T02:00:00Z"));
        bought(app, 15, "2027-01-05", 120);
        assert!(tell(app));
        assert_eq!(told(app, books.first).len(), 6);
        assert_eq!(told(app, books.second), [], "nobody has an account there");
    }

    fn whoever_switched_them_off_reads_them_in_the_portal_alone(app: &TestApp) {
        let books = scene(app);
        bought(app, 11, "2026-10-18", 1);
        let clerk = app.read(|conn| people::by_email(conn, "clerk@example.com"));
        app.write(|tx| people::set_mail(tx, &clerk, "tier_reached", false));
        assert!(tell(app));
        let by_mail: Vec<_> = letters(app, books.first)
            .into_iter()
            .filter(|letter| letter.state == LetterState::Queued)
            .map(|letter| letter.to)
            .collect();
        assert_eq!(by_mail, ["boss@example.com"]);
        // The other one ends them from the mail program.
        let folder = app.config.mail.open().unwrap();
        mailbox::deliver_due(&app.db, folder.as_ref(), &openrebate::statements::Papers, &|| false).unwrap();
        let mut links = Vec::new();
        for file in std::fs::read_dir(&app.config.mail.folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let text = text.replace("\r\n ", " ");
            let link = text.split("List-Unsubscribe: <https://rebates.example.com").nth(1);
            links.extend(link.and_then(|rest| rest.split('>').next()).map(str::to_owned));
        }
        assert_eq!(links.len(), 1, "{links:?}");
        let one_click = Form::to(links.remove(0)).with("List-Unsubscribe", "One-Click");
        Site::of(app).visitor("en").post(&one_click).assert_status(200);
        let boss = app.read(|conn| people::by_email(conn, "boss@example.com"));
        let off = app.read(|conn| people::unwanted_mail(conn, &boss.id));
        assert_eq!(off.into_iter().collect::<Vec<_>>(), ["tier_reached"]);
    }

    fn many_processes_tell_once_and_a_dead_one_is_gone_on_with(app: &TestApp) {
        let books = scene(app);
        bought(app, 11, "2026-10-18", 1);
        let finished = eight_at_once(&|_| match tell(app) {
            true => Ok(()),
            false => Err(openrebate::error::Error::NotFound),
        });
        assert_eq!(finished, 1);
        assert_eq!(told(app, books.first).len(), 2);
        app.sql("DELETE FROM mail_rounds").unwrap();
        assert!(tell(app));
        assert_eq!(told(app, books.first).len(), 2);
        app.sql("DELETE FROM mail_rounds").unwrap();
        app.db.clock().set(moment("2026-10-25T23:30:00Z"));
        assert!(!tell(app), "half past seven");
    }
}
