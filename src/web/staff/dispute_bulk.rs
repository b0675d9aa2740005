//! Several disputes of the queue assigned at once, each told by its number what became of it.

use actix_web::web::Query;
use serde::Deserialize;

use super::super::{Answer, App, Fail, Form, StaffUser, reply};
use super::dispute_filter::{Asked, PER_PAGE};
use super::disputes::read;
use crate::disputes::{self, Assigned};
use crate::error::Error;
use crate::values::{DisputeId, PersonId, Problem, Text};
use crate::words::Words;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Chosen {
    assignee: String,
    /// The query of the list from which they were chosen.
    back: String,
    /// Each an id, a dot, and the revision that was shown.
    #[serde(rename = "case[]")]
    cases: Vec<String>,
}

impl Chosen {
    fn cases(&self) -> Result<Vec<(DisputeId, i64)>, Fail> {
        let most = PER_PAGE.into_iter().max().unwrap_or_default();
        if self.cases.len() > most {
            return Err(Fail::malformed("more disputes than a page has"));
        }
        let read = |case: &String| {
            let (id, revision) = case.split_once('.')?;
            Some((DisputeId::from_text(id), revision.parse().ok()?))
        };
        let cases: Option<Vec<_>> = self.cases.iter().map(read).collect();
        cases.ok_or_else(|| Fail::malformed("a dispute without a revision"))
    }
}

pub(in crate::web) async fn assign(app: App, user: StaffUser, form: Form<Chosen>) -> Answer {
    let chosen = form.fields;
    let asked = Query::<Asked>::from_query(&chosen.back).map(Query::into_inner).unwrap_or_default();
    let cases = chosen.cases()?;
    if cases.is_empty() {
        let problem = Problem::new("cases", Text::new("queue-none-chosen"));
        return reply::form_again(&read(&app, &user, asked, &[problem]).await?);
    }
    let (to, address, teller) =
        (PersonId::from_text(&chosen.assignee), asked.address(), user.clone());
    let posted = app
        .post(user.actor(), form.key, move |tx| {
            let told = disputes::assign_each(tx, &cases, &to)?;
            teller.tell(tx, &told_in_words(&told, teller.words()))?;
            Ok(address.clone())
        })
        .await;
    match posted {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => {
            reply::form_again(&read(&app, &user, asked, &problems).await?)
        }
        Err(other) => Err(other.into()),
    }
}

/// How many were assigned, and the numbers of those that weren't, with why not.
fn told_in_words(told: &[(String, Assigned)], words: &Words) -> String {
    let done = told.iter().filter(|(_, what)| *what == Assigned::Done).count();
    let mut sentences = vec![words.count("queue-assigned", i64::try_from(done).unwrap_or(0))];
    let why = |(number, what): &(String, Assigned)| match what {
        Assigned::Done => None,
        Assigned::ChangedMeanwhile => Some(words.t1("queue-assigned-changed", "number", number)),
        Assigned::Refused(text) => {
            Some(words.t2("queue-assigned-refused", "number", number, "why", words.say(text)))
        }
    };
    sentences.extend(told.iter().filter_map(why));
    sentences.join(" ")
}
