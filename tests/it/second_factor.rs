//! The second factor: set up, asked for at sign-in and before what matters, lost and reset; and that
//! no code counts twice, however many hands type it at once.

use std::process::Command;

use chrono::TimeDelta;
use openrebate::db::{DatabaseUrl, FormResult, form_result};
use openrebate::error::Error;
use openrebate::mailbox::{self, Posted};
use openrebate::people;
use openrebate::values::{Actor, CustomerRole, StaffRole};
use totp_rs::{Builder, Secret};

use crate::access::everything_anywhere;
use crate::links::path_in;
use crate::staff_pages::signed_in;
use crate::support::{
    Browser, Form, PASSWORD, Page, Site, TestApp, Visitor, a_buyer, a_customer, a_member,
    eight_at_once,
};

const BUYER: &str = "buyer@example.com";
const FACTOR: &str = "/account/second-factor";

fn house(app: &TestApp) -> Site {
    let customer = a_customer(app, "D-001", "杭州恒通贸易有限公司");
    a_member(app, "manager", &[StaffRole::AccountManager]);
    a_member(app, "admin", &[StaffRole::Admin]);
    a_member(app, "finance", &[StaffRole::Finance]);
    a_buyer(app, "buyer", customer, CustomerRole::Finance);
    a_buyer(app, "boss", customer, CustomerRole::Manager);
    Site::of(app)
}

/// An authenticator app, with the recovery codes that were written down.
struct Phone {
    key: String,
    recovery: Vec<String>,
}

impl Phone {
    /// The code it shows so many seconds from now.
    fn shows_in(&self, app: &TestApp, seconds: i64) -> String {
        let key = Secret::try_from_base32(self.key.replace(' ', "")).unwrap();
        let at = u64::try_from(app.db.now().timestamp() + seconds).unwrap();
        Builder::new().with_secret(key).build().unwrap().generate(at).to_string()
    }

    /// The code it shows once the one of now is over.
    fn next(&self, app: &TestApp) -> String {
        app.wait(TimeDelta::seconds(30));
        self.shows_in(app, 0)
    }

    fn wrong(&self, app: &TestApp) -> String {
        let near = [-30, 0, 30].map(|seconds| self.shows_in(app, seconds));
        ["000000", "111111", "222222", "333333"]
            .iter()
            .find(|c| !near.contains(&(**c).to_owned()))
            .unwrap()
            .to_string()
    }
}

fn begun(visitor: &Visitor) -> (Page, Phone) {
    let page = visitor.get(FACTOR);
    let page = visitor.submit(&page.form("/account/second-factor/setup"));
    let key = page.texts("code.groups").remove(0);
    (page, Phone { key, recovery: Vec::new() })
}

/// Sets a second factor up; the first code is taken by it.
fn set_up(app: &TestApp, visitor: &Visitor) -> Phone {
    let (page, mut phone) = begun(visitor);
    let form = page.form(FACTOR).with("new_code", &phone.shows_in(app, 0));
    let done = visitor.post(&form.with("password", PASSWORD));
    done.assert_status(200).assert_has("Two-step verification is on");
    phone.recovery = done.texts(".recovery-codes code");
    assert_eq!(phone.recovery.len(), 10);
    phone
}

/// Somebody whose password was right.
fn halfway(site: &Site, email: &str) -> (Visitor, Page) {
    let visitor = site.visitor("en");
    let page = visitor.sign_in(email, PASSWORD);
    assert_eq!(page.path, "/sign-in/code", "{}", page.text());
    (visitor, page)
}

fn with_code(page: &Page, code: &str) -> Form {
    page.form("/sign-in/code").with("code", code)
}

/// The form as a page of the visitor's session would show it now.
fn renewed(visitor: &Visitor, form: &Form) -> Form {
    let page = visitor.get("/account");
    form.clone().with("token", page.form("/language").value("token").unwrap())
}

fn is_in(visitor: &Visitor) -> bool {
    visitor.peek("/account").status == 200
}

fn errors(page: &Page) -> Vec<String> {
    page.texts(".error")
}

fn letters(app: &TestApp, kind: &str, to: &str) -> Vec<Posted> {
    let mut all = app.read(|conn| mailbox::latest(conn, None, None, 999));
    all.retain(|letter| letter.kind == kind && letter.to == to);
    all.reverse();
    all
}

fn subjects(app: &TestApp, to: &str) -> Vec<String> {
    letters(app, "second_factor_changed", to).into_iter().map(|letter| letter.subject).collect()
}

