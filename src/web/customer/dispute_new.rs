//! Filing a dispute, step 1, without JavaScript: choose what it is about, say what is wrong.
//! Everything typed is kept as a draft of its author's, right or wrong, so that nothing is lost
//! with a session; see `dispute_filing` for the steps after.

use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use serde::Deserialize;

use super::super::dispute_tables::{RowView, TableView};
use super::super::dispute_view::{About, size};
use super::super::form::Query;
use super::super::{
    Answer, App, CustomerUser, Fail, Page, Upload, UploadForm, UploadLimits, UploadedFile, reply,
};
use super::dispute_claim::{look, read};
use super::dispute_drafts::read_upload;
use crate::config::Config;
use crate::disputes::{
    self, Category, Checked, Contested, Draft, DraftText, FileStore, LARGEST, MOST, Save,
    SubjectKind,
};
use crate::error::{Error, Result};
use crate::values::{DraftId, FileId, Money, Problem};

/// The form as it was sent.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Typed {
    draft: String,
    subject: String,
    id: String,
    category: String,
    document: String,
    expected: String,
    disputed: String,
    text: String,
    #[serde(rename = "line[]")]
    lines: Vec<String>,
    /// Files of the draft to leave out.
    #[serde(rename = "drop[]")]
    dropped: Vec<String>,
    /// `save` keeps the draft and goes no further.
    step: String,
}

impl UploadForm for Typed {
    /// More than is accepted, so that one too many or too large is refused at its field, with
    /// everything else kept.
    fn limits(_: &Config) -> UploadLimits {
        let bytes = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_mul(2);
        UploadLimits { files: MOST * 2, bytes, text: UploadLimits::TEXT }
    }
}

