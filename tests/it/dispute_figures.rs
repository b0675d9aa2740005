//! The lead's figures of disputes, number by number, against cases whose answers are known.

use chrono::TimeDelta;
use openrebate::audit;
use openrebate::customers::{self, NewCustomer};
use openrebate::db::Tx;
use openrebate::disputes::{
    self, Category, Dispute, NewDispute, Outcome, State, Subject, SubjectKind, Terms, Verdict,
};
use openrebate::error::Result;
use openrebate::ledger::{self, Cause};
use openrebate::policies;
use openrebate::values::{Actor, Currency, CustomerRole, Key, PolicyId, StaffRole};

use crate::support::{
    Browser, PASSWORD, POLICY, Page, Site, TestApp, Visitor, a_buyer, a_customer, a_member, moment,
};

struct House<'a> {
    app: &'a TestApp,
    site: Site,
    customers: [Key; 2],
    buyers: [Actor; 2],
    manager: Actor,
    approver: Actor,
    reviewer: Actor,
    policy: PolicyId,
}

fn house(app: &TestApp) -> House<'_> {
    let first = a_customer(app, "C1", "杭州恒通贸易有限公司");
    let theirs = NewCustomer {
        account_manager: Some("other@example.com".to_owned()),
        ..NewCustomer::regular("C2", Currency::CNY)
    };
    let second = app.write(|tx| customers::upsert(tx, &theirs)).key();
    let terms = policies::parse(POLICY).unwrap();
    app.write(|tx| policies::publish(tx, &terms, POLICY));
    a_member(app, "other", &[StaffRole::AccountManager]);
    a_member(app, "auditor", &[StaffRole::Auditor]);
    House {
        app,
        site: Site::of(app),
        customers: [first, second],
        buyers: [
            a_buyer(app, "buyer", first, CustomerRole::Finance),
            a_buyer(app, "second", second, CustomerRole::Finance),
        ],
        manager: a_member(app, "manager", &[StaffRole::AccountManager]),
        approver: a_member(app, "approver", &[StaffRole::Approver]),
        reviewer: a_member(app, "reviewer", &[StaffRole::AppealsReviewer]),
        policy: app.read(|conn| policies::by_code(conn, "Q-1")).policy_id,
    }
}

