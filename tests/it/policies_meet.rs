//! Which policies meet, and which may compete.

use openrebate::policies::{self, Terms};
use openrebate::values::{Language, StaffRole};
use openrebate::words::words;

use crate::support::{TestApp, a_customer, a_member, refusal, sell};

fn source(code: &str, more: &str) -> String {
    let plain = "currency = \"CNY\"\nperiod = \"quarter\"\nfrom = 2026-01-01\nto = 2026-12-31\n";
    // What `more` says of these replaces it.
    let own = |line: &&str| !more.lines().any(|l| l.starts_with(line.split('=').next().unwrap()));
    let head: String = plain.lines().filter(own).map(|line| format!("{line}\n")).collect();
    format!(
        "code = \"{code}\"\nform = \"cash\"\nname.en = \"{code}\"\n{head}{more}\n\
         measure.kind = \"amount\"\n[reward]\ntier_mode = \"all_units\"\n\
         tiers = [{{ from = \"100\", percent = \"2\" }}]\n"
    )
}

fn terms(code: &str, more: &str) -> Terms {
    policies::parse(&source(code, more)).unwrap()
}

fn publish(app: &TestApp, code: &str, more: &str) {
    let source = source(code, more);
    let terms = policies::parse(&source).unwrap();
    app.write(|tx| policies::publish(tx, &terms, &source));
}

/// Code, customers, products, first and last day of what meets these terms.
fn meets(app: &TestApp, terms: &Terms) -> Vec<String> {
    let found = app.read(|conn| policies::overlapping(conn, terms));
    found
        .into_iter()
        .map(|o| {
            let last = o.last_day.map_or("-".to_owned(), |day| day.to_string());
            let how = if o.competes { " competes" } else { "" };
            format!(
                "{} {}×{} {}..{last}{how}",
                o.version.code, o.customers, o.products, o.first_day
            )
        })
        .collect()
}

both! {
    fn policies_meet_on_customers_products_and_days(app: &TestApp) {
        for code in ["D-001", "D-002", "D-003"] {
            a_customer(app, code, code);
        }
        sell(app, "1,I,2026-07-20,D-001,P-1,1,1,CNY,invoice\n2,I,2026-07-20,D-001,P-2,1,1,CNY,invoice\n");
        publish(app, "ALL", "");
        publish(app, "FIRST", "customers = { codes = [\"D-001\", \"D-009\"] }\nproducts = { codes = [\"P-1\"] }");
        publish(app, "LATER", "from = 2027-01-01\nto = 2027-12-31");
        publish(app, "YUAN", "currency = \"USD\"");
        publish(app, "NOBODY", "customers = { regions = [\"华东\"] }");
        publish(app, "OPEN", "from = 2026-07-01\nto = 2028-12-31\nproducts = { except_codes = [\"P-1\"] }");
        assert_eq!(meets(app, &terms("NEW", "")), [
            "ALL 3×2 2026-01-01..2026-12-31",
            "FIRST 1×1 2026-01-01..2026-12-31",
            "OPEN 3×1 2026-07-01..2026-12-31",
        ]);
        // Its own former version is no other policy.
        assert_eq!(meets(app, &terms("ALL", "")).len(), 2);
        let narrow = "customers = { except = [\"D-001\"] }\nproducts = { codes = [\"P-1\"] }";
        assert_eq!(meets(app, &terms("NEW", narrow)), ["ALL 2×1 2026-01-01..2026-12-31"]);
        assert_eq!(meets(app, &terms("NEW", "from = 2029-01-01\nto = 2029-12-31")), [] as [String; 0]);
        // One that is tenured later will meet; nobody has begun, so nobody does.
        assert_eq!(meets(app, &terms("NEW", "customers = { min_tenure_months = 3 }")), [] as [String; 0]);
    }

    fn one_exclusive_group_has_one_currency_period_rule_and_order(app: &TestApp) {
        a_customer(app, "D-001", "D-001");
        sell(app, "1,I,2026-07-20,D-001,P-1,1,1,CNY,invoice\n");
        let first = |priority: u32| format!("overlap = {{ exclusive_group = \"annual\", rule = \"first\", priority = {priority} }}");
        publish(app, "A", &first(1));
        let best = "overlap = { exclusive_group = \"annual\", rule = \"best\" }";
        for (more, field, key) in [
            (format!("currency = \"USD\"\n{}", first(2)), "currency", "policy-group-currency"),
            (format!("period = \"month\"\n{}", first(2)), "period", "policy-group-period"),
            (best.to_owned(), "overlap.rule", "policy-group-rule"),
            (first(1), "overlap.priority", "policy-group-priority"),
        ] {
            let (source, terms) = (source("B", &more), terms("B", &more));
            let problems = app.read(|conn| policies::exclusive_group_problems(conn, &terms));
            let found: Vec<_> = problems.iter().map(|p| (p.field.as_str(), p.text.key)).collect();
            assert_eq!(found, [(field, key)], "{more}");
            for language in Language::ALL {
                let said = words(*language).say(&problems[0].text);
                assert!(said.contains("annual") && said.contains('A') && !said.contains('['), "{said}");
            }
            let operator = openrebate::values::Actor::operator();
            let result = app.db.write(&operator, |tx| policies::publish(tx, &terms, &source));
            assert_eq!(refusal(result), key);
            // Nor is it handed to an approver.
            let manager = a_member(app, &format!("manager-{key}"), &[StaffRole::AccountManager]);
            let version = app.db.write(&manager, |tx| policies::draft(tx, &terms, &source)).unwrap();
            let result = app.db.write(&manager, |tx| policies::submit(tx, &version.id, version.revision));
            assert_eq!(refusal(result), key);
            app.db
                .write(&manager, |tx| policies::withdraw(tx, &version.id, "no", &|_, _| Ok(false)))
                .unwrap();
        }
        publish(app, "B", &first(2));
        // Next year's may have the same number: the two never meet.
        publish(app, "C", &format!("from = 2027-01-01\nto = 2027-12-31\n{}", first(1)));
        // Another group is another matter, and so is a new version of one's own.
        publish(app, "D", "currency = \"USD\"\noverlap = { exclusive_group = \"other\", rule = \"best\" }");
        publish(app, "A", &format!("grace_days = 3\n{}", first(1)));
        assert_eq!(meets(app, &terms("B", &first(2))), ["A 1×1 2026-01-01..2026-12-31 competes"]);
    }
}
