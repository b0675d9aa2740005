//! Who may do what, tried for real: every address of the sitemap, for every role, with an object
//! of one's own, somebody else's, and one that doesn't exist.

use std::collections::BTreeMap;

use diesel::RunQueryDsl;
use diesel::sql_types::Text;
use openrebate::announcements::{self, Said, Writing};
use openrebate::customers::{self, NewCustomer};
use openrebate::disputes::{self, Category, KeptReply, NewDispute, Subject, SubjectKind, Terms};
use openrebate::erp;
use openrebate::expiry;
use openrebate::exports::{self, Kind, Scope, Wish};
use openrebate::on_backend;
use openrebate::payouts::{self, NewPayout};
use openrebate::people;
use openrebate::policies;
use openrebate::privacy::{self, RequestKind};
use openrebate::reports::Format;
use openrebate::statements;
use openrebate::values::{Actor, Currency, CustomerRole, DraftId, Key, StaffRole};
use openrebate::web::{ROUTES, Route};
use openrebate::{accruals, mailbox, sales};

use crate::staff_pages::{closed, house, signed_in};
use crate::support::source::files;
use crate::support::{
    Engine, Form, POLICY, Page, Site, TestApp, Visitor, a_buyer, a_member, an_account,
};

/// One who visits: the name, who they are (None without an account), and their browser.
struct Role {
    name: &'static str,
    actor: Option<Actor>,
    visitor: Visitor,
}

/// Ids by the part of the address that names the kind of thing.
type Objects = BTreeMap<&'static str, String>;

struct Scene {
    _site: Site,
    roles: Vec<Role>,
    own: Objects,
    foreign: Objects,
}

/// Two customers with a thing of each kind. Account manager `manager` and the customer's people
/// belong to the first.
fn scene(app: &TestApp) -> Scene {
    let (books, site) = house(app);
    let theirs = NewCustomer {
        account_manager: Some("other@example.com".to_owned()),
        ..NewCustomer::regular("D-002", Currency::CNY)
    };
    app.write(|tx| customers::upsert(tx, &theirs));
    let timed = POLICY.replace("Q-1", "E-1");
    let timed = timed.replace("form = ", "expires_after_months = 6\nform = ");
    let terms = policies::parse(&timed).unwrap();
    app.write(|tx| policies::publish(tx, &terms, &timed));
    closed(&signed_in(&site, "finance"));
    let only = format!("customers.codes = [\"D-002\"]\n{}", POLICY.replace("Q-1", "Q-2"));
    let terms = policies::parse(&only).unwrap();
    app.write(|tx| policies::publish(tx, &terms, &only));
    let month = "2026-09".parse().unwrap();
    let by = Actor::operator();
    statements::issue(&app.db, &by, month, None, 10, &disputes::open_on_statement).unwrap();
    let writer = a_member(app, "writer", &[StaffRole::AppealsReviewer]);
    let saved = |team| {
        let (title, text) = ("收到".to_owned(), "已收到。".to_owned());
        let reply = KeptReply { known: None, team, title, text };
        app.db.write(&writer, |tx| disputes::keep_reply(tx, &reply)).unwrap().to_string()
    };
    let (teams, somebodys) = (saved(true), saved(false));
    let finance = a_member(app, "preparer", &[StaffRole::Finance]);
    let approver = a_member(app, "signer", &[StaffRole::Approver]);
    let viewer = a_buyer(app, "viewer", books.first, CustomerRole::Viewer);
    let clerk = a_buyer(app, "clerk", books.first, CustomerRole::Finance);
    let boss = a_buyer(app, "boss", books.first, CustomerRole::Manager);
    let stranger = a_buyer(app, "stranger", books.second, CustomerRole::Finance);
    let draft = POLICY.replace("Q-1", "Q-3");
    let manager = app.read(|conn| people::by_email(conn, "manager@example.com"));
    let terms = policies::parse(&draft).unwrap();
    let drafter = manager.actor(None, None);
    app.db.write(&drafter, |tx| policies::draft(tx, &terms, &draft)).unwrap();
    let mut own = objects(app, books.first, "D-001", "Q-1", &finance, &approver, &clerk);
    let mut foreign = objects(app, books.second, "D-002", "Q-2", &finance, &approver, &stranger);
    own.insert("people", clerk.id().to_owned());
    foreign.insert("people", stranger.id().to_owned());
    own.insert("dispute-views", a_kept_view(app, &drafter));
    foreign.insert("dispute-views", a_kept_view(app, &finance));
    own.extend(news(app, &drafter, "D-001"));
    foreign.extend(news(app, &finance, "D-002"));
    own.insert("saved-replies", teams);
    foreign.insert("saved-replies", somebodys);
    let mut roles = vec![Role { name: "visitor", actor: None, visitor: site.visitor("en") }];
    let staff = |name, role| {
        let actor = match name {
            "reviewer" => a_member(app, name, &[role]),
            _ => app
                .read(|conn| people::by_email(conn, &format!("{name}@example.com")))
                .actor(None, None),
        };
        (name, actor)
    };
    let people = [
        ("viewer", viewer),
        ("clerk", clerk),
        ("boss", boss),
        staff("manager", StaffRole::AccountManager),
        staff("finance", StaffRole::Finance),
        staff("approver", StaffRole::Approver),
        staff("reviewer", StaffRole::AppealsReviewer),
        staff("auditor", StaffRole::Auditor),
        staff("admin", StaffRole::Admin),
    ];
    for (name, actor) in people {
        roles.push(Role { name, actor: Some(actor), visitor: signed_in(&site, name) });
    }
    Scene { _site: site, roles, own, foreign }
}

