//! Drafting a policy: one form that works without JavaScript. Every button posts the whole form;
//! only saving changes anything. What the form says goes through the checks of the policy file.

use actix_web::web::{Path, Query};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use super::super::{
    Answer, App, Fail, FormKey, Page, StaffUser, Upload, UploadForm, UploadLimits, UploadedFile,
    reply,
};
use super::policy_checked::Checked;
use super::policy_fields::{Control, Known, Section, TierRow, known, sections, tier_rows};
use super::policy_form::{Typed, TypedTier};
use super::policy_problems::{at_fields, form_problems, placed};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::policies::{self, MOST_BYTES, Terms, Version, VersionState, parse, write_toml};
use crate::values::{Period, PeriodKind, Text, VersionId};

impl UploadForm for Typed {
    fn limits(_: &Config) -> UploadLimits {
        let bytes = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
        UploadLimits { files: 1, bytes, text: 512 << 10 }
    }
}

#[derive(Template)]
#[template(path = "staff/policy_editor.html")]
struct EditorPage {
    page: Page,
    /// Where the form posts to.
    here: String,
    /// Where cancelling leads.
    back: String,
    /// The draft under edit, once it is saved.
    saved: Option<Saved>,
    typed: Typed,
    sections: Vec<Section>,
    tiers: Vec<TierRow>,
    tiers_wrong: Option<String>,
    known: Known,
    checked: Option<Checked>,
    conflict: Option<Conflict>,
    /// Why the room refused to save it.
    refused: Option<String>,
}

struct Saved {
    id: String,
    code: String,
    number: i32,
}

/// Somebody else saved the draft meanwhile.
struct Conflict {
    said: String,
    /// What saving would change in theirs.
    changes: Vec<String>,
    theirs: String,
}

/// What the form is about: a new draft, or one that was saved.
enum About {
    New,
    Draft(Box<Version>),
}

impl About {
    fn here(&self) -> String {
        match self {
            Self::New => "/staff/policies/new".to_owned(),
            Self::Draft(version) => format!("/staff/policies/{}/edit", version.id),
        }
    }

    fn back(&self) -> String {
        match self {
            Self::New => "/staff/policies".to_owned(),
            Self::Draft(version) => page_of(version),
        }
    }

    fn saved(&self) -> Option<Saved> {
        match self {
            Self::New => None,
            Self::Draft(version) => Some(Saved {
                id: version.id.to_string(),
                code: version.code.clone(),
                number: version.number,
            }),
        }
    }
}

pub(super) fn page_of(version: &Version) -> String {
    format!("/staff/policies/{}?version={}", version.policy_id, version.number)
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    /// The version to begin with: an amendment, or a copy under another code.
    from: String,
}

/// An empty form, or one filled with a version's terms.
pub(in crate::web) async fn new(app: App, user: StaffUser, asked: Query<Asked>) -> Answer {
    let from = VersionId::from_text(&asked.from);
    let typed = if asked.from.is_empty() {
        fresh(&app, &user)
    } else {
        let version = app.read(move |conn| policies::version(conn, &from)).await?;
        following(&version, app.db.today())
    };
    show(&app, &user, About::New, typed, Shown::default()).await
}

/// A saved draft.
pub(in crate::web) async fn edit(app: App, user: StaffUser, id: Path<String>) -> Answer {
    let version = draft(&app, &id).await?;
    let typed = typed_of(&version);
    show(&app, &user, About::Draft(Box::new(version)), typed, Shown::default()).await
}

/// The draft as a policy file.
pub(in crate::web) async fn file(app: App, id: Path<String>) -> Answer {
    let id = VersionId::from_text(&id);
    let version = app.read(move |conn| policies::version(conn, &id)).await?;
    let name = format!("{}-v{}.toml", version.code, version.number);
    let bytes = write_toml(&version.terms).into_bytes();
    Ok(reply::download(&name, "application/toml; charset=utf-8", bytes))
}

pub(in crate::web) async fn post_new(app: App, user: StaffUser, form: Upload<Typed>) -> Answer {
    respond(app, user, About::New, form).await
}

pub(in crate::web) async fn post_edit(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Upload<Typed>,
) -> Answer {
    let version = draft(&app, &id).await?;
    respond(app, user, About::Draft(Box::new(version)), form).await
}

/// The version, when it is one that may be edited.
async fn draft(app: &App, id: &str) -> Result<Version> {
    let id = VersionId::from_text(id);
    let version = app.read(move |conn| policies::version(conn, &id)).await?;
    match version.state {
        VersionState::Draft => Ok(version),
        state => Err(Error::Refused(state.sentence())),
    }
}

