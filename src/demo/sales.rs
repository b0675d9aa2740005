//! Two years of made-up sales: seasons, growth, weekends off, a return now and then.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use rand::Rng;
use rand::rngs::StdRng;

use super::company::{DemoCustomer, DemoProduct};

/// One line of the made-up ERP.
#[derive(Debug, Clone)]
pub struct DemoLine {
    pub line_id: String,
    pub document_no: String,
    pub date: NaiveDate,
    pub customer: String,
    pub product: String,
    pub product_name: String,
    pub quantity: i64,
    pub price_minor: i64,
}

impl DemoLine {
    fn is_return(&self) -> bool {
        self.quantity < 0
    }
}

/// How a category sells in a month, in percent of its average.
fn season(category: &str, month: u32) -> u32 {
    match (category, month) {
        ("环境电器", 5..=8) => 170,
        ("环境电器", 11 | 12 | 1) => 140,
        ("环境电器", _) => 55,
        ("卫浴电器", 10..=12) => 150,
        (_, 2) => 55,
        (_, 1 | 6 | 11) => 135,
        _ => 100,
    }
}

/// The lines of all customers dated from `first` to `last`, by date.
pub fn lines(
    rng: &mut StdRng,
    customers: &[DemoCustomer],
    products: &[DemoProduct],
    first: NaiveDate,
    last: NaiveDate,
) -> Vec<DemoLine> {
    let mut all = Vec::new();
    let mut month = first;
    while month <= last {
        let end = end_of_month(month);
        for customer in customers {
            let mut bought = purchases(rng, customer, products, month, end, first);
            bought.extend(returns(rng, &bought));
            all.extend(bought);
        }
        let Some(next) = end.checked_add_days(Days::new(1)) else { break };
        month = next;
    }
    all.retain(|line| line.date <= last);
    all.sort_by(|a, b| (a.date, &a.customer).cmp(&(b.date, &b.customer)));
    number(&mut all);
    all
}

fn end_of_month(day: NaiveDate) -> NaiveDate {
    crate::values::Period::containing(crate::values::PeriodKind::Month, day)
        .days()
        .map_or(day, |(_, last)| last)
}

fn purchases(
    rng: &mut StdRng,
    customer: &DemoCustomer,
    products: &[DemoProduct],
    month: NaiveDate,
    end: NaiveDate,
    beginning: NaiveDate,
) -> Vec<DemoLine> {
    let years = u32::try_from((month - beginning).num_days() / 365).unwrap_or_default();
    let lines = customer.habit.lines * (100 + 12 * years) / 100;
    (0..lines)
        .filter_map(|_| {
            let product = products.get(rng.random_range(0..products.len()))?;
            let share = season(product.category, month.month());
            if rng.random_range(0..170) >= share {
                return None;
            }
            // Cheap things are bought by the box.
            let box_size = if product.price_minor < 10_000 { 6 } else { 1 };
            let units = rng.random_range(1..=customer.habit.units).max(2);
            Some(DemoLine {
                line_id: String::new(),
                document_no: String::new(),
                date: working_day(month, rng.random_range(0..end.day()), end),
                customer: customer.new.code.clone(),
                product: product.code.clone(),
                product_name: product.name.clone(),
                quantity: i64::from(units) * box_size,
                price_minor: product.price_minor,
            })
        })
        .collect()
}

/// One line in thirty comes back in part, some days later.
fn returns(rng: &mut StdRng, bought: &[DemoLine]) -> Vec<DemoLine> {
    bought
        .iter()
        .filter_map(|line| {
            if rng.random_range(0..30) != 0 {
                return None;
            }
            let date = line.date.checked_add_days(Days::new(rng.random_range(3..25)))?;
            let back = (line.quantity / 4).max(1);
            Some(DemoLine { date, quantity: -back, ..line.clone() })
        })
        .collect()
}

fn working_day(month: NaiveDate, offset: u32, end: NaiveDate) -> NaiveDate {
    let day = month.checked_add_days(Days::new(u64::from(offset))).unwrap_or(month).min(end);
    let back = match day.weekday() {
        Weekday::Sat => 1,
        Weekday::Sun => 2,
        _ => 0,
    };
    day.checked_sub_days(Days::new(back)).filter(|d| *d >= month).unwrap_or(day)
}

/// Numbers documents (one for each customer, day and kind) and lines, in order.
fn number(lines: &mut [DemoLine]) {
    let mut document: u32 = 0;
    let mut before: Option<(NaiveDate, String, bool)> = None;
    for (index, line) in (1_u32..).zip(lines.iter_mut()) {
        let key = (line.date, line.customer.clone(), line.is_return());
        if before.as_ref() != Some(&key) {
            document += 1;
            before = Some(key);
        }
        let kind = if line.is_return() { "TH" } else { "XS" };
        line.document_no = format!("{kind}{}{document:06}", line.date.format("%y%m"));
        line.line_id = format!("ERP-{index:06}");
    }
}

/// The lines as a sales file (FORMATS), the way an ERP would export them.
pub fn as_csv(lines: &[DemoLine]) -> String {
    use std::fmt::Write;
    let mut out = String::from(
        "line_id,document_no,document_date,customer_code,product_code,product_name,quantity,\
         unit_price,net_amount,currency,kind\n",
    );
    for line in lines {
        let kind = if line.is_return() { "return" } else { "invoice" };
        let net = line.quantity * line.price_minor;
        let _ = writeln!(
            out,
            "{},{},{},{},{},{},{},{},{},CNY,{kind}",
            line.line_id,
            line.document_no,
            line.date,
            line.customer,
            line.product,
            line.product_name,
            line.quantity,
            yuan(line.price_minor),
            yuan(net),
        );
    }
    out
}

fn yuan(minor: i64) -> String {
    crate::values::Money::new(minor, crate::values::Currency::CNY).plain()
}
