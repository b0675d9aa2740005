use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::dispute_view::{
    self, About, DecisionRow, EventRow, FileRow, Joined, RatingRow, decisions, events, files,
};
use super::super::{
    Answer, App, CustomerUser, Form, FormKey, Page, Upload, UploadForm, UploadLimits, reply,
};
use super::dispute_drafts::read_upload;
use super::disputes::{due, waits_for};
use crate::config::Config;
use crate::db::Tx;
use crate::disputes::{self, Action, Checked, Dispute, FileStore, LARGEST, MOST, SCORES, State};
use crate::error::{Error, Result};
use crate::people::{self, Person};
use crate::values::{DisputeId, FileId, Money, Problem, Text};

#[derive(Template)]
#[template(path = "customer/dispute.html")]
struct DisputePage {
    page: Page,
    id: String,
    state: String,
    category: String,
    filed: String,
    text: String,
    amount: Option<Money>,
    expected: Option<Money>,
    waits: String,
    due: Option<String>,
    about: About,
    question: Option<String>,
    events: Vec<EventRow>,
    decisions: Vec<DecisionRow>,
    files: Vec<FileRow>,
    files_at: String,
    /// Where it goes on: id and number.
    merged_into: Option<(String, String)>,
    /// What goes on here.
    joined: Vec<Joined>,
    may_write: bool,
    may_accept: bool,
    may_appeal: bool,
    may_withdraw: bool,
    appeal_until: Option<String>,
    rating: Option<RatingRow>,
    /// What it can be rated as: value, word, whether it is chosen. Empty when it can't be.
    scores: Vec<(i32, String, bool)>,
    most: usize,
    typed: Typed,
}

/// What the customer writes: a message, the reason of an appeal, how it was handled.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Typed {
    text: String,
    appeal: String,
    pub(super) score: String,
    pub(super) rating: String,
}

impl DisputePage {
    /// A text whose form is gone, so that it isn't lost: where it was written, and the text.
    fn kept(&self) -> Option<(&'static str, &str)> {
        let forms = [
            ("appeal", &self.typed.appeal, self.may_appeal),
            ("text", &self.typed.text, self.may_write),
            ("rating", &self.typed.rating, !self.scores.is_empty()),
        ];
        let lost = forms.into_iter().find(|(_, text, form)| !text.is_empty() && !form);
        lost.map(|(field, text, _)| (field, text.as_str()))
    }
}

impl UploadForm for Typed {
    fn limits(_: &Config) -> UploadLimits {
        let bytes = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_mul(2);
        UploadLimits { files: MOST * 2, bytes, text: UploadLimits::TEXT }
    }
}

pub(in crate::web) async fn page(app: App, user: CustomerUser, id: Path<String>) -> Answer {
    reply::page(&read(&app, &user, &id, Typed::default(), &[]).await?)
}

async fn read(
    app: &App,
    user: &CustomerUser,
    id: &str,
    typed: Typed,
    problems: &[Problem],
) -> Result<DisputePage> {
    let id = DisputeId::from_text(id);
    let (customer, actor, today) = (user.customer, user.actor(), app.db.today());
    let (dispute, allowed, said, decided, kept, contact, into, joined, behind, rating) = app
        .read(move |conn| {
            let dispute = disputes::of_customer_one(conn, customer, &id)?;
            let allowed = disputes::allowed(conn, &actor, &id, today)?;
            let said = disputes::public_events(conn, &id)?;
            let decided = disputes::public_decisions(conn, &id)?;
            let kept = disputes::files(conn, &id)?;
            let contact = match &dispute.assignee {
                Some(person) => people::by_id(conn, person).ok(),
                None => None,
            };
            let into = match &dispute.merged_into {
                Some(into) => Some(disputes::of_customer_one(conn, customer, into)?),
                None => None,
            };
            let joined = dispute_view::find_joined(conn, &id, false)?;
            let behind = disputes::frozen_tables(conn, &id)?;
            let rating = disputes::rating(conn, &id)?;
            Ok((dispute, allowed, said, decided, kept, contact, into, joined, behind, rating))
        })
        .await?;
    let mut page = titled(user, &dispute, contact.as_ref()).with_problems(problems);
    page.here = format!("/disputes/{}", dispute.id);
    let question = (dispute.state == State::WaitingCustomer)
        .then(|| said.iter().rfind(|event| event.kind == disputes::EventKind::Question))
        .flatten()
        .map(|event| event.text.clone());
    let in_time = dispute.appeal_until.is_some_and(|last| today <= last);
    let may = |action| allowed.contains(&action);
    let may_rate = rating.is_none() && disputes::may_rate(&dispute, &user.actor());
    let score = |score: i32| {
        let word = page.code("rating-score", score.to_string());
        (score, word, typed.score == score.to_string())
    };
    let scores = if may_rate { SCORES.rev().map(score).collect() } else { Vec::new() };
    Ok(DisputePage {
        id: dispute.id.to_string(),
        state: dispute.state.to_string(),
        category: page.code("dispute-category", dispute.category.as_str()),
        filed: page.time(&dispute.filed_at),
        amount: (dispute.disputed > 0).then(|| dispute.disputed_money()),
        expected: dispute.expected.map(|minor| Money::new(minor, dispute.currency)),
        waits: page.t(waits_for(dispute.state)),
        due: due(&dispute, &page),
        about: About::frozen(&dispute, &behind, &page),
        question,
        events: events(said, &page),
        decisions: decisions(decided, dispute.currency, &page),
        files: files(kept, &page),
        files_at: format!("/disputes/{}/files", dispute.id),
        merged_into: into.map(|into| (into.id.to_string(), into.number)),
        joined: joined.into_iter().map(|joined| joined.shown(&page)).collect(),
        may_write: may(Action::Answer),
        may_accept: may(Action::Accept),
        may_appeal: may(Action::Appeal) && in_time,
        may_withdraw: may(Action::Withdraw),
        appeal_until: dispute.appeal_until.map(|day| page.deadline(&day)),
        rating: rating.map(|rating| RatingRow::new(rating, &page)),
        scores,
        most: MOST,
        text: dispute.text,
        typed,
        page,
    })
}

