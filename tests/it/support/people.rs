//! Customers and people to sign in as.

use std::sync::LazyLock;

use openrebate::customers::{self, CustomerKind, NewCustomer, Upserted};
use openrebate::people::{self, NewPerson, PasswordHash};
use openrebate::values::{CustomerRole, EmailAddress, Key, Language, PersonId, StaffRole};

use super::TestApp;

/// Everybody's password. Hashed once: that is slow on purpose.
pub const PASSWORD: &str = "correct horse battery staple";
static HASH: LazyLock<PasswordHash> =
    LazyLock::new(|| people::hash_password(PASSWORD).expect("a hash"));

impl TestApp {
    /// A customer with this code, looked after by `am@example.com`.
    pub fn customer(&self, code: &str, name: &str) -> Key {
        let new = NewCustomer {
            code: code.to_owned(),
            name: name.to_owned(),
            kind: CustomerKind::Distributor,
            class: "regular".to_owned(),
            region: "华东".to_owned(),
            currency: "CNY".parse().expect("a currency"),
            group_code: None,
            since: None,
            tax_id: None,
            account_manager: Some("am@example.com".to_owned()),
            language: Language::ZhCn,
            statement_emails: None,
        };
        match self.write(|tx| customers::upsert(tx, &new)) {
            Upserted::New(key) => key,
            other => panic!("{code} is there already: {other:?}"),
        }
    }

    /// A person of the customer, who signs in with [`PASSWORD`].
    pub fn customer_person(&self, email: &str, customer: Key, role: CustomerRole) -> PersonId {
        self.write(|tx| people::add_customer_person(tx, person(email), customer, role))
    }

    /// A colleague, who signs in with [`PASSWORD`].
    pub fn staff(&self, email: &str, roles: &[StaffRole]) -> PersonId {
        let roles = roles.iter().copied().collect();
        self.write(|tx| people::add_staff(tx, person(email), &roles))
    }
}

fn person(email: &str) -> NewPerson {
    NewPerson {
        email: EmailAddress::parse(email).expect("an address"),
        name: email.split('@').next().unwrap_or_default().to_owned(),
        password: Some(HASH.clone()),
        language: None,
        phone: None,
    }
}
