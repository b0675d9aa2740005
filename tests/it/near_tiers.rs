//! Close to the next tier: who hears of it and how often, who may switch it off, what the staff see.

use std::collections::BTreeSet;

use chrono::{TimeDelta, Weekday};
use openrebate::accruals::{self, rules::NearRule};
use openrebate::customers::{self, NewCustomer};
use openrebate::db::Db;
use openrebate::mailbox::{self, Delivery, KINDS, Posted, is_answer};
use openrebate::policies;
use openrebate::statements::Papers;
use openrebate::values::{Actor, Currency, CustomerRole, Key, StaffRole};

use crate::support::source::sources;
use crate::support::{
    Books, PASSWORD, Site, TestApp, Visitor, a_buyer, a_member, books, eight_at_once, moment, sell,
};

/// Beside the threshold of 100,000 that everybody has: pieces, by the month.
const PIECES: &str = "code = \"M-2\"\ncurrency = \"CNY\"\nperiod = \"month\"\n\
    from = 2026-01-01\nform = \"voucher\"\nname.zh-CN = \"走量返利\"\nname.en = \"Volume rebate\"\n\
    measure.kind = \"quantity\"\n[reward]\n\
    tier_mode = \"all_units\"\ntiers = [{ from = \"100\", per_unit = \"0.5\" }]\n";

/// Monday, 19 October 2026, ten o'clock. D-001 has 95,000.00 of the quarter's 100,000.00 and 93 of
/// the month's 100 pieces; D-002, whom somebody else looks after, has 91,000.00 and 5 pieces.
fn scene(app: &TestApp) -> Books {
    app.db.clock().set(moment("2026-10-19T02:00:00Z"));
    let books = books(app);
    let terms = policies::parse(PIECES).unwrap();
    app.write(|tx| policies::publish(tx, &terms, PIECES));
    sell(
        app,
        "4,INV-4,2026-10-05,D-001,P-1,93,95000.00,CNY,invoice\n\
         5,INV-5,2026-10-06,D-002,P-1,5,91000.00,CNY,invoice\n",
    );
    let theirs = NewCustomer {
        account_manager: Some("other@example.com".to_owned()),
        ..NewCustomer::regular("D-002", Currency::CNY)
    };
    app.write(|tx| customers::upsert(tx, &theirs));
    accrue(app);
    a_member(app, "manager", &[StaffRole::AccountManager]);
    for (name, role) in [
        ("reader", CustomerRole::Viewer),
        ("clerk", CustomerRole::Finance),
        ("boss", CustomerRole::Manager),
    ] {
        a_buyer(app, name, books.first, role);
    }
    books
}

fn accrue(app: &TestApp) {
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
}

fn rule() -> NearRule {
    NearRule { percent: 10.into(), weekday: Weekday::Mon }
}

/// Does the round that is due; true when it finished one.
fn tell_with(db: &Db, rule: &NearRule) -> bool {
    accruals::tell_near_tiers(db, &Actor::system("near tiers"), rule).unwrap()
}

fn tell(app: &TestApp) -> bool {
    tell_with(&app.db, &rule())
}

/// Those that go by mail.
fn letters(app: &TestApp, customer: Key) -> Vec<Posted> {
    let mut letters = app.read(|conn| mailbox::of_customer(conn, customer, 100));
    letters.retain(|l| l.kind == "near_tier" && l.state != mailbox::LetterState::Shown);
    letters
}

/// To whom, and about what.
fn told(app: &TestApp, customer: Key) -> BTreeSet<(String, String)> {
    let letters = letters(app, customer);
    let told: BTreeSet<_> =
        letters.iter().map(|letter| (letter.to.clone(), letter.subject.clone())).collect();
    assert_eq!(told.len(), letters.len(), "twice about the same thing");
    told
}

fn visitor(site: &Site, name: &str) -> Visitor {
    let visitor = site.visitor("en");
    visitor.sign_in(&format!("{name}@example.com"), PASSWORD).assert_status(200);
    visitor
}