impl Typed {
    /// What is kept of it; browsers end lines with two characters, people count one.
    fn text(&self) -> DraftText {
        DraftText {
            category: self.category.clone(),
            document: self.document.clone(),
            expected: self.expected.clone(),
            disputed: self.disputed.clone(),
            text: self.text.replace("\r\n", "\n"),
            lines: self.lines.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "customer/dispute_choose.html")]
struct ChoosePage {
    page: Page,
    choices: Vec<Choice>,
}

struct Choice {
    address: String,
    kind: String,
    text: String,
    amount: Money,
}

/// Rows of a table to choose from.
struct Pick {
    title: String,
    rows: Vec<RowView>,
}

/// Rows that are offered at once; of a longer table only those chosen where it is shown.
const OFFERED: usize = 60;

#[derive(Template)]
#[template(path = "customer/dispute_new.html")]
struct FormPage {
    page: Page,
    about: About,
    draft: String,
    id: String,
    typed: DraftText,
    picks: Vec<Pick>,
    /// Where more rows can be chosen.
    pick_at: Option<String>,
    kept: Vec<Kept>,
    categories: Vec<(&'static str, String)>,
    /// Open disputes about the same thing: id and number.
    others: Vec<(String, String)>,
    most: usize,
}

/// A file of the draft.
struct Kept {
    id: String,
    name: String,
    size: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    subject: String,
    id: String,
    #[serde(rename = "line[]")]
    lines: Vec<String>,
}

/// A new dispute: what it is about, and what is wrong with it.
pub(in crate::web) async fn form(app: App, user: CustomerUser, asked: Query<Asked>) -> Answer {
    let Asked { subject, id, lines } = asked.0;
    if subject.is_empty() {
        return choose(app, user).await;
    }
    let kind = SubjectKind::from_code(&subject).ok_or(Error::NotFound)?;
    let mut text = DraftText { lines, ..DraftText::default() };
    let mut about = id;
    if kind == SubjectKind::MissingInvoice {
        text.document = std::mem::take(&mut about);
    }
    let draft = Draft {
        id: DraftId::new(),
        person: user.person.id.clone(),
        customer: user.customer,
        kind,
        subject: about,
        text,
        files: Vec::new(),
        changed_at: user.visit.now,
    };
    show_draft(&app, &user, draft, &[]).await
}

async fn choose(app: App, user: CustomerUser) -> Answer {
    let page = page(&user);
    let (customer, language) = (user.customer, page.language());
    let found = app.read(move |conn| disputes::contestable(conn, customer, language)).await?;
    let choices = found
        .into_iter()
        .map(|(subject, amount)| Choice {
            address: format!("/disputes/new?subject={}&id={}", subject.kind, subject.id),
            kind: page.code("dispute-subject", subject.kind.as_str()),
            text: subject.text,
            amount,
        })
        .collect();
    reply::page(&ChoosePage { page, choices })
}

/// Keeps what was typed, and goes on to the check; or shows the form again, with what is wrong.
pub(in crate::web) async fn save(app: App, user: CustomerUser, upload: Upload<Typed>) -> Answer {
    let Upload { fields: typed, files, .. } = upload;
    let kind = SubjectKind::from_code(&typed.subject).ok_or(Error::NotFound)?;
    if typed.draft.len() != 32 || !typed.draft.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Fail::malformed("no draft's id"));
    }
    let (customer, language, text) = (user.customer, user.words().language, typed.text());
    let (about, looked) = (typed.id.clone(), text.clone());
    let drafts = FileStore::drafts(&app.config.files, &user.person.id);
    let (mut problems, received) = app
        .read(move |conn| {
            let (contested, mut problems) =
                look(conn, customer, (kind, &about), &looked, language)?;
            problems.extend(read(&looked, &contested).err().into_iter().flatten());
            let (received, wrong) = receive(&drafts, &files)?;
            problems.extend(wrong);
            Ok((problems, received))
        })
        .await?;
    let save = Save {
        id: DraftId::from_text(&typed.draft),
        customer,
        kind,
        subject: typed.id,
        text,
        files: received,
        dropped: typed.dropped.iter().map(|id| FileId::from_text(id)).collect(),
        quota: app.config.limits.dispute_bytes(),
    };
    let later = typed.step == "save";
    let (teller, wanted) = (user.clone(), save.clone());
    let left_out = Arc::new(Mutex::new(Vec::new()));
    let say = Arc::clone(&left_out);
    let saved = app
        .write(user.actor(), move |tx| {
            let (draft, problems) = disputes::save_draft(tx, &wanted)?;
            *say.lock().unwrap_or_else(PoisonError::into_inner) = problems;
            if later {
                teller.tell(tx, &teller.words().t("dispute-draft-saved"))?;
            }
            Ok(draft)
        })
        .await;
    problems.append(&mut left_out.lock().unwrap_or_else(PoisonError::into_inner));
    let drafts = FileStore::drafts(&app.config.files, &user.person.id);
    let draft = match saved {
        Ok(draft) => {
            save.dropped.iter().for_each(|file| drafts.forget(file));
            // What didn't fit, or was there already, waits for nothing.
            let kept = |id: &FileId| draft.files.iter().any(|file| file.id == *id);
            let idle = save.files.iter().filter(|file| !kept(&file.id));
            idle.for_each(|file| drafts.forget(&file.id));
            draft
        }
        Err(Error::Invalid(wrong)) => {
            problems.extend(wrong);
            return show_draft(&app, &user, unsaved(&user, save), &problems).await;
        }
        Err(other) => return Err(other.into()),
    };
    if later && problems.iter().all(|problem| problem.field != "files") {
        return reply::see_other("/disputes");
    }
    if problems.is_empty() {
        return reply::see_other(format!("/disputes/drafts/{}/check", draft.id));
    }
    show_draft(&app, &user, draft, &problems).await
}

fn unsaved(user: &CustomerUser, save: Save) -> Draft {
    Draft {
        id: save.id,
        person: user.person.id.clone(),
        customer: save.customer,
        kind: save.kind,
        subject: save.subject,
        text: save.text,
        files: Vec::new(),
        changed_at: user.visit.now,
    }
}

