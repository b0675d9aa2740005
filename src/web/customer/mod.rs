//! Pages of the customer's people.

pub(super) mod home;