impl House<'_> {
    fn visitor(&self, name: &str, language: &str) -> Visitor {
        let visitor = self.site.visitor(language);
        visitor.sign_in(&format!("{name}@example.com"), PASSWORD).assert_status(200);
        visitor
    }

    fn by<T>(&self, actor: &Actor, work: impl FnMut(&mut Tx<'_>) -> Result<T>) -> T {
        self.app.db.write(actor, work).unwrap()
    }

    /// The clock goes on to ten in the morning of the day, in Shanghai.
    fn on(&self, day: &str) {
        let then = moment(&format!("{day}T02:00:00Z"));
        self.app.wait(then - self.app.db.now());
    }

    fn filed(&self, whose: usize, category: Category, programme: bool, currency: &str) -> Dispute {
        let (kind, id) = match programme {
            true => (SubjectKind::Programme, self.policy.to_string()),
            false => (SubjectKind::Free, String::new()),
        };
        let new = NewDispute {
            customer: self.customers[whose],
            category,
            subject: Subject { kind, id, text: "返利账户其他事项".to_owned() },
            currency: currency.parse().unwrap(),
            disputed: 0,
            expected: None,
            text: "请核对".to_owned(),
            facts: serde_json::Value::Null,
        };
        let terms = Terms::default();
        self.by(&self.buyers[whose], |tx| disputes::file(tx, new.clone(), &terms))
    }

    fn now(&self, dispute: &Dispute) -> Dispute {
        let reach = disputes::Reach::default();
        self.app.read(|conn| disputes::one(conn, &reach, &dispute.id)).dispute
    }

    fn reply(&self, dispute: &Dispute) {
        self.by(&self.manager, |tx| disputes::reply(tx, &dispute.id, "已收到"));
    }

    /// By the manager, who takes it first if nobody has.
    fn decided(&self, dispute: &Dispute, outcome: Outcome, granted: i64) -> State {
        let (terms, id) = (Terms::default(), &dispute.id);
        if self.now(dispute).state == State::Submitted {
            let manager = self.manager.person().unwrap();
            self.by(&self.manager, |tx| disputes::assign(tx, id, manager));
        }
        let revision = self.now(dispute).revision;
        let verdict =
            Verdict { outcome, granted, reason: "已核对".to_owned(), beyond: Some(granted) };
        self.by(&self.manager, |tx| disputes::decide(tx, id, revision, &verdict, &terms))
    }

    fn appealed(&self, dispute: &Dispute) {
        let (terms, id) = (Terms::default(), &dispute.id);
        let customer = self.customers[0];
        self.by(&self.buyers[0], |tx| disputes::appeal(tx, customer, id, "仍有异议", &terms));
        self.by(&self.reviewer, |tx| disputes::take_appeal(tx, id));
    }

    fn appeal_decided(&self, dispute: &Dispute, outcome: Outcome, granted: i64) {
        let (terms, id, revision) = (Terms::default(), &dispute.id, self.now(dispute).revision);
        let verdict =
            Verdict { outcome, granted, reason: "已复核".to_owned(), beyond: Some(granted) };
        self.by(&self.reviewer, |tx| disputes::decide_appeal(tx, id, revision, &verdict, &terms));
    }

    fn closed_and_rated(&self, dispute: &Dispute, score: i32, text: &str) {
        let (customer, id) = (self.customers[0], &dispute.id);
        self.by(&self.buyers[0], |tx| {
            disputes::accept(tx, customer, id)?;
            disputes::rate(tx, customer, id, score, text)
        });
    }

    /// Eight disputes of the fourth quarter, and how they stand on 5 November.
    fn played(&self) {
        // Thursday 15 October.
        let a = self.filed(0, Category::MissingInvoice, true, "CNY");
        let b = self.filed(0, Category::WrongTier, false, "CNY");
        self.on("2026-10-16");
        self.reply(&a);
        self.on("2026-10-20");
        self.decided(&a, Outcome::Accepted, 125_000);
        self.closed_and_rated(&a, 5, "很快");
        // Due the day before.
        self.reply(&b);
        let c = self.filed(0, Category::Other, false, "USD");
        self.decided(&c, Outcome::Accepted, 4_000);
        let d = self.filed(0, Category::WrongTier, false, "CNY");
        let e = self.filed(0, Category::MissingInvoice, true, "CNY");
        self.on("2026-10-21");
        let (first, second) = (self.customers[0], self.customers[1]);
        self.by(&self.buyers[0], |tx| disputes::withdraw(tx, first, &d.id));
        self.on("2026-10-22");
        assert_eq!(self.decided(&e, Outcome::Accepted, 600_000), State::AwaitingApproval);
        let f = self.filed(0, Category::WrongReturn, false, "CNY");
        let g = self.filed(1, Category::ProductExcluded, false, "CNY");
        let i = self.filed(1, Category::ProductExcluded, false, "CNY");
        let other = self.app.read(|conn| openrebate::people::by_email(conn, "other@example.com"));
        self.by(&other.actor(None, None), |tx| disputes::merge(tx, &i.id, i.revision, &g.number));
        assert_eq!(self.now(&i).customer, second);
        self.on("2026-10-23");
        self.decided(&f, Outcome::Rejected, 0);
        self.appealed(&f);
        self.on("2026-10-26");
        self.appeal_decided(&f, Outcome::Accepted, 50_000);
        self.on("2026-10-27");
        // A day after it was due.
        self.decided(&b, Outcome::Partly, 9_999);
        self.appealed(&b);
        self.on("2026-10-28");
        self.appeal_decided(&b, Outcome::Rejected, 0);
        self.closed_and_rated(&b, 2, "申诉\n没有用");
        self.on("2026-11-05");
    }
}

/// The rows of the table with this caption, cells apart by a bar.
fn table(page: &Page, caption: &str) -> Vec<String> {
    let all = page.texts(&format!("[aria-label='{caption}'] tr"));
    assert!(!all.is_empty(), "no table {caption}:\n{}", page.text());
    all.into_iter().skip(1).collect()
}