fn titled(user: &CustomerUser, dispute: &Dispute, contact: Option<&Person>) -> Page {
    let title = user.words().t1("dispute-title", "number", &dispute.number);
    let page = user.visit.page(title).under("/disputes", user.words().t("nav-disputes"));
    match contact {
        Some(person) => page.with_handler(person),
        None => page,
    }
}

#[derive(Template)]
#[template(path = "customer/dispute_receipt.html")]
struct ReceiptPage {
    page: Page,
    id: String,
    number: String,
    subject: String,
    filed: String,
    amount: Option<Money>,
    files: String,
    answer_due: String,
    decision_due: String,
}

/// The confirmation of a filing: the number, what happens next, by when.
pub(in crate::web) async fn receipt(app: App, user: CustomerUser, id: Path<String>) -> Answer {
    let id = DisputeId::from_text(&id);
    let customer = user.customer;
    let (dispute, files, contact) = app
        .read(move |conn| {
            let dispute = disputes::of_customer_one(conn, customer, &id)?;
            let files = disputes::files(conn, &id)?.len();
            let contact = match &dispute.assignee {
                Some(person) => people::by_id(conn, person).ok(),
                None => None,
            };
            Ok((dispute, files, contact))
        })
        .await?;
    let mut page = titled(&user, &dispute, contact.as_ref());
    page.title = page.t1("dispute-receipt-title", "number", &dispute.number);
    reply::page(&ReceiptPage {
        id: dispute.id.to_string(),
        filed: page.time(&dispute.filed_at),
        amount: (dispute.disputed > 0).then(|| dispute.disputed_money()),
        files: page.count("dispute-files-count", i64::try_from(files).unwrap_or(0)),
        answer_due: page.deadline(&dispute.answer_due),
        decision_due: page.deadline(&dispute.decision_due),
        subject: dispute.subject.text,
        number: dispute.number,
        page,
    })
}

/// A message, an answer, more files.
pub(in crate::web) async fn write(
    app: App,
    user: CustomerUser,
    id: Path<String>,
    upload: Upload<Typed>,
) -> Answer {
    let Upload { fields: mut typed, files, key } = upload;
    typed.text = typed.text.replace("\r\n", "\n");
    let (found, customer) = (DisputeId::from_text(&id), user.customer);
    // The answer to whose dispute it is comes before anything is kept.
    let wanted = found.clone();
    app.read(move |conn| disputes::of_customer_one(conn, customer, &wanted).map(|_| ())).await?;
    let keeper = FileStore::of_disputes(&app.config.files);
    let (checked, mut problems) = app
        .read(move |_| {
            let (mut checked, mut problems) = (Vec::new(), Vec::new());
            for file in &files {
                match read_upload(file)? {
                    Ok(read) => checked.push(read),
                    Err(wrong) => problems.extend(wrong),
                }
            }
            Ok((checked, problems))
        })
        .await?;
    if checked.is_empty() || !typed.text.trim().is_empty() {
        problems.extend(disputes::check_text("text", &typed.text).err());
    }
    if !problems.is_empty() {
        return reply::form_again(&read(&app, &user, &id, typed, &problems).await?);
    }
    let attached = app
        .read(move |_| {
            for (file, bytes) in &checked {
                keeper.keep(&file.id, bytes)?;
            }
            Ok(checked.into_iter().map(|(file, _)| file).collect::<Vec<Checked>>())
        })
        .await?;
    let text = typed.text.clone();
    let deed = Deed { id: &id, key, typed, field: "text", done: "dispute-written-now" };
    let quota = app.config.limits.dispute_bytes();
    act(&app, &user, deed, move |tx| {
        for file in &attached {
            disputes::check_room(tx, customer, file.bytes, quota)?;
            disputes::attach(tx, &found, file)?;
        }
        if text.trim().is_empty() { Ok(()) } else { disputes::answer(tx, &found, &text) }
    })
    .await
}