/// An announcement that went to the customer, and one that is being written.
fn news(app: &TestApp, writer: &Actor, code: &str) -> [(&'static str, String); 2] {
    let said = |subject: &str| Said { subject: subject.to_owned(), text: "text".to_owned() };
    let mut writing =
        Writing {
            zh: said("通知"), en: said("News"), segment: announcements::Segment::default()
        };
    writing.segment.customers.codes = vec![code.to_owned()];
    let write = || app.db.write(writer, |tx| announcements::draft(tx, writing.clone())).unwrap();
    let (sent, draft) = (write(), write());
    app.db.write(writer, |tx| announcements::schedule(tx, &sent, 1, tx.at())).unwrap();
    while announcements::work(&app.db, &Actor::system("announcements")).unwrap() {}
    [("announcements", sent.to_string()), ("announcement-drafts", draft.to_string())]
}

fn a_kept_view(app: &TestApp, keeper: &Actor) -> String {
    app.db
        .write(keeper, |tx| disputes::keep_view(tx, "大额", "view=all&amount_from=1000"))
        .unwrap();
    let kept = app.read(|conn| disputes::kept_views(conn, keeper.person().unwrap()));
    kept[0].id.to_string()
}

fn objects(
    app: &TestApp,
    customer: Key,
    code: &str,
    policy: &str,
    finance: &Actor,
    approver: &Actor,
    clerk: &Actor,
) -> Objects {
    let account = an_account(app, customer);
    let new = NewPayout {
        customer,
        currency: Currency::CNY,
        form: payouts::Form::Cash,
        amount: Some(10_000),
        note: None,
    };
    let payout = app.db.write(finance, |tx| payouts::prepare(tx, new.clone())).unwrap();
    app.db.write(finance, |tx| payouts::submit(tx, &payout.id)).unwrap();
    let hash = &payout.content_hash;
    app.db.write(approver, |tx| payouts::approve(tx, &payout.id, hash)).unwrap();
    let terms = Terms::default();
    let accrual = app.read(|conn| accruals::of_customer(conn, customer)).remove(0);
    let dispute = NewDispute {
        customer,
        category: Category::WrongAmount,
        subject: Subject {
            kind: SubjectKind::Accrual,
            id: accrual.id.to_string(),
            text: "Q3".to_owned(),
        },
        currency: Currency::CNY,
        disputed: 100,
        expected: None,
        text: "少计了一张发票".to_owned(),
        facts: serde_json::Value::Null,
    };
    let dispute = app.db.write(clerk, |tx| disputes::file(tx, dispute.clone(), &terms)).unwrap();
    let writing = disputes::Save {
        id: DraftId::new(),
        customer,
        kind: SubjectKind::Free,
        subject: String::new(),
        text: disputes::DraftText {
            category: "other".to_owned(),
            text: "请核对".to_owned(),
            ..Default::default()
        },
        files: Vec::new(),
        dropped: Vec::new(),
        quota: 0,
    };
    let (writing, _) = app.db.write(clerk, |tx| disputes::save_draft(tx, &writing)).unwrap();
    let today = expiry::Today::of(&app.db);
    let timed = app.read(|conn| expiry::of_customer(conn, customer, today)).remove(0);
    let statement = app.read(|conn| statements::of_customer(conn, customer)).remove(0);
    let import = app.read(|conn| sales::imports(conn, None, 1)).imports.remove(0);
    let line = erp::FileLine {
        line: 2,
        customer_code: code.to_owned(),
        period: "2026-Q3".parse().unwrap(),
        currency: Currency::CNY,
        figure: erp::Figure::Balance,
        amount: 1,
        voucher: String::new(),
        dated: None,
        text: String::new(),
    };
    app.write(|tx| erp::bring_in(tx, "erp.csv", std::slice::from_ref(&line), false));
    let differences = app.read(|conn| erp::differences(conn, None, None));
    let difference = differences.into_iter().find(|d| d.subject.customer == customer).unwrap();
    let run = app.read(|conn| statements::latest_runs(conn, 1)).remove(0);
    let letter = app.read(|conn| mailbox::latest(conn, None, None, 1)).remove(0);
    let mine = format!("{}@example.com", clerk.name);
    let letters = app.read(|conn| mailbox::latest(conn, None, None, 100));
    let notice = letters.into_iter().find(|letter| letter.to == mine).expect("what was filed");
    let asker = app.read(|conn| people::by_id(conn, clerk.person().unwrap()));
    let days = Scope::Days(app.db.today(), app.db.today());
    let wish = Wish { kind: Kind::OwnTransactions, format: Format::Csv, scope: days };
    let export = app.db.write(clerk, |tx| exports::ask(tx, &asker, wish.clone())).unwrap();
    let request = app
        .db
        .write(clerk, |tx| privacy::ask(tx, &asker, RequestKind::Correction, "电话", 15))
        .unwrap();
    exports::work(&app.db, &Actor::system("exports"), &app.config.files).unwrap();
    let version = app.read(|conn| policies::by_code(conn, policy));
    let (version, policy) = (version.id.to_string(), version.policy_id.to_string());
    let draft = app.read(policies::all).into_iter().find(|version| version.code == "Q-3").unwrap();
    BTreeMap::from([
        ("downloads", export.to_string()),
        ("data-requests", request.to_string()),
        ("policy-drafts", draft.id.to_string()),
        ("drafts", writing.id.to_string()),
        ("policy-versions", version),
        ("programmes", policy.clone()),
        ("policies", policy),
        ("accruals", accrual.id.to_string()),
        ("balances", timed.lot.entry.to_string()),
        ("statements", statement.id.to_string()),
        ("statement-runs", run.id.to_string()),
        ("differences", difference.id.to_string()),
        ("payouts", payout.id.to_string()),
        ("bank-accounts", account.id.to_string()),
        ("disputes", dispute.id.to_string()),
        ("imports", import.id.to_string()),
        ("mailbox", letter.id.to_string()),
        ("notices", notice.id.to_string()),
        ("customers", code.to_owned()),
    ])
}

/// The address with an object of each kind in the place of its name; None without such a place.
fn address(route: &Route, objects: &Objects) -> String {
    let parts: Vec<&str> = route.path.split('/').collect();
    let filled = parts.iter().enumerate().map(|(at, part)| match *part {
        "{format}" => "csv",
        "{report}" => "balances",
        "{number}" => "1",
        "{kind}" => "statement_ready",
        "{language}" => "en",
        "{token}" => "00000000000000000000000000000000",
        "{file}" => "0190000000000000",
        "{version}" => "1",
        // A version that is still being written, not its policy.
        "{id}"
            if parts[at - 1] == "policies"
                && ![None, Some(&"versions")].contains(&parts.get(at + 1)) =>
        {
            objects["policy-drafts"].as_str()
        }
        "{id}" if route.path.starts_with("/staff/announcements") => {
            objects["announcement-drafts"].as_str()
        }
        "{id}" | "{code}" => objects
            .get(parts[at - 1])
            .map_or_else(|| panic!("what goes into {}?", route.path), String::as_str),
        other => {
            assert!(!other.starts_with('{'), "what goes into {}?", route.path);
            other
        }
    });
    filled.collect::<Vec<_>>().join("/")
}

fn names_an_object(route: &Route) -> bool {
    route.path.contains("{id}") || route.path.contains("{code}")
}

/// Ids of the right shape that nothing has.
fn nothing(objects: &Objects) -> Objects {
    let absent = |kind: &&'static str| (*kind, "01900000000070008000000000000000".to_owned());
    objects.keys().map(absent).collect()
}

/// Static files are named by their content; the machines' addresses know no people.
fn routes(method: &str) -> Vec<&'static Route> {
    let found: Vec<_> = ROUTES
        .iter()
        .filter(|route| route.method == *method && !route.path.starts_with("/static"))
        .collect();
    assert!(found.len() > 25, "{} {method} routes", found.len());
    found
}

