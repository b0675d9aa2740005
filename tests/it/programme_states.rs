//! What pages say of versions, of periods that are over and of what was taken back is true on the
//! day they are read.

use openrebate::accruals;
use openrebate::policies;
use openrebate::values::{Actor, CustomerRole, StaffRole};

use crate::support::{
    PASSWORD, Site, TestApp, Visitor, a_buyer, a_customer, a_member, moment, sell,
};

const QUARTERLY: &str = "code = \"Q-7\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\n\
    from = 2026-01-01\nform = \"offset\"\nname.zh-CN = \"季度返利\"\nname.en = \"Quarterly\"\n\
    measure.kind = \"amount\"\ncustomers.codes = [\"D-001\"]\n[reward]\n\
    tier_mode = \"all_units\"\ntiers = [{ from = \"50000\", percent = \"1\" }, \
    { from = \"100000\", percent = \"2\" }]\n";

/// Fifty cents a piece, until last month.
const PROMOTION: &str = "code = \"U-7\"\ncurrency = \"CNY\"\nperiod = \"term\"\n\
    from = 2026-09-01\nto = 2026-10-31\nform = \"voucher\"\nname.zh-CN = \"走量\"\n\
    name.en = \"Volume\"\nmeasure.kind = \"quantity\"\n[reward]\n\
    tier_mode = \"all_units\"\ntiers = [{ from = \"1000\", per_unit = \"0.5\" }, \
    { from = \"5000\", per_unit = \"1\" }]\n";

struct Scene {
    site: Site,
    quarterly: String,
    promotion: String,
}

fn publish(app: &TestApp, source: &str) -> String {
    let terms = policies::parse(source).unwrap();
    app.write(|tx| policies::publish(tx, &terms, source)).version().policy_id.to_string()
}

/// It is the 16th of November.
fn scene(app: &TestApp) -> Scene {
    app.db.clock().set(moment("2026-11-16T02:00:00Z"));
    a_member(app, "manager", &[StaffRole::AccountManager, StaffRole::Finance]);
    let customer = a_customer(app, "D-001", "杭州恒通贸易有限公司");
    let other = a_customer(app, "D-002", "苏州盛达商贸有限公司");
    let scene = Scene {
        quarterly: publish(app, QUARTERLY),
        promotion: publish(app, PROMOTION),
        site: Site::of(app),
    };
    sell(app, "1,INV-1,2026-10-05,D-001,P-1,2000,60000.00,CNY,invoice\n");
    a_buyer(app, "boss", customer, CustomerRole::Manager);
    a_buyer(app, "stranger", other, CustomerRole::Manager);
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
    scene
}

impl Scene {
    fn visitor(&self, name: &str, language: &str) -> Visitor {
        let visitor = self.site.visitor(language);
        visitor.sign_in(&format!("{name}@example.com"), PASSWORD).assert_status(200);
        visitor
    }

    fn page(&self, below: &str) -> String {
        format!("/programmes/{}{below}", self.quarterly)
    }
}

