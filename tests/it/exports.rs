//! Long files: asked for, made in the background, told of, fetched by the one who asked, gone after
//! seven days; and what happens when a process is killed over one.

use std::fs;

use chrono::TimeDelta;
use openrebate::accruals;
use openrebate::audit;
use openrebate::customers;
use openrebate::error::{Error, Result};
use openrebate::exports::{self, Export, State, Typed};
use openrebate::mailbox::{self, Posted};
use openrebate::people::{self, Person};
use openrebate::reports::{self, ExportFilter, Format, Report};
use openrebate::values::{Actor, CustomerRole, ExportId, Key, StaffRole};

use crate::staff_pages::{closed, house, signed_in};
use crate::support::{Page, TestApp, a_buyer, a_member, eight_at_once, sell};

fn work(app: &TestApp) -> bool {
    exports::work(&app.db, &Actor::system("exports"), &app.config.files).unwrap()
}

fn person(app: &TestApp, name: &str) -> Person {
    app.read(|conn| people::by_email(conn, &format!("{name}@example.com")))
}

fn ask(app: &TestApp, name: &str, typed: Typed<'_>) -> Result<ExportId> {
    let person = person(app, name);
    app.db.write(&person.actor(None, None), |tx| {
        let wish = exports::rules::read(&typed, &person.identity(), tx.today());
        exports::ask(tx, &person, wish.map_err(Error::Invalid)?)
    })
}

fn own_lines() -> Typed<'static> {
    Typed {
        kind: "own_transactions",
        format: "csv",
        from: "2026-01-01",
        to: "2026-09-30",
        ..Typed::default()
    }
}

fn ledger() -> Typed<'static> {
    Typed { kind: "ledger", format: "csv", period: "2026-Q3", ..Typed::default() }
}

fn of(app: &TestApp, name: &str) -> Vec<Export> {
    let person = person(app, name);
    app.read(|conn| exports::of_person(conn, &person))
}

