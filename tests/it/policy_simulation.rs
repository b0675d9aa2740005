//! A policy tried out on past sales: what it would have cost, and that nothing of it stays.

use openrebate::accruals::{self, Trial};
use openrebate::customers::{self, NewCustomer};
use openrebate::policies::{self, Version, parse};
use openrebate::values::{Actor, Currency, CustomerRole, StaffRole};

use crate::access::everything;
use crate::staff_pages::signed_in;
use crate::support::{Site, TestApp, a_buyer, a_customer, a_member, books, sell};

/// The terms of a draft that gives a percentage a quarter from 90,000.00 on and more from 130,000.00.
fn draft_of(code: &str, from: &str, first: &str, second: &str) -> String {
    format!(
        "code = \"{code}\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\nfrom = {from}\n\
         form = \"cash\"\nname.zh-CN = \"新季度返利\"\nname.en = \"New quarterly\"\n\
         measure.kind = \"amount\"\n[reward]\ntier_mode = \"all_units\"\n\
         tiers = [{{ from = \"90000\", percent = \"{first}\" }}, \
         {{ from = \"130000\", percent = \"{second}\" }}]\n"
    )
}

/// Sales of the third quarter, account managers, and a draft.
struct House {
    site: Site,
    draft: Version,
}

fn house(app: &TestApp, code: &str, from: &str) -> House {
    let books = books(app);
    let manager = a_member(app, "manager", &[StaffRole::AccountManager]);
    a_member(app, "finance", &[StaffRole::Finance]);
    a_member(app, "approver", &[StaffRole::Approver]);
    a_member(app, "auditor", &[StaffRole::Auditor]);
    a_member(app, "admin", &[StaffRole::Admin]);
    a_buyer(app, "buyer", books.first, CustomerRole::Manager);
    let draft = drafted(app, &manager, &draft_of(code, from, "4", "10"));
    House { site: Site::of(app), draft }
}

fn drafted(app: &TestApp, by: &Actor, source: &str) -> Version {
    let terms = parse(source).unwrap();
    app.db.write(by, |tx| policies::draft(tx, &terms, source)).unwrap()
}

fn path(version: &Version) -> String {
    format!("/staff/policies/{}/simulation", version.id)
}