/// A form that begins with what most policies say.
fn fresh(app: &App, user: &StaffUser) -> Typed {
    let mut typed = Typed { qualifying: "same".to_owned(), ..Typed::default() };
    let this = Period::containing(PeriodKind::Quarter, app.db.today());
    let next = this.next().and_then(Period::days);
    for (path, value) in [
        ("currency", "CNY"),
        ("period", "quarter"),
        ("form", "cash"),
        ("grace_days", "5"),
        ("owner", user.person.email.as_str()),
        ("measure.kind", "amount"),
        ("reward.tier_mode", "all_units"),
    ] {
        typed.set(path, value);
    }
    if let Some((first, _)) = next {
        typed.set("from", first.to_string());
    }
    typed.tiers = vec![TypedTier { pays: "percent".to_owned(), ..TypedTier::default() }];
    typed
}

fn typed_of(version: &Version) -> Typed {
    let typed = Typed::of_file(&write_toml(&version.terms)).unwrap_or_default();
    Typed { revision: version.revision.to_string(), ..typed }
}

/// The terms of a version for the one to follow it, which begins with the next period at the
/// earliest.
fn following(version: &Version, today: NaiveDate) -> Typed {
    let mut typed = typed_of(version);
    let on = today.max(version.terms.from);
    let next = Period::containing(version.terms.period, on).next().and_then(Period::days);
    if let Some((first, _)) = next {
        typed.set("from", first.to_string());
    }
    typed
}

/// What a page shows besides the form.
#[derive(Default)]
struct Shown {
    problems: Vec<(String, String)>,
    checked: Option<Checked>,
    conflict: Option<Conflict>,
    refused: Option<String>,
}

async fn show(app: &App, user: &StaffUser, about: About, typed: Typed, shown: Shown) -> Answer {
    let code = typed.get("code").trim().to_owned();
    let (known, promised) = app
        .read(move |conn| {
            let promised = match policies::by_code(conn, &code) {
                Ok(version) => Some(version),
                Err(Error::NotFound) => None,
                Err(other) => return Err(other),
            };
            Ok((known(conn)?, promised))
        })
        .await?;
    let words = user.words();
    let name = |version: &Version| version.terms.name.in_language(words.language).to_owned();
    let title = match (&about, &promised) {
        (About::New, None) => words.t("editor-title-new"),
        (About::New, Some(former)) => words.t1("editor-title-next", "name", name(former)),
        (About::Draft(version), _) => {
            words.t2("editor-title-edit", "code", &version.code, "version", version.number)
        }
    };
    let mut page = user.visit.page(title).under("/staff/policies", words.t("nav-staff-policies"));
    page = match (&about, &promised) {
        (About::New, None) => page,
        (About::New, Some(former)) => page.under(page_of(former), name(former)),
        (About::Draft(version), _) => page.under(about.back(), name(version)),
    };
    page.problems = shown.problems;
    let status =
        match (page.problems.is_empty(), shown.conflict.is_some() || shown.refused.is_some()) {
            (_, true) => actix_web::http::StatusCode::CONFLICT,
            (false, _) => actix_web::http::StatusCode::UNPROCESSABLE_ENTITY,
            (true, _) => actix_web::http::StatusCode::OK,
        };
    let editor = EditorPage {
        here: about.here(),
        back: about.back(),
        saved: about.saved(),
        sections: sections(&page, &typed, &known),
        tiers: tier_rows(&page, &typed.tiers),
        tiers_wrong: page.problem("tiers").map(str::to_owned),
        known,
        checked: shown.checked,
        conflict: shown.conflict,
        refused: shown.refused,
        typed,
        page,
    };
    reply::with_status(status, &editor)
}

/// Does what the pressed button asks for.
async fn respond(app: App, user: StaffUser, about: About, form: Upload<Typed>) -> Answer {
    let Upload { fields: mut typed, files, key } = form;
    let act = typed.act.clone();
    match act.as_str() {
        "add-tier" => typed.add_tier(),
        "load" => return load(&app, &user, about, typed, files).await,
        "check" => return check(&app, &user, about, typed).await,
        "save" => return save(&app, user, about, typed, key).await,
        other => {
            let index = other.strip_prefix("remove-tier-").and_then(|index| index.parse().ok());
            typed.remove_tier(index.ok_or_else(|| Fail::malformed("no such button"))?);
        }
    }
    show(&app, &user, about, typed, Shown::default()).await
}

/// The terms the form says, or what is wrong with them.
fn read(user: &StaffUser, typed: &Typed) -> Result<Terms, Vec<(String, String)>> {
    let words = user.words();
    let mut problems = form_problems(typed, words);
    match parse(&typed.to_file()) {
        Ok(terms) if problems.is_empty() => Ok(terms),
        Ok(_) => Err(problems),
        Err(found) => {
            problems.extend(placed(&found, words));
            Err(problems)
        }
    }
}