fn one(app: &TestApp, name: &str) -> Export {
    let mut all = of(app, name);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn files(app: &TestApp) -> Vec<String> {
    let Ok(entries) = fs::read_dir(app.config.files.join("exports")) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn letters(app: &TestApp) -> Vec<Posted> {
    let mut letters = app.read(|conn| mailbox::latest(conn, None, None, 100));
    letters.retain(|letter| letter.kind == "export_ready");
    letters
}

/// What the log says of the export, oldest first.
fn logged(app: &TestApp, id: &ExportId) -> Vec<String> {
    let events = app.read(|conn| audit::of_object(conn, "export", id.as_str()));
    events.into_iter().map(|event| format!("{} {}", event.actor_name, event.action)).collect()
}

fn file(page: &Page) -> String {
    page.assert_status(200);
    page.body()
}

both! {
    fn a_customer_asks_waits_is_told_and_fetches(app: &TestApp) {
        let (_books, site) = house(app);
        sell(app, "9,=INV-9,2026-09-20,D-001,P-1,-1,-10.00,CNY,return\n");
        let buyer = signed_in(&site, "buyer");
        let page = buyer.get("/downloads");
        page.assert_has("No files yet");
        let form = page
            .form("/downloads")
            .with("kind", "own_transactions")
            .with("from", "2026-08-01")
            .with("to", "2026-09-30")
            .with("format", "csv");
        buyer.submit(&form).assert_has("Request received.").assert_has("Waiting");
        // The same form again asks for nothing more.
        buyer.submit(&form).assert_status(200);
        let export = one(app, "buyer");
        let path = format!("/downloads/{}/file", export.id);
        buyer.get(&path).assert_status(409).assert_has("isn’t ready");

        assert!(work(app));
        assert!(!work(app));
        let page = buyer.get("/downloads");
        page.assert_has("Ready").assert_has("22 Oct 2026");
        let body = buyer.get(&path);
        assert_eq!(
            file(&body),
            "\u{feff}document_no,document_date,kind,product_code,product_name,quantity,\
             net_amount,currency,delivery_date,paid_date,line_id,source\r\n\
             '=INV-9,2026-09-20,return,P-1,P-1,-1,-10.00,CNY,,,9,csv\r\n\
             INV-2,2026-08-20,invoice,P-1,P-1,50,40000.00,CNY,,,2,csv\r\n"
        );
        let name = body.header("content-disposition").unwrap();
        assert!(name.contains("transactions-2026-08-01-2026-09-30.csv"), "{name}");
        let made = one(app, "buyer").made.unwrap();
        assert_eq!(made.lines, 2);
        assert_eq!(made.sha256, openrebate::values::fingerprint(&body.bytes));
        assert_eq!(usize::try_from(made.bytes).unwrap(), body.bytes.len());
        page.assert_has(&made.sha256);

        let letters = letters(app);
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].to, "buyer@example.com");
        assert!(letters[0].text.contains("/downloads"), "{}", letters[0].text);
        assert!(!letters[0].text.contains(export.id.as_str()), "{}", letters[0].text);
        assert_eq!(letters[0].encloses, None);
        assert_eq!(
            logged(app, &export.id),
            ["buyer export.asked", "exports export.made", "buyer export.fetched"]
        );
    }

    fn the_background_gives_the_bytes_of_the_shell(app: &TestApp) {
        let (_books, site) = house(app);
        closed(&signed_in(&site, "finance"));
        for report in Report::ALL {
            let period = match report {
                Report::Balances | Report::Payouts => "",
                _ => "2026-Q3",
            };
            let typed = Typed { kind: report.as_str(), format: "csv", period, ..Typed::default() };
            let id = ask(app, "auditor", typed).unwrap();
            assert!(work(app));
            let filter = ExportFilter { period: (!period.is_empty()).then(|| period.to_owned()) };
            let table = app.read(|conn| reports::export(conn, *report, &filter));
            let mut whole = Vec::new();
            reports::write(&table, Format::Csv, &mut whole).unwrap();
            let auditor = person(app, "auditor");
            let (export, mut file) = app
                .db
                .write(&auditor.actor(None, None), |tx| {
                    exports::fetch(tx, &app.config.files, &auditor, &id)
                })
                .unwrap();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
            assert_eq!(bytes, whole, "{report}");
            assert_eq!(export.made.unwrap().lines, i64::try_from(table.rows.len()).unwrap());
        }
        let own = Typed { kind: "own_accruals", ..own_lines() };
        ask(app, "buyer", own).unwrap();
        ask(app, "buyer", Typed { kind: "own_statements", ..own_lines() }).unwrap();
        assert!(work(app) && work(app));
        let lines: Vec<i64> =
            of(app, "buyer").into_iter().map(|export| export.made.unwrap().lines).collect();
        assert_eq!(lines, [0, 1]);
    }

    fn what_cant_be_is_said_at_the_field_and_nothing_is_lost(app: &TestApp) {
        let (_books, site) = house(app);
        let buyer = signed_in(&site, "buyer");
        let form = buyer
            .get("/downloads")
            .form("/downloads")
            .with("kind", "own_accruals")
            .with("from", "2024-01-01")
            .with("to", "2026-01-01")
            .with("format", "xlsx");
        let page = buyer.submit(&form);
        page.assert_status(422);
        assert_eq!(page.texts(".problems li").len(), 1);
        page.assert_has("less than 24 months after the first");
        assert_eq!(page.attribute("#from", "value"), "2024-01-01");
        assert_eq!(page.attribute("#kind option[selected]", "value"), "own_accruals");
        assert_eq!(page.attribute("#to", "aria-invalid"), "true");
        // Another side's report isn't offered, and isn't had by naming it.
        let theirs = page.form("/downloads").with("kind", "ledger").with("period", "2026-09");
        buyer.submit(&theirs).assert_status(422).assert_has("Choose the content of the file");
        assert_eq!(of(app, "buyer"), Vec::new());
        let manager = signed_in(&site, "manager");
        manager.get("/downloads").assert_has("Your role has no exports");
        assert!(matches!(ask(app, "manager", ledger()), Err(Error::Invalid(_))));
    }

    fn only_three_are_under_way_at_once(app: &TestApp) {
        let (_books, site) = house(app);
        let finance = signed_in(&site, "finance");
        let done = eight_at_once(&|_| ask(app, "finance", ledger()).map(|_| ()));
        assert_eq!(done, 3);
        let form = finance.get("/downloads").form("/downloads").with("period", "2026-08");
        let page = finance.submit(&form);
        page.assert_status(422).assert_has("3 of your files are still being prepared");
        assert_eq!(page.attribute("#period", "value"), "2026-08");
        // Others aren't held up, and one that is done makes room.
        ask(app, "auditor", ledger()).unwrap();
        assert!(work(app));
        ask(app, "finance", ledger()).unwrap();
    }

    fn a_file_is_its_askers_alone_and_only_while_they_may(app: &TestApp) {
        let (books, site) = house(app);
        let id = ask(app, "buyer", own_lines()).unwrap();
        let report = ask(app, "both", ledger()).unwrap();
        assert!(work(app) && work(app));
        let (own, theirs) = (format!("/downloads/{id}/file"), format!("/downloads/{report}/file"));
        a_buyer(app, "colleague", books.first, CustomerRole::Manager);
        for name in ["colleague", "finance", "admin", "auditor"] {
            let visitor = signed_in(&site, name);
            visitor.get(&own).assert_status(404);
            visitor.get(&theirs).assert_status(404);
            assert!(!visitor.get("/downloads").text().contains("Ready"));
        }
        let buyer = signed_in(&site, "buyer");
        buyer.get(&own).assert_status(200);
        // Moved to another customer, as an import of people might.
        let move_to = |key: Key| {
            app.sql(&format!(
                "UPDATE people SET customer_id = {key} WHERE email = 'buyer@example.com'"
            ))
            .unwrap();
        };
        move_to(books.second);
        buyer.get(&own).assert_status(404);
        assert_eq!(of(app, "buyer"), Vec::new());
        move_to(books.first);
        buyer.get(&own).assert_status(200);
        // Without the role no report, and disabled nothing at all.
        let both = signed_in(&site, "both");
        both.get(&theirs).assert_status(200);
        app.sql("DELETE FROM person_roles WHERE role IN ('finance', 'approver')").unwrap();
        both.get(&theirs).assert_status(404);
        let gone = person(app, "buyer");
        app.write(|tx| people::disable(tx, &gone.id));
        assert_eq!(buyer.peek(&own).status, 303);
        let gone = person(app, "buyer");
        let fetched = app.db.write(&Actor::operator(), |tx| {
            exports::fetch(tx, &app.config.files, &gone, &id).map(|_| ())
        });
        assert!(matches!(fetched, Err(Error::NotFound)), "{fetched:?}");
    }

    fn who_may_not_any_more_gets_no_file_made(app: &TestApp) {
        house(app);
        let id = ask(app, "buyer", own_lines()).unwrap();
        let buyer = person(app, "buyer");
        app.write(|tx| people::disable(tx, &buyer.id));
        assert!(work(app));
        assert!(!work(app));
        assert_eq!(logged(app, &id), ["buyer export.asked", "exports export.failed"]);
        assert_eq!((files(app), letters(app)), (Vec::new(), Vec::new()));
    }

    fn a_file_is_gone_after_seven_days(app: &TestApp) {
        let (_books, site) = house(app);
        let id = ask(app, "buyer", own_lines()).unwrap();
        assert!(work(app));
        assert_eq!(files(app).len(), 1);
        let path = format!("/downloads/{id}/file");
        let sweep = || exports::sweep(&app.db, &Actor::system("housekeeping"), &app.config.files);
        app.wait(TimeDelta::days(7) - TimeDelta::seconds(1));
        sweep().unwrap();
        signed_in(&site, "buyer").get(&path).assert_status(200);
        app.wait(TimeDelta::seconds(1));
        // Whether or not somebody has swept.
        let buyer = signed_in(&site, "buyer");
        buyer.get(&path).assert_status(409).assert_has("expired");
        buyer.get("/downloads").assert_has("Expired");
        assert_eq!(files(app).len(), 1);
        sweep().unwrap();
        assert_eq!(files(app), Vec::<String>::new());
        assert_eq!(one(app, "buyer").state, State::Expired);
        assert_eq!(logged(app, &id).last().unwrap(), "housekeeping export.expired");
        app.wait(TimeDelta::days(90));
        sweep().unwrap();
        assert_eq!(of(app, "buyer"), Vec::new());
    }

    fn a_killed_process_leaves_the_export_to_the_next(app: &TestApp) {
        let (_books, _site) = house(app);
        let id = ask(app, "buyer", own_lines()).unwrap();
        // What a process that is killed in the middle leaves: its claim, and half a file.
        let half = "0190000000007000800000000000dead";
        let until = (app.db.now() + TimeDelta::minutes(5)).naive_utc();
        app.sql(&format!(
            "UPDATE exports SET state = 'making', tries = 1, claim = '{half}', \
             claimed_until = '{until}'"
        ))
        .unwrap();
        let folder = app.config.files.join("exports");
        fs::create_dir_all(&folder).unwrap();
        let left = folder.join(format!("{id}-{half}"));
        fs::write(&left, "document_no,docu").unwrap();
        // It may still be at it.
        assert!(!work(app));
        let sweep = || exports::sweep(&app.db, &Actor::system("housekeeping"), &app.config.files);
        sweep().unwrap();
        assert!(left.exists());
        app.wait(TimeDelta::minutes(6));
        assert!(work(app));
        let export = one(app, "buyer");
        assert_eq!((export.state, export.made.as_ref().unwrap().lines), (State::Ready, 2));
        assert_eq!(letters(app).len(), 1);
        sweep().unwrap();
        assert!(!left.exists());
        assert_eq!(files(app).len(), 1);
        let whole = fs::read(folder.join(&files(app)[0])).unwrap();
        assert_eq!(export.made.unwrap().sha256, openrebate::values::fingerprint(&whole));
    }

    fn one_that_kills_every_process_fails_in_the_end(app: &TestApp) {
        house(app);
        ask(app, "buyer", own_lines()).unwrap();
        let long_ago = app.db.now().naive_utc() - TimeDelta::minutes(1);
        app.sql(&format!(
            "UPDATE exports SET state = 'making', tries = 3, claim = 'dead', \
             claimed_until = '{long_ago}'"
        ))
        .unwrap();
        assert!(work(app));
        assert!(!work(app));
        let export = one(app, "buyer");
        assert_eq!(export.state, State::Failed);
        assert_eq!(export.failure.as_deref(), Some("export-failed-broken"));
    }

    fn told_to_stop_it_is_given_back_whole(app: &TestApp) {
        let (_books, _site) = house(app);
        let many: String = (0..2_500)
            .map(|n| format!("x{n},M-{n},2026-09-15,D-001,P-1,1,1.00,CNY,invoice\n"))
            .collect();
        sell(app, &many);
        ask(app, "buyer", own_lines()).unwrap();
        let by = Actor::system("exports");
        assert!(exports::work_until(&app.db, &by, &app.config.files, &|| true).unwrap());
        assert_eq!(one(app, "buyer").state, State::Waiting);
        assert_eq!(files(app), Vec::<String>::new());
        assert!(work(app));
        assert_eq!(one(app, "buyer").made.unwrap().lines, 2_502);
    }

    fn eight_processes_make_it_once(app: &TestApp) {
        house(app);
        let id = ask(app, "buyer", own_lines()).unwrap();
        eight_at_once(&|_| {
            exports::work(&app.db, &Actor::system("exports"), &app.config.files).map(|_| ())
        });
        assert_eq!(letters(app).len(), 1);
        assert_eq!(files(app).len(), 1);
        assert_eq!(logged(app, &id), ["buyer export.asked", "exports export.made"]);
    }

    fn a_workbook_of_the_books_says_what_it_holds(app: &TestApp) {
        use calamine::Reader;
        let (_books, site) = house(app);
        a_member(app, "clerk", &[StaffRole::Finance]);
        accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
        let id = ask(app, "clerk", Typed { kind: "balances", format: "xlsx", ..Typed::default() });
        assert!(work(app));
        let clerk = signed_in(&site, "clerk");
        let page = clerk.get(&format!("/downloads/{}/file", id.unwrap()));
        page.assert_status(200);
        let bytes = std::io::Cursor::new(page.bytes);
        let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(bytes).unwrap();
        let sheet = book.worksheet_range("balances").unwrap();
        let codes: Vec<String> = (1..3).map(|row| sheet[(row, 0)].to_string()).collect();
        assert_eq!(codes, ["D-001", "D-002"]);
        let first = app.read(|conn| customers::by_code(conn, "D-001")).code;
        assert_eq!(first, codes[0]);
        let notes = book.worksheet_range("说明").unwrap();
        assert_eq!(notes[(0, 1)].to_string(), "balances");
    }
}
