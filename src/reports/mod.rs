//! Reports: exports for people and programs, the check of everything against everything, and what
//! the portal watches over itself.
//!
//! Owns no table; reads the rooms below. Exports are ordered by codes and numbers, never by ids or
//! times of the machine, so that both databases give the same bytes.

mod customer_digest;
mod digest;
mod exports;
mod lines;
mod rows;
mod settlements;
mod simulation;
mod statement_changes;
mod statement_rows;
mod table;
mod verify;
mod watch;
mod write;

use crate::text_enum;

pub use customer_digest::tell_customers_week;
pub use digest::tell_week;
pub use exports::{ExportFilter, Take, accruals_of_customer, columns, each_row, export, notes};
pub use lines::{LINES, each_line, line_row};
pub use rows::RowFile;
pub use simulation::{Outcome, Outlay, distance, near, outcome, percent, simulation_table};
pub use statement_changes::sheet as statement_changes;
pub use statement_rows::{STATEMENT_ROWS, each_statement_row, statement_rows, statement_table};
pub use table::{Cell, Table};
pub use verify::{Verification, verify};
pub use watch::watch;
pub use write::{neutralised, write, write_workbook};

text_enum! {
    /// What can be exported (FORMATS).
    pub enum Report {
        Accruals = "accruals",
        Ledger = "ledger",
        Balances = "balances",
        Payouts = "payouts",
        Statements = "statements",
        Journal = "journal",
    }
}

text_enum! {
    /// In which format.
    pub enum Format {
        Csv = "csv",
        Xlsx = "xlsx",
        Json = "json",
    }
}
