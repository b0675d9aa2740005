use std::collections::HashSet;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Deserialize;

use super::{Context, Outcome};
use crate::banking::{self, Typed};
use crate::customers;
use crate::error::{Error, Result};
use crate::values::Actor;

/// `openrebate bank-accounts`
#[derive(Args)]
pub struct BankAccounts {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Enter the accounts customers are paid to so far: a CSV with customer, holder, bank, branch,
    /// number, email, phone. Customers that have one keep it; all of the file or nothing
    Import {
        /// The CSV file, in UTF-8
        file: PathBuf,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    customer: String,
    holder: String,
    bank: String,
    branch: String,
    number: String,
    email: String,
    phone: String,
}

impl BankAccounts {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let Command::Import { file } = self.command;
        let shown = file.display().to_string();
        let unreadable =
            |e: &dyn std::fmt::Display| Error::internal(format!("{shown} can't be read: {e}"));
        let text = std::fs::read_to_string(&file).map_err(|e| unreadable(&e))?;
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = Vec::new();
        for line in csv::Reader::from_reader(text.as_bytes()).into_deserialize::<Line>() {
            lines.push(line.map_err(|e| unreadable(&e))?);
        }
        let (entered, known) = context.open_existing()?.write(&Actor::operator(), |tx| {
            let (mut entered, mut known, mut seen) = (0_usize, 0_usize, HashSet::new());
            for (at, line) in (2_usize..).zip(&lines) {
                let at_line = |error: Error| match error {
                    Error::NotFound => {
                        Error::internal(format!("{shown}:{at}: no customer {}", line.customer))
                    }
                    Error::Invalid(_) | Error::Refused(_) => {
                        Error::internal(format!("{shown}:{at}: {error}"))
                    }
                    other => other,
                };
                let customer = customers::by_code(tx, line.customer.trim()).map_err(at_line)?;
                if !seen.insert(customer.id) {
                    let twice = format!("{shown}:{at}: {} stands twice", line.customer);
                    return Err(Error::internal(twice));
                }
                if banking::current(tx, customer.id)?.is_some() {
                    known += 1;
                    continue;
                }
                banking::take_over(tx, customer.id, &line.typed()).map_err(at_line)?;
                entered += 1;
            }
            Ok((entered, known))
        })?;
        println!("{entered} accounts entered, {known} customers had one");
        Ok(Outcome::Done)
    }
}

impl Line {
    fn typed(&self) -> Typed {
        Typed {
            holder: self.holder.clone(),
            bank: self.bank.clone(),
            branch: self.branch.clone(),
            number: self.number.clone(),
            email: self.email.clone(),
            phone: self.phone.clone(),
        }
    }
}
