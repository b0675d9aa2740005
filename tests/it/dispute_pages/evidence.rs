//! A dispute as one paper, for staff and for the customer.

use openrebate::audit;
use openrebate::values::fingerprint;

use super::{house, id_of};

both! {
    fn the_paper_holds_everything_and_the_customers_nothing_internal(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let path = format!("/staff/disputes/{id}");
        let (manager, approver) = (house.visitor("manager"), house.visitor("approver"));
        let page = manager.get(&path);
        let page = manager.submit(&page.form(&format!("{path}/assignment")));
        let page = manager.submit(&page.form(&format!("{path}/notes")).with("note", "先查仓库"));
        let reply = page.form(&format!("{path}/replies")).with("reply", "请见附件")
            .with_file("files", "回单.txt", "已签收".as_bytes());
        let page = manager.submit(&reply);
        let form = page.form(&format!("{path}/decision")).with("outcome", "accepted")
            .with("granted", "5000.01").with("beyond", "500001").with("reason", "漏导一张发票");
        manager.submit(&form).assert_status(200);
        // Proposed: staff read it as such, the customer reads none.
        let paper = manager.get(&format!("{path}/evidence"));
        paper.assert_has("待审批的裁定").assert_has("漏导一张发票").assert_has("没有因本争议入账的分录");
        let buyer = house.visitor("buyer");
        let own = format!("/disputes/{id}/evidence");
        let theirs = buyer.get(&own);
        theirs.assert_status(200).assert_has("尚未作出裁定");
        assert!(!theirs.body().contains("漏导一张发票"));
        let page = approver.get(&path);
        approver.submit(&page.form(&format!("{path}/decision-approval"))).assert_status(200);
        let (staffs, customers) = (manager.get(&format!("{path}/evidence")), buyer.get(&own));
        for paper in [&staffs, &customers] {
            paper.assert_status(200);
            for said in [
                "争议案卷 ZY-2026-10-000001",
                "C1 杭州恒通贸易有限公司",
                "¥1,250.00",
                "2026年第3季度 返利 = ¥120,000.00 × 5% = ¥6,000.00",
                "Q-2026 季度返利 · 第 1 版",
                "每季度采购净额达到 ¥100,000.00 返 5%",
                "少计一张发票",
                "全部支持 · 支持金额 ¥5,000.01",
                "漏导一张发票",
                "manager 于2026年10月15日 10:00 作出 · approver 于2026年10月15日 10:00 批准",
                "计入2026年10月15日，期间 2026年第3季度 · ZY-2026-10-000001 · 漏导一张发票",
                "返利费用 ¥5,000.01",
                "应付返利 ¥5,000.01",
                "回单.txt 9 2026年10月15日 10:00",
                &fingerprint("已签收".as_bytes()),
                "请见附件",
            ] {
                paper.assert_has(said);
            }
        }
        staffs.assert_has("先查仓库").assert_has("内部备注，客户永远看不到");
        for internal in ["先查仓库", "内部备注", "裁定获批", "合并指纹"] {
            assert!(!customers.body().contains(internal), "{internal}");
        }
        let events = app.read(|conn| audit::of_object(conn, "dispute", &id));
        let reads: Vec<_> = events.iter().filter(|e| e.action == "dispute.evidence_read").collect();
        assert_eq!(reads.len(), 2);
        assert_eq!((reads[0].actor_name.as_str(), reads[0].customer), ("manager", Some(house.customer)));
        staffs.assert_has(&format!("本争议共有 {} 条记录", events.len()));
        // The checkpoint is one of the chain's.
        let head = app.read(|conn| audit::latest(conn, None, 200));
        let printed = head.iter().find(|e| customers.text().contains(&format!("#{} {}", e.seq, e.hash)));
        assert!(printed.is_some(), "{}", customers.text());
        // Nobody else's business.
        house.visitor("stranger").get(&own).assert_status(404);
        house.visitor("buyer").get(&format!("{path}/evidence")).assert_status(404);
        house.visitor("viewer").get(&own).assert_status(200);
        house.visitor("auditor").get(&format!("{path}/evidence")).assert_status(200);
    }

    fn what_was_merged_is_on_the_paper_too(app: &TestApp) {
        let house = house(app);
        let first = house.filed(app);
        let buyer = house.visitor("buyer");
        let form = buyer.get("/disputes/new?subject=free").form("/disputes/new")
            .with_file("files", "旧单.txt", b"old");
        let check = buyer.submit(&form.with("category", "other").with("text", "再说一遍"));
        let second = id_of(&buyer.submit(&check.form("/disputes")));
        let manager = house.visitor("manager");
        let path = format!("/staff/disputes/{second}");
        let page = manager.get(&path);
        let form = page.form(&format!("{path}/merger"));
        manager.submit(&form).assert_status(200);
        for paper in [
            manager.get(&format!("/staff/disputes/{first}/evidence")),
            buyer.get(&format!("/disputes/{first}/evidence")),
        ] {
            paper.assert_status(200).assert_has("并入的争议 ZY-2026-10-000002").assert_has("再说一遍");
            paper.assert_has(&fingerprint(b"old"));
        }
        let closed = buyer.get(&format!("/disputes/{second}/evidence"));
        closed.assert_has("已并入争议 ZY-2026-10-000001");
    }
}
