//! Statement runs: planned before anything is issued, made one customer at a time, by hand or by
//! the schedule, and whatever happens on the way, each statement and letter exactly once.

use std::collections::HashMap;

use std::process::{Command, Stdio};

use chrono::TimeDelta;
use openrebate::accruals;
use openrebate::customers::{self, NewCustomer};
use openrebate::db::DatabaseUrl;
use openrebate::disputes;
use openrebate::error::{Error, Result};
use openrebate::ledger::{self, Cause, Entry, Movement};
use openrebate::mailbox::{self, LetterState, Posted};
use openrebate::statements::{self, NewTerms, Plan, Rhythm, RunState, Wanted};
use openrebate::values::{
    Actor, Currency, CustomerRole, EmailAddress, Key, Period, StaffRole, StatementRunId,
};

use crate::support::{
    Books, PASSWORD, Site, TestApp, Visitor, a_buyer, a_member, books, eight_at_once, moment,
    refusal,
};

fn period(text: &str) -> Period {
    text.parse().unwrap()
}

/// Two customers, of whom only the first has somebody to write to; the third quarter is accrued.
fn scene(app: &TestApp) -> Books {
    let books = books(app);
    a_buyer(app, "clerk", books.first, CustomerRole::Finance);
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
    books
}

fn plan(app: &TestApp, of: &str) -> Plan {
    let today = app.db.today();
    app.read(|conn| statements::plan(conn, period(of), None, today))
}

fn start(app: &TestApp, of: &str) -> Result<StatementRunId> {
    app.db.write(&Actor::operator(), |tx| statements::start(tx, period(of), None, 10))
}

/// Lets the schedule come round until nothing is left to do.
fn come_round(app: &TestApp) -> Result<()> {
    let schedule = Actor::system("statements");
    statements::start_scheduled(&app.db, &schedule, 10)?;
    while statements::work(&app.db, &schedule, &disputes::open_on_statement)? {}
    Ok(())
}

/// The numbers of a customer's statements, latest period first.
fn numbers(app: &TestApp, customer: Key) -> Vec<String> {
    let found = app.read(|conn| statements::of_customer(conn, customer));
    found
        .into_iter()
        .map(|statement| format!("{} {}", statement.period, statement.number))
        .collect()
}

fn letters(app: &TestApp) -> Vec<Posted> {
    let mut letters = app.read(|conn| mailbox::latest(conn, None, None, 200));
    letters.retain(|letter| letter.kind == "statement_ready");
    letters
}

fn signed_in(site: &Site, name: &str) -> Visitor {
    let visitor = site.visitor("en");
    visitor.sign_in(&format!("{name}@example.com"), PASSWORD).assert_status(200);
    visitor
}

fn own(rhythm: Rhythm, day: u32) -> NewTerms {
    NewTerms { rhythm: Some(rhythm), day, agreement: None }
}

/// Many customers, each with a grant of 1.00 in January 2020 and an address.
fn a_crowd(app: &TestApp, count: usize) -> Vec<Key> {
    let new: Vec<NewCustomer> = (1..=count)
        .map(|number| NewCustomer {
            statement_emails: EmailAddress::parse(&format!("c{number}@customer.example"))
                .map(|email| vec![email]),
            ..NewCustomer::regular(&format!("C-{number:04}"), Currency::CNY)
        })
        .collect();
    let first = app.write(|tx| customers::add_many(tx, &new));
    let keys: Vec<Key> = (first..).take(count).collect();
    app.write(|tx| {
        let entries = keys.iter().map(|key| Entry {
            cause: Cause::Dispute,
            cause_id: format!("d-{key}"),
            policy: None,
            customer: *key,
            currency: Currency::CNY,
            effective: "2020-01-31".parse().unwrap(),
            period: "2020-01".to_owned(),
            prior_period: None,
            reference: format!("ZY-{key}"),
            reason: "granted".to_owned(),
            legs: Movement::Adjust.legs(*key, 100),
        });
        ledger::post_all(tx, entries.collect())
    });
    keys
}

