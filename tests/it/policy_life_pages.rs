//! A policy on its way, in the browser: drafted by one, approved by another, published, signed,
//! amended, ended.

use openrebate::policies::{self, Version, VersionState};
use openrebate::values::{Actor, VersionId};

use crate::staff_pages::{house, signed_in};
use crate::support::{Form, POLICY, Page, Site, TestApp, Visitor};

struct Scene<'a> {
    app: &'a TestApp,
    manager: Visitor,
    approver: Visitor,
    buyer: Visitor,
    site: Site,
}

fn scene(app: &TestApp) -> Scene<'_> {
    let (_, site) = house(app);
    let [manager, approver, buyer] = ["manager", "approver", "buyer"].map(|n| signed_in(&site, n));
    Scene { app, manager, approver, buyer, site }
}

impl Scene<'_> {
    fn actor(&self, name: &str) -> Actor {
        let email = format!("{name}@example.com");
        let person = self.app.read(|conn| openrebate::people::by_email(conn, &email));
        person.actor(None, None)
    }

    /// A draft of the policy that pays so many percent.
    fn draft(&self, code: &str, percent: &str) -> Version {
        let source = POLICY.replace("Q-1", code).replace("\"5\"", &format!("\"{percent}\""));
        let terms = policies::parse(&source).unwrap();
        let manager = self.actor("manager");
        self.app.db.write(&manager, |tx| policies::draft(tx, &terms, &source)).unwrap()
    }

    fn now(&self, id: &VersionId) -> Version {
        self.app.read(|conn| policies::version(conn, id))
    }
}

fn page_of(version: &Version) -> String {
    format!("/staff/policies/{}?version={}", version.policy_id, version.number)
}

fn action(version: &Version, name: &str) -> String {
    format!("/staff/policy-versions/{}/{name}", version.id)
}

fn actions(page: &Page) -> Vec<String> {
    let html = page.body();
    let forms = html.split("action=\"/staff/policy-versions/").skip(1);
    forms.filter_map(|rest| rest.split(['/', '"']).nth(1)).map(str::to_owned).collect()
}

