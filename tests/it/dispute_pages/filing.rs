//! Filing: from any number, through a draft that a lost session doesn't take along; what is frozen
//! is whole and stays as it was.

use chrono::TimeDelta;
use openrebate::accruals;
use openrebate::disputes::SubjectKind;
use openrebate::payouts::{self, NewPayout};
use openrebate::policies;
use openrebate::sales;
use openrebate::statements;
use openrebate::values::{Actor, Currency, CustomerRole, StaffRole};

use super::{House, POLICY, house, id_of};
use crate::support::{Engine, Form, Page, TestApp, Visitor, a_buyer, a_member, sell};

/// The draft's id on a page of its form.
fn draft(page: &Page) -> String {
    page.form("/disputes/new").value("draft").unwrap().to_owned()
}

fn started(house: &House, app: &TestApp, buyer: &Visitor) -> Form {
    let page = buyer.get(&format!("/disputes/new?subject=accrual&id={}", house.accrual(app)));
    page.form("/disputes/new").with("category", "wrong_amount")
}

/// A statement and a payout that was sent.
fn statement_and_payout(house: &House, app: &TestApp) -> (String, String) {
    let month = "2026-Q3".parse().unwrap();
    let by = Actor::operator();
    let open = openrebate::disputes::open_on_statement;
    statements::issue(&app.db, &by, month, None, 10, &open).unwrap();
    let statement = app.read(|conn| statements::of_customer(conn, house.customer)).remove(0);
    let finance = a_member(app, "finance", &[StaffRole::Finance]);
    let approver = app.read(|conn| openrebate::people::by_email(conn, "approver@example.com"));
    let approver = approver.actor(None, None);
    let new = NewPayout {
        customer: house.customer,
        currency: Currency::CNY,
        form: payouts::Form::CreditNote,
        amount: Some(100_000),
        note: None,
    };
    let payout = app.db.write(&finance, |tx| payouts::prepare(tx, new.clone())).unwrap();
    app.db.write(&finance, |tx| payouts::submit(tx, &payout.id)).unwrap();
    let hash = &payout.content_hash;
    app.db.write(&approver, |tx| payouts::approve(tx, &payout.id, hash)).unwrap();
    (statement.id.to_string(), payout.id.to_string())
}

