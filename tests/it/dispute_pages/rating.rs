//! What the customer says of how a closed dispute was handled.

use openrebate::audit;
use openrebate::disputes;
use openrebate::values::{CustomerRole, DisputeId};

use super::{House, house, id_of};
use crate::support::{Form, PASSWORD, Page, TestApp, Visitor, a_buyer};

/// Decided by the manager, nothing granted.
fn decided(house: &House, app: &TestApp) -> String {
    let id = house.filed(app);
    let manager = house.visitor("manager");
    let path = format!("/staff/disputes/{id}");
    let page = manager.get(&path);
    let page = manager.submit(&page.form(&format!("{path}/assignment")));
    let form = page.form(&format!("{path}/decision")).with("outcome", "rejected");
    manager.submit(&form.with("reason", "发票属于下一季度")).assert_status(200);
    id
}

/// Whether the page has the form.
fn asks(page: &Page, id: &str) -> bool {
    page.body().contains(&format!("action=\"/disputes/{id}/rating\""))
}

fn closed(buyer: &Visitor, id: &str) -> Page {
    let page = buyer.get(&format!("/disputes/{id}"));
    let page = buyer.submit(&page.form(&format!("/disputes/{id}/acceptance")));
    page.assert_status(200).assert_has("已关闭");
    page
}

both! {
    fn a_closed_dispute_is_rated_once_and_everybody_reads_it(app: &TestApp) {
        let house = house(app);
        let id = decided(&house, app);
        let buyer = house.visitor("buyer");
        let (own, rating) = (format!("/disputes/{id}"), format!("/disputes/{id}/rating"));
        // Not before it is closed: no form, and a form made up is refused.
        let open = buyer.get(&own);
        assert!(!asks(&open, &id), "{}", open.text());
        let token = open.form("/language").value("token").unwrap_or_default().to_owned();
        let made_up = Form::to(rating.clone()).with("token", &token);
        let made_up = made_up.with("score", "5").with("rating", "先说好");
        let refused = buyer.submit(&made_up);
        refused.assert_status(409).assert_has("争议关闭后才能评价。").assert_has("先说好");

        let page = closed(&buyer, &id);
        page.assert_has("您对这件争议的处理是否满意？").assert_has("很不满意").assert_has("很满意");
        // Whoever only reads is asked nothing.
        assert!(!asks(&house.visitor("viewer").get(&own), &id));
        let form = page.form(&rating).with("rating", "答复很快");
        let again = buyer.submit(&form);
        again.assert_status(422).assert_has("请选择评分。").assert_has("答复很快");
        for nonsense in ["0", "6", "-1", "vier"] {
            let form = again.form(&rating).with("score", nonsense);
            buyer.submit(&form).assert_status(422).assert_has("请选择评分。");
        }
        let long = again.form(&rating).with("score", "4").with("rating", &"长".repeat(2_001));
        let again = buyer.submit(&long);
        again.assert_status(422).assert_has("最多填写 2,000 个字");
        let before = app.read(|conn| openrebate::mailbox::latest(conn, None, None, 100)).len();

        // Two people of the customer have the page open; the first one's word stands.
        a_buyer(app, "boss", house.customer, CustomerRole::Manager);
        let boss = house.site.visitor("en");
        boss.sign_in("boss@example.com", PASSWORD).assert_status(200);
        let late = boss.get(&own);
        late.assert_has("How satisfied are you with how this dispute was handled?");
        let given = again.form(&rating).with("score", "4").with("rating", "答复很快，\n理由清楚");
        let shown = buyer.submit(&given);
        shown.assert_status(200).assert_has("感谢您的评价。").assert_has("4/5 · 满意");
        shown.assert_has("buyer 于2026年10月15日 10:00 评价");
        assert!(!asks(&shown, &id));
        buyer.submit(&given).assert_status(200);
        let second = boss.submit(&late.form(&rating).with("score", "1").with("rating", "Slow."));
        second.assert_status(409).assert_has("This dispute was rated before.");
        second.assert_has("4/5 · satisfied").assert_has("Slow.");

        let dispute = DisputeId::from_text(&id);
        let kept = app.read(|conn| disputes::rating(conn, &dispute)).unwrap();
        assert_eq!((kept.score, kept.text.as_str()), (4, "答复很快，\n理由清楚"));
        let events = app.read(|conn| audit::of_object(conn, "dispute", &id));
        let rated: Vec<_> = events.iter().filter(|e| e.action == "dispute.rated").collect();
        assert_eq!(rated.len(), 1);
        assert_eq!(rated[0].reason.as_deref(), Some("4/5 答复很快，\n理由清楚"));
        assert_eq!(rated[0].customer, Some(house.customer));
        let after = app.read(|conn| openrebate::mailbox::latest(conn, None, None, 100)).len();
        assert_eq!(after, before, "a rating writes to nobody");

        for (who, path) in [
            ("viewer", own.clone()),
            ("viewer", format!("{own}/evidence")),
            ("manager", format!("/staff{own}")),
            ("auditor", format!("/staff{own}")),
            ("manager", format!("/staff{own}/evidence")),
        ] {
            house.visitor(who).get(&path).assert_has("4/5 · 满意").assert_has("理由清楚");
        }
    }

    fn what_was_taken_back_or_went_on_elsewhere_is_not_rated(app: &TestApp) {
        let house = house(app);
        let buyer = house.visitor("buyer");
        let taken_back = house.filed(app);
        let page = buyer.get(&format!("/disputes/{taken_back}"));
        let page = buyer.submit(&page.form(&format!("/disputes/{taken_back}/withdrawal")));
        assert!(!asks(page.assert_status(200), &taken_back));

        house.filed(app);
        let form = buyer.get("/disputes/new?subject=free").form("/disputes/new");
        let check = buyer.submit(&form.with("category", "other").with("text", "再说一遍"));
        let merged = id_of(&buyer.submit(&check.form("/disputes")));
        let path = format!("/staff/disputes/{merged}");
        let manager = house.visitor("manager");
        let form = manager.get(&path).form(&format!("{path}/merger"));
        manager.submit(&form).assert_status(200);
        let page = buyer.get(&format!("/disputes/{merged}"));
        assert!(!asks(page.assert_has("已关闭"), &merged));
    }
}
