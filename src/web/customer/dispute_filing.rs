//! Filing a dispute, from the draft on: back to it, everything once more to check, filed, or
//! removed. What is filed is what the check page showed; when the draft or the number changed
//! meanwhile, the page comes once more.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::dispute_view::{About, size};
use super::super::{Answer, App, CustomerUser, Form, Page, reply};
use super::dispute_claim::{Claim, look, read};
use super::dispute_new::show_draft;
use crate::db::{Conn, Tx};
use crate::disputes::{self, Contested, Draft, FileStore, SubjectKind, Terms};
use crate::error::{Error, Result};
use crate::statements;
use crate::values::{
    DraftId, Fingerprint, Key, Language, Money, PersonId, Problem, StatementId, Text,
};

#[derive(Template)]
#[template(path = "customer/dispute_check.html")]
struct CheckPage {
    page: Page,
    about: About,
    draft: String,
    text: String,
    files: Vec<(String, String)>,
    category: String,
    expected: Option<Money>,
    /// None when no amount is disputed.
    disputed: Option<Money>,
    /// What is shown, as a fingerprint.
    shown: String,
}

/// The draft once more, to be changed.
pub(in crate::web) async fn draft(app: App, user: CustomerUser, id: Path<String>) -> Answer {
    let (person, customer, id) = (user.person.id.clone(), user.customer, DraftId::from_text(&id));
    let draft = app.read(move |conn| disputes::draft_of(conn, &person, customer, &id)).await?;
    show_draft(&app, &user, draft, &[]).await
}

/// A draft with what it is about, and the claim it makes, or what is wrong with it.
struct Found {
    draft: Draft,
    contested: Contested,
    claim: Result<Claim, Vec<Problem>>,
}

impl Found {
    fn find(
        conn: &mut Conn,
        person: &PersonId,
        customer: Key,
        id: &DraftId,
        language: Language,
    ) -> Result<Self> {
        let draft = disputes::draft_of(conn, person, customer, id)?;
        let about = (draft.kind, draft.subject.as_str());
        let (contested, problems) = look(conn, customer, about, &draft.text, language)?;
        let claim = match read(&draft.text, &contested) {
            Ok(claim) if problems.is_empty() => Ok(claim),
            Ok(_) => Err(problems),
            Err(wrong) => Err(problems.into_iter().chain(wrong).collect()),
        };
        Ok(Self { draft, contested, claim })
    }

    /// Of everything the check page shows.
    fn fingerprint(&self) -> Result<String> {
        Ok(Fingerprint::new("openrebate dispute check 1")
            .field(self.draft.fingerprint())
            .field(self.contested.fingerprint()?)
            .finish())
    }
}

/// Step 2: everything once more, to check; or step 1 again, with what is wrong.
pub(in crate::web) async fn check(app: App, user: CustomerUser, id: Path<String>) -> Answer {
    show_check(&app, &user, &id, None).await
}

