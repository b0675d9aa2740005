use chrono::NaiveDate;

use super::terms::{CustomerFacts, Terms, covers};
use crate::customers::Customer;

/// The customers the terms cover today, or on their first day while that is ahead.
pub fn covered<'c>(terms: &Terms, all: &'c [Customer], today: NaiveDate) -> Vec<&'c Customer> {
    let day = today.max(terms.from);
    all.iter().filter(|customer| covers(terms, &CustomerFacts::from(*customer), day)).collect()
}
