//! What a customer sees: every number with its way down to the invoice, and nobody else's.

use openrebate::accruals;
use openrebate::ledger;
use openrebate::payouts::{self, Form, NewPayout, Payout};
use openrebate::policies;
use openrebate::values::{Actor, Currency, CustomerRole, StaffRole};

use crate::support::{
    Books, PASSWORD, Page, Site, TestApp, Visitor, a_buyer, a_member, an_account, books, sell,
};

const CNY: Currency = Currency::CNY;

/// One and two percent, and no rebate on P-9.
const TIERED: &str = "code = \"T-2\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\n\
    from = 2026-01-01\nform = \"offset\"\nsettle_within_days = 30\nowner = \"owner@example.com\"\n\
    contract_ref = \"HT-7\"\nname.zh-CN = \"阶梯返利\"\nname.en = \"Tiered rebate\"\n\
    products.except_codes = [\"P-9\"]\nmeasure.kind = \"amount\"\n[reward]\n\
    tier_mode = \"all_units\"\ntiers = [{ from = \"50000\", percent = \"1\" }, \
    { from = \"100000\", percent = \"2\" }]\n";

/// For the second customer only.
const OTHERS: &str = "code = \"S-3\"\ncurrency = \"CNY\"\nperiod = \"year\"\n\
    from = 2026-01-01\nform = \"cash\"\nname.en = \"Secret\"\ncustomers.codes = [\"D-002\"]\n\
    measure.kind = \"amount\"\n[reward]\ntier_mode = \"all_units\"\n\
    tiers = [{ from = \"1\", percent = \"9\" }]\n";

struct Scene<'a> {
    app: &'a TestApp,
    books: Books,
    site: Site,
    finance: Actor,
    approver: Actor,
}

/// The third quarter is closed: D-001 earned 6,000.00 and 2,400.00. In the fourth it bought for
/// 65,000.00 so far, 60,000.00 of which count in the tiered policy.
fn scene(app: &TestApp) -> Scene<'_> {
    let books = books(app);
    for source in [TIERED, OTHERS] {
        let terms = policies::parse(source).unwrap();
        app.write(|tx| policies::publish(tx, &terms, source));
    }
    sell(
        app,
        "4,INV-4,2026-10-05,D-001,P-1,20,60700.00,CNY,invoice\n\
         5,INV-5,2026-10-06,D-001,P-9,10,5000.00,CNY,invoice\n\
         6,RET-1,2026-10-08,D-001,P-1,-1,-700.00,CNY,return\n",
    );
    a_member(app, "manager", &[StaffRole::AccountManager]);
    for (name, role) in [
        ("reader", CustomerRole::Viewer),
        ("clerk", CustomerRole::Finance),
        ("boss", CustomerRole::Manager),
    ] {
        a_buyer(app, name, books.first, role);
    }
    a_buyer(app, "stranger", books.second, CustomerRole::Manager);
    let scene = Scene {
        app,
        books,
        site: Site::of(app),
        finance: a_member(app, "finance", &[StaffRole::Finance]),
        approver: a_member(app, "approver", &[StaffRole::Approver]),
    };
    scene.accrue();
    let period = "2026-Q3".parse().unwrap();
    accruals::close(&app.db, &Actor::operator(), period, None).unwrap();
    scene
}

impl Scene<'_> {
    fn accrue(&self) {
        accruals::run(&self.app.db, &Actor::operator(), self.app.db.today(), None).unwrap();
    }

    fn visitor(&self, name: &str, language: &str) -> Visitor {
        let visitor = self.site.visitor(language);
        visitor.sign_in(&format!("{name}@example.com"), PASSWORD).assert_status(200);
        visitor
    }

    fn prepared(&self, minor: i64) -> Payout {
        let customer = self.books.first;
        an_account(self.app, customer);
        let new = NewPayout {
            customer,
            currency: CNY,
            form: Form::Cash,
            amount: Some(minor),
            note: None,
        };
        self.app.db.write(&self.finance, |tx| payouts::prepare(tx, new.clone())).unwrap()
    }

    fn settled(&self, minor: i64) -> Payout {
        let payout = self.prepared(minor);
        let (db, id) = (&self.app.db, &payout.id);
        db.write(&self.finance, |tx| payouts::submit(tx, id)).unwrap();
        db.write(&self.approver, |tx| payouts::approve(tx, id, &payout.content_hash)).unwrap();
        let due = "2026-10-18".parse().unwrap();
        db.write(&self.finance, |tx| payouts::mark_sent(tx, id, due, Some("B-7"))).unwrap();
        let today = self.app.db.today();
        db.write(&self.finance, |tx| payouts::settle(tx, id, today, None)).unwrap();
        payout
    }

    /// The id of the first customer's accrual.
    fn accrual(&self, policy: &str, period: &str) -> String {
        let period = period.parse().unwrap();
        let found = self.app.read(|conn| accruals::find(conn, policy, "D-001", period));
        found.id.to_string()
    }

    fn policy(&self, code: &str) -> String {
        self.app.read(|conn| policies::by_code(conn, code)).policy_id.to_string()
    }
}

