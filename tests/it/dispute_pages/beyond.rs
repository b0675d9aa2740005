//! Granting more than is disputed, on the page: warned, confirmed by a tick for that very sum,
//! nothing typed lost.

use super::*;

const TICK: &str = "确认合计支持 ¥1,300.00，超过争议金额 ¥1,250.00";

both! {
    fn a_grant_beyond_what_is_disputed_is_ticked_on_the_page(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let path = format!("/staff/disputes/{id}");
        let decision = format!("{path}/decision");
        let manager = house.visitor("manager");
        let page = manager.get(&path);
        let page = manager.submit(&page.form(&format!("{path}/assignment")));
        assert!(!page.body().contains("name=\"beyond\""));
        let form = page.form(&decision).with("outcome", "accepted").with("granted", "1,300.00")
            .with("reason", "运费一并补计");
        let warned = manager.submit(&form);
        warned.assert_status(422).assert_has(TICK).assert_has(
            "本次裁定后合计支持 ¥1,300.00，比争议金额 ¥1,250.00 多 ¥50.00。确属本意请勾选确认，否则请更正金额。"
        );
        house.check(app, "4750.00", "1250.00");
        // Everything typed is there; the tick isn't set for anybody.
        let form = warned.form(&decision);
        assert_eq!(form.value("granted"), Some("1,300.00"));
        assert_eq!(form.value("reason"), Some("运费一并补计"));
        assert_eq!(form.value("outcome"), Some("accepted"));
        assert_eq!(form.value("beyond"), None);
        manager.submit(&form).assert_status(422);
        // A tick for one sum confirms no other, and a tick survives another mistake.
        let ticked = form.with("beyond", "130000");
        let other = manager.submit(&ticked.clone().with("granted", "1,400.00"));
        other.assert_status(422).assert_has("合计支持 ¥1,400.00");
        assert_eq!(other.form(&decision).value("beyond"), None);
        let mistaken = manager.submit(&ticked.with("reason", ""));
        mistaken.assert_status(422).assert_has("请填写理由");
        let form = mistaken.form(&decision);
        assert_eq!(form.value("beyond"), Some("130000"));
        house.check(app, "4750.00", "1250.00");
        manager.submit(&form.with("reason", "运费一并补计")).assert_status(200).assert_has("已裁定");
        house.check(app, "7300.00", "0.00");
        let log = house.visitor("auditor").get("/staff/audit");
        log.assert_has("确认支持金额超过争议金额").assert_has("¥1,300.00 > ¥1,250.00");
    }

    fn an_approver_reads_that_more_is_granted_than_is_disputed(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let path = format!("/staff/disputes/{id}");
        let (manager, approver) = (house.visitor("manager"), house.visitor("approver"));
        let page = manager.get(&path);
        let page = manager.submit(&page.form(&format!("{path}/assignment")));
        let form = page.form(&format!("{path}/decision")).with("outcome", "accepted")
            .with("granted", "6000").with("reason", "按合同补计").with("beyond", "600000");
        manager.submit(&form).assert_status(200).assert_has("待审批");
        let page = approver.get(&path);
        page.assert_has("批准后合计支持 ¥6,000.00，比争议金额 ¥1,250.00 多 ¥4,750.00；提出人已确认。");
        approver.submit(&page.form(&format!("{path}/decision-approval"))).assert_status(200);
        house.check(app, "12000.00", "0.00");
    }
}
