//! What staff write to the customer: a reply or a question, with files, from a saved reply or
//! not. What was typed and sent is kept through every refusal, files too.

use actix_web::web::Path;

use super::super::customer::dispute_drafts::{Kept, move_in, receive};
use super::super::{Answer, App, StaffUser, Upload, UploadForm, UploadLimits, reply as answer};
use super::dispute::{Typed, read};
use super::dispute_actions::{Deed, act, again, check_seen, normal};
use crate::config::Config;
use crate::db::Tx;
use crate::disputes::{self, Action, Checked, FileStore, LARGEST, MOST};
use crate::error::{Error, Result};
use crate::values::{DisputeId, Problem, SavedReplyId, Text};

impl UploadForm for Typed {
    fn limits(_: &Config) -> UploadLimits {
        let bytes = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_mul(2);
        UploadLimits { files: MOST * 2, bytes, text: UploadLimits::TEXT }
    }
}

pub(in crate::web) async fn reply(
    app: App,
    user: StaffUser,
    id: Path<String>,
    upload: Upload<Typed>,
) -> Answer {
    let deed = Deed { field: "reply", room_field: "text", done: "dispute-replied-now" };
    send(app, user, &id, upload, deed, (Action::Reply, disputes::reply)).await
}

pub(in crate::web) async fn ask(
    app: App,
    user: StaffUser,
    id: Path<String>,
    upload: Upload<Typed>,
) -> Answer {
    let deed = Deed { field: "reply", room_field: "text", done: "dispute-asked-now" };
    send(app, user, &id, upload, deed, (Action::Ask, disputes::ask)).await
}

/// Puts a saved reply, filled, after what was typed so far; sends nothing.
pub(in crate::web) async fn take_saved(
    app: App,
    user: StaffUser,
    id: Path<String>,
    upload: Upload<Typed>,
) -> Answer {
    let (typed, kept, mut problems, _) = unpack(&app, &user, &id, upload).await?;
    let wrong = |key| Problem::new("saved", Text::new(key));
    if typed.saved.is_empty() {
        problems.push(wrong("saved-choose"));
    }
    let taken = match problems.is_empty() {
        true => taken(&app, &user, &id, &typed.saved).await,
        false => Err(Error::Invalid(problems)),
    };
    let problems = match taken {
        Ok(text) => {
            let before = typed.reply.trim_end();
            let gap = if before.is_empty() { "" } else { "\n\n" };
            let reply = format!("{before}{gap}{text}");
            let typed = Typed { reply, saved: String::new(), ..typed };
            return answer::page(&read(&app, &user, &id, typed, kept, &[]).await?);
        }
        Err(Error::Invalid(problems)) => problems,
        Err(Error::NotFound) => vec![wrong("saved-gone")],
        Err(Error::Refused(text)) => vec![Problem::new("saved", text)],
        Err(other) => return Err(other.into()),
    };
    answer::form_again(&read(&app, &user, &id, typed, kept, &problems).await?)
}

/// The text of the saved reply, filled; its use is counted.
async fn taken(app: &App, user: &StaffUser, dispute: &str, saved: &str) -> Result<String> {
    let (dispute, saved) = (DisputeId::from_text(dispute), SavedReplyId::from_text(saved));
    let actor = user.actor();
    app.write(user.actor(), move |tx| {
        let today = tx.today();
        let reach = disputes::reach(tx, &actor, today)?;
        disputes::take_reply(tx, &reach, &dispute, &saved)
    })
    .await
}

type Write = fn(&mut Tx<'_>, &DisputeId, &str) -> Result<()>;

type Unpacked = (Typed, Vec<Kept>, Vec<Problem>, super::super::FormKey);

/// The fields, and the files as they wait: those sent before and those sent now.
async fn unpack(app: &App, user: &StaffUser, id: &str, upload: Upload<Typed>) -> Result<Unpacked> {
    let Upload { fields, files, key } = upload;
    let typed = normal(fields);
    let (actor, today, id) = (user.actor(), app.db.today(), DisputeId::from_text(id));
    let drafts = FileStore::drafts(&app.config.files, &user.person.id);
    let wanted = typed.clone();
    let (kept, problems) = app
        .read(move |conn| {
            // The answer to whose dispute it is comes before anything is kept.
            let reach = disputes::reach(conn, &actor, today)?;
            disputes::one(conn, &reach, &id)?;
            receive(&drafts, &wanted.kept, &wanted.dropped, &files)
        })
        .await?;
    Ok((typed, kept, problems, key))
}

async fn send(
    app: App,
    user: StaffUser,
    id: &str,
    upload: Upload<Typed>,
    deed: Deed,
    (action, write): (Action, Write),
) -> Answer {
    let (typed, kept, mut problems, key) = unpack(&app, &user, id, upload).await?;
    let drafts = FileStore::drafts(&app.config.files, &user.person.id);
    let keeper = FileStore::of_disputes(&app.config.files);
    let attached = if problems.is_empty() {
        let (from, entries) = (drafts.clone(), kept.iter().map(Kept::value).collect::<Vec<_>>());
        match app.read(move |_| move_in(&from, &keeper, &entries)).await? {
            Ok(attached) => attached,
            Err(wrong) => {
                problems.extend(wrong);
                Vec::new()
            }
        }
    } else {
        Vec::new()
    };
    if !problems.is_empty() {
        return again(&app, &user, id, (typed, kept), Error::Invalid(problems), &deed).await;
    }
    let sent: Vec<_> = kept.iter().map(|file| file.id.clone()).collect();
    let done = act(app, user, id, key, (typed, kept), deed, move |tx, id, typed, _| {
        check_seen(tx, id, typed, action)?;
        attach(tx, id, &attached)?;
        write(tx, id, &typed.reply)
    })
    .await;
    // Led on to the result: what waited is where it belongs.
    if done.as_ref().is_ok_and(|answer| answer.status().is_redirection()) {
        sent.iter().for_each(|file| drafts.forget(file));
    }
    done
}

fn attach(tx: &mut Tx<'_>, id: &DisputeId, files: &[Checked]) -> Result<()> {
    for file in files {
        disputes::attach(tx, id, file)?;
    }
    Ok(())
}
