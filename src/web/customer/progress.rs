use std::collections::HashSet;

use actix_web::web::Path;
use askama::Template;
use chrono::NaiveDate;

use super::super::programme_view::{Programme, ProgrammeView, measure_text, tier_text};
use super::super::{Answer, App, CustomerUser, Page, reply};
use crate::accruals::rules::{Amount, Calculation, MonthSum, NoForecast, Outlook};
use crate::accruals::{self, Accrual};
use crate::customers;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::policies::CustomerFacts;
use crate::values::{Key, Money, Period, PeriodKind, PolicyId, Quantity};

#[derive(Template)]
#[template(path = "customer/progress.html")]
struct ProgressPage {
    page: Page,
    p: ProgrammeView,
    days_left: Option<String>,
    /// How many points of percent the next tier is away, where percent are measured.
    percent: Option<String>,
    /// Whose purchases are measured together, and the customer's part.
    group: Option<String>,
    /// Why it is nothing so far.
    reason: Option<String>,
    /// What is booked, where newer lines give another number.
    booked: Option<Money>,
    returns: Returns,
    forecast: Forecast,
    months: Vec<MonthRow>,
    total: MonthRow,
    /// The lines behind it.
    lines: String,
}

/// What was sent back, and what it costs.
struct Returns {
    amount: Option<String>,
    without: String,
    effect: Money,
}

/// Where the period is heading, or why nothing is said about it.
struct Forecast {
    known: Option<Expected>,
    why: String,
}

struct Expected {
    measure: String,
    tier: String,
    rebate: Money,
}

struct MonthRow {
    month: String,
    bought: String,
    returned: String,
    net: String,
    running: String,
}

/// A customer's period of one programme, ready to be reckoned with.
pub(super) struct Found {
    pub programme: Programme,
    pub outlook: Outlook,
    /// What is booked for the period.
    pub booked: Option<Money>,
}

/// The programme as it stands for the customer.
///
/// # Errors
/// Not found, which is also the answer for one that isn't the customer's business.
pub(super) fn find(
    conn: &mut Conn,
    customer: Key,
    id: &PolicyId,
    today: NaiveDate,
) -> Result<Found> {
    let person = customers::by_id(conn, customer)?;
    let accruals = accruals::of_customer(conn, customer)?;
    let facts = CustomerFacts::from(&person);
    let programme = Programme::one(conn, id, &facts, &accruals, today)?;
    if programme.is_withdrawn() {
        return Err(Error::NotFound);
    }
    let outlook = accruals::outlook(conn, id, &person, programme.period, today)?;
    let booked = accruals.iter().find(|accrual| Some(&accrual.id) == programme.accrual.as_ref());
    Ok(Found { booked: booked.map(Accrual::rebate), programme, outlook })
}

/// A page of the programme, below the programme's own.
pub(super) fn page_below(user: &CustomerUser, found: &Found, title: &str) -> Page {
    let version = &found.programme.version;
    let words = user.words();
    let name = version.terms.name.in_language(words.language);
    user.visit
        .page(words.t(title))
        .under("/programmes", words.t("nav-policies"))
        .under(format!("/programmes/{}", version.policy_id), name)
        .with_data_through(found.outlook.through)
}

pub(in crate::web) async fn page(app: App, user: CustomerUser, id: Path<String>) -> Answer {
    let id = PolicyId::from_text(&id);
    let customer = user.customer;
    let today = app.db.today();
    let found = app.read(move |conn| find(conn, customer, &id, today)).await?;
    let page = page_below(&user, &found, "progress-title");
    let Found { outlook, programme, booked, .. } = found;
    let now = outlook.now();
    let booked = booked.filter(|booked| *booked != now.rebate());
    let (months, total) = months(&outlook, &page);
    let view = ProgressPage {
        days_left: days_left(&now, today, &page),
        reason: now.reason_text().map(|text| page.words.say(&text)),
        booked,
        returns: returns(&outlook, &now, &page),
        forecast: forecast(&outlook, &page),
        months,
        total,
        lines: format!("/transactions?from={}&to={}", now.first_day, now.last_day),
        percent: percent(&now, &page),
        group: group(&outlook, &now, &page),
        p: ProgrammeView::new(
            Programme { calculation: now, ..programme },
            &HashSet::new(),
            today,
            &page,
        ),
        page,
    };
    reply::page(&view)
}

