//! The staff's pages for looking: customers, policies, letters, the audit log.

use chrono::TimeDelta;
use openrebate::customers::{self, NewCustomer};
use openrebate::mailbox::{self, Delivery, Failure, LetterState, Outgoing, Transport};
use openrebate::policies;
use openrebate::statements::Papers;
use openrebate::values::Currency;
use openrebate::{accruals, audit};

use crate::staff_pages::{closed, house, signed_in};
use crate::support::Visitor;

/// A mail server that refuses for good.
struct Refusing;

impl Transport for Refusing {
    fn send(&self, _: &Outgoing) -> Result<(), Failure> {
        Err(Failure::Permanent("550 no such mailbox".to_owned()))
    }
}

fn names(visitor: &Visitor, path: &str) -> Vec<String> {
    visitor.get(path).texts("tbody th .quiet")
}

both! {
    fn an_account_manager_sees_the_own_customers_and_those_without_one(app: &TestApp) {
        let (_, site) = house(app);
        for (code, manager) in [("D-003", Some("other@example.com")), ("D-004", None)] {
            let new = NewCustomer {
                account_manager: manager.map(str::to_owned),
                ..NewCustomer::regular(code, Currency::CNY)
            };
            app.write(|tx| customers::upsert(tx, &new));
        }
        let list = "/staff/customers";
        for (name, expected, opens) in [
            ("manager", vec!["D-001", "D-002", "D-004"], [200, 404, 200]),
            ("other", vec!["D-003", "D-004"], [404, 200, 200]),
            ("finance", vec!["D-001", "D-002", "D-003", "D-004"], [200, 200, 200]),
            ("admin", vec!["D-001", "D-002", "D-003", "D-004"], [200, 200, 200]),
        ] {
            let visitor = signed_in(&site, name);
            assert_eq!(names(&visitor, list), expected, "{name}");
            let found = ["D-001", "D-003", "D-004"]
                .map(|code| visitor.peek(&format!("{list}/{code}")).status);
            assert_eq!(found, opens, "{name}");
            let foreign = visitor.peek(&format!("{list}/D-999"));
            foreign.assert_status(404);
        }
        let finance = signed_in(&site, "finance");
        assert_eq!(names(&finance, "/staff/customers?search=d-00&manager=other%40example.com"), ["D-003"]);
        assert_eq!(names(&finance, "/staff/customers?search=%E8%8B%8F%E5%B7%9E"), ["D-002"]);
        assert_eq!(names(&finance, "/staff/customers?class=vip"), Vec::<String>::new());
        assert_eq!(names(&finance, "/staff/customers?after=D-002"), ["D-003", "D-004"]);
    }

    fn all_about_one_customer(app: &TestApp) {
        let (books, site) = house(app);
        let manager = signed_in(&site, "manager");
        closed(&signed_in(&site, "finance"));
        let page = manager.get("/staff/customers/D-001");
        page.assert_status(200).assert_has("¥6,000.00").assert_has("buyer@example.com");
        page.assert_has("Quarterly rebate").assert_has("There is no address");
        let earned = app.read(|conn| accruals::of_customer(conn, books.first));
        assert_eq!(earned[0].rebate_minor, 600_000);
    }

    fn a_policy_with_who_signed_it(app: &TestApp) {
        let (_, site) = house(app);
        let (finance, manager) = (signed_in(&site, "finance"), signed_in(&site, "manager"));
        let list = manager.get("/staff/policies");
        list.assert_has("Q-1").assert_has("0 / 2");
        let page = manager.get(&list.link("Quarterly rebate"));
        page.assert_has("¥100,000.00").assert_has("5%").assert_has("苏州盛达商贸有限公司");
        let admin = signed_in(&site, "admin");
        let others = admin.get(&page.path);
        assert!(others.texts("pre").is_empty(), "the file is for those who answer for it");
        assert!(finance.get(&page.path).texts("pre")[0].contains("tier_mode"));

        let buyer = signed_in(&site, "buyer");
        let programme = page.path.replace("/staff/policies/", "/programmes/");
        let form = buyer.get(&programme).form(&format!("{programme}/signature"));
        buyer.submit(&form).assert_status(200);
        manager.get("/staff/policies").assert_has("1 / 2");
        let signed = manager.get(&page.path);
        let hash = app.read(|conn| policies::by_code(conn, "Q-1")).terms_hash;
        assert_eq!(signed.texts("td code"), [hash]);
        finance.peek(&format!("{}?version=7", page.path)).assert_status(404);
        finance.peek("/staff/policies/none").assert_status(404);
    }

    fn a_letter_that_failed_is_read_and_sent_again(app: &TestApp) {
        let (_, site) = house(app);
        let (finance, auditor) = (signed_in(&site, "finance"), signed_in(&site, "auditor"));
        let terms = crate::support::POLICY.replace("\"5\"", "\"6\"");
        let parsed = policies::parse(&terms).unwrap();
        app.write(|tx| policies::publish(tx, &parsed, &terms));
        app.wait(TimeDelta::seconds(1));
        let delivery = mailbox::deliver_next(&app.db, &Refusing, &Papers).unwrap();
        let Delivery::Failed(id) = delivery else { panic!("{delivery:?}") };
        let list = auditor.get("/staff/mailbox?state=failed");
        list.assert_has("buyer@example.com").assert_has("550 no such mailbox");
        let path = format!("/staff/mailbox/{id}");
        let seen = auditor.get(&path);
        seen.assert_has("550 no such mailbox");
        assert!(!seen.body().contains("/delivery\""), "the auditor changes nothing");
        let html = auditor.peek(&format!("{path}/html"));
        let policy = html.header("content-security-policy").unwrap();
        assert!(policy.starts_with("sandbox; default-src 'none'"), "{policy}");
        assert!(html.body().contains("<html"));

        let form = finance.get(&path).form(&format!("{path}/delivery"));
        finance.submit(&form).assert_has("in the queue again");
        assert_eq!(app.read(|conn| mailbox::by_id(conn, &id)).state, LetterState::Queued);
        let mut again = form;
        again = again.with("form_key", "other");
        finance.post(&again).assert_status(409);
    }

    fn the_audit_log_is_searched_and_verified(app: &TestApp) {
        let (_, site) = house(app);
        closed(&signed_in(&site, "finance"));
        let auditor = signed_in(&site, "auditor");
        let all = auditor.get("/staff/audit");
        let head = app.read(audit::checkpoint);
        all.assert_has(&format!("#{} {}", head.count, head.hash));
        let kinds = auditor.get("/staff/audit?kind=period").texts("td:nth-of-type(3)");
        assert_eq!(kinds, ["Period closed"]);
        let by_finance = auditor.get("/staff/audit?actor=finance").texts("td:nth-of-type(3)");
        assert!(by_finance.contains(&"Accruals run".to_owned()), "{by_finance:?}");
        auditor.get("/staff/audit?object=nothing").assert_has("No such events");

        let before = app.read(audit::checkpoint);
        let sound = auditor.submit(&all.form("/staff/audit/verification"));
        sound.assert_status(200).assert_has("everything agrees");
        assert_eq!(app.read(audit::checkpoint), before);
        app.will_tamper();
        app.sql("UPDATE accruals SET rebate_minor = rebate_minor + 1").unwrap();
        let broken = auditor.submit(&all.form("/staff/audit/verification"));
        broken.assert_has("differences found");
    }
}
