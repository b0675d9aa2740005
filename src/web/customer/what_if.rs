use std::collections::{BTreeMap, HashMap};

use actix_web::web::{Path, Query};
use askama::Template;
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::super::explanation_view::why;
use super::super::form::check_text;
use super::super::page::number;
use super::super::programme_view::{measure_text, tier_text};
use super::super::{Answer, App, CustomerUser, Fail, Page, reply};
use super::progress::{Found, find, page_below};
use crate::accruals::rules::{Calculation, Disposition, Outlook, Planned, TierStep};
use crate::db::Conn;
use crate::error::Result;
use crate::policies::{self, reward_shown};
use crate::sales::{self, Product};
use crate::values::{Money, Period, PeriodKind, PolicyId, Problem, Quantity, Text, parse_decimal};

#[derive(Template)]
#[template(path = "customer/what_if.html")]
struct WhatIfPage {
    page: Page,
    id: PolicyId,
    name: String,
    formula: String,
    days: String,
    money: bool,
    units: bool,
    currency: String,
    /// Where purchases can't be told by month, because no product both counts and earns.
    products_only: bool,
    /// The period is over: nothing is left to plan.
    over: bool,
    months: Vec<Field>,
    products: Vec<Vec<Field>>,
    /// Whether something is planned by product already.
    by_product: bool,
    now: Standing,
    /// With the plan; None before one is made.
    then: Option<Then>,
    tiers: Vec<TierRow>,
}

struct Field {
    name: String,
    label: String,
    value: String,
    /// A number is typed into it.
    decimal: bool,
}

struct Standing {
    measure: String,
    tier: String,
    rebate: Money,
    reason: Option<String>,
}

struct Then {
    standing: Standing,
    more: Money,
    /// The plan as it was reckoned with, for paper.
    plan: Vec<PlanRow>,
    sentence: String,
}

struct PlanRow {
    what: String,
    amount: String,
    units: String,
    /// Why the product counts for nothing or for a part only.
    note: String,
}

struct TierRow {
    number: u32,
    from: String,
    reward: String,
    /// None once it is reached.
    gap: Option<String>,
    rebate: Option<Money>,
    mine: bool,
}

/// How many products one may plan with.
const PRODUCTS: usize = 5;
/// More than anybody buys in a month: sums of it stay exact.
const MOST_MAJOR: i64 = 1_000_000_000_000;
const MOST_UNITS: i64 = 1_000_000_000;

/// Purchases are planned in the address, so that a plan can be kept as a bookmark, sent to a
/// colleague and printed; the portal keeps nothing.
pub(in crate::web) async fn page(
    app: App,
    user: CustomerUser,
    id: Path<String>,
    asked: Query<Vec<(String, String)>>,
) -> Answer {
    let id = PolicyId::from_text(&id);
    let customer = user.customer;
    let today = app.db.today();
    let (found, catalogue) = app
        .read(move |conn| {
            let found = find(conn, customer, &id, today)?;
            Ok((found, catalogue(conn)?))
        })
        .await?;
    let typed = Typed::read(asked.into_inner())?;
    let (plan, problems) = typed.plan(&found.outlook, &catalogue);
    let page = page_below(&user, &found, "whatif-title").with_problems(&problems);
    let view = view(page, &found, &typed, plan.as_deref());
    if problems.is_empty() { reply::page(&view) } else { reply::form_again(&view) }
}

/// Products by code.
fn catalogue(conn: &mut Conn) -> Result<HashMap<String, Product>> {
    let all = sales::products(conn)?;
    Ok(all.into_values().map(|product| (product.code.clone(), product)).collect())
}

/// What the address says, by the name of the field.
struct Typed(BTreeMap<String, String>);

/// A planned purchase with what the reader calls it.
struct Entry {
    label: Label,
    planned: Planned,
}

enum Label {
    Month(NaiveDate),
    Product(Box<Product>),
}

impl Typed {
    fn read(asked: Vec<(String, String)>) -> Result<Self, Fail> {
        let mut typed = BTreeMap::new();
        for (name, value) in asked {
            check_text(&value)?;
            if !is_field(&name) || typed.insert(name.clone(), value).is_some() {
                return Err(Fail::malformed(format!("the field {name:?}")));
            }
        }
        Ok(Self(typed))
    }

    fn of(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }

    fn field(&self, name: String, label: String, decimal: bool) -> Field {
        Field { value: self.of(&name).to_owned(), name, label, decimal }
    }

    /// The plan, None when nothing is planned yet; and what is wrong at which field.
    fn plan(
        &self,
        outlook: &Outlook,
        catalogue: &HashMap<String, Product>,
    ) -> (Option<Vec<Entry>>, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut entries = Vec::new();
        for month in outlook.months_ahead() {
            let names = (month_field("amount", month), month_field("units", month));
            if let Some(planned) = self.planned(outlook, &names, &mut problems) {
                let planned = Planned { month: Some(month), ..planned };
                entries.push(Entry { label: Label::Month(month), planned });
            }
        }
        for place in 1..=PRODUCTS {
            entries.extend(self.product(outlook, catalogue, place, &mut problems));
        }
        let asked = self.0.values().any(|value| !value.trim().is_empty());
        (asked.then_some(entries).filter(|_| problems.is_empty()), problems)
    }

