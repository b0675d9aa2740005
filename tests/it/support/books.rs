use std::io::Write;

use openrebate::policies;
use openrebate::sales::{self, ImportKind, Incoming, Options, Watch};
use openrebate::values::{Actor, Key};

use super::{TestApp, a_customer};

const HEADER: &str = "line_id,document_no,document_date,customer_code,product_code,quantity,\
                      net_amount,currency,kind\n";

/// Two customers with the sales of the third quarter, and a policy that gives five percent a
/// quarter from 100,000.00 on: D-001 bought for 120,000.00, D-002 for 100,000.00. Nothing is
/// accrued yet.
pub struct Books {
    pub first: Key,
    pub second: Key,
}

/// The source of the policy, to be published again with changes.
pub const POLICY: &str = "code = \"Q-1\"\ncurrency = \"CNY\"\nperiod = \"quarter\"\n\
    from = 2026-01-01\nform = \"cash\"\nname.zh-CN = \"季度返利\"\nname.en = \"Quarterly rebate\"\n\
    measure.kind = \"amount\"\n[reward]\ntier_mode = \"all_units\"\n\
    tiers = [{ from = \"100000\", percent = \"5\" }]\n";

pub fn books(app: &TestApp) -> Books {
    let first = a_customer(app, "D-001", "杭州恒通贸易有限公司");
    let second = a_customer(app, "D-002", "苏州盛达商贸有限公司");
    let terms = policies::parse(POLICY).expect("a policy");
    app.write(|tx| policies::publish(tx, &terms, POLICY));
    sell(
        app,
        "1,INV-1,2026-07-20,D-001,P-1,100,80000.00,CNY,invoice\n\
               2,INV-2,2026-08-20,D-001,P-1,50,40000.00,CNY,invoice\n\
               3,INV-3,2026-09-02,D-002,P-1,100,100000.00,CNY,invoice\n",
    );
    Books { first, second }
}

/// Brings sales lines in.
pub fn sell(app: &TestApp, rows: &str) {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(format!("{HEADER}{rows}").as_bytes()).expect("it is written");
    let incoming = Incoming { kind: ImportKind::Sales, path: file.path(), name: "sales.csv" };
    let options = Options { create_missing: true, ..Options::default() };
    let brought =
        sales::bring_in(&app.db, &Actor::operator(), incoming, &options, &mut Watch::default());
    let report = brought.expect("it comes in").report;
    assert_eq!(report.rejected, 0, "{:?}", report.problems);
}