/// What the log has of the person's second factor and sign-ins.
fn told(app: &TestApp, email: &str) -> Vec<String> {
    let id = app.read(|conn| people::by_email(conn, email)).id;
    let events = app.read(|conn| openrebate::audit::of_object(conn, "person", id.as_str()));
    events.into_iter().map(|event| event.action).collect()
}

fn count(app: &TestApp, email: &str, action: &str) -> usize {
    told(app, email).iter().filter(|one| *one == action).count()
}

both! {
    fn it_is_set_up_with_a_code_and_the_password_and_shows_its_recovery_codes_once(app: &TestApp) {
        let site = house(app);
        let (desk, phone_browser) = (signed_in(&site, "buyer"), signed_in(&site, "buyer"));
        desk.get("/account").assert_has("Signing in then takes the code");
        let (page, mut phone) = begun(&desk);
        assert_eq!(phone.key.split(' ').count(), 8);
        let path = page.attribute("svg.scan path", "d");
        assert!(path.starts_with("M0 0h7v1h-7z"), "{path}");
        assert_eq!(page.attribute("#new_code", "autocomplete"), "one-time-code");
        assert_eq!(page.attribute("#new_code", "inputmode"), "numeric");
        // Looking again shows the same key, and beginning again another one.
        assert_eq!(desk.get(FACTOR).texts("code.groups")[0], phone.key);
        for (code, password, expected) in [
            (phone.wrong(app), PASSWORD, vec!["Error: The code isn’t right. Check that the phone sets its clock by itself, and type the code it shows now."]),
            (phone.shows_in(app, 90), PASSWORD, vec!["Error: The code isn’t right. Check that the phone sets its clock by itself, and type the code it shows now."]),
            (phone.shows_in(app, 0), "not this one", vec!["Error: The password isn’t right."]),
            (phone.shows_in(app, 0), "", vec!["Error: Enter your password."]),
        ] {
            let form = desk.get(FACTOR).form(FACTOR);
            let page = desk.post(&form.with("new_code", &code).with("password", password));
            assert_eq!((page.status, errors(&page)), (422, expected.into_iter().map(str::to_owned).collect()));
        }
        let form = desk.get(FACTOR).form(FACTOR).with("new_code", &phone.shows_in(app, 0));
        let form = form.with("password", PASSWORD);
        let done = desk.post(&form);
        phone.recovery = done.assert_status(200).texts(".recovery-codes code");
        assert_eq!(phone.recovery.len(), 10);
        assert_eq!(done.header("cache-control").unwrap(), "no-store");
        // The same form again makes nothing new, and shows no codes.
        let again = desk.post(&form);
        assert_eq!((again.status, again.header("location").unwrap()), (303, FACTOR.to_owned()));
        let page = desk.get(FACTOR);
        page.assert_has("Recovery codes left 10");
        assert!(!page.body().contains(&phone.recovery[0]));
        assert!(is_in(&desk) && !is_in(&phone_browser), "other devices are signed out");
        assert_eq!(subjects(app, BUYER), ["您的账号已启用两步验证"]);
        assert_eq!(count(app, BUYER, "person.second_factor_set_up"), 1);
        let kept = everything_anywhere(app);
        for secret in phone.recovery.iter().map(|code| code.replace('-', "")).chain([PASSWORD.to_owned()]) {
            assert!(!kept.contains(&secret), "{secret} is kept");
        }
        // Half an hour is enough to scan a code.
        let boss = signed_in(&site, "boss");
        let (page, late) = begun(&boss);
        app.wait(TimeDelta::minutes(30));
        let form = page.form(FACTOR).with("password", PASSWORD).with("new_code", &late.shows_in(app, 0));
        boss.post(&form).assert_status(409).assert_has("Please begin again");
    }

    fn after_the_password_comes_the_code_and_no_right_before_it(app: &TestApp) {
        let site = house(app);
        let phone = set_up(app, &signed_in(&site, "buyer"));
        let visitor = site.visitor("en");
        let form = visitor.get("/sign-in?next=%2Fstatements").form("/sign-in");
        let asked = visitor.submit(&form.with("email", BUYER).with("password", PASSWORD));
        assert_eq!(asked.path, "/sign-in/code?next=/statements");
        asked.assert_has("You are signing in as buyer@example.com");
        assert_eq!(asked.attribute("#code", "autocomplete"), "one-time-code");
        assert_eq!(asked.attribute("#code", "inputmode"), "numeric");
        // In between, the browser's key opens nothing.
        for path in ["/account", "/home", "/statements", FACTOR] {
            assert_eq!(visitor.peek(path).status, 303, "{path}");
        }
        assert_eq!(count(app, BUYER, "session.signed_in"), 1, "the first one, before it was set up");
        let between = visitor.cookie("__Host-sid").unwrap();
        // The code that set it up was taken by that.
        let page = visitor.post(&with_code(&asked, &phone.shows_in(app, 0)));
        assert_eq!(page.status, 422);
        assert!(errors(&page)[0].ends_with("Tries left: 4"), "{:?}", errors(&page));
        assert_eq!(page.form("/sign-in/code").value("next"), Some("/statements"));
        let code = phone.next(app);
        let done = visitor.post(&with_code(&page, &code));
        assert_eq!((done.status, done.header("location").unwrap().as_str()), (303, "/statements"));
        assert!(is_in(&visitor) && visitor.cookie("__Host-sid").unwrap() != between);
        let old = site.visitor("en");
        old.set_cookie("__Host-sid", &between);
        assert!(!is_in(&old));
        // Known and new devices are told apart as ever: this one was new.
        assert_eq!(letters(app, "new_sign_in", BUYER).len(), 1);
        // Who reads along types the same code in vain.
        let (thief, page) = halfway(&site, BUYER);
        thief.post(&with_code(&page, &code)).assert_status(422);
        assert!(!is_in(&thief));
        // A password that is wrong says nothing of a second factor.
        let wrong = site.visitor("en").sign_in(BUYER, "not this one");
        let nobody = site.visitor("en").sign_in("nobody@example.com", "not this one");
        assert_eq!((wrong.status, errors(&wrong)), (nobody.status, errors(&nobody)));
    }

    fn clocks_may_be_a_step_apart_and_no_more(app: &TestApp) {
        let site = house(app);
        let phone = set_up(app, &signed_in(&site, "buyer"));
        for (wait, seconds, status) in [(120, -60, 422), (0, 60, 422), (0, -30, 303), (0, 0, 303), (0, 30, 303), (0, 30, 422), (0, 0, 422)] {
            app.wait(TimeDelta::seconds(wait));
            let (visitor, page) = halfway(&site, BUYER);
            let page = visitor.post(&with_code(&page, &phone.shows_in(app, seconds)));
            assert_eq!(page.status, status, "{seconds}");
        }
    }

    fn five_wrong_codes_end_it_and_count_as_tries(app: &TestApp) {
        let site = house(app);
        let phone = set_up(app, &signed_in(&site, "buyer"));
        app.wait(TimeDelta::minutes(1));
        let (thief, page) = halfway(&site, BUYER);
        // What can't be a code is no try.
        for typed in ["12345", "1234567", "12 34 5", "一二三四五六"] {
            let again = thief.post(&with_code(&page, typed));
            let expected = "Error: Six digits, which change every 30 seconds.";
            assert_eq!((again.status, errors(&again)), (422, vec![expected.to_owned()]), "{typed}");
        }
        assert_eq!(count(app, BUYER, "session.code_refused"), 0);
        for left in [4, 3, 2, 1] {
            let again = thief.post(&with_code(&page, &phone.wrong(app)));
            assert!(errors(&again)[0].ends_with(&format!("Tries left: {left}")), "{:?}", errors(&again));
        }
        let over = thief.post(&with_code(&page, &phone.wrong(app)));
        over.assert_status(401).assert_has("too many were wrong");
        over.form("/sign-in");
        thief.post(&with_code(&page, &phone.shows_in(app, 0))).assert_status(401);
        assert!(!is_in(&thief));
        let warned = letters(app, "wrong_passwords", BUYER);
        assert_eq!(warned.len(), 1);
        assert_eq!(warned[0].subject, "有人知道您的密码，但输错了验证码");
        // Five more, and strangers wait.
        let (thief, page) = halfway(&site, BUYER);
        for _ in 0..5 {
            thief.post(&with_code(&page, &phone.wrong(app)));
        }
        site.visitor("en").sign_in(BUYER, PASSWORD).assert_status(429);
        assert_eq!(count(app, BUYER, "session.code_refused"), 10);
        app.wait(TimeDelta::minutes(15));
        let (visitor, page) = halfway(&site, BUYER);
        visitor.post(&with_code(&page, "")).assert_status(422).assert_has("Enter the code.");
        visitor.post(&with_code(&page, &phone.shows_in(app, 0))).assert_status(303);
    }

    fn codes_guessed_a_few_at_a_time_are_told_and_end_for_a_day_where_nobody_is_known(app: &TestApp) {
        let site = house(app);
        let desk = signed_in(&site, "buyer");
        let phone = set_up(app, &desk);
        for guessed in 0..20 {
            app.wait(TimeDelta::minutes(5));
            assert_eq!(letters(app, "wrong_passwords", BUYER).len(), usize::from(guessed >= 5), "{guessed}");
            let (thief, page) = halfway(&site, BUYER);
            let again = thief.post(&with_code(&page, &phone.wrong(app)));
            assert!(errors(&again)[0].ends_with("Tries left: 4"), "{:?}", errors(&again));
        }
        app.wait(TimeDelta::minutes(15));
        let (thief, page) = halfway(&site, BUYER);
        let late = thief.post(&with_code(&page, &phone.shows_in(app, 0)));
        // A day after the first.
        late.assert_status(429).assert_has("16 Oct 2026 10:05");
        assert!(!is_in(&thief));
        assert_eq!(count(app, BUYER, "session.code_refused"), 20);
        // Their own browser lets the owner in all the same, and a right code makes no more of them.
        let page = desk.sign_in(BUYER, PASSWORD);
        desk.post(&with_code(&page, &phone.shows_in(app, 0))).assert_status(303);
        assert!(is_in(&desk));
        app.wait(TimeDelta::hours(22) + TimeDelta::minutes(9));
        let (visitor, page) = halfway(&site, BUYER);
        visitor.post(&with_code(&page, &phone.shows_in(app, 0))).assert_status(429);
        app.wait(TimeDelta::minutes(1));
        visitor.post(&with_code(&page, &phone.shows_in(app, 0))).assert_status(303);
    }

    fn guesses_end_with_the_password_they_came_with(app: &TestApp) {
        let site = house(app);
        let desk = signed_in(&site, "buyer");
        let phone = set_up(app, &desk);
        for _ in 0..20 {
            app.wait(TimeDelta::minutes(2));
            let (thief, page) = halfway(&site, BUYER);
            thief.post(&with_code(&page, &phone.wrong(app))).assert_status(422);
        }
        let new = "seven quiet harbours";
        let form = desk.get("/account/password").form("/account/password");
        let form = form.with("current", PASSWORD).with("password", new).with("again", new);
        desk.post(&form.with("code", &phone.next(app))).assert_status(303);
        app.wait(TimeDelta::minutes(15));
        let visitor = site.visitor("en");
        let page = visitor.sign_in(BUYER, new);
        visitor.post(&with_code(&page, &phone.shows_in(app, 0))).assert_status(303);
    }

    fn the_key_is_shown_to_the_session_that_sets_it_up_and_to_no_other(app: &TestApp) {
        let site = house(app);
        let (desk, thief) = (signed_in(&site, "buyer"), signed_in(&site, "buyer"));
        let (page, phone) = begun(&desk);
        assert!(thief.get(FACTOR).texts("code.groups").is_empty());
        let form = page.form(FACTOR).with("new_code", &phone.shows_in(app, 0));
        let form = form.with("password", PASSWORD);
        let stolen = renewed(&thief, &form).with("form_key", "k1");
        thief.post(&stolen).assert_status(409).assert_has("Please begin again");
        desk.post(&form).assert_status(200).assert_has("Two-step verification is on");
    }

    fn halfway_lasts_five_minutes_and_ends_with_what_ends_sessions(app: &TestApp) {
        let site = house(app);
        let phone = set_up(app, &signed_in(&site, "buyer"));
        let buyer = app.read(|conn| people::by_email(conn, BUYER)).id;
        let over = |visitor: &Visitor, page: &Page| {
            visitor.post(&with_code(page, &phone.shows_in(app, 0))).assert_status(401);
            assert_eq!(visitor.peek("/sign-in/code").header("location").unwrap(), "/sign-in");
            assert!(!is_in(visitor));
        };
        let (visitor, page) = halfway(&site, BUYER);
        app.wait(TimeDelta::minutes(5) - TimeDelta::seconds(1));
        visitor.get("/sign-in/code").assert_has("You are signing in as");
        app.wait(TimeDelta::seconds(1));
        over(&visitor, &page);
        let (visitor, page) = halfway(&site, BUYER);
        visitor.submit(&page.form("/sign-in/code/ending")).assert_status(200);
        over(&visitor, &page);
        let (visitor, page) = halfway(&site, BUYER);
        app.write(|tx| people::end_sessions(tx, &buyer));
        over(&visitor, &page);
        let (visitor, page) = halfway(&site, BUYER);
        app.write(|tx| people::disable(tx, &buyer));
        over(&visitor, &page);
        // Somebody without a second factor has no such page.
        assert_eq!(signed_in(&site, "finance").peek("/sign-in/code").header("location").unwrap(), "/staff");
    }

    fn a_recovery_code_takes_the_place_of_the_phone_once(app: &TestApp) {
        let site = house(app);
        let phone = set_up(app, &signed_in(&site, "buyer"));
        let (visitor, page) = halfway(&site, BUYER);
        let with = |page: &Page, code: &str| page.form("/sign-in/code").with("recovery", code);
        let wrong = visitor.post(&with(&page, "7f3k-abcde-fghjk"));
        assert_eq!(errors(&wrong), ["Error: The recovery code isn’t right, or was used already. Tries left: 4"]);
        assert_eq!(wrong.texts("details[open]").len(), 1);
        let typed = phone.recovery[3].to_uppercase().replace('-', " ");
        visitor.post(&with(&page, &typed)).assert_status(303);
        assert!(is_in(&visitor));
        let (thief, page) = halfway(&site, BUYER);
        thief.post(&with(&page, &phone.recovery[3])).assert_status(422);
        assert_eq!(subjects(app, BUYER), ["您的账号已启用两步验证", "您的账号使用了一个恢复码"]);
        let used = letters(app, "second_factor_changed", BUYER).remove(1);
        assert!(used.text.contains("剩余恢复码：9"), "{}", used.text);
        visitor.get(FACTOR).assert_has("Recovery codes left 9");
        // New ones, behind the password and a code; the old ones are worth nothing.
        let path = "/account/second-factor/recovery-codes";
        let form = visitor.get(path).form(path);
        let none = visitor.post(&form.clone().with("password", PASSWORD));
        assert_eq!((none.status, errors(&none)), (422, vec!["Error: Enter the code.".to_owned()]));
        let form = form.with("password", PASSWORD).with("recovery", &phone.recovery[4]);
        let done = visitor.post(&form.clone().with("form_key", "k1"));
        let fresh = done.assert_status(200).texts(".recovery-codes code");
        assert_eq!(fresh.len(), 10);
        visitor.post(&form.with("form_key", "k2")).assert_status(422);
        let (other, page) = halfway(&site, BUYER);
        other.post(&with(&page, &phone.recovery[5])).assert_status(422);
        other.post(&with(&page, &fresh[0])).assert_status(303);
        assert_eq!(subjects(app, BUYER)[2..], ["您的账号使用了一个恢复码", "您的恢复码已更新", "您的账号使用了一个恢复码"]);
    }

    fn what_asks_for_the_password_again_asks_for_a_code_too(app: &TestApp) {
        let site = house(app);
        let desk = signed_in(&site, "buyer");
        let before = desk.get("/account/password");
        assert_eq!(before.texts("#code").len(), 0, "from nobody else");
        let phone = set_up(app, &desk);
        let used = phone.shows_in(app, 0);
        let code = phone.next(app);
        let new = "seven quiet harbours";
        let password = |code: &str| {
            let form = desk.get("/account/password").form("/account/password");
            form.with("current", PASSWORD).with("password", new).with("again", new).with("code", code)
        };
        for (typed, expected) in [
            ("", "Error: Enter the code."),
            (&*used, "Error: The code isn’t right, or was used already. Wait until the app shows the next one, and type that."),
            (&*phone.wrong(app), "Error: The code isn’t right, or was used already. Wait until the app shows the next one, and type that."),
        ] {
            let page = desk.post(&password(typed));
            assert_eq!((page.status, errors(&page)), (422, vec![expected.to_owned()]), "{typed}");
        }
        assert_eq!(count(app, BUYER, "person.code_refused"), 2);
        // Sent twice, it is one change and one code.
        let form = password(&code);
        desk.post(&form).assert_status(303);
        desk.post(&form).assert_status(303);
        let email = desk.get("/account/email").form("/account/email").with("email", "new@example.com");
        let email = email.with("current", new);
        desk.post(&email.clone().with("code", &code)).assert_status(422);
        let asked = desk.post(&email.with("code", &phone.next(app)));
        assert_eq!(asked.header("location").unwrap(), "/account");
        let bank = desk.get("/company/bank-account").form("/company/bank-account");
        let bank = bank
            .with("holder", "杭州恒通贸易有限公司")
            .with("bank", "中国工商银行")
            .with("branch", "杭州分行")
            .with("number", "1202 0212 0990 0123 456")
            .with("phone", "0571-5550 0200")
            .with("password", new);
        let page = desk.post(&bank.clone().with("code", &phone.wrong(app)));
        page.assert_status(422).assert_has("The code isn’t right");
        assert_eq!(page.form("/company/bank-account").value("code"), Some(""));
        // What is wrong with the account doesn't use the code up.
        let code = phone.next(app);
        desk.post(&bank.clone().with("number", "1").with("code", &code)).assert_status(422);
        desk.post(&bank.clone().with("code", &code)).assert_status(303);
        // Nor is a fast hash of what was posted kept with the form.
        let key = bank.value("form_key").unwrap();
        let buyer = app.read(|conn| people::by_email(conn, BUYER)).id;
        let kept = app.read(|conn| form_result(conn, key, &buyer, "secret"));
        assert_eq!(kept, FormResult::Done("/company".to_owned()));
        // A forgotten password set anew leaves the second factor as it is.
        let visitor = site.visitor("en");
        let form = visitor.get("/forgotten-password").form("/forgotten-password");
        visitor.post(&form.with("email", BUYER));
        let path = answered(app);
        let form = visitor.get(&path).form(&path);
        let third = "eight quiet harbours";
        visitor.post(&form.with("password", third).with("again", third)).assert_status(303);
        assert_eq!(visitor.sign_in(BUYER, third).path, "/sign-in/code");
    }

    fn another_app_takes_the_old_code_and_turning_it_off_takes_one_too(app: &TestApp) {
        let site = house(app);
        let desk = signed_in(&site, "buyer");
        let old = set_up(app, &desk);
        let (page, new) = begun(&desk);
        app.wait(TimeDelta::seconds(30));
        let form = page.form(FACTOR).with("password", PASSWORD).with("new_code", &new.shows_in(app, 0));
        desk.post(&form).assert_status(422).assert_has("Enter the code.");
        desk.post(&form.clone().with("code", &new.shows_in(app, 0))).assert_status(422);
        // Until then, all is as it was.
        desk.get(FACTOR).assert_has("Recovery codes left 10");
        let (visitor, page) = halfway(&site, BUYER);
        visitor.post(&with_code(&page, &new.shows_in(app, 0))).assert_status(422);
        let done = desk.post(&form.with("recovery", &old.recovery[0]));
        assert_eq!(done.assert_status(200).texts(".recovery-codes code").len(), 10);
        app.wait(TimeDelta::seconds(30));
        let (visitor, page) = halfway(&site, BUYER);
        visitor.post(&with_code(&page, &old.shows_in(app, 0))).assert_status(422);
        visitor.post(&with_code(&page, &new.shows_in(app, 0))).assert_status(303);
        let path = "/account/second-factor/ending";
        let form = desk.get(path).form(path).with("password", PASSWORD);
        desk.post(&form.clone().with("code", &new.shows_in(app, 0))).assert_status(422);
        let form = form.with("code", &new.next(app));
        desk.submit(&form).assert_status(200).assert_has("Two-step verification is off.");
        assert_eq!(desk.post(&form).header("location").unwrap(), "/account");
        assert_eq!(subjects(app, BUYER).last().unwrap(), "您的两步验证已关闭");
        assert_eq!(site.visitor("en").sign_in(BUYER, PASSWORD).path, "/home");
        desk.post(&form.with("form_key", "k9")).assert_status(409);
    }

    fn whose_role_takes_one_sets_it_up_before_anything_else(app: &TestApp) {
        house(app);
        let mut config = app.config.clone();
        config.security.second_factor_for = vec!["admin".to_owned(), "customer_finance".to_owned()];
        let site = Site::with(app, config);
        let buyer = site.visitor("en");
        let page = buyer.sign_in(BUYER, PASSWORD);
        assert_eq!(page.path, FACTOR);
        page.assert_has("Your role takes two-step verification.");
        for path in ["/home", "/statements", "/account", "/account/password", "/my-data", "/help", "/downloads"] {
            let page = buyer.peek(path);
            assert_eq!((page.status, page.header("location").unwrap().as_str()), (303, FACTOR), "{path}");
        }
        let token = page.form("/language").value("token").unwrap().to_owned();
        let post = Form::to("/notifications".to_owned()).with("token", &token);
        assert_eq!(buyer.post(&post).header("location").unwrap(), FACTOR);
        let phone = set_up(app, &buyer);
        buyer.get("/home").assert_status(200);
        // Nor can it be turned off again.
        let page = buyer.get(FACTOR);
        page.assert_has("so it can’t be turned off");
        assert_eq!(buyer.peek("/account/second-factor/ending").header("location").unwrap(), FACTOR);
        let end = Form::to("/account/second-factor/ending".to_owned())
            .with("token", page.form("/account/second-factor/setup").value("token").unwrap())
            .with("password", PASSWORD)
            .with("code", &phone.next(app));
        buyer.post(&end).assert_status(409);
        // Others go on as before, and may leave.
        signed_in(&site, "boss").get("/home").assert_status(200);
        signed_in(&site, "finance").get("/staff").assert_status(200);
        let admin = site.visitor("en");
        let page = admin.sign_in("admin@example.com", PASSWORD);
        assert_eq!(page.path, FACTOR);
        assert!(admin.submit(&page.form("/sign-out")).path.starts_with("/sign-in"));
    }

    fn an_administrator_resets_it_with_a_reason_and_nobody_else_does(app: &TestApp) {
        let site = house(app);
        let desk = signed_in(&site, "buyer");
        set_up(app, &desk);
        let admin = signed_in(&site, "admin");
        let id = app.read(|conn| people::by_email(conn, BUYER)).id;
        let (page, reset) = (format!("/staff/people/{id}"), format!("/staff/people/{id}/second-factor-reset"));
        let list = admin.get("/staff/people");
        let has = |name: &str| {
            let rows = list.texts("tbody tr");
            rows.iter().find(|row| row.starts_with(name)).unwrap().ends_with("On")
        };
        assert!(has("buyer") && !has("boss"));
        let form = admin.get(&page).form(&reset);
        let again = admin.post(&form.clone().with("reason", "  "));
        again.assert_status(422).assert_has("Say how you made sure who asks");
        let long = "x".repeat(501);
        let again = admin.post(&form.clone().with("reason", &long).with("form_key", "k0"));
        assert_eq!(again.status, 422);
        assert_eq!(again.form(&reset).value("reason"), Some(&*long), "nothing is lost");
        // Not by the customer's manager, who sees it, nor by other staff.
        let boss = signed_in(&site, "boss");
        boss.get(&format!("/people/{id}")).assert_has("On since 15 Oct 2026");
        assert_eq!(boss.get(&format!("/people/{id}")).texts("form[action$='reset']").len(), 0);
        for name in ["boss", "finance"] {
            let visitor = signed_in(&site, name);
            let token = visitor.get("/help").form("/language").value("token").unwrap().to_owned();
            let form = Form::to(reset.clone()).with("token", &token).with("reason", "because");
            visitor.post(&form).assert_status(404);
        }
        let by = app.read(|conn| people::by_email(conn, "boss@example.com")).actor(None, None);
        let done = app.db.write(&by, |tx| people::reset_second_factor(tx, &id, "because"));
        assert!(matches!(done, Err(Error::NotFound)), "{done:?}");
        let reason = "10月15日致电合同登记的电话";
        admin.submit(&form.with("reason", reason)).assert_has("two-step verification is reset");
        assert!(!is_in(&desk), "sessions end");
        let event = app.read(|conn| openrebate::audit::of_object(conn, "person", id.as_str()));
        let event = event.into_iter().find(|one| one.action == "person.second_factor_reset").unwrap();
        assert_eq!((event.reason.as_deref(), event.actor_name.as_str()), (Some(reason), "admin"));
        assert_eq!(subjects(app, BUYER).last().unwrap(), "您的两步验证已重置");
        assert_eq!(site.visitor("en").sign_in(BUYER, PASSWORD).path, "/home");
        assert_eq!(admin.get(&page).texts("form[action$='reset']").len(), 0);
        // Nobody's own, and at the shell only where there is one.
        set_up(app, &admin);
        let id = app.read(|conn| people::by_email(conn, "admin@example.com")).id;
        let by = app.read(|conn| people::by_id(conn, &id)).actor(None, None);
        for (by, id, expected) in [(&by, &id, "people-not-oneself"), (&Actor::operator(), &event_person(app), "factor-none")] {
            let done = app.db.write(by, |tx| people::reset_second_factor(tx, id, "because"));
            assert_eq!(crate::support::refusal(done), expected);
        }
        let url = match app.db.url() {
            DatabaseUrl::Postgres { url, .. } => url.clone(),
            sqlite => sqlite.to_string(),
        };
        for (email, expected) in [
            ("nobody@example.com", (false, "nobody has the address")),
            ("admin@example.com", (true, "has no second factor any more")),
            ("admin@example.com", (false, "no two-step verification")),
        ] {
            let output = Command::new(env!("CARGO_BIN_EXE_openrebate"))
                .args(["--database", &url, "user", "reset-mfa", "--email", email])
                .env_remove("DATABASE_URL")
                .output()
                .unwrap();
            let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert!(output.status.success() == expected.0 && said.contains(expected.1), "{said}");
        }
        assert!(!is_in(&admin));
    }

    fn eight_posts_of_one_code_sign_in_once(app: &TestApp) {
        let site = house(app);
        let phone = set_up(app, &signed_in(&site, "buyer"));
        let code = phone.next(app);
        let signed = || count(app, BUYER, "session.signed_in");
        let before = signed();
        // One page posted eight times.
        let (visitor, page) = halfway(&site, BUYER);
        let key = visitor.cookie("__Host-sid").unwrap();
        let form = with_code(&page, &code);
        let enter = |_| {
            let racer = site.visitor("en");
            racer.set_cookie("__Host-sid", &key);
            if racer.post(&form).status == 303 { Ok(()) } else { Err(Error::NotFound) }
        };
        assert_eq!(eight_at_once(&enter), 1);
        assert_eq!(signed(), before + 1);
        // Eight browsers with the same code, and with the same recovery code.
        app.wait(TimeDelta::hours(1));
        for recovery in [false, true] {
            let before = signed();
            let code = if recovery { phone.recovery[0].clone() } else { phone.next(app) };
            let field = if recovery { "recovery" } else { "code" };
            let forms: Vec<_> = (0..8)
                .map(|_| {
                    let (visitor, page) = halfway(&site, BUYER);
                    (visitor.cookie("__Host-sid").unwrap(), page.form("/sign-in/code").with(field, &code))
                })
                .collect();
            let enter = |racer: usize| {
                let visitor = site.visitor("en");
                visitor.set_cookie("__Host-sid", &forms[racer].0);
                if visitor.post(&forms[racer].1).status == 303 { Ok(()) } else { Err(Error::NotFound) }
            };
            assert_eq!(eight_at_once(&enter), 1, "{field}");
            assert_eq!(signed(), before + 1);
            app.wait(TimeDelta::hours(1));
        }
    }

    fn what_was_being_written_survives_both_pages(app: &TestApp) {
        let site = house(app);
        let buyer = signed_in(&site, "buyer");
        let phone = set_up(app, &buyer);
        let form = buyer.get("/disputes/new?subject=free").form("/disputes/new");
        app.wait(TimeDelta::hours(2));
        let page = buyer.post(&form.with("text", "写了很久的说明"));
        page.assert_status(401);
        let form = page.form("/sign-in").with("email", BUYER).with("password", PASSWORD);
        let asked = buyer.post(&form);
        asked.assert_status(200).assert_has("You are signing in as");
        let again = buyer.post(&with_code(&asked, &phone.wrong(app)));
        let resumed = buyer.post(&with_code(&again, &phone.shows_in(app, 0)));
        resumed.assert_status(200).assert_has("写了很久的说明");
        assert_ne!(buyer.submit(&resumed.form("/disputes/new")).status, 401);
    }
}

