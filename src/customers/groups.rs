//! Customer groups: a parent and the customers that name its code (DOMAIN §1, §3.7).

use std::collections::HashMap;

use super::store;
use crate::db::Conn;
use crate::error::Result;
use crate::values::Key;

/// Every customer's group. A customer that names no parent is one by itself, or the parent of
/// those who name it.
#[derive(Debug, Clone, Default)]
pub struct Groups {
    code_of: HashMap<Key, String>,
    groups: HashMap<String, CustomerGroup>,
}

/// A group, by the code of its parent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerGroup {
    pub code: String,
    /// The customer with that code, where there is one.
    pub parent: Option<Key>,
    /// Parent included; key and code, in the order of keys.
    pub members: Vec<(Key, String)>,
}

impl Groups {
    /// The group of the customer; None for one that isn't known.
    pub fn of(&self, customer: Key) -> Option<&CustomerGroup> {
        self.groups.get(self.code_of.get(&customer)?)
    }

    fn add(&mut self, customer: Key, code: String, parent: Option<String>) {
        let group_code = parent.unwrap_or_else(|| code.clone());
        let group = self.groups.entry(group_code.clone()).or_default();
        group.code.clone_from(&group_code);
        if code == group_code {
            group.parent = Some(customer);
        }
        group.members.push((customer, code));
        self.code_of.insert(customer, group_code);
    }
}

/// All groups, as they are now.
pub fn groups(conn: &mut Conn) -> Result<Groups> {
    let mut groups = Groups::default();
    for (customer, code, parent) in store::parents(conn)? {
        groups.add(customer, code, parent);
    }
    Ok(groups)
}

/// The customers of the groups with these codes, as they are now.
pub fn in_groups(conn: &mut Conn, codes: &[String]) -> Result<Vec<Key>> {
    store::in_groups(conn, codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_the_parent_and_those_who_name_it() {
        let mut groups = Groups::default();
        for (key, code, parent) in
            [(1, "HQ", None), (2, "EAST", Some("HQ")), (3, "ALONE", None), (4, "ORPHAN", Some("X"))]
        {
            groups.add(key, code.to_owned(), parent.map(str::to_owned));
        }
        let members = |key| -> Vec<Key> {
            groups.of(key).into_iter().flat_map(|g| g.members.iter().map(|m| m.0)).collect()
        };
        assert_eq!(members(1), [1, 2]);
        assert_eq!(members(2), [1, 2]);
        assert_eq!(members(3), [3]);
        assert_eq!(groups.of(2).and_then(|g| g.parent), Some(1));
        assert_eq!(groups.of(4).and_then(|g| g.parent), None);
        assert_eq!(groups.of(5), None);
    }
}