fn days_left(now: &Calculation, today: NaiveDate, page: &Page) -> Option<String> {
    let days = (now.last_day - today).num_days();
    let begun = now.first_day <= today;
    (begun && days >= 0).then(|| {
        let left = page.count("progress-days", days);
        page.t2("progress-days-left", "day", page.date(&now.last_day), "left", left)
    })
}

/// The gap in points of percent; what it means in purchases stands above it.
fn percent(now: &Calculation, page: &Page) -> Option<String> {
    let (Amount::Percent(from), Amount::Percent(has)) = (now.next?.from, now.measure) else {
        return None;
    };
    let points = Quantity::from_micro(from.saturating_sub(has));
    let from = page.amount(now.next?.from, now.currency);
    Some(page.t2("progress-points", "points", points, "from", from))
}

fn group(outlook: &Outlook, now: &Calculation, page: &Page) -> Option<String> {
    let group = now.group.as_ref()?;
    let own = group.parts.iter().find(|part| part.customer == outlook.facts.code);
    let own = own.map_or(outlook.amount(0), |part| part.measure);
    let shown = page.amount(own, now.currency);
    Some(page.t2("progress-group", "group", &group.code, "own", shown))
}

fn returns(outlook: &Outlook, now: &Calculation, page: &Page) -> Returns {
    let returned = outlook.returned();
    let without = outlook.without_returns();
    let effect = without.rebate_minor.saturating_sub(now.rebate_minor);
    Returns {
        amount: (returned.value() != 0).then(|| page.amount(returned, now.currency)),
        without: tier_text(outlook.terms(), &without, page),
        effect: Money::new(effect, now.currency),
    }
}

fn forecast(outlook: &Outlook, page: &Page) -> Forecast {
    let why = match outlook.forecast() {
        Ok((pace, then)) => {
            let known = Expected {
                measure: measure_text(&then, page),
                tier: tier_text(outlook.terms(), &then, page),
                rebate: then.rebate(),
            };
            let (gone, all) = (pace.days_gone, pace.days_all);
            let why = page.t2("progress-forecast-how", "gone", gone, "all", all);
            return Forecast { known: Some(known), why };
        }
        Err(NoForecast::NotBegun(day)) => {
            page.t1("progress-forecast-not-begun", "day", page.date(&day))
        }
        Err(NoForecast::TooEarly(day)) => {
            page.t1("progress-forecast-early", "day", page.date(&day))
        }
        Err(NoForecast::Over) => page.t("progress-forecast-over"),
        Err(NoForecast::NothingToReckon) => page.t("progress-forecast-no-rebate"),
        Err(NoForecast::NothingBought) => page.t("progress-forecast-nothing"),
    };
    Forecast { known: None, why }
}

/// The months so far, and their sum.
fn months(outlook: &Outlook, page: &Page) -> (Vec<MonthRow>, MonthRow) {
    let shown = |amount: Amount| page.amount(amount, outlook.currency());
    let mut running = 0_i64;
    let (mut bought, mut returned) = (0_i64, 0_i64);
    let mut rows = Vec::new();
    let begun = |month: &MonthSum| month.month <= outlook.today || month.net.value() != 0;
    for month in outlook.months().into_iter().filter(begun) {
        running = running.saturating_add(month.net.value());
        bought = bought.saturating_add(month.bought.value());
        returned = returned.saturating_add(month.returned.value());
        rows.push(MonthRow {
            month: page.period(&Period::containing(PeriodKind::Month, month.month)),
            bought: shown(month.bought),
            returned: shown(month.returned),
            net: shown(month.net),
            running: shown(outlook.amount(running)),
        });
    }
    let total = MonthRow {
        month: page.t("progress-total"),
        bought: shown(outlook.amount(bought)),
        returned: shown(outlook.amount(returned)),
        net: shown(outlook.amount(running)),
        running: String::new(),
    };
    (rows, total)
}
