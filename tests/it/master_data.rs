//! Files of customers and products: what they leave alone, and what they lead to.

use std::io::Write;

use openrebate::accruals;
use openrebate::customers::{self, Customer};
use openrebate::error::Result;
use openrebate::policies;
use openrebate::reports;
use openrebate::sales::{self, Brought, ImportKind, Incoming, Options, Product, Watch};
use openrebate::values::{Actor, Language};

use crate::support::{POLICY, TestApp, a_customer, sell};

fn bring_watched(
    app: &TestApp,
    kind: ImportKind,
    text: &str,
    watch: &mut Watch<'_>,
) -> Result<Brought> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let incoming = Incoming { kind, path: file.path(), name: "file.csv" };
    sales::bring_in(&app.db, &Actor::operator(), incoming, &Options::default(), watch)
}

/// New, changed and known rows.
fn bring(app: &TestApp, kind: ImportKind, text: &str) -> (u64, u64, u64) {
    let brought = bring_watched(app, kind, text, &mut Watch::default()).unwrap();
    assert!(brought.import.is_some(), "{:?}", brought.report.problems);
    (brought.report.new, brought.report.changed, brought.report.known)
}

fn customer(app: &TestApp, code: &str) -> Customer {
    app.read(|conn| customers::by_code(conn, code))
}

fn product(app: &TestApp, code: &str) -> Product {
    app.read(sales::products).into_values().find(|product| product.code == code).unwrap()
}

/// What a run on 15 October books, in minor units; the books must hold before and after it.
fn run(app: &TestApp) -> Vec<i64> {
    let holds = || {
        let found = app.read(reports::verify);
        assert!(found.holds(), "{:?}", found.differences);
        found.waiting
    };
    holds();
    let as_of = "2026-10-15".parse().unwrap();
    let report = accruals::run(&app.db, &Actor::operator(), as_of, None).unwrap();
    assert_eq!(holds(), 0, "a run leaves nothing waiting");
    report.deltas.into_iter().map(|delta| delta.minor).collect()
}

/// Two customers with sales of the third quarter, and five percent for those the scope names.
fn sold(app: &TestApp, scope: &str) {
    a_customer(app, "D-001", "杭州恒通");
    a_customer(app, "D-002", "苏州盛达");
    let source = format!("{POLICY}{scope}");
    let terms = policies::parse(&source).unwrap();
    app.write(|tx| policies::publish(tx, &terms, &source));
    sell(
        app,
        "1,INV-1,2026-07-20,D-001,P-1,100,80000.00,CNY,invoice\n\
         2,INV-2,2026-08-20,D-001,P-1,50,40000.00,CNY,invoice\n\
         3,INV-3,2026-09-02,D-002,P-2,100,100000.00,CNY,invoice\n",
    );
}

