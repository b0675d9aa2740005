use std::collections::HashMap;

use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::super::form::FormKey;
use super::super::{Answer, App, Fail, Form, Page, StaffUser, reply};
use super::typed;
use crate::banking::BankAccount;
use crate::customers;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::payouts::{self, Payout, State, Step};
use crate::policies;
use crate::values::{Language, Money, PayoutId, PersonId, Problem, StaffRole, capital_rmb};

/// Longest reference of a bank or a delivery, in characters.
const LONGEST_REFERENCE: usize = 100;
/// Longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// What is signed is what is seen: everything the content hash covers stands on this page.
#[derive(Template)]
#[template(path = "staff/payout.html")]
struct PayoutPage {
    page: Page,
    id: String,
    payout: Payout,
    customer: String,
    customer_name: String,
    state: &'static str,
    form: String,
    amount: Money,
    /// 人民币…整, for zh-CN and CNY.
    capital: Option<String>,
    /// Where a transfer goes.
    account: Option<AccountView>,
    /// Why a transfer can't be submitted or approved now.
    blocked: Option<String>,
    lines: Vec<LineRow>,
    steps: Vec<StepRow>,
    /// Sent, and should have arrived.
    late: bool,
    prepared: String,
    approved: Option<String>,
    may: May,
    typed: Typed,
}

struct AccountView {
    id: String,
    shown: String,
    /// That it changed lately, and when.
    changed: Option<String>,
}

struct LineRow {
    path: String,
    text: String,
    cause: String,
    policy: Option<(String, String)>,
    period: String,
    amount: Money,
}

struct StepRow {
    state: &'static str,
    at: String,
    who: String,
    note: String,
}

/// Which forms the reader gets.
#[derive(Default)]
struct May {
    submit: bool,
    approve: bool,
    /// An approver who had a hand in it.
    own: bool,
    /// An approver who let the account in that it goes to.
    edited: bool,
    reject: bool,
    /// Another one can be prepared instead.
    again: bool,
    send: bool,
    settle: bool,
    give_back: bool,
}

impl May {
    /// Dropping one's own draft needs no reason for anybody else.
    fn reject_hint(&self) -> &'static str {
        if self.submit { "payout-drop-hint" } else { "payout-reject-hint" }
    }
}

/// What was typed into whichever form.
#[derive(Clone, Default)]
struct Typed {
    expected_on: String,
    settled_on: String,
    reference: String,
    reason: String,
}

pub(in crate::web) async fn page(app: App, user: StaffUser, id: Path<String>) -> Answer {
    let id = PayoutId::from_text(&id);
    let today = app.db.today().to_string();
    let typed = Typed { settled_on: today, ..Typed::default() };
    reply::page(&render(&app, &user, &id, typed, &[]).await?)
}