both! {
    fn finance_and_managers_hear_once_a_week_and_read_no_amounts(app: &TestApp) {
        let books = scene(app);
        assert!(tell(app));
        let quarterly = "季度返利：距第 1 级已经不远".to_owned();
        let monthly = "走量返利：距第 1 级已经不远".to_owned();
        let expected: BTreeSet<_> = ["boss@example.com", "clerk@example.com"]
            .into_iter()
            .flat_map(|to| [(to.to_owned(), quarterly.clone()), (to.to_owned(), monthly.clone())])
            .collect();
        assert_eq!(told(app, books.first), expected);
        assert_eq!(told(app, books.second), BTreeSet::new(), "nobody has an account there");
        for letter in letters(app, books.first) {
            for text in [&letter.subject, &letter.text, &letter.html] {
                for amount in ["95,000", "95000", "5,000", "100,000", "¥"] {
                    assert!(!text.contains(amount), "{amount} in {text}");
                }
            }
            assert!(letter.text.contains("估算") && letter.text.contains("不构成承诺"));
            assert!(letter.text.contains("95%") || letter.text.contains("93%"), "{}", letter.text);
            assert!(letter.text.contains("https://rebates.example.com/notifications"));
            assert!(letter.html.contains("https://rebates.example.com/notifications"));
        }
        // Not again this week, whatever is bought; again in the next.
        assert!(!tell(app));
        app.wait(TimeDelta::days(6));
        assert!(!tell(app));
        app.wait(TimeDelta::days(1));
        assert!(tell(app));
        assert_eq!(letters(app, books.first).len(), 8);
        // Reached: nothing to say.
        sell(app, "6,INV-6,2026-10-20,D-001,P-1,7,5000.00,CNY,invoice\n");
        accrue(app);
        app.wait(TimeDelta::days(7));
        assert!(tell(app));
        assert_eq!(letters(app, books.first).len(), 8);
    }

    fn many_processes_tell_each_person_once(app: &TestApp) {
        let books = scene(app);
        let finished = eight_at_once(&|_| {
            // A pool of its own has its own lane, as another process would.
            let (url, house) = (app.db.url(), app.db.house().clone());
            let db = Db::open(url, house, app.db.clock().clone())?;
            match accruals::tell_near_tiers(&db, &Actor::system("near tiers"), &rule())? {
                true => Ok(()),
                false => Err(openrebate::error::Error::NotFound),
            }
        });
        assert_eq!(finished, 1);
        assert_eq!(told(app, books.first).len(), 4);
    }

    fn a_round_that_died_half_way_is_gone_on_with(app: &TestApp) {
        let books = scene(app);
        tell(app);
        app.sql("DELETE FROM mail_rounds").unwrap();
        app.sql("DELETE FROM outbox WHERE to_address = 'boss@example.com'").unwrap();
        assert!(tell(app));
        assert_eq!(told(app, books.first).len(), 4);
    }

    fn nobody_is_written_to_at_night_or_where_it_is_switched_off(app: &TestApp) {
        let books = scene(app);
        app.db.clock().set(moment("2026-10-18T23:30:00Z"));
        assert!(!tell(app), "half past seven");
        app.db.clock().set(moment("2026-10-19T02:00:00Z"));
        assert!(!tell_with(&app.db, &NearRule { percent: 0.into(), ..rule() }));
        assert!(tell_with(&app.db, &NearRule { percent: 6.into(), ..rule() }));
        assert_eq!(told(app, books.first).len(), 2, "95% is near enough, 93% isn't");
    }

    fn a_person_switches_reminders_off_and_nothing_else(app: &TestApp) {
        let books = scene(app);
        let site = Site::of(app);
        let clerk = visitor(&site, "clerk");
        let page = clerk.get("/notifications");
        page.assert_has("A statement is ready The contacts registered for statements Always")
            .assert_has("clerk@example.com");
        assert_eq!(page.texts("main input[type=checkbox]").len(), 4, "what can be switched off");
        let form = page.form("/notifications");
        let kinds = ["near_tier", "tier_reached", "customer_digest", "announcement"];
        assert_eq!(form.fields_of("kind[]"), kinds);
        let off = clerk.submit(&form.clone().without("kind[]").with("kind[]", "announcement"));
        off.assert_has("Your notification settings are saved.");
        assert_eq!(off.form("/notifications").fields_of("kind[]"), ["announcement"]);
        tell(app);
        let to: BTreeSet<_> = letters(app, books.first).into_iter().map(|l| l.to).collect();
        assert_eq!(to, BTreeSet::from(["boss@example.com".to_owned()]));
        // On again, for the week after.
        let form = off.form("/notifications").with("kind[]", "near_tier");
        clerk.submit(&form).assert_status(200);
        app.wait(TimeDelta::days(7));
        tell(app);
        assert_eq!(letters(app, books.first).len(), 6);
        // What must arrive can't be chosen, and nothing unknown either.
        let clerk = visitor(&site, "clerk");
        for kind in ["statement_ready", "nonsense"] {
            let form = clerk.get("/notifications").form("/notifications").with("kind[]", kind);
            clerk.submit(&form).assert_status(400);
        }
        let reader = visitor(&site, "reader").get("/notifications");
        reader.assert_has("Not sent to your role.");
        // What they get of their own account they can't do without; only choose its language.
        assert_eq!(reader.texts("main input[type=checkbox]"), Vec::<String>::new());
        let manager = visitor(&site, "manager").get("/notifications");
        manager.assert_status(200).assert_has("A customer filed a dispute");
    }

    fn the_letter_says_to_mail_programs_where_to_unsubscribe(app: &TestApp) {
        scene(app);
        tell(app);
        crate::mailbox::post(app, "s1", "a@customer.example");
        let folder = app.config.mail.open().unwrap();
        while mailbox::deliver_next(&app.db, folder.as_ref(), &Papers).unwrap() != Delivery::Nothing {}
        let header = "List-Unsubscribe: <https://rebates.example.com/unsubscribe/";
        let (mut with, mut without) = (0, 0);
        for file in std::fs::read_dir(&app.config.mail.folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            *(if text.contains(header) { &mut with } else { &mut without }) += 1;
        }
        assert_eq!((with, without), (4, 1));
    }

    fn account_managers_see_their_own_and_finance_all(app: &TestApp) {
        scene(app);
        a_member(app, "other", &[StaffRole::AccountManager]);
        a_member(app, "finance", &[StaffRole::Finance]);
        a_member(app, "auditor", &[StaffRole::Auditor]);
        let site = Site::of(app);
        let manager = visitor(&site, "manager");
        let page = manager.get(&manager.get("/staff").link("Customers near a tier"));
        assert_eq!(page.texts("tbody tr"), [
            "杭州恒通贸易有限公司 D-001 Volume rebate M-2 · October 2026 93 units \
             Tier 1 (¥0.50 per unit) from 100 units, 93% there 7 units ¥0.00 12",
            "杭州恒通贸易有限公司 D-001 Quarterly rebate Q-1 · Q4 2026 ¥95,000.00 \
             Tier 1 (5%) from ¥100,000.00, 95% there ¥5,000.00 ¥0.00 73",
        ]);
        for (name, customers) in [("other", vec!["D-002"]), ("finance", vec!["D-001", "D-002"]),
            ("auditor", vec!["D-001", "D-002"])]
        {
            let visitor = visitor(&site, name);
            let page = visitor.get("/staff/near-tiers");
            let file = visitor.get("/staff/near-tiers/file/csv");
            for code in ["D-001", "D-002"] {
                let there = customers.contains(&code);
                assert_eq!(page.text().contains(code), there, "{name} {code}");
                assert_eq!(file.body().contains(code), there, "{name} {code}");
            }
            assert!(file.body().contains(",gap,"), "{}", file.body());
            assert!(visitor.get("/staff/near-tiers/file/xlsx").bytes.starts_with(b"PK"));
            visitor.get("/staff/near-tiers/file/pdf").assert_status(404);
        }
    }
}

#[test]
fn every_letter_is_a_kind_that_people_find_among_their_notifications() {
    let mut written = BTreeSet::new();
    for source in sources() {
        if source.path.starts_with("src/mailbox/letters/") {
            let kinds = source.code.match_indices("const KIND").count();
            let literals: Vec<_> = source
                .literals
                .iter()
                .filter(|l| is_answer(l) || KINDS.iter().any(|kind| kind.code == l.as_str()))
                .collect();
            assert!(literals.len() >= kinds, "{}: a kind that mailbox::KINDS lacks", source.path);
            // Nobody chooses whether to be answered.
            written.extend(literals.into_iter().filter(|l| !is_answer(l)).cloned());
        }
    }
    let listed: BTreeSet<_> = KINDS.iter().map(|kind| kind.code.to_owned()).collect();
    assert_eq!(written, listed);
}
