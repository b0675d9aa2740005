use std::collections::BTreeSet;
use std::sync::LazyLock;

use openrebate::banking::{self, BankAccount};
use openrebate::customers::{self, NewCustomer};
use openrebate::error::{Error, Result};
use openrebate::people::{self, NewPerson, PasswordHash};
use openrebate::values::{Actor, Currency, CustomerRole, EmailAddress, Key, StaffRole};

use super::TestApp;

/// Everybody's. Hashed once, because that is slow on purpose.
pub const PASSWORD: &str = "correct horse battery staple";
static HASH: LazyLock<PasswordHash> =
    LazyLock::new(|| people::hash_password(PASSWORD).expect("a hash"));

fn person(name: &str) -> NewPerson {
    NewPerson {
        email: EmailAddress::parse(&format!("{name}@example.com")).expect("an address"),
        name: name.to_owned(),
        password: Some(HASH.clone()),
        language: None,
        phone: None,
    }
}

/// A customer looked after by the account manager `manager@example.com`.
pub fn a_customer(app: &TestApp, code: &str, name: &str) -> Key {
    let new = NewCustomer {
        name: name.to_owned(),
        account_manager: Some("manager@example.com".to_owned()),
        ..NewCustomer::regular(code, Currency::CNY)
    };
    app.write(|tx| customers::upsert(tx, &new)).key()
}

/// What a customer's people type of an account in the customer's name.
pub fn typed_account(holder: &str, number: &str) -> banking::Typed {
    banking::Typed {
        holder: holder.to_owned(),
        bank: "中国工商银行".to_owned(),
        branch: "上海市徐汇支行".to_owned(),
        number: number.to_owned(),
        email: "cashier@buyer.example".to_owned(),
        phone: "021-5550 0190".to_owned(),
    }
}

/// The account the customer is paid to, as it was before the portal.
pub fn an_account(app: &TestApp, customer: Key) -> BankAccount {
    if let Some(known) = app.read(|conn| banking::current(conn, customer)) {
        return known;
    }
    let holder = app.read(|conn| customers::by_id(conn, customer)).name;
    let typed = typed_account(&holder, "1001 2345 6789 0123 456");
    app.write(|tx| banking::take_over(tx, customer, &typed))
}

/// Somebody of the staff, with an account.
pub fn a_member(app: &TestApp, name: &str, roles: &[StaffRole]) -> Actor {
    let roles: BTreeSet<_> = roles.iter().copied().collect();
    let id = app.write(|tx| people::add_staff(tx, person(name), &roles));
    app.read(|conn| people::by_id(conn, &id)).actor(None, None)
}

/// Somebody of the customer's, with an account.
pub fn a_buyer(app: &TestApp, name: &str, customer: Key, role: CustomerRole) -> Actor {
    let id = app.write(|tx| people::add_customer_person(tx, person(name), customer, role));
    app.read(|conn| people::by_id(conn, &id)).actor(None, None)
}

/// The sentence of a refusal, by its key.
#[track_caller]
pub fn refusal<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    match result {
        Err(Error::Refused(text)) => text.key,
        other => panic!("not refused: {other:?}"),
    }
}

/// Starts the work on eight threads at once; says how many succeeded.
pub fn eight_at_once(work: &(dyn Fn(usize) -> Result<()> + Sync)) -> usize {
    let barrier = std::sync::Barrier::new(8);
    std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8)
            .map(|racer| {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    work(racer).is_ok()
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().expect("no panic")).filter(|ok| *ok).count()
    })
}