both! {
    /// As when somebody pulls the plug: the process gets no chance to tidy up.
    fn a_run_whose_process_is_killed_is_ended_by_another(app: &TestApp) {
        const CROWD: usize = 150;
        let keys = a_crowd(app, CROWD);
        // The program goes by the real clock, for which this month is over too.
        let command = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_openrebate"));
            command.args(["statements", "issue", "2020-01", "--database"]);
            // With the user, whom a shown address leaves out.
            command.arg(match app.db.url() {
                DatabaseUrl::Postgres { url, .. } => url.clone(),
                sqlite => sqlite.to_string(),
            });
            command.stdout(Stdio::null());
            command
        };
        let made = || app.read(|conn| statements::count_wanted(conn, &Wanted::default()));
        let mut victim = command().spawn().unwrap();
        while made() < 5 {
            assert_eq!(victim.try_wait().unwrap(), None, "it ended before it could be killed");
            std::thread::yield_now();
        }
        victim.kill().unwrap();
        victim.wait().unwrap();
        let left = made();
        assert!((5..150).contains(&left), "{left}");
        // Two others come along: the schedule's and somebody's at the shell.
        let mut other = command().spawn().unwrap();
        come_round(app).unwrap();
        assert!(other.wait().unwrap().success());
        assert!(keys.iter().all(|key| numbers(app, *key).len() == 1));
        let letters = app.read(mailbox::counts);
        assert_eq!((letters.queued, made()), (150, 150));
        let runs = app.read(|conn| statements::latest_runs(conn, 9));
        assert!(runs.iter().all(|run| run.state == RunState::Finished), "{runs:?}");
    }

    fn a_plan_says_who_gets_what_and_what_is_missing(app: &TestApp) {
        scene(app);
        let plan = plan(app, "2026-Q3");
        let who: Vec<_> = plan
            .rows
            .iter()
            .map(|row| (row.customer.code.as_str(), row.recipients.len()))
            .collect();
        assert_eq!(who, [("D-001", 1), ("D-002", 0)]);
        assert_eq!(plan.unclosed, [("Q-1".to_owned(), period("2026-Q3"))]);
        assert_eq!((plan.unsigned[0].code.as_str(), plan.unsigned[0].customers.len()), ("Q-1", 2));
        assert_eq!((plan.already, plan.imports.len(), plan.otherwise.len()), (0, 0, 0));
        // Nothing was issued by looking.
        assert_eq!(letters(app), []);
        accruals::close(&app.db, &Actor::operator(), period("2026-Q3"), None).unwrap();
        start(app, "2026-Q3").unwrap();
        come_round(app).unwrap();
        let plan = self::plan(app, "2026-Q3");
        assert_eq!((plan.rows.len(), plan.already, plan.unclosed.len()), (0, 2, 0));
        let early = app.db.read(|conn| statements::plan(conn, period("2026-10"), None, app.db.today()));
        assert_eq!(refusal(early), "statement-too-early");
    }

    fn a_run_that_was_cut_off_goes_on_and_does_nothing_twice(app: &TestApp) {
        let books = scene(app);
        a_buyer(app, "boss", books.second, CustomerRole::Manager);
        // The process dies while the second statement is being made.
        let dies = |_: &mut openrebate::db::Conn, customers: &[Key]| {
            match customers.contains(&books.second) {
                true => Err(Error::Busy("killed".to_owned())),
                false => Ok(HashMap::new()),
            }
        };
        let killed = statements::issue(&app.db, &Actor::operator(), period("2026-Q3"), None, 10, &dies);
        assert!(matches!(killed, Err(Error::Busy(_))), "{killed:?}");
        // Those of one write stand or fall together.
        assert_eq!((numbers(app, books.first).len(), numbers(app, books.second).len()), (0, 0));
        let run = app.read(|conn| statements::latest_runs(conn, 9)).remove(0);
        assert_eq!(run.state, RunState::Running);
        // The schedule's next round ends it; so would the same command.
        come_round(app).unwrap();
        assert_eq!((numbers(app, books.first).len(), numbers(app, books.second).len()), (1, 1));
        assert_eq!(letters(app).len(), 2);
        let run = app.read(|conn| statements::run(conn, &run.id));
        assert_eq!(run.state, RunState::Finished);
        let progress = app.read(|conn| statements::progress(conn, &run.id));
        assert_eq!((progress.issued, progress.already, progress.failed), (2, 0, 0));
    }

    fn an_account_that_cannot_be_stated_holds_up_no_other(app: &TestApp) {
        let books = scene(app);
        let breaks = |_: &mut openrebate::db::Conn, customers: &[Key]| {
            match customers.contains(&books.first) {
                true => Err(Error::internal("broken")),
                false => Ok(HashMap::new()),
            }
        };
        let report =
            statements::issue(&app.db, &Actor::operator(), period("2026-Q3"), None, 10, &breaks).unwrap();
        assert_eq!((report.issued.len(), report.failed), (1, vec!["D-001".to_owned()]));
        // Once mended, a further run makes what is missing.
        let open = disputes::open_on_statement;
        let report =
            statements::issue(&app.db, &Actor::operator(), period("2026-Q3"), None, 10, &open).unwrap();
        assert_eq!((report.issued.len(), report.already), (1, 1));
    }

    fn eight_who_begin_the_same_run_share_it(app: &TestApp) {
        let books = scene(app);
        eight_at_once(&|_| {
            start(app, "2026-Q3")?;
            come_round(app)
        });
        assert_eq!((numbers(app, books.first).len(), numbers(app, books.second).len()), (1, 1));
        assert_eq!(letters(app).len(), 1);
    }

    fn the_schedule_makes_each_run_once_under_several_processes(app: &TestApp) {
        let books = scene(app);
        app.write(|tx| statements::set_house_schedule(tx, Rhythm::Month, 20));
        let second = app.read(|conn| customers::by_id(conn, books.second));
        app.write(|tx| statements::set_terms(tx, &second, &own(Rhythm::Quarter, 25)));
        for (at, first, second) in [
            ("2026-10-19T15:59:00Z", &[][..], &[][..]),
            // Midnight in Shanghai: the 20th.
            ("2026-10-19T16:00:00Z", &["2026-09 DZ-2026-09-000001"], &[]),
            ("2026-10-24T18:00:00Z", &["2026-09 DZ-2026-09-000001"], &["2026-Q3 DZ-2026-09-000002"]),
            // October's run: the first has a balance to carry on, the second waits for its quarter.
            (
                "2026-11-20T01:00:00Z",
                &["2026-10 DZ-2026-10-000001", "2026-09 DZ-2026-09-000001"],
                &["2026-Q3 DZ-2026-09-000002"],
            ),
        ] {
            app.db.clock().set(moment(at));
            assert_eq!(eight_at_once(&|_| come_round(app)), 8);
            assert_eq!(numbers(app, books.first), first, "{at}");
            assert_eq!(numbers(app, books.second), second, "{at}");
        }
        assert_eq!(app.read(|conn| statements::latest_runs(conn, 99)).len(), 3);
        // Who has a rhythm of their own is left out by hand too, unless asked for by name.
        app.wait(TimeDelta::days(40));
        assert_eq!(plan(app, "2026-11").otherwise.len(), 1);
        let run = start(app, "2026-11").unwrap();
        come_round(app).unwrap();
        assert_eq!(app.read(|conn| statements::progress(conn, &run)).total(), 1);
    }

    fn mail_goes_again_to_whom_it_failed_and_to_the_newly_named_only(app: &TestApp) {
        let books = scene(app);
        let run = start(app, "2026-Q3").unwrap();
        come_round(app).unwrap();
        let failed = letters(app).remove(0);
        app.sql(&format!("UPDATE outbox SET state = 'failed' WHERE id = '{}'", failed.id)).unwrap();
        a_buyer(app, "late", books.second, CustomerRole::Finance);
        let again = || {
            app.write(|tx| statements::send_all_again(tx, &run))
        };
        assert_eq!(again(), 2);
        assert_eq!(again(), 0);
        let all = letters(app);
        assert!(all.iter().all(|letter| letter.state == LetterState::Queued));
        let mut to: Vec<_> = all.iter().map(|letter| letter.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, ["clerk@example.com", "late@example.com"]);
        let same = all.iter().find(|letter| letter.id == failed.id).unwrap();
        assert_eq!(same.message_id, failed.message_id);
    }

    fn finance_previews_issues_and_follows_a_run_in_the_browser(app: &TestApp) {
        let books = scene(app);
        a_member(app, "finance", &[StaffRole::Finance]);
        a_member(app, "auditor", &[StaffRole::Auditor]);
        let site = Site::of(app);
        let finance = signed_in(&site, "finance");
        let page = finance.get("/staff/statement-runs/new?period=2026-Q3&sample=D-001");
        page.assert_status(200).assert_has("clerk@example.com").assert_has("No recipients");
        page.assert_has("Sample: D-001").assert_has("¥6,000.00").assert_has("Q-1 version 1");
        assert_eq!(numbers(app, books.first), Vec::<String>::new());
        let file = finance.get("/staff/statement-runs/new/file/csv?period=2026-Q3").body();
        assert!(file.contains("D-001,杭州恒通贸易有限公司,CNY,zh-CN,clerk@example.com"), "{file}");
        let form = page.form("/staff/statement-runs");
        let page = finance.submit(&form);
        page.assert_status(200).assert_has("0 of 2 done");
        assert!(page.body().contains("http-equiv=\"refresh\""));
        let address = page.path.clone();
        come_round(app).unwrap();
        let page = finance.get(&address);
        page.assert_has("2 of 2 done").assert_has("clerk@example.com");
        assert!(!page.body().contains("http-equiv=\"refresh\""));
        // The same form again leads to the same run.
        assert_eq!(finance.submit(&form).path, address);
        assert_eq!(app.read(|conn| statements::latest_runs(conn, 9)).len(), 1);
        let trouble = finance.get(&format!("{address}?show=trouble"));
        assert_eq!(trouble.texts("tbody tr").len(), 1);
        a_buyer(app, "late", books.second, CustomerRole::Finance);
        let id = app.read(|conn| statements::of_customer(conn, books.second)).remove(0).id;
        let form = trouble.form(&format!("/staff/statements/{id}/deliveries"));
        finance.submit(&form).assert_status(200).assert_has("1 e-mail queued.");

        let auditor = signed_in(&site, "auditor");
        auditor.get("/staff/statement-runs").assert_status(200).assert_has("Finished");
        assert!(!auditor.get(&address).body().contains("/deliveries"));
        auditor.get("/staff/statement-runs/new").assert_status(404);
    }

    fn schedules_and_terms_are_set_by_finance_and_bad_ones_answered_at_the_field(app: &TestApp) {
        let books = scene(app);
        a_member(app, "finance", &[StaffRole::Finance]);
        let site = Site::of(app);
        let finance = signed_in(&site, "finance");
        let schedule = "/staff/statement-schedule";
        for (rhythm, day, said) in
            [("month", "29", "Write a day from 1 to 28"), ("weekly", "1", "Choose a frequency")]
        {
            let form = finance.get(schedule).form(schedule);
            let page = finance.submit(&form.with("rhythm", rhythm).with("day", day));
            page.assert_status(422).assert_has(said);
        }
        let form = finance.get(schedule).form(schedule);
        let page = finance.submit(&form.with("rhythm", "quarter").with("day", "10"));
        page.assert_status(200).assert_has("The schedule is saved").assert_has("Set by finance");
        let house = app.read(statements::house_schedule).unwrap().schedule;
        assert_eq!((house.rhythm, house.day), (Rhythm::Quarter, 10));

        let terms = "/staff/customers/D-001/statement-terms";
        let form = finance.get(terms).form(terms);
        let page = finance.submit(&form.clone().with("deemed", "yes"));
        page.assert_status(422).assert_has("Write the agreement’s number and clause");
        let form = form.with("deemed", "yes").with("agreement", "HT-2026-018 §7.2");
        finance.submit(&form).assert_status(200).assert_has("The terms of statements are saved");
        let kept = app.read(|conn| statements::terms_of(conn, books.first)).unwrap();
        assert_eq!((kept.schedule, kept.agreement.as_deref()), (None, Some("HT-2026-018 §7.2")));
        finance.get(schedule).assert_has("HT-2026-018 §7.2");
        let events = app.read(|conn| openrebate::audit::of_object(conn, "customer", "D-001"));
        let last = events.last().unwrap();
        assert_eq!(last.action, "statement_terms.changed");
        assert_eq!(last.reason.as_deref(), Some("house; silence confirms by HT-2026-018 §7.2"));
    }

    fn finance_hears_when_a_run_that_nobody_waited_for_is_through(app: &TestApp) {
        let books = scene(app);
        a_member(app, "finance", &[StaffRole::Finance]);
        a_member(app, "manager", &[StaffRole::AccountManager]);
        let told = || {
            let mut letters = app.read(|conn| mailbox::latest(conn, None, None, 200));
            letters.retain(|letter| letter.kind == "statement_run_finished");
            letters
        };
        app.write(|tx| statements::set_house_schedule(tx, Rhythm::Quarter, 20));
        app.db.clock().set(moment("2026-10-20T01:00:00Z"));
        assert_eq!(eight_at_once(&|_| come_round(app)), 8);
        let letters = told();
        assert_eq!(letters.len(), 1, "once");
        assert_eq!(letters[0].to, "finance@example.com");
        for part in ["2026年第3季度", "已出具：2", "未能出具：0", "没有收件人：1", "/staff/statement-runs/"] {
            assert!(letters[0].text.contains(part), "{part}: {}", letters[0].text);
        }
        // By hand somebody is watching, unless something goes wrong.
        app.wait(TimeDelta::days(90));
        let breaks = |_: &mut openrebate::db::Conn, customers: &[Key]| {
            match customers.contains(&books.first) {
                true => Err(Error::internal("broken")),
                false => Ok(HashMap::new()),
            }
        };
        let issue = |disputes: statements::OpenDisputes<'_>, of: &str| {
            statements::issue(&app.db, &Actor::operator(), period(of), None, 10, disputes).unwrap()
        };
        issue(&disputes::open_on_statement, "2026-10");
        assert_eq!(told().len(), 1);
        issue(&breaks, "2026-11");
        assert_eq!(told().len(), 2);
        assert!(told()[0].subject.contains("有客户需要处理"), "{}", told()[0].subject);
    }
}