fn admitted(route: &Route, role: &Role) -> bool {
    route.access.admits(role.actor.as_ref().map(|actor| &actor.identity))
}

#[derive(diesel::QueryableByName)]
struct Fact {
    #[diesel(sql_type = Text)]
    fact: String,
}

fn ask(app: &TestApp, query: &str) -> Vec<String> {
    let rows =
        app.read(|conn| Ok(on_backend!(conn, c => diesel::sql_query(query).load::<Fact>(c))?));
    rows.into_iter().map(|row| row.fact).collect()
}

/// Everything in every table but the audit log, the sessions and who looks, which reading may touch.
pub fn everything(app: &TestApp) -> BTreeMap<String, String> {
    let all = tables(app);
    assert!(all.len() > 25 && !all["ledger_postings"].is_empty(), "{:?}", all.keys());
    all
}

fn tables(app: &TestApp) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (_, text) in files("migrations/common", "sql") {
        let tables = text.lines().filter_map(|line| line.strip_prefix("CREATE TABLE "));
        for table in tables.filter_map(|rest| rest.split(' ').next()) {
            if [
                "audit_events",
                "sessions",
                "dispute_looks",
                "statement_reads",
                "announcement_reads",
            ]
            .contains(&table)
            {
                continue;
            }
            let query = match app.engine {
                Engine::Postgres => format!(
                    "SELECT coalesce(string_agg(t::text, '|' ORDER BY t::text), '') AS fact \
                     FROM {table} t"
                ),
                Engine::Sqlite => {
                    let columns =
                        ask(app, &format!("SELECT name AS fact FROM pragma_table_info('{table}')"));
                    let quoted: Vec<_> = columns.iter().map(|c| format!("quote({c})")).collect();
                    format!(
                        "SELECT coalesce(group_concat(r, '|'), '') AS fact FROM \
                         (SELECT {} AS r FROM {table} ORDER BY 1)",
                        quoted.join("||','||")
                    )
                }
            };
            all.insert(table.to_owned(), ask(app, &query).concat());
        }
    }
    all
}

