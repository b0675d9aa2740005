//! `openrebate verify` finds what was changed in the database by hand, though each table by itself
//! still looks sound.

use openrebate::accruals;
use openrebate::db::Tx;
use openrebate::disputes::{self, Category, NewDispute, Outcome, Subject, SubjectKind, Verdict};
use openrebate::error::Result;
use openrebate::payouts::{self, Form, NewPayout, Payout};
use openrebate::reports;
use openrebate::statements;
use openrebate::values::{Actor, Currency, CustomerRole, DisputeId, Key, StaffRole};
use openrebate::{audit, ledger};

use crate::support::{Engine, TestApp, a_buyer, a_member, an_account, books};

const CNY: Currency = Currency::CNY;

struct Scene<'a> {
    app: &'a TestApp,
    customer: Key,
    finance: Actor,
    approver: Actor,
    manager: Actor,
    buyer: Actor,
}

/// D-001 has earned 6,000.00 in the third quarter, which is closed.
fn scene(app: &TestApp) -> Scene<'_> {
    let customer = books(app).first;
    accruals::close(&app.db, &Actor::operator(), "2026-Q3".parse().unwrap(), None).unwrap();
    an_account(app, customer);
    app.will_tamper();
    Scene {
        app,
        customer,
        finance: a_member(app, "finance", &[StaffRole::Finance]),
        approver: a_member(app, "approver", &[StaffRole::Approver]),
        manager: a_member(app, "manager", &[StaffRole::AccountManager]),
        buyer: a_buyer(app, "buyer", customer, CustomerRole::Finance),
    }
}

impl Scene<'_> {
    #[track_caller]
    fn by<T>(&self, actor: &Actor, work: impl FnMut(&mut Tx<'_>) -> Result<T>) -> T {
        self.app.db.write(actor, work).unwrap()
    }

    fn draft(&self, amount: i64) -> Payout {
        let (customer, amount) = (self.customer, Some(amount));
        let new = NewPayout { customer, currency: CNY, form: Form::Cash, amount, note: None };
        self.by(&self.finance, |tx| payouts::prepare(tx, new.clone()))
    }

    fn approved(&self, amount: i64) -> Payout {
        let payout = self.draft(amount);
        self.by(&self.finance, |tx| payouts::submit(tx, &payout.id));
        let (id, shown) = (&payout.id, &payout.content_hash);
        self.by(&self.approver, |tx| payouts::approve(tx, id, shown));
        payout
    }

    fn settled(&self, amount: i64) -> Payout {
        let payout = self.approved(amount);
        let today = self.app.db.today();
        self.by(&self.finance, |tx| payouts::mark_sent(tx, &payout.id, today, None));
        self.by(&self.finance, |tx| payouts::settle(tx, &payout.id, today, None));
        payout
    }

    fn terms() -> disputes::Terms {
        disputes::Terms::default()
    }

    fn filed(&self, disputed: i64) -> DisputeId {
        let new = NewDispute {
            customer: self.customer,
            category: Category::MissingInvoice,
            subject: Subject {
                kind: SubjectKind::MissingInvoice,
                id: "INV-9".to_owned(),
                text: "发票 INV-9".to_owned(),
            },
            currency: CNY,
            disputed,
            expected: None,
            text: "少计一张发票".to_owned(),
            facts: serde_json::json!({}),
        };
        self.by(&self.buyer, |tx| disputes::file(tx, new.clone(), &Self::terms())).id
    }

    /// Decided at once, with that much granted.
    fn decided(&self, disputed: i64, granted: i64) -> DisputeId {
        let id = self.filed(disputed);
        let manager = self.manager.person().unwrap();
        self.by(&self.manager, |tx| disputes::assign(tx, &id, manager));
        let reach = disputes::Reach::default();
        let revision = self.app.read(|conn| disputes::one(conn, &reach, &id)).dispute.revision;
        let reason = "核对发票后更正".to_owned();
        let verdict =
            Verdict { outcome: Outcome::Accepted, granted, reason, beyond: Some(granted) };
        let decide =
            |tx: &mut Tx<'_>| disputes::decide(tx, &id, revision, &verdict, &Self::terms());
        self.by(&self.manager, decide);
        id
    }

    fn found(&self) -> Vec<String> {
        self.app.read(reports::verify).differences
    }

    #[track_caller]
    fn sound(&self) {
        assert_eq!(self.found(), Vec::<String>::new());
    }

    /// Takes a guard away, as somebody with the database's password can: its name on each engine.
    fn unguard(&self, table: &str, sqlite: &str, postgres: &str) {
        let drop = match self.app.engine {
            Engine::Sqlite => format!("DROP TRIGGER {sqlite}"),
            Engine::Postgres => format!("DROP TRIGGER {postgres} ON {table}"),
        };
        self.app.sql(&drop).unwrap();
    }

    /// Each change is found and told in that sentence; undone, everything adds up again.
    #[track_caller]
    fn check(&self, table: &[(&str, &str, &str)]) {
        self.sound();
        for (change, undo, sentence) in table {
            self.app.sql(change).unwrap();
            let found = self.found();
            assert!(found.iter().any(|said| said == sentence), "{change}: {found:#?}");
            self.app.sql(undo).unwrap();
            self.sound();
        }
    }
}

