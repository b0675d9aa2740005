use clap::{Args, Subcommand};

use super::{Context, Outcome};
use crate::disputes;
use crate::error::Result;
use crate::statements;
use crate::values::{Actor, Period};

/// `openrebate statements`
#[derive(Args)]
pub struct Statements {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Issue the statements of an ended period and queue their mail; nothing twice
    Issue {
        /// The period: 2026-09, 2026-Q3, 2026-H2 or 2026
        period: Period,
        /// Only this customer
        #[arg(long, value_name = "CODE")]
        customer: Option<String>,
    },
}

impl Statements {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let Action::Issue { period, customer } = self.action;
        let db = context.open_existing()?;
        let report = statements::issue(
            &db,
            &Actor::operator(),
            period,
            customer.as_deref(),
            context.config.limits.statement_days,
            &disputes::open_on_statement,
        )?;
        if context.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            println!("issued      {}", report.issued.len());
            println!("letters     {}", report.letters);
            println!("already     {}", report.already);
            for code in &report.without_address {
                println!("no address  {code}");
            }
            for code in &report.failed {
                println!("not made    {code}");
            }
        }
        let complete = report.without_address.is_empty() && report.failed.is_empty();
        Ok(if complete { Outcome::Done } else { Outcome::Differs })
    }
}
