use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Context, Outcome};
use crate::calendar;
use crate::error::{Error, Result};
use crate::values::Actor;
use crate::words;

/// `openrebate calendar`
#[derive(Args)]
pub struct Calendar {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Load the public holidays and worked weekends of a year: a CSV with day, working, name. The
    /// years it names are replaced
    Import {
        /// The CSV file
        file: PathBuf,
    },
}

impl Calendar {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let Command::Import { file } = self.command;
        let shown = file.display().to_string();
        let bytes = std::fs::read(&file)
            .map_err(|e| Error::internal(format!("{shown} can't be read: {e}")))?;
        let days = match calendar::parse(&bytes) {
            Ok(days) => days,
            Err(problems) => {
                for problem in &problems {
                    let (line, column) = problem.field.split_once(' ').unwrap_or_default();
                    let said = words::english().say(&problem.text);
                    eprintln!("{shown}:{line}: {column}: {said}");
                }
                return Err(Error::internal(format!("{shown} was not imported")));
            }
        };
        let years = context.open()?.write(&Actor::operator(), |tx| calendar::import(tx, &days))?;
        for year in years {
            println!(
                "{}: {} days, {} of them worked; {} before",
                year.year, year.days, year.worked, year.before
            );
        }
        Ok(Outcome::Done)
    }
}