    fn product(
        &self,
        outlook: &Outlook,
        catalogue: &HashMap<String, Product>,
        place: usize,
        problems: &mut Vec<Problem>,
    ) -> Option<Entry> {
        let [code, amount, units] = product_fields(place);
        let names = (amount, units);
        let planned = self.planned(outlook, &names, problems);
        let asked = self.of(&code);
        let mut wrong = |field: &str, text: Text| problems.push(Problem::new(field, text));
        match (asked.is_empty(), catalogue.get(asked)) {
            (true, _) if planned.is_some() => {
                wrong(&code, Text::new("whatif-problem-product-needed"));
                None
            }
            (true, _) => None,
            (false, None) => {
                wrong(&code, Text::new("whatif-problem-product").with("found", asked));
                None
            }
            (false, Some(product)) => {
                if self.of(&names.0).is_empty() && self.of(&names.1).is_empty() {
                    let at = if outlook.asks_money() { &names.0 } else { &names.1 };
                    wrong(at, Text::new("whatif-problem-how-much"));
                }
                let planned = Planned { product: Some(product.id), ..planned? };
                Some(Entry { label: Label::Product(Box::new(product.clone())), planned })
            }
        }
    }

    /// Amount and units as far as the policy asks for them; None when neither is given.
    fn planned(
        &self,
        outlook: &Outlook,
        (amount, units): &(String, String),
        problems: &mut Vec<Problem>,
    ) -> Option<Planned> {
        let (money, pieces) = (outlook.asks_money(), outlook.asks_units());
        let mut planned = Planned::default();
        let (mut given, before) = (Vec::new(), problems.len());
        if money && !self.of(amount).is_empty() {
            given.push(amount);
            planned.net_minor = self.minor(outlook, amount, problems).unwrap_or_default();
        }
        if pieces && !self.of(units).is_empty() {
            given.push(units);
            planned.quantity_micro = self.micro(units, problems).unwrap_or_default();
        }
        if money && pieces && given.len() == 1 {
            let lacking = if given.contains(&amount) { units } else { amount };
            problems.push(Problem::new(lacking, Text::new("whatif-problem-both")));
        }
        (!given.is_empty() && problems.len() == before).then_some(planned)
    }

    fn minor(&self, outlook: &Outlook, name: &str, problems: &mut Vec<Problem>) -> Option<i64> {
        let currency = outlook.currency();
        let amount = self.number(name, MOST_MAJOR, problems)?;
        let minor = Money::exact(amount, currency).map(|money| money.minor);
        if minor.is_none() {
            problems.push(Problem::new(name, too_fine(currency.decimals())));
        }
        minor
    }

    fn micro(&self, name: &str, problems: &mut Vec<Problem>) -> Option<i64> {
        let units = self.number(name, MOST_UNITS, problems)?;
        let micro = Quantity::exact(units).map(|quantity| quantity.micro);
        if micro.is_none() {
            problems.push(Problem::new(name, too_fine(6)));
        }
        micro
    }

    fn number(&self, name: &str, most: i64, problems: &mut Vec<Problem>) -> Option<Decimal> {
        let found = self.of(name);
        let text = match parse_decimal(found) {
            Ok(value) if value < Decimal::ZERO => Text::new("whatif-problem-negative"),
            Ok(value) if value > Decimal::from(most) => {
                Text::new("whatif-problem-large").with("most", number(most))
            }
            Ok(value) => return Some(value),
            Err(_) => Text::new("whatif-problem-number").with("found", found),
        };
        problems.push(Problem::new(name, text));
        None
    }
}

fn too_fine(decimals: u32) -> Text {
    Text::new("whatif-problem-fine").with("decimals", decimals)
}

fn month_field(kind: &str, month: NaiveDate) -> String {
    format!("{kind}-{}", month.format("%Y-%m"))
}

fn product_fields(place: usize) -> [String; 3] {
    ["item", "item-amount", "item-units"].map(|kind| format!("{kind}-{place}"))
}

/// Whether a page of ours may have sent the field; a plan of months that are over by now is no
/// mistake.
fn is_field(name: &str) -> bool {
    let month = |rest: &str| matches!(rest.parse::<Period>(), Ok(Period::Month { .. }));
    ["amount-", "units-"].iter().any(|kind| name.strip_prefix(kind).is_some_and(month))
        || (1..=PRODUCTS).any(|place| product_fields(place).iter().any(|field| field == name))
}

