use std::collections::HashMap;

use actix_web::web::Query;
use askama::Template;
use chrono::Days;
use serde::Deserialize;

use super::super::expiry_view::{self, SOON_DAYS};
use super::super::{Answer, App, Fail, Form, Page, StaffUser, reply};
use super::typed;
use crate::banking;
use crate::customers::{self, Customer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::expiry::{self, Today};
use crate::ledger::{self, Balance};
use crate::payouts::{self, NewPayout, State};
use crate::policies::{self, Names};
use crate::values::{Currency, Key, Money, PolicyId, Problem, StaffRole, Text};

/// Payouts on one page.
const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "staff/payouts.html")]
struct PayoutsPage {
    page: Page,
    views: Vec<View>,
    rows: Vec<Row>,
    may_prepare: bool,
    /// Bank accounts that wait to be checked.
    accounts: i64,
    newer: String,
    older: String,
}

struct View {
    path: String,
    text: String,
    count: i64,
    current: bool,
}

struct Row {
    id: String,
    number: String,
    customer: String,
    payee: String,
    form: String,
    amount: Money,
    state: &'static str,
    prepared: String,
    expected: String,
    /// Sent, and should have arrived.
    late: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default)]
    from: String,
}

pub(in crate::web) async fn list(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    let (state, today) = (State::from_code(&asked.state), app.db.today());
    let skip = typed::skip(&asked.from);
    let (counts, found, customers, accounts) = app
        .read(move |conn| {
            let mut counts = vec![(None, payouts::count(conn, None)?)];
            for state in State::ALL {
                counts.push((Some(*state), payouts::count(conn, Some(*state))?));
            }
            let found = payouts::all(conn, state, skip, PAGE)?;
            let keys: Vec<Key> = found.iter().map(|payout| payout.customer).collect();
            let accounts = banking::count(conn, &[banking::State::Requested])?;
            Ok((counts, found, customers::by_ids(conn, &keys)?, accounts))
        })
        .await?;
    let page = user.page("nav-payouts");
    let path = match state {
        Some(state) => format!("/staff/payouts?state={state}&"),
        None => "/staff/payouts?".to_owned(),
    };
    let (newer, older) = typed::pages(&path, skip, found.len(), PAGE);
    let codes: HashMap<Key, String> = customers.into_iter().map(|c| (c.id, c.code)).collect();
    let rows = found
        .into_iter()
        .map(|payout| Row {
            id: payout.id.to_string(),
            customer: codes.get(&payout.customer).cloned().unwrap_or_default(),
            form: page.code("form", payout.form.as_str()),
            amount: payout.money(),
            state: payout.state.as_str(),
            prepared: page.time(&payout.prepared_at),
            late: payout.is_late(today),
            expected: payout
                .settled_on
                .or(payout.expected_on.filter(|_| !payout.is_over()))
                .map_or_else(|| "—".to_owned(), |day| page.date(&day)),
            number: payout.number,
            payee: payout.payee,
        })
        .collect();
    let views = counts.into_iter().map(|(of, count)| view(&page, of, count, state)).collect();
    let may_prepare = user.holds(StaffRole::Finance);
    reply::page(&PayoutsPage { page, views, rows, may_prepare, accounts, newer, older })
}

fn view(page: &Page, of: Option<State>, count: i64, shown: Option<State>) -> View {
    View {
        path: of.map_or_else(
            || "/staff/payouts".to_owned(),
            |state| format!("/staff/payouts?state={state}"),
        ),
        text: of
            .map_or_else(|| page.t("desk-all"), |state| page.code("state-payout", state.as_str())),
        count,
        current: of == shown,
    }
}

/// Customers on the list of who can be paid; more are found by their code.
const MOST: usize = 200;