fn csv(page: &Page) -> Vec<String> {
    let text = page.assert_status(200).body().trim_start_matches('\u{feff}').to_owned();
    text.lines().skip(1).map(str::to_owned).collect()
}

/// Each number that is a link, and the numbers of the disputes that it leads to.
fn lists(reader: &Visitor, page: &Page, links: &str) -> Vec<String> {
    let led_to = |(text, address): &(String, String)| {
        let list = reader.get(address);
        let numbers = list.assert_status(200).texts("tbody th a");
        let short = |number: &String| number.trim_start_matches("ZY-2026-10-00000").to_owned();
        format!("{text}: {}", numbers.iter().map(short).collect::<Vec<_>>().join(" "))
    };
    page.links(links).iter().map(led_to).collect()
}

const WHOLE: &str = "/staff/dispute-figures";

both! {
    fn every_number_is_the_one_counted_by_hand(app: &TestApp) {
        let house = house(app);
        house.played();
        let auditor = house.visitor("auditor", "zh-CN");
        let page = auditor.get(WHOLE);
        page.assert_status(200).assert_has("2026年10月1日–12月31日").assert_has("包括全部客户的争议。");
        assert_eq!(
            page.texts(".balance"),
            ["提交 8", "结束 4 关闭 2 · 撤回 1 · 并入其他争议 1", "目前待处理 2", "目前已超时 2"]
        );
        // 0, 1, 1 and 3 days; 0, 1, 3 and 8 days.
        assert_eq!(
            table(&page, "处理时效"),
            [
                "首次答复 4 1 个工作日 3 个工作日 1 25.0%",
                "首次裁定 4 1 个工作日 8 个工作日 1 25.0%",
            ]
        );
        assert_eq!(
            table(&page, "首次裁定的结果"),
            [
                "全部支持 2 50.0%",
                "部分支持 1 25.0%",
                "支持，无需调整金额 0 0.0%",
                "不支持 1 25.0%",
                "支持客户（以上前三项） 3 75.0%",
                "其后客户提出申诉 2 50.0%",
            ]
        );
        assert_eq!(
            table(&page, "申诉裁定的结果"),
            ["改变了首次裁定 1 50.0%", "维持首次裁定 1 50.0%"]
        );
        assert_eq!(
            table(&page, "按问题类型"),
            [
                "缺少发票 2 1 ¥1,250.00",
                "阶梯或比例有误 2 2 ¥99.99",
                "退货计算有误 1 2 ¥500.00",
                "产品被误排除 2 0 —",
                "其他 1 1 USD 40.00",
                "合计 8 6 ¥1,849.99 USD 40.00",
            ]
        );
        assert_eq!(
            table(&page, "按返利政策"),
            [
                "季度返利 Q-1 1 ¥1,250.00",
                "不涉及某项政策 5 ¥599.99 USD 40.00",
                "合计 6 ¥1,849.99 USD 40.00",
            ]
        );
        assert_eq!(
            table(&page, "按裁定人"),
            [
                "manager 4 ¥1,349.99 USD 40.00",
                "reviewer 2 ¥500.00",
                "合计 6 ¥1,849.99 USD 40.00",
            ]
        );
        assert_eq!(
            table(&page, "目前待处理的争议，按提交至今的天数"),
            [
                "已提交 0 1 0 0 1",
                "审理中 0 0 0 0 0",
                "等待客户补充 0 0 0 0 0",
                "待审批 0 0 1 0 1",
                "已申诉 0 0 0 0 0",
                "申诉复核中 0 0 0 0 0",
                "合计 0 1 1 0 2",
            ]
        );
        page.assert_has("2 份评价 平均 3.5 分（满分 5 分）");
        assert_eq!(
            page.texts(".timeline li"),
            ["ZY-2026-10-000002 不满意 申诉 没有用", "ZY-2026-10-000001 很满意 很快"]
        );
        // The money is what the ledger has.
        let posted: i64 = app.read(|conn| {
            let mut sum = 0;
            let (reach, today) = (disputes::Reach::default(), app.db.today());
            let filter = disputes::Filter::of(disputes::View::All, today, today);
            let order = disputes::Order { by: disputes::Sort::Filed, descending: false };
            let all = disputes::queue(conn, &reach, &filter, order, &disputes::Place::Start, 50)?;
            for listed in all.items {
                for entry in ledger::of_cause(conn, Cause::Dispute, listed.id.as_str())? {
                    sum += entry.legs.iter().map(|leg| leg.amount.max(0)).sum::<i64>();
                }
            }
            Ok(sum)
        });
        assert_eq!(posted, 184_999 + 4_000);
        // Once it is approved, what waits counts.
        let (reach, today) = (disputes::Reach::default(), app.db.today());
        let e = app.read(|conn| disputes::by_number(conn, &reach, "ZY-2026-10-000005")).dispute;
        let terms = Terms::default();
        house.by(&house.approver, |tx| disputes::approve_decision(tx, &e.id, e.revision, &terms));
        let page = auditor.get(&format!("{WHOLE}?from={today}&to={today}"));
        assert_eq!(
            table(&page, "按裁定人"),
            ["manager 1 ¥6,000.00", "合计 1 ¥6,000.00"]
        );
        assert_eq!(
            table(&page, "处理时效"),
            ["首次答复 1 12 个工作日 12 个工作日 1 100.0%", "首次裁定 1 12 个工作日 12 个工作日 1 100.0%"]
        );
    }

    fn each_number_of_decisions_leads_to_the_disputes_that_were_decided(app: &TestApp) {
        let house = house(app);
        house.played();
        let auditor = house.visitor("auditor", "en");
        let page = auditor.get(WHOLE);
        let of = |caption: &str, cell: &str| {
            lists(&auditor, &page, &format!("[aria-label='{caption}'] {cell} a"))
        };
        assert_eq!(of("Turnaround", "tbody"), ["4: 6 3 2 1"]);
        assert_eq!(
            of("How first decisions went", "tbody"),
            ["2: 3 1", "1: 2", "1: 6", "3: 3 2 1", "2: 6 2"]
        );
        // The first of appeals gave, the second took nothing back.
        assert_eq!(of("How appeals went", "tbody"), ["1: 6", "1: 2"]);
        // The second was decided twice, as was the sixth.
        assert_eq!(
            of("By reason", "tbody td:nth-of-type(2)"),
            ["1: 1", "2: 2", "2: 6", "1: 3"]
        );
        assert_eq!(of("By reason", "tfoot td:nth-of-type(2)"), ["6: 6 3 2 1"]);
        assert_eq!(of("By policy", "tbody td"), ["1: 1"]);
        assert_eq!(of("By who decided", "tbody"), ["4: 6 3 2 1", "2: 6 2"]);
        // The days are those of the decisions, and the filters stay in the form.
        let early = auditor.get(&format!("{WHOLE}?from=2026-10-16&to=2026-10-20"));
        let appeals = "[aria-label='How first decisions went'] tbody a";
        assert_eq!(lists(&auditor, &early, appeals), ["2: 3 1", "2: 3 1"]);
        let list = auditor.get(&page.links("[aria-label='How appeals went'] tbody a")[0].1);
        let form = list.form("/staff/disputes");
        for (name, value) in [
            ("decision", "appeal"),
            ("outcome", "upheld"),
            ("decided_from", "2026-10-01"),
            ("decided_to", "2026-12-31"),
        ] {
            assert_eq!(form.value(name), Some(value));
        }
        let wrong = auditor.get("/staff/disputes?view=all&decided_from=2026-02-30");
        wrong.assert_status(422).assert_has("“2026-02-30” is not a date");
    }

    fn other_days_have_other_figures_and_numbers_lead_to_their_lists(app: &TestApp) {
        let house = house(app);
        house.played();
        let manager = house.visitor("manager", "en");
        let page = manager.get(&format!("{WHOLE}?from=2026-10-16&to=2026-10-20"));
        page.assert_status(200).assert_has("16 Oct – 20 Oct 2026: what happened in this period");
        page.assert_has("Includes only disputes that you can see.");
        assert_eq!(
            page.texts(".balance"),
            ["Filed 3", "Ended 1 1 closed · 0 withdrawn · 0 merged", "Open now 1", "Overdue now 1"]
        );
        assert_eq!(
            table(&page, "Turnaround"),
            [
                "First answer 3 1 business day 3 business days 1 33.3%",
                "First decision 2 0 business days 3 business days 0 0.0%",
            ]
        );
        assert_eq!(
            table(&page, "By who decided"),
            ["manager 2 ¥1,250.00 USD 40.00", "All 2 ¥1,250.00 USD 40.00"]
        );
        page.assert_has("1 rating 5.0 of 5 on average");
        // Filed and overdue; filed for each reason, of which one awaits approval.
        assert_eq!(lists(&manager, &page, ".balance a"), ["3: 5 4 3", "1: 5"]);
        let reasons = "[aria-label='By reason'] tbody td:nth-of-type(1) a";
        assert_eq!(lists(&manager, &page, reasons), ["1: 5", "1: 4", "1: 3"]);
        let open = "[aria-label^='Open now'] tbody a";
        assert_eq!(lists(&manager, &page, open), ["1: 5", "1: 5"]);
        // Somebody else's customers are somebody else's figures.
        let other = house.visitor("other", "en").get(WHOLE);
        assert_eq!(
            other.texts(".balance"),
            ["Filed 2", "Ended 1 0 closed · 0 withdrawn · 1 merged", "Open now 1", "Overdue now 1"]
        );
        other.assert_has("No customer rated in this span.");
        assert!(!other.text().contains("40.00"));
        // From the queue, and from one span to the next.
        let queue = manager.get("/staff/disputes");
        let page = manager.get(&queue.link("Dispute figures"));
        let last = manager.get(&page.link("Last quarter"));
        last.assert_has("1 Jul – 30 Sep 2026");
        assert_eq!(last.texts("[aria-current=true]"), ["Last quarter"]);
        let form = last.form(WHOLE).with("from", "2026-10-20").with("to", "2026-10-16");
        let wrong = manager.get(&form.as_query());
        wrong.assert_status(422).assert_has("The last day lies before the first one.");
        assert_eq!(wrong.form(WHOLE).value("from"), Some("2026-10-20"));
        manager.get(&format!("{WHOLE}?from=2026-02-30&to=2026-03-01")).assert_status(422)
            .assert_has("“2026-02-30”");
        manager.get(&format!("{WHOLE}?from=2020-01-01&to=2026-03-01")).assert_status(422)
            .assert_has("At most 731 days");
        manager.get(&format!("{WHOLE}?since=2026-01-01")).assert_status(400);
    }

    fn the_files_say_the_same_and_somebody_took_them(app: &TestApp) {
        let house = house(app);
        house.played();
        let auditor = house.visitor("auditor", "zh-CN");
        let file = auditor.get(&format!("{WHOLE}/file/csv?from=2026-10-01&to=2026-12-31"));
        let lines = csv(&file);
        for line in [
            "filed,all,,,8",
            "ended,closed,,,2",
            "ended,withdrawn,,,1",
            "ended,merged,,,1",
            "open_now,all,,,2",
            "overdue_now,all,,,2",
            "open_now,submitted days 8-14,,,1",
            "open_now,awaiting_approval days 15-30,,,1",
            "first_answer,count,,,4",
            "first_answer,half_within_days,,,1",
            "first_answer,nine_of_ten_within_days,,,3",
            "first_answer,late_percent,,,25.0",
            "first_decision,nine_of_ten_within_days,,,8",
            "outcome,accepted,,,2",
            "outcome_percent,partly,,,25.0",
            "upheld_percent,all,,,75.0",
            "appealed,all,,,2",
            "appeal,changed,,,1",
            "granted,all,,CNY,1849.99",
            "granted,all,,USD,40.00",
            "filed_by_reason,product_excluded,,,2",
            "granted_by_reason,wrong_return,,CNY,500.00",
            "granted_by_policy,Q-1,季度返利,CNY,1250.00",
            "granted_by_policy,,,CNY,599.99",
            "rated,all,,,2",
            "rated,mean_score,,,3.5",
            "rating,ZY-2026-10-000001,很快,,5",
        ] {
            assert!(lines.iter().any(|found| found == line), "{line}:\n{}", lines.join("\n"));
        }
        let by: Vec<_> = lines.iter().filter(|line| line.starts_with("granted_by_decider")).collect();
        assert_eq!(by.len(), 3);
        assert!(by[0].ends_with(",manager,CNY,1349.99"), "{by:?}");
        let book = auditor.get(&format!("{WHOLE}/file/xlsx?from=2026-10-01&to=2026-12-31"));
        assert!(book.assert_status(200).bytes.starts_with(b"PK"));
        let events = app.read(|conn| audit::latest(conn, None, 10));
        let taken: Vec<_> = events.iter().filter(|e| e.action == "report.exported").collect();
        let said: Vec<_> =
            taken.iter().map(|e| (e.object_id.as_str(), e.reason.as_deref().unwrap())).collect();
        assert_eq!(
            said,
            [
                ("dispute_figures.xlsx", "2026-10-01..2026-12-31"),
                ("dispute_figures.csv", "2026-10-01..2026-12-31"),
            ]
        );
        auditor.get(&format!("{WHOLE}/file/csv?from=2026-12-01&to=2026-10-01")).assert_status(422);
        auditor.get(&format!("{WHOLE}/file/pdf")).assert_status(404);
    }

    fn without_disputes_the_page_says_so_and_the_file_holds_noughts(app: &TestApp) {
        let house = house(app);
        app.wait(TimeDelta::hours(1));
        let page = house.visitor("auditor", "en").get(WHOLE);
        page.assert_status(200).assert_has("Nothing happened in this period");
        assert!(page.texts("table").is_empty());
        let lines = csv(&house.visitor("auditor", "en").get(&format!("{WHOLE}/file/csv")));
        assert!(lines.contains(&"filed,all,,,0".to_owned()), "{lines:?}");
        assert!(!lines.iter().any(|line| line.contains("percent")), "{lines:?}");
    }
}