async fn render(
    app: &App,
    user: &StaffUser,
    id: &PayoutId,
    typed: Typed,
    problems: &[Problem],
) -> Result<PayoutPage, Fail> {
    let wanted = id.clone();
    let (payout, lines, steps, customer, names, account, blocked) = app
        .read(move |conn| {
            let payout = payouts::by_id(conn, &wanted)?;
            let customer = customers::by_id(conn, payout.customer)?;
            let (lines, steps) = (payouts::lines(conn, &wanted)?, payouts::steps(conn, &wanted)?);
            let account = payouts::account(conn, &payout)?;
            let waits = matches!(payout.state, State::Draft | State::Submitted);
            let blocked = match payouts::check_account(conn, &payout) {
                Err(Error::Refused(text)) if waits => Some(text),
                Err(Error::Refused(_)) | Ok(()) => None,
                Err(other) => return Err(other),
            };
            let mut names = HashMap::new();
            for policy in lines.iter().filter_map(|line| line.policy.as_ref()) {
                if !names.contains_key(policy) {
                    names.insert(policy.clone(), policies::by_id(conn, policy)?.terms.name);
                }
            }
            Ok((payout, lines, steps, customer, names, account, blocked))
        })
        .await?;
    let words = user.words();
    let page = user
        .visit
        .page(words.t1("payout-title", "number", &payout.number))
        .under("/staff/payouts", words.t("nav-payouts"))
        .with_problems(problems);
    let language = page.language();
    let lines = lines
        .iter()
        .map(|line| LineRow {
            path: match line.cause.as_str() {
                "dispute" => format!("/staff/disputes/{}", line.cause_id),
                _ => format!("/staff/accruals/{}", line.cause_id),
            },
            text: line.text.clone(),
            cause: page.code("payout-cause", &line.cause),
            policy: line.policy.as_ref().and_then(|policy| {
                let name = names.get(policy)?.in_language(language);
                Some((format!("/staff/policies/{policy}"), name.to_owned()))
            }),
            period: line.period.as_ref().map_or_else(
                || "—".to_owned(),
                |p| p.parse().map_or_else(|_| p.clone(), |p| page.period(&p)),
            ),
            amount: Money::new(line.amount, payout.currency),
        })
        .collect();
    let editor = account.as_ref().and_then(payouts::editor);
    let mut may = may(user, &payout, &steps, editor.as_ref());
    if blocked.is_some() {
        may = May { submit: false, approve: false, ..may };
    }
    let now = app.db.now();
    let account = account.map(|account| account_view(&page, &account, now));
    let steps = steps.iter().map(|step| step_row(&page, step)).collect();
    Ok(PayoutPage {
        id: id.to_string(),
        customer: customer.code,
        customer_name: customer.name,
        state: payout.state.as_str(),
        form: page.code("form", payout.form.as_str()),
        amount: payout.money(),
        capital: (language == Language::ZhCn).then(|| capital_rmb(payout.money())).flatten(),
        late: payout.is_late(app.db.today()),
        account,
        blocked: blocked.map(|text| words.say(&text)),
        prepared: page.time(&payout.prepared_at),
        approved: payout.approved_at.map(|at| page.time(&at)),
        lines,
        steps,
        may,
        typed,
        payout,
        page,
    })
}

/// An account is new for so many days.
const NEW_FOR: i64 = 30;

fn account_view(page: &Page, account: &BankAccount, now: DateTime<Utc>) -> AccountView {
    let age = account.effective_at.map(|at| (now - at).num_days());
    AccountView {
        id: account.id.to_string(),
        shown: account.shown(),
        changed: age.filter(|days| *days < NEW_FOR).map(|days| match days {
            0 => page.t("payout-account-changed-today"),
            days => page.count("payout-account-changed", days),
        }),
    }
}

fn step_row(page: &Page, step: &Step) -> StepRow {
    StepRow {
        state: step.state.as_str(),
        at: page.time(&step.at),
        who: step.actor_name.clone(),
        note: step.note.clone(),
    }
}

