//! The integration tests: one binary, stories told on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

#[macro_use]
mod support;

mod absences;
mod announcement_pages;
mod announcements;
mod bank_accounts;
mod access;
mod accrual_runs;
mod amendments;
mod backup;
mod bounces;
mod calendar;
mod clocks;
mod customer_pages;
mod customer_digest;
mod db;
mod dispute_figures;
mod dispute_pages;
mod disputes;
mod enclosures;
mod dispute_queue;
mod expiry;
mod exports;
mod figures;
mod import_pages;
mod groups_and_rivals;
mod imports;
mod letters;
mod links;
mod mail_chaos;
mod mail_server;
mod mailbox;
mod master_data;
mod policies_meet;
mod privacy;
mod near_tiers;
mod new_lines;
mod policies_room;
mod policy_impossible;
mod policy_endings;
mod policy_life;
mod policy_editor;
mod policy_life_pages;
mod policy_reminders;
mod policy_files;
mod policy_words;
mod policy_simulation;
mod policy_writing;
mod programme_pages;
mod programme_states;
mod payouts;
mod people;
mod reached_tiers;
mod reconciliation;
mod reference;
mod reference_rules;
mod relay;
mod notices;
mod own_account;
mod pages;
mod queue_pages;
mod runs_agree;
mod schema;
mod second_factor;
mod staff_pages;
mod statement_answers;
mod statement_board;
mod statement_corrections;
mod statement_paper;
mod statement_runs;
mod statements;
mod staff_readers;
mod tidy;
mod unsubscribe;
mod verify;
mod words;
mod watch;
mod worker;