both! {
    fn a_column_that_is_absent_leaves_a_customer_as_known(app: &TestApp) {
        let customers = ImportKind::Customers;
        let full = "customer_code,name,type,class,region,currency,group_code,since,tax_id,\
                    account_manager,language,statement_emails\n\
                    C1,One,distributor,vip,East,GBP,G1,2024-03-01,T1,li@example.com,en,a@example.com\n";
        assert_eq!(bring(app, customers, full), (1, 0, 0));
        let before = customer(app, "C1");
        assert_eq!(bring(app, customers, "customer_code,name\nC1,One\n"), (0, 0, 1));
        // The same row twice says nothing new.
        let twice = "customer_code,name\nC1,Uno\nC1,Uno\nC2,Two\n";
        assert_eq!(bring(app, customers, twice), (1, 1, 1));
        assert_eq!(customer(app, "C1"), Customer { name: "Uno".to_owned(), ..before.clone() });
        let contacts = app.read(|conn| customers::statement_contacts(conn, before.id));
        assert_eq!(contacts.iter().map(|c| c.as_str()).collect::<Vec<_>>(), ["a@example.com"]);
        // Who is new gets the defaults.
        let new = customer(app, "C2");
        assert_eq!((new.class.as_str(), new.currency.as_str()), ("regular", "CNY"));
        // A cell that is there and empty clears.
        let empty = "customer_code,name,type,class,region,tax_id,account_manager,language\n\
                     C1,Uno,,,,,,\n";
        assert_eq!(bring(app, customers, empty), (0, 1, 0));
        let after = customer(app, "C1");
        assert_eq!(after.kind, customers::CustomerKind::Customer);
        assert_eq!((after.class.as_str(), after.region.as_str()), ("regular", ""));
        assert_eq!((after.tax_id, after.account_manager), (None, None));
        assert_eq!(after.language, Language::default());
        assert_eq!((after.since, after.group_code), (before.since, before.group_code));
    }

    fn a_column_that_is_absent_leaves_a_product_as_known(app: &TestApp) {
        let products = ImportKind::Products;
        let full = "product_code,name,category,brand,unit\nP1,电饭煲,厨电,Star,台\n";
        assert_eq!(bring(app, products, full), (1, 0, 0));
        let before = product(app, "P1");
        assert_eq!(bring(app, products, "product_code\nP1\nP2\n"), (1, 0, 1));
        assert_eq!(product(app, "P1"), before);
        assert_eq!(product(app, "P2").name, "P2");
        assert_eq!(bring(app, products, "product_code,brand\nP1,\nP1,\n"), (0, 1, 1));
        assert_eq!(product(app, "P1"), Product { brand: String::new(), ..before });
    }

    fn a_customer_that_becomes_vip_is_computed_again(app: &TestApp) {
        sold(app, "[customers]\nclasses = [\"vip\"]\n");
        assert_eq!(run(app), [] as [i64; 0]);
        let head = app.read(sales::touched_head);
        let customers = ImportKind::Customers;
        assert_eq!(bring(app, customers, "customer_code,name\nD-001,恒通\n"), (0, 1, 0));
        assert_eq!(app.read(sales::touched_head), head, "no policy goes by a name");
        assert_eq!(bring(app, customers, "customer_code,name,class\nD-001,恒通,vip\n"), (0, 1, 0));
        assert_eq!(app.read(reports::verify).waiting, 2, "its two months, not the other's");
        assert_eq!(run(app), [600_000]);
        assert_eq!(run(app), [] as [i64; 0]);
        assert_eq!(bring(app, customers, "customer_code,name,class\nD-001,恒通,\n"), (0, 1, 0));
        assert_eq!(run(app), [-600_000]);
    }

    fn a_product_that_changes_its_category_is_computed_again(app: &TestApp) {
        sold(app, "[products]\ncategories = [\"厨电\"]\n");
        assert_eq!(run(app), [] as [i64; 0]);
        let products = ImportKind::Products;
        assert_eq!(bring(app, products, "product_code,category\nP-2,厨电\n"), (0, 1, 0));
        assert_eq!(app.read(reports::verify).waiting, 1, "the month of who bought it");
        assert_eq!(run(app), [500_000]);
        assert_eq!(bring(app, products, "product_code,category\nP-1,厨电\nP-2,电视\n"), (0, 2, 0));
        assert_eq!(run(app), [600_000 - 500_000]);
    }

    fn a_file_that_breaks_off_leaves_no_rejected_rows(app: &TestApp) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejected.csv");
        let mut watch = Watch { rejected: Some(path.clone()), ..Watch::default() };
        let text = "customer_code,name\nC1,\n";
        let customers = ImportKind::Customers;
        assert_eq!(bring_watched(app, customers, text, &mut watch).unwrap().report.rejected, 1);
        assert!(path.is_file());
        std::fs::remove_file(&path).unwrap();
        let broken = format!("{text}C2,\"open\n");
        assert!(bring_watched(app, customers, &broken, &mut watch).is_err());
        assert!(!path.exists());
    }
}
