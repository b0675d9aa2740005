//! Pages of the customer's people.

pub(super) mod accrual;
pub(super) mod announcement;
pub(super) mod dispute;
pub(super) mod dispute_drafts;
pub(super) mod dispute_evidence;
mod dispute_claim;
pub(super) mod dispute_filing;
pub(super) mod dispute_new;
pub(super) mod dispute_rating;
pub(super) mod disputes;
pub(super) mod balances;
pub(super) mod home;
pub(super) mod payout;
pub(super) mod payouts;
pub(super) mod programme;
pub(super) mod programme_dates;
pub(super) mod programme_version;
pub(super) mod programmes;
pub(super) mod progress;
pub(super) mod statement;
pub(super) mod statements;
mod terms_view;
pub(super) mod transactions;
pub(super) mod what_if;
