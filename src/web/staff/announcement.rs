//! An announcement's page: how it will look, whom it reaches, what can be done, what became of it.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Path;
use askama::Template;
use chrono::NaiveDate;

use super::super::{Answer, App, Fail, Page, StaffUser, reply};
use super::announcement_actions::When;
use super::announcements::{LIST, TITLE, segment};
use super::mailbox::LETTER_POLICY;
use crate::announcements::{self, Action, Announcement, Fate, Plan, Results, State, next};
use crate::error::Result;
use crate::mailbox::LetterState;
use crate::values::{AnnouncementId, Language, Problem};

/// How it looks in one language.
struct Look {
    language: Language,
    subject: String,
    text: String,
}

/// Whom it reaches, before it goes.
struct Ahead {
    customers: String,
    mailed: usize,
    switched_off: usize,
    bounced: usize,
    nobody: usize,
    /// How many get it in another language than theirs.
    other: Option<String>,
}

/// What became of it.
struct Became {
    all: i64,
    waiting: i64,
    sent: i64,
    queued: i64,
    failed: i64,
    portal: i64,
    gone: i64,
    opened: i64,
}

#[derive(Template)]
#[template(path = "staff/announcement.html")]
pub(super) struct OnePage {
    page: Page,
    id: String,
    revision: i64,
    state: &'static str,
    segment: Vec<String>,
    by: String,
    changed: String,
    send_at: Option<String>,
    begun: Option<String>,
    ended: Option<String>,
    looks: Vec<Look>,
    /// The language it isn't written in.
    missing: Option<Language>,
    ahead: Option<Ahead>,
    became: Option<Became>,
    may_edit: bool,
    may_schedule: bool,
    may_take_back: bool,
    may_cancel: bool,
    may_try: bool,
    to: String,
    typed: When,
    zone: String,
}

pub(in crate::web) async fn one(app: App, user: StaffUser, id: Path<String>) -> Answer {
    reply::page(&render(&app, &user, &id, None, &[]).await?)
}

pub(super) struct Found {
    pub known: Announcement,
    looks: Vec<Look>,
    pub plan: Option<Plan>,
    results: Option<Results>,
}

/// Whether it is on its way or gone, so that who gets it is settled.
pub(super) fn settled(state: State) -> bool {
    matches!(state, State::Sending | State::Sent)
}

pub(super) async fn find(app: &App, user: &StaffUser, id: &str) -> Result<Found> {
    let (actor, id, today) = (user.actor(), AnnouncementId::from_text(id), app.db.today());
    let house = app.db.house().clone();
    app.read(move |conn| {
        let reach = announcements::reach(conn, &actor)?;
        let known = announcements::one(conn, &reach, &id)?;
        let mut looks = Vec::new();
        for language in known.writing.languages() {
            let drawn = announcements::preview(conn, &known, language, &house)?;
            looks.push(Look { language, subject: drawn.subject, text: drawn.text });
        }
        let results = match settled(known.state) {
            true => Some(announcements::results(conn, &id)?),
            false => None,
        };
        let plan = match known.state {
            State::Draft | State::Scheduled => Some(announcements::plan(conn, &known, today)?),
            _ => None,
        };
        Ok(Found { known, looks, plan, results })
    })
    .await
}

pub(super) async fn render(
    app: &App,
    user: &StaffUser,
    id: &str,
    typed: Option<When>,
    problems: &[Problem],
) -> Result<OnePage> {
    let Found { known, looks, plan, results } = find(app, user, id).await?;
    let words = user.words();
    let subject = known.subject(words.language).to_owned();
    let page = user.visit.page(subject).under(LIST, words.t(TITLE)).with_problems(problems);
    let writes = announcements::writes(&user.actor());
    let may = |action| writes && next(known.state, action).is_some();
    let missing = Language::ALL.iter().find(|one| known.writing.said(**one).is_empty());
    let tomorrow = app.db.today().succ_opt().unwrap_or(NaiveDate::MAX);
    Ok(OnePage {
        id: known.id.to_string(),
        revision: known.revision,
        state: known.state.as_str(),
        segment: segment(&page, &known),
        by: known.written_by_name.clone(),
        changed: page.t2(
            "news-changed",
            "who",
            page.who(&known.changed_by_name),
            "at",
            page.time(&known.changed_at),
        ),
        send_at: known.send_at.map(|at| page.time(&at)),
        begun: known.begun_at.map(|at| page.time(&at)),
        ended: known.ended_at.map(|at| page.time(&at)),
        looks,
        missing: missing.copied(),
        ahead: plan.as_ref().map(|plan| ahead(&page, plan)),
        became: results.as_ref().map(became),
        may_edit: may(Action::Edit),
        may_schedule: may(Action::Schedule),
        may_take_back: may(Action::TakeBack),
        may_cancel: may(Action::Cancel),
        may_try: writes,
        to: user.person.email.clone(),
        typed: typed.unwrap_or_else(|| When {
            revision: String::new(),
            when: "now".to_owned(),
            day: tomorrow.to_string(),
            time: "09:00".to_owned(),
        }),
        zone: app.db.house().zone.name().to_owned(),
        page,
    })
}

fn ahead(page: &Page, plan: &Plan) -> Ahead {
    let other = plan.in_the_other_language();
    Ahead {
        customers: page.number(plan.customers),
        mailed: plan.count(Fate::Mailed),
        switched_off: plan.count(Fate::SwitchedOff),
        bounced: plan.count(Fate::Bounced),
        nobody: plan.nobody.len(),
        other: (other > 0).then(|| page.count("news-in-other-language", count(other))),
    }
}

fn became(results: &Results) -> Became {
    let fate = |fate: Fate| results.fates.get(&fate).copied().unwrap_or_default();
    let letters = |state: LetterState| results.letters.get(&state).copied().unwrap_or_default();
    Became {
        all: results.fates.values().sum(),
        waiting: fate(Fate::Waiting),
        sent: letters(LetterState::Sent),
        queued: letters(LetterState::Queued),
        failed: letters(LetterState::Failed),
        portal: letters(LetterState::Shown),
        gone: fate(Fate::Gone),
        opened: results.opened,
    }
}

pub(super) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The letter as a mail program shows it.
pub(in crate::web) async fn html(app: App, user: StaffUser, of: Path<(String, String)>) -> Answer {
    let (id, code) = of.into_inner();
    let language = Language::from_code(&code).ok_or(Fail::NOT_FOUND)?;
    let (actor, id) = (user.actor(), AnnouncementId::from_text(&id));
    let house = app.db.house().clone();
    let drawn = app
        .read(move |conn| {
            let reach = announcements::reach(conn, &actor)?;
            let known = announcements::one(conn, &reach, &id)?;
            announcements::preview(conn, &known, language, &house)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, LETTER_POLICY))
        .body(drawn.html))
}