/// All of it in one text, the audit log too.
pub fn everything_anywhere(app: &TestApp) -> String {
    let events = app.read(|conn| openrebate::audit::latest(conn, None, 10_000));
    let quiet: Vec<String> = tables(app).into_values().collect();
    format!("{}{events:?}", quiet.concat())
}

/// The tables that differ.
fn unlike(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    before.keys().filter(|table| before[*table] != after[*table]).cloned().collect()
}

/// What an answer gives away: all of it but the number of the request.
fn shown(page: &Page) -> (u16, String) {
    let request = page.header("x-request-id").expect("each answer has one");
    (page.status, page.body().replace(&request, ""))
}

/// Which status a page that admits the reader may answer with.
fn opens(route: &Route, page: &Page) -> bool {
    match route.path {
        "/" | "/sign-in" => page.status == 200 || page.status == 303,
        // Nobody here is halfway through signing in, or has a second factor to change.
        "/sign-in/code" => page.status == 303,
        path if path.starts_with("/account/second-factor/") => page.status == 303,
        // No such file, nothing rejected, nothing chosen yet.
        "/disputes/new" => [200, 404].contains(&page.status),
        // A link out of no letter.
        path if path.contains("{token}") => page.status == 404,
        // A draft is its author's alone, and so is a file somebody asked for.
        path if path.starts_with("/disputes/drafts/") => [200, 404].contains(&page.status),
        "/downloads/{id}/file" => [200, 404].contains(&page.status),
        path if path.contains("{file}") || path.ends_with("/rejected") => {
            [200, 404].contains(&page.status)
        }
        _ => page.status == 200,
    }
}

