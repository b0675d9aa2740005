use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;

use super::{Context, Outcome};
use crate::error::{Error, Result};
use crate::reports::{self, ExportFilter, Format, Report};
use crate::values::Period;

/// `openrebate export`
#[derive(Args)]
pub struct Export {
    /// accruals, ledger, balances, payouts, statements or journal
    #[arg(value_parser = |s: &str| Report::from_code(s).ok_or("not a report: accruals, ledger, balances, payouts, statements or journal"))]
    report: Report,
    /// Only this period: 2026-09, 2026-Q3, 2026-H2, 2026 or term
    #[arg(long)]
    period: Option<Period>,
    #[arg(long, default_value = "csv", value_parser = |s: &str| Format::from_code(s).ok_or("not a format: csv, xlsx or json"))]
    format: Format,
    /// Where to write (default: standard output)
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Export {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let db = context.open_existing()?;
        let filter = ExportFilter { period: self.period.map(|period| period.to_string()) };
        let table = db.read(|conn| reports::export(conn, self.report, &filter))?;
        match self.output {
            None => reports::write(&table, self.format, &mut std::io::stdout().lock())?,
            Some(path) => {
                let file = File::create(&path).map_err(|e| {
                    Error::internal(format!("cannot write {}: {e}", path.display()))
                })?;
                let mut out = BufWriter::new(file);
                reports::write(&table, self.format, &mut out)?;
                out.flush()?;
            }
        }
        Ok(Outcome::Done)
    }
}
