//! The workspace: nothing typed is lost, internal stays internal, what is put aside, merged and
//! linked says so; saved replies; who else looks.

use openrebate::disputes::State;

use super::{House, house, id_of, letters};
use crate::support::{Page, Visitor, a_member};
use openrebate::values::StaffRole;

impl House {
    /// A second dispute of the customer, without a subject; its id.
    fn filed_free(&self, text: &str) -> String {
        let buyer = self.visitor("buyer");
        let form = buyer.get("/disputes/new?subject=free").form("/disputes/new");
        let check = buyer.submit(&form.with("category", "other").with("text", text));
        id_of(&buyer.submit(&check.form("/disputes")))
    }

    /// The manager's workspace of the dispute, taken up.
    fn taken(&self, manager: &Visitor, id: &str) -> Page {
        let path = format!("/staff/disputes/{id}");
        manager.submit(&manager.get(&path).form(&format!("{path}/assignment")))
    }

    fn writes(&self, id: &str, text: &str) {
        let buyer = self.visitor("buyer");
        let form = buyer.get(&format!("/disputes/{id}")).form(&format!("/disputes/{id}/messages"));
        buyer.submit(&form.with("text", text)).assert_status(200);
    }
}

/// The news a page that came back shows above what was typed.
fn news(page: &Page) -> Vec<String> {
    page.texts(".meanwhile .timeline .said, .meanwhile .timeline .internal")
}

