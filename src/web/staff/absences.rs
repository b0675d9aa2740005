//! Colleagues to choose from, each with a word about being away.

use std::collections::BTreeMap;

use super::super::Page;
use crate::people::{Absence, Person};
use crate::values::PersonId;

/// The name, and until when somebody is away and who stands in, as far as the colleagues tell.
pub(super) fn named(
    person: &Person,
    away: &BTreeMap<PersonId, Absence>,
    colleagues: &[Person],
    page: &Page,
) -> String {
    let Some(absence) = away.get(&person.id) else { return person.name.clone() };
    let until = page.date(&absence.last);
    let deputy = absence.deputy.as_ref();
    let deputy = deputy.and_then(|id| colleagues.iter().find(|other| other.id == *id));
    let mut said = vec![("name", person.name.clone()), ("until", until)];
    match deputy {
        Some(deputy) => {
            said.push(("deputy", deputy.name.clone()));
            page.words.with("absence-until-by", said)
        }
        None => page.words.with("absence-until", said),
    }
}
