//! Drafting a policy in the browser without JavaScript: every button posts the form, only saving
//! changes anything.

use openrebate::audit;
use openrebate::policies::{self, Version, VersionState, parse, write_toml};
use openrebate::values::{CustomerRole, StaffRole};

use crate::staff_pages::signed_in;
use crate::support::{Form, Page, Site, TestApp, Visitor, a_buyer, a_member, books};

const NEW: &str = "/staff/policies/new";

/// A house with sales, two account managers and somebody else.
fn house(app: &TestApp) -> Site {
    let books = books(app);
    a_member(app, "manager", &[StaffRole::AccountManager]);
    a_member(app, "other", &[StaffRole::AccountManager]);
    a_member(app, "finance", &[StaffRole::Finance]);
    a_buyer(app, "buyer", books.first, CustomerRole::Manager);
    Site::of(app)
}

/// Presses a button of the form that the page shows.
fn press(visitor: &Visitor, form: &Form, button: &str) -> Page {
    visitor.submit(&form.clone().with("do", button))
}

/// The form with its tiers filled: from, what it pays, value.
fn tiers(form: Form, tiers: &[[&str; 3]]) -> Form {
    let bare = form.without("tier_from[]").without("tier_pays[]").without("tier_value[]");
    tiers.iter().fold(bare, |form, [from, pays, value]| {
        form.and("tier_from[]", from).and("tier_pays[]", pays).and("tier_value[]", value)
    })
}

fn filled(visitor: &Visitor) -> Form {
    let form = visitor.get(NEW).form(NEW);
    let form = form.with("code", "Y-27").with("name.zh-CN", "年度返利");
    let form = form.with("from", "2027-01-01").with("to", "2027-12-31");
    tiers(form, &[["100,000", "percent", "1%"], ["200000", "percent", "2.5"]])
}

fn problems(page: &Page) -> Vec<String> {
    page.texts(".problems li")
}

