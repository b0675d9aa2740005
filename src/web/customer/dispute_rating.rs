//! The customer says how a closed dispute was handled, once.

use actix_web::web::Path;

use super::super::{Answer, App, CustomerUser, Form};
use super::dispute::{Deed, Typed, act};
use crate::disputes;
use crate::values::DisputeId;

pub(in crate::web) async fn rate(
    app: App,
    user: CustomerUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let (found, customer) = (DisputeId::from_text(&id), user.customer);
    let mut typed = form.fields;
    typed.rating = typed.rating.replace("\r\n", "\n");
    // What isn't a number is no score.
    let (score, text) = (typed.score.trim().parse().unwrap_or(0), typed.rating.clone());
    let deed = Deed { id: &id, key: form.key, typed, field: "score", done: "dispute-rated-now" };
    act(&app, &user, deed, move |tx| disputes::rate(tx, customer, &found, score, &text)).await
}