/// Checks what was just sent and lets the good ones wait; what is wrong with the others.
fn receive(drafts: &FileStore, sent: &[UploadedFile]) -> Result<(Vec<Checked>, Vec<Problem>)> {
    let (mut received, mut problems) = (Vec::new(), Vec::new());
    for file in sent {
        match read_upload(file)? {
            Ok((checked, bytes)) => {
                drafts.keep(&checked.id, &bytes)?;
                received.push(checked);
            }
            Err(wrong) => problems.extend(wrong),
        }
    }
    Ok((received, problems))
}

pub(super) fn page(user: &CustomerUser) -> Page {
    user.page("dispute-new-title").under("/disputes", user.words().t("nav-disputes"))
}

/// The form as the draft has it; 422 with what is wrong.
pub(super) async fn show_draft(
    app: &App,
    user: &CustomerUser,
    draft: Draft,
    problems: &[Problem],
) -> Answer {
    let (customer, language, looked) = (user.customer, user.words().language, draft.clone());
    let (contested, same) = app
        .read(move |conn| {
            let about = (looked.kind, looked.subject.as_str());
            let (contested, _) = look(conn, customer, about, &looked.text, language)?;
            let subject = &contested.subject;
            let same = disputes::about(conn, customer, subject.kind, &subject.id)?;
            Ok((contested, same))
        })
        .await?;
    let page = page(user).with_problems(problems);
    let mut about = About::of(&contested, &page);
    let pick_at = about
        .tables
        .iter()
        .any(|table| table.rows.len() > OFFERED && table.rows.iter().any(|row| row.code.is_some()))
        .then(|| shown_at(&contested))
        .flatten();
    let picks = picks(&mut about.tables, contested.subject.kind);
    let others = same
        .into_iter()
        .filter(|dispute| dispute.state.is_open() && !dispute.subject.id.is_empty())
        .map(|dispute| (dispute.id.to_string(), dispute.number))
        .collect();
    let categories = Category::ALL
        .iter()
        .map(|category| (category.as_str(), page.code("dispute-category", category.as_str())))
        .collect();
    let kept = draft.files.into_iter().map(|file| Kept {
        id: file.id.to_string(),
        name: file.name,
        size: size(u64::try_from(file.bytes).unwrap_or_default()),
    });
    let form = FormPage {
        page,
        about,
        draft: draft.id.to_string(),
        id: draft.subject,
        typed: draft.text,
        picks,
        pick_at,
        kept: kept.collect(),
        categories,
        others,
        most: MOST,
    };
    if problems.is_empty() { reply::page(&form) } else { reply::form_again(&form) }
}

/// Where the rows of a long table can be chosen.
fn shown_at(contested: &Contested) -> Option<String> {
    let subject = &contested.subject;
    match subject.kind {
        SubjectKind::Accrual => Some(format!("/accruals/{}#counted", subject.id)),
        SubjectKind::Statement => Some(format!("/statements/{}", subject.id)),
        _ => None,
    }
}

/// The rows to choose from, taken out of the tables: all of a short table, of a long one those
/// that were chosen. What the account is made of stands behind a claim about no row of it.
fn picks(tables: &mut Vec<TableView>, kind: SubjectKind) -> Vec<Pick> {
    let is_contested = |code: &str| match kind {
        SubjectKind::Free => false,
        SubjectKind::MissingInvoice => code.starts_with("line/"),
        _ => true,
    };
    let mut picks = Vec::new();
    tables.retain_mut(|table| {
        let short = table.rows.len() <= OFFERED;
        let offered = |row: &RowView| match row.code.as_deref() {
            Some(code) => row.chosen || (short && is_contested(code)),
            None => false,
        };
        if !table.rows.iter().any(offered) {
            return true;
        }
        let rows = std::mem::take(&mut table.rows).into_iter().filter(offered).collect();
        picks.push(Pick { title: table.title.clone(), rows });
        false
    });
    picks
}
