//! Thirty-two browsers at one dispute, over HTTP: one ends the review; the others read why not, with
//! what they wrote; whoever tries again from that page gets through or finds nothing left to do.

use std::sync::Barrier;
use std::thread;

use crate::support::Form;

use super::*;

const BROWSERS: usize = 32;

/// A form of a page, the field that is typed into (none for the withdrawal), and whose it is.
struct Move {
    who: &'static str,
    form: &'static str,
    field: &'static str,
}

const MOVES: [Move; 8] = [
    Move { who: "manager", form: "decision", field: "reason" },
    Move { who: "buyer", form: "withdrawal", field: "" },
    Move { who: "manager", form: "notes", field: "note" },
    Move { who: "manager", form: "replies", field: "reply" },
    Move { who: "buyer", form: "messages", field: "text" },
    Move { who: "lead", form: "notes", field: "note" },
    Move { who: "clerk", form: "messages", field: "text" },
    Move { who: "lead", form: "decision", field: "reason" },
];

/// What became of one browser.
struct Ended {
    form: &'static str,
    text: String,
    granted: &'static str,
    done: bool,
}

impl Move {
    fn page(&self, id: &str) -> String {
        let staff = matches!(self.who, "manager" | "lead");
        format!("{}/disputes/{id}", if staff { "/staff" } else { "" })
    }

    /// The form as the page shows it, filled in; None where the page doesn't offer it any more.
    fn filled(&self, page: &Page, id: &str, text: &str, granted: &str) -> Option<Form> {
        let action = format!("{}/{}", self.page(id), self.form);
        // What was typed may still stand there, without a button.
        if page.texts(&format!("form[action='{action}'] button")).is_empty() {
            return None;
        }
        let form = page.form(&action);
        Some(match self.form {
            "decision" => {
                form.with("outcome", "partly").with("granted", granted).with("reason", text)
            }
            "withdrawal" => form,
            _ => form.with(self.field, text),
        })
    }
}

/// Tries until it is done or the page offers it no more. Every answer is a page that says what
/// happened and holds what was typed.
fn race(visitor: &Visitor, deed: &Move, id: &str, browser: usize, barrier: &Barrier) -> Ended {
    let text = format!("{} by browser {browser}", deed.form);
    let granted = if deed.who == "lead" { "300.00" } else { "200.00" };
    let ended = |done| Ended { form: deed.form, text: text.clone(), granted, done };
    let page = visitor.get(&deed.page(id));
    let mut form = deed.filled(&page, id, &text, granted).expect("the dispute is under review");
    barrier.wait();
    let mut said = String::new();
    for _ in 0..100 {
        let answer = visitor.post(&form);
        said = format!("{} {:?}", answer.status, answer.texts(".problems, .error"));
        match answer.status {
            303 => return ended(true),
            409 => {}
            // The database is busy, and the page says to try again.
            503 => continue,
            other => panic!("browser {browser}: {} answered {other}", form.action),
        }
        let kept = deed.field.is_empty() || answer.body().contains(&text);
        assert!(kept, "browser {browser} lost what was typed: {}", answer.body());
        let Some(again) = deed.filled(&answer, id, &text, granted) else { return ended(false) };
        form = again;
    }
    panic!("browser {browser} never got through to {}: {said}", form.action)
}

both! {
    fn thirty_two_browsers_end_a_review_once_and_lose_no_text(app: &TestApp) {
        let house = house(app);
        a_buyer(app, "clerk", house.customer, CustomerRole::Manager);
        let lead = a_member(app, "lead", &[StaffRole::AccountManager]);
        let path = house.filed(app);
        let id = path.as_str();
        // Both account managers have to do with it: one has the portfolio, one is given the case.
        let manager = house.visitor("manager");
        let work = manager.get(&format!("/staff/disputes/{id}"));
        let form = work.form(&format!("/staff/disputes/{id}/assignment"));
        manager.submit(&form.with("assignee", lead.person().unwrap().as_str())).assert_status(200);
        let signed_in = |name: &str| house.visitor(name).cookie("__Host-sid").unwrap();
        let cookies: Vec<_> = MOVES.iter().map(|deed| signed_in(deed.who)).collect();
        let barrier = Barrier::new(BROWSERS);
        let ended: Vec<Ended> = thread::scope(|scope| {
            let browsers: Vec<_> = (0..BROWSERS)
                .map(|browser| {
                    let place = browser % MOVES.len();
                    let (deed, cookie, barrier) = (&MOVES[place], &cookies[place], &barrier);
                    let visitor = house.site.visitor("en");
                    scope.spawn(move || {
                        visitor.set_cookie("__Host-sid", cookie);
                        race(&visitor, deed, id, browser, barrier)
                    })
                })
                .collect();
            browsers.into_iter().map(|browser| browser.join().unwrap()).collect()
        });
        let endings = ["decision", "withdrawal"];
        let winners: Vec<_> =
            ended.iter().filter(|e| e.done && endings.contains(&e.form)).collect();
        assert_eq!(winners.len(), 1);
        let winner = winners[0];
        match (winner.form, winner.granted) {
            ("decision", "200.00") => house.check(app, "6200.00", "0.00"),
            ("decision", _) => house.check(app, "6300.00", "0.00"),
            _ => house.check(app, "6000.00", "0.00"),
        }
        let letters = letters(app, "dispute_decided", id).len();
        assert_eq!(letters, usize::from(winner.form == "decision"));
        let dispute = house.disputes(app).remove(0);
        let events = app.read(|conn| disputes::events(conn, &dispute.id));
        for e in ended.iter().filter(|e| e.form != "withdrawal") {
            let kept = events.iter().filter(|event| event.text == e.text).count();
            assert_eq!(kept, usize::from(e.done), "{}", e.text);
        }
        // Notes can always be written.
        assert!(ended.iter().filter(|e| e.form == "notes").all(|e| e.done));
        assert_eq!(app.read(openrebate::reports::verify).differences, [""; 0]);
    }
}
