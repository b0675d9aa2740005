//! Pages of the company's own staff.

pub(super) mod accrual;
pub(super) mod accruals;
pub(super) mod audit;
pub(super) mod customer;
pub(super) mod customers;
pub(super) mod exports;
pub(super) mod dispute;
pub(super) mod dispute_actions;
pub(super) mod disputes;
pub(super) mod home;
pub(super) mod import;
pub(super) mod imports;
pub(super) mod mailbox;
pub(super) mod near_tiers;
pub(super) mod payout;
pub(super) mod payouts;
pub(super) mod policies;
pub(super) mod policy;
mod policy_checked;
pub(super) mod policy_editor;
mod policy_fields;
mod policy_form;
pub(super) mod policy_actions;
pub(super) mod policy_version;
mod portfolio;
pub(super) mod statements;
mod typed;