/// Fills the form from a file, right or wrong.
async fn load(
    app: &App,
    user: &StaffUser,
    about: About,
    typed: Typed,
    files: Vec<UploadedFile>,
) -> Answer {
    let words = user.words();
    let bytes = match files.first() {
        Some(file) => std::fs::read(file.path()).map_err(Fail::internal)?,
        None => typed.pasted.clone().into_bytes(),
    };
    let failed = |sentence: String| Shown {
        problems: vec![("toml".to_owned(), sentence)],
        ..Shown::default()
    };
    let Ok(source) = String::from_utf8(bytes) else {
        let said = words.t("policy-not-utf8");
        return show(app, user, about, typed, failed(said)).await;
    };
    if source.trim().is_empty() {
        let said = words.t("editor-nothing-to-load");
        return show(app, user, about, typed, failed(said)).await;
    }
    let found = parse(&source).err().unwrap_or_default();
    let Some(loaded) = Typed::of_file(&source) else {
        let problems = placed(&found, words);
        let typed = Typed { pasted: source, ..typed };
        return show(app, user, about, typed, Shown { problems, ..Shown::default() }).await;
    };
    let mut problems = placed(&found, words);
    problems.extend(form_problems(&loaded, words));
    let pasted = if problems.is_empty() { String::new() } else { source };
    let loaded = Typed { revision: typed.revision, pasted, ..loaded };
    show(app, user, about, loaded, Shown { problems, ..Shown::default() }).await
}

/// Says what the policy means as it stands.
async fn check(app: &App, user: &StaffUser, about: About, typed: Typed) -> Answer {
    let shown = match read(user, &typed) {
        Err(problems) => Shown { problems, ..Shown::default() },
        Ok(terms) => {
            let wanted = terms.clone();
            let found =
                app.read(move |conn| policies::exclusive_group_problems(conn, &wanted)).await?;
            let problems = at_fields(&found, user.words());
            let checked = Some(Checked::look(app, user, terms).await?);
            Shown { problems, checked, ..Shown::default() }
        }
    };
    show(app, user, about, typed, shown).await
}

async fn save(app: &App, user: StaffUser, about: About, typed: Typed, key: FormKey) -> Answer {
    let terms = match read(&user, &typed) {
        Ok(terms) => terms,
        Err(problems) => {
            return show(app, &user, about, typed, Shown { problems, ..Shown::default() }).await;
        }
    };
    let draft = match &about {
        About::New => None,
        About::Draft(version) => {
            let revision: i64 = typed.revision.parse().map_err(Fail::malformed)?;
            Some((version.id.clone(), revision))
        }
    };
    let (teller, wanted) = (user.clone(), terms.clone());
    let saved = app
        .post(user.actor(), key, move |tx| {
            let source = write_toml(&wanted);
            let version = match &draft {
                None => policies::draft(tx, &wanted, &source)?,
                Some((id, revision)) => policies::edit(tx, id, *revision, &wanted, &source)?,
            };
            let told = teller.words().t1("editor-saved", "version", version.number);
            teller.tell(tx, &told)?;
            Ok(page_of(&version))
        })
        .await;
    let words = user.words();
    match saved {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => {
            let problems = at_fields(&problems, words);
            show(app, &user, about, typed, Shown { problems, ..Shown::default() }).await
        }
        Err(Error::Refused(text)) if text.key == "policy-changed-meanwhile" => {
            conflict(app, &user, about, typed, &terms, &text).await
        }
        Err(Error::Refused(text)) => {
            let refused = Some(words.say(&text));
            show(app, &user, about, typed, Shown { refused, ..Shown::default() }).await
        }
        Err(other) => Err(other.into()),
    }
}

/// Both texts: the form keeps this one, and theirs stands beside it. Saving again, having seen
/// theirs, puts this one in its place.
async fn conflict(
    app: &App,
    user: &StaffUser,
    about: About,
    mut typed: Typed,
    mine: &Terms,
    said: &Text,
) -> Answer {
    let About::Draft(shown) = about else { return Err(Error::Duplicate.into()) };
    let now = draft(app, shown.id.as_str()).await?;
    typed.revision = now.revision.to_string();
    let words = user.words();
    let conflict = Conflict {
        said: words.say(said),
        changes: policies::compare(&now.terms, mine, words),
        theirs: write_toml(&now.terms),
    };
    let about = About::Draft(Box::new(now));
    show(app, user, about, typed, Shown { conflict: Some(conflict), ..Shown::default() }).await
}
