//! Who plays: staff of every role, and people of every customer.

use std::collections::BTreeMap;

use super::company::{DOMAIN, DemoCustomer, MANAGERS};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::people::{self, NewPerson, PasswordHash};
use crate::values::{Actor, CustomerRole, EmailAddress, Key, PersonId, StaffRole};

/// Everybody's password. The demo listens on this machine only and is thrown away.
pub const PASSWORD: &str = "openrebate-demo";

/// One sign-in to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInHint {
    pub role: String,
    pub email: String,
}

/// Staff besides the account managers: e-mail name, name, role.
const STAFF: [(&str, &str, StaffRole); 5] = [
    ("finance", "沈岚", StaffRole::Finance),
    ("approver", "韩松", StaffRole::Approver),
    ("reviewer", "许宁", StaffRole::AppealsReviewer),
    ("auditor", "方正", StaffRole::Auditor),
    ("admin", "唐宇", StaffRole::Admin),
];

const FAMILY: [&str; 12] = ["李", "王", "张", "刘", "杨", "赵", "黄", "徐", "孙", "马", "朱", "胡"];
const GIVEN: [&str; 10] =
    ["婷", "建国", "雪梅", "磊", "丽华", "志强", "静怡", "海燕", "文博", "秀英"];

/// The actors, to act as.
pub(super) struct Cast {
    staff: BTreeMap<StaffRole, Actor>,
    /// The account managers.
    managers: Vec<Actor>,
    /// The finance person of each customer.
    clerks: BTreeMap<Key, Actor>,
    /// The managers of the first customers, who sign.
    bosses: BTreeMap<Key, Actor>,
    first_customer: String,
}

impl Cast {
    /// Makes all accounts; `keys` are the customers' in the same order.
    pub(super) fn assemble(
        tx: &mut Tx<'_>,
        customers: &[DemoCustomer],
        keys: &[Key],
        password: &PasswordHash,
    ) -> Result<Self> {
        let mut cast = Self {
            staff: BTreeMap::new(),
            managers: Vec::new(),
            clerks: BTreeMap::new(),
            bosses: BTreeMap::new(),
            first_customer: String::new(),
        };
        for (email, name, role) in STAFF {
            let person = new(email, name, "021-5550 0100", password)?;
            let id = people::add_staff(tx, person, &[role].into())?;
            cast.staff.insert(role, actor(tx, &id)?);
        }
        for (email, name, phone) in MANAGERS {
            let person = new(email, name, phone, password)?;
            let id = people::add_staff(tx, person, &[StaffRole::AccountManager].into())?;
            cast.managers.push(actor(tx, &id)?);
        }
        let mut people_so_far = 0;
        for (index, (customer, key)) in customers.iter().zip(keys).enumerate() {
            let code = customer.new.code.to_lowercase();
            if index == 0 {
                cast.first_customer.clone_from(&code);
            }
            for (role, mail) in [
                (CustomerRole::Finance, "finance"),
                (CustomerRole::Manager, "manager"),
                (CustomerRole::Viewer, "viewer"),
            ] {
                // Every customer has a clerk; the first ones have somebody in each role.
                if role != CustomerRole::Finance && index > 2 {
                    continue;
                }
                let name = name(people_so_far);
                people_so_far += 1;
                let person = new(&format!("{mail}.{code}"), &name, "", password)?;
                let id = people::add_customer_person(tx, person, *key, role)?;
                match role {
                    CustomerRole::Finance => cast.clerks.insert(*key, actor(tx, &id)?),
                    CustomerRole::Manager => cast.bosses.insert(*key, actor(tx, &id)?),
                    CustomerRole::Viewer => None,
                };
            }
        }
        Ok(cast)
    }

    pub(super) fn staff(&self, role: StaffRole) -> Result<&Actor> {
        self.staff.get(&role).ok_or_else(|| Error::internal(format!("nobody plays {role}")))
    }

    /// The account manager of this id, or else the first one.
    pub(super) fn manager(&self, id: Option<&PersonId>) -> Result<&Actor> {
        let own = self.managers.iter().find(|actor| actor.person() == id);
        own.or(self.managers.first()).ok_or_else(|| Error::internal("nobody plays the manager"))
    }

    /// The customer at this place, with its clerk.
    pub(super) fn clerk_at(&self, place: usize) -> Option<(Key, &Actor)> {
        self.clerks.iter().nth(place).map(|(key, actor)| (*key, actor))
    }

    /// How many customers play.
    pub(super) fn customers(&self) -> usize {
        self.clerks.len()
    }

    /// The account manager at this place.
    pub(super) fn manager_at(&self, place: usize) -> Result<&Actor> {
        self.managers.get(place).ok_or_else(|| Error::internal("so many managers don't play"))
    }

    /// The customer at this place, with its manager.
    pub(super) fn boss_at(&self, place: usize) -> Option<(Key, &Actor)> {
        self.bosses.iter().nth(place).map(|(key, actor)| (*key, actor))
    }

    /// Everybody at home, and somebody of each customer.
    pub(super) fn readers(&self) -> impl Iterator<Item = (Option<Key>, &Actor)> {
        let staff = self.staff.values().chain(&self.managers).map(|actor| (None, actor));
        staff.chain(self.clerks.iter().map(|(key, actor)| (Some(*key), actor)))
    }

    pub(super) fn clerk(&self, customer: Key) -> Option<&Actor> {
        self.clerks.get(&customer)
    }

    /// One sign-in for each role.
    pub(super) fn hints(&self) -> Vec<SignInHint> {
        let hint = |role: &str, email: &str| SignInHint {
            role: role.to_owned(),
            email: format!("{email}@{DOMAIN}"),
        };
        let code = &self.first_customer;
        let mut hints = vec![
            hint("customer manager", &format!("manager.{code}")),
            hint("customer finance", &format!("finance.{code}")),
            hint("customer viewer", &format!("viewer.{code}")),
        ];
        hints.extend(MANAGERS.first().map(|(email, _, _)| hint("account manager", email)));
        hints.extend(
            STAFF.iter().map(|(email, _, role)| hint(&role.as_str().replace('_', " "), email)),
        );
        hints
    }
}

fn new(email: &str, name: &str, phone: &str, password: &PasswordHash) -> Result<NewPerson> {
    let address = format!("{email}@{DOMAIN}");
    Ok(NewPerson {
        email: EmailAddress::parse(&address)
            .ok_or_else(|| Error::internal(format!("{address} is no address")))?,
        name: name.to_owned(),
        password: Some(password.clone()),
        language: None,
        phone: (!phone.is_empty()).then(|| phone.to_owned()),
    })
}

fn actor(tx: &mut Tx<'_>, id: &PersonId) -> Result<Actor> {
    Ok(people::by_id(tx, id)?.actor(None, None))
}

/// The name of the customers' person of this number: nobody's twice, for a hundred and twenty.
fn name(number: usize) -> String {
    let round = number / (FAMILY.len() * GIVEN.len() / 2);
    let family = FAMILY.get(number % FAMILY.len()).copied().unwrap_or_default();
    let given = GIVEN.get((number + round) % GIVEN.len()).copied().unwrap_or_default();
    format!("{family}{given}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nobody_has_the_name_of_somebody_else() {
        let names: BTreeSet<String> = (0..FAMILY.len() * GIVEN.len()).map(name).collect();
        assert_eq!(names.len(), FAMILY.len() * GIVEN.len());
    }
}
