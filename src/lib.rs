//! Openrebate, the map. A self-hosted, customer-facing rebate portal.
//!
//! ```text
//!   doors   web  worker  cli            know HTTP, HTML, schedules, argv
//!   rooms   reports ─ disputes ─ statements ─ payouts ─ accruals       rules · store · actions
//!           ledger ─ sales ─ policies ─ customers ─ people ─ calendar ─ mailbox ─ audit
//!   floor   db (Conn, read, write, rehearse, schema)   words   values (pure)
//! ```
//!
//! The modules stand below in the order of their dependencies: each uses only modules declared
//! above it. A capability is a room: `rules` thinks (pure), `store` remembers (rows and queries of
//! the tables it owns, private), `mod` acts and is the whole public face.
//!
//! # Invariants
//! - Money is whole minor units, rates and quantities exact decimals; no floats.
//! - Every change goes through [`db::Db::write`]: one transaction with its ledger entries, its
//!   audit event and its letters.
//! - The ledger, the audit log and issued statements are append-only; the databases refuse the
//!   rest.
//! - What belongs to a customer is looked up with the customer: not found and not yours are one
//!   answer.
//! - Time, identity and ids come from the transaction and from `Id::new()`.
//!
//! # Where we left the first plan
//! - Words are looked up by key at run time, and a test over all templates and sources holds that
//!   every key exists in both languages; generated constants bought nothing more.
//! - Writes on PostgreSQL pass an advisory lock before they begin, so the hash chain of the audit
//!   log, which every write extends, makes no serialisation failures among our own processes.
//! - Customers and products have bigint keys, because millions of sales lines name them.

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
pub mod policies;
pub mod sales;
pub mod ledger;
pub mod accruals;
pub mod payouts;
pub mod statements;
pub mod disputes;
pub mod reports;

pub mod config;
pub mod web;
pub mod worker;
pub mod demo;
pub mod cli;
