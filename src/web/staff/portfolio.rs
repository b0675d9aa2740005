//! Which customers a member of staff gets to see: everybody all of them, but an account manager
//! without a further role only those who name that manager, or nobody (as in the dispute queue).

use super::super::StaffUser;
use crate::customers::{self, Customer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::people::Side;
use crate::values::{Key, StaffRole};

/// The customers in reach.
#[derive(Clone)]
pub(super) struct Portfolio {
    /// The manager's address; None reaches all.
    pub manager: Option<String>,
}

impl Portfolio {
    pub(super) fn of(user: &StaffUser) -> Self {
        let only_manager = match &user.person.side {
            Side::Staff(roles) => roles.iter().all(|role| *role == StaffRole::AccountManager),
            Side::Customer(..) => true,
        };
        Self { manager: only_manager.then(|| user.person.email.clone()) }
    }

    /// Whether the customer is in reach.
    pub(super) fn holds(&self, customer: &Customer) -> bool {
        match (&self.manager, &customer.account_manager) {
            (Some(own), Some(named)) => own.eq_ignore_ascii_case(named),
            _ => true,
        }
    }

    /// Who is in reach; None for everybody.
    pub(super) fn keys(&self, conn: &mut Conn) -> Result<Option<Vec<Key>>> {
        if self.manager.is_none() {
            return Ok(None);
        }
        let all = customers::all(conn)?;
        Ok(Some(all.iter().filter(|one| self.holds(one)).map(|one| one.id).collect()))
    }

    /// The customer with the code.
    ///
    /// # Errors
    /// Not found, which is also the answer for one out of reach.
    pub(super) fn by_code(&self, conn: &mut Conn, code: &str) -> Result<Customer> {
        self.admit(customers::by_code(conn, code)?)
    }

    /// The customer with the key.
    ///
    /// # Errors
    /// Not found, which is also the answer for one out of reach.
    pub(super) fn by_id(&self, conn: &mut Conn, id: Key) -> Result<Customer> {
        self.admit(customers::by_id(conn, id)?)
    }

    fn admit(&self, customer: Customer) -> Result<Customer> {
        if self.holds(&customer) { Ok(customer) } else { Err(Error::NotFound) }
    }
}
