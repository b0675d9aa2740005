use clap::Args;

use super::{Context, Outcome};
use crate::error::Result;
use crate::reports;

/// `openrebate verify`
#[derive(Args)]
pub struct Verify {}

impl Verify {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let db = context.open_existing()?;
        let found = db.read(reports::verify)?;
        if context.json {
            println!("{}", serde_json::to_string_pretty(&found)?);
        } else {
            println!("accruals      {} recomputed from the lines", found.accruals);
            if found.waiting > 0 {
                println!(
                    "waiting       {} customer months for the next accrual run",
                    found.waiting
                );
            }
            println!("ledger        {} entries", found.entries);
            println!("statements    {}", found.statements);
            println!("audit chain   {} events, head {}", found.audit_events, found.checkpoint);
            found.differences.iter().for_each(|difference| println!("DIFFERS       {difference}"));
            println!(
                "{}",
                if found.holds() { "everything adds up" } else { "something was changed" }
            );
        }
        Ok(if found.holds() { Outcome::Done } else { Outcome::Differs })
    }
}
