use serde::Deserialize;

use super::super::{Answer, App, Fail, Form, Visit, locale, reply};
use crate::people;
use crate::values::Language;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Choice {
    language: String,
    #[serde(default)]
    next: String,
}

/// Remembers the language: in a cookie, and with the person when signed in.
pub(in crate::web) async fn choose(app: App, visit: Visit, form: Form<Choice>) -> Answer {
    let language = Language::from_code(&form.fields.language)
        .ok_or_else(|| Fail::malformed("a language we don't have"))?;
    if let Some(person) = visit.person() {
        let id = person.id.clone();
        let actor = person.actor(Some(visit.request_id.clone()), Some(visit.address.clone()));
        app.write(actor, move |tx| people::set_language(tx, &id, language)).await?;
    }
    let mut answer = reply::see_other(reply::local(&form.fields.next))?;
    let _ = answer.add_cookie(&locale::cookie(language));
    Ok(answer)
}
