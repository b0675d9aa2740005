//! The queue's pages: filters in the address, lists under names, several assigned at once, files,
//! keys in a real browser.

use chrono::{Days, TimeDelta};
use openrebate::audit;
use openrebate::disputes::{
    self, Category, Dispute, NewDispute, State, Subject, SubjectKind, Terms,
};
use openrebate::values::{Actor, Currency, CustomerRole, Key, PersonId, StaffRole};

use crate::support::{
    Browser, Case, PASSWORD, Page, Site, TestApp, Visitor, a_buyer, a_customer, a_member, moment,
    seed,
};

struct House<'a> {
    app: &'a TestApp,
    site: Site,
    customer: Key,
    buyer: Actor,
    manager: Actor,
}

fn house(app: &TestApp) -> House<'_> {
    let customer = a_customer(app, "C1", "杭州恒通贸易有限公司");
    House {
        app,
        site: Site::of(app),
        customer,
        buyer: a_buyer(app, "buyer", customer, CustomerRole::Finance),
        manager: a_member(app, "manager", &[StaffRole::AccountManager]),
    }
}

impl House<'_> {
    fn visitor(&self, name: &str) -> Visitor {
        let visitor = self.site.visitor("zh-CN");
        visitor.sign_in(&format!("{name}@example.com"), PASSWORD).assert_status(200);
        visitor
    }

    fn filed(&self, category: Category, disputed: i64, text: &str) -> Dispute {
        let new = NewDispute {
            customer: self.customer,
            category,
            subject: Subject {
                kind: SubjectKind::Free,
                id: String::new(),
                text: "返利账户其他事项".to_owned(),
            },
            currency: Currency::CNY,
            disputed,
            expected: None,
            text: text.to_owned(),
            facts: serde_json::Value::Null,
        };
        let terms = Terms::default();
        self.app.db.write(&self.buyer, |tx| disputes::file(tx, new.clone(), &terms)).unwrap()
    }

    fn three(&self) -> [Dispute; 3] {
        let day = TimeDelta::days(1);
        let first = self.filed(Category::MissingInvoice, 125_000, "少计一张发票 FP08811037");
        self.app.wait(day);
        let second = self.filed(Category::WrongTier, 9_900, "阶梯不对");
        self.app.wait(day);
        [first, second, self.filed(Category::Other, 0, "请核对")]
    }
}

/// The last digits of the numbers that a page lists.
fn listed(page: &Page) -> Vec<String> {
    page.assert_status(200);
    let digits =
        |number: String| number.rsplit('-').next().unwrap().trim_start_matches('0').to_owned();
    page.texts("tbody th a").into_iter().map(digits).collect()
}