/// 接受
pub(in crate::web) async fn accept(
    app: App,
    user: CustomerUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let (found, customer) = (DisputeId::from_text(&id), user.customer);
    let deed = Deed {
        id: &id,
        key: form.key,
        typed: form.fields,
        field: "accept",
        done: "dispute-accepted-now",
    };
    act(&app, &user, deed, move |tx| disputes::accept(tx, customer, &found)).await
}

/// 撤回
pub(in crate::web) async fn withdraw(
    app: App,
    user: CustomerUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let (found, customer) = (DisputeId::from_text(&id), user.customer);
    let deed = Deed {
        id: &id,
        key: form.key,
        typed: form.fields,
        field: "withdraw",
        done: "dispute-withdrawn-now",
    };
    act(&app, &user, deed, move |tx| disputes::withdraw(tx, customer, &found)).await
}

/// 申诉
pub(in crate::web) async fn appeal(
    app: App,
    user: CustomerUser,
    id: Path<String>,
    form: Form<Typed>,
) -> Answer {
    let (found, customer) = (DisputeId::from_text(&id), user.customer);
    let typed = Typed { appeal: form.fields.appeal.replace("\r\n", "\n"), ..form.fields };
    let (text, terms) = (typed.appeal.clone(), app.config.limits.disputes());
    let deed =
        Deed { id: &id, key: form.key, typed, field: "appeal", done: "dispute-appealed-now" };
    act(&app, &user, deed, move |tx| disputes::appeal(tx, customer, &found, &text, &terms)).await
}

/// A posted form: on which dispute, what was typed, where a refusal is shown, what is told after.
pub(super) struct Deed<'a> {
    pub id: &'a str,
    pub key: FormKey,
    pub typed: Typed,
    pub field: &'static str,
    pub done: &'static str,
}

/// Does it once and comes back to the dispute; or shows the dispute as it stands now, with why
/// not at the field, and what was typed.
pub(super) async fn act(
    app: &App,
    user: &CustomerUser,
    deed: Deed<'_>,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<()> + Send + 'static,
) -> Answer {
    let Deed { id, key, typed, field, done } = deed;
    let location = format!("/disputes/{id}");
    let teller = user.clone();
    let posted = app
        .post(user.actor(), key, move |tx| {
            work(tx)?;
            teller.tell(tx, &teller.words().t(done))?;
            Ok(location.clone())
        })
        .await;
    let refused = |text: Text| vec![Problem::new(field, text)];
    let (status, problems) = match posted {
        Ok(location) => return reply::see_other(location),
        Err(Error::Refused(text)) => (StatusCode::CONFLICT, refused(text)),
        Err(Error::Invalid(problems)) => {
            let here = |p: Problem| match p.field.as_str() {
                "files" | "score" | "rating" => p,
                _ => p.at(field),
            };
            let problems = problems.into_iter().map(here).collect();
            (StatusCode::UNPROCESSABLE_ENTITY, problems)
        }
        Err(other) => return Err(other.into()),
    };
    let page = read(app, user, id, typed, &problems).await?;
    reply::with_status(status, &page)
}

/// A file, to keep.
pub(in crate::web) async fn file(
    app: App,
    user: CustomerUser,
    path: Path<(String, String)>,
) -> Answer {
    let (dispute, file) = path.into_inner();
    let (customer, reader) = (user.customer, app.clone());
    let (file, bytes) = app
        .read(move |conn| {
            let file = disputes::file_of_customer(conn, customer, &FileId::from_text(&file))?;
            if file.dispute.as_str() != dispute {
                return Err(Error::NotFound);
            }
            let bytes = dispute_view::bytes(&reader, &file)?;
            Ok((file, bytes))
        })
        .await?;
    Ok(dispute_view::download(&file, bytes))
}