both! {
    fn a_draft_survives_signing_out_and_is_its_authors_alone(app: &TestApp) {
        let house = house(app);
        a_buyer(app, "colleague", house.customer, CustomerRole::Manager);
        let buyer = house.visitor("buyer");
        let accrual = house.accrual(app);
        let explained = buyer.get(&format!("/accruals/{accrual}"));
        let line = explained.attribute("input.tick", "value");
        let start = explained.form("/disputes/new").and("line[]", &line).as_query();
        let page = buyer.get(&start);
        let form = page.form("/disputes/new").with("category", "wrong_amount")
            .with("expected", "7,250").with("text", "少计一张发票\n第二行")
            .with_file("files", "发票.pdf", b"%PDF-1.7\n1 0 obj\n");
        assert_eq!(form.value("line[]"), Some(line.as_str()));
        let check = buyer.submit(&form);
        check.assert_status(200).assert_has("¥1,250.00").assert_has("发票.pdf (1 KB)");
        let list = buyer.get("/disputes");
        list.assert_has("未提交的草稿").assert_has("返利 · 少计一张发票").assert_has("1 个文件");
        buyer.submit(&list.form("/sign-out")).assert_status(200);
        buyer.get("/disputes").assert_has("登录");

        let again = house.visitor("buyer");
        let page = again.get(&again.get("/disputes").link("返利 · 少计一张发票"));
        let form = page.form("/disputes/new");
        assert_eq!(form.value("text"), Some("少计一张发票\n第二行"));
        assert_eq!(form.value("expected"), Some("7,250"));
        assert_eq!(form.value("category"), Some("wrong_amount"));
        assert_eq!(form.value("line[]"), Some(line.as_str()));
        page.assert_has("移除 发票.pdf");
        let path = format!("/disputes/drafts/{}", draft(&page));
        for name in ["colleague", "stranger", "viewer"] {
            let other = house.visitor(name);
            other.get(&path).assert_status(404);
            other.get(&format!("{path}/check")).assert_status(404);
            assert!(!other.get("/disputes").text().contains("少计一张发票"));
        }
        let theirs = house.visitor("colleague").get("/disputes/new?subject=free");
        let stolen = theirs.form("/disputes/new").with("draft", &draft(&page));
        let stolen = stolen.with("category", "other").with("text", "?");
        let colleague = house.visitor("colleague");
        let token = colleague.get("/disputes").form("/sign-out");
        let token = token.value("token").unwrap();
        colleague.post(&stolen.with("token", token)).assert_status(404);

        let check = again.get(&format!("{path}/check"));
        let receipt = again.submit(&check.form("/disputes"));
        receipt.assert_status(200).assert_has("ZY-2026-10-000001").assert_has("1 个文件");
        again.get(&path).assert_status(404);
        assert!(!again.get("/disputes").text().contains("未提交的草稿"));
        let dispute = again.get(&format!("/disputes/{}", id_of(&receipt)));
        dispute.assert_has("有异议").assert_has("INV-1");
        assert_eq!(again.get(&dispute.link("发票.pdf (1 KB)")).bytes, b"%PDF-1.7\n1 0 obj\n");
        assert_eq!(std::fs::read_dir(app.config.files.join("drafts")).unwrap().flatten()
            .flat_map(|folder| std::fs::read_dir(folder.path()).unwrap()).count(), 0);
    }

    fn what_is_wrong_is_kept_too_and_a_draft_can_be_put_aside_and_removed(app: &TestApp) {
        let house = house(app);
        let buyer = house.visitor("buyer");
        let form = started(&house, app, &buyer).with("expected", "七千").with("text", "先记下");
        let wrong = buyer.submit(&form.clone().without("category").with_file("files", "a.txt", b"a"));
        wrong.assert_status(422).assert_has("请选择问题类型").assert_has("移除 a.txt");
        let list = buyer.get("/disputes");
        list.assert_has("先记下").assert_has("1 个文件");
        // Saving asks for nothing; the same file again isn't a second one.
        let saved = wrong.form("/disputes/new").with("step", "save").with_file("files", "a.txt", b"a");
        let list = buyer.submit(&saved);
        list.assert_status(200).assert_has("草稿已保存").assert_has("1 个文件");
        let path = format!("/disputes/drafts/{}", draft(&wrong));
        let check = buyer.get(&format!("{path}/check"));
        check.assert_status(422).assert_has("请选择问题类型");
        assert_eq!(check.form("/disputes/new").value("expected"), Some("七千"));
        let list = buyer.submit(&list.form(&format!("{path}/removal")));
        list.assert_status(200).assert_has("草稿已删除");
        buyer.get(&path).assert_status(404);
        assert!(house.disputes(app).is_empty());
        let files = std::fs::read_dir(app.config.files.join("drafts")).unwrap().flatten();
        assert_eq!(files.flat_map(|f| std::fs::read_dir(f.path()).unwrap()).count(), 0);
        // As many as are kept, and one more.
        for _ in 0..20 {
            let form = started(&house, app, &buyer).with("text", "一").with("step", "save");
            buyer.submit(&form).assert_status(200);
        }
        let form = started(&house, app, &buyer).with("text", "多出的一份").with("step", "save");
        let full = buyer.submit(&form);
        full.assert_status(422).assert_has("最多保存 20 份草稿").assert_has("多出的一份");
    }

    fn what_is_typed_when_the_session_has_ended_is_sent_after_signing_in(app: &TestApp) {
        let house = house(app);
        let buyer = house.visitor("buyer");
        let form = started(&house, app, &buyer).with("text", "写了很久的说明\n<第二行>&\"");
        let form = form.with_file("files", "a.txt", b"a");
        app.wait(TimeDelta::hours(2));
        let page = buyer.submit(&form);
        page.assert_status(401).assert_has("您的登录已失效");
        let wrong = page.form("/sign-in").with("email", "buyer@example.com").with("password", "no");
        let page = buyer.submit(&wrong);
        page.assert_status(422);
        let right = page.form("/sign-in").with("password", crate::support::PASSWORD);
        let resumed = buyer.submit(&right);
        resumed.assert_status(200).assert_has("写了很久的说明").assert_has("附件没有保留");
        let check = buyer.submit(&resumed.form("/disputes/new"));
        check.assert_status(200).assert_has("写了很久的说明").assert_has("确认提交");
        buyer.submit(&check.form("/disputes")).assert_status(200);
        assert_eq!(house.disputes(app)[0].text, "写了很久的说明\n<第二行>&\"");
        // A message too; what decides something isn't carried, and strange forms aren't either.
        let id = house.disputes(app)[0].id.to_string();
        let dispute = buyer.get(&format!("/disputes/{id}"));
        let message = dispute.form(&format!("/disputes/{id}/messages")).with("text", "补充说明");
        let withdrawal = dispute.form(&format!("/disputes/{id}/withdrawal"));
        app.wait(TimeDelta::hours(2));
        assert_eq!(buyer.post(&withdrawal).status, 303);
        assert_eq!(buyer.post(&message.clone().with("token", "x")).status, 303);
        let page = buyer.submit(&message);
        page.assert_status(401);
        let form = page.form("/sign-in").with("email", "buyer@example.com");
        let resumed = buyer.submit(&form.with("password", crate::support::PASSWORD));
        let sent = buyer.submit(&resumed.form(&format!("/disputes/{id}/messages")));
        sent.assert_status(200).assert_has("补充说明");
        // Forged, it leads to the start page like any sign-in.
        let other = house.site.visitor("zh-CN");
        let form = other.get("/sign-in").form("/sign-in").with("email", "buyer@example.com");
        let form = form.with("password", crate::support::PASSWORD);
        let forged = r#"{"action":"/staff/payouts/1/approval","multipart":false,"files":false,"fields":[]}"#;
        other.submit(&form.with("carried", forged)).assert_status(200).assert_has("可用");
    }

    fn the_check_page_files_what_it_shows_and_nothing_else(app: &TestApp) {
        let house = house(app);
        let buyer = house.visitor("buyer");
        let form = started(&house, app, &buyer).with("expected", "7000").with("text", "第一稿");
        let check = buyer.submit(&form);
        // Changed in another tab.
        buyer.submit(&form.clone().with("text", "第二稿")).assert_status(200);
        let stale = buyer.submit(&check.form("/disputes"));
        stale.assert_status(409).assert_has("请按最新内容再核对一次").assert_has("第二稿");
        // New sales come in, and the number is another one.
        sell(app, "9,INV-9,2026-09-30,C1,P1,10,10000.00,CNY,invoice\n");
        accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
        let stale = buyer.submit(&stale.form("/disputes"));
        stale.assert_status(409).assert_has("请按最新内容再核对一次").assert_has("¥6,500.00");
        let receipt = buyer.submit(&stale.form("/disputes"));
        receipt.assert_status(200);
        let filed = house.disputes(app);
        assert_eq!((filed.len(), filed[0].text.as_str(), filed[0].disputed), (1, "第二稿", 50_000));
        // The same button twice, and back to the page after.
        let again = buyer.submit(&stale.form("/disputes"));
        assert_eq!((again.status, &again.path), (200, &receipt.path));
        assert_eq!(house.disputes(app).len(), 1);
    }

    fn drafts_go_after_a_month(app: &TestApp) {
        let house = house(app);
        let buyer = house.visitor("buyer");
        let form = started(&house, app, &buyer).with("text", "旧").with("step", "save");
        buyer.submit(&form.with_file("files", "a.txt", b"a")).assert_status(200);
        let schedule = Actor::system("housekeeping");
        let sweep = || app.db.write(&schedule, |tx| openrebate::disputes::sweep_drafts(tx, 10)).unwrap();
        app.wait(TimeDelta::days(29));
        assert_eq!(sweep(), 0);
        let buyer = house.visitor("buyer");
        let page = buyer.get(&buyer.get("/disputes").link("返利 · 旧"));
        buyer.submit(&page.form("/disputes/new").with("step", "save")).assert_status(200);
        app.wait(TimeDelta::days(29));
        assert_eq!(sweep(), 0, "it was touched since");
        app.wait(TimeDelta::days(2));
        assert_eq!(sweep(), 1);
        assert!(!house.visitor("buyer").get("/disputes").text().contains("旧"));
        let events = app.read(|conn| openrebate::audit::latest(conn, None, 200));
        let of = |action: &str| events.iter().filter(|e| e.action == action).count();
        assert_eq!((of("dispute_draft.saved"), of("dispute_draft.expired")), (2, 1));
        let leaks = events.iter().any(|e| e.reason.as_deref().is_some_and(|r| r.contains('旧')));
        assert!(!leaks, "the audit log doesn't keep what was typed");
    }

    fn every_number_can_be_contested_from_where_it_stands(app: &TestApp) {
        let house = house(app);
        let (statement, payout) = statement_and_payout(&house, app);
        let buyer = house.visitor("buyer");
        let policy = app.read(|conn| policies::by_code(conn, "Q-2026")).policy_id;
        let link = |page: &Page, with: &str| {
            let found = page.body();
            let at = found.find(&with.replace('&', "&amp;")).unwrap_or_else(|| panic!("no {with}"));
            let rest = &found[at..];
            rest[..rest.find('"').unwrap()].replace("&amp;", "&")
        };
        let balances = buyer.get("/balances");
        let mut starts: Vec<(String, &str)> = [
            ("estimated/CNY", "预计返利（CNY）"),
            ("available/CNY", "可用返利（CNY）"),
            ("on_hold/CNY", "冻结返利（CNY）"),
            ("paid/CNY/2026", "2026 年已兑付返利（CNY）"),
        ]
        .iter()
        .map(|(id, said)| (link(&balances, &format!("/disputes/new?subject=balance&id={id}")), *said))
        .collect();
        let lines = buyer.get("/transactions");
        starts.push((link(&lines, "/disputes/new?subject=line&id="), "单据"));
        let programme = buyer.get(&format!("/programmes/{policy}"));
        starts.push((link(&programme, "/disputes/new?subject=programme&id="), "返利政策“季度返利”"));
        let payout = buyer.get(&format!("/payouts/{payout}"));
        starts.push((link(&payout, "/disputes/new?subject=payout&id="), "兑付单"));
        starts.push((link(&lines, "/disputes/new?subject=missing_invoice"), "缺少的发票"));
        let paper = buyer.get(&format!("/statements/{statement}"));
        let ticked = paper.form("/disputes/new").and("line[]", "accrual/0");
        starts.push((ticked.as_query(), "对账单"));
        for (start, said) in starts {
            let page = buyer.get(&start);
            page.assert_status(200).assert_has(said);
            let form = page.form("/disputes/new").with("category", "other").with("text", "请核对");
            let form = form.with("document", "INV-77");
            let check = buyer.submit(&form);
            check.assert_status(200).assert_has(said);
            let receipt = buyer.submit(&check.form("/disputes"));
            receipt.assert_status(200);
            let dispute = buyer.get(&format!("/disputes/{}", id_of(&receipt)));
            dispute.assert_status(200).assert_has("请核对");
        }
        let filed = house.disputes(app);
        let kinds: std::collections::BTreeSet<_> = filed.iter().map(|d| d.subject.kind).collect();
        let all = [
            SubjectKind::Balance,
            SubjectKind::Line,
            SubjectKind::Programme,
            SubjectKind::Payout,
            SubjectKind::MissingInvoice,
            SubjectKind::Statement,
        ];
        assert!(all.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
        // What isn't there can't be contested.
        for nothing in [
            "subject=balance&id=available/USD",
            "subject=balance&id=paid/CNY",
            "subject=balance&id=other/CNY",
            "subject=balance&id=available",
            "subject=programme&id=x",
            "subject=line&id=x",
            &format!("subject=statement&id={statement}&line[]=accrual/99"),
            &format!("subject=accrual&id={}&line[]=line/999999", house.accrual(app)),
        ] {
            buyer.get(&format!("/disputes/new?{nothing}")).assert_status(404);
        }
        buyer.get("/disputes/new?subject=free&id=&id=").assert_status(400);
        buyer.get("/disputes/new?subject=free&other=1").assert_status(400);
    }

    fn rows_to_choose_say_what_they_are_and_are_what_is_contested(app: &TestApp) {
        let house = house(app);
        let buyer = house.visitor("buyer");
        let offered = |asked: &str| {
            let page = buyer.get(&format!("/disputes/new?subject={asked}"));
            page.assert_status(200).texts("input[name='line[]'] + label")
        };
        // What the account is made of is no line of an invoice that is missing, or of anything else.
        for asked in ["missing_invoice", "missing_invoice&id=INV-99", "free"] {
            assert_eq!(offered(asked), [""; 0], "{asked}");
        }
        let known = offered("missing_invoice&id=INV-1");
        assert_eq!(known.len(), 1);
        assert!(known[0].starts_with("2026年7月10日 · INV-1 · P1"), "{known:?}");
        assert!(known[0].ends_with(" · 数量 100 · 净额 ¥70,000.00"), "{known:?}");
        assert_eq!(offered(&format!("accrual&id={}", house.accrual(app))).len(), 2);
        assert!(!offered("balance&id=available/CNY").is_empty());

        // Whoever names no amount is told that nothing is held, before and after.
        let form = buyer.get("/disputes/new?subject=free").form("/disputes/new");
        let form = form.with("category", "other").with("text", "请核对");
        let check = buyer.submit(&form);
        check.assert_status(200).assert_has("没有填写争议金额，提交后不冻结返利。");
        check.assert_has("争议金额 —");
        let receipt = buyer.submit(&check.form("/disputes"));
        receipt.assert_status(200).assert_has("每一步进展都会以邮件通知您。");
        assert!(!receipt.text().contains("冻结"), "{}", receipt.text());
    }

    fn what_was_frozen_is_whole_and_stays_as_it_was(app: &TestApp) {
        let house = house(app);
        let (statement, payout) = statement_and_payout(&house, app);
        let accrual = house.accrual(app);
        let policy = app.read(|conn| policies::by_code(conn, "Q-2026")).policy_id;
        let line = app.read(|conn| {
            sales::lines_of(conn, house.customer, "2026-07-01".parse().unwrap(), app.db.today())
        })[0].key;
        let buyer = house.visitor("buyer");
        // What each kind must have frozen, as the customer reads it.
        let kinds: [(String, &[&str]); 9] = [
            (format!("accrual&id={accrual}"), &[
                "¥6,000.00", "Q-2026 季度返利 · 第 1 版", "INV-1", "INV-2", "¥70,000.00", "计入",
                "政策条款全文", "入账记录", "2026年第3季度",
            ]),
            (format!("statement&id={statement}"), &["期末余额", "¥6,000.00", "对账单：返利明细", "季度返利"]),
            (format!("payout&id={payout}"), &["¥1,000.00", "已批准", "兑付单组成", "2026年第3季度"]),
            (format!("line&id={line}"), &["INV-1", "¥70,000.00", "适用的政策", "Q-2026 季度返利", "计入"]),
            ("balance&id=available/CNY".to_owned(), &["¥5,000.00", "余额来源", "季度返利", "¥6,000.00"]),
            (format!("programme&id={policy}"), &["Q-2026 季度返利 · 第 1 版", "政策条款全文", "各期返利", "¥6,000.00"]),
            ("missing_invoice&id=INV-99".to_owned(), &["INV-99", "系统中该单据的明细行数", "余额来源"]),
            ("missing_invoice&id=INV-1".to_owned(), &["INV-1", "¥70,000.00"]),
            ("free".to_owned(), &["可用返利", "¥5,000.00", "销售数据截至"]),
        ];
        let mut filed = Vec::new();
        for (start, facts) in &kinds {
            let page = buyer.get(&format!("/disputes/new?subject={start}"));
            let form = page.form("/disputes/new").with("category", "other").with("text", "请核对");
            let check = buyer.submit(&form);
            let receipt = buyer.submit(&check.form("/disputes"));
            let path = format!("/disputes/{}", id_of(&receipt));
            let about = about(&buyer, &path);
            for fact in *facts {
                assert!(about.contains(fact), "{start} lacks {fact}:\n{about}");
            }
            filed.push((start, path, about));
        }
        let manager = house.visitor("manager");
        let english = |path: &str| {
            let page = house.site.visitor("en");
            page.sign_in("viewer@example.com", crate::support::PASSWORD);
            about(&page, path)
        };
        let before: Vec<_> = filed
            .iter()
            .map(|(_, path, _)| (about(&manager, &format!("/staff{path}")), english(path)))
            .collect();
        // New lines, another version, a recomputed number, a payout that arrived.
        sell(app, "9,INV-99,2026-09-30,C1,P1,10,10000.00,CNY,invoice\n\
                   10,INV-1,2026-10-02,C1,P1,-1,-100.00,CNY,return\n");
        let amended = POLICY.replace("\"5\"", "\"9\"").replace("from = 2026-01-01", "from = 2026-07-01")
            .replace("季度返利", "季度返利（修订）");
        let terms = policies::parse(&amended).unwrap();
        app.write(|tx| policies::publish(tx, &terms, &amended).map(|_| ()));
        accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
        let finance = app.read(|conn| openrebate::people::by_email(conn, "finance@example.com"));
        let (finance, today) = (finance.actor(None, None), app.db.today());
        let paid = openrebate::values::PayoutId::from_text(&payout);
        app.db.write(&finance, |tx| payouts::mark_sent(tx, &paid, today, None)).unwrap();
        app.db.write(&finance, |tx| payouts::settle(tx, &paid, today, None)).unwrap();
        let now = app.read(|conn| accruals::of_customer(conn, house.customer)).remove(0);
        assert_ne!(now.rebate_minor, 600_000, "the number itself did change");
        for ((start, path, about_then), (staff, english_then)) in filed.iter().zip(&before) {
            assert_eq!(about(&buyer, path), *about_then, "{start}");
            assert_eq!(about(&manager, &format!("/staff{path}")), *staff, "{start} for staff");
            assert_eq!(english(path), *english_then, "{start} in English");
        }
        assert_eq!(app.read(openrebate::disputes::verify), Vec::<String>::new());
        // Tampered with, `verify` says so; the database itself refuses it.
        let id = filed[0].1.rsplit('/').next().unwrap();
        for statement in [
            format!("UPDATE dispute_facts SET tables = '[]' WHERE dispute_id = '{id}'"),
            format!("DELETE FROM dispute_facts WHERE dispute_id = '{id}'"),
            format!("UPDATE disputes SET facts = '{{}}' WHERE id = '{id}'"),
            format!("UPDATE disputes SET text = 'x' WHERE id = '{id}'"),
            format!("UPDATE disputes SET disputed_minor = 1 WHERE id = '{id}'"),
        ] {
            assert!(app.sql(&statement).is_err(), "{statement}");
        }
        app.will_tamper();
        app.sql(match app.engine {
            Engine::Sqlite => "DROP TRIGGER dispute_facts_no_update",
            Engine::Postgres => "ALTER TABLE dispute_facts DISABLE TRIGGER USER",
        })
        .unwrap();
        app.sql(&format!("UPDATE dispute_facts SET tables = '[]' WHERE dispute_id = '{id}'")).unwrap();
        let said = app.read(openrebate::disputes::verify);
        assert_eq!(said, ["dispute ZY-2026-10-000001: what it froze when it was filed was changed"]);
    }
}

/// What a page says the dispute is about, tables and all.
fn about(visitor: &Visitor, path: &str) -> String {
    let page = visitor.get(path);
    page.assert_status(200);
    let titles = ["争议事项", "What it is about"];
    let sections = page.texts("section.card");
    let own = sections.iter().find(|text| titles.iter().any(|title| text.starts_with(title)));
    let own = own.unwrap_or_else(|| panic!("{path} says not what it is about: {sections:?}"));
    // Where it can be seen as it stands is beside what was frozen.
    own.split("以上为").next().unwrap_or_default().to_owned()
}
