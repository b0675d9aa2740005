use clap::Args;

use super::{Context, Outcome};
use crate::accruals::{self, Explanation};
use crate::error::Result;
use crate::values::{Money, Period};
use crate::words::english;

/// `openrebate explain`
#[derive(Args)]
pub struct Explain {
    policy: String,
    customer: String,
    /// The period: 2026-09, 2026-Q3, 2026-H2, 2026 or term
    period: Period,
}

impl Explain {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let db = context.open_existing()?;
        let explanation = db.read(|conn| {
            let accrual = accruals::find(conn, &self.policy, &self.customer, self.period)?;
            accruals::explain(conn, accrual)
        })?;
        if context.json {
            println!("{}", serde_json::to_string_pretty(&explanation.accrual.calculation)?);
        } else {
            print(&explanation);
        }
        Ok(if explanation.adds_up() { Outcome::Done } else { Outcome::Differs })
    }
}

fn print(explanation: &Explanation) {
    let words = english();
    let accrual = &explanation.accrual;
    let calculation = &accrual.calculation;
    let money = |minor| Money::new(minor, accrual.currency).plain();
    println!(
        "{} version {}, {} ({} to {}), {} {}",
        explanation.version.code,
        explanation.version.number,
        accrual.period,
        accrual.first_day,
        accrual.last_day,
        accrual.status,
        money(accrual.rebate_minor),
    );
    println!("{}", words.say(&calculation.sentence()));
    for step in calculation.step_texts() {
        println!("  {}", words.say(&step));
    }
    println!("\nlines, as of {}", accrual.as_of);
    for explained in &explanation.lines {
        let line = &explained.line;
        println!(
            "  {:<12} {} {:<14} {:<10} {:>12} {:>14}  {}",
            line.line_id,
            line.document_date,
            line.document_no,
            explained.product.as_ref().map_or("?", |p| p.code.as_str()),
            line.quantity.plain(),
            line.net.plain(),
            explained.disposition
        );
    }
    println!("\nsum of the counted lines  {}", money(explanation.lines_sum_minor));
    println!("base of the calculation   {}", money(calculation.base_minor));
    println!("booked in the ledger      {}", money(explanation.booked_minor));
    println!("rebate                    {}", money(accrual.rebate_minor));
    println!(
        "{}",
        if explanation.adds_up() {
            "it adds up"
        } else {
            "IT DOES NOT ADD UP: run openrebate accrue, then verify"
        }
    );
}