/// The amounts of the elements, as machines read them.
fn sum(amounts: &[String]) -> i64 {
    amounts.iter().map(|text| minor(text)).sum()
}

fn minor(text: &str) -> i64 {
    text.replace(['¥', ',', '.'], "").parse().unwrap_or_else(|_| panic!("{text:?}"))
}

/// The rows of a CSV, as its columns name them.
fn csv(page: &Page) -> Vec<std::collections::HashMap<String, String>> {
    let text = page.body();
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

both! {
    fn home_shows_what_is_there_and_what_waits(app: &TestApp) {
        let scene = scene(app);
        scene.settled(500_000);
        scene.prepared(100_000);
        let reader = scene.visitor("reader", "en");
        let home = reader.get("/home");
        assert_eq!(home.texts(".balance .amount"), ["¥600.00", "¥2,400.00", "¥5,000.00"]);
        home.assert_has("Also on hold: ¥1,000.00")
            .assert_has("Held by: Payout being prepared or awaiting approval")
            .assert_has("Tier 1 (1%) · ¥60,000.00 so far this period · 60% of tier 2")
            .assert_has("¥40,000.00 more reaches tier 2 (2%)")
            .assert_has("¥35,000.00 more reaches tier 1 (5%)")
            .assert_has("waiting to be acknowledged by a manager")
            .assert_has("No payout is in progress.")
            .assert_has("A payout was received")
            .assert_has("manager@example.com");
        assert!(!home.body().contains("Secret"), "another customer's programme");
        assert!(home.texts("footer").concat().contains("Data up to 8 Oct 2026"));
        for link in ["¥600.00", "¥2,400.00", "¥1,000.00", "¥5,000.00"] {
            reader.get(&home.link(link)).assert_status(200).assert_has(link);
        }
        let zh = scene.visitor("boss", "zh-CN").get("/home");
        zh.assert_has("再采购 ¥40,000.00 可达第 2 级（2%）").assert_has("签收返利政策“阶梯返利”");
    }

    fn somebody_without_anything_reads_zeros(app: &TestApp) {
        let site = Site::of(app);
        let customer = crate::support::a_customer(app, "N-1", "新客户有限公司");
        a_buyer(app, "fresh", customer, CustomerRole::Viewer);
        let fresh = site.visitor("en");
        let home = fresh.sign_in("fresh@example.com", PASSWORD);
        assert_eq!(home.texts(".balance .amount"), ["¥0.00", "¥0.00", "¥0.00"]);
        home.assert_has("Nothing is waiting for you.").assert_has("No programme covers your company");
        for path in ["/programmes", "/balances", "/transactions", "/payouts"] {
            fresh.get(path).assert_status(200);
        }
    }

    fn every_balance_is_the_sum_of_what_it_is_made_of(app: &TestApp) {
        let scene = scene(app);
        scene.settled(500_000);
        scene.prepared(100_000);
        let page = scene.visitor("clerk", "en").get("/balances");
        page.assert_status(200).assert_has("Every list adds up to its balance");
        let balance = app.read(|conn| ledger::balance(conn, scene.books.first, CNY));
        for (section, expected) in [
            ("estimated", balance.estimated),
            ("on-hold", balance.on_hold()),
            ("paid", balance.paid),
            ("earned", 840_000),
        ] {
            let rows = page.texts(&format!("#{section} tbody .money"));
            let total = page.texts(&format!("#{section} tfoot .money"));
            assert_eq!((sum(&rows), sum(&total)), (expected, expected), "{section}");
        }
        let rows = page.texts("#available tbody .money");
        assert_eq!(rows, ["¥8,400.00", "-¥5,000.00", "-¥1,000.00"]);
        assert_eq!(page.texts("#available tfoot .money"), ["¥2,400.00"]);
        assert_eq!(balance.available(), 240_000);
    }

    fn a_number_is_explained_down_to_its_lines(app: &TestApp) {
        let scene = scene(app);
        let clerk = scene.visitor("clerk", "en");
        let id = scene.accrual("T-2", "2026-Q4");
        let page = clerk.get(&format!("/accruals/{id}"));
        page.assert_status(200)
            .assert_has("Q4 2026 rebate = ¥60,000.00 × 1% = ¥600.00")
            .assert_has("Counted lines ¥60,000.00 = base ¥60,000.00")
            .assert_has("Booked ¥600.00 = rebate ¥600.00")
            .assert_has("product excluded");
        assert_eq!(page.texts("#counted + .table tbody .money"), ["¥60,700.00", "-¥700.00"]);
        assert_eq!(page.texts("#counted + .table tfoot .money"), ["¥60,000.00"]);
        assert_eq!(page.texts("#others + .table tbody .money"), ["¥5,000.00"]);
        let wrong = page.form("/disputes/new");
        assert_eq!(wrong.as_query(), format!("/disputes/new?subject=accrual&id={id}"));
        assert_eq!(page.texts("input.tick").len(), 3, "each line can be ticked");
        let file = clerk.get(&page.link("Export lines as CSV"));
        let rows = csv(&file);
        assert_eq!(rows.len(), 3);
        let earning = rows.iter().filter(|row| row["counts"] == "earns");
        assert_eq!(earning.map(|row| minor(&row["net_amount"])).sum::<i64>(), 6_000_000);
        let book = clerk.get(&page.link("Export lines to Excel (XLSX)"));
        assert!(book.status == 200 && book.bytes.starts_with(b"PK"));

        let reader = scene.visitor("reader", "zh-CN");
        let page = reader.get(&format!("/accruals/{id}"));
        page.assert_has("提出差异需要贵公司的财务或管理员账号");
        assert!(!page.body().contains("/disputes/new"));
        assert_eq!(page.texts("input.tick").len(), 0);
    }

    fn a_late_line_shows_as_an_adjustment_of_the_old_period(app: &TestApp) {
        let scene = scene(app);
        sell(app, "7,INV-7,2026-09-30,D-001,P-1,1,1000.00,CNY,invoice\n");
        let id = scene.accrual("Q-1", "2026-Q3");
        let clerk = scene.visitor("clerk", "en");
        let before = clerk.get(&format!("/accruals/{id}"));
        before.assert_has("Counted lines now come to ¥121,000.00, the base was ¥120,000.00");
        scene.accrue();
        let page = clerk.get(&format!("/accruals/{id}"));
        page.assert_has("Q3 2026 rebate = ¥121,000.00 × 5% = ¥6,050.00")
            .assert_has("Counted lines ¥121,000.00 = base ¥121,000.00")
            .assert_has("Booked ¥6,050.00 = rebate ¥6,050.00")
            .assert_has("Prior-period adjustment of Q3 2026")
            .assert_has("Period closed: estimated becomes earned");
    }

    fn a_programme_by_delivery_lists_lines_by_their_delivery(app: &TestApp) {
        let scene = scene(app);
        let source = TIERED.replace("T-2", "D-4").replace("\"amount\"", "\"amount\"\n\
             measure.date = \"delivery_date\"");
        let terms = policies::parse(&source).unwrap();
        app.write(|tx| policies::publish(tx, &terms, &source));
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let rows = "line_id,document_no,document_date,customer_code,product_code,quantity,\
            net_amount,currency,kind,delivery_date\n\
            d1,EARLY,2026-09-28,D-001,P-1,1,51000.00,CNY,invoice,2026-10-02\n";
        std::io::Write::write_all(&mut file, rows.as_bytes()).unwrap();
        let kind = openrebate::sales::ImportKind::Sales;
        let incoming = openrebate::sales::Incoming { kind, path: file.path(), name: "delivered" };
        let (options, mut watch) = Default::default();
        openrebate::sales::bring_in(&app.db, &Actor::operator(), incoming, &options, &mut watch)
            .unwrap();
        scene.accrue();
        let clerk = scene.visitor("clerk", "en");
        let page = clerk.get(&format!("/accruals/{}", scene.accrual("D-4", "2026-Q4")));
        page.assert_has("Counted lines ¥51,000.00 = base ¥51,000.00");
        assert_eq!(page.texts("#counted + .table tbody th"), ["EARLY"]);
        assert!(page.texts("#others + .table tbody").concat().contains("is not known yet"));
    }

    fn many_lines_come_in_pages_and_the_total_is_over_all(app: &TestApp) {
        let scene = scene(app);
        let rows: String = (0..130)
            .map(|n| format!("m{n},BULK-{n:03},2026-10-10,D-001,P-1,1,10.00,CNY,invoice\n"))
            .collect();
        sell(app, &rows);
        scene.accrue();
        let id = scene.accrual("T-2", "2026-Q4");
        let clerk = scene.visitor("clerk", "en");
        let first = clerk.get(&format!("/accruals/{id}"));
        let rows = "#counted + .table tbody tr";
        assert_eq!((first.texts(rows).len(), first.texts("#counted + .table tfoot .money")),
            (100, vec!["¥61,300.00".to_owned()]));
        first.assert_has("132 lines · lines 1 to 100 on this page");
        let path = first.link("Further lines");
        let second = clerk.get(path.split('#').next().unwrap());
        assert_eq!((second.texts(rows).len(), second.texts("#counted + .table tfoot .money")),
            (32, vec!["¥61,300.00".to_owned()]));
        clerk.get(&format!("/accruals/{id}?page=99")).assert_status(200).assert_has("BULK-129");

        let page = clerk.get("/transactions?q=bulk");
        assert_eq!(page.texts("tbody tr").len(), 50);
        let mut seen = page.texts("tbody tr th");
        let mut next = page;
        while next.body().contains("rel=\"next\"") {
            next = clerk.get(&next.link("Older"));
            seen.extend(next.texts("tbody tr th"));
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 130);
        let all = csv(&clerk.get("/transactions/file/csv?q=bulk"));
        assert_eq!(all.iter().map(|row| minor(&row["net_amount"])).sum::<i64>(), 130_000);
    }

    fn transactions_say_where_each_line_counts(app: &TestApp) {
        let scene = scene(app);
        let reader = scene.visitor("reader", "en");
        let page = reader.get("/transactions?from=2026-10-06&to=2026-10-06");
        assert_eq!(page.texts("tbody tr").len(), 1);
        page.assert_has("INV-5")
            .assert_has("Counts in Quarterly rebate Q4 2026")
            .assert_has("Not in Tiered rebate (product excluded)");
        assert!(!page.body().contains("Secret"), "another customer's programme");
        assert_eq!(reader.get("/transactions?kind=return").texts("tbody th"), ["RET-1 Return"]);
        assert_eq!(reader.get("/transactions?q=inv-4").texts("tbody th"), ["INV-4"]);
        reader.get("/transactions?q=INV-3").assert_has("No matching lines");
        let wrong = reader.get("/transactions?from=yesterday");
        wrong.assert_status(422).assert_has("“yesterday” is none");
        assert!(!page.body().contains("missing_invoice"), "a viewer can't file");
        let clerk = scene.visitor("clerk", "en").get("/transactions");
        assert_eq!(clerk.link("Report a missing invoice"), "/disputes/new?subject=missing_invoice");
    }

    fn a_programme_shows_its_tiers_and_where_one_stands(app: &TestApp) {
        let scene = scene(app);
        let reader = scene.visitor("reader", "en");
        let list = reader.get("/programmes");
        assert_eq!(list.texts("tbody tr").len(), 2);
        let page = reader.get(&list.link("Tiered rebate"));
        assert_eq!(page.texts("tr.mine"), ["1 ¥50,000.00 1% You are here"]);
        page.assert_has("Q4 2026 rebate = ¥60,000.00 × 1% = ¥600.00")
            .assert_has("Without products P-9")
            .assert_has("HT-7")
            .assert_has("owner@example.com")
            .assert_has("Set off against purchases")
            .assert_has("31 Dec 2026")
            .assert_has("30 Jan 2027");
        let explained = reader.get(&page.link("¥2,400.00"));
        explained.assert_has("Q3 2026 rebate = ¥120,000.00 × 2% = ¥2,400.00");
    }

    fn a_manager_signs_once_and_nobody_else_does(app: &TestApp) {
        let scene = scene(app);
        let path = format!("/programmes/{}", scene.policy("T-2"));
        let action = format!("{path}/signature");
        let boss = scene.visitor("boss", "en");
        let page = boss.get(&path);
        let form = page.form(&action);
        for name in ["reader", "clerk"] {
            let other = scene.visitor(name, "en");
            let page = other.get(&path);
            page.assert_has("waiting to be acknowledged by a manager");
            let mut forged = page.form("/sign-out");
            forged.action.clone_from(&action);
            let forged = forged.with("version", form.value("version").unwrap());
            other.post(&forged).assert_status(404);
        }
        let version = app.read(|conn| policies::by_code(conn, "T-2"));
        let given =
            || app.read(|conn| policies::acknowledgement(conn, &version.id, scene.books.first));
        assert_eq!(given(), None);
        let signed = boss.submit(&form);
        signed.assert_has("Acknowledged by boss").assert_has(&version.terms_hash);
        let first = given().expect("signed");
        boss.submit(&form).assert_has("Acknowledged by boss");
        assert_eq!(given(), Some(first));

        let stale = boss.get(&format!("/programmes/{}", scene.policy("Q-1")));
        let stale = stale.form(&format!("{}/signature", stale.path));
        let changed = crate::support::POLICY.replace("\"5\"", "\"6\"");
        let terms = policies::parse(&changed).unwrap();
        let next = app.write(|tx| policies::publish(tx, &terms, &changed)).version().clone();
        boss.submit(&stale).assert_status(409).assert_has("nothing was acknowledged");
        let page = boss.get(&format!("/programmes/{}", scene.policy("Q-1")));
        let changes = page.texts(".changes li");
        assert!(changes.len() == 1 && changes[0].contains("5% → 6%"), "{changes:?}");
        let given = app.read(|conn| policies::acknowledgement(conn, &next.id, scene.books.first));
        assert_eq!(given, None);
    }

    fn a_payout_says_what_it_is_made_of(app: &TestApp) {
        let scene = scene(app);
        let payout = scene.settled(700_000);
        let clerk = scene.visitor("clerk", "zh-CN");
        let list = clerk.get("/payouts");
        let page = clerk.get(&list.link(&payout.number));
        page.assert_has("人民币柒仟元整").assert_has("B-7").assert_has("杭州恒通贸易有限公司");
        assert_eq!(sum(&page.texts("tbody .money")), 700_000);
        assert_eq!(page.texts("tfoot .money"), ["¥7,000.00"]);
        assert_eq!(
            page.texts(".timeline .tag"),
            ["待审批", "已批准", "已付出", "已到账"]
        );
        clerk.get(&page.link("季度返利")).assert_status(200).assert_has("¥6,000.00");
        app.db.write(&scene.finance, |tx| payouts::return_(tx, &payout.id, "账号已注销")).unwrap();
        clerk.get(&page.path).assert_has("已退回，原因： 账号已注销");
        assert_eq!(clerk.get("/home").texts(".balance .amount"), ["¥600.00", "¥8,400.00", "¥0.00"]);
    }

    fn what_is_somebody_elses_is_not_there(app: &TestApp) {
        let scene = scene(app);
        let payout = scene.settled(100_000);
        let draft = scene.prepared(100_000);
        let stranger = scene.visitor("stranger", "en");
        let own = scene.visitor("boss", "en");
        let accrual = scene.accrual("T-2", "2026-Q4");
        let missing = "0192f0c0000070008000000000000000";
        let (foreign, secret) = (&payout.id, scene.policy("S-3"));
        for (visitor, path, nothing) in [
            (&stranger, format!("/accruals/{accrual}"), format!("/accruals/{missing}")),
            (
                &stranger,
                format!("/accruals/{accrual}/file/csv"),
                format!("/accruals/{missing}/file/csv"),
            ),
            (&stranger, format!("/payouts/{foreign}"), format!("/payouts/{missing}")),
            (&own, format!("/payouts/{}", draft.id), format!("/payouts/{missing}")),
            (&own, format!("/programmes/{secret}"), format!("/programmes/{missing}")),
        ] {
            let (there, not) = (visitor.get(&path), visitor.get(&nothing));
            assert_eq!((there.status, not.status), (404, 404), "{path}");
            assert_eq!(there.text(), not.text(), "{path}");
            assert_eq!(there.bytes.len(), not.bytes.len(), "{path}");
        }
        assert_eq!(stranger.get("/payouts").texts("tbody tr").len(), 0);
        stranger.get("/transactions?q=INV-1").assert_has("No matching lines");
        own.get(&format!("/accruals/{accrual}/file/pdf")).assert_status(404);
        let visitor = scene.site.visitor("en");
        for path in ["/home", "/programmes", "/balances", "/transactions", "/payouts"] {
            visitor.peek(path).assert_status(303);
        }
    }
}
