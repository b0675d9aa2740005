use std::collections::HashMap;

use super::compute::facts_of;
use super::rules::{Line, Plan};
use crate::policies::Terms;
use crate::sales::Product;
use crate::values::Key;

/// The products that earn under the terms, by code.
pub fn earning_products<'p>(
    terms: &Terms,
    products: &'p HashMap<Key, Product>,
) -> Vec<&'p Product> {
    let facts = facts_of(products);
    let plan = Plan::of_terms(terms, 0, &facts);
    // As if each were sold on the first day.
    let day = Some(terms.from);
    let sold = |product| Line {
        key: 0,
        product,
        document_date: terms.from,
        delivery_date: day,
        paid_date: day,
        net_minor: 0,
        quantity_micro: 0,
        currency: terms.currency,
    };
    let earns = |key: &Key| plan.disposition(&sold(*key)).earns();
    let mut found: Vec<_> =
        products.iter().filter(|(key, _)| earns(key)).map(|(_, product)| product).collect();
    found.sort_by(|a, b| a.code.cmp(&b.code));
    found
}
