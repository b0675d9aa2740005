//! Disputes through the front door: filed, argued and decided without JavaScript, with exact
//! money; and once in a real browser.

mod beyond;
mod desk;
mod evidence;
mod filing;
mod next_statement;
mod race;
mod rating;
mod refused;
mod scans;
mod story;
mod uploads;

use std::io::Write;

use openrebate::accruals;
use openrebate::audit;
use openrebate::disputes::{self, Dispute, State};
use openrebate::ledger;
use openrebate::mailbox;
use openrebate::policies;
use openrebate::sales::{self, ImportKind, Incoming, Options, Watch};
use openrebate::statements;
use openrebate::values::{Actor, Currency, CustomerRole, Key, StaffRole};

use crate::support::{
    Browser, PASSWORD, Page, Site, TestApp, Visitor, a_buyer, a_customer, a_member,
};

const POLICY: &str = r#"
code = "Q-2026"
currency = "CNY"
period = "quarter"
from = 2026-01-01
form = "credit_note"
grace_days = 5

[name]
zh-CN = "季度返利"
en = "Quarterly rebate"

[measure]
kind = "amount"

[reward]
tier_mode = "all_units"

[[reward.tiers]]
from = "100000"
percent = "5"
"#;

const SALES: &str = "line_id,document_no,document_date,customer_code,product_code,quantity,\
                     net_amount,currency,kind\n\
                     1,INV-1,2026-07-10,C1,P1,100,70000.00,CNY,invoice\n\
                     2,INV-2,2026-08-11,C1,P1,80,50000.00,CNY,invoice\n";

/// The customer of the stories: 120,000.00 bought in the third quarter, 6,000.00 earned.
struct House {
    site: Site,
    customer: Key,
}

fn house(app: &TestApp) -> House {
    let customer = a_customer(app, "C1", "杭州恒通贸易有限公司");
    a_buyer(app, "buyer", customer, CustomerRole::Finance);
    a_buyer(app, "viewer", customer, CustomerRole::Viewer);
    let other = a_customer(app, "C2", "宁波远航商贸有限公司");
    a_buyer(app, "stranger", other, CustomerRole::Manager);
    a_member(app, "manager", &[StaffRole::AccountManager]);
    a_member(app, "approver", &[StaffRole::Approver]);
    a_member(app, "reviewer", &[StaffRole::AppealsReviewer]);
    a_member(app, "auditor", &[StaffRole::Auditor]);
    let terms = policies::parse(POLICY).unwrap();
    app.write(|tx| policies::publish(tx, &terms, POLICY).map(|_| ()));
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(SALES.as_bytes()).unwrap();
    let incoming = Incoming { kind: ImportKind::Sales, path: file.path(), name: "sales.csv" };
    let options = Options { create_missing: true, ..Options::default() };
    let operator = Actor::operator();
    sales::bring_in(&app.db, &operator, incoming, &options, &mut Watch::default()).unwrap();
    let today = app.db.today();
    accruals::run(&app.db, &operator, today, None).unwrap();
    accruals::close(&app.db, &operator, "2026-Q3".parse().unwrap(), None).unwrap();
    House { site: Site::of(app), customer }
}

impl House {
    fn visitor(&self, name: &str) -> Visitor {
        let visitor = self.site.visitor("zh-CN");
        visitor.sign_in(&format!("{name}@example.com"), PASSWORD).assert_status(200);
        visitor
    }

    fn accrual(&self, app: &TestApp) -> String {
        app.read(|conn| accruals::of_customer(conn, self.customer)).remove(0).id.to_string()
    }

    fn disputes(&self, app: &TestApp) -> Vec<Dispute> {
        app.read(|conn| disputes::of_customer(conn, self.customer, false, 0, 100))
    }

    /// Files a dispute over 1,250.00 on the accrual; its id.
    fn filed(&self, app: &TestApp) -> String {
        let buyer = self.visitor("buyer");
        let page = buyer.get(&format!("/disputes/new?subject=accrual&id={}", self.accrual(app)));
        let form = page.form("/disputes/new").with("category", "wrong_amount");
        let form = form.with("expected", "7,250.00").with("text", "少计一张发票");
        let check = buyer.submit(&form);
        check.assert_status(200);
        let receipt = buyer.submit(&check.form("/disputes"));
        receipt.assert_status(200);
        id_of(&receipt)
    }

