//! The shell door: one file per command. Parses arguments, calls rooms, prints, and answers with
//! an exit code: 0 done, 1 failed, 2 wrong usage, 3 done but something was rejected or differs.

mod accrue;
mod backup;
mod bank_accounts;
mod calendar;
mod demo;
mod explain;
mod export;
mod import;
mod mail;
mod migrate;
mod reconcile;
mod serve;
mod user;
mod policy;
mod statements;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::db::{Clock, DatabaseUrl, Db};
use crate::error::{Error, Result};

/// Openrebate: a self-hosted, customer-facing rebate portal.
#[derive(Parser)]
#[command(name = "openrebate", version, about)]
struct Arguments {
    /// sqlite://PATH or postgres://…; wins over DATABASE_URL and the configuration file
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// The configuration file (default: openrebate.toml, if there is one)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print reports as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve a throw-away portal with two years of a made-up company
    Demo(demo::Demo),
    /// Issue statements
    Statements(statements::Statements),
    /// Compare totals of the accounting system with the ledger
    Reconcile(reconcile::Reconcile),
    /// Send letters that are due
    Mail(mail::Mail),
    /// Load customers, products or sales lines from a CSV or XLSX
    Import(import::Import),
    /// Bring the database's schema up to date
    Migrate(migrate::Migrate),
    /// Serve the portal
    Serve(serve::Serve),
    /// Make and end accounts
    User(user::User),
    /// Check or publish policy files
    Policy(policy::Policy),
    /// Bring accruals up to date with the sales lines, and book the differences
    Accrue(accrue::Accrue),
    /// Show how a rebate came about, down to the invoice lines
    Explain(explain::Explain),
    /// Keep the database and the files in one file, while serving
    Backup(backup::Backup),
    /// Bring a backup back into an empty database
    Restore(backup::Restore),
    /// Close an ended period: estimated becomes earned
    Close(accrue::Close),
    /// Load public holidays and worked weekends
    Calendar(calendar::Calendar),
    /// Enter the accounts customers are paid to so far
    BankAccounts(bank_accounts::BankAccounts),
    /// Write a report
    Export(export::Export),
    /// Recompute everything from the lines, and check the ledger and the audit chain
    Verify(verify::Verify),
}

/// How a command ended, when it didn't fail.
pub enum Outcome {
    Done,
    /// Done, but something was rejected or differs.
    Differs,
    /// For mail servers (sysexits): what came is no mail; it can't be taken now, try again.
    NoMail,
    TryAgain,
}

/// What every command gets: the configuration, and how to print.
pub struct Context {
    pub config: Config,
    pub json: bool,
}

impl Context {
    /// Opens the database and brings its schema up to date.
    ///
    /// # Errors
    /// The database doesn't answer, or a migration fails.
    pub fn open(&self) -> Result<Db> {
        let db = self.open_unmigrated()?;
        db.migrate()?;
        Ok(db)
    }

    /// Opens a database that has to be there already: what only reads, or works on what was
    /// imported, doesn't make an empty one because of a mistyped path.
    ///
    /// # Errors
    /// There is no such file, the database doesn't answer, or a migration fails.
    pub fn open_existing(&self) -> Result<Db> {
        self.refuse_missing()?;
        self.open()
    }

    /// Says so when the database isn't there.
    ///
    /// # Errors
    /// There is no such file.
    pub fn refuse_missing(&self) -> Result<()> {
        if let DatabaseUrl::Sqlite(path) = self.config.database_url()?
            && !std::path::Path::new(&path).is_file()
        {
            return Err(Error::internal(format!(
                "there is no database {path}: check --database, or begin with openrebate import"
            )));
        }
        Ok(())
    }

    /// Opens the database as it is.
    ///
    /// # Errors
    /// The database doesn't answer.
    pub fn open_unmigrated(&self) -> Result<Db> {
        Db::open(&self.config.database_url()?, self.config.house(), Clock::Machine)
    }
}

/// Runs the command line.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match dispatch(arguments) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Differs) => ExitCode::from(3),
        Ok(Outcome::NoMail) => ExitCode::from(65),
        Ok(Outcome::TryAgain) => ExitCode::from(75),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<Outcome> {
    let mut config = Config::load(arguments.config.as_deref())?;
    if let Some(url) = arguments.database {
        config.database = url;
    }
    config.database_url().map_err(|e| Error::internal(e.to_string()))?;
    let context = Context { config, json: arguments.json };
    match arguments.command {
        Command::Backup(command) => command.run(&context),
        Command::Restore(command) => command.run(&context),
        Command::Mail(command) => command.run(&context),
        Command::Import(command) => command.run(&context),
        Command::Migrate(command) => command.run(&context),
        Command::Serve(command) => command.run(&context),
        Command::User(command) => command.run(&context),
        Command::Policy(command) => command.run(&context),
        Command::Demo(command) => command.run(&context),
        Command::Statements(command) => command.run(&context),
        Command::Reconcile(command) => command.run(&context),
        Command::Accrue(command) => command.run(&context),
        Command::Explain(command) => command.run(&context),
        Command::Close(command) => command.run(&context),
        Command::BankAccounts(command) => command.run(&context),
        Command::Export(command) => command.run(&context),
        Command::Calendar(command) => command.run(&context),
        Command::Verify(command) => command.run(&context),
    }
}