fn event_person(app: &TestApp) -> openrebate::values::PersonId {
    app.read(|conn| people::by_email(conn, "boss@example.com")).id
}

/// Where the link of the letter leads that leaves now.
fn answered(app: &TestApp) -> String {
    use openrebate::worker::{DUTIES, Left};
    let duty = DUTIES.iter().find(|duty| duty.name == "password resets").unwrap();
    while (duty.work)(&crate::worker::workshop(app)).unwrap() != Left::Nothing {}
    let letters = crate::links::letters_leaving(app, true);
    path_in(letters.iter().find(|letter| letter.text.contains("/password-resets/")).unwrap())
}

#[test]
fn on_a_phone_without_scripts_it_is_set_up_and_signed_in_with() {
    let app = TestApp::on(crate::support::Engine::Sqlite);
    let site = house(&app);
    let browser = Browser::open(360, 800, "en");
    browser.without_scripts();
    browser.goto(&format!("{}/sign-in", site.url));
    browser.fill("email", BUYER);
    browser.fill("password", PASSWORD);
    browser.click("Sign in");
    browser.goto(&format!("{}{FACTOR}", site.url));
    browser.click("Begin");
    let phone = Phone { key: browser.text("code.groups"), recovery: Vec::new() };
    let wide = "return document.documentElement.scrollWidth <= window.innerWidth";
    assert_eq!(browser.run(wide), true, "nothing sticks out");
    browser.fill("new_code", &phone.shows_in(&app, 0));
    browser.fill("password", PASSWORD);
    browser.click("Finish");
    assert!(browser.text("main").contains("Two-step verification is on"));
    assert_eq!(browser.run(wide), true, "nothing sticks out");
    let recovery = browser.text(".recovery-codes code");
    browser.click("I have them: go on");
    browser.open_menu();
    browser.click("Sign out");
    for with_phone in [true, false] {
        browser.fill("email", BUYER);
        browser.fill("password", PASSWORD);
        browser.click("Sign in");
        assert!(browser.text("main").contains("Enter the code"));
        assert_eq!(browser.run(wide), true, "nothing sticks out");
        if with_phone {
            browser.fill("code", &phone.next(&app));
        } else {
            browser.run("document.querySelector('details').open = true");
            browser.fill("recovery", &recovery);
        }
        browser.click("Sign in");
        assert!(browser.url().ends_with("/home"), "{}", browser.url());
        browser.open_menu();
        browser.click("Sign out");
    }
}
