//! What is refused: who may not, what can't be, what changed meanwhile. Clear answers, nothing
//! lost, nothing done.

use openrebate::disputes::State;

use super::house;

both! {
    fn what_is_not_theirs_is_not_there(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let accrual = house.accrual(app);
        let stranger = house.visitor("stranger");
        for path in [
            format!("/disputes/{id}"),
            format!("/disputes/{id}/receipt"),
            format!("/disputes/{id}/files/x"),
            format!("/disputes/new?subject=accrual&id={accrual}"),
            "/disputes/new?subject=statement&id=x".to_owned(),
            "/disputes/new?subject=payout&id=x".to_owned(),
            "/disputes/new?subject=line&id=1".to_owned(),
            "/disputes/new?subject=nonsense".to_owned(),
            "/disputes/nobody".to_owned(),
            "/staff/disputes".to_owned(),
        ] {
            stranger.get(&path).assert_status(404);
        }
        let free = stranger.get("/disputes/new?subject=free").form("/disputes/new");
        let forged = free.with("subject", "accrual").with("id", &accrual);
        stranger.post(&forged.with("category", "other").with("text", "?")).assert_status(404);
        let mut form = house.visitor("buyer").get(&format!("/disputes/{id}"))
            .form(&format!("/disputes/{id}/withdrawal"));
        let own = stranger.get("/home").form("/sign-out");
        form = form.with("token", own.value("token").unwrap());
        stranger.post(&form).assert_status(404);
        assert_eq!(house.disputes(app)[0].state, State::Submitted);
    }

    fn a_viewer_reads_and_does_nothing(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let viewer = house.visitor("viewer");
        let list = viewer.get("/disputes");
        list.assert_status(200).assert_has("ZY-2026-10-000001").assert_has("¥1,250.00");
        assert!(!list.texts("a").iter().any(|link| link == "提出争议"));
        let page = viewer.get(&format!("/disputes/{id}"));
        page.assert_status(200).assert_has("少计一张发票");
        assert_eq!(page.texts("main button").len(), 0);
        viewer.get("/disputes/new").assert_status(404);
        let token = page.form("/sign-out").value("token").unwrap().to_owned();
        for noun in ["withdrawal", "acceptance", "appeal"] {
            let mut form = page.form("/sign-out").with("token", &token);
            form.action = format!("/disputes/{id}/{noun}");
            viewer.post(&form).assert_status(404);
        }
        let auditor = house.visitor("auditor");
        let page = auditor.get(&format!("/staff/disputes/{id}"));
        page.assert_status(200).assert_has("少计一张发票");
        assert_eq!(page.texts("main button").len(), 0);
        let mut form = page.form("/sign-out").with("note", "!");
        form.action = format!("/staff/disputes/{id}/notes");
        auditor.post(&form).assert_status(409).assert_has("只有工作人员可以进行此操作");
    }

    fn wrong_files_are_refused_at_their_field_and_good_ones_kept(app: &TestApp) {
        let house = house(app);
        let buyer = house.visitor("buyer");
        let page = buyer.get("/disputes/new?subject=missing_invoice");
        let form = page.form("/disputes/new").with("category", "missing_invoice")
            .with("document", "INV-9").with("text", "少计")
            .with_file("files", "好.pdf", b"%PDF-1.7\n")
            .with_file("files", "坏.exe", b"MZ\x90\0\x03")
            .with_file("files", "空.txt", b"")
            .with_file("files", "大.txt", &vec![b'a'; 10 * 1024 * 1024 + 1]);
        let again = buyer.submit(&form);
        again.assert_status(422).assert_has("不支持文件 坏.exe 的类型");
        again.assert_has("文件 空.txt 是空的").assert_has("文件 大.txt 超过 10 MB");
        again.assert_has("移除 好.pdf").assert_has("少计");
        let check = buyer.submit(&again.form("/disputes/new"));
        check.assert_status(200).assert_has("好.pdf").assert_has("INV-9");
        let many = (0..6).fold(again.form("/disputes/new"), |form, n| {
            form.with_file("files", &format!("{n}.txt"), b"x")
        });
        buyer.submit(&many).assert_status(422).assert_has("最多可附 5 个文件");
        let kept = again.attribute("input[name='drop[]']", "value");
        let gone = buyer.submit(&again.form("/disputes/new").with("drop[]", &kept));
        gone.assert_status(200);
        assert!(!gone.body().contains("好.pdf"));
        // Back from the check page nothing is lost.
        let back = buyer.get(&check.link("返回修改"));
        back.assert_status(200).assert_has("INV-9");
        let form = back.form("/disputes/new");
        assert_eq!(form.value("document"), Some("INV-9"));
        assert_eq!(form.value("category"), Some("missing_invoice"));
        assert_eq!(form.value("text"), Some("少计"));
    }

    fn what_cannot_be_read_is_said_at_its_field(app: &TestApp) {
        let house = house(app);
        let buyer = house.visitor("buyer");
        let page = buyer.get(&format!("/disputes/new?subject=accrual&id={}", house.accrual(app)));
        let good = page.form("/disputes/new").with("category", "other").with("text", "请核对");
        for (field, value, sentence) in [
            ("expected", "1e9", "请按 1250.00 的格式填写您认为正确的金额"),
            ("expected", "12,50", "请按 1250.00 的格式填写您认为正确的金额"),
            ("expected", "99999999999999999999", "请按 1250.00 的格式填写您认为正确的金额"),
            ("disputed", "1.005", "金额最多保留两位小数"),
            ("disputed", "-1", "金额不能为负数"),
            ("category", "nonsense", "请选择问题类型"),
            ("text", "  ", "请填写说明或留言"),
            ("text", &"长".repeat(2_001), "最多填写 2,000 个字"),
        ] {
            let page = buyer.submit(&good.clone().with(field, value));
            page.assert_status(422).assert_has(sentence);
            let form = page.form("/disputes/new");
            if field != "category" {
                assert_eq!(form.value(field).map(str::trim), Some(value.trim()), "{field}");
            }
        }
        let page = buyer.submit(&good.clone().with("text", &"长".repeat(2_000)));
        page.assert_status(200);
        let refused = buyer.post(&good.clone().with("text", &"x".repeat(20_000)));
        refused.assert_status(413).assert_has("有一项文字过长").assert_has("没有保存任何内容");
        buyer.post(&good.clone().with("surprise", "1")).assert_status(400);
        buyer.post(&good.clone().without("token")).assert_status(400);
        let mut filing = page.form("/disputes");
        buyer.post(&filing.clone().with("customer", "1")).assert_status(400);
        filing.action = "/disputes?x=%FF%FE".to_owned();
        let answer = buyer.post(&filing);
        assert!(answer.status < 500, "{}", answer.status);
        let missing = buyer.get("/disputes/new?subject=missing_invoice").form("/disputes/new");
        let missing = missing.with("category", "other").with("text", "?");
        buyer.submit(&missing).assert_status(422).assert_has("请填写发票或单据号");
    }

    fn a_stale_page_or_a_refused_action_keeps_what_was_typed(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let path = format!("/staff/disputes/{id}");
        let (buyer, manager) = (house.visitor("buyer"), house.visitor("manager"));
        let page = manager.get(&path);
        let page = manager.submit(&page.form(&format!("{path}/assignment")));
        let typed = page.form(&format!("{path}/decision")).with("outcome", "partly")
            .with("granted", "300.00").with("reason", "部分发票有效");
        let message = buyer.get(&format!("/disputes/{id}")).form(&format!("/disputes/{id}/messages"));
        buyer.submit(&message.with("text", "补充一张发票")).assert_status(200);
        let stale = manager.submit(&typed);
        stale.assert_status(409).assert_has("刚刚被他人更改").assert_has("补充一张发票");
        house.check(app, "4750.00", "1250.00");
        let again = stale.form(&format!("{path}/decision"));
        assert_eq!(again.value("granted"), Some("300.00"));
        assert_eq!(again.value("outcome"), Some("partly"));
        assert_eq!(again.value("reason"), Some("部分发票有效"));
        manager.submit(&again).assert_status(200);
        house.check(app, "6300.00", "0.00");
        // Decided: the same decision on a page of its own is refused and moves nothing.
        let refused = manager.submit(&typed.with("form_key", "another"));
        refused.assert_status(409).assert_has("已作出裁定").assert_has("部分发票有效");
        house.check(app, "6300.00", "0.00");
        let stale = page.form(&format!("{path}/replies")).with("reply", "稍后答复");
        manager.submit(&stale).assert_status(409).assert_has("稍后答复");
    }
}
