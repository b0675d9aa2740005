//! Filing a dispute, without JavaScript: choose what it is about, say what is wrong, check it,
//! done. Between the steps nothing is in the database: what was typed travels in the form, files
//! wait in a folder of the person's own.

use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

use super::super::dispute_view::{About, amount as amount_of};
use super::super::{
    Answer, App, CustomerUser, Form, Page, Upload, UploadForm, UploadLimits, reply,
};
use super::dispute_drafts::{Kept, move_in, receive};
use crate::config::Config;
use crate::db::{Conn, Tx};
use crate::disputes::{
    self, Category, Checked, Contested, FileStore, LARGEST, MOST, NewDispute, Subject, SubjectKind,
};
use crate::error::{Error, Result};
use crate::statements;
use crate::values::{Key, Language, Money, Problem, StatementId, Text};

/// Everything typed so far.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Typed {
    subject: String,
    id: String,
    category: String,
    document: String,
    expected: String,
    disputed: String,
    text: String,
    /// Files that wait: id, a slash, the name.
    #[serde(rename = "kept[]")]
    kept: Vec<String>,
    /// Those of them to leave out.
    #[serde(rename = "drop[]")]
    dropped: Vec<String>,
    /// `change` goes back from the check page.
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
    fn kind(&self) -> Result<SubjectKind> {
        SubjectKind::from_code(&self.subject).ok_or(Error::NotFound)
    }

    /// Browsers end lines with two characters; people count one.
    fn read(mut self) -> Self {
        self.text = self.text.replace("\r\n", "\n");
        self
    }

    /// The id of what it is about; a missing document is typed.
    fn about(&self, kind: SubjectKind) -> &str {
        if kind == SubjectKind::MissingInvoice { &self.document } else { &self.id }
    }
}