/// The form a page would send to the address, as good as one can know without the page.
fn form(role: &Role, route: &Route, objects: &Objects) -> Form {
    let page = role.visitor.get("/help");
    let token = page.form("/language").value("token").unwrap_or_default().to_owned();
    let form = Form::to(address(route, objects)).with("token", &token);
    let last = route.path.rsplit('/').next().unwrap_or_default();
    let fields: &[(&str, &str)] = match last {
        "submission" | "withdrawal" if route.path.contains("policy-versions") => match last {
            "submission" => &[("revision", "1")],
            _ => &[("reason", "because")],
        },
        "ending" => &[("last_day", "2026-12-31"), ("reason", "because")],
        "approval" => &[("shown", "0")],
        "rejection" | "return" => &[("reason", "because")],
        "dispatch" => &[("expected_on", "2026-10-20"), ("reference", "")],
        "settlement" => &[("settled_on", "2026-10-15"), ("reference", "")],
        "accrual-runs" => &[("as_of", "2026-10-15")],
        "period-closings" => &[("close_period", "2026-Q3")],
        "statement-runs" => &[("period", "2026-09")],
        "statement-schedule" => &[("rhythm", "month"), ("day", "5")],
        "explanation" => &[("note", "because"), ("ours", "0"), ("theirs", "0")],
        "correction" => &[("reason", "because")],
        "statement-terms" => &[("rhythm", ""), ("day", "")],
        "signature" => &[("version", "0")],
        "messages" => &[("text", "text")],
        "rating" => &[("score", "4"), ("rating", "text")],
        "appeal" => &[("appeal", "because")],
        "assignment" => &[("revision", "1"), ("assignee", "")],
        "replies" | "questions" => &[("revision", "1"), ("reply", "text")],
        "notes" => &[("revision", "1"), ("note", "text")],
        "saved-reply" => &[("revision", "1"), ("saved", "x")],
        "snooze" => &[("revision", "1"), ("snooze_until", "2026-10-16")],
        "merger" => &[("revision", "1"), ("merge_into", "ZY-2026-10-000001")],
        "links" => &[("link_to", "ZY-2026-10-000001"), ("link_note", "note")],
        "link-removal" => &[("other", "x")],
        "decision-approval" | "appeal-review" => &[("revision", "1")],
        "decision" | "appeal-decision" => {
            &[("revision", "1"), ("outcome", "rejected"), ("reason", "because")]
        }
        "decision-return" => &[("revision", "1"), ("return_reason", "because")],
        "role" => &[("role", "viewer")],
        "roles" => &[("roles[]", "auditor"), ("role", "viewer")],
        "manager" | "people" => {
            &[("name", "New"), ("email", "new@customer.example"), ("language", "en")]
        }
        "manager-invitation" => &[("person", "01900000000070008000000000000000")],
        "answer" => &[("outcome", "declined"), ("answer", "because")],
        "recipients" => &[("addresses", "nobody@customer.example")],
        "release" => &[("address", "nobody@customer.example")],
        "language" => &[("language", "en"), ("next", "/")],
        _ => &[],
    };
    fields.iter().fold(form, |form, (name, value)| form.with(name, value))
}

/// What everybody may do with their own session and language, and what changes nothing at all.
const NOBODYS_BUSINESS: [&str; 12] = [
    "/account/second-factor/setup",
    "/sign-in/code/ending",
    "/account/email/withdrawal",
    "/notices/reading",
    "/notifications",
    "/sign-in",
    "/sign-out",
    "/language",
    "/sessions/revocation",
    "/staff/dispute-views",
    "/staff/shortcuts",
    "/staff/audit/verification",
];

