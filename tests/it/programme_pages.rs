//! Where a customer stands in a programme, where it is heading, and what more would bring.

use openrebate::accruals;
use openrebate::policies;
use openrebate::values::{Actor, CustomerRole, StaffRole};

use crate::support::{
    PASSWORD, Page, Site, TestApp, Visitor, a_buyer, a_customer, a_member, moment, sell,
};

/// One, two and three percent; P-9 doesn't count.
const TIERED: &str = "code = \"T-3\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\n\
    from = 2026-01-01\nform = \"offset\"\nsettle_within_days = 30\nowner = \"manager@example.com\"\n\
    name.zh-CN = \"阶梯返利\"\nname.en = \"Tiered rebate\"\n\
    products.except_codes = [\"P-9\"]\nmeasure.kind = \"amount\"\n[reward]\n\
    tier_mode = \"all_units\"\ntiers = [{ from = \"50000\", percent = \"1\" }, \
    { from = \"100000\", percent = \"2\" }, { from = \"200000\", percent = \"3\" }]\n";

/// Fifty cents a piece from 100 pieces on, until last month.
const PROMOTION: &str = "code = \"U-1\"\ncurrency = \"CNY\"\nperiod = \"term\"\n\
    from = 2026-09-01\nto = 2026-10-31\nform = \"voucher\"\nname.zh-CN = \"走量\"\n\
    name.en = \"Volume\"\nmeasure.kind = \"quantity\"\n[reward]\n\
    tier_mode = \"all_units\"\ntiers = [{ from = \"100\", per_unit = \"0.5\" }]\n";

struct Scene {
    site: Site,
    policy: String,
    promotion: String,
}

/// It is the 16th of November; sales are known up to the 15th, so that half of the quarter is.
fn scene(app: &TestApp) -> Scene {
    app.db.clock().set(moment("2026-11-16T02:00:00Z"));
    let customer = a_customer(app, "D-001", "杭州恒通贸易有限公司");
    let other = a_customer(app, "D-002", "苏州盛达商贸有限公司");
    let publish = |source: &str| {
        let terms = policies::parse(source).unwrap();
        app.write(|tx| policies::publish(tx, &terms, source)).version().policy_id.to_string()
    };
    let policy = publish(&format!("{TIERED}[customers]\ncodes = [\"D-001\"]\n"));
    let promotion = publish(PROMOTION);
    sell(
        app,
        "1,INV-1,2026-10-05,D-001,P-1,20,60000.00,CNY,invoice\n\
         2,INV-2,2026-10-06,D-001,P-9,10,5000.00,CNY,invoice\n\
         3,RET-1,2026-11-08,D-001,P-1,-3,-12000.00,CNY,return\n\
         4,INV-3,2026-11-09,D-001,P-1,1,3000.00,CNY,invoice\n\
         5,INV-4,2026-11-15,D-002,P-1,1,10.00,CNY,invoice\n",
    );
    a_member(app, "manager", &[StaffRole::AccountManager]);
    a_buyer(app, "reader", customer, CustomerRole::Viewer);
    a_buyer(app, "stranger", other, CustomerRole::Manager);
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
    Scene { site: Site::of(app), policy, promotion }
}

impl Scene {
    fn visitor(&self, name: &str, language: &str) -> Visitor {
        let visitor = self.site.visitor(language);
        visitor.sign_in(&format!("{name}@example.com"), PASSWORD).assert_status(200);
        visitor
    }

    fn page(&self, below: &str) -> String {
        format!("/programmes/{}{below}", self.policy)
    }
}

/// Fills the page's form and looks at where it leads.
fn reckon(visitor: &Visitor, page: &Page, fields: &[(&str, &str)]) -> Page {
    let form = page.form(page.path.split('?').next().unwrap());
    let filled = fields.iter().fold(form, |form, (name, value)| form.with(name, value));
    visitor.get(&filled.as_query())
}