/// What a filled form says, once it can be read.
#[derive(Debug, Clone)]
struct Claim {
    category: Category,
    expected: Option<Money>,
    disputed: Money,
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

#[derive(Template)]
#[template(path = "customer/dispute_new.html")]
struct FormPage {
    page: Page,
    about: About,
    typed: Typed,
    kept: Vec<Kept>,
    categories: Vec<(&'static str, String)>,
    /// Open disputes about the same thing: id and number.
    others: Vec<(String, String)>,
    most: usize,
}

#[derive(Template)]
#[template(path = "customer/dispute_check.html")]
struct CheckPage {
    page: Page,
    about: About,
    typed: Typed,
    kept: Vec<Kept>,
    category: String,
    expected: Option<Money>,
    disputed: Money,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Asked {
    subject: String,
    id: String,
}

/// Step 1: what it is about, and what is wrong with it.
pub(in crate::web) async fn form(app: App, user: CustomerUser, asked: Query<Asked>) -> Answer {
    let Asked { subject, id } = asked.into_inner();
    if subject.is_empty() {
        return choose(app, user).await;
    }
    let typed = match subject.as_str() {
        "missing_invoice" => Typed { subject, document: id, ..Typed::default() },
        _ => Typed { subject, id, ..Typed::default() },
    };
    let (customer, language) = (user.customer, user.words().language);
    let wanted = typed.clone();
    let (contested, _) = app.read(move |conn| look(conn, customer, &wanted, language)).await?;
    show_form(&app, &user, contested, typed, Vec::new(), &[]).await
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

/// Step 2: everything once more, to check; or step 1 again, with what is wrong.
pub(in crate::web) async fn check(app: App, user: CustomerUser, upload: Upload<Typed>) -> Answer {
    let Upload { fields: typed, files, .. } = upload;
    let drafts = FileStore::drafts(&app.config.files, &user.person.id);
    let (customer, language) = (user.customer, user.words().language);
    let (contested, typed, kept, claim) = app
        .read(move |conn| {
            let typed = typed.read();
            let (contested, mut problems) = look(conn, customer, &typed, language)?;
            let (kept, wrong) = receive(&drafts, &typed.kept, &typed.dropped, &files)?;
            let claim = read_claim(&typed, &contested);
            if let Err(wrong) = &claim {
                problems.extend(wrong.iter().cloned());
            }
            problems.extend(wrong);
            let claim = claim.ok().filter(|_| problems.is_empty()).ok_or(problems);
            Ok((contested, typed, kept, claim))
        })
        .await?;
    match claim {
        Ok(claim) => show_check(&user, &contested, typed, kept, &claim),
        Err(problems) => show_form(&app, &user, contested, typed, kept, &problems).await,
    }
}

/// Step 3: files it, and leads to the receipt.
pub(in crate::web) async fn submit(app: App, user: CustomerUser, form: Form<Typed>) -> Answer {
    let typed = form.fields.read();
    let (customer, language) = (user.customer, user.words().language);
    let drafts = FileStore::drafts(&app.config.files, &user.person.id);
    let keeper = FileStore::of_disputes(&app.config.files);
    let (wanted, from) = (typed.clone(), drafts.clone());
    let (contested, kept) = app
        .read(move |conn| {
            let (contested, _) = look(conn, customer, &wanted, language)?;
            let (kept, _) = receive(&from, &wanted.kept, &wanted.dropped, &[])?;
            Ok((contested, kept))
        })
        .await?;
    if typed.step == "change" {
        return show_form(&app, &user, contested, typed, kept, &[]).await;
    }
    let (wanted, from) = (typed.clone(), drafts.clone());
    let moved = app.read(move |_| move_in(&from, &keeper, &wanted.kept)).await?;
    let terms = app.config.limits.disputes();
    let filing = typed.clone();
    let posted = app
        .post(user.actor(), form.key, move |tx| {
            let files = moved.clone().map_err(Error::Invalid)?;
            let id = file(tx, customer, &filing, language, &files, &terms)?;
            Ok(format!("/disputes/{id}/receipt"))
        })
        .await;
    match posted {
        Ok(location) => {
            kept.iter().for_each(|file| drafts.forget(&file.id));
            reply::see_other(location)
        }
        Err(Error::Invalid(problems)) => {
            show_form(&app, &user, contested, typed, kept, &problems).await
        }
        Err(other) => Err(other.into()),
    }
}

/// Everything a filing changes, in one transaction: the dispute, its files, the statement's answer.
fn file(
    tx: &mut Tx<'_>,
    customer: Key,
    typed: &Typed,
    language: Language,
    files: &[Checked],
    terms: &disputes::Terms,
) -> Result<String> {
    let kind = typed.kind()?;
    let contested = disputes::contested(tx, customer, kind, typed.about(kind), language)?;
    let claim = read_claim(typed, &contested).map_err(Error::Invalid)?;
    let new = NewDispute {
        customer,
        category: claim.category,
        facts: contested.facts.frozen()?,
        subject: contested.subject,
        currency: contested.currency,
        disputed: claim.disputed.minor,
        expected: claim.expected.map(|money| money.minor),
        text: typed.text.clone(),
    };
    let dispute = disputes::file(tx, new, terms)?;
    for file in files {
        disputes::attach(tx, &dispute.id, file)?;
    }
    if kind == SubjectKind::Statement {
        contest(tx, customer, &StatementId::from_text(&typed.id))?;
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

/// What it is about, as it stands; where a typed document number is wrong, the account as a whole
/// stands in, with what is wrong.
fn look(
    conn: &mut Conn,
    customer: Key,
    typed: &Typed,
    language: Language,
) -> Result<(Contested, Vec<Problem>)> {
    let kind = typed.kind()?;
    match disputes::contested(conn, customer, kind, typed.about(kind), language) {
        Err(Error::Invalid(problems)) => {
            let account = disputes::contested(conn, customer, SubjectKind::Free, "", language)?;
            let text = crate::words::words(language).t("dispute-subject-missing-invoice");
            let subject = Subject { kind, id: String::new(), text };
            Ok((Contested { subject, ..account }, problems))
        }
        other => Ok((other?, Vec::new())),
    }
}

fn read_claim(typed: &Typed, contested: &Contested) -> Result<Claim, Vec<Problem>> {
    let currency = contested.currency;
    let mut problems = Vec::new();
    let category = Category::from_code(&typed.category);
    if category.is_none() {
        problems.push(Problem::new("category", Text::new("dispute-category-missing")));
    }
    let mut amount = |field: &str, text: &str| match amount_of(text, currency) {
        Ok(amount) => amount,
        Err(key) => {
            problems.push(Problem::new(field, Text::new(key)));
            None
        }
    };
    let expected = amount("expected", &typed.expected);
    let disputed = amount("disputed", &typed.disputed);
    if let Err(problem) = disputes::check_text("text", &typed.text) {
        problems.push(problem);
    }
    let difference = expected.zip(contested.shown).map(|(expected, shown)| {
        Money::new(expected.minor.saturating_sub(shown.minor).saturating_abs(), currency)
    });
    match category {
        Some(category) if problems.is_empty() => Ok(Claim {
            category,
            expected,
            disputed: disputed.or(difference).unwrap_or(Money::zero(currency)),
        }),
        _ => Err(problems),
    }
}

fn page(user: &CustomerUser) -> Page {
    user.page("dispute-new-title").under("/disputes", user.words().t("nav-disputes"))
}

async fn show_form(
    app: &App,
    user: &CustomerUser,
    contested: Contested,
    typed: Typed,
    kept: Vec<Kept>,
    problems: &[Problem],
) -> Answer {
    let page = page(user).with_problems(problems);
    let about = About::of(&contested, &page);
    let (customer, subject) = (user.customer, contested.subject);
    let same =
        app.read(move |conn| disputes::about(conn, customer, subject.kind, &subject.id)).await?;
    let others = same
        .into_iter()
        .filter(|dispute| dispute.state.is_open() && !dispute.subject.id.is_empty())
        .map(|dispute| (dispute.id.to_string(), dispute.number))
        .collect();
    let categories = Category::ALL
        .iter()
        .map(|category| (category.as_str(), page.code("dispute-category", category.as_str())))
        .collect();
    let wrong = !problems.is_empty();
    let form = FormPage { page, about, typed, kept, categories, others, most: MOST };
    if wrong { reply::form_again(&form) } else { reply::page(&form) }
}

fn show_check(
    user: &CustomerUser,
    contested: &Contested,
    typed: Typed,
    kept: Vec<Kept>,
    claim: &Claim,
) -> Answer {
    let page = user.page("dispute-check-title").under("/disputes", user.words().t("nav-disputes"));
    let about = About::of(contested, &page);
    let category = page.code("dispute-category", claim.category.as_str());
    let (expected, disputed) = (claim.expected, claim.disputed);
    reply::page(&CheckPage { page, about, typed, kept, category, expected, disputed })
}
