//! The portal through its front door: over HTTP without JavaScript, and in a browser.

use openrebate::customers::{self, NewCustomer};
use openrebate::db::DatabaseUrl;
use openrebate::values::{Currency, CustomerRole, StaffRole};

use crate::support::{Browser, Engine, PASSWORD, Site, TestApp, a_buyer, a_customer, a_member};

fn with_people(app: &TestApp) -> Site {
    let customer = a_customer(app, "D-001", "杭州恒通贸易有限公司");
    a_buyer(app, "buyer", customer, CustomerRole::Manager);
    a_member(app, "manager", &[StaffRole::AccountManager]);
    Site::of(app)
}

both! {
    fn a_customer_signs_in_reads_and_signs_out(app: &TestApp) {
        let site = with_people(app);
        let buyer = site.visitor("zh-CN");
        buyer.peek("/home").assert_status(303);
        let before = buyer.get("/home");
        assert!(before.path.starts_with("/sign-in"), "{}", before.path);
        let cookie = buyer.cookie("__Host-sid");
        let home = buyer.sign_in("buyer@example.com", PASSWORD);
        assert_eq!((home.path.as_str(), home.status), ("/home", 200));
        assert_eq!(home.html().root_element().attr("lang"), Some("zh-CN"));
        assert_ne!(buyer.cookie("__Host-sid"), cookie, "a new key at sign-in");
        let old = site.visitor("zh-CN");
        old.set_cookie("__Host-sid", &buyer.cookie("__Host-sid").unwrap());
        old.peek("/home").assert_status(200);
        buyer.submit(&home.form("/sign-out"));
        old.peek("/home").assert_status(303);
    }

    fn a_wrong_password_says_the_same_as_an_unknown_address(app: &TestApp) {
        let site = with_people(app);
        let visitor = site.visitor("en");
        let wrong = visitor.sign_in("buyer@example.com", "not this one");
        let unknown = visitor.sign_in("nobody@example.com", "not this one");
        assert_eq!((wrong.status, unknown.status), (422, 422));
        let said = |page: &crate::support::Page| page.texts(".problems, .error");
        assert_eq!(said(&wrong), said(&unknown));
    }

    fn a_form_without_its_token_does_nothing(app: &TestApp) {
        let site = with_people(app);
        let buyer = site.visitor("en");
        let home = buyer.sign_in("buyer@example.com", PASSWORD);
        let form = home.form("/sign-out");
        for broken in [
            form.clone().without("token"),
            form.clone().with("token", &"0".repeat(64)),
            form.clone().with("surprise", "1"),
        ] {
            let answer = buyer.post(&broken);
            assert!((400..500).contains(&answer.status), "{}", answer.status);
            buyer.peek("/home").assert_status(200);
        }
    }

    fn whoever_is_stuck_reads_whom_to_ask(app: &TestApp) {
        let site = with_people(app);
        let unmanaged = NewCustomer::regular("D-002", Currency::CNY);
        let unmanaged = app.write(|tx| customers::upsert(tx, &unmanaged)).key();
        a_buyer(app, "other", unmanaged, CustomerRole::Finance);
        let named = |page: &crate::support::Page| page.texts("footer .contact").join(" ");
        let desk = "返利服务台 021-5550 0100 desk@example.com";
        let stranger = site.visitor("en");
        let sign_in = stranger.get("/sign-in");
        assert_eq!(named(&sign_in), format!("Your contact {desk}"));
        let missing = stranger.get("/nothing-here");
        missing.assert_status(404);
        assert_eq!(named(&missing), format!("Your contact {desk}"));
        let other = stranger.sign_in("other@example.com", PASSWORD);
        assert_eq!(named(&other), format!("Your contact {desk}"));
        // Somebody with an account manager asks them, on a page that failed too.
        let buyer = site.visitor("zh-CN");
        buyer.sign_in("buyer@example.com", PASSWORD);
        let failed = buyer.get("/nothing-here");
        assert_eq!(named(failed.assert_status(404)), "返利责任人 manager manager@example.com");
        // Staff look after others; only a page that failed names somebody.
        let staff = site.visitor("zh-CN");
        assert_eq!(named(&staff.sign_in("manager@example.com", PASSWORD)), "");
        let failed = staff.get("/nothing-here");
        assert_eq!(named(failed.assert_status(404)), format!("返利责任人 {desk}"));
    }

    fn the_portal_says_when_it_is_ready(app: &TestApp) {
        let site = Site::of(app);
        let machine = site.visitor("en");
        machine.peek("/healthz").assert_status(200);
        machine.peek("/readyz").assert_status(200);
        machine.peek("/nothing-here").assert_status(404);
    }

    fn people_sign_in_with_a_real_browser(app: &TestApp) {
        let site = with_people(app);
        let browser = Browser::open(360, 800, "en");
        browser.goto(&format!("{}/home", site.url));
        assert!(browser.url().contains("/sign-in"), "{}", browser.url());
        browser.fill("email", "buyer@example.com");
        browser.fill("password", PASSWORD);
        browser.click("Sign in");
        assert_eq!(browser.url(), format!("{}/home", site.url));
        assert_eq!(browser.run("return document.documentElement.lang"), "en");
        let overflow = "return document.documentElement.scrollWidth - window.innerWidth";
        assert_eq!(browser.run(overflow), 0, "the page scrolls sideways");
        browser.open_menu();
        browser.click("中文");
        assert_eq!(browser.run("return document.documentElement.lang"), "zh-CN");
        assert!(browser.screenshot().starts_with(b"\x89PNG"));
    }
}

#[test]
fn pages_open_while_another_program_holds_the_file_and_a_form_says_that_it_is_busy() {
    let app = TestApp::on(Engine::Sqlite);
    let site = with_people(&app);
    let buyer = site.visitor("en");
    let home = buyer.sign_in("buyer@example.com", PASSWORD);
    let DatabaseUrl::Sqlite(path) = app.db.url() else { panic!("not SQLite") };
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Long enough that the use of the session would be noted.
    app.wait(chrono::TimeDelta::minutes(2));
    buyer.get("/home").assert_status(200);
    buyer.submit(&home.form("/sign-out")).assert_status(503);
    other.execute_batch("ROLLBACK").unwrap();
    buyer.submit(&home.form("/sign-out"));
    buyer.peek("/home").assert_status(303);
}
