//! What a policy under drafting means as it stands: in words, whom and what it covers, what it
//! changes, and which other policies it meets.

use super::super::{App, StaffUser};
use super::portfolio::Portfolio;
use crate::accruals;
use crate::customers;
use crate::error::Result;
use crate::policies::{self, Overlapping, Terms};
use crate::sales;
use crate::words::{Words, date, date_range};

/// Names shown at once; the rest is counted.
const MOST: usize = 200;
/// Names shown before the list unfolds.
const FIRST: usize = 5;

pub(super) struct Checked {
    pub formula: String,
    pub summary: Vec<String>,
    /// What becomes of the policy of the same code, if there is one.
    pub follows: Option<String>,
    pub changes: Vec<String>,
    pub customers: Covered,
    pub products: Covered,
    /// Other policies that pay some of the same purchases, each in a sentence.
    pub meets: Vec<String>,
}

/// Codes and names of what is covered.
pub(super) struct Covered {
    pub count: usize,
    pub all: usize,
    pub first: Vec<(String, String)>,
    pub rest: Vec<(String, String)>,
    /// How many more aren't named, in words.
    pub more: Option<String>,
}

impl Covered {
    fn of(count: usize, all: usize, names: Vec<(String, String)>, user: &StaffUser) -> Self {
        let mut first = names;
        let named = first.len().min(MOST);
        first.truncate(MOST);
        let rest = first.split_off(first.len().min(FIRST));
        let more = count.saturating_sub(named);
        let more = (more > 0).then(|| {
            user.words().count("editor-covers-more", i64::try_from(more).unwrap_or(i64::MAX))
        });
        Self { count, all, first, rest, more }
    }
}

impl Checked {
    pub(super) async fn look(app: &App, user: &StaffUser, terms: Terms) -> Result<Self> {
        let (today, reach) = (app.db.today(), Portfolio::of(user));
        let asked = terms.clone();
        let (customers, products, former, meets) = app
            .read(move |conn| {
                let all = customers::all(conn)?;
                let covered = policies::covered(&asked, &all, today);
                let names = covered.iter().filter(|customer| reach.holds(customer));
                let names: Vec<_> = names.map(|c| (c.code.clone(), c.name.clone())).collect();
                let customers = (covered.len(), all.len(), names);
                let all = sales::products(conn)?;
                let earning = accruals::earning_products(&asked, &all);
                let names: Vec<_> =
                    earning.iter().map(|p| (p.code.clone(), p.name.clone())).collect();
                let products = (names.len(), all.len(), names);
                let promised = policies::in_force(conn)?;
                let former = promised.into_iter().find(|version| version.code == asked.code);
                let meets = policies::overlapping(conn, &asked)?;
                Ok((customers, products, former, meets))
            })
            .await?;
        let words = user.words();
        let (count, all, names) = customers;
        let customers = Covered::of(count, all, names, user);
        let (count, all, names) = products;
        Ok(Self {
            formula: policies::formula(&terms, words),
            summary: policies::summary(&terms, words),
            follows: former.as_ref().map(|former| {
                words.t2("editor-follows", "code", &former.code, "version", former.number)
            }),
            changes: former
                .map(|former| policies::compare(&former.terms, &terms, words))
                .unwrap_or_default(),
            customers,
            products: Covered::of(count, all, names, user),
            meets: meets.iter().map(|other| met(other, words)).collect(),
        })
    }
}

fn met(other: &Overlapping, words: &Words) -> String {
    let (language, first) = (words.language, other.first_day);
    let days = match other.last_day {
        Some(last) => date_range(language, first, last),
        None => words.t1("rules-from", "day", date(language, first)),
    };
    let key = if other.competes { "editor-meets-competes" } else { "editor-meets-adds" };
    let name = other.version.terms.name.in_language(language);
    words.with(
        key,
        [
            ("code", other.version.code.clone()),
            ("name", name.to_owned()),
            ("customers", other.customers.to_string()),
            ("products", other.products.to_string()),
            ("days", days),
        ],
    )
}
