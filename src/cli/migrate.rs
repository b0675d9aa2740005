use clap::Args;

use super::{Context, Outcome};
use crate::error::Result;

/// `openrebate migrate`
#[derive(Args)]
pub struct Migrate {
    /// Only say what would be applied
    #[arg(long)]
    dry_run: bool,
    /// Only say what is applied and what is pending
    #[arg(long)]
    status: bool,
}

impl Migrate {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let db = context.open_unmigrated()?;
        if self.status || self.dry_run {
            let status = db.migration_status()?;
            if context.json {
                println!("{}", serde_json::to_string_pretty(&status)?);
                return Ok(Outcome::Done);
            }
            if self.status {
                status.applied.iter().for_each(|name| println!("applied  {name}"));
            }
            status.pending.iter().for_each(|name| println!("pending  {name}"));
            status.unknown.iter().for_each(|name| println!("unknown  {name}"));
            return Ok(Outcome::Done);
        }
        let applied = db.migrate()?;
        match applied.len() {
            0 => println!("the schema of {} is up to date", db.url()),
            _ => applied.iter().for_each(|name| println!("applied  {name}")),
        }
        Ok(Outcome::Done)
    }
}