/// The only version of the policy.
fn version(app: &TestApp, code: &str) -> Version {
    let mut found = app.read(policies::all);
    found.retain(|version| version.code == code);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

both! {
    fn rows_come_and_go_and_nothing_is_stored(app: &TestApp) {
        let site = house(app);
        let manager = signed_in(&site, "manager");
        let before = app.read(audit::checkpoint).count;
        let form = filled(&manager);
        let more = press(&manager, &form, "add-tier");
        more.assert_status(200);
        assert_eq!(more.texts(".tier-number"), ["Tier 1", "Tier 2", "Tier 3"]);
        let again = more.form(NEW);
        assert_eq!(again.value("code"), Some("Y-27"));
        let values: Vec<_> =
            again.fields.iter().filter(|(n, _)| n == "tier_from[]").map(|(_, v)| v.as_str()).collect();
        assert_eq!(values, ["100,000", "200000", ""]);
        let less = press(&manager, &again, "remove-tier-0");
        assert_eq!(less.form(NEW).value("tier_from[]"), Some("200000"));
        assert_eq!(press(&manager, &less.form(NEW), "remove-tier-7").status, 200);
        press(&manager, &less.form(NEW), "explode").assert_status(400);
        press(&manager, &less.form(NEW).with("surprise", "1"), "check").assert_status(400);
        assert_eq!(app.read(audit::checkpoint).count, before);
        assert_eq!(app.read(policies::all).len(), 1);
    }

    fn what_is_impossible_is_said_at_its_field(app: &TestApp) {
        let site = house(app);
        let manager = signed_in(&site, "manager");
        let right = filled(&manager);
        let long = (0..5_001).map(|n| format!("C{n}")).collect::<Vec<_>>().join("\n");
        for (field, value, at) in [
            ("code", "", "code"),
            ("code", "a b", "code"),
            ("currency", "yuan", "currency"),
            ("from", "1.1.27", "from"),
            ("to", "2026-01-01", "to"),
            ("grace_days", "-1", "grace_days"),
            ("grace_days", "99999999999999999999999", "grace_days"),
            ("settle_within_days", "soon", "settle_within_days"),
            ("expires_after_months", "0", "expires_after_months"),
            ("owner", "nobody", "owner"),
            ("name.zh-CN", "", "name.zh-CN"),
            ("customers.classes", "vip, vip", "customers.classes"),
            ("customers.codes", long.as_str(), "customers.codes"),
            ("products.except_brands", &"x".repeat(201), "products.except_brands"),
            ("reward.cap", "ten", "reward.cap"),
            ("reward.cap", "0", "reward.cap"),
            ("reward.guarantee", "1.005", "reward.guarantee"),
            ("measure.no_baseline", "1", "measure.no_baseline"),
            ("measure.beneficiary", "parent", "measure.beneficiary"),
            ("measure.of", "quantity", "measure.of"),
            ("overlap.priority", "1", "overlap.exclusive_group"),
            ("qualifying_products.codes", "P-1", "qualifying"),
        ] {
            let page = press(&manager, &right.clone().with(field, value), "check");
            page.assert_status(422);
            assert!(!problems(&page).is_empty(), "{field} = {value:?}");
            assert!(page.body().contains(&format!("href=\"#{at}\"")), "{field}: {:?}", problems(&page));
            assert!(page.body().contains(&format!("id=\"{at}-error\"")), "{field} says nothing");
            let kept = page.form(NEW);
            assert_eq!(kept.value(field).map(str::trim), Some(value), "{field} is kept");
        }
        for (rows, at) in [
            (&[["", "percent", "1"]][..], "tier-0-from"),
            (&[["1", "percent", ""]], "tier-0-value"),
            (&[["1", "percent", "101"]], "tier-0-value"),
            (&[["1", "percent", "one"]], "tier-0-value"),
            (&[["5", "percent", "1"], ["5", "percent", "2"]], "tier-1-from"),
            (&[["1", "percent", "1"], ["5", "per_unit", "2"]], "tier-1-value"),
            (&[], "tiers"),
        ] {
            let page = press(&manager, &tiers(right.clone(), rows), "save");
            page.assert_status(422);
            assert!(page.body().contains(&format!("href=\"#{at}\"")), "{at}: {:?}", problems(&page));
        }
        assert_eq!(app.read(policies::all).len(), 1, "nothing was saved");
    }

    fn checking_says_what_it_means_and_whom_it_covers(app: &TestApp) {
        let site = house(app);
        let manager = signed_in(&site, "manager");
        let form = filled(&manager).with("customers.codes", "D-002");
        let page = press(&manager, &form, "check");
        page.assert_status(200);
        page.assert_has("Each quarter, net purchases of at least ¥100,000.00 earn 1%");
        page.assert_has("Covers 1 of 2 customers").assert_has("苏州盛达商贸有限公司 D-002");
        page.assert_has("1 of 1 products earn");
        page.assert_has("Q-1 Quarterly rebate: customers in common 1, products 1");
        page.assert_has("Both pay, one on top of the other.");
        assert!(!page.text().contains("杭州恒通"));
        let follows = press(&manager, &form.with("code", "Q-1"), "check");
        follows.assert_has("It would follow on version 1 of Q-1");
    }

    fn a_draft_is_saved_once_and_edited(app: &TestApp) {
        let site = house(app);
        let manager = signed_in(&site, "manager");
        let form = filled(&manager).with("do", "save");
        let saved = manager.submit(&form);
        saved.assert_status(200).assert_has("Saved as the draft of version 1");
        assert_eq!(manager.submit(&form).path, saved.path);
        let first = version(app, "Y-27");
        assert_eq!((first.state, first.drafted_by_name.as_str()), (VersionState::Draft, "manager"));
        assert_eq!(first.terms.reward.tiers.len(), 2);
        assert_eq!(parse(&first.source).unwrap(), first.terms);

        let here = format!("/staff/policies/{}/edit", first.id);
        let same = manager.get(&here).form(&here);
        manager.submit(&same.with("do", "save")).assert_status(200);
        assert_eq!(version(app, "Y-27"), first, "saving the same changes nothing");
        let changed = manager.get(&here).form(&here).with("reward.cap", "50,000").with("do", "save");
        manager.submit(&changed).assert_status(200);
        let second = version(app, "Y-27");
        assert_eq!(second.terms.reward.cap, Some(50_000.into()));
        assert_eq!(second.revision, first.revision + 1);

        for name in ["finance", "buyer"] {
            signed_in(&site, name).peek(&here).assert_status(404);
            signed_in(&site, name).peek(NEW).assert_status(404);
        }
        let published = app.read(|conn| policies::by_code(conn, "Q-1"));
        manager.peek(&format!("/staff/policies/{}/edit", published.id)).assert_status(409);
        let amendment = manager.get(&format!("{NEW}?from={}", published.id));
        assert_eq!(amendment.form(NEW).value("code"), Some("Q-1"));
        assert!(amendment.text().contains(": draft the next version"), "{}", amendment.text());
        let from = amendment.form(NEW);
        assert_eq!(from.value("from"), Some("2027-01-01"), "it begins with the next quarter");
    }

    fn of_two_who_edit_one_draft_neither_loses_a_word(app: &TestApp) {
        let site = house(app);
        let (one, other) = (signed_in(&site, "manager"), signed_in(&site, "other"));
        one.submit(&filled(&one).with("do", "save")).assert_status(200);
        let here = format!("/staff/policies/{}/edit", version(app, "Y-27").id);
        let (mine, theirs) = (one.get(&here).form(&here), other.get(&here).form(&here));
        other.submit(&theirs.with("reward.cap", "777").with("do", "save")).assert_status(200);
        let page = one.submit(&mine.with("contract_ref", "HT-9").with("do", "save"));
        page.assert_status(409).assert_has("other saved changes").assert_has("cap = \"777\"");
        let again = page.form(&here);
        assert_eq!(again.value("contract_ref"), Some("HT-9"));
        assert_eq!(version(app, "Y-27").terms.reward.cap, Some(777.into()), "not written over");
        one.submit(&again.with("do", "save")).assert_status(200);
        let last = version(app, "Y-27").terms;
        assert_eq!((last.reward.cap, last.contract_ref.as_deref()), (None, Some("HT-9")));
    }

    fn a_file_fills_the_form_and_comes_back_the_same(app: &TestApp) {
        let site = house(app);
        let manager = signed_in(&site, "manager");
        let source = include_str!("policies/everything.toml");
        let terms = parse(source).unwrap();
        let form = manager.get(NEW).form(NEW);
        let pasted = press(&manager, &form.clone().with("toml", source), "load");
        pasted.assert_status(200);
        let uploaded =
            manager.submit(&form.clone().with("do", "load").with_file("file", "p.toml", source.as_bytes()));
        for page in [pasted, uploaded] {
            let saved = page.form(NEW);
            let code = format!("E-{}", app.read(policies::all).len());
            let saved = press(&manager, &saved.with("code", &code), "save");
            saved.assert_status(200);
            let version = version(app, &code);
            let expected = policies::Terms { code: code.clone(), ..terms.clone() };
            assert_eq!(version.terms, expected);
            let file = manager.peek(&format!("/staff/policies/{}/toml", version.id));
            assert_eq!(file.body(), write_toml(&expected));
            let name = file.header("content-disposition").unwrap();
            assert!(name.contains(&format!("{code}-v1.toml")), "{name}");
        }
        for (wrong, said) in [
            ("", "nothing to read"),
            ("code = ", "Line 1: this line can’t be read"),
            ("surprise = 1", "surprise"),
        ] {
            let page = press(&manager, &form.clone().with("toml", wrong), "load");
            page.assert_status(422);
            assert!(problems(&page).join("\n").contains(said), "{wrong:?}: {:?}", problems(&page));
        }
        let gibberish = form.with("do", "load").with_file("file", "p.toml", b"\xff\xfe\x00");
        manager.submit(&gibberish).assert_status(422);
    }
}

/// A browser without JavaScript, as an account manager sees it.
mod in_a_browser {
    use super::*;
    use crate::support::{Browser, PASSWORD};

    both! {
        fn a_policy_is_drafted_mended_saved_and_tried_out(app: &TestApp) {
            let site = house(app);
            let browser = Browser::open(1280, 900, "en");
            browser.goto(&format!("{}/sign-in", site.url));
            browser.without_scripts();
            browser.fill("email", "manager@example.com");
            browser.fill("password", PASSWORD);
            browser.click("Sign in");
            browser.goto(&format!("{}{NEW}", site.url));
            browser.fill("code", "Y-27");
            browser.fill("name.en", "Year 2027");
            browser.click("Add a tier");
            browser.click("Add a tier");
            assert!(browser.url().ends_with("#tiers"), "{}", browser.url());
            for (tier, from, value) in [(0, "50,000", "1"), (1, "100000", "2%"), (2, "100000", "3")] {
                browser.type_into(&format!("tier-{tier}-from"), from);
                browser.type_into(&format!("tier-{tier}-value"), value);
            }
            browser.click("Save draft");
            assert!(browser.title().starts_with("Error: "), "{}", browser.title());
            assert!(browser.text(".problems").contains("Tier 3, From"), "{}", browser.text(".problems"));
            browser.type_into("tier-2-from", "200000");
            browser.click("Save draft");
            assert!(browser.text("main").contains("Saved as the draft of version 1"));
            let version = version(app, "Y-27");
            assert_eq!(version.terms.reward.tiers.len(), 3);
            browser.goto(&format!("{}/staff/policies/{}/simulation", site.url, version.id));
            let shown = browser.text("main");
            assert!(shown.contains("¥4,400.00"), "2 % of 220,000: {shown}");
            assert!(shown.contains("Nothing is stored."), "{shown}");
        }
    }
}