both! {
    fn progress_says_where_one_stands_and_where_it_is_heading(app: &TestApp) {
        let scene = scene(app);
        let reader = scene.visitor("reader", "en");
        let programme = reader.get(&scene.page(""));
        let page = reader.get(&programme.link("Progress and forecast"));
        page.assert_status(200)
            .assert_has("Tier 1 (1%) · ¥51,000.00 so far this period · 51% of tier 2")
            .assert_has("¥49,000.00 more reaches tier 2 (2%)")
            .assert_has("ends on 31 Dec 2026; 45 days to go");
        let months = page.texts("#months tr");
        assert_eq!(months[1..], [
            "October 2026 ¥60,000.00 ¥0.00 ¥60,000.00 ¥60,000.00",
            "November 2026 ¥3,000.00 -¥12,000.00 -¥9,000.00 ¥51,000.00",
            "Total ¥63,000.00 -¥12,000.00 ¥51,000.00",
        ]);
        // 46 of 92 days: twice as much by the end, so the second tier.
        assert_eq!(page.texts("#forecast .money"), ["¥2,040.00"]);
        page.assert_has("Estimate")
            .assert_has("about ¥102,000.00 by the end: Tier 2 (2%)")
            .assert_has("the 46 of 92 days known so far");
        assert_eq!(page.texts("#returns .big"), ["-¥12,000.00"]);
        page.assert_has("Without these returns: Tier 1 (1%), and ¥120.00 more rebate");
        reader.get(&page.link("Lines of this period")).assert_has("RET-1").assert_has("INV-3");
        assert!(page.link("What counts").ends_with("#scope"));
        let zh = scene.visitor("reader", "zh-CN").get(&scene.page("/progress"));
        zh.assert_has("还有 45 天").assert_has("按本期已知 46 天（共 92 天）的采购直线推算");
    }

    fn no_forecast_is_made_from_too_little_or_after_the_end(app: &TestApp) {
        let scene = scene(app);
        let reader = scene.visitor("reader", "en");
        let ended = reader.get(&format!("/programmes/{}/progress", scene.promotion));
        ended.assert_has("nothing left to forecast").assert_has("No returns count");
        assert_eq!(ended.texts("#forecast .money"), Vec::<String>::new());
        app.db.clock().set(moment("2027-01-05T02:00:00Z"));
        let reader = scene.visitor("reader", "en");
        let early = reader.get(&scene.page("/progress"));
        early.assert_has("There will be one from 9 Jan 2027").assert_has("January 2027");
        assert_eq!(early.texts("#forecast .money"), Vec::<String>::new());
    }

    fn lines_that_no_run_has_seen_show_beside_what_is_booked(app: &TestApp) {
        let scene = scene(app);
        sell(app, "9,INV-9,2026-11-15,D-001,P-1,1,49000.00,CNY,invoice\n");
        let page = scene.visitor("reader", "en").get(&scene.page("/progress"));
        page.assert_has("Tier 2 (2%) · ¥100,000.00 so far").assert_has("¥510.00 is booked so far");
    }

    fn a_plan_is_reckoned_with_the_real_rules_and_kept_nowhere(app: &TestApp) {
        let scene = scene(app);
        let reader = scene.visitor("reader", "en");
        let page = reader.get(&scene.page("/what-if"));
        page.assert_status(200).assert_has("An estimate, not a promise.");
        assert_eq!(page.texts("#tiers tbody tr"), [
            "1 ¥50,000.00 1% You are here ¥510.00",
            "2 ¥100,000.00 2% ¥49,000.00 ¥2,000.00",
            "3 ¥200,000.00 3% ¥149,000.00 ¥6,000.00",
        ]);
        let plan = [("amount-2026-11", "19,000.00"), ("amount-2026-12", "30000")];
        let then = reckon(&reader, &page, &plan);
        then.assert_status(200);
        assert_eq!(then.texts("#result .money"), ["¥510.00", "¥2,000.00", "¥1,490.00"]);
        then.assert_has("Q4 2026 rebate = ¥100,000.00 × 2% = ¥2,000.00");
        assert_eq!(then.texts("#plan tbody tr"), [
            "November 2026 ¥19,000.00 in full",
            "December 2026 ¥30,000.00 in full",
        ]);
        assert_eq!(then.texts("#tiers tbody tr")[2], "3 ¥200,000.00 3% ¥100,000.00 ¥6,000.00");
        let form = then.form(&scene.page("/what-if"));
        assert_eq!(form.value("amount-2026-11"), Some("19,000.00"));
        // By product: one counts, one doesn't and says why.
        let products = [
            ("item-1", "P-1"), ("item-amount-1", "49000"),
            ("item-2", "P-9"), ("item-amount-2", "99999"),
        ];
        let then = reckon(&reader, &page, &products);
        assert_eq!(then.texts("#result .money")[1], "¥2,000.00");
        assert_eq!(then.texts("#plan tbody tr")[1], "P-9 P-9 ¥99,999.00 product excluded");
        let now = reader.get(&scene.page("/progress"));
        now.assert_has("¥51,000.00 so far this period");
    }

    fn what_cant_be_reckoned_is_said_at_its_field_and_kept(app: &TestApp) {
        let scene = scene(app);
        let reader = scene.visitor("reader", "en");
        let page = reader.get(&scene.page("/what-if"));
        for (field, value, said) in [
            ("amount-2026-12", "-1", "Write 0 or more"),
            ("amount-2026-12", "many", "“many” isn’t a number"),
            ("amount-2026-12", "1.005", "At most 2 decimals"),
            ("amount-2026-12", "1,00", "isn’t a number"),
            ("amount-2026-12", "99999999999999", "at most 1,000,000,000,000"),
            ("amount-2026-12", "99999999999999999999999999999999999", "isn’t a number"),
            ("item-3", "NOTHING", "There is no product with the code “NOTHING”"),
            ("item-3", "P-1", "Say how much"),
            ("item-amount-3", "5", "needs its product’s code"),
        ] {
            let wrong = reckon(&reader, &page, &[("amount-2026-11", "7"), (field, value)]);
            wrong.assert_status(422).assert_has(said);
            assert_eq!(wrong.texts(".error").len(), 1, "{field} {value}");
            assert_eq!(wrong.texts("#result"), Vec::<String>::new());
            let form = wrong.form(&scene.page("/what-if"));
            assert_eq!(form.value(field), Some(value));
            assert_eq!(form.value("amount-2026-11"), Some("7"));
        }
        for nonsense in ["?amount=5", "?amount-2026-12=1&amount-2026-12=2", "?x=1"] {
            reader.get(&scene.page(&format!("/what-if{nonsense}"))).assert_status(400);
        }
        // A plan of a month that is over is no mistake; there is nothing of it left to plan.
        let old = reader.get(&scene.page("/what-if?amount-2026-10=5"));
        old.assert_status(200);
        let ended = reader.get(&format!("/programmes/{}/what-if", scene.promotion));
        ended.assert_status(200).assert_has("This programme has ended");
    }

    fn a_plan_in_pieces_asks_for_pieces(app: &TestApp) {
        let scene = scene(app);
        app.db.clock().set(moment("2026-10-20T02:00:00Z"));
        let reader = scene.visitor("reader", "zh-CN");
        let page = reader.get(&format!("/programmes/{}/what-if", scene.promotion));
        let then = reckon(&reader, &page, &[("units-2026-10", "70")]);
        assert_eq!(then.texts("#result .money"), ["¥0.00", "¥50.00", "¥50.00"]);
        then.assert_has("估算，不构成承诺").assert_has("2026年10月");
    }

    fn the_list_says_basis_attainment_and_what_was_signed_by_year(app: &TestApp) {
        let scene = scene(app);
        let reader = scene.visitor("reader", "en");
        let list = reader.get("/programmes");
        assert_eq!(list.texts("tbody tr"), [
            "Tiered rebate T-3 · quarterly · Q4 2026 net purchases ¥51,000.00 Tier 1 (1%) \
             51% of tier 2 ¥49,000.00 more reaches tier 2 (2%) ¥510.00 Estimated Running \
             version 1 To be acknowledged",
            "Volume U-1 · whole term · 1 Sep – 31 Oct 2026 quantity 30 units Below the first tier 30% of tier 1 \
             ¥0.00 Estimated Ended version 1 To be acknowledged",
        ]);
        let year = reader.get(&list.link("2026"));
        assert_eq!(year.texts("tbody tr").len(), 2);
        reader.get("/programmes?year=2025").assert_status(200).assert_has("No programme covers");
        let next = reader.get("/programmes?year=2027");
        assert_eq!(next.texts("tbody th a"), ["Tiered rebate"]);
        next.assert_has("Q1 2027");
        for nonsense in ["?year=now", "?year=99999", "?years=2026"] {
            reader.get(&format!("/programmes{nonsense}")).assert_status(400);
        }
    }

    fn an_amendment_to_come_is_read_and_signed_beside_what_holds_now(app: &TestApp) {
        let scene = scene(app);
        let next = format!("{TIERED}[customers]\ncodes = [\"D-001\"]\n")
            .replace("from = 2026-01-01", "from = 2027-01-01")
            .replace("\"100000\", percent = \"2\"", "\"90000\", percent = \"2\"");
        let terms = policies::parse(&next).unwrap();
        app.write(|tx| policies::publish(tx, &terms, &next));
        accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
        let customer = app.read(|conn| openrebate::customers::by_code(conn, "D-001")).id;
        a_buyer(app, "boss", customer, CustomerRole::Manager);
        let boss = scene.visitor("boss", "en");
        let page = boss.get(&scene.page(""));
        // Until the year ends the first version decides.
        assert_eq!(page.texts("tr.mine"), ["1 ¥50,000.00 1% You are here"]);
        page.assert_has("¥49,000.00 more reaches tier 2 (2%)")
            .assert_has("Version 2 is published and applies from 1 Jan 2027")
            .assert_has("Read it first, then acknowledge it.");
        assert_eq!(page.texts("#signature form").len(), 0, "its terms aren't on this page");
        let changes = page.texts(".changes li").join(" ");
        assert!(changes.contains("¥100,000.00 → ¥90,000.00"), "{changes}");
        boss.get(&scene.page("/progress")).assert_has("¥49,000.00 more reaches tier 2 (2%)");

        let second = boss.get(&page.link("Read and acknowledge version 2"));
        second.assert_status(200).assert_has("¥90,000.00").assert_has("What changed since version 1");
        let signed = boss.submit(&second.form(&scene.page("/signature")));
        signed.assert_status(200).assert_has("Acknowledged by boss").assert_has(&terms.hash());
        let first = boss.get(&scene.page("/versions/1"));
        first.assert_status(200).assert_has("Nobody acknowledged this version.").assert_has("In force");
        assert_eq!(first.texts("form[action$=signature]").len(), 0);
        let list = boss.get("/programmes?year=2026");
        list.assert_has("version 2 Acknowledged");
        for number in ["3", "0", "01", "x", "-1"] {
            boss.get(&scene.page(&format!("/versions/{number}"))).assert_status(404);
        }
        let stranger = scene.visitor("stranger", "en");
        stranger.get(&scene.page("/versions/1")).assert_status(404);
    }

    fn a_programme_names_its_owner_and_its_dates_go_into_a_calendar(app: &TestApp) {
        let scene = scene(app);
        let reader = scene.visitor("reader", "en");
        let page = reader.get(&scene.page(""));
        assert_eq!(
            page.texts("#owner"),
            ["Owner manager manager@example.com Answers questions about the terms."]
        );
        let summary = page.texts("#summary p").concat();
        assert!(summary.contains("P-9") && summary.contains("within 30 days"), "{summary}");
        let file = reader.get(&page.link("Download the dates (calendar file, ICS)"));
        assert_eq!(file.header("content-type").as_deref(), Some("text/calendar; charset=utf-8"));
        let text = file.body().replace("\r\n ", "");
        let of = |kind: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| line.starts_with(kind));
            lines.map(|line| line[kind.len()..].to_owned()).collect()
        };
        let days = of("DTSTART;VALUE=DATE:");
        assert_eq!(days[..4], ["20261231", "20270130", "20270331", "20270430"]);
        assert_eq!(of("SUMMARY:")[0], "Tiered rebate: Q4 2026 ends");
        let uids: std::collections::BTreeSet<_> = of("UID:").into_iter().collect();
        assert_eq!(uids.len(), days.len());
        assert_eq!(reader.get(&scene.page("/dates.ics")).bytes, file.bytes, "the same each time");
        let ended = reader.get(&format!("/programmes/{}/dates.ics", scene.promotion)).body();
        assert_eq!(ended.matches("BEGIN:VEVENT").count(), 1);
        let stranger = scene.visitor("stranger", "en");
        stranger.get(&scene.page("/dates.ics")).assert_status(404);
    }

    fn growth_and_targets_say_percent_and_what_it_means_in_money(app: &TestApp) {
        let scene = scene(app);
        let publish = |source: String| {
            let terms = policies::parse(&source).unwrap_or_else(|wrong| panic!("{wrong:?}"));
            app.write(|tx| policies::publish(tx, &terms, &source)).version().policy_id.to_string()
        };
        let head = |code: &str, measure: &str| {
            format!(
                "code = \"{code}\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\n\
                 from = 2026-01-01\nform = \"cash\"\nname.en = \"{code}\"\n{measure}\n[reward]\n\
                 tier_mode = \"all_units\"\ntiers = [{{ from = \"5\", percent = \"1\" }}]\n"
            )
        };
        let growth = publish(head("GROW", "measure.kind = \"growth\""));
        let target = publish(head("GOAL", "measure.kind = \"target\""));
        sell(app, "20,OLD-1,2025-11-05,D-001,P-1,5,80000.00,CNY,invoice\n");
        accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
        let reader = scene.visitor("reader", "en");
        // 56,000.00 of the quarter against 80,000.00 a year before; 105 % of those are 84,000.00.
        let page = reader.get(&format!("/programmes/{growth}/progress"));
        page.assert_has("-30% (¥56,000.00 against ¥80,000.00)")
            .assert_has("¥28,000.00 more reaches tier 1 (1%)")
            .assert_has("35 percentage points below the next tier’s 5%")
            .assert_has("about 40% (¥112,000.00 against ¥80,000.00) by the end: Tier 1 (1%)");
        let plan = reader.get(&format!("/programmes/{growth}/what-if?amount-2026-12=28000"));
        assert_eq!(plan.texts("#result .money")[1], "¥840.00");
        let page = reader.get(&format!("/programmes/{target}/progress"));
        page.assert_has("Purchases alone don’t decide it").assert_has("No target");
        assert_eq!(page.texts("#forecast .money"), Vec::<String>::new());
        reader.get(&format!("/programmes/{target}/what-if?amount-2026-12=1")).assert_status(200);
        reader.get("/programmes").assert_status(200).assert_has("growth of net purchases");
    }

    fn standings_of_others_are_not_there(app: &TestApp) {
        let scene = scene(app);
        let stranger = scene.visitor("stranger", "en");
        for below in ["", "/versions/1", "/dates.ics", "/progress", "/what-if", "/what-if?amount-2026-12=5", "/what-if?x=1"] {
            let there = stranger.get(&scene.page(below));
            let missing = "/programmes/0192f0c0000070008000000000000000";
            let not = stranger.get(&format!("{missing}{below}"));
            assert_eq!((there.status, not.status), (404, 404), "{below}");
            assert_eq!(there.text(), not.text());
        }
    }
}
