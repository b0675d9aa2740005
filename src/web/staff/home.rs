use std::collections::BTreeMap;

use askama::Template;
use chrono::{DateTime, Utc};

use super::super::{Answer, App, Page, StaffUser, opens, reply};
use super::bounces;
use super::disputes::capped;
use super::first_steps::{self, Begun, Step};
use super::portfolio::Portfolio;
use crate::banking;
use crate::calendar;
use crate::db::Conn;
use crate::disputes::{self, QueueCounts};
use crate::error::{Error, Result};
use crate::ledger::{self, Balance};
use crate::mailbox;
use crate::payouts::{self, State};
use crate::policies::{self, VersionState};
use crate::privacy;
use crate::sales;
use crate::statements::{self, Wanted};
use crate::values::{Currency, Money, StaffRole};

#[derive(Template)]
#[template(path = "staff/home.html")]
struct HomePage {
    page: Page,
    /// What a new house does first; nothing in one at work.
    steps: Vec<Step>,
    /// What waits for the reader; nothing when all is done.
    todo: Vec<Item>,
    /// What the reader keeps an eye on.
    watch: Vec<Item>,
    /// What the company owes, one row a currency.
    liabilities: Vec<Liability>,
    mail_waits: Option<String>,
    /// Whether the reader may see the letters that wait.
    sees_mail: bool,
    /// A year whose holidays nobody loaded yet.
    no_calendar: Option<i32>,
}

struct Item {
    text: String,
    path: &'static str,
    count: i64,
    /// The count as people read it: `1,000+`.
    shown: String,
    late: bool,
}

struct Liability {
    currency: Currency,
    estimated: Money,
    payable: Money,
    reserved: Money,
    in_payment: Money,
    owed: Money,
}

struct Facts {
    begun: Option<Begun>,
    disputes: QueueCounts,
    drafts: i64,
    submitted: i64,
    approved: i64,
    sent: i64,
    unanswered: i64,
    overdue: i64,
    failed: i64,
    /// Addresses that take no mail.
    bounced: i64,
    oldest_letter: Option<DateTime<Utc>>,
    import: bool,
    /// Versions of policies that wait for approval, and for publication.
    policies: [i64; 2],
    /// Bank accounts that wait to be checked.
    accounts: i64,
    liabilities: Vec<Balance>,
    /// Requests about people's own data that wait.
    data_requests: i64,
    /// A year whose holidays nobody loaded yet.
    no_calendar: Option<i32>,
}

pub(in crate::web) async fn page(app: App, user: StaffUser) -> Answer {
    let (actor, today, now) = (user.actor(), app.db.today(), app.db.now());
    let money = sees_money(&user);
    let portfolio = Portfolio::of(&user);
    let facts = app
        .read(move |conn| {
            let reach = disputes::reach(conn, &actor, today)?;
            let due = calendar::add_business_days(conn, today, 1)?;
            let open =
                Wanted { unanswered: true, customers: portfolio.keys(conn)?, ..Wanted::default() };
            let unanswered = statements::count_wanted(conn, &open)?;
            let late = Wanted { due_before: Some(today), ..open };
            let overdue = statements::count_wanted(conn, &late)?;
            let letters = mailbox::counts(conn)?;
            let mut payouts_in = |state| payouts::count(conn, Some(state));
            let [drafts, submitted, approved, sent] = [
                payouts_in(State::Draft)?,
                payouts_in(State::Submitted)?,
                payouts_in(State::Approved)?,
                payouts_in(State::Sent)?,
            ];
            let bounced = bounces::in_reach(conn, &portfolio)?.len();
            Ok(Facts {
                begun: first_steps::begun(conn)?,
                disputes: disputes::queue_counts(conn, &reach, today, due)?,
                drafts,
                submitted,
                approved,
                sent,
                unanswered,
                overdue,
                failed: letters.failed,
                bounced: i64::try_from(bounced).map_err(Error::internal)?,
                oldest_letter: letters.oldest_queued,
                import: sales::unfinished(conn)?.is_some(),
                policies: [
                    policies::count(conn, VersionState::Submitted)?,
                    policies::count(conn, VersionState::Approved)?,
                ],
                accounts: banking::count(conn, &[banking::State::Requested])?,
                data_requests: privacy::count_waiting(conn)?,
                no_calendar: calendar::missing_year(conn, today)?,
                liabilities: if money { liabilities(conn)? } else { Vec::new() },
            })
        })
        .await?;
    let page = user.page("nav-staff");
    let (todo, watch) = items(&page, &user, &facts);
    // A letter leaves within minutes; one that waits longer says that mail doesn't work.
    let mail_waits = facts
        .oldest_letter
        .filter(|at| now - *at > chrono::TimeDelta::minutes(15))
        .map(|at| page.time(&at));
    let liabilities = facts.liabilities.iter().map(liability).collect();
    let no_calendar = facts.no_calendar;
    let steps = facts.begun.map(|begun| first_steps::steps(begun, &user, &page));
    let steps = steps.unwrap_or_default();
    let sees_mail = opens("/staff/mailbox", &user.person.identity());
    reply::page(&HomePage {
        page,
        steps,
        todo,
        watch,
        liabilities,
        mail_waits,
        sees_mail,
        no_calendar,
    })
}

