//! The reconciliation board: every number is the length of the list it leads to, and the file has
//! the same rows.

use openrebate::accruals;
use openrebate::customers::{self, NewCustomer};
use openrebate::disputes;
use openrebate::mailbox;
use openrebate::statements;
use openrebate::values::{Actor, CustomerRole, StaffRole};

use crate::support::{PASSWORD, Page, Site, TestApp, Visitor, a_buyer, a_member, books};

/// Two statements of the third quarter: the first customer's was sent, opened and confirmed; the
/// second's letter failed, and it belongs to another manager.
fn scene(app: &TestApp) -> Site {
    let books = books(app);
    let theirs = customers::upsert;
    let other = app.read(|conn| customers::by_id(conn, books.second));
    let mut other = NewCustomer::from(other);
    other.account_manager = Some("other@example.com".to_owned());
    app.write(|tx| theirs(tx, &other));
    for (name, role) in [
        ("manager", StaffRole::AccountManager),
        ("other", StaffRole::AccountManager),
        ("finance", StaffRole::Finance),
    ] {
        a_member(app, name, &[role]);
    }
    a_buyer(app, "clerk", books.first, CustomerRole::Finance);
    a_buyer(app, "boss", books.second, CustomerRole::Manager);
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
    let (period, open) = ("2026-Q3".parse().unwrap(), disputes::open_on_statement);
    statements::issue(&app.db, &Actor::operator(), period, None, 10, &open).unwrap();
    for letter in app.read(|conn| mailbox::latest(conn, None, None, 9)) {
        let state = if letter.to.starts_with("clerk") { "sent" } else { "failed" };
        app.sql(&format!("UPDATE outbox SET state = '{state}' WHERE id = '{}'", letter.id))
            .unwrap();
    }
    let site = Site::of(app);
    let clerk = signed_in(&site, "clerk");
    let id = app.read(|conn| statements::of_customer(conn, books.first)).remove(0).id;
    let address = format!("/statements/{id}");
    let form = clerk.get(&address).form(&format!("{address}/confirmation"));
    clerk.submit(&form).assert_status(200);
    site
}

fn signed_in(site: &Site, name: &str) -> Visitor {
    let visitor = site.visitor("en");
    visitor.sign_in(&format!("{name}@example.com"), PASSWORD).assert_status(200);
    visitor
}

/// Each row of the board: who, and the numbers in the order of the columns.
fn numbers(board: &Page) -> Vec<(String, Vec<String>)> {
    let cells = board.texts("tbody th, tbody td");
    cells.chunks(10).map(|row| (row[0].clone(), row[1..].to_vec())).collect()
}

/// The numbers with their addresses.
fn links(board: &Page) -> Vec<(String, String)> {
    let of_numbers = scraper::Selector::parse("tbody td a").unwrap();
    let html = board.html();
    let link = |a: scraper::ElementRef<'_>| {
        (a.text().collect::<String>(), a.attr("href").unwrap_or_default().to_owned())
    };
    html.select(&of_numbers).map(link).collect()
}

both! {
    fn the_board_counts_by_manager_and_each_number_leads_to_its_list(app: &TestApp) {
        let site = scene(app);
        let finance = signed_in(&site, "finance");
        let board = finance.get("/staff/statement-board");
        board.assert_status(200);
        assert_eq!(board.attribute("#period", "value"), "2026-Q3");
        let row = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        // All, sent, unsent, opened, confirmed, by silence, contested, to be answered, overdue.
        assert_eq!(
            numbers(&board),
            [
                ("manager".to_owned(), row("1 1 0 1 1 0 0 0 0")),
                ("other".to_owned(), row("1 0 1 0 0 0 0 1 0")),
                ("Total".to_owned(), row("2 1 1 1 1 0 0 1 0")),
            ]
        );
        app.wait(chrono::TimeDelta::days(30));
        let finance = signed_in(&site, "finance");
        let board = finance.get("/staff/statement-board?period=2026-Q3");
        assert_eq!(numbers(&board)[2].1, row("2 1 1 1 1 0 0 1 1"));
        let links = links(&board);
        assert_eq!(links.len(), 4 + 4 + 7);
        for (count, path) in links {
            let list = finance.get(&path);
            assert_eq!(list.texts("tbody tr").len().to_string(), count, "{path}");
            let file = finance.get(&path.replace("/staff/statements?", "/staff/statement-list/file/csv?"));
            assert_eq!((file.body().lines().count() - 1).to_string(), count, "{path}");
        }
    }

    fn a_manager_sees_their_own_customers_only_and_a_second_look_counts_once(app: &TestApp) {
        let site = scene(app);
        let other = signed_in(&site, "other");
        let board = other.get("/staff/statement-board?period=2026-Q3");
        let who: Vec<_> = numbers(&board).into_iter().map(|(who, _)| who).collect();
        assert_eq!(who, ["other", "Total"]);
        let list = other.get("/staff/statements?manager=manager@example.com");
        assert_eq!(list.texts("tbody tr").len(), 0);
        let file = other.get("/staff/statement-list/file/csv?period=2026-Q3").body();
        let rows: Vec<_> = file.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(rows.len(), 2);
        assert!(rows[1].starts_with("DZ-2026-09-000002,1,D-002,苏州盛达商贸有限公司,other@example.com,2026-Q3,CNY,5000.00,"), "{}", rows[1]);
        assert!(rows[1].contains(",0,0,1,,2026-10-29,issued,false,,"), "{}", rows[1]);
    }
}
