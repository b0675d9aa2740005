//! Saved replies: the reader's own and the team's, each tried out on a real dispute before it is
//! kept.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Form, FormKey, Page, StaffUser, reply};
use crate::db::Conn;
use crate::disputes::{
    self, Filter, KeptReply, Order, PLACEHOLDERS, Place, SavedReply, Sort, View,
};
use crate::error::{Error, Result};
use crate::values::{Actor, Language, Problem, SavedReplyId, Text};

const LIST: &str = "/staff/saved-replies";

#[derive(Template)]
#[template(path = "staff/saved_replies.html")]
struct ListPage {
    page: Page,
    team: Vec<Row>,
    own: Vec<Row>,
}

struct Row {
    id: String,
    title: String,
    text: String,
    uses: String,
    changed: String,
}

#[derive(Template)]
#[template(path = "staff/saved_reply.html")]
struct FormPage {
    page: Page,
    /// Where the form is posted to: a new one, or this one.
    action: String,
    /// Where it can be removed; empty for a new one.
    removal: String,
    typed: Typed,
    placeholders: Vec<(String, String)>,
    /// How it reads in the dispute that was named.
    preview: Option<(String, String)>,
    changed: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Typed {
    revision: String,
    title: String,
    text: String,
    /// `team` or `own`.
    whose: String,
    /// The number of the dispute to try it out on.
    sample: String,
    /// `preview` or `save`.
    step: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

pub(in crate::web) async fn list(app: App, user: StaffUser) -> Answer {
    let person = user.person.id.clone();
    let found = app.read(move |conn| disputes::saved_replies(conn, &person)).await?;
    let page = user.page("saved-list").under("/staff/disputes", user.words().t("nav-queue"));
    let (team, own) = found.into_iter().partition::<Vec<_>, _>(|reply| reply.owner.is_none());
    let rows = |replies: Vec<SavedReply>| replies.into_iter().map(|r| row(r, &page)).collect();
    let (team, own) = (rows(team), rows(own));
    reply::page(&ListPage { page, team, own })
}

fn row(reply: SavedReply, page: &Page) -> Row {
    Row {
        id: reply.id.to_string(),
        uses: page.count("saved-uses", reply.uses),
        changed: changed(&reply, page),
        title: reply.title,
        text: reply.text,
    }
}

fn changed(reply: &SavedReply, page: &Page) -> String {
    let at = page.time(&reply.changed_at);
    page.t2("saved-changed", "who", page.who(&reply.changed_by_name), "at", at)
}

pub(in crate::web) async fn new(app: App, user: StaffUser) -> Answer {
    let typed = Typed { whose: "own".to_owned(), ..Typed::default() };
    let typed = with_sample(&app, &user, typed).await?;
    reply::page(&show(&user, None, typed, None, &[]))
}

pub(in crate::web) async fn one(app: App, user: StaffUser, id: Path<String>) -> Answer {
    let known = known(&app, &user, &id).await?;
    let typed = Typed {
        revision: known.revision.to_string(),
        title: known.title.clone(),
        text: known.text.clone(),
        whose: if known.owner.is_none() { "team" } else { "own" }.to_owned(),
        ..Typed::default()
    };
    let typed = with_sample(&app, &user, typed).await?;
    let preview = preview(&app, &user, &typed).await?.ok();
    reply::page(&show(&user, Some(&known), typed, preview, &[]))
}

async fn known(app: &App, user: &StaffUser, id: &str) -> Result<SavedReply> {
    let (person, id) = (user.person.id.clone(), SavedReplyId::from_text(id));
    app.read(move |conn| disputes::saved_reply(conn, &person, &id)).await
}

pub(in crate::web) async fn post_new(app: App, user: StaffUser, form: Form<Typed>) -> Answer {
    save(app, user, None, form).await
}

pub(in crate::web) async fn post_one(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let known = known(&app, &user, &id).await?;
    save(app, user, Some(known), form).await
}

/// Shows how it reads, or keeps it.
async fn save(app: App, user: StaffUser, known: Option<SavedReply>, form: Form<Typed>) -> Answer {
    let Form { fields, key } = form;
    let typed = Typed { text: fields.text.replace("\r\n", "\n"), ..fields };
    if typed.step == "preview" {
        return match preview(&app, &user, &typed).await? {
            Ok(preview) => reply::page(&show(&user, known.as_ref(), typed, Some(preview), &[])),
            Err(problems) => {
                reply::form_again(&show(&user, known.as_ref(), typed, None, &problems))
            }
        };
    }
    match keep(&app, &user, known.as_ref(), key, &typed).await {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => {
            reply::form_again(&show(&user, known.as_ref(), typed, None, &problems))
        }
        Err(Error::Refused(text)) => {
            // What stands by now, beside what was typed: the next save goes over it knowingly.
            let stands = match &known {
                Some(reply) => Some(self::known(&app, &user, reply.id.as_str()).await?),
                None => None,
            };
            let revision = stands.as_ref().map_or(String::new(), |r| r.revision.to_string());
            let (title, typed) = (typed.title.clone(), Typed { revision, ..typed });
            let mut page = show(&user, stands.as_ref(), typed, None, &[Problem::new("text", text)]);
            page.preview = stands.map(|reply| (title, reply.text));
            reply::with_status(StatusCode::CONFLICT, &page)
        }
        Err(other) => Err(other.into()),
    }
}

async fn keep(
    app: &App,
    user: &StaffUser,
    known: Option<&SavedReply>,
    key: FormKey,
    typed: &Typed,
) -> Result<String> {
    let revision = typed.revision.parse().unwrap_or(0);
    let wanted = KeptReply {
        known: known.map(|reply| (reply.id.clone(), revision)),
        team: typed.whose == "team",
        title: typed.title.clone(),
        text: typed.text.clone(),
    };
    let teller = user.clone();
    app.post(user.actor(), key, move |tx| {
        disputes::keep_reply(tx, &wanted)?;
        teller.tell(tx, &teller.words().t("saved-kept-now"))?;
        Ok(LIST.to_owned())
    })
    .await
}

pub(in crate::web) async fn remove(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let (id, teller) = (SavedReplyId::from_text(&id), user.clone());
    let location = app
        .post(user.actor(), form.key, move |tx| {
            disputes::forget_reply(tx, &id)?;
            teller.tell(tx, &teller.words().t("saved-removed-now"))?;
            Ok(LIST.to_owned())
        })
        .await?;
    reply::see_other(location)
}

/// The text filled from the dispute that was named: its number, and the text.
async fn preview(
    app: &App,
    user: &StaffUser,
    typed: &Typed,
) -> Result<Result<(String, String), Vec<Problem>>> {
    let (actor, today, typed) = (user.actor(), app.db.today(), typed.clone());
    app.read(move |conn| {
        let reach = disputes::reach(conn, &actor, today)?;
        let number = typed.sample.trim();
        let dispute = match disputes::by_number(conn, &reach, number) {
            Ok(found) => found.dispute,
            Err(Error::NotFound) => {
                let text = Text::new("dispute-link-unknown").with("number", number);
                return Ok(Err(vec![Problem::new("sample", text)]));
            }
            Err(other) => return Err(other),
        };
        let filling = disputes::filling(conn, &dispute, &actor.name)?;
        let filled = disputes::filled(&typed.text, &filling);
        Ok(filled
            .map(|text| (dispute.number, text))
            .map_err(|text| vec![Problem::new("text", text)]))
    })
    .await
}

/// With the number of a dispute to try it out on: what the reader would do next, or the newest.
async fn with_sample(app: &App, user: &StaffUser, typed: Typed) -> Result<Typed> {
    let (actor, today) = (user.actor(), app.db.today());
    let sample = app.read(move |conn| sample(conn, &actor, today)).await?;
    Ok(Typed { sample, ..typed })
}

fn sample(conn: &mut Conn, actor: &Actor, today: chrono::NaiveDate) -> Result<String> {
    let reach = disputes::reach(conn, actor, today)?;
    for (view, by) in [(View::Mine, Sort::Due), (View::All, Sort::Filed)] {
        let (filter, order) =
            (Filter::of(view, today, today), Order { by, descending: by == Sort::Filed });
        let found = disputes::queue(conn, &reach, &filter, order, &Place::Start, 1)?;
        if let Some(item) = found.items.into_iter().next() {
            return Ok(item.number);
        }
    }
    Ok(String::new())
}

fn show(
    user: &StaffUser,
    known: Option<&SavedReply>,
    typed: Typed,
    preview: Option<(String, String)>,
    problems: &[Problem],
) -> FormPage {
    let title = if known.is_some() { "saved-edit" } else { "saved-new" };
    let page = user
        .page(title)
        .under("/staff/disputes", user.words().t("nav-queue"))
        .under(LIST, user.words().t("saved-list"))
        .with_problems(problems);
    let placeholders = PLACEHOLDERS
        .iter()
        .map(|(en, zh)| {
            let name = if page.language() == Language::En { en } else { zh };
            (format!("{{{name}}}"), page.code("saved-placeholder-says", en))
        })
        .collect();
    let at = |reply: &SavedReply| format!("{LIST}/{}", reply.id);
    FormPage {
        action: known.map_or(format!("{LIST}/new"), at),
        removal: known.map_or(String::new(), |reply| format!("{}/removal", at(reply))),
        changed: known.map(|reply| changed(reply, &page)),
        typed,
        placeholders,
        preview,
        page,
    }
}
