//! Announcements: the list, and writing one.

use actix_web::web::Path;
use askama::Template;

use super::super::{Answer, App, Form, Page, StaffUser, reply};
use super::announcement_form::{self, FormPage, Typed, offered};
use crate::announcements::{self, Action, Announcement, Reach, next};
use crate::error::{Error, Result};
use crate::values::{AnnouncementId, Problem};

pub(super) const LIST: &str = "/staff/announcements";
pub(super) const TITLE: &str = "nav-announcements";
/// Announcements on the list.
const MOST: i64 = 100;

#[derive(Template)]
#[template(path = "staff/announcements.html")]
struct ListPage {
    page: Page,
    rows: Vec<Row>,
    may_write: bool,
}

struct Row {
    id: String,
    subject: String,
    state: &'static str,
    segment: String,
    by: String,
    at: String,
}

pub(in crate::web) async fn list(app: App, user: StaffUser) -> Answer {
    let actor = user.actor();
    let found = app
        .read(move |conn| {
            let reach = announcements::reach(conn, &actor)?;
            announcements::latest(conn, &reach, MOST)
        })
        .await?;
    let page = user.page(TITLE);
    let rows = found
        .iter()
        .map(|one| Row {
            id: one.id.to_string(),
            subject: one.subject(page.language()).to_owned(),
            state: one.state.as_str(),
            segment: segment(&page, one).join(&page.t("news-between")),
            by: one.written_by_name.clone(),
            at: page.time(&one.ended_at.or(one.send_at).unwrap_or(one.changed_at)),
        })
        .collect();
    let may_write = announcements::writes(&user.actor());
    reply::page(&ListPage { page, rows, may_write })
}

/// Whom it is for, in words: one condition each.
pub(super) fn segment(page: &Page, of: &Announcement) -> Vec<String> {
    let (scope, between) = (&of.writing.segment.customers, page.t("news-between"));
    let named = |values: &[String]| values.join(&between);
    let types = scope.types.iter().map(|code| page.code("customer-kind", code));
    let classes = scope.classes.iter().map(|code| page.name("policy-class", code));
    let (types, classes): (Vec<_>, Vec<_>) = (types.collect(), classes.collect());
    let mut said = Vec::new();
    for (key, values) in [
        ("news-for-types", named(&types)),
        ("news-for-classes", named(&classes)),
        ("news-for-regions", named(&scope.regions)),
        ("news-for-groups", named(&scope.groups)),
        ("news-for-codes", named(&scope.codes)),
        ("news-for-programme", of.writing.segment.programme.clone().unwrap_or_default()),
        ("news-for-except", named(&scope.except)),
    ] {
        if !values.is_empty() {
            said.push(page.t1(key, "values", values));
        }
    }
    if scope.min_tenure_months > 0 {
        said.push(page.count("news-for-tenure", i64::from(scope.min_tenure_months)));
    }
    if let Reach::Portfolio(manager) = &of.reach {
        said.insert(0, page.t1("news-for-portfolio", "manager", manager));
    }
    if said.is_empty() {
        said.push(page.t("news-for-everybody"));
    }
    said
}

pub(in crate::web) async fn new(app: App, user: StaffUser) -> Answer {
    reply::page(&form(&app, &user, None, Typed::default(), &[]).await?)
}

pub(in crate::web) async fn edit(app: App, user: StaffUser, id: Path<String>) -> Answer {
    let known = known(&app, &user, &id).await?;
    if next(known.state, Action::Edit).is_none() {
        return reply::see_other(format!("{LIST}/{}", known.id));
    }
    let typed = Typed::of(&known);
    reply::page(&form(&app, &user, Some(&known), typed, &[]).await?)
}

async fn known(app: &App, user: &StaffUser, id: &str) -> Result<Announcement> {
    let (actor, id) = (user.actor(), AnnouncementId::from_text(id));
    app.read(move |conn| {
        let reach = announcements::reach(conn, &actor)?;
        announcements::one(conn, &reach, &id)
    })
    .await
}

async fn form(
    app: &App,
    user: &StaffUser,
    known: Option<&Announcement>,
    typed: Typed,
    problems: &[Problem],
) -> Result<FormPage> {
    let (actor, language) = (user.actor(), user.words().language);
    let (reach, offered) = app
        .read(move |conn| Ok((announcements::reach(conn, &actor)?, offered(conn, language)?)))
        .await?;
    let reach = known.map_or(&reach, |known| &known.reach);
    Ok(announcement_form::show(user, known, reach, typed, offered, problems))
}

pub(in crate::web) async fn post_new(app: App, user: StaffUser, form: Form<Typed>) -> Answer {
    save(app, user, None, form).await
}

pub(in crate::web) async fn post_edit(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let known = known(&app, &user, &id).await?;
    save(app, user, Some(known), form).await
}

async fn save(app: App, user: StaffUser, known: Option<Announcement>, post: Form<Typed>) -> Answer {
    let (typed, of) = (post.fields, known.as_ref());
    let writing = match typed.read()? {
        Ok(writing) => writing,
        Err(problem) => {
            return reply::form_again(&form(&app, &user, of, typed, &[problem]).await?);
        }
    };
    let revision = typed.revision.parse().unwrap_or(0);
    let (teller, id) = (user.clone(), of.map(|known| known.id.clone()));
    let saved = app
        .post(user.actor(), post.key, move |tx| {
            let id = match &id {
                None => announcements::draft(tx, writing.clone())?,
                Some(id) => {
                    announcements::edit(tx, id, revision, writing.clone())?;
                    id.clone()
                }
            };
            teller.tell(tx, &teller.words().t("news-saved"))?;
            Ok(format!("{LIST}/{id}"))
        })
        .await;
    match (saved, known) {
        (Ok(location), _) => reply::see_other(location),
        (Err(Error::Invalid(problems)), known) => {
            reply::form_again(&form(&app, &user, known.as_ref(), typed, &problems).await?)
        }
        (Err(Error::Refused(why)), Some(known)) => {
            // What stands by now beside what was typed: the next save goes over it knowingly.
            let stands = self::known(&app, &user, known.id.as_str()).await?;
            let problems = [Problem::new("subject_zh", why)];
            let page = form(&app, &user, Some(&stands), typed, &problems).await?;
            reply::refused_again(&page.beside(&stands))
        }
        (Err(other), _) => Err(other.into()),
    }
}