fn view(page: Page, found: &Found, typed: &Typed, plan: Option<&[Entry]>) -> WhatIfPage {
    let outlook = &found.outlook;
    let terms = outlook.terms();
    let now = outlook.now();
    let planned: Vec<Planned> =
        plan.unwrap_or_default().iter().map(|entry| entry.planned).collect();
    let then = plan.map(|plan| then(outlook, plan, &planned, &now, &page));
    let tier = outlook.with(&planned).tier;
    let months = outlook.months_ahead();
    WhatIfPage {
        id: found.programme.version.policy_id.clone(),
        name: terms.name.in_language(page.language()).to_owned(),
        formula: policies::formula(terms, page.words),
        days: crate::words::date_range(page.language(), now.first_day, now.last_day),
        money: outlook.asks_money(),
        units: outlook.asks_units(),
        currency: outlook.currency().to_string(),
        products_only: outlook.any_product().is_none(),
        over: months.is_empty(),
        months: months.iter().flat_map(|m| month_fields(*m, outlook, typed, &page)).collect(),
        by_product: (1..=PRODUCTS)
            .any(|place| product_fields(place).iter().any(|name| !typed.of(name).is_empty())),
        products: (1..=PRODUCTS).map(|place| fields_of(place, outlook, typed, &page)).collect(),
        tiers: outlook.steps(&planned).iter().map(|s| tier_row(s, outlook, tier, &page)).collect(),
        now: standing(outlook, &now, &page),
        then,
        page,
    }
}

/// What is asked about a month: amount, units, or both.
fn month_fields(month: NaiveDate, outlook: &Outlook, typed: &Typed, page: &Page) -> Vec<Field> {
    let both = outlook.asks_money() && outlook.asks_units();
    let field = |kind: &str, key: &str| {
        let label = match both {
            true => {
                page.t2("whatif-month-of", "month", month_shown(month, page), "what", page.t(key))
            }
            false => month_shown(month, page),
        };
        typed.field(month_field(kind, month), label, true)
    };
    asked_kinds(outlook).into_iter().map(|(kind, key)| field(kind, key)).collect()
}

/// What is asked about a product: which, and how much.
fn fields_of(place: usize, outlook: &Outlook, typed: &Typed, page: &Page) -> Vec<Field> {
    let code = typed.field(format!("item-{place}"), page.t("whatif-product"), false);
    let kinds = asked_kinds(outlook);
    let amounts = kinds
        .into_iter()
        .map(|(kind, key)| typed.field(format!("item-{kind}-{place}"), page.t(key), true));
    std::iter::once(code).chain(amounts).collect()
}

fn asked_kinds(outlook: &Outlook) -> Vec<(&'static str, &'static str)> {
    let mut kinds = Vec::new();
    if outlook.asks_money() {
        kinds.push(("amount", "whatif-amount"));
    }
    if outlook.asks_units() {
        kinds.push(("units", "whatif-units"));
    }
    kinds
}

fn month_shown(month: NaiveDate, page: &Page) -> String {
    page.period(&Period::containing(PeriodKind::Month, month))
}

fn standing(outlook: &Outlook, calculation: &Calculation, page: &Page) -> Standing {
    Standing {
        measure: measure_text(calculation, page),
        tier: tier_text(outlook.terms(), calculation, page),
        rebate: calculation.rebate(),
        reason: calculation.reason_text().map(|text| page.words.say(&text)),
    }
}

fn then(
    outlook: &Outlook,
    plan: &[Entry],
    planned: &[Planned],
    now: &Calculation,
    page: &Page,
) -> Then {
    let then = outlook.with(planned);
    let more = then.rebate_minor.saturating_sub(now.rebate_minor);
    Then {
        standing: standing(outlook, &then, page),
        more: Money::new(more, then.currency),
        plan: plan.iter().map(|entry| plan_row(outlook, entry, page)).collect(),
        sentence: page.words.say(&then.sentence()),
    }
}

fn plan_row(outlook: &Outlook, entry: &Entry, page: &Page) -> PlanRow {
    let Planned { net_minor, quantity_micro, .. } = entry.planned;
    let (what, note) = match &entry.label {
        Label::Month(month) => (month_shown(*month, page), String::new()),
        Label::Product(product) => {
            let note = match outlook.disposition(product.id) {
                Disposition::Earns => String::new(),
                other => why(other, page),
            };
            (format!("{} {}", product.code, product.name), note)
        }
    };
    PlanRow {
        what,
        amount: Money::new(net_minor, outlook.currency()).shown(),
        units: Quantity::from_micro(quantity_micro).to_string(),
        note,
    }
}

fn tier_row(step: &TierStep, outlook: &Outlook, mine: u32, page: &Page) -> TierRow {
    let terms = outlook.terms();
    let place = usize::try_from(step.tier).unwrap_or_default().saturating_sub(1);
    let reward = terms.reward.tiers.get(place).map(|tier| tier.reward);
    TierRow {
        number: step.tier,
        from: page.amount(step.from, outlook.currency()),
        reward: reward.map(|r| reward_shown(terms, r, page.words)).unwrap_or_default(),
        gap: step.gap.map(|gap| page.amount(gap, outlook.currency())),
        rebate: step.rebate_minor.map(|minor| Money::new(minor, outlook.currency())),
        mine: step.tier == mine,
    }
}