fn sees_money(user: &StaffUser) -> bool {
    [StaffRole::Finance, StaffRole::Approver, StaffRole::Auditor]
        .into_iter()
        .any(|role| user.holds(role))
}

/// What waits for the roles the reader holds, and what those roles watch.
fn items(page: &Page, user: &StaffUser, facts: &Facts) -> (Vec<Item>, Vec<Item>) {
    let item = |key: &str, path: &'static str, count: i64, late: bool| Item {
        text: page.t(key),
        path,
        count,
        // Disputes are counted up to a limit.
        shown: if path.starts_with("/staff/disputes") {
            capped(count, page)
        } else {
            page.number(count)
        },
        late,
    };
    let holds = |role| user.holds(role);
    let (manager, finance) = (holds(StaffRole::AccountManager), holds(StaffRole::Finance));
    let d = &facts.disputes;
    let [to_approve, to_publish] = facts.policies;
    let mut todo = vec![item("desk-disputes-mine", "/staff/disputes?view=mine", d.mine, false)];
    if manager {
        let path = "/staff/disputes?view=unassigned";
        todo.push(item("desk-disputes-unassigned", path, d.unassigned, false));
        let path = "/staff/policies?state=approved";
        todo.push(item("desk-policies-publish", path, to_publish, false));
    }
    if holds(StaffRole::Approver) {
        todo.push(item("desk-approvals", "/staff/disputes?view=approvals", d.approvals, false));
        let path = "/staff/payouts?state=submitted";
        todo.push(item("desk-payouts-approve", path, facts.submitted, false));
        let path = "/staff/policies?state=submitted";
        todo.push(item("desk-policies-approve", path, to_approve, false));
    }
    if holds(StaffRole::AppealsReviewer) {
        todo.push(item("desk-appeals", "/staff/disputes?view=appeals", d.appeals, false));
    }
    if finance {
        for (key, path, count) in [
            ("desk-bank-requests", "/staff/bank-accounts", facts.accounts),
            ("desk-payouts-submit", "/staff/payouts?state=draft", facts.drafts),
            ("desk-payouts-send", "/staff/payouts?state=approved", facts.approved),
            ("desk-payouts-settle", "/staff/payouts?state=sent", facts.sent),
            ("desk-import-unfinished", "/staff/imports", i64::from(facts.import)),
        ] {
            todo.push(item(key, path, count, false));
        }
    }
    if finance || holds(StaffRole::Admin) {
        todo.push(item("desk-mail-failed", "/staff/mailbox?state=failed", facts.failed, true));
    }
    if manager || finance || holds(StaffRole::Admin) {
        todo.push(item("desk-bounces", "/staff/bounces", facts.bounced, true));
    }
    if holds(StaffRole::Admin) {
        todo.push(item("desk-data-requests", "/staff/data-requests", facts.data_requests, false));
    }
    todo.retain(|item| item.count > 0);
    let mut watch =
        vec![item("desk-disputes-due", "/staff/disputes?view=breach", d.about_to_breach, true)];
    if manager || finance || holds(StaffRole::Auditor) {
        watch.push(item("desk-disputes-waiting", "/staff/disputes?view=waiting", d.waiting, false));
        watch.push(item(
            "desk-statements-open",
            "/staff/statements?state=open",
            facts.unanswered,
            false,
        ));
        watch.push(item(
            "desk-statements-overdue",
            "/staff/statements?state=overdue",
            facts.overdue,
            true,
        ));
    }
    if finance || holds(StaffRole::Auditor) {
        let path = "/staff/payouts?state=submitted";
        watch.push(item("desk-payouts-waiting", path, facts.submitted, false));
    }
    (todo, watch)
}

/// What the company owes all customers, for each currency.
fn liabilities(conn: &mut Conn) -> Result<Vec<Balance>> {
    let mut sums: BTreeMap<Currency, Balance> = BTreeMap::new();
    for (_, balance) in ledger::all_balances(conn)? {
        let sum = sums.entry(balance.currency).or_insert_with(|| Balance::empty(balance.currency));
        sum.estimated += balance.estimated;
        sum.payable += balance.payable;
        sum.in_payment += balance.in_payment;
        sum.reserved += balance.reserved;
    }
    Ok(sums.into_values().collect())
}

fn liability(balance: &Balance) -> Liability {
    let money = |minor| Money::new(minor, balance.currency);
    Liability {
        currency: balance.currency,
        estimated: money(balance.estimated),
        payable: money(balance.payable),
        reserved: money(balance.reserved),
        in_payment: money(balance.in_payment),
        owed: money(balance.owed()),
    }
}