both! {
    fn what_was_typed_and_what_happened_meanwhile_are_both_shown(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let path = format!("/staff/disputes/{id}");
        let manager = house.visitor("manager");
        house.taken(&manager, &id);
        for (noun, field, text, told) in [
            ("replies", "reply", "我的回复", "已回复客户"),
            ("questions", "reply", "我的问题", "已请客户补充"),
            ("notes", "note", "我的备注", "已保存内部备注"),
            ("decision", "reason", "我的理由", "裁定已提交"),
        ] {
            let page = manager.get(&path);
            // Questions are a second button of the form for replies.
            let shown = if noun == "questions" { "replies" } else { noun };
            let mut form = page.form(&format!("{path}/{shown}")).with(field, text);
            form.action = format!("{path}/{noun}");
            if noun == "decision" {
                form = form.with("outcome", "partly").with("granted", "300.00");
            }
            let meanwhile = format!("客户在{noun}之前写的话");
            house.writes(&id, &meanwhile);
            let back = manager.submit(&form);
            back.assert_status(409).assert_has("刚刚被他人更改");
            assert_eq!(news(&back), [meanwhile], "{noun}");
            let mut again = back.form(&format!("{path}/{shown}"));
            assert_eq!(again.value(field), Some(text), "{noun}");
            again.action = format!("{path}/{noun}");
            let done = manager.submit(&again);
            done.assert_status(200).assert_has(told).assert_has(text);
            assert_eq!(done.texts(".meanwhile"), [""; 0]);
        }
        house.check(app, "6300.00", "0.00");
    }

    fn a_decision_made_meanwhile_is_shown_above_ones_own(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let path = format!("/staff/disputes/{id}");
        let manager = house.visitor("manager");
        let page = house.taken(&manager, &id);
        let mine = page.form(&format!("{path}/decision")).with("outcome", "accepted")
            .with("granted", "1250.00").with("reason", "我的结论");
        let reply = page.form(&format!("{path}/replies")).with("reply", "我的回复");
        let note = page.form(&format!("{path}/notes")).with("note", "我的备注");
        let theirs = page.form(&format!("{path}/decision")).with("outcome", "rejected")
            .with("reason", "同事的结论").with("form_key", "theirs");
        manager.submit(&theirs).assert_status(200);
        house.check(app, "6000.00", "0.00");
        let back = manager.submit(&mine);
        back.assert_status(409).assert_has("已作出裁定").assert_has("我的结论");
        assert_eq!(news(&back), ["同事的结论"]);
        let back = manager.submit(&reply);
        back.assert_status(409).assert_has("我的回复");
        assert_eq!(news(&back), ["同事的结论"]);
        // A note can still be written, once one knows.
        let back = manager.submit(&note);
        back.assert_status(409);
        assert_eq!(news(&back), ["同事的结论"]);
        manager.submit(&back.form(&note.action)).assert_status(200).assert_has("我的备注");
        house.check(app, "6000.00", "0.00");
        let mut nonsense = page.form(&format!("{path}/notes")).with("note", "x");
        for seen in ["-5", "x", "99999999999999999999"] {
            nonsense = nonsense.with("seen", seen).with("form_key", &format!("k{}", seen.len()));
            manager.submit(&nonsense).assert_status(409);
        }
    }

    fn staff_attach_files_and_a_refusal_keeps_them(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let path = format!("/staff/disputes/{id}");
        let manager = house.visitor("manager");
        let page = house.taken(&manager, &id);
        let form = page.form(&format!("{path}/replies")).with("reply", "请见附件")
            .with_file("files", "明细.csv", "单据号,净额\n1,2\n".as_bytes());
        house.writes(&id, "补充");
        let back = manager.submit(&form);
        back.assert_status(409).assert_has("移除 明细.csv");
        let good = back.form(&form.action);
        let bad = manager.submit(&good.clone().with_file("files", "坏.exe", b"MZ\x90\0\x03"));
        bad.assert_status(422).assert_has("不支持文件 坏.exe").assert_has("移除 明细.csv");
        let empty = manager.submit(&bad.form(&form.action).with("reply", " "));
        empty.assert_status(422).assert_has("请填写写给客户的内容").assert_has("移除 明细.csv");
        let sent = manager.submit(&empty.form(&form.action).with("reply", "请见附件"));
        sent.assert_status(200).assert_has("已回复客户").assert_has("明细.csv (1 KB)");
        let buyer = house.visitor("buyer");
        let page = buyer.get(&format!("/disputes/{id}"));
        page.assert_has("请见附件").assert_has("明细.csv");
        let file = page.link("明细.csv (1 KB)");
        assert_eq!(buyer.get(&file).bytes, "单据号,净额\n1,2\n".as_bytes());
        // Once it is sent, it waits no longer.
        let again = manager.submit(&good);
        again.assert_status(422).assert_has("明细.csv 已失效");
    }

    fn an_internal_note_is_known_without_its_colour(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let manager = house.visitor("manager");
        let page = house.taken(&manager, &id);
        let card = page.texts("#note-card").concat();
        assert!(card.contains("内部备注，客户永远看不到"), "{card}");
        let form = page.form(&format!("/staff/disputes/{id}/notes")).with("note", "先不要答复");
        let page = manager.submit(&form);
        assert_eq!(page.texts(".timeline .internal"), ["内部备注，客户永远看不到 先不要答复"]);
        let html = page.html();
        let icon = scraper::Selector::parse(".timeline .internal .lock svg").unwrap();
        assert_eq!(html.select(&icon).count(), 1);
    }

    fn what_is_put_aside_says_until_when_and_comes_back(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let path = format!("/staff/disputes/{id}");
        let manager = house.visitor("manager");
        let page = manager.get(&path);
        assert!(!page.body().contains(&format!("{path}/snooze")), "not before it is taken");
        let page = house.taken(&manager, &id);
        page.assert_has("最晚2026年10月19日（周一）");
        let form = page.form(&format!("{path}/snooze"));
        for (until, sentence) in [
            ("", "请填写日期"),
            ("明天", "“明天”不是日期"),
            ("2026-13-01", "“2026-13-01”不是日期"),
            ("2026-10-15", "请选择今天以后的日期"),
            ("2026-10-20", "该争议的期限为2026年10月19日"),
        ] {
            let back = manager.submit(&form.clone().with("snooze_until", until).with("snooze_reason", "等回单"));
            back.assert_status(422).assert_has(sentence);
            assert_eq!(back.form(&form.action).value("snooze_reason"), Some("等回单"), "{until}");
        }
        let form = form.with("snooze_until", "2026-10-19").with("snooze_reason", "等回单");
        let page = manager.submit(&form);
        page.assert_status(200).assert_has("已暂缓，2026年10月19日（周一）恢复");
        page.assert_has("暂缓至2026年10月19日（周一）").assert_has("等回单");
        manager.get("/staff/disputes?view=mine").assert_has("目前没有待您处理的争议");
        manager.get("/staff/disputes?view=snoozed").assert_has("ZY-2026-10-000001");
        let page = manager.submit(&page.form(&format!("{path}/waking")));
        page.assert_status(200).assert_has("已恢复处理");
        manager.get("/staff/disputes?view=mine").assert_has("ZY-2026-10-000001");
        // The customer knows nothing of it.
        let body = house.visitor("buyer").get(&format!("/disputes/{id}")).body();
        assert!(!body.contains("暂缓") && !body.contains("等回单"));
    }

    fn a_duplicate_goes_on_in_the_first_and_both_sides_see_it(app: &TestApp) {
        let house = house(app);
        let first = house.filed(app);
        let buyer = house.visitor("buyer");
        let second = house.filed_free("同一张发票，再次提交");
        let manager = house.visitor("manager");
        let path = format!("/staff/disputes/{second}");
        let page = house.taken(&manager, &second);
        let form = page.form(&format!("{path}/merger"));
        assert_eq!(form.value("merge_into"), Some("ZY-2026-10-000001"));
        let wrong = manager.submit(&form.clone().with("merge_into", "ZY-2026-10-000009"));
        wrong.assert_status(422).assert_has("没有找到该客户编号为“ZY-2026-10-000009”的争议");
        let page = manager.submit(&form);
        page.assert_status(200).assert_has("已合并").assert_has("本争议已并入");
        assert_eq!(page.link("ZY-2026-10-000001"), format!("/staff/disputes/{first}"));
        let into = manager.get(&format!("/staff/disputes/{first}"));
        into.assert_has("并入的争议 ZY-2026-10-000002").assert_has("同一张发票，再次提交");
        // The customer: where it goes on, and what it brought along.
        let closed = buyer.get(&format!("/disputes/{second}"));
        closed.assert_has("本争议已并入");
        assert_eq!(closed.link("ZY-2026-10-000001"), format!("/disputes/{first}"));
        closed.assert_has("同一张发票，再次提交");
        let open = buyer.get(&format!("/disputes/{first}"));
        open.assert_has("并入的争议 ZY-2026-10-000002").assert_has("同一张发票，再次提交");
        assert_eq!(letters(app, "dispute_merged", &second), ["buyer@example.com"]);
        let states: Vec<_> = house.disputes(app).iter().map(|d| d.state).collect();
        assert_eq!(states, [State::Closed, State::Submitted]);
        // Posted again, it says so and does nothing.
        let again = manager.submit(&form.with("form_key", "another"));
        again.assert_status(409).assert_has("该争议已关闭");
    }

    fn disputes_are_linked_and_taken_apart(app: &TestApp) {
        let house = house(app);
        let (first, second) = (house.filed(app), house.filed_free("另一件"));
        let manager = house.visitor("manager");
        let path = format!("/staff/disputes/{first}");
        let page = manager.get(&path);
        let form = page.form(&format!("{path}/links"));
        let wrong = manager.submit(&form.clone().with("link_to", "x").with("link_note", "同一原因"));
        wrong.assert_status(422).assert_has("没有找到编号为“x”的争议");
        assert_eq!(wrong.form(&form.action).value("link_note"), Some("同一原因"));
        let form = form.with("link_to", " zy-2026-10-000002 ").with("link_note", "同一原因");
        let page = manager.submit(&form);
        page.assert_status(200).assert_has("已关联").assert_has("同一原因");
        let other = manager.get(&format!("/staff/disputes/{second}"));
        assert_eq!(other.link("ZY-2026-10-000001"), path);
        let body = house.visitor("buyer").get(&format!("/disputes/{first}")).body();
        assert!(!body.contains("同一原因") && !body.contains("ZY-2026-10-000002"));
        let removal = format!("/staff/disputes/{second}/link-removal");
        let page = manager.submit(&other.form(&removal));
        page.assert_status(200).assert_has("已取消关联");
        assert!(!page.body().contains(&removal));
    }

    fn a_saved_reply_is_kept_tried_out_and_taken(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let path = format!("/staff/disputes/{id}");
        let manager = house.visitor("manager");
        manager.get("/staff/saved-replies").assert_has("还没有常用回复");
        let form = manager.get("/staff/saved-replies/new").form("/staff/saved-replies/new");
        assert_eq!(form.value("sample"), Some("ZY-2026-10-000001"));
        let wrong = form.clone().with("title", "收到").with("text", "{金额}").with("step", "save");
        let back = manager.submit(&wrong);
        back.assert_status(422).assert_has("没有名为“金额”的占位符").assert_has("{金额}");
        let form = form.with("title", "收到").with("text", "{客户}：{number} 已收到，\n{期限}前答复。{负责人}");
        let preview = manager.submit(&form.clone().with("step", "preview"));
        preview.assert_status(200).assert_has("用于以下争议的效果： ZY-2026-10-000001");
        preview.assert_has("杭州恒通贸易有限公司：ZY-2026-10-000001 已收到， 2026年10月26日（周一）前答复。manager");
        let nowhere = manager.submit(&form.clone().with("step", "preview").with("sample", "ZY-1"));
        nowhere.assert_status(422).assert_has("没有找到编号为“ZY-1”的争议");
        let list = manager.submit(&preview.form("/staff/saved-replies/new").with("step", "save"));
        list.assert_status(200).assert_has("我的").assert_has("使用 0 次");
        let address = list.link("收到");
        // Somebody else's own isn't there; the team's is.
        a_member(app, "colleague", &[StaffRole::AccountManager]);
        let colleague = house.visitor("colleague");
        colleague.get(&address).assert_status(404);
        let edit = manager.get(&address);
        edit.assert_has("杭州恒通贸易有限公司：ZY-2026-10-000001");
        let shared = edit.form(&address).with("whose", "team").with("step", "save");
        manager.submit(&shared).assert_status(200).assert_has("团队共用");
        colleague.get(&address).assert_status(200);
        // Changed by somebody else meanwhile: both are shown.
        let stale = manager.submit(&shared.with("title", "旧").with("form_key", "k"));
        stale.assert_status(409).assert_has("刚刚被他人更改").assert_has("目前保存的内容");
        // Into the box, after what was typed; with its count; nothing is sent.
        let page = house.taken(&manager, &id);
        let reply = page.form(&format!("{path}/replies")).with("reply", "您好，").with_file("files", "a.txt", b"x");
        let mut take = reply.clone().with("saved", address.rsplit('/').next().unwrap());
        take.action = format!("{path}/saved-reply");
        let taken = manager.submit(&take);
        taken.assert_status(200).assert_has("移除 a.txt");
        let filled = taken.form(&format!("{path}/replies"));
        let text = "您好，\n\n杭州恒通贸易有限公司：ZY-2026-10-000001 已收到，\n2026年10月26日（周一）前答复。manager";
        assert_eq!(filled.value("reply"), Some(text));
        manager.get("/staff/saved-replies").assert_has("使用 1 次");
        manager.submit(&filled).assert_status(200).assert_has("已回复客户");
        let customers = house.visitor("buyer").get(&format!("/disputes/{id}"));
        customers.assert_has("已收到， 2026年10月26日（周一）前答复").assert_has("a.txt");
        // None chosen, or one that is gone: said at its field, and nothing lost.
        let mut nothing = reply.with("saved", "");
        nothing.action = format!("{path}/saved-reply");
        manager.submit(&nothing).assert_status(422).assert_has("请先选择一条常用回复").assert_has("您好，");
        let removed = manager.submit(&manager.get(&address).form(&format!("{address}/removal")));
        removed.assert_status(200).assert_has("常用回复已删除");
        take = take.with("form_key", "k2");
        manager.submit(&take).assert_status(422).assert_has("已被删除").assert_has("您好，");
        // Nobody else has any business there.
        for name in ["approver", "auditor", "buyer"] {
            house.visitor(name).get("/staff/saved-replies").assert_status(404);
        }
    }

    fn colleagues_see_who_else_looks(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let path = format!("/staff/disputes/{id}");
        let (manager, reviewer, auditor) =
            (house.visitor("manager"), house.visitor("reviewer"), house.visitor("auditor"));
        let seen = |visitor: &Visitor| visitor.get(&path).texts(".presence").concat();
        assert_eq!(seen(&manager), "");
        assert_eq!(seen(&reviewer), "最近 5 分钟内也在查看：manager（10:00）");
        assert_eq!(seen(&auditor), "最近 5 分钟内也在查看：manager（10:00）、reviewer（10:00）");
        app.wait(chrono::TimeDelta::minutes(3));
        // The auditor left no trace there.
        let polled = manager.get(&format!("{path}/presence"));
        assert_eq!(polled.body(), "最近 5 分钟内也在查看：reviewer（10:00）");
        assert_eq!(polled.header("content-type").unwrap(), "text/plain; charset=utf-8");
        app.wait(chrono::TimeDelta::minutes(3));
        assert_eq!(seen(&reviewer), "最近 5 分钟内也在查看：manager（10:03）");
        // A page that polls is no sign of life: the session ends for want of use all the same.
        for _ in 0..100 {
            app.wait(chrono::TimeDelta::minutes(30));
            let polled = manager.peek(&format!("{path}/presence"));
            if polled.status == 303 {
                return;
            }
        }
        panic!("asking for who looks kept the session alive");
    }
}
