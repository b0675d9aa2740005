//! Pages of the company's own staff.

pub(super) mod home;
pub(super) mod statements;
