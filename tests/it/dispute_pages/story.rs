//! The whole way in a real browser, as customer, account manager, approver and reviewer: asked,
//! answered, decided over the limit, approved, appealed, decided for good; and how it looks on the
//! way.

use openrebate::disputes::State;

use super::{House, house};
use crate::support::{Browser, PASSWORD};

/// Somebody's browser, signed in, on the dispute's page.
fn at(house: &House, who: &str, width: u32, language: &str, path: &str) -> Browser {
    let browser = Browser::open(width, 900, language);
    browser.goto(&format!("{}{path}", house.site.url));
    browser.fill("email", &format!("{who}@example.com"));
    browser.fill("password", PASSWORD);
    browser.click(if language == "en" { "Sign in" } else { "登录" });
    assert_eq!(browser.url(), format!("{}{path}", house.site.url));
    browser
}

#[track_caller]
fn shows(browser: &Browser, text: &str) {
    let main = browser.run("return document.querySelector('main').innerText");
    let main = main.as_str().unwrap_or_default();
    assert!(main.contains(text), "{} lacks {text:?}:\n{main}", browser.url());
}

#[track_caller]
fn fits(browser: &Browser) {
    let overflow = "return document.documentElement.scrollWidth - window.innerWidth";
    assert_eq!(browser.run(overflow), 0, "{} scrolls sideways", browser.url());
}

