//! Lists of the queue that a reader keeps under names.

use actix_web::web::{Path, Query};
use serde::Deserialize;

use super::super::{Answer, App, Form, StaffUser, reply};
use super::dispute_filter::Asked;
use super::disputes::read;
use crate::disputes;
use crate::error::Error;
use crate::values::{DisputeViewId, Problem};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Typed {
    name: String,
    /// The query of the list that is to be kept.
    query: String,
}

pub(in crate::web) async fn keep(app: App, user: StaffUser, form: Form<Typed>) -> Answer {
    let Typed { name, query } = form.fields;
    let asked = Query::<Asked>::from_query(&query).map(Query::into_inner).unwrap_or_default();
    let (query, address, teller) = (asked.whole().query(), asked.address(), user.clone());
    let named = name.clone();
    let posted = app
        .post(user.actor(), form.key, move |tx| {
            disputes::keep_view(tx, &name, &query)?;
            teller.tell(tx, &teller.words().t1("queue-view-kept", "name", name.trim()))?;
            Ok(address.clone())
        })
        .await;
    let problems = match posted {
        Ok(location) => return reply::see_other(location),
        Err(Error::Invalid(problems)) => problems,
        Err(Error::Refused(text)) => vec![Problem::new("name", text)],
        Err(other) => return Err(other.into()),
    };
    reply::form_again(&read(&app, &user, asked, &problems).await?.with_name(named))
}

pub(in crate::web) async fn forget(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let (id, teller) = (DisputeViewId::from_text(&id), user.clone());
    let location = app
        .post(user.actor(), form.key, move |tx| {
            disputes::forget_view(tx, &id)?;
            teller.tell(tx, &teller.words().t("queue-view-forgotten"))?;
            Ok("/staff/disputes".to_owned())
        })
        .await?;
    reply::see_other(location)
}