both! {
    fn a_policys_page_tells_why_it_is_disputed_most(app: &TestApp) {
        let house = house(app);
        let page = format!("/staff/policies/{}", house.policy);
        let auditor = house.visitor("auditor", "zh-CN");
        auditor.get(&page).assert_status(200).assert_has("还没有针对本政策的争议。");
        let file = |category| house.filed(0, category, true, "CNY");
        let tiers = [Category::WrongTier; 3].map(file);
        let missing = Category::MissingInvoice;
        for category in [missing, missing, Category::WrongReturn, Category::Other] {
            file(category);
        }
        // Not about a policy.
        house.filed(0, Category::Other, false, "CNY");
        house.decided(&tiers[0], Outcome::Partly, 1_234);
        house.decided(&tiers[1], Outcome::Accepted, 10_000);
        // Waits for its approver.
        house.decided(&tiers[2], Outcome::Accepted, 900_000);
        let shown = auditor.get(&page);
        let causes = shown.texts("ol.todo li");
        assert_eq!(causes, ["阶梯或比例有误 支持金额 ¥112.34 3", "缺少发票 2", "其他 1"]);
        let list = auditor.get(&shown.link("阶梯或比例有误"));
        assert_eq!(
            list.texts("tbody th a"),
            ["ZY-2026-10-000003", "ZY-2026-10-000002", "ZY-2026-10-000001"]
        );
        let all = auditor.get(&shown.link("查看本政策的全部争议"));
        assert_eq!(all.texts("tbody th a").len(), 7);
        // Whoever sees none of these disputes learns nothing of them.
        let other = house.visitor("other", "en").get(&page);
        other.assert_has("Nobody has disputed this policy yet.");
    }
}

#[test]
fn the_figures_fit_a_narrow_screen() {
    let app = TestApp::on(crate::support::Engine::Sqlite);
    let house = house(&app);
    house.played();
    let browser = Browser::open(320, 800, "zh-CN");
    browser.goto(&format!("{}{WHOLE}", house.site.url));
    browser.fill("email", "auditor@example.com");
    browser.fill("password", PASSWORD);
    browser.click("登录");
    let overflow = "return document.documentElement.scrollWidth - window.innerWidth";
    assert_eq!(browser.run(overflow), 0);
}
