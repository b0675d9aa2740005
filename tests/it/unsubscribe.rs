//! Ending letters one may do without from the mail program: one post, no session, that kind only.

use chrono::TimeDelta;
use openrebate::audit;
use openrebate::mailbox::letters::DisputeDeadlines;
use openrebate::mailbox::{self, Delivery, Failure, Outgoing, Transport};
use openrebate::people;
use openrebate::statements::Papers;
use openrebate::values::{EmailAddress, Language, StaffRole};
use std::sync::Mutex;

use crate::support::{Form, Site, TestApp, a_member};

struct Seen(Mutex<Vec<Outgoing>>);

impl Transport for Seen {
    fn send(&self, letter: &Outgoing) -> Result<(), Failure> {
        self.0.lock().unwrap().push(letter.clone());
        Err(Failure::Transient("not now".to_owned()))
    }
}

/// The addresses that two tries of one letter carry.
fn two_tries(app: &TestApp, to: &str) -> [String; 2] {
    let to = EmailAddress::parse(to).unwrap();
    let letter = DisputeDeadlines { late: Vec::new(), soon: Vec::new() };
    app.write(|tx| mailbox::post(tx, &to, Language::En, None, "d1", &letter));
    let seen = Seen(Mutex::default());
    for _ in 0..2 {
        while mailbox::deliver_next(&app.db, &seen, &Papers).unwrap() != Delivery::Nothing {}
        app.wait(TimeDelta::minutes(2));
    }
    let mut letters = seen.0.into_inner().unwrap();
    letters.retain(|letter| letter.to == to.as_str());
    let path = |url: String| url.strip_prefix("https://rebates.example.com").unwrap().to_owned();
    let paths: Vec<String> =
        letters.into_iter().map(|letter| path(letter.unsubscribe.unwrap())).collect();
    paths.try_into().unwrap()
}

both! {
    fn one_post_without_a_session_ends_that_kind_and_looking_ends_nothing(app: &TestApp) {
        let actor = a_member(app, "manager", &[StaffRole::AccountManager]);
        let person = actor.person().unwrap().clone();
        let unwanted = || app.read(|conn| people::unwanted_mail(conn, &person));
        let [first, second] = two_tries(app, "manager@example.com");
        assert_ne!(first, second, "the secret itself isn't kept");
        let site = Site::of(app);
        let anybody = site.visitor("en");
        // Mail servers look at what stands in a letter, and often.
        for _ in 0..5 {
            anybody.get(&first).assert_status(200).assert_has("Disputes about to miss a deadline");
        }
        assert!(unwanted().is_empty());
        assert_eq!(anybody.get(&first).texts("main button"), ["Stop these e-mails"]);
        // What a mail program posts, and a copy of it.
        let one_click = Form::to(first.clone()).with("List-Unsubscribe", "One-Click");
        for _ in 0..2 {
            let done = site.visitor("en").post(&one_click);
            done.assert_status(200).assert_has("Done.");
        }
        assert_eq!(unwanted().into_iter().collect::<Vec<_>>(), ["dispute_deadlines"]);
        let events = app.read(|conn| audit::latest(conn, None, 50));
        let said: Vec<_> = events.iter().filter(|e| e.action == "person.mail_set").collect();
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].reason.as_deref(), Some("dispute_deadlines off"));
        assert_eq!((said[0].actor_name.as_str(), said[0].object_id.as_str()), ("unsubscribe", person.as_str()));
        // The other try's address works as well, by the page's button.
        let manager = app.read(|conn| people::by_id(conn, &person));
        app.write(|tx| people::set_mail(tx, &manager, "dispute_deadlines", true));
        let form = anybody.get(&second).form(&second);
        anybody.submit(&form).assert_has("Done.");
        assert_eq!(unwanted().len(), 1);
    }

    fn addresses_that_end_nothing_all_answer_alike(app: &TestApp) {
        a_member(app, "manager", &[StaffRole::AccountManager]);
        let [known, _] = two_tries(app, "manager@example.com");
        let [of_nobody, _] = two_tries(app, "nobody@example.com");
        let site = Site::of(app);
        let visitor = site.visitor("en");
        let tell = |path: &str| {
            let page = visitor.post(&Form::to(path.to_owned()));
            (page.status, page.texts("main").join(" "))
        };
        let never = tell("/unsubscribe/00000000000000000000000000000000");
        assert_eq!(never.0, 404);
        assert!(never.1.contains("This link no longer works"), "{}", never.1);
        assert_eq!(tell("/unsubscribe/x"), never);
        assert_eq!(tell(&of_nobody), never);
        assert_eq!(visitor.get("/unsubscribe/x").status, 404);
        app.wait(TimeDelta::days(181));
        assert_eq!(tell(&known), never);
        app.write(mailbox::sweep_tokens);
        let kept = crate::access::everything_anywhere(app);
        assert!(!kept.contains(known.rsplit('/').next().unwrap()), "a secret is kept");
    }
}
