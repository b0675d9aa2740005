//! Pages of the company's own staff.

pub(super) mod home;
