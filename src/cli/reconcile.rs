use std::path::PathBuf;

use clap::Args;

use super::{Context, Outcome};
use crate::erp;
use crate::error::Result;
use crate::values::{Actor, Money};

/// `openrebate reconcile`
#[derive(Args)]
pub struct Reconcile {
    /// CSV or XLSX with customer_code, period, currency, figure (accrued, adjusted, expense, paid,
    /// balance) and amount; voucher, date and text where it has single lines
    file: PathBuf,
    /// The file lists every customer: who isn't in it has nothing there
    #[arg(long)]
    complete: bool,
}

impl Reconcile {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let db = context.open_existing()?;
        let name = self.file.display().to_string();
        let lines = erp::read(&self.file, &name)?;
        let import =
            db.write(&Actor::operator(), |tx| erp::bring_in(tx, &name, &lines, self.complete))?;
        if context.json {
            let report = serde_json::json!({
                "lines": import.lines,
                "agreed": import.agreed,
                "differing": import.differing,
            });
            println!("{report:#}");
        } else {
            println!("lines       {}", import.lines);
            for ((currency, figure), minor) in erp::totals(lines.iter()) {
                println!("{:<11} {}", figure.as_str(), Money::new(minor, currency));
            }
            println!("agreed      {}", import.agreed);
            println!("differing   {}", import.differing);
        }
        Ok(if import.differing == 0 { Outcome::Done } else { Outcome::Differs })
    }
}