#[derive(Template)]
#[template(path = "staff/payout_new.html")]
struct NewPage {
    page: Page,
    /// Whoever has something available, most first.
    eligible: Vec<Candidate>,
    /// How many more have, in words.
    more: Option<String>,
    /// Whoever has a balance and nothing available.
    excluded: Vec<Candidate>,
    /// How many have estimated rebates and nothing earned, in words.
    estimated_only: Option<String>,
    typed: Typed,
    forms: Vec<(&'static str, String)>,
    about: Option<About>,
}

struct Candidate {
    code: String,
    name: String,
    available: Money,
    on_hold: Money,
    estimated: Money,
    /// What of it expires soon, and when.
    expiring: Option<String>,
    reason: &'static str,
}

/// The customer the payout is for.
struct About {
    code: String,
    name: String,
    available: Money,
    payable: Money,
    reserved: Money,
    expiring: Option<String>,
    /// Why nothing can be paid, instead of the form.
    nothing: Option<String>,
    /// The account a transfer would go to.
    account: Option<String>,
    /// Why nothing can be paid by transfer now.
    no_account: Option<String>,
    sources: Vec<SourceRow>,
}

struct SourceRow {
    /// The name of the policy whose rebate it is.
    policy: Option<String>,
    text: String,
    period: String,
    cause: String,
    earned: Money,
    open: Money,
    estimated: Money,
    /// Why it isn't paid now.
    exclusion: Option<&'static str>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Typed {
    #[serde(default)]
    customer: String,
    /// The customer's own when empty.
    #[serde(default)]
    currency: String,
    #[serde(default)]
    form: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    note: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Chosen {
    #[serde(default)]
    customer: String,
    #[serde(default)]
    currency: String,
}

pub(in crate::web) async fn new(app: App, user: StaffUser, chosen: Query<Chosen>) -> Answer {
    let Chosen { customer, currency } = chosen.into_inner();
    let typed = Typed { customer, currency, ..Typed::default() };
    let page = user.page("payout-prepare-title");
    let page = render(&app, page, typed, true).await?;
    reply::page(&page)
}

/// The account a transfer would go to, or why there can be none now.
fn account_of(conn: &mut Conn, customer: Key) -> Result<Result<String, Text>> {
    match banking::payable(conn, customer) {
        Ok(account) => Ok(Ok(account.shown())),
        Err(Error::Refused(why)) => Ok(Err(why)),
        Err(other) => Err(other),
    }
}

async fn render(app: &App, page: Page, typed: Typed, strict: bool) -> Result<NewPage, Fail> {
    let code = typed.customer.trim().to_owned();
    let currency = typed.currency.parse::<Currency>().ok();
    let clock = Today::of(&app.db);
    let (balances, customers, about, account, expiring) = app
        .read(move |conn| {
            let balances = ledger::all_balances(conn)?;
            let keys: Vec<Key> = balances.iter().map(|(key, _)| *key).collect();
            let customers = customers::by_ids(conn, &keys)?;
            let about = match customers::by_code(conn, &code) {
                _ if code.is_empty() => None,
                Ok(customer) => {
                    let currency = currency.unwrap_or(customer.currency);
                    let balance = ledger::balance(conn, customer.id, currency)?;
                    let mut sources = payouts::payable_sources(conn, customer.id)?;
                    sources.retain(|source| source.currency == currency);
                    let mut names: HashMap<PolicyId, Names> = HashMap::new();
                    for policy in sources.iter().filter_map(|source| source.policy.as_ref()) {
                        if !names.contains_key(policy) {
                            let name = policies::by_id(conn, policy)?.terms.name;
                            names.insert(policy.clone(), name);
                        }
                    }
                    Some((sources, names, balance, customer))
                }
                Err(Error::NotFound) if !strict => None,
                Err(other) => return Err(other),
            };
            let account = match &about {
                Some((_, _, _, customer)) => Some(account_of(conn, customer.id)?),
                None => None,
            };
            let soon = clock.day + Days::new(SOON_DAYS);
            let mut listed: Vec<(i64, Key)> = balances
                .iter()
                .filter(|(_, balance)| balance.available() > 0)
                .map(|(key, balance)| (balance.available(), *key))
                .collect();
            listed.sort_by(|a, b| b.cmp(a));
            let listed = listed.into_iter().map(|(_, key)| key).take(MOST);
            let mut listed: Vec<Key> =
                listed.chain(about.as_ref().map(|(_, _, _, customer)| customer.id)).collect();
            listed.sort_unstable();
            listed.dedup();
            let expiring = expiry::next_of(conn, &listed, clock, soon)?;
            Ok((balances, customers, about, account, expiring))
        })
        .await?;
    let expiring = |key: Key, currency| {
        expiring.get(&(key, currency)).map(|next| expiry_view::said(next, &page))
    };
    let customers: HashMap<Key, Customer> = customers.into_iter().map(|c| (c.id, c)).collect();
    let (mut eligible, mut excluded, mut estimated_only) = (Vec::new(), Vec::new(), 0);
    for (key, balance) in balances {
        let Some(customer) = customers.get(&key) else { continue };
        let money = |minor| Money::new(minor, balance.currency);
        let candidate = |reason| Candidate {
            code: customer.code.clone(),
            name: customer.name.clone(),
            available: money(balance.available()),
            on_hold: money(balance.on_hold()),
            estimated: money(balance.estimated),
            expiring: expiring(key, balance.currency),
            reason,
        };
        match balance.available() {
            available if available > 0 => eligible.push(candidate("")),
            available if available < 0 => excluded.push(candidate("payout-why-negative")),
            _ if balance.on_hold() > 0 => excluded.push(candidate("payout-why-held")),
            _ if balance.estimated != 0 => estimated_only += 1,
            _ => {}
        }
    }
    eligible.sort_by(|a, b| b.available.minor.cmp(&a.available.minor).then(a.code.cmp(&b.code)));
    excluded.sort_by(|a, b| a.code.cmp(&b.code));
    let some = |key: &str, count: usize| (count > 0).then(|| page.count(key, count));
    let more = some("payout-more-eligible", eligible.len().saturating_sub(MOST));
    let estimated_only = some("payout-estimated-only", estimated_only);
    eligible.truncate(MOST);
    excluded.truncate(MOST);
    let forms = payouts::Form::ALL.iter().map(|f| (f.as_str(), page.code("form", f.as_str())));
    let forms = forms.collect();
    let (account, no_account) = match account {
        Some(Ok(shown)) => (Some(shown), None),
        Some(Err(why)) => (None, Some(page.words.say(&why))),
        None => (None, None),
    };
    let about = about.map(|(sources, names, balance, customer)| {
        let money = |minor| Money::new(minor, balance.currency);
        About {
            expiring: expiring(customer.id, balance.currency),
            code: customer.code,
            name: customer.name,
            available: money(balance.available()),
            payable: money(balance.payable),
            reserved: money(balance.reserved),
            nothing: nothing(&page, &balance),
            account,
            no_account,
            sources: sources.iter().map(|source| source_row(&page, source, &names)).collect(),
        }
    });
    let above = page.t("nav-payouts");
    let mut page = page.under("/staff/payouts", above);
    if let Some(about) = &about {
        let above = page.t("payout-prepare-title");
        let title = page.t1("payout-prepare-for", "customer", &about.name);
        page = page.under("/staff/payouts/new", above);
        page.title = title;
    }
    Ok(NewPage { page, eligible, more, excluded, estimated_only, typed, forms, about })
}

/// Why nothing can be paid now; None when something can.
fn nothing(page: &Page, balance: &Balance) -> Option<String> {
    let available = balance.available();
    let key = match available {
        1.. => return None,
        0 if balance.on_hold() > 0 => "payout-nothing-held",
        0 => "payout-nothing-earned",
        _ => "payout-nothing-negative",
    };
    Some(page.t1(key, "available", Money::new(available, balance.currency).shown()))
}

fn source_row(
    page: &Page,
    source: &payouts::Source,
    names: &HashMap<PolicyId, Names>,
) -> SourceRow {
    let money = |minor| Money::new(minor, source.currency);
    let name = source.policy.as_ref().and_then(|policy| names.get(policy));
    SourceRow {
        policy: name.map(|name| name.in_language(page.language()).to_owned()),
        text: source.reference.clone(),
        period: source.period.parse().map_or_else(|_| source.period.clone(), |p| page.period(&p)),
        cause: page.code("payout-cause", &source.cause),
        earned: money(source.earned),
        open: money(source.open()),
        estimated: money(source.estimated),
        exclusion: source.exclusion().map(|why| why.as_str()),
    }
}

/// Prepares a draft; its page is where it is checked and submitted.
pub(in crate::web) async fn prepare(app: App, user: StaffUser, form: Form<Typed>) -> Answer {
    let typed = form.fields;
    let (wanted, teller) = (typed.clone(), user.clone());
    let done = app
        .post(user.actor(), form.key, move |tx| {
            let new = read(tx, &wanted)?;
            let payout = payouts::prepare(tx, new)?;
            let told = teller.words().t1("payout-prepared-now", "number", &payout.number);
            teller.tell(tx, &told)?;
            Ok(format!("/staff/payouts/{}", payout.id))
        })
        .await;
    let problems = match done {
        Ok(location) => return reply::see_other(location),
        Err(Error::Invalid(problems)) => problems,
        // What the balance doesn't bear is a matter of the amount, an account one of the form.
        Err(Error::Refused(text)) => {
            let about_account = text.key.starts_with("bank-");
            vec![Problem::new(if about_account { "form" } else { "amount" }, text)]
        }
        Err(other) => return Err(other.into()),
    };
    let page = user.page("payout-prepare-title").with_problems(&problems);
    let page = render(&app, page, typed, false).await?;
    reply::form_again(&page)
}

fn read(conn: &mut Conn, typed: &Typed) -> Result<NewPayout> {
    let code = typed.customer.trim();
    let customer = match customers::by_code(conn, code) {
        Ok(customer) => customer,
        Err(Error::NotFound) => {
            let text = Text::new("payout-no-such-customer").with("code", code);
            return Err(Error::invalid("customer", text));
        }
        Err(other) => return Err(other),
    };
    let currency = typed.currency.parse().unwrap_or(customer.currency);
    let form = payouts::Form::from_code(&typed.form)
        .ok_or_else(|| Error::invalid("form", Text::new("payout-form-missing")));
    // All that is wrong is said at once.
    let mut problems = Vec::new();
    let form = noted(form.map(Some), &mut problems)?;
    let amount = noted(typed::amount("amount", &typed.amount, currency), &mut problems)?;
    let note = noted(typed::line("note", &typed.note, 500), &mut problems)?;
    match form {
        Some(form) if problems.is_empty() => {
            Ok(NewPayout { customer: customer.id, currency, form, amount, note })
        }
        _ => Err(Error::Invalid(problems)),
    }
}

/// What a field holds; what is wrong with it goes to the others' problems.
fn noted<T: Default>(read: Result<T>, problems: &mut Vec<Problem>) -> Result<T> {
    match read {
        Err(Error::Invalid(wrong)) => {
            problems.extend(wrong);
            Ok(T::default())
        }
        other => other,
    }
}
