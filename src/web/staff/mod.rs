//! Pages of the company's own staff.

pub(super) mod accrual;
pub(super) mod accruals;
pub(super) mod exports;
pub(super) mod dispute;
pub(super) mod dispute_actions;
pub(super) mod disputes;
pub(super) mod home;
pub(super) mod import;
pub(super) mod imports;
pub(super) mod payout;
pub(super) mod payouts;
mod portfolio;
pub(super) mod statements;
mod typed;