    /// Available and reserved.
    #[track_caller]
    fn check(&self, app: &TestApp, available: &str, reserved: &str) {
        let b = app.read(|conn| ledger::balance(conn, self.customer, Currency::CNY));
        let plain = |minor| openrebate::values::Money::new(minor, Currency::CNY).plain();
        let found = (plain(b.available()), plain(b.reserved));
        assert_eq!(found, (available.to_owned(), reserved.to_owned()));
    }
}

fn id_of(page: &Page) -> String {
    page.path.split('/').nth(2).unwrap().to_owned()
}

fn letters(app: &TestApp, kind: &str, id: &str) -> Vec<String> {
    let found = app.read(|conn| mailbox::of_cause(conn, kind, id));
    found.into_iter().map(|letter| letter.to).collect()
}

both! {
    fn a_wrong_number_is_contested_decided_and_put_right_to_the_cent(app: &TestApp) {
        let house = house(app);
        house.check(app, "6000.00", "0.00");
        let buyer = house.visitor("buyer");
        let accrual = house.accrual(app);
        // From the explanation of the number.
        let explanation = buyer.get(&format!("/accruals/{accrual}"));
        explanation.assert_status(200);
        let page = buyer.get(&explanation.form("/disputes/new").as_query());
        page.assert_status(200).assert_has("季度返利 · 2026年第3季度").assert_has("¥6,000.00");
        let wrong = buyer.submit(&page.form("/disputes/new").with("text", "少计一张发票"));
        wrong.assert_status(422).assert_has("请选择问题类型。").assert_has("少计一张发票");
        let form = wrong.form("/disputes/new").with("category", "missing_invoice")
            .with("expected", "7250")
            .with_file("files", "发票 9.pdf", b"%PDF-1.7\n1 0 obj\n");
        let check = buyer.submit(&form);
        check.assert_status(200).assert_has("缺少发票").assert_has("¥1,250.00");
        check.assert_has("发票 9.pdf (1 KB)");
        assert!(house.disputes(app).is_empty(), "nothing is filed before it was checked");
        let receipt = buyer.submit(&check.form("/disputes"));
        receipt.assert_status(200).assert_has("ZY-2026-10-000001").assert_has("2026年10月19日（周一）");
        let id = id_of(&receipt);
        buyer.get(&receipt.path).assert_status(200).assert_has("ZY-2026-10-000001");
        house.check(app, "4750.00", "1250.00");
        assert_eq!(letters(app, "dispute_received", &id), ["buyer@example.com"]);
        assert_eq!(letters(app, "staff_new_dispute", &id), ["manager@example.com"]);
        let filed = house.disputes(app).remove(0);
        assert_eq!((filed.disputed, filed.expected), (125_000, Some(725_000)));
        let frozen = filed.facts.to_string();
        for fact in ["\"shown\":\"6000.00\"", "120,000.00", "Q-2026", "terms-hash"] {
            assert!(frozen.contains(fact), "{fact} isn't frozen: {frozen}");
        }

        // The account manager takes it and decides.
        let manager = house.visitor("manager");
        let queue = manager.get("/staff/disputes");
        queue.assert_has("ZY-2026-10-000001").assert_has("杭州恒通贸易有限公司");
        let work = manager.get(&queue.link("ZY-2026-10-000001"));
        work.assert_status(200).assert_has("少计一张发票").assert_has("¥1,250.00");
        let assignment = format!("/staff/disputes/{id}/assignment");
        let work = manager.submit(&work.form(&assignment));
        work.assert_status(200).assert_has("审理中");
        let decision = format!("/staff/disputes/{id}/decision");
        let form = work.form(&decision).with("outcome", "accepted").with("granted", "1,250.00");
        let again = manager.submit(&form);
        again.assert_status(422).assert_has("请填写理由");
        house.check(app, "4750.00", "1250.00");
        let done = manager.submit(&again.form(&decision).with("reason", "核对发票后更正"));
        done.assert_status(200).assert_has("已裁定").assert_has("核对发票后更正");
        house.check(app, "7250.00", "0.00");
        assert_eq!(letters(app, "dispute_decided", &id), ["buyer@example.com"]);

        // The customer reads it and is content.
        let shown = buyer.get(&format!("/disputes/{id}"));
        shown.assert_has("全部支持").assert_has("¥1,250.00").assert_has("核对发票后更正");
        let closed = buyer.submit(&shown.form(&format!("/disputes/{id}/acceptance")));
        closed.assert_status(200).assert_has("已关闭").assert_has("您已接受裁定");
        house.check(app, "7250.00", "0.00");
    }

    fn a_twice_posted_dispute_is_filed_once(app: &TestApp) {
        let house = house(app);
        let buyer = house.visitor("buyer");
        let page = buyer.get("/disputes/new?subject=free");
        let form = page.form("/disputes/new").with("category", "other").with("text", "请核对")
            .with_file("files", "a.txt", "说明".as_bytes());
        let form = buyer.submit(&form).form("/disputes");
        let (first, second) = (buyer.submit(&form), buyer.submit(&form));
        first.assert_status(200);
        assert_eq!((second.status, &second.path), (200, &first.path));
        let filed = house.disputes(app);
        assert_eq!(filed.len(), 1);
        assert_eq!(app.read(|conn| disputes::files(conn, &filed[0].id)).len(), 1);
    }

    fn a_statement_is_contested_with_its_dispute(app: &TestApp) {
        let house = house(app);
        let issued = statements::issue(
            &app.db, &Actor::operator(), "2026-Q3".parse().unwrap(), None, 5,
            &disputes::open_on_statement,
        );
        let number = issued.unwrap().issued.len();
        assert_eq!(number, 1);
        let statement = app.read(|conn| statements::of_customer(conn, house.customer)).remove(0);
        let buyer = house.visitor("buyer");
        let paper = buyer.get(&format!("/statements/{}", statement.id));
        let page = buyer.get(&paper.link("提出差异"));
        page.assert_has(&statement.number).assert_has(&statement.content_hash);
        let form = page.form("/disputes/new").with("category", "wrong_amount");
        let check = buyer.submit(&form.with("disputed", "100").with("text", "期末不符"));
        buyer.submit(&check.form("/disputes")).assert_status(200);
        let after = app.read(|conn| statements::of_customer(conn, house.customer)).remove(0);
        assert_eq!(after.state, statements::State::Disputed);
        house.check(app, "5900.00", "100.00");
    }

    fn a_question_is_answered_with_a_file_that_staff_read_on_record(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let (buyer, manager) = (house.visitor("buyer"), house.visitor("manager"));
        let replies = format!("/staff/disputes/{id}/replies");
        let page = manager.get(&format!("/staff/disputes/{id}"));
        let mut form = page.form(&replies).with("reply", "请提供发票扫描件");
        form.action = format!("/staff/disputes/{id}/questions");
        manager.submit(&form).assert_status(200).assert_has("等待客户补充");
        let page = buyer.get(&format!("/disputes/{id}"));
        page.assert_has("请答复以下问题").assert_has("请提供发票扫描件");
        page.assert_has("等待贵公司回复").assert_has("请贵公司补充");
        assert!(!page.texts("main").concat().contains("等待客户补充"));
        let messages = format!("/disputes/{id}/messages");
        let bytes = b"%PDF-1.7\nscan";
        let form = page.form(&messages).with("text", "见附件\n第二行")
            .with_file("files", "扫描.pdf", bytes);
        buyer.submit(&form).assert_status(200).assert_has("审理中");
        let page = manager.get(&format!("/staff/disputes/{id}"));
        page.assert_has("见附件");
        let file = manager.get(&page.link("扫描.pdf (1 KB)"));
        assert_eq!(file.bytes, bytes);
        assert_eq!(file.header("x-content-type-options").as_deref(), Some("nosniff"));
        let policy = file.header("content-security-policy").unwrap();
        assert!(policy.contains("sandbox"), "{policy}");
        let disposition = file.header("content-disposition").unwrap();
        assert!(disposition.starts_with("attachment"), "{disposition}");
        let events = app.read(|conn| audit::of_object(conn, "dispute", &id));
        assert_eq!(events.iter().filter(|e| e.action == "dispute.file_read").count(), 1);
        let page = buyer.get(&format!("/disputes/{id}"));
        let own = page.link("扫描.pdf (1 KB)");
        assert_eq!(buyer.get(&own).bytes, bytes);
        house.visitor("stranger").get(&own).assert_status(404);
    }

    fn an_internal_note_never_reaches_the_customer(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let manager = house.visitor("manager");
        let page = manager.get(&format!("/staff/disputes/{id}"));
        let form = page.form(&format!("/staff/disputes/{id}/notes")).with("note", "系统漏导");
        let page = manager.submit(&form);
        page.assert_status(200).assert_has("系统漏导");
        assert_eq!(page.texts(".timeline .internal"), ["内部备注，客户永远看不到 系统漏导"]);
        for name in ["buyer", "viewer"] {
            let page = house.visitor(name).get(&format!("/disputes/{id}"));
            page.assert_status(200);
            assert!(!page.body().contains("系统漏导"));
        }
    }

    fn above_the_limit_another_person_approves_what_they_see(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let (manager, approver) = (house.visitor("manager"), house.visitor("approver"));
        let path = format!("/staff/disputes/{id}");
        let page = manager.get(&path);
        let page = manager.submit(&page.form(&format!("{path}/assignment")));
        let form = page.form(&format!("{path}/decision")).with("outcome", "accepted");
        let form = form.with("granted", "5000.01").with("beyond", "500001");
        let page = manager.submit(&form.with("reason", "按合同补计"));
        page.assert_status(200).assert_has("待审批").assert_has("须由提出人以外的审批人批准");
        house.check(app, "4750.00", "1250.00");
        let buyer = house.visitor("buyer").get(&format!("/disputes/{id}"));
        buyer.assert_has("审理中");
        assert!(!buyer.body().contains("按合同补计"));
        let queue = approver.get("/staff/disputes?view=approvals");
        let page = approver.get(&queue.link("ZY-2026-10-000001"));
        page.assert_has("¥5,000.01").assert_has("按合同补计");
        let back = page.form(&format!("{path}/decision-return"));
        approver.submit(&back).assert_status(422).assert_has("请填写退回原因");
        let done = approver.submit(&page.form(&format!("{path}/decision-approval")));
        done.assert_status(200).assert_has("裁定已批准并生效");
        house.check(app, "11000.01", "0.00");
    }

    fn an_appeal_goes_to_somebody_else(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let path = format!("/staff/disputes/{id}");
        let manager = house.visitor("manager");
        let page = manager.get(&path);
        let page = manager.submit(&page.form(&format!("{path}/assignment")));
        let form = page.form(&format!("{path}/decision")).with("outcome", "rejected");
        manager.submit(&form.with("reason", "发票日期不在期间内")).assert_status(200);
        house.check(app, "6000.00", "0.00");
        let buyer = house.visitor("buyer");
        let page = buyer.get(&format!("/disputes/{id}"));
        page.assert_has("不支持").assert_has("另一位人员复核");
        let form = page.form(&format!("/disputes/{id}/appeal"));
        let page = buyer.submit(&form.clone().with("appeal", " "));
        page.assert_status(422).assert_has("请填写申诉理由");
        let page = buyer.submit(&page.form(&form.action).with("appeal", "发票为9月30日"));
        page.assert_status(200).assert_has("已申诉");
        assert_eq!(letters(app, "appeal_received", &id), ["buyer@example.com"]);
        house.check(app, "4750.00", "1250.00");
        let mine = manager.get(&path);
        let labels = mine.texts("button");
        assert!(!labels.iter().any(|label| label == "由我受理"), "{labels:?}");
        let mut forced = mine.form(&format!("{path}/notes")).without("note");
        forced.action = format!("{path}/appeal-review");
        manager.post(&forced).assert_status(409);
        let reviewer = house.visitor("reviewer");
        let page = reviewer.get(&reviewer.get("/staff/disputes?view=appeals").link("ZY-2026-10-000001"));
        let page = reviewer.submit(&page.form(&format!("{path}/appeal-review")));
        page.assert_status(200).assert_has("申诉复核中");
        let form = page.form(&format!("{path}/appeal-decision")).with("outcome", "partly");
        let form = form.with("granted", "800.00").with("reason", "按签收日计入");
        reviewer.submit(&form).assert_status(200).assert_has("申诉已裁定");
        house.check(app, "6800.00", "0.00");
        assert_eq!(letters(app, "appeal_decided", &id), ["buyer@example.com"]);
        let page = buyer.get(&format!("/disputes/{id}"));
        page.assert_has("申诉裁定（最终）").assert_has("¥800.00").assert_has("reviewer");
    }

    fn the_queue_counts_searches_and_turns_pages(app: &TestApp) {
        let house = house(app);
        let buyer = house.visitor("buyer");
        let form = buyer.get("/disputes/new?subject=free").form("/disputes/new");
        let form = form.with("category", "other").with("text", "请核对");
        for _ in 0..26 {
            let check = buyer.submit(&form);
            buyer.submit(&check.form("/disputes")).assert_status(200);
        }
        let manager = house.visitor("manager");
        let first = manager.get("/staff/disputes");
        first.assert_has("待我处理 26").assert_has("未分派 0");
        let rows = |page: &Page| page.texts("tbody tr").len();
        assert_eq!(rows(&first), 25);
        let second = manager.get(&first.link("下一页"));
        assert_eq!(rows(&second), 1);
        assert_eq!(rows(&manager.get("/staff/disputes?view=all&q=000007")), 1);
        assert_eq!(rows(&manager.get("/staff/disputes?view=all&q=%E6%81%92%E9%80%9A")), 25);
        assert_eq!(rows(&manager.get("/staff/disputes?view=all&q=100%25")), 0);
        app.wait(chrono::TimeDelta::days(30));
        let late = house.visitor("manager").get("/staff/disputes?view=breach");
        late.assert_has("即将或已经超时 26").assert_has("已超时");
        assert_eq!(rows(&house.visitor("buyer").get("/disputes")), 25);
    }

    fn people_file_and_decide_in_a_real_browser(app: &TestApp) {
        let house = house(app);
        let browser = Browser::open(360, 800, "en");
        let url = |path: &str| format!("{}{path}", house.site.url);
        let start = format!("/disputes/new?subject=accrual&id={}", house.accrual(app));
        browser.goto(&url(&start));
        browser.fill("email", "buyer@example.com");
        browser.fill("password", PASSWORD);
        browser.click("Sign in");
        assert_eq!(browser.url(), url(&start));
        browser.run("document.getElementById('category-wrong_amount').click()");
        browser.fill("expected", "7250.00");
        browser.fill("text", "An invoice is missing.\nPlease look.");
        browser.click("Continue");
        assert!(browser.text("main").contains("¥1,250.00"), "{}", browser.text("main"));
        browser.click("Change something");
        browser.click("Continue");
        browser.click("File the dispute");
        assert!(browser.text("h1").contains("ZY-2026-10-000001"), "{}", browser.text("h1"));
        let overflow = "return document.documentElement.scrollWidth - window.innerWidth";
        assert_eq!(browser.run(overflow), 0, "the receipt scrolls sideways");
        browser.click("Open the dispute");
        assert_eq!(browser.run(overflow), 0, "the dispute scrolls sideways");
        browser.open_menu();
        browser.click("Sign out");

        let id = house.disputes(app).remove(0).id;
        let staff = Browser::open(1280, 900, "en");
        staff.goto(&url("/staff/disputes"));
        staff.fill("email", "manager@example.com");
        staff.fill("password", PASSWORD);
        staff.click("Sign in");
        staff.click("ZY-2026-10-000001");
        assert_eq!(staff.url(), url(&format!("/staff/disputes/{id}")));
        staff.click("Take it");
        staff.run("document.getElementById('outcome-accepted').click()");
        staff.fill("granted", "1250.00");
        staff.fill("reason", "The invoice was missing from our books.");
        staff.click("Submit the decision");
        assert!(staff.text("main").contains("Granted ¥1,250.00"), "{}", staff.text("main"));
        house.check(app, "7250.00", "0.00");
        let filed = house.disputes(app).remove(0);
        assert_eq!(filed.state, State::Decided);
        assert_eq!(filed.text, "An invoice is missing.\nPlease look.");
    }
}
