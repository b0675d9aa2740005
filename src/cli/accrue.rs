use chrono::NaiveDate;
use clap::Args;

use super::{Context, Outcome};
use crate::accruals;
use crate::error::Result;
use crate::values::{Actor, Period};

/// `openrebate accrue`
#[derive(Args)]
pub struct Accrue {
    /// Look at lines dated up to this day (default: today)
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// Only this policy
    #[arg(long, value_name = "CODE")]
    policy: Option<String>,
}

impl Accrue {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let db = context.open_existing()?;
        let as_of = self.as_of.unwrap_or_else(|| db.today());
        let report = accruals::run(&db, &Actor::operator(), as_of, self.policy.as_deref())?;
        if context.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
            return Ok(Outcome::Done);
        }
        println!("as of       {}", report.as_of);
        println!("policies    {}", report.policies);
        println!("customers   {}", report.customers);
        println!("periods     {}", report.periods);
        println!("changed     {}", report.changed);
        for delta in &report.deltas {
            println!("delta       {} {}", delta.plain(), delta.currency);
        }
        if report.deltas.is_empty() {
            println!("delta       0: everything was booked already");
        }
        Ok(Outcome::Done)
    }
}

/// `openrebate close`
#[derive(Args)]
pub struct Close {
    /// The period: 2026-09, 2026-Q3, 2026-H2, 2026 or term
    period: Period,
    /// Only this policy
    #[arg(long, value_name = "CODE")]
    policy: Option<String>,
}

impl Close {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let db = context.open_existing()?;
        let closings =
            accruals::close(&db, &Actor::operator(), self.period, self.policy.as_deref())?;
        if context.json {
            println!("{}", serde_json::to_string_pretty(&closings)?);
            return Ok(Outcome::Done);
        }
        for closing in &closings {
            println!(
                "{} {}: {} accruals, {} {} earned",
                closing.policy,
                self.period,
                closing.accruals,
                closing.earned.plain(),
                closing.earned.currency
            );
        }
        if closings.is_empty() {
            println!("{} is closed already", self.period);
        }
        Ok(Outcome::Done)
    }
}