both! {
    fn a_claim_walks_to_its_final_decision(app: &TestApp) {
        let house = house(app);
        let id = house.filed(app);
        let (own, desk) = (format!("/disputes/{id}"), format!("/staff/disputes/{id}"));
        let here = |path: &str| format!("{}{path}", house.site.url);

        // The manager takes it and asks. On a wide page the facts are open beside the thread.
        let manager = at(&house, "manager", 1280, "zh-CN", &desk);
        shows(&manager, "2026年第3季度 返利 = ¥120,000.00 × 5% = ¥6,000.00");
        manager.click("由我处理");
        manager.fill("reply", "请补充签收单。");
        manager.click("请客户补充");
        shows(&manager, "待客户补充");
        fits(&manager);

        // The customer answers on a phone.
        let buyer = at(&house, "buyer", 360, "zh-CN", &own);
        shows(&buyer, "请补充签收单。");
        buyer.fill("text", "签收单为9月30日。");
        buyer.click("发送");
        fits(&buyer);

        // Meanwhile the manager wrote: both texts are there, and go on together.
        manager.fill("reason", "签收日在期内，予以支持。");
        manager.fill("granted", "5000.01");
        manager.run("document.getElementById('outcome-accepted').click()");
        manager.click("提交裁定");
        shows(&manager, "您填写期间，该争议有了新的进展");
        shows(&manager, "签收单为9月30日。");
        // More than is in dispute: the page asks before it is sent.
        shows(&manager, "确认合计支持 ¥5,000.01，超过争议金额 ¥1,250.00");
        manager.run("document.getElementById('beyond').click()");
        manager.click("提交裁定");
        shows(&manager, "待审批的裁定");
        house.check(app, "4750.00", "1250.00");
        buyer.goto(&here(&own));
        assert!(!buyer.text("main").contains("予以支持"));

        // Whoever may approves; the money moves.
        let approver = at(&house, "approver", 1280, "en", &desk);
        shows(&approver, "签收日在期内，予以支持。");
        approver.click("Approve the decision");
        house.check(app, "11000.01", "0.00");

        // The customer appeals; another person decides, at a window as wide as a phone.
        buyer.goto(&here(&own));
        shows(&buyer, "¥5,000.01");
        buyer.fill("appeal", "另有一张发票未计入。");
        buyer.click("提出申诉");
        let reviewer = at(&house, "reviewer", 360, "en", &desk);
        // The facts are folded, the thread comes first.
        let folded = "return document.querySelector('.fold').getBoundingClientRect().height < 80";
        assert_eq!(reviewer.run(folded), true);
        assert_eq!(manager.run("return document.querySelector('.fold').open"), false);
        let wide = "return document.querySelector('.fold > div').getBoundingClientRect().height > 300";
        assert_eq!(manager.run(wide), true);
        reviewer.click("Take the appeal");
        reviewer.run("document.getElementById('outcome-rejected').click()");
        reviewer.fill("reason", "The other invoice belongs to the next quarter.");
        reviewer.click("Submit the decision");
        fits(&reviewer);
        house.check(app, "11000.01", "0.00");

        // Accepted, closed; the paper holds all of it.
        buyer.goto(&here(&own));
        shows(&buyer, "申诉裁定（最终）");
        buyer.click("接受裁定");
        assert_eq!(house.disputes(app)[0].state, State::Closed);
        buyer.click("打印案卷");
        for said in ["¥5,000.01", "approver", "reviewer", "The other invoice", "签收单为9月30日。"] {
            shows(&buyer, said);
        }
        fits(&buyer);

        // Two at once see each other, without anybody loading the page again.
        manager.goto(&here(&desk));
        let line = manager.text(".presence");
        assert!(line.contains("reviewer") && line.contains("approver"), "{line}");
        let polled = "const line = document.querySelector('[data-poll]'); line.textContent = ''; \
                      document.dispatchEvent(new Event('visibilitychange'));";
        manager.run(polled);
        let said = "return document.querySelector('[data-poll]').textContent";
        for _ in 0..100 {
            if manager.run(said).as_str().is_some_and(|text| text.contains("reviewer")) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("the open page doesn't say who looks");
    }

    fn withdrawn_returned_and_rejected_claims_end_too(app: &TestApp) {
        let house = house(app);
        let here = |path: &str| format!("{}{path}", house.site.url);
        let state = || house.disputes(app)[0].state;

        // Withdrawn before anybody took it.
        let id = house.filed(app);
        house.check(app, "4750.00", "1250.00");
        let buyer = at(&house, "buyer", 360, "zh-CN", &format!("/disputes/{id}"));
        buyer.click("撤回");
        shows(&buyer, "争议已撤回");
        fits(&buyer);
        assert_eq!(state(), State::Withdrawn);
        house.check(app, "6000.00", "0.00");

        // Rejected, and accepted by the customer.
        let id = house.filed(app);
        let desk = format!("/staff/disputes/{id}");
        let manager = at(&house, "manager", 1280, "zh-CN", &desk);
        manager.click("由我处理");
        manager.run("document.getElementById('outcome-rejected').click()");
        manager.fill("reason", "发票属于下一季度。");
        manager.click("提交裁定");
        shows(&manager, "已裁定");
        house.check(app, "6000.00", "0.00");
        buyer.goto(&here(&format!("/disputes/{id}")));
        shows(&buyer, "发票属于下一季度。");
        buyer.click("接受裁定");
        assert_eq!(state(), State::Closed);

        // Returned by the approver, decided anew within the limit.
        let id = house.filed(app);
        let desk = format!("/staff/disputes/{id}");
        manager.goto(&here(&desk));
        manager.click("由我处理");
        let decides = |outcome: &str, granted: &str| {
            manager.run(&format!("document.getElementById('outcome-{outcome}').click()"));
            manager.fill("granted", granted);
            manager.fill("reason", "签收单有效。");
            manager.click("提交裁定");
        };
        decides("accepted", "5000.01");
        manager.run("document.getElementById('beyond').click()");
        manager.click("提交裁定");
        let approver = at(&house, "approver", 1280, "zh-CN", &desk);
        approver.fill("return_reason", "请按争议金额裁定。");
        approver.click("退回");
        house.check(app, "4750.00", "1250.00");
        manager.goto(&here(&desk));
        shows(&manager, "请按争议金额裁定。");
        decides("partly", "1000.00");
        shows(&manager, "已裁定");
        house.check(app, "7000.00", "0.00");
        buyer.goto(&here(&format!("/disputes/{id}")));
        assert!(!buyer.text("main").contains("请按争议金额裁定"), "what staff say to each other");
        buyer.click("接受裁定");
        assert_eq!(state(), State::Closed);
    }
}