/// `why` it is shown once more, where somebody wanted to file already.
async fn show_check(app: &App, user: &CustomerUser, id: &str, why: Option<Text>) -> Answer {
    let (person, customer, id) = (user.person.id.clone(), user.customer, DraftId::from_text(id));
    let language = user.words().language;
    let found = app.read(move |conn| Found::find(conn, &person, customer, &id, language)).await?;
    let shown = found.fingerprint()?;
    let Found { draft, contested, claim } = found;
    let claim = match claim {
        Ok(claim) => claim,
        Err(problems) => return show_draft(app, user, draft, &problems).await,
    };
    let mut page =
        user.page("dispute-check-title").under("/disputes", user.words().t("nav-disputes"));
    let refused = why.is_some();
    if let Some(why) = why {
        page = page.with_problems(&[Problem::new("file", why)]);
    }
    let files = draft
        .files
        .into_iter()
        .map(|file| (file.name, size(u64::try_from(file.bytes).unwrap_or_default())));
    let check = CheckPage {
        about: About::of(&contested, &page),
        category: page.code("dispute-category", claim.category.as_str()),
        draft: draft.id.to_string(),
        text: draft.text.text,
        files: files.collect(),
        expected: claim.expected,
        disputed: (!claim.disputed.is_zero()).then_some(claim.disputed),
        shown,
        page,
    };
    let status = if refused { StatusCode::CONFLICT } else { StatusCode::OK };
    reply::with_status(status, &check)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Filing {
    draft: String,
    shown: String,
}

/// Step 3: files it, and leads to the receipt.
pub(in crate::web) async fn submit(app: App, user: CustomerUser, form: Form<Filing>) -> Answer {
    // Posted before, the draft is a dispute by now.
    if let Some(location) = app.posted(&user.actor(), &form.key).await? {
        return reply::see_other(location);
    }
    let Filing { draft, shown } = form.fields;
    let id = DraftId::from_text(&draft);
    let (person, customer, wanted) = (user.person.id.clone(), user.customer, id.clone());
    let from = FileStore::drafts(&app.config.files, &person);
    let keeper = FileStore::of_disputes(&app.config.files);
    let waiting = from.clone();
    let (files, gone) = app
        .read(move |conn| {
            let draft = disputes::draft_of(conn, &person, customer, &wanted)?;
            // Kept before the rows that name them; see `disputes::files`.
            let mut gone = None;
            for file in &draft.files {
                match waiting.read(&file.id) {
                    Ok(bytes) => keeper.keep(&file.id, &bytes)?,
                    Err(Error::NotFound) => gone = Some(file.name.clone()),
                    Err(other) => return Err(other),
                }
            }
            Ok((draft.files, gone))
        })
        .await?;
    if let Some(name) = gone {
        let gone = Text::new("dispute-file-gone").with("name", name);
        return show_check(&app, &user, &draft, Some(gone)).await;
    }
    let (language, terms) = (user.words().language, app.config.limits.disputes());
    let posted = app
        .post(user.actor(), form.key, move |tx| {
            let id = file(tx, customer, &id, &shown, language, &terms)?;
            Ok(format!("/disputes/{id}/receipt"))
        })
        .await;
    match posted {
        Ok(location) => {
            files.iter().for_each(|file| from.forget(&file.id));
            reply::see_other(location)
        }
        Err(Error::Refused(why)) => show_check(&app, &user, &draft, Some(why)).await,
        Err(Error::Invalid(_)) => show_check(&app, &user, &draft, None).await,
        Err(other) => Err(other.into()),
    }
}

/// Everything a filing changes, in one transaction: the dispute, its files, the statement's answer.
fn file(
    tx: &mut Tx<'_>,
    customer: Key,
    id: &DraftId,
    shown: &str,
    language: Language,
    terms: &Terms,
) -> Result<String> {
    let person = tx.by().person().cloned().ok_or(Error::NotFound)?;
    let found = Found::find(tx, &person, customer, id, language)?;
    if found.fingerprint()? != *shown {
        return Err(Error::refused("dispute-draft-changed"));
    }
    let Found { draft, contested, claim } = found;
    let new = claim.map_err(Error::Invalid)?.filed(customer, contested, &draft.text.text)?;
    let dispute = disputes::file_draft(tx, id, new, terms)?;
    if draft.kind == SubjectKind::Statement {
        contest(tx, customer, &StatementId::from_text(&draft.subject))?;
    }
    Ok(dispute.id.to_string())
}

/// A statement that waits for an answer has it now. One that was confirmed before stays so: that
/// is evidence, and the dispute stands beside it.
fn contest(tx: &mut Tx<'_>, customer: Key, id: &StatementId) -> Result<()> {
    match statements::of_customer_one(tx, customer, id)?.state {
        statements::State::Issued => statements::contest(tx, customer, id),
        _ => Ok(()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

/// Removes a draft, with its files.
pub(in crate::web) async fn remove(
    app: App,
    user: CustomerUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let (id, customer, teller) = (DraftId::from_text(&id), user.customer, user.clone());
    let (person, wanted) = (user.person.id.clone(), id.clone());
    let known = app.read(move |conn| disputes::draft_of(conn, &person, customer, &wanted)).await;
    let posted = app
        .post(user.actor(), form.key, move |tx| {
            disputes::remove_draft(tx, customer, &id)?;
            teller.tell(tx, &teller.words().t("dispute-draft-removed"))?;
            Ok("/disputes".to_owned())
        })
        .await?;
    let drafts = FileStore::drafts(&app.config.files, &user.person.id);
    known.iter().flat_map(|draft| &draft.files).for_each(|file| drafts.forget(&file.id));
    reply::see_other(posted)
}