both! {
    fn a_version_is_in_force_while_it_decides(app: &TestApp) {
        let scene = scene(app);
        publish(app, &QUARTERLY.replace("from = 2026-01-01", "from = 2027-01-01").replace("\"2\"", "\"3\""));
        let boss = scene.visitor("boss", "en");
        let states = |below: &str| boss.get(&scene.page(below)).texts(".tags .tag")[0].clone();
        assert_eq!(states("/versions/1"), "In force");
        assert_eq!(states("/versions/2"), "Not begun");
        boss.get(&scene.page("/versions/1")).assert_has("1 Jan – 31 Dec 2026");
        boss.get(&scene.page("/versions/2")).assert_has("From 1 Jan 2027");
        let desk = scene.visitor("manager", "en");
        let rows = desk.get("/staff/policies?search=Q-7").texts("tbody tr");
        assert!(rows[0].contains("version 2 Not begun From 1 Jan 2027"), "{rows:?}");
        assert!(rows[1].contains("version 1 In force 1 Jan – 31 Dec 2026"), "{rows:?}");
        assert_eq!(desk.get("/staff/policies?state=pending").texts("tbody tr").len(), 1);
        let page = desk.get(&format!("/staff/policies/{}?version=1", scene.quarterly));
        assert_eq!(page.texts(".tags .tag"), ["In force"]);

        app.db.clock().set(moment("2027-01-01T02:00:00Z"));
        let boss = scene.visitor("boss", "en");
        let states = |below: &str| boss.get(&scene.page(below)).texts(".tags .tag")[0].clone();
        assert_eq!(states("/versions/1"), "Superseded");
        assert_eq!(states("/versions/2"), "In force");
    }

    fn what_was_ended_early_is_in_force_until_its_last_day(app: &TestApp) {
        let scene = scene(app);
        let version = app.read(|conn| policies::by_code(conn, "Q-7"));
        app.write(|tx| policies::end(tx, &version.id, "2026-11-30".parse().unwrap(), "终止"));
        let boss = scene.visitor("boss", "zh-CN");
        let page = boss.get(&scene.page("/versions/1"));
        assert_eq!(page.texts(".tags .tag"), ["执行中"]);
        page.assert_has("2026年1月1日–11月30日");
        let desk = scene.visitor("manager", "en");
        desk.get(&format!("/staff/policies/{}", scene.quarterly)).assert_has("Last day 30 Nov 2026. 终止");
        app.db.clock().set(moment("2026-12-01T02:00:00Z"));
        let page = scene.visitor("boss", "zh-CN").get(&scene.page("/versions/1"));
        assert_eq!(page.texts(".tags .tag"), ["已结束"]);
    }

    fn what_was_withdrawn_stays_readable_for_those_it_was_promised(app: &TestApp) {
        let scene = scene(app);
        let version = app.read(|conn| policies::by_code(conn, "Q-7"));
        let closed = |_: &mut openrebate::db::Conn, _: &openrebate::values::PolicyId| Ok(false);
        app.write(|tx| policies::withdraw(tx, &version.id, "客户范围有误", &closed));
        accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
        let boss = scene.visitor("boss", "zh-CN");
        let page = boss.get(&scene.page(""));
        page.assert_status(200)
            .assert_has("本政策已于2026年11月16日 10:00 撤回")
            .assert_has("撤回原因： 客户范围有误");
        assert_eq!(page.texts(".tags .tag"), ["已撤回"]);
        assert_eq!(page.texts("#signature form").len(), 0);
        for gone in ["本期进度", "试算", "举例", "待签收"] {
            assert!(!page.texts("main").concat().contains(gone), "{gone}");
        }
        boss.get(&scene.page("/versions/1")).assert_status(200).assert_has("已撤回");
        for below in ["/progress", "/what-if", "/dates.ics"] {
            boss.get(&scene.page(below)).assert_status(404);
        }
        let rows = boss.get("/programmes").texts("tbody tr");
        assert!(rows.last().unwrap().contains("季度返利") && rows.last().unwrap().contains("已撤回"));
        assert!(!boss.get("/home").texts("main").concat().contains("季度返利"));
        let stranger = scene.visitor("stranger", "zh-CN");
        stranger.get(&scene.page("")).assert_status(404);
    }

    fn a_closed_period_is_earned_and_nothing_more_can_be_bought_in_it(app: &TestApp) {
        let scene = scene(app);
        let at = |below: &str| format!("/programmes/{}{below}", scene.promotion);
        let over = scene.visitor("boss", "en").get(&at(""));
        over.assert_has("2,000 units in the whole period").assert_has("Estimated rebate this period");
        accruals::close(&app.db, &Actor::operator(), openrebate::values::Period::Term, Some("U-7"))
            .unwrap();
        let boss = scene.visitor("boss", "en");
        for below in ["", "/progress", "/what-if"] {
            let text = boss.get(&at(below)).assert_status(200).texts("main").concat();
            for untrue in ["stimate this", "so far", "isn’t final", "more units reach", "next period", "an estimate until"] {
                assert!(!text.contains(untrue), "{below}: {untrue} in {text}");
            }
        }
        boss.get(&at("")).assert_has("Rebate earned in the period").assert_has("its final calculation");
        boss.get(&at("/progress")).assert_has("The period is closed and its rebate earned");
        boss.get(&at("/what-if")).assert_has("This programme has ended").assert_has("See what it came to");
        let rows = boss.get("/programmes").texts("tbody tr");
        let row = rows.iter().find(|row| row.contains("Volume")).unwrap();
        assert!(row.contains("¥1,000.00 Earned") && row.contains("2,000 units"), "{row}");
        assert!(!row.contains("more units"), "{row}");
    }

    fn quantities_have_their_unit_in_both_languages(app: &TestApp) {
        let scene = scene(app);
        let at = format!("/programmes/{}", scene.promotion);
        let zh = scene.visitor("boss", "zh-CN").get(&at);
        zh.assert_has("达到 1,000 件返每件 ¥0.50").assert_has("本期合计 2,000 件");
        assert_eq!(zh.texts("tr.mine"), ["1 1,000 件 每件 ¥0.50 贵公司当前所在"]);
        zh.assert_has("第 1 级：2,000 件 × ¥0.50 = ¥1,000.00");
        let en = scene.visitor("boss", "en").get(&at);
        en.assert_has("at least 1,000 units earn ¥0.50 per unit");
    }

    fn every_page_of_a_customer_names_whom_to_ask(app: &TestApp) {
        let scene = scene(app);
        let boss = scene.visitor("boss", "en");
        for path in [
            "/home", "/programmes", "/transactions", "/statements", "/payouts", "/disputes", "/balances",
            "/help", "/notifications", "/sessions", "/nowhere",
        ] {
            let said = boss.get(path).texts("footer .contact");
            assert_eq!(said, ["Your contact manager manager@example.com"], "{path}");
        }
        for path in ["/payouts", "/balances", &scene.page(""), &scene.page("/versions/1")] {
            let foot = boss.get(path).texts("footer").concat();
            assert!(foot.contains("Data up to 5 Oct 2026"), "{path}: {foot}");
        }
    }
}
