//! Pages of the company's own staff.

pub(super) mod home;
pub(super) mod import;
pub(super) mod imports;
pub(super) mod statements;
