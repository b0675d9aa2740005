//! Who does something, as handlers take them: anybody signed in, a customer's person, or staff.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::{Fail, Page, Visit};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::people::{self, Person};
use crate::values::{Actor, CustomerRole, Key, StaffRole};
use crate::words::Words;

/// Somebody who is signed in.
#[derive(Clone)]
pub struct User {
    pub visit: Visit,
    pub person: Person,
}

impl User {
    /// This person as the one who does something, with the request's id and address.
    pub fn actor(&self) -> Actor {
        self.person.actor(Some(self.visit.request_id.clone()), Some(self.visit.address.clone()))
    }

    pub fn words(&self) -> &'static Words {
        self.visit.words
    }

    /// A page with the title of this key.
    pub fn page(&self, title: &str) -> Page {
        self.visit.page(self.words().t(title))
    }

    /// Leaves a sentence for the next page to tell, in the transaction of what it tells about.
    ///
    /// # Errors
    /// The session was ended meanwhile.
    pub fn tell(&self, tx: &mut Tx<'_>, sentence: &str) -> Result<()> {
        people::flash(tx, self.visit.session().ok_or(Error::NotFound)?, sentence)
    }
}

fn user(request: &HttpRequest) -> Result<User, Fail> {
    let visit = Visit::of(request)?;
    let person = visit.person().cloned().ok_or(Fail::NOT_FOUND)?;
    Ok(User { visit, person })
}

impl FromRequest for User {
    type Error = Fail;
    type Future = Ready<Result<Self, Fail>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(user(request))
    }
}

/// A customer's person. Derefs to [`User`].
#[derive(Clone)]
pub struct CustomerUser {
    user: User,
    pub customer: Key,
    pub role: CustomerRole,
}

/// A member of staff. Derefs to [`User`].
#[derive(Clone)]
pub struct StaffUser {
    user: User,
}

impl Deref for CustomerUser {
    type Target = User;
    fn deref(&self) -> &User {
        &self.user
    }
}

impl Deref for StaffUser {
    type Target = User;
    fn deref(&self) -> &User {
        &self.user
    }
}

impl StaffUser {
    pub fn holds(&self, role: StaffRole) -> bool {
        matches!(&self.person.side, people::Side::Staff(roles) if roles.contains(&role))
    }
}

impl FromRequest for CustomerUser {
    type Error = Fail;
    type Future = Ready<Result<Self, Fail>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(user(request).and_then(|user| match user.person.side {
            people::Side::Customer(customer, role) => Ok(Self { user, customer, role }),
            people::Side::Staff(_) => Err(Fail::NOT_FOUND),
        }))
    }
}

impl FromRequest for StaffUser {
    type Error = Fail;
    type Future = Ready<Result<Self, Fail>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(user(request).and_then(|user| match user.person.side {
            people::Side::Staff(_) => Ok(Self { user }),
            people::Side::Customer(..) => Err(Fail::NOT_FOUND),
        }))
    }
}
