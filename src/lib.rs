//! Openrebate, the map. A self-hosted, customer-facing rebate portal: every rebate explained to
//! the last invoice line.
//!
//! ```text
//!   doors   web  worker  cli  (demo)      know HTTP, HTML, schedules, argv
//!   rooms   privacy ─ exports ─ reports ─ upkeep ─ disputes ─ erp ─ statements ─ payouts ─ accruals
//!           expiry ─ ledger ─ sales ─ announcements ─ policies ─ banking ─ customers ─ people ─
//!           calendar ─ mailbox ─ audit
//!   floor   db (Conn, read, write, rehearse, schema)   words   values (pure)
//! ```
//!
//! The modules stand below in the order of their dependencies: each uses only modules declared
//! above it. A capability is a room: `rules` thinks (pure: no connection, no clock), `store`
//! remembers (rows and queries of the tables it owns, private), `mod` acts and is the whole public
//! face. Doors parse, call rooms and print.
//!
//! # Invariants
//! - Money is whole minor units, rates and quantities exact decimals; no floats.
//! - Every change goes through [`db::Db::write`]: one transaction with its ledger entries, its
//!   audit event and its letters.
//! - The ledger, the audit log and issued statements are append-only; both databases refuse the
//!   rest by triggers.
//! - What belongs to a customer is looked up with the customer: not found and not yours are one
//!   answer, byte for byte.
//! - Time, identity and ids come from the transaction and from `Id::new()`, so that a test can set
//!   the clock and nothing happens without a name.
//! - Both databases give the same bytes in every export from the same input.
//!
//! # Five walks
//! - **Home page**: `web::customer::home` → one [`web::App::read`] → `ledger::balances`,
//!   `accruals::of_customer`, `statements::of_customer`, … → a page struct → its template.
//! - **A policy**: a form or a file → `policies::parse`, which refuses what contradicts itself →
//!   `policies::draft`, `submit`, `approve` by somebody else, `publish_approved` → letters to those
//!   it covers. `accruals::simulate` computes what a run would, in a read that stores nothing.
//! - **Sales in**: `sales::receive` keeps the file; `sales::check` is the same pass without the
//!   writing; `sales::commit` writes in chunks and marks the months it touched; `accruals::run`
//!   adds the new lines to what they touch, or sums it again, and books the differences.
//! - **A dispute decided with money**: `disputes::decide` → load → rules → compare-and-set on the
//!   revision → `ledger::post` → audit → letter; one transaction.
//! - **A statement run**: `statements::issue`, a write for every few customers: entries that no
//!   statement carries yet → figures (opening and moves equal closing, or nothing is stored) →
//!   frozen content and its hash → letters. `mailbox::deliver_due` sends outside any transaction,
//!   over several conversations side by side, and notes in few writes what became of the letters.
//!
//! # Where we left the first plan, and why
//! - Words are looked up by key at run time; tests hold that every key exists in both languages
//!   with the same arguments, and that each is said somewhere. Generated constants bought no more.
//! - Writes on PostgreSQL take an advisory lock before they begin, so the audit log's hash chain,
//!   which every write extends, makes no serialisation failures among our own processes.
//! - Customers and products have bigint keys, because millions of sales lines name them.
//! - Sessions are ours (`people::sessions`, `web::guard`), not actix-session's: a visitor costs no
//!   row, the key is stored hashed, and the form token derives from it.
//! - A sign-in that waits for its code is no session with less rights but a row of its own
//!   (`people::halfway`), so that nothing that asks for a session can take it for one. The keys of
//!   authenticator apps are stored as they are: the portal has no key of its own to keep them under.
//! - One pair of templates writes all letters: a letter says its content once, and text and HTML
//!   can't drift apart.
//! - No totals are kept beside the accruals: what a period came to is in its calculation, which knows
//!   up to which import its lines are summed. New lines are added to it where the policy counts them
//!   and nothing else matters; after anything else (figures, a customer's class, a product's
//!   category, another version, a day that came) all lines of the period are summed again. `verify`
//!   recomputes everything from the lines. What a policy leaves out is no part of the calculation:
//!   it is counted when somebody asks, or else each new line would rewrite the calculations of all
//!   policies it doesn't concern. Half of a batch is computed by a second thread, on what the write
//!   began with ([`db::Db::read_beside`]).
//! - A simulation is a read, not a write that is rolled back: it runs the code of a run up to the
//!   booking, and keeps nobody from writing meanwhile.
//! - A version of a policy governs whole periods: from the one in which it begins, until a later
//!   version begins (`policies::chains`). What depends on more than a customer's own period (groups,
//!   the year to date, competing policies) is looked at again together (`accruals::work`).
//! - PDFs are drawn with krilla and a layout of our own, because a statement is one form: 17 crates
//!   more, 28 seconds of one core in a cold debug build and 73 in a release build, against 42
//!   minutes for typst as a library, and a few milliseconds a paper (`cargo bench`). krilla checks
//!   PDF/A-2a and PDF/UA-1 itself and refuses what breaks them. The layout reckons in twentieths of
//!   a point, in whole numbers, so that the same paper is the same bytes. What the library writes
//!   as plain text goes together, compressed (`statements::pdf::pack`). The typeface (WenQuanYi
//!   Micro Hei, Apache-2.0, four megabytes, beside the code) is built into the program: nothing
//!   needs to be installed; what it has no letter for is spelled out on the paper and logged.
//! - The accruals export has a row for every period with an earning or qualifying line, as FORMATS
//!   says; the reference answers of P1X also list periods in which every line is excluded, each
//!   worth 0.00, and those are not exported.

#[macro_use]
pub mod values;
pub mod words;
pub mod error;
pub mod db;

pub mod audit;
pub mod mailbox;
pub mod calendar;
pub mod people;
pub mod customers;
pub mod banking;
pub mod policies;
pub mod announcements;
pub mod sales;
pub mod ledger;
pub mod expiry;
pub mod accruals;
pub mod payouts;
pub mod statements;
pub mod erp;
pub mod disputes;
pub mod upkeep;
pub mod reports;
pub mod exports;
pub mod privacy;

pub mod config;
pub mod web;
pub mod worker;
pub mod demo;
pub mod cli;