both! {
    fn every_page_opens_for_whom_it_names_and_reading_changes_nothing(app: &TestApp) {
        let scene = scene(app);
        let before = everything(app);
        let none = nothing(&scene.own);
        let mut wrong = Vec::new();
        for role in &scene.roles {
            for route in routes("GET") {
                let path = address(route, &scene.own);
                let page = role.visitor.peek(&path);
                let right = match (&role.actor, admitted(route, role)) {
                    (_, true) => opens(route, &page),
                    (None, false) => {
                        let to = page.header("location").unwrap_or_default();
                        page.status == 303 && to.starts_with("/sign-in?next=")
                    }
                    (Some(_), false) => page.status == 404,
                };
                if !right {
                    wrong.push(format!("{} {path}: {}", role.name, page.status));
                }
                if role.actor.is_none() || !names_an_object(route) {
                    continue;
                }
                let absent = role.visitor.peek(&address(route, &none));
                if absent.status != 404 {
                    wrong.push(format!("{} {} without it: {}", role.name, route.path, absent.status));
                }
                if !admitted(route, role) && shown(&page) != shown(&absent) {
                    wrong.push(format!("{} {} tells what exists", role.name, route.path));
                }
                // Somebody else's answers like nothing; policies and what has no customer aside.
                let staff = route.path.starts_with("/staff");
                let shared = ["policies", "imports", "mailbox"].iter().any(|kind| path.contains(kind));
                let limited = if staff { role.name == "manager" && !shared } else { true };
                let foreign = role.visitor.peek(&address(route, &scene.foreign));
                if limited && shown(&foreign) != shown(&absent) {
                    wrong.push(format!("{} {} of others: {}", role.name, route.path, foreign.status));
                }
            }
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
        assert_eq!(unlike(&before, &everything(app)), Vec::<String>::new());
    }

    fn every_form_is_refused_to_whom_it_isnt_meant_for(app: &TestApp) {
        let scene = scene(app);
        let before = everything(app);
        let none = nothing(&scene.own);
        let mut wrong = Vec::new();
        for role in &scene.roles {
            for route in routes("POST") {
                let mut say = |what: &str, page: &Page| {
                    wrong.push(format!("{} {} {what}: {}", role.name, route.path, page.status));
                };
                let good = form(role, route, &scene.own);
                let bare = role.visitor.post(&good.clone().without("token"));
                let expected = match (admitted(route, role), &role.actor) {
                    // What a mail program posts to: the secret in the address is its right.
                    _ if route.path == "/unsubscribe/{token}" => 404,
                    (true, _) => 400,
                    (false, None) => 303,
                    (false, Some(_)) => 404,
                };
                if bare.status != expected {
                    say("without a token", &bare);
                }
                let elsewhere = role.visitor.post_from_elsewhere(&good);
                if elsewhere.status != 400 {
                    say("from another site", &elsewhere);
                }
                let for_others = !admitted(route, role);
                if role.actor.is_none() || !(for_others || names_an_object(route)) {
                    continue;
                }
                for coded in [|form: Form| form, Form::with_files] {
                    let absent = role.visitor.post(&coded(form(role, route, &none)));
                    if for_others {
                        let refused = role.visitor.post(&coded(good.clone()));
                        if refused.status != 404 || shown(&refused) != shown(&absent) {
                            say("meant for others", &refused);
                        }
                    } else {
                        if !(400..500).contains(&absent.status) {
                            say("for nothing", &absent);
                        }
                        // Most of the staff work for every customer, and policies have none.
                        let shared = route.path.starts_with("/staff/polic");
                        if route.path.starts_with("/staff") && (shared || role.name != "manager") {
                            continue;
                        }
                        let foreign = role.visitor.post(&coded(form(role, route, &scene.foreign)));
                        if shown(&foreign) != shown(&absent) {
                            say("for others' things", &foreign);
                        }
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
        // What admits the reader was asked for nothing and for others' things only.
        assert_eq!(unlike(&before, &everything(app)), Vec::<String>::new());
    }

    fn the_auditor_changes_nothing(app: &TestApp) {
        let scene = scene(app);
        let before = everything(app);
        let auditor = scene.roles.iter().find(|role| role.name == "auditor").unwrap();
        for route in routes("POST") {
            if NOBODYS_BUSINESS.contains(&route.path) {
                continue;
            }
            for coded in [|form: Form| form, Form::with_files] {
                let page = auditor.visitor.post(&coded(form(auditor, route, &scene.own)));
                assert!((400..500).contains(&page.status), "{}: {}", route.path, page.status);
            }
        }
        let page = auditor.visitor.get("/staff/audit");
        auditor.visitor.submit(&page.form("/staff/audit/verification")).assert_status(200);
        assert_eq!(unlike(&before, &everything(app)), Vec::<String>::new());
    }
}