both! {
    fn it_says_what_it_would_have_cost_and_whom_it_moves(app: &TestApp) {
        // D-001 bought for 120,000 and D-002 for 100,000 in Q3 2026; Q-1 gives 5 % from 100,000 on.
        let House { site, draft } = house(app, "Q-1", "2027-01-01");
        let manager = signed_in(&site, "manager");
        let page = manager.get(&path(&draft));
        page.assert_status(200);
        page.assert_has("so they were moved to 1 Jan – 31 Dec 2026");
        page.assert_has("Version 1 of Q-1 ¥11,000.00");
        // 4 % of 220,000, against 5 %.
        let total = |page: &crate::support::Page| page.texts("tfoot tr").first().cloned().unwrap();
        assert_eq!(
            total(&page),
            "Total 2 ¥8,800.00 ¥11,000.00 -¥2,200.00 ¥7,920.00 ¥17,600.00"
        );
        page.assert_has("Customers who would get more: 0; less: 2.");
        page.assert_has("杭州恒通贸易有限公司 D-001 ¥6,000.00 ¥4,800.00 -¥1,200.00");
        // 10,000 of 130,000 are 7.69…%, rounded up.
        page.assert_has("¥130,000.00 Tier 2 ¥10,000.00 7.70%");
        assert!(!page.texts("main").join("").contains("23.08%"), "30,000 short is not near");
        let nothing = "no other version of Q-1 in force to compare with";
        assert!(!page.text().contains(nothing));
        let alone = manager.get(&format!("{}?against=none", path(&draft)));
        assert_eq!(total(&alone), "Total 2 ¥8,800.00 ¥7,920.00 ¥17,600.00");
    }

    fn an_unchanged_version_costs_what_was_accrued(app: &TestApp) {
        let House { site, .. } = house(app, "X-1", "2027-01-01");
        sell(app, "4,INV-4,2026-02-10,D-001,P-1,10,150000.55,CNY,invoice\n\
                   5,INV-5,2026-03-10,D-001,P-1,-1,-999.99,CNY,return\n");
        accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
        let version = app.read(|conn| policies::by_code(conn, "Q-1"));
        let trial = Trial {
            version,
            first_day: "2026-01-01".parse().unwrap(),
            last_day: "2026-12-31".parse().unwrap(),
            against: None,
        };
        let simulation = app.read(|conn| accruals::simulate(conn, &trial));
        let mut booked = Vec::new();
        for customer in app.read(customers::all) {
            for accrual in app.read(|conn| accruals::of_customer(conn, customer.id)) {
                booked.push((customer.id, accrual.period, accrual.rebate_minor));
            }
        }
        booked.sort();
        let tried: Vec<_> =
            simulation.rows.iter().map(|row| (row.customer, row.period, row.rebate)).collect();
        assert_eq!(tried, booked);
        assert_eq!(tried.len(), 3);
        drop(site);
    }

    fn it_says_when_there_is_nothing_to_compare_with(app: &TestApp) {
        let House { site, draft } = house(app, "N-1", "2026-01-01");
        let manager = signed_in(&site, "manager");
        let nothing = "There is no other version of N-1 in force to compare with";
        manager.get(&path(&draft)).assert_status(200).assert_has(nothing);
        let chosen = manager.get(&format!("{}?against=none", path(&draft)));
        assert!(!chosen.text().contains(nothing), "nobody asked for a comparison");
        // Everything that is wrong is said at once.
        let wrong = manager.get(&format!("{}?against=NOPE&from=2026-09-01&to=2026-01-01", path(&draft)));
        wrong.assert_status(422).assert_has("There is no policy NOPE in force");
        wrong.assert_has("The last day lies before the first.");
    }

    fn nothing_of_it_stays(app: &TestApp) {
        let House { site, draft } = house(app, "N-1", "2026-01-01");
        accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
        let visitors = ["manager", "finance", "approver", "auditor"].map(|n| signed_in(&site, n));
        let before = everything(app);
        for visitor in &visitors {
            visitor.peek(&path(&draft)).assert_status(200);
            visitor.peek(&format!("{}/file/csv", path(&draft))).assert_status(200);
        }
        let after = everything(app);
        let differing: Vec<_> = before.keys().filter(|t| before[*t] != after[*t]).collect();
        assert!(differing.is_empty(), "{differing:?}");
        for name in ["admin", "buyer"] {
            signed_in(&site, name).peek(&path(&draft)).assert_status(404);
        }
    }

    fn a_real_run_goes_on_beside_it(app: &TestApp) {
        let House { site, draft } = house(app, "N-1", "2026-01-01");
        let manager = signed_in(&site, "manager");
        let here = path(&draft);
        std::thread::scope(|scope| {
            let run = scope.spawn(|| {
                (0..5).map(|_| accruals::run(&app.db, &Actor::operator(), app.db.today(), None)).all(|r| r.is_ok())
            });
            for _ in 0..5 {
                manager.peek(&here).assert_status(200);
            }
            assert!(run.join().unwrap(), "each run succeeds");
        });
        let accrued: i64 = app
            .read(customers::all)
            .iter()
            .flat_map(|c| app.read(|conn| accruals::of_customer(conn, c.id)))
            .map(|accrual| accrual.rebate_minor)
            .sum();
        assert_eq!(accrued, 1_100_000, "Q-1's 5 % and nothing of the draft");
    }

    fn everything_is_in_the_files(app: &TestApp) {
        let House { site, draft } = house(app, "N-1", "2026-01-01");
        let theirs = NewCustomer {
            account_manager: Some("somebody@example.com".to_owned()),
            ..NewCustomer::regular("D-002", Currency::CNY)
        };
        app.write(|tx| customers::upsert(tx, &theirs));
        let csv = |name: &str| {
            signed_in(&site, name).peek(&format!("{}/file/csv", path(&draft))).body()
        };
        let rows = "D-001,杭州恒通贸易有限公司,regular,,2026-Q3,CNY,2,120000.00,120000.00,1,\
                    130000.00,10000.00,7.70,4800.00,4320.00,13200.00,0.00,4800.00,\r\n\
                    D-002,D-002,regular,,2026-Q3,CNY,1,100000.00,100000.00,1,\
                    130000.00,30000.00,23.08,4000.00,3600.00,4400.00,0.00,4000.00,\r\n";
        let whole = csv("finance");
        assert!(whole.ends_with(rows), "{whole}");
        // An account manager's file names their own customers.
        let own = csv("manager");
        assert!(own.contains("D-001") && !own.contains("D-002"), "{own}");
        let page = signed_in(&site, "manager").get(&path(&draft));
        page.assert_has("¥8,800.00");
        assert!(!page.text().contains("D-002"), "{}", page.text());
        let xlsx = signed_in(&site, "finance").peek(&format!("{}/file/xlsx", path(&draft)));
        assert!(xlsx.bytes.starts_with(b"PK"));
        let name = xlsx.header("content-disposition").unwrap();
        assert!(name.contains("N-1-v1-simulation.xlsx"), "{name}");
    }

    fn odd_questions_are_answered_at_their_fields(app: &TestApp) {
        let House { site, draft } = house(app, "N-1", "2026-01-01");
        let manager = signed_in(&site, "manager");
        for (query, field) in [
            ("from=soon", "from"),
            ("from=2026-12-31&to=2026-01-01", "to"),
            ("from=2020-01-01&to=2026-01-01", "to"),
            ("from=2027-01-01&to=2027-12-31", "from"),
            ("against=NOPE", "against"),
        ] {
            let page = manager.peek(&format!("{}?{query}", path(&draft)));
            page.assert_status(422);
            assert_eq!(page.texts(&format!("#{field}-error")).len(), 1, "{query}");
        }
        let quiet = manager.get(&format!("{}?from=2026-01-01&to=2026-03-31", path(&draft)));
        quiet.assert_status(200).assert_has("No sales in this period count under these terms.");
        manager.peek(&format!("{}?surprise=1", path(&draft))).assert_status(400);
        manager.peek(&format!("{}/file/pdf", path(&draft))).assert_status(404);
        manager.peek("/staff/policies/01900000000070008000000000000000/simulation").assert_status(404);
    }

    fn without_sales_it_says_so(app: &TestApp) {
        let manager = a_member(app, "manager", &[StaffRole::AccountManager]);
        a_customer(app, "D-001", "杭州恒通贸易有限公司");
        let draft = drafted(app, &manager, &draft_of("N-1", "2026-01-01", "4", "10"));
        let site = Site::of(app);
        let visitor = signed_in(&site, "manager");
        visitor.get(&path(&draft)).assert_status(200).assert_has("There are no sales to try it on");
        visitor.peek(&format!("{}/file/csv", path(&draft))).assert_status(404);
    }
}
