//! Announcements in the browser: written, looked at, tried out, sent, read; what goes wrong on the
//! way is said where it is, and nothing typed is lost.

use std::sync::Mutex;

use openrebate::announcements::work;
use openrebate::mailbox::{self, Failure, Outgoing, Transport};
use openrebate::statements::Papers;
use openrebate::values::{Actor, CustomerRole};

use crate::staff_pages::{house, signed_in};
use crate::support::{Form, Page, Site, TestApp, Visitor, a_buyer};

fn finish(app: &TestApp) {
    while work(&app.db, &Actor::system("announcements")).unwrap() {}
}

struct Taken(Mutex<Vec<Outgoing>>);

impl Transport for Taken {
    fn send(&self, letter: &Outgoing) -> Result<(), Failure> {
        self.0.lock().unwrap().push(letter.clone());
        Ok(())
    }
}

/// What leaves now.
fn leaving(app: &TestApp) -> Vec<Outgoing> {
    let taken = Taken(Mutex::default());
    mailbox::deliver_due(&app.db, &taken, &Papers, &|| false).unwrap();
    let mut letters = taken.0.into_inner().unwrap();
    letters.sort_by(|a, b| (&a.to, &a.subject).cmp(&(&b.to, &b.subject)));
    letters
}

fn fill(form: Form) -> Form {
    form.with("subject_zh", "四季度政策说明会")
        .with("text_zh", "各位客户：\r\n\r\n说明会在线举行：\r\nhttps://meeting.example.com/q4。")
        .with("subject_en", "Briefing")
        .with("text_en", "The briefing is online.")
}

/// Writes one and gets to its page.
fn written(writer: &Visitor) -> Page {
    let form = writer.get("/staff/announcements/new").form("/staff/announcements/new");
    let page = writer.submit(&fill(form));
    page.assert_status(200).assert_has("The draft was saved.").assert_has("Draft");
    page
}

fn send_now(writer: &Visitor, page: &Page) -> Page {
    writer.submit(&page.form(&format!("{}/scheduling", page.path)))
}

fn scene(app: &TestApp) -> (Site, Visitor) {
    let (_, site) = house(app);
    let manager = signed_in(&site, "manager");
    leaving(app);
    (site, manager)
}