/// The room decides; this only spares the reader forms that would be refused.
fn may(user: &StaffUser, payout: &Payout, steps: &[Step], editor: Option<&PersonId>) -> May {
    let finance = user.holds(StaffRole::Finance);
    let approver = user.holds(StaffRole::Approver);
    let made = |step: &&Step| matches!(step.state, State::Draft | State::Submitted);
    let own = payout.prepared_by == user.person.id
        || steps.iter().filter(made).any(|step| step.actor == user.person.id);
    let edited = editor == Some(&user.person.id);
    match payout.state {
        State::Draft => May { submit: finance, reject: finance || approver, ..May::default() },
        State::Submitted => May {
            approve: approver && !own && !edited,
            own: approver && own,
            edited: approver && !own && edited,
            reject: finance || approver,
            ..May::default()
        },
        State::Approved => May { send: finance, ..May::default() },
        State::Sent => May { settle: finance, give_back: finance, ..May::default() },
        State::Settled => May { give_back: finance, ..May::default() },
        State::Returned | State::Rejected => May { again: finance, ..May::default() },
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Shown {
    /// The content hash of the page.
    shown: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Reason {
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Sent {
    #[serde(default)]
    expected_on: String,
    #[serde(default)]
    reference: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Settled {
    #[serde(default)]
    settled_on: String,
    #[serde(default)]
    reference: String,
}

/// Takes a step and tells it; a step that is refused shows the payout as it stands now, with the
/// sentence and what was typed.
async fn step(
    app: App,
    user: StaffUser,
    id: PayoutId,
    key: FormKey,
    typed: Typed,
    told: &'static str,
    mut act: impl FnMut(&mut Tx<'_>, &PayoutId) -> Result<()> + Send + 'static,
) -> Answer {
    let (teller, wanted) = (user.clone(), id.clone());
    let done = app
        .post(user.actor(), key, move |tx| {
            act(tx, &wanted)?;
            teller.tell(tx, &teller.words().t(told))?;
            Ok(format!("/staff/payouts/{wanted}"))
        })
        .await;
    match done {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => {
            reply::form_again(&render(&app, &user, &id, typed, &problems).await?)
        }
        Err(Error::Refused(text)) => {
            let problems = [Problem::new("actions", text)];
            reply::refused_again(&render(&app, &user, &id, typed, &problems).await?)
        }
        Err(other) => Err(other.into()),
    }
}

pub(in crate::web) async fn submit(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let id = PayoutId::from_text(&id);
    let act = |tx: &mut Tx<'_>, id: &PayoutId| payouts::submit(tx, id);
    step(app, user, id, form.key, Typed::default(), "payout-submitted-now", act).await
}

pub(in crate::web) async fn approve(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Shown>,
) -> Answer {
    let (id, shown) = (PayoutId::from_text(&id), form.fields.shown);
    let act = move |tx: &mut Tx<'_>, id: &PayoutId| payouts::approve(tx, id, &shown);
    step(app, user, id, form.key, Typed::default(), "payout-approved-now", act).await
}

pub(in crate::web) async fn reject(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Reason>,
) -> Answer {
    let (id, reason) = (PayoutId::from_text(&id), form.fields.reason);
    let typed = Typed { reason: reason.clone(), ..Typed::default() };
    let act = move |tx: &mut Tx<'_>, id: &PayoutId| {
        payouts::reject(tx, id, &typed::text("reason", &reason, LONGEST_REASON)?)
    };
    step(app, user, id, form.key, typed, "payout-rejected-now", act).await
}

pub(in crate::web) async fn mark_sent(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Sent>,
) -> Answer {
    let (id, Sent { expected_on, reference }) = (PayoutId::from_text(&id), form.fields);
    let typed = Typed {
        expected_on: expected_on.clone(),
        reference: reference.clone(),
        ..Typed::default()
    };
    let act = move |tx: &mut Tx<'_>, id: &PayoutId| {
        let day = typed::day("expected_on", &expected_on)?;
        let reference = typed::line("reference", &reference, LONGEST_REFERENCE)?;
        payouts::mark_sent(tx, id, day, reference.as_deref())
    };
    step(app, user, id, form.key, typed, "payout-sent-now", act).await
}

pub(in crate::web) async fn settle(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Settled>,
) -> Answer {
    let (id, Settled { settled_on, reference }) = (PayoutId::from_text(&id), form.fields);
    let typed =
        Typed { settled_on: settled_on.clone(), reference: reference.clone(), ..Typed::default() };
    let act = move |tx: &mut Tx<'_>, id: &PayoutId| {
        let day = typed::day("settled_on", &settled_on)?;
        let reference = typed::line("reference", &reference, LONGEST_REFERENCE)?;
        payouts::settle(tx, id, day, reference.as_deref())
    };
    step(app, user, id, form.key, typed, "payout-settled-now", act).await
}

pub(in crate::web) async fn give_back(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Reason>,
) -> Answer {
    let (id, reason) = (PayoutId::from_text(&id), form.fields.reason);
    let typed = Typed { reason: reason.clone(), ..Typed::default() };
    let act = move |tx: &mut Tx<'_>, id: &PayoutId| {
        payouts::return_(tx, id, &typed::text("reason", &reason, LONGEST_REASON)?)
    };
    step(app, user, id, form.key, typed, "payout-returned-now", act).await
}