both! {
    fn a_leg_in_another_currency(app: &TestApp) {
        let scene = scene(app);
        scene.unguard("ledger_postings", "ledger_postings_no_update", "ledger_postings_append_only");
        let of = "WHERE leg = 2 AND entry_id = (SELECT id FROM ledger_entries WHERE number = 1)";
        scene.check(&[(
            &format!("UPDATE ledger_postings SET currency = 'USD' {of}"),
            &format!("UPDATE ledger_postings SET currency = 'CNY' {of}"),
            "ledger entry 1: a leg is in another currency",
        )]);
    }

    fn a_payout_that_is_not_what_was_approved_or_booked(app: &TestApp) {
        let scene = scene(app);
        let (settled, approved) = (scene.settled(100_000).id, scene.approved(50_000).id);
        scene.unguard("payout_steps", "payout_steps_no_update", "payout_steps_append_only");
        let steps = |id, from, to| format!(
            "UPDATE payout_steps SET state = '{to}' WHERE payout_id = '{id}' AND state = '{from}'");
        let state = |id, to| format!("UPDATE payouts SET state = '{to}' WHERE id = '{id}'");
        let both = |id, from, to| format!("{}; {}", state(id, to), steps(id, from, to));
        scene.check(&[
            (
                &format!("UPDATE payout_lines SET amount_minor = 100001 WHERE payout_id = '{settled}'"),
                &format!("UPDATE payout_lines SET amount_minor = 100000 WHERE payout_id = '{settled}'"),
                "payout FL-2026-10-000001: its lines add up to 100001 minor units, not to 100000",
            ),
            (
                &format!("UPDATE payouts SET payee = '某人' WHERE id = '{settled}'"),
                &format!("UPDATE payouts SET payee = '杭州恒通贸易有限公司' WHERE id = '{settled}'"),
                "payout FL-2026-10-000001: its content doesn't match its hash",
            ),
            (
                &state(&settled, "sent"),
                &state(&settled, "settled"),
                "payout FL-2026-10-000001: it is sent, its last step made it settled",
            ),
            (
                &both(&settled, "settled", "returned"),
                &both(&settled, "returned", "settled"),
                "payout FL-2026-10-000001: the ledger doesn't hold what a payout moves that is returned",
            ),
            (
                &both(&approved, "approved", "settled"),
                &both(&approved, "settled", "approved"),
                "payout FL-2026-10-000002: the ledger doesn't hold what a payout moves that is settled",
            ),
        ]);
        // Another name is no forgery: what was paid was paid to the old one.
        app.sql("UPDATE customers SET name = '杭州恒通商贸有限公司' WHERE code = 'D-001'").unwrap();
        scene.sound();
    }

    fn something_held_for_nothing_or_nothing_held(app: &TestApp) {
        let scene = scene(app);
        let (draft, approved) = (scene.draft(100_000).id, scene.approved(50_000).id);
        let (open, decided) = (scene.filed(30_000), scene.decided(20_000, 10_000));
        let held = |id: &str, set: &str| {
            format!("UPDATE ledger_reserves SET {set} WHERE cause_id = '{id}'")
        };
        let (free, again) = ("released_at = placed_at", "released_at = NULL");
        scene.check(&[
            (
                &held(draft.as_str(), free),
                &held(draft.as_str(), again),
                "payout FL-2026-10-000001: nothing is held for it",
            ),
            (
                &held(draft.as_str(), "amount_minor = 1"),
                &held(draft.as_str(), "amount_minor = 100000"),
                "payout FL-2026-10-000001: what is held for it isn't its amount",
            ),
            (
                &held(approved.as_str(), again),
                &held(approved.as_str(), free),
                "payout FL-2026-10-000002: an amount is held for it, and it is approved",
            ),
            (
                &held(open.as_str(), "amount_minor = 30001"),
                &held(open.as_str(), "amount_minor = 30000"),
                "dispute ZY-2026-10-000001: what is held isn't what is disputed",
            ),
            (
                &held(decided.as_str(), again),
                &held(decided.as_str(), free),
                "dispute ZY-2026-10-000002: an amount is held, and it is decided",
            ),
        ]);
    }

    fn a_decision_that_is_not_what_was_posted(app: &TestApp) {
        let scene = scene(app);
        let (first, second) = (scene.decided(20_000, 10_000), scene.decided(20_000, 5_000));
        let entry = |id: &DisputeId| {
            let posted = app.read(|conn| {
                ledger::of_cause(conn, ledger::Cause::Dispute, id.as_str())
            });
            format!("'{}'", posted[0].id)
        };
        let (own, foreign) = (entry(&first), entry(&second));
        let set = |what: &str, to: &str| {
            format!("UPDATE dispute_decisions SET {what} = {to} WHERE dispute_id = '{first}'")
        };
        let differs = "dispute ZY-2026-10-000001: decision 1 and its ledger entry differ";
        scene.check(&[
            (
                &set("granted_minor", "10001"),
                &set("granted_minor", "10000"),
                "dispute ZY-2026-10-000001: the ledger doesn't hold what its decisions granted",
            ),
            (&set("granted_minor", "10001"), &set("granted_minor", "10000"), differs),
            (&set("entry_id", "NULL"), &set("entry_id", &own), differs),
            (&set("entry_id", &foreign), &set("entry_id", &own), differs),
        ]);
    }

    fn a_dispute_merged_into_what_it_cant_go_on_in(app: &TestApp) {
        let scene = scene(app);
        let (decided, open) = (scene.decided(20_000, 10_000), scene.filed(20_000));
        let into = |id: &DisputeId, other: &str| {
            format!("UPDATE disputes SET merged_into = {other} WHERE id = '{id}'")
        };
        let first = "dispute ZY-2026-10-000001: it goes on in another dispute, and isn't closed or has a decision";
        let second = "dispute ZY-2026-10-000002: it goes on in another dispute, and isn't closed or has a decision";
        scene.check(&[
            (&into(&decided, &format!("'{open}'")), &into(&decided, "NULL"), first),
            (&into(&open, &format!("'{decided}'")), &into(&open, "NULL"), second),
        ]);
    }

    fn an_audit_log_without_the_events_that_statements_print(app: &TestApp) {
        let scene = scene(app);
        let (actor, quarter) = (Actor::operator(), "2026-Q3".parse().unwrap());
        let open = disputes::open_on_statement;
        statements::issue(&app.db, &actor, quarter, None, 10, &open).unwrap();
        scene.sound();
        let statement = app.read(|conn| statements::of_customer(conn, scene.customer)).remove(0);
        let seq = statement.checkpoint_seq;
        scene.unguard("audit_events", "audit_events_no_delete", "audit_events_append_only");
        app.sql(&format!("DELETE FROM audit_events WHERE seq >= {seq}")).unwrap();
        let (left, broken) = app.read(audit::verify);
        assert_eq!((left, broken), (seq - 1, None), "what is left is a sound chain");
        let number = &statement.number;
        let sentence =
            format!("statement {number}: the audit log holds no event {seq} with the hash it prints");
        assert!(scene.found().contains(&sentence), "{:?}", scene.found());
        // Written anew, with an event more: a chain as sound, and another one.
        a_member(app, "somebody", &[StaffRole::Auditor]);
        assert_eq!(app.read(audit::verify), (seq, None));
        assert!(scene.found().contains(&sentence), "{:?}", scene.found());
    }

    fn terms_that_are_not_those_that_were_published(app: &TestApp) {
        let scene = scene(app);
        scene.unguard("policy_versions", "policy_versions_frozen", "policy_versions_frozen");
        let swap = |column: &str, from: &str, to: &str| {
            format!("UPDATE policy_versions SET {column} = replace({column}, '{from}', '{to}')")
        };
        scene.check(&[
            (
                &swap("terms", "季度返利", "月度返利"),
                &swap("terms", "月度返利", "季度返利"),
                "policy Q-1 version 1: its terms don't match their hash",
            ),
            (
                &swap("source", "percent = \"5\"", "percent = \"6\""),
                &swap("source", "percent = \"6\"", "percent = \"5\""),
                "policy Q-1 version 1: its file says other terms",
            ),
            (
                &swap("currency", "CNY", "USD"),
                &swap("currency", "USD", "CNY"),
                "policy Q-1 version 1: its terms differ from what is kept beside them",
            ),
        ]);
    }
}