both! {
    fn drafted_by_one_and_approved_by_another_then_published_and_signed(app: &TestApp) {
        let scene = scene(app);
        let (manager, approver) = (&scene.manager, &scene.approver);
        let draft = scene.draft("N-1", "4");
        let here = page_of(&draft);
        scene.buyer.get(&format!("/programmes/{}", draft.policy_id)).assert_status(404);
        let list = manager.get("/staff/policies?state=draft");
        assert_eq!(list.texts("tbody th .quiet"), ["N-1 · version 1"]);
        let page = manager.get(&here);
        assert_eq!(actions(&page), ["submission", "withdrawal"]);
        assert_eq!(actions(&approver.get(&here)), ["withdrawal"], "an approver may clear up");
        let page = manager.submit(&page.form(&action(&draft, "submission")));
        page.assert_has("Submitted for approval").assert_has("Awaiting approval");
        assert_eq!(actions(&page), ["draft"]);

        let waiting = approver.get("/staff").link("Policies to approve");
        let page = approver.get(&approver.get(&waiting).link("Quarterly rebate"));
        assert_eq!(page.path, here);
        page.assert_has("¥100,000.00").assert_has("4%").assert_has(&draft.terms_hash);
        assert!(page.texts("pre")[0].contains("percent = \"4\""), "the file as it is approved");
        assert_eq!(actions(&page), ["approval", "return"]);
        let done = approver.submit(&page.form(&action(&draft, "approval")));
        done.assert_has("Approved; the drafter has been notified.");
        let page = manager.get(&here);
        page.assert_has("Published terms never change. The 2 customers it covers");
        let page = manager.submit(&page.form(&action(&draft, "publication")));
        page.assert_has("In force").assert_has("Published by manager");
        let waiting: Vec<String> = page.texts("#unsigned ~ .table tbody th .quiet");
        assert_eq!(waiting, ["D-001", "D-002"]);

        let programme = format!("/programmes/{}", draft.policy_id);
        let form = scene.buyer.get(&programme).form(&format!("{programme}/signature"));
        scene.buyer.submit(&form).assert_status(200);
        let page = manager.get(&here);
        page.assert_has("Not acknowledged yet 1").assert_has("Acknowledged 1").assert_has(&draft.terms_hash);
        assert_eq!(scene.now(&draft.id).state, VersionState::Published);
        assert_eq!(app.read(policies::verify), Vec::<String>::new());
    }

    fn what_was_returned_says_why_and_its_drafter_never_approves(app: &TestApp) {
        let scene = scene(app);
        let draft = scene.draft("N-1", "4");
        let here = page_of(&draft);
        let page = scene.manager.get(&here);
        scene.manager.submit(&page.form(&action(&draft, "submission")));
        let form = scene.approver.get(&here).form(&action(&draft, "return"));
        let empty = scene.approver.submit(&form);
        empty.assert_status(422).assert_has("Please give the reason.");
        let again = empty.form(&action(&draft, "return")).with("reason", "请写明产品范围");
        scene.approver.submit(&again).assert_has("Returned as a draft");
        scene.manager.get(&here).assert_has("Draft").assert_has("请写明产品范围");
        // What was shown is submitted, and nothing else.
        let stale = scene.manager.get(&here).form(&action(&draft, "submission"));
        let now = scene.now(&draft.id);
        let other = POLICY.replace("Q-1", "N-1").replace("\"5\"", "\"9\"");
        let terms = policies::parse(&other).unwrap();
        let editor = scene.actor("other");
        app.db
            .write(&editor, |tx| policies::edit(tx, &now.id, now.revision, &terms, &other))
            .unwrap();
        let refused = scene.manager.submit(&stale);
        refused.assert_status(409).assert_has("other saved changes on 15 Oct 2026 at 10:00");
        // An approval is for the hash on the page.
        let page = scene.manager.get(&here);
        scene.manager.submit(&page.form(&action(&draft, "submission")));
        let form = scene.approver.get(&here).form(&action(&draft, "approval"));
        let refused = scene.approver.submit(&form.clone().with("shown", &draft.terms_hash));
        refused.assert_status(409).assert_has("not those that were shown");
        // Clicking twice is one approval.
        scene.approver.submit(&form).assert_has("Approved");
        scene.approver.submit(&form).assert_status(200).assert_has("Approved");
        let steps = app.read(|conn| policies::steps(conn, &draft.id));
        let approvals = steps.iter().filter(|s| s.action == policies::StepKind::Approved).count();
        assert_eq!(approvals, 1);
        let taken = scene.manager.get(&here).form(&action(&draft, "draft"));
        scene.manager.submit(&taken).assert_has("It is a draft again.");
        let late = scene.manager.post(&to_action(&taken, &draft, "publication"));
        late.assert_status(409);
    }

    fn a_next_version_says_what_changes_and_asks_for_a_new_signature(app: &TestApp) {
        let scene = scene(app);
        let first = app.read(|conn| policies::by_code(conn, "Q-1"));
        let programme = format!("/programmes/{}", first.policy_id);
        let sign = || scene.buyer.get(&programme).form(&format!("{programme}/signature"));
        scene.buyer.submit(&sign()).assert_status(200);
        let draft = scene.draft("Q-1", "6");
        assert_eq!((draft.number, &draft.policy_id), (2, &first.policy_id));
        let current = scene.manager.get(&format!("/staff/policies/{}", first.policy_id));
        current.assert_has("In force");
        let page = scene.manager.get(&current.link("version 2"));
        page.assert_has("Draft");
        let compared = scene.manager.get(&page.link("Compare with the version before"));
        compared.assert_has("What changes").assert_has("5%").assert_has("6%");
        compared.assert_has(&first.terms_hash).assert_has(&draft.terms_hash);
        scene.approver.get(&format!("/staff/policies/{}/versions/9", first.policy_id)).assert_status(404);
        let alone = scene.approver.get(&format!("/staff/policies/{}/versions/1", first.policy_id));
        alone.assert_has("first version");
        scene.buyer.get(&programme).assert_has("5%");

        let publish = |version: &Version| {
            let here = page_of(version);
            let form = scene.manager.get(&here).form(&action(version, "submission"));
            scene.manager.submit(&form).assert_status(200);
            let form = scene.approver.get(&here).form(&action(version, "approval"));
            scene.approver.submit(&form).assert_status(200);
            let form = scene.approver.get(&here).form(&action(version, "publication"));
            scene.approver.submit(&form).assert_status(200);
        };
        publish(&draft);
        // The old signature is for the old text.
        scene.buyer.get("/home").assert_has("Quarterly rebate");
        let page = scene.buyer.get(&programme);
        page.assert_has("6%").assert_has("To be acknowledged");
        scene.manager.get(&page_of(&draft)).assert_has("Not acknowledged yet 2");
        scene.buyer.submit(&sign()).assert_status(200);
        let old = scene.manager.get(&page_of(&scene.now(&first.id)));
        old.assert_has("Superseded").assert_has(&first.terms_hash);
        let given = app.read(|conn| policies::acknowledgements(conn, &draft.id));
        assert_eq!(given[0].terms_hash, draft.terms_hash);
    }

    fn a_policy_is_ended_or_withdrawn_by_who_had_no_hand_in_it(app: &TestApp) {
        let scene = scene(app);
        let policy = app.read(|conn| policies::by_code(conn, "Q-1"));
        let here = page_of(&policy);
        assert_eq!(actions(&scene.manager.get(&here)), Vec::<String>::new());
        let page = scene.approver.get(&here);
        assert_eq!(actions(&page), ["ending", "withdrawal"]);
        let form = page.form(&action(&policy, "ending"));
        let past = form.clone().with("last_day", "2026-10-01").with("reason", "业务调整");
        let refused = scene.approver.submit(&past);
        refused.assert_status(422).assert_has("purchases up to today");
        assert_eq!(refused.form(&action(&policy, "ending")).value("reason"), Some("业务调整"));
        let ahead = form.with("last_day", "2026-11-30").with("reason", "业务调整");
        scene.approver.submit(&ahead).assert_has("The end date is set");
        // It holds until then.
        let list = scene.manager.get("/staff/policies?state=published");
        list.assert_has("Q-1").assert_has("30 Nov 2026");
        scene.manager.get("/staff/policies?state=ended").assert_has("No matching policies");
        scene.buyer.get(&format!("/programmes/{}", policy.policy_id)).assert_has("Running");
        app.wait(chrono::TimeDelta::days(60));
        let site = &scene.site;
        let manager = signed_in(site, "manager");
        manager.get("/staff/policies?state=ended").assert_has("Q-1");
        let buyer = signed_in(site, "buyer");
        buyer.get(&format!("/programmes/{}", policy.policy_id)).assert_has("Ended");
    }

    fn policies_are_found_by_state_year_and_text(app: &TestApp) {
        let scene = scene(app);
        scene.draft("N-1", "4");
        scene.draft("Q-1", "6");
        let names = |query: &str| scene.manager.get(&format!("/staff/policies{query}")).texts("tbody th .quiet");
        let (first, second) = ("Q-1 · version 1", "Q-1 · version 2");
        assert_eq!(names(""), ["N-1 · version 1", second, first]);
        assert_eq!(names("?state=draft"), ["N-1 · version 1", second]);
        assert_eq!(names("?state=published"), [first]);
        assert_eq!(names("?search=n-1"), ["N-1 · version 1"]);
        assert_eq!(names("?search=quarterly&state=published"), [first]);
        assert_eq!(names("?year=2026").len(), 3);
        assert_eq!(names("?year=2025").len(), 0);
    }
}

/// The same form to another action of the version.
fn to_action(form: &Form, version: &Version, name: &str) -> Form {
    let token = form.value("token").unwrap();
    Form::to(action(version, name)).with("token", token).with("form_key", "another")
}
