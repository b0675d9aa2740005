//! What decisions grant stands on the customer's next statement, to the cent, under the dispute's
//! number: on the page, on the staff's, and in the files.

use chrono::TimeDelta;
use openrebate::disputes::{Outcome, Terms, Verdict};
use openrebate::people;
use openrebate::statements::Statement;
use openrebate::values::DisputeId;

use super::*;

impl House {
    fn actor(&self, app: &TestApp, name: &str) -> Actor {
        let email = format!("{name}@example.com");
        app.read(|conn| people::by_email(conn, &email)).actor(None, None)
    }

    fn granted(&self, app: &TestApp, id: &DisputeId, by: &str, granted: i64) {
        let revision = self.disputes(app).remove(0).revision;
        let verdict = Verdict {
            outcome: Outcome::Partly,
            granted,
            reason: "签收单已核实".to_owned(),
            beyond: None,
        };
        let decide = if by == "reviewer" { disputes::decide_appeal } else { disputes::decide };
        let actor = self.actor(app, by);
        app.db.write(&actor, |tx| decide(tx, id, revision, &verdict, &Terms::default())).unwrap();
    }

    /// Issues the statement of the period, and gives the customer's.
    fn stated(&self, app: &TestApp, period: &str) -> Statement {
        let period = period.parse().unwrap();
        let open = &disputes::open_on_statement;
        statements::issue(&app.db, &Actor::operator(), period, None, 5, open).unwrap();
        app.read(|conn| statements::of_customer(conn, self.customer)).remove(0)
    }
}

const NUMBER: &str = "ZY-2026-10-000001";

both! {
    fn what_is_granted_stands_on_the_next_statement_under_the_disputes_number(app: &TestApp) {
        let house = house(app);
        let id = DisputeId::from_text(&house.filed(app));
        let (buyer, manager) = (house.actor(app, "buyer"), house.actor(app, "manager"));
        // A statement issued meanwhile names the dispute as open, holds it, and adjusts nothing.
        let first = house.stated(app, "2026-Q3");
        let f = &first.content.figures;
        assert_eq!([f.adjusted, f.closing, f.available, f.on_hold], [0, 600_000, 475_000, 125_000]);
        let open: Vec<_> =
            first.content.disputes.iter().map(|d| (d.number.as_str(), d.amount)).collect();
        assert_eq!(open, [(NUMBER, 125_000)]);
        let to = manager.person().unwrap().clone();
        app.db.write(&manager, |tx| disputes::assign(tx, &id, &to)).unwrap();
        house.granted(app, &id, "manager", 40_033);
        app.wait(TimeDelta::days(5));
        app.db
            .write(&buyer, |tx| disputes::appeal(tx, house.customer, &id, "仍有异议", &Terms::default()))
            .unwrap();
        app.wait(TimeDelta::days(14)); // the 3rd of November
        let second = house.stated(app, "2026-10");
        let f = &second.content.figures;
        assert_eq!([f.opening, f.adjusted, f.closing], [600_000, 40_033, 640_033]);
        assert_eq!([f.available, f.on_hold], [555_066, 84_967], "the rest is held for the appeal");
        let reviewer = house.actor(app, "reviewer");
        app.db.write(&reviewer, |tx| disputes::take_appeal(tx, &id)).unwrap();
        house.granted(app, &id, "reviewer", 84_900);
        app.wait(TimeDelta::days(30));
        let third = house.stated(app, "2026-11");
        let f = &third.content.figures;
        assert_eq!([f.opening, f.adjusted, f.closing, f.on_hold], [640_033, 84_900, 724_933, 0]);

        for (statement, amount, plain) in
            [(&second, "¥400.33", "400.33,,2026-10-15"), (&third, "¥849.00", "849.00,,2026-11-03")]
        {
            let adjusted: Vec<_> = statement
                .content
                .adjustments
                .iter()
                .map(|a| (a.reference.as_str(), a.reason.as_str(), a.cause_id.as_str()))
                .collect();
            assert_eq!(adjusted, [(NUMBER, "签收单已核实", id.as_str())]);
            for (name, at, dispute) in
                [("buyer", "", "/disputes/"), ("auditor", "/staff", "/staff/disputes/")]
            {
                let visitor = house.visitor(name);
                let page = visitor.get(&format!("{at}/statements/{}", statement.id));
                page.assert_status(200).assert_has("签收单已核实").assert_has(amount);
                assert_eq!(page.link(NUMBER), format!("{dispute}{id}"));
            }
            let csv = house.visitor("buyer").get(&format!("/statements/{}/file/csv", statement.id));
            let row = format!("adjustment,{NUMBER},,,,,{plain},签收单已核实");
            assert!(csv.body().contains(&row), "{row} not in {}", csv.body());
        }
        // What was issued before stays as it was.
        let all = app.read(|conn| statements::of_customer(conn, house.customer));
        assert_eq!(all.last().unwrap().content_hash, first.content_hash);
        assert!(first.content.adjustments.is_empty());
        assert_eq!(app.read(openrebate::reports::verify).differences, [""; 0]);
    }
}