both! {
    fn it_is_written_looked_at_tried_out_sent_and_read(app: &TestApp) {
        let (site, manager) = scene(app);
        let page = written(&manager);
        assert_eq!(page.texts("h1"), ["Briefing"]);
        page.assert_has("As Chinese readers see it").assert_has("As English readers see it");
        page.assert_has("By e-mail and in the portal 1");
        page.assert_has("Not reached: no active finance person or manager 1");
        let look = manager.get(&format!("{}/letter/zh-CN", page.path));
        look.assert_status(200);
        assert_eq!(
            look.links("div.sheet p.ink a")[0],
            ("https://meeting.example.com/q4".to_owned(), "https://meeting.example.com/q4".to_owned())
        );
        assert!(look.header("content-security-policy").unwrap().starts_with("sandbox"));
        let tried = manager.submit(&page.form(&format!("{}/trial", page.path)));
        tried.assert_has("A test is on its way to manager@example.com.");
        let trial = leaving(app);
        let said: Vec<_> = trial.iter().map(|l| (l.to.as_str(), l.subject.as_str())).collect();
        assert_eq!(said, [
            ("manager@example.com", "Test: Briefing"),
            ("manager@example.com", "试发：四季度政策说明会"),
        ]);
        let sent = send_now(&manager, &page);
        sent.assert_has("It will be sent; until then it can be cancelled.").assert_has("Scheduled");
        finish(app);
        let letters = leaving(app);
        assert_eq!(letters.len(), 1);
        assert_eq!((letters[0].to.as_str(), letters[0].subject.as_str()), ("buyer@example.com", "四季度政策说明会"));
        let one_click = letters[0].unsubscribe.clone().unwrap();
        let buyer = signed_in(&site, "buyer");
        let notices = buyer.get("/notices");
        // It left in Chinese; who reads pages in English finds it in English.
        notices.assert_has("Briefing").assert_has("Programme news");
        let path = page.path.replace("/staff", "");
        let read = buyer.get(&path);
        read.assert_status(200).assert_has("The briefing is online.");
        let page = manager.get(&page.path);
        page.assert_has("E-mails sent 1").assert_has("E-mails bounced or failed 0").assert_has("Read in the portal 1");
        manager.get(&format!("{}/receivers", page.path)).assert_has("buyer@example.com").assert_has("Yes");
        // The address in the letter ends such letters, and the next one stays in the portal.
        let path = one_click.strip_prefix("https://rebates.example.com").unwrap().to_owned();
        site.visitor("en").post(&Form::to(path).with("List-Unsubscribe", "One-Click")).assert_status(200);
        let prefers = buyer.get("/notifications");
        assert!(prefers.form("/notifications").fields_of("kind[]").iter().all(|kind| kind != "announcement"));
        let next = written(&manager);
        next.assert_has("Portal only: has switched these e-mails off 1");
        manager.get(&format!("{}/receivers?show=left_out", next.path)).assert_has("buyer@example.com").assert_has("D-002");
        send_now(&manager, &next).assert_status(200);
        finish(app);
        assert_eq!(leaving(app).len(), 0);
        manager.get(&next.path).assert_has("Portal only 1");
        assert_eq!(buyer.get("/notices").body().matches("Briefing").count(), 2);
    }

    fn what_is_wrong_stands_at_its_field_and_what_was_typed_stays(app: &TestApp) {
        let (_site, manager) = scene(app);
        let empty = manager.get("/staff/announcements/new");
        // Classes by their names; no field for groups where there are none; how much fits, twice.
        assert_eq!(empty.texts("label[for^=classes-]"), ["regular"]);
        assert!(!empty.body().contains("name=\"groups\""));
        assert_eq!(empty.texts("#subject_zh-hint, #subject_en-hint").len(), 2);
        let form = empty.form("/staff/announcements/new");
        for (field, typed, said) in [
            ("subject_zh", "", "Write a subject, or clear the text"),
            ("subject_zh", "满10万元返利", "The subject names an amount"),
            ("subject_en", "To account 6222020200112233445", "looks like an account"),
            ("text_en", "<b>News</b>", "Plain text only"),
            ("text_zh", "见 http://a.example/", "Write the whole https:// address: http://a.example/"),
            ("text_zh", "见 www.a.example", "Write the whole https:// address: www.a.example"),
            ("codes", "D-001\nD-999", "There is no customer D-999"),
            ("codes", "X", "There is no customer X, or it isn’t one of yours"),
            ("programme", "Q-9", "There is no programme Q-9"),
            ("min_tenure_months", "two", "is not a number of months"),
        ] {
            let typed_form = fill(form.clone()).with("regions", "华东").with(field, typed);
            let page = manager.post(&typed_form);
            page.assert_status(422).assert_has(said);
            let back = page.form("/staff/announcements/new");
            if field != "programme" {
                assert_eq!(back.value(field), Some(typed), "{field}");
            }
            assert_eq!(back.value("regions"), Some("华东"));
            assert_eq!(page.texts(&format!("#{field}-error")).len(), 1, "{field}");
        }
        manager.post(&fill(form).with("types[]", "friend")).assert_status(400);
        assert_eq!(manager.get("/staff/announcements").texts("tbody tr").len(), 0);
    }

    fn two_who_edit_see_what_differs_and_lose_nothing(app: &TestApp) {
        let (site, manager) = scene(app);
        let page = written(&manager);
        let edit = format!("{}/edit", page.path);
        let finance = signed_in(&site, "finance");
        let (mine, theirs) = (manager.get(&edit).form(&edit), finance.get(&edit).form(&edit));
        finance.submit(&theirs.with("text_zh", "乙")).assert_status(200);
        let clash = manager.post(&mine.with("text_zh", "甲"));
        clash.assert_status(409).assert_has("Somebody changed this announcement after you opened the page.");
        assert_eq!(clash.texts("#stands dt"), ["Text (Chinese)"]);
        assert_eq!(clash.texts("#stands dd"), ["乙"]);
        let again = clash.form(&edit);
        assert_eq!(again.value("text_zh"), Some("甲"));
        manager.submit(&again).assert_status(200).assert_has("甲");
        // The page that was open meanwhile sends nothing it doesn't show.
        let stale = send_now(&manager, &page);
        stale.assert_status(409).assert_has("Somebody changed this announcement");
        finish(app);
        assert_eq!(leaving(app).len(), 0);
    }

    fn it_is_scheduled_by_the_companys_clock_and_posted_twice_goes_once(app: &TestApp) {
        let (site, manager) = scene(app);
        let page = written(&manager);
        let action = format!("{}/scheduling", page.path);
        let later = |day: &str, time: &str| {
            page.form(&action).with("when", "later").with("day", day).with("time", time)
        };
        for (day, time, field, said) in [
            ("2026-10-14", "09:00", "day", "That moment has passed."),
            ("2026-10-15", "10:00", "day", "That moment has passed."),
            ("soon", "09:00", "day", "is not a valid day or time"),
            ("2026-10-16", "9 o’clock", "time", "is not a valid day or time"),
            ("2029-10-16", "09:00", "day", "at most a year ahead"),
        ] {
            let back = manager.post(&later(day, time));
            back.assert_status(422).assert_has(said);
            assert_eq!(back.texts(&format!("#{field}-error")).len(), 1, "{day} {time}");
            assert_eq!(back.form(&action).value("day"), Some(day));
        }
        let form = later("2026-10-15", "10:01");
        let (first, second) = (manager.submit(&form), manager.submit(&form));
        first.assert_status(200).assert_has("15 Oct 2026 10:01");
        second.assert_status(200);
        finish(app);
        assert_eq!(leaving(app).len(), 0);
        app.wait(chrono::TimeDelta::minutes(1));
        finish(app);
        finish(app);
        assert_eq!(leaving(app).len(), 1);
        let gone = manager.get(&page.path);
        gone.assert_has("Sent");
        assert!(!gone.body().contains("/cancellation"), "nothing to call off");
        let token = page.form(&action).value("token").unwrap().to_owned();
        let late = Form::to(format!("{}/cancellation", page.path)).with("token", &token);
        manager.post(&late).assert_status(409).assert_has("was sent and can’t be changed or cancelled");
        // Somebody else's people read it no more than what isn't there.
        let (books_second, path) = (app.read(|conn| openrebate::customers::by_code(conn, "D-002")).id, page.path.replace("/staff", ""));
        a_buyer(app, "stranger", books_second, CustomerRole::Manager);
        let stranger = signed_in(&site, "stranger");
        stranger.get(&path).assert_status(404);
    }
}
