//! What the pages that invite people and manage their accounts share.

use super::Page;
use crate::customers;
use crate::db::{Conn, House};
use crate::error::{Error, Result};
use crate::people::{Host, Invited, Person, Side};
use crate::values::{Key, Language, StaffRole, Text};

/// Into whose house the people of the customer, or of the company's own staff, are invited.
pub(super) fn host_of(conn: &mut Conn, customer: Option<Key>, house: &House) -> Result<Host> {
    match customer {
        Some(key) => {
            let customer = customers::by_id(conn, key)?;
            customers::host(conn, &customer, house)
        }
        None => Ok(Host { name: house.company.clone(), contact: house.contact.clone() }),
    }
}

/// Who is to be invited, as it was typed: name, address, phone and language.
///
/// # Errors
/// A language that isn't offered; otherwise as [`Invited::read`].
pub(super) fn read_invited([name, email, phone, language]: [&str; 4]) -> Result<Invited> {
    let wrong = || Error::invalid("language", Text::new("people-language-wrong"));
    Invited::read(name, email, phone, Language::from_code(language).ok_or_else(wrong)?)
}

/// The languages a letter can be in: code, name, whether it is chosen.
pub(super) fn languages(page: &Page, chosen: &str) -> Vec<(&'static str, String, bool)> {
    Language::ALL
        .iter()
        .map(|one| (one.as_str(), page.name("language", one.as_str()), one.as_str() == chosen))
        .collect()
}

/// Somebody's roles, in words.
pub(super) fn roles(page: &Page, side: &Side) -> String {
    match side {
        Side::Customer(_, role) => page.code("role-customer", role.as_str()),
        Side::Staff(roles) => {
            let named: Vec<_> = roles.iter().map(|role| page.code("role", role.as_str())).collect();
            named.join(" · ")
        }
    }
}

/// A role to choose.
pub(super) struct RoleChoice {
    pub code: &'static str,
    pub name: String,
    pub hint: String,
    pub chosen: bool,
}

impl RoleChoice {
    /// Every role of the list; `prefix` is that of its word.
    pub(super) fn all<'a>(
        page: &Page,
        prefix: &str,
        codes: impl Iterator<Item = &'static str> + 'a,
        chosen: impl Fn(&str) -> bool + 'a,
    ) -> Vec<Self> {
        codes
            .map(|code| Self {
                code,
                name: page.code(prefix, code),
                hint: page.code(format!("{prefix}-may"), code),
                chosen: chosen(code),
            })
            .collect()
    }
}

/// The roles of staff that were ticked.
///
/// # Errors
/// A role that isn't offered.
pub(super) fn read_roles(codes: &[String]) -> Option<std::collections::BTreeSet<StaffRole>> {
    codes.iter().map(|code| StaffRole::from_code(code)).collect()
}

/// What somebody's last visit says in a list.
pub(super) fn last_seen(page: &Page, person: &Person) -> String {
    person.last_sign_in_at.map_or_else(|| page.t("people-never"), |at| page.time(&at))
}