both! {
    fn a_list_is_filtered_searched_and_sorted_in_its_address(app: &TestApp) {
        let house = house(app);
        house.three();
        let manager = house.visitor("manager");
        let list = |query: &str| listed(&manager.get(&format!("/staff/disputes?view=all{query}")));
        let today = app.db.today();
        for (query, expected) in [
            ("".to_owned(), "3 2 1"),
            ("&sort=filed&dir=asc".to_owned(), "1 2 3"),
            ("&sort=amount".to_owned(), "1 2 3"),
            ("&sort=amount&dir=asc".to_owned(), "3 2 1"),
            ("&sort=last&dir=asc".to_owned(), "1 2 3"),
            ("&category=wrong_tier".to_owned(), "2"),
            ("&state=closed".to_owned(), ""),
            ("&customer=C1".to_owned(), "3 2 1"),
            ("&amount_from=99&amount_to=1,000".to_owned(), "2"),
            (format!("&filed_from={today}"), "3"),
            (format!("&filed_to={}", today - Days::new(1)), "2 1"),
            ("&overdue=yes".to_owned(), ""),
            ("&q=FP0881".to_owned(), "1"),
            ("&q=%E9%98%B6%E6%A2%AF".to_owned(), "2"),
            ("&q=ZY-2026-10-000003".to_owned(), "3"),
            ("&q=%E6%81%92%E9%80%9A".to_owned(), "3 2 1"),
            ("&q=nothing".to_owned(), ""),
            (format!("&owner={}", house.manager.person().unwrap()), "3 2 1"),
        ] {
            assert_eq!(list(&query).join(" "), expected, "{query}");
        }
        // From the form, as a browser sends it.
        let page = manager.get("/staff/disputes?view=all&sort=amount&dir=asc");
        let form = page.form("/staff/disputes").with("category", "missing_invoice");
        let found = manager.get(&form.as_query());
        assert_eq!(listed(&found), ["1"]);
        assert!(found.path.contains("sort=amount"), "{}", found.path);
        // Headings sort, and the one that does turns round.
        assert_eq!(listed(&manager.get(&page.link("争议金额"))), ["1", "2", "3"]);
        assert_eq!(page.texts("th[aria-sort]"), ["争议金额"]);
        // What can't be read is said at its field, and the rest is answered.
        let wrong = manager.get("/staff/disputes?view=all&amount_from=x&customer=C9&category=other");
        wrong.assert_status(422).assert_has("“x”不是金额").assert_has("没有编码为 C9 的客户");
        assert_eq!(wrong.texts("tbody tr").len(), 1);
        manager.get("/staff/disputes?role=admin").assert_status(400);
        let nothing = manager.get("/staff/disputes?view=all&q=nothing");
        nothing.assert_has("没有符合条件的争议");
        assert_eq!(listed(&manager.get(&nothing.link("清除筛选条件"))).len(), 3);
    }

    fn pages_turn_both_ways_in_every_order_and_size(app: &TestApp) {
        let house = house(app);
        let case = |seq: i64| Case {
            seq,
            customer: house.customer,
            manager: "manager@example.com".to_owned(),
            owner: house.manager.person().unwrap().to_string(),
            state: State::InReview,
            category: Category::Other,
            policy: String::new(),
            amount: seq % 7,
            due: app.db.today() + Days::new(u64::try_from(seq % 5).unwrap()),
            asleep_until: None,
            filed_at: moment("2026-10-01T00:00:00Z") + TimeDelta::minutes(seq),
            last_at: moment("2026-10-01T00:00:00Z") + TimeDelta::minutes(seq % 11),
            text: "请核对".to_owned(),
        };
        seed(app, &(1..=120).map(case).collect::<Vec<_>>());
        let manager = house.visitor("manager");
        for (query, sizes) in [
            ("", vec![25, 25, 25, 25, 20]),
            ("&sort=amount&per=50", vec![50, 50, 20]),
            ("&sort=last&dir=asc&per=100", vec![100, 20]),
            ("&sort=filed&per=7", vec![25, 25, 25, 25, 20]),
        ] {
            let mut page = manager.get(&format!("/staff/disputes?view=mine{query}"));
            let mut seen = vec![listed(&page)];
            while !page.texts("a[rel=next]").is_empty() {
                page = manager.get(&page.link("下一页"));
                seen.push(listed(&page));
            }
            assert_eq!(seen.iter().map(Vec::len).collect::<Vec<_>>(), sizes, "{query}");
            let once: std::collections::BTreeSet<_> = seen.concat().into_iter().collect();
            assert_eq!(once.len(), 120);
            for before in seen.iter().rev().skip(1) {
                page = manager.get(&page.link("上一页"));
                assert_eq!(listed(&page), *before, "{query}");
            }
            assert!(page.texts("a[rel=prev]").is_empty());
        }
        // A cursor of another order, or of nobody's making, begins at the start.
        for after in ["x", "2026-10-15_1", "999999999999999999999_1"] {
            let page = manager.get(&format!("/staff/disputes?view=mine&sort=amount&after={after}"));
            assert_eq!(listed(&page).len(), 25);
        }
    }

    fn a_list_is_kept_under_a_name_by_whoever_keeps_it(app: &TestApp) {
        let house = house(app);
        house.three();
        a_member(app, "other", &[StaffRole::Finance]);
        let (manager, other) = (house.visitor("manager"), house.visitor("other"));
        let page = manager.get("/staff/disputes?view=all&amount_from=1000&sort=amount");
        let form = page.form("/staff/dispute-views");
        manager.submit(&form.clone().with("name", " ")).assert_status(422).assert_has("请填写视图名称");
        let long = manager.submit(&form.clone().with("name", &"长".repeat(41)));
        long.assert_status(422).assert_has("最多 40 个字");
        assert_eq!(long.form("/staff/dispute-views").value("name"), Some(&*"长".repeat(41)));
        let kept = manager.submit(&form.with("name", "大额 <b>"));
        kept.assert_status(200).assert_has("视图“大额 <b>”已保存。");
        assert_eq!(listed(&kept), ["1"]);
        let home = manager.get("/staff/disputes");
        assert_eq!(listed(&manager.get(&home.link("大额 <b>"))), ["1"]);
        // The same name again is another list, not a second one.
        let form = manager.get("/staff/disputes?view=all&category=other").form("/staff/dispute-views");
        manager.submit(&form.with("name", "大额 <b>")).assert_status(200);
        let home = manager.get("/staff/disputes");
        assert_eq!(home.texts(".kept a"), ["大额 <b>"]);
        assert_eq!(listed(&manager.get(&home.link("大额 <b>"))), ["3"]);
        // Nobody else sees or removes it.
        assert!(other.get("/staff/disputes").texts(".kept a").is_empty());
        let id = app.read(|conn| disputes::kept_views(conn, house.manager.person().unwrap()))[0].id.clone();
        let removal = format!("/staff/dispute-views/{id}/removal");
        let mut forced = other.get("/staff/disputes?view=all").form("/staff/dispute-views").without("query").without("name");
        forced.action.clone_from(&removal);
        other.submit(&forced).assert_status(404);
        let gone = manager.submit(&manager.get("/staff/disputes").form(&removal));
        gone.assert_status(200).assert_has("视图已移除。");
        assert!(gone.texts(".kept a").is_empty());
        let events = app.read(|conn| audit::of_object(conn, "person", house.manager.person().unwrap().as_str()));
        let events: Vec<_> = events.iter().map(|e| e.action.as_str()).filter(|a| a.contains("view")).collect();
        assert_eq!(events.len(), 3);
        for number in 0..20 {
            let form = manager.get("/staff/disputes").form("/staff/dispute-views");
            manager.submit(&form.with("name", &format!("v{number}"))).assert_status(200);
        }
        let form = manager.get("/staff/disputes").form("/staff/dispute-views");
        manager.submit(&form.with("name", "one more")).assert_status(422).assert_has("最多保存 20 个视图");
    }

    fn several_are_assigned_from_the_list_and_each_is_told(app: &TestApp) {
        let house = house(app);
        let [first, second, third] = house.three();
        let other = a_member(app, "other", &[StaffRole::AccountManager]);
        a_member(app, "auditor", &[StaffRole::Auditor]);
        let manager = house.visitor("manager");
        let page = manager.get("/staff/disputes?view=all&sort=filed");
        let form = page.form("/staff/dispute-assignments").with("assignee", other.person().unwrap().as_str());
        manager.submit(&form).assert_status(422).assert_has("请先在列表中选择");
        let chosen = [&first, &second, &third].iter().fold(form, |form, dispute| {
            form.and("case[]", &format!("{}.{}", dispute.id, dispute.revision))
        });
        // One changes while the list stands on the screen.
        app.db.write(&house.manager, |tx| disputes::reply(tx, &second.id, "已收到")).unwrap();
        let done = manager.submit(&chosen);
        done.assert_status(200).assert_has("已分派 2 件争议。");
        done.assert_has("ZY-2026-10-000002 未分派：期间已有变化");
        assert!(done.path.contains("view=all&sort=filed"), "{}", done.path);
        assert_eq!(done.texts("tbody td:last-child"), ["other", "manager", "other"]);
        // Posted again, it is not done again.
        manager.submit(&chosen).assert_status(200);
        let assigned = |dispute: &Dispute| {
            let events = app.read(|conn| audit::of_object(conn, "dispute", dispute.id.as_str()));
            events.iter().filter(|event| event.action == "dispute.assigned").count()
        };
        assert_eq!([&first, &second, &third].map(assigned), [1, 0, 1]);
        let nobody = chosen.clone().with("assignee", "nobody").with("case[]", &format!("{}.2", first.id));
        manager.submit(&nobody.without("form_key")).assert_status(422).assert_has("客户经理");
        let auditor = house.visitor("auditor").get("/staff/disputes?view=all");
        assert!(auditor.texts("td.pick").is_empty());
        assert!(!auditor.body().contains("dispute-assignments"), "nothing to choose, nothing to send");
    }

    fn the_list_comes_as_a_file_filtered_as_it_is_shown(app: &TestApp) {
        let house = house(app);
        house.three();
        let manager = house.visitor("manager");
        let page = manager.get("/staff/disputes?view=all&amount_from=1&sort=amount&dir=asc");
        let file = manager.get(&page.link("下载列表（CSV）"));
        file.assert_status(200);
        let lines: Vec<String> = file.body().lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[1].starts_with("ZY-2026-10-000002,submitted,C1,杭州恒通贸易有限公司,wrong_tier,,返利账户其他事项,CNY,99.00,2026-10-16T02:00:00Z,2026-10-20,2026-10-16T02:00:00Z,customer,manager"), "{}", lines[1]);
        let book = manager.get(&page.link("下载列表（Excel）"));
        assert!(book.status == 200 && book.bytes.starts_with(b"PK"));
        let exported = app.read(|conn| audit::of_object(conn, "report", "disputes.csv"));
        assert_eq!(exported.len(), 1);
        manager.get("/staff/dispute-list/file/pdf?view=all").assert_status(404);
        manager.get("/staff/dispute-list/file/csv?view=all&amount_from=x").assert_status(422);
    }

    fn what_a_page_asks_by_itself_tells_no_more_and_keeps_nobody_signed_in(app: &TestApp) {
        let house = house(app);
        let [first, ..] = house.three();
        let manager = house.visitor("manager");
        let elsewhere = a_member(app, "elsewhere", &[StaffRole::AccountManager]);
        let live = manager.get("/staff/dispute-list/live?view=mine");
        assert_eq!(live.header("content-type").as_deref(), Some("application/json"));
        let told: serde_json::Value = serde_json::from_slice(&live.bytes).unwrap();
        assert_eq!(told["view-mine"][0], "3");
        assert_eq!(told[format!("age-{}", first.id)][0], "2 天");
        assert_eq!(told[format!("left-{}", first.id)], serde_json::json!(["剩 1 个工作日", "soon"]));
        let none = house.visitor("elsewhere").get("/staff/dispute-list/live?view=all");
        assert!(!none.body().contains(first.id.as_str()));
        assert!(elsewhere.person().is_some());
        // Half an hour of asking is half an hour away.
        for _ in 0..31 {
            app.wait(TimeDelta::minutes(1));
            manager.peek("/staff/dispute-list/live?view=mine");
        }
        assert_eq!(manager.peek("/staff/disputes").status, 303);
    }

    fn keys_lead_through_the_list_until_they_are_switched_off(app: &TestApp) {
        let house = house(app);
        let [first, second, third] = house.three();
        let other = a_member(app, "other", &[StaffRole::AccountManager]);
        let to = other.person().unwrap();
        for dispute in [&first, &second, &third] {
            app.db.write(&house.manager, |tx| disputes::assign(tx, &dispute.id, to)).unwrap();
        }
        let browser = Browser::open(1280, 900, "en");
        let url = |path: &str| format!("{}{path}", house.site.url);
        let list = "/staff/disputes?view=all&sort=filed&dir=asc";
        browser.goto(&url(list));
        browser.fill("email", "manager@example.com");
        browser.fill("password", PASSWORD);
        browser.click("Sign in");
        let focused = || browser.run("return document.activeElement.textContent").as_str().unwrap_or_default().to_owned();
        let chosen = || browser.run("return document.querySelectorAll('td.pick input:checked').length");
        let owner_of = |dispute: &Dispute| -> Option<PersonId> {
            app.read(|conn| disputes::one(conn, &disputes::Reach::default(), &dispute.id)).dispute.assignee
        };
        browser.press("j");
        assert_eq!(focused(), "ZY-2026-10-000001");
        // The row that is marked stays a row among the others.
        let row = "return getComputedStyle(document.activeElement.closest('tr')).display";
        assert_eq!(browser.run(row), "table-row");
        browser.press("j");
        browser.press("j");
        browser.press("j");
        assert_eq!(focused(), "ZY-2026-10-000003", "the last is the last");
        browser.press("k");
        assert_eq!(focused(), "ZY-2026-10-000002");
        browser.press("s");
        assert_eq!(chosen(), 1);
        browser.press("s");
        assert_eq!(chosen(), 0);
        browser.press("?");
        assert_eq!(browser.run("return document.getElementById('shortcuts').open"), true);
        browser.press("j");
        assert_eq!(browser.run("return document.getElementById('shortcuts').open"), true);
        browser.press("?");
        assert_eq!(browser.run("return document.getElementById('shortcuts').open"), false);
        // Whoever types means letters.
        browser.press("/");
        assert_eq!(browser.run("return document.activeElement.id"), "q");
        browser.press("j");
        browser.press("s");
        browser.press("?");
        assert_eq!(browser.run("return document.getElementById('q').value"), "js?");
        assert_eq!(chosen(), 0);
        browser.goto(&url(list));
        browser.press("j");
        browser.press_to_leave("e");
        assert!(browser.text("main").contains("1 dispute is assigned."), "{}", browser.text("main"));
        assert_eq!(owner_of(&first).as_ref(), house.manager.person());
        assert_eq!(owner_of(&second).as_ref(), Some(to));
        browser.press("j");
        browser.press_to_leave("o");
        assert!(browser.text("h1").contains("ZY-2026-10-000001"), "{}", browser.text("h1"));
        // Ages and counts follow, and nothing else is sent anywhere.
        browser.goto(&url(list));
        browser.run("document.querySelector('[data-live=view-mine]').textContent = 'old'");
        browser.run("document.dispatchEvent(new Event('visibilitychange'))");
        browser.wait_for("return document.querySelector('[data-live=view-mine]').textContent === '1'");
        // Switched off, they stay off, on the next page and the next day.
        browser.click("Keyboard shortcuts");
        browser.click("Switch shortcuts off");
        assert!(browser.text("main").contains("Shortcuts are off."));
        browser.goto(&url(list));
        browser.press("j");
        browser.press("?");
        assert_eq!(browser.run("return document.activeElement.tagName"), "BODY");
        assert_eq!(browser.run("return document.querySelector('dialog') === null"), true);
        let overflow = "return document.documentElement.scrollWidth - window.innerWidth";
        assert_eq!(browser.run(overflow), 0);
    }
}

#[test]
fn all_scripts_together_stay_small() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("static");
    let scripts = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let scripts = scripts.filter(|path| path.extension().is_some_and(|e| e == "js"));
    let bytes: u64 = scripts.map(|path| path.metadata().unwrap().len()).sum();
    assert!(bytes <= 15 * 1024, "{bytes} bytes of scripts");
}
