//! The life of a version (DOMAIN §5): drafted, submitted, approved by somebody else, published,
//! ended or withdrawn. Every step is taken once, by who may, and leaves its trace in the version's
//! history, in the audit log and in the post.

use chrono::NaiveDate;

use super::announce::{self, News};
use super::follow::check_follows;
use super::rules::{self, Action, StepKind};
use super::store::{self, NewVersion};
use super::{Published, Terms, Version, VersionState, letters, meet, parse};
use crate::audit::{self, Event};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::values::{Identity, PersonId, PolicyId, Text, VersionId};

/// Whether any period of the policy is closed; accruals know.
pub type AnyClosed<'a> = &'a dyn Fn(&mut Conn, &PolicyId) -> Result<bool>;

/// Drafts a policy, or the next version of the policy with the code.
///
/// # Errors
/// The actor is no account manager; a version of the policy is under way already, and whose the
/// sentence says; or the terms can't follow on those in force.
pub fn draft(tx: &mut Tx<'_>, terms: &Terms, source: &str) -> Result<Version> {
    rules::check_may_draft(tx.by())?;
    let (policy, last) = policy_of(tx, terms)?;
    let id = VersionId::new();
    let state = VersionState::Draft;
    let new = NewVersion { id: &id, policy: &policy, number: last + 1, state, terms, source };
    insert(tx, &new)?;
    let version = store::version(tx, &id)?;
    tell(tx, &version, StepKind::Drafted, "")?;
    Ok(version)
}

/// The policy with the code, made if there is none yet, and its last version's number.
fn policy_of(tx: &mut Tx<'_>, terms: &Terms) -> Result<(PolicyId, i32)> {
    let Some((policy, last)) = store::policy(tx, &terms.code)? else {
        let id = PolicyId::new();
        store::insert_policy(tx, &id, &terms.code)?;
        return Ok((id, 0));
    };
    if let Some(open) = store::open_of(tx, &policy)? {
        let key = match open.state {
            VersionState::Submitted => "policy-open-submitted",
            VersionState::Approved => "policy-open-approved",
            _ => "policy-open-draft",
        };
        let text = Text::new(key).with("code", &open.code).with("number", open.number);
        return Err(text.with("who", &open.drafted_by_name).into());
    }
    check_follows(tx, &policy, terms)?;
    Ok((policy, last))
}

/// Keeps a version; what its file says is what its terms say.
fn insert(tx: &mut Tx<'_>, new: &NewVersion<'_>) -> Result<()> {
    check_source(new.terms, new.source)?;
    store::insert_version(tx, new)
}

fn check_source(terms: &Terms, source: &str) -> Result<()> {
    if parse(source).ok().as_ref() == Some(terms) {
        return Ok(());
    }
    Err(Error::internal(format!("the file of policy {} says other terms", terms.code)))
}

/// Writes other terms into a draft, which is at the revision that its editor was shown.
///
/// # Errors
/// The actor is no account manager; it is no draft; somebody changed it since, and the sentence
/// says who and when; another policy has the code; or the terms can't follow on those in force.
pub fn edit(
    tx: &mut Tx<'_>,
    id: &VersionId,
    revision: i64,
    terms: &Terms,
    source: &str,
) -> Result<Version> {
    let (version, _) = allowed(tx, id, Action::Edit)?;
    check_revision(tx, &version, revision)?;
    if version.terms == *terms && version.source == source {
        return Ok(version);
    }
    check_source(terms, source)?;
    if version.code != terms.code {
        rename(tx, &version, &terms.code)?;
    }
    check_follows(tx, &version.policy_id, terms)?;
    store::rewrite(tx, id, revision, terms, source)?;
    let before = version.terms_hash;
    let version = store::version(tx, id)?;
    tell_changed(tx, &version, StepKind::Edited, "", Some(before))?;
    Ok(version)
}

fn check_revision(tx: &mut Tx<'_>, version: &Version, shown: i64) -> Result<()> {
    if version.revision == shown {
        return Ok(());
    }
    let steps = store::steps(tx, &version.id)?;
    let last = steps.iter().rev().find(|step| step.action.shapes());
    let (who, at) = last.map_or((version.drafted_by_name.clone(), version.drafted_at), |step| {
        (step.actor_name.clone(), step.at)
    });
    let local = at.with_timezone(&tx.house().zone);
    Err(Text::new("policy-changed-meanwhile")
        .with("who", who)
        .with("day", local.date_naive())
        .with("time", local.format("%H:%M"))
        .into())
}

/// A code may be mended as long as nobody outside has seen it.
fn rename(tx: &mut Tx<'_>, version: &Version, code: &str) -> Result<()> {
    if store::versions(tx, &version.policy_id)?.iter().any(|v| v.published_at.is_some()) {
        return Err(Error::invalid("code", Text::new("policy-code-stays")));
    }
    if store::policy(tx, code)?.is_some() {
        return Err(Error::invalid("code", Text::new("policy-code-taken").with("found", code)));
    }
    store::rename_policy(tx, &version.policy_id, code)
}

/// Hands the draft, at the revision that was shown, to an approver.
///
/// # Errors
/// As for editing it.
pub fn submit(tx: &mut Tx<'_>, id: &VersionId, revision: i64) -> Result<()> {
    let (version, _) = allowed(tx, id, Action::Submit)?;
    check_revision(tx, &version, revision)?;
    check_follows(tx, &version.policy_id, &version.terms)?;
    meet::check_exclusive_group(tx, &version.terms)?;
    let version = step(tx, id, Action::Submit)?;
    store::set_submitted(tx, id)?;
    let position = tell(tx, &version, StepKind::Submitted, "")?;
    letters::submitted(tx, &version, position)
}

/// Makes a draft of it again; an approval is void.
///
/// # Errors
/// The actor is no account manager, or it neither waits for approval nor for publication.
pub fn take_back(tx: &mut Tx<'_>, id: &VersionId) -> Result<()> {
    let version = step(tx, id, Action::TakeBack)?;
    store::clear_signatures(tx, id)?;
    tell(tx, &version, StepKind::TakenBack, "").map(|_| ())
}

/// Approves exactly the terms that were shown: `shown_hash` is the hash of the page.
///
/// # Errors
/// The actor is no approver or had a hand in it; it doesn't wait for approval; or it is no longer
/// what was shown.
pub fn approve(tx: &mut Tx<'_>, id: &VersionId, shown_hash: &str) -> Result<()> {
    let version = step(tx, id, Action::Approve)?;
    // What is in the database now, not what it says its hash is.
    if version.terms.hash() != shown_hash || version.terms_hash != shown_hash {
        return Err(Error::refused("policy-changed-since-shown"));
    }
    store::set_approved(tx, id)?;
    let position = tell(tx, &version, StepKind::Approved, shown_hash)?;
    letters::approved(tx, &version, position)
}

/// Sends it back to whoever drafted it; an approval is void.
///
/// # Errors
/// The actor is no approver, there is no reason, or it is neither submitted nor approved.
pub fn return_(tx: &mut Tx<'_>, id: &VersionId, reason: &str) -> Result<()> {
    let reason = required(reason)?;
    let version = step(tx, id, Action::Return)?;
    store::clear_signatures(tx, id)?;
    let position = tell(tx, &version, StepKind::Returned, reason)?;
    letters::returned(tx, &version, position, reason)
}

/// Publishes what was approved; it supersedes what was promised before.
///
/// # Errors
/// The actor is neither account manager nor approver; it isn't approved, or not with these terms;
/// the terms can't follow on those in force any more.
pub fn publish_approved(tx: &mut Tx<'_>, id: &VersionId) -> Result<Version> {
    let (version, _) = allowed(tx, id, Action::Publish)?;
    let steps = store::steps(tx, id)?;
    let approved = steps.iter().rev().find(|step| step.action == StepKind::Approved);
    let hash = version.terms.hash();
    if version.approved.is_none() || approved.is_none_or(|step| step.note != hash) {
        return Err(Error::refused("policy-changed-since-shown"));
    }
    check_follows(tx, &version.policy_id, &version.terms)?;
    meet::check_exclusive_group(tx, &version.terms)?;
    let former = store::promised_of(tx, &version.policy_id)?;
    supersede(tx, former.as_ref(), version.number)?;
    step(tx, id, Action::Publish)?;
    store::set_published(tx, id)?;
    let before = former.map(|version| version.terms_hash);
    proclaim(tx, id, before, None)
}

/// Publishes terms at the command line, without approval, as a policy's first version or as its
/// next one; the audit log says so.
///
/// # Errors
/// The actor isn't the operator; a version of the policy is under way; or the terms can't follow
/// on those in force.
pub fn publish(tx: &mut Tx<'_>, terms: &Terms, source: &str) -> Result<Published> {
    if tx.by().identity != Identity::Operator {
        return Err(Error::refused("policy-needs-approval"));
    }
    let former = store::promised_of_code(tx, &terms.code)?;
    if let Some(former) = &former
        && former.state == VersionState::Published
        && former.terms_hash == terms.hash()
    {
        return Ok(Published::Same(former.clone()));
    }
    let (policy, last) = policy_of(tx, terms)?;
    meet::check_exclusive_group(tx, terms)?;
    supersede(tx, former.as_ref(), last + 1)?;
    let id = VersionId::new();
    let state = VersionState::Published;
    let new = NewVersion { id: &id, policy: &policy, number: last + 1, state, terms, source };
    insert(tx, &new)?;
    let before = former.map(|version| version.terms_hash);
    let why = "published at the command line, without approval";
    proclaim(tx, &id, before, Some(why)).map(Published::New)
}

fn supersede(tx: &mut Tx<'_>, former: Option<&Version>, by: i32) -> Result<()> {
    let Some(former) = former else { return Ok(()) };
    store::move_on(tx, &former.id, former.state, VersionState::Superseded)?;
    store::add_step(tx, &former.id, StepKind::Superseded, &by.to_string()).map(|_| ())
}

/// Tells the publication to the history, the audit log and the customers it covers.
fn proclaim(
    tx: &mut Tx<'_>,
    id: &VersionId,
    before: Option<String>,
    reason: Option<&str>,
) -> Result<Version> {
    let version = store::version(tx, id)?;
    store::add_step(tx, id, StepKind::Published, "")?;
    let terms = terms_before(tx, &version, before.is_some())?;
    audit::record(
        tx,
        Event {
            action: "policy.published",
            object: ("policy_version", id.as_str()),
            before,
            after: Some(version.terms_hash.clone()),
            reason,
            ..Event::default()
        },
    )?;
    announce::tell_managers(tx, &version, &News::Published { before: terms.as_ref() })?;
    Ok(version)
}

/// The terms before, where there are any, to say what changed.
fn terms_before(tx: &mut Tx<'_>, version: &Version, amended: bool) -> Result<Option<Terms>> {
    let versions = store::versions(tx, &version.policy_id)?;
    let before = versions.into_iter().find(|v| v.state == VersionState::Superseded);
    Ok(before.filter(|_| amended).map(|before| before.terms))
}

/// Ends a published policy before its terms do; it still holds until the last day.
///
/// # Errors
/// The actor is no approver or had a hand in it; there is no reason; the last day is over, or lies
/// outside the policy's validity; or it isn't published.
pub fn end(tx: &mut Tx<'_>, id: &VersionId, last_day: NaiveDate, reason: &str) -> Result<()> {
    let reason = required(reason)?;
    let (version, _) = allowed(tx, id, Action::End)?;
    let terms = &version.terms;
    // What was bought until today was bought under the promise.
    let key = if last_day < tx.today() {
        Some("policy-end-over")
    } else if last_day < terms.from {
        Some("policy-end-before-from")
    } else if terms.to.is_some_and(|to| last_day >= to) {
        Some("policy-end-after-to")
    } else {
        None
    };
    if let Some(key) = key {
        let text = Text::new(key).with("from", terms.from);
        let to = terms.to.map_or_else(String::new, |to| to.to_string());
        return Err(Error::invalid("last_day", text.with("to", to)));
    }
    step(tx, id, Action::End)?;
    store::set_ended(tx, id, last_day)?;
    let version = store::version(tx, id)?;
    tell(tx, &version, StepKind::Ended, reason)?;
    announce::tell_managers(tx, &version, &News::Ended { last_day, reason })
}

/// Drops a draft, or takes a published policy away as if it had never been promised.
///
/// # Errors
/// There is no reason. A draft: the actor neither drafted it nor is an approver. What is
/// published: the actor is no approver or had a hand in it; it superseded another version; or one
/// of its periods is closed.
pub fn withdraw(
    tx: &mut Tx<'_>,
    id: &VersionId,
    reason: &str,
    any_closed: AnyClosed<'_>,
) -> Result<()> {
    let reason = required(reason)?;
    let (version, _) = allowed(tx, id, Action::Withdraw)?;
    let published = version.state == VersionState::Published;
    if published {
        let versions = store::versions(tx, &version.policy_id)?;
        if versions.iter().any(|v| v.state == VersionState::Superseded) {
            return Err(Error::refused("policy-withdraw-amended"));
        }
        if any_closed(tx, &version.policy_id)? {
            return Err(Error::refused("policy-withdraw-closed"));
        }
    }
    let version = step(tx, id, Action::Withdraw)?;
    tell(tx, &version, StepKind::Withdrawn, reason)?;
    if published {
        announce::tell_managers(tx, &version, &News::Withdrawn { reason })?;
    }
    Ok(())
}

fn required(reason: &str) -> Result<&str> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid("reason", Text::new("policy-reason-missing")));
    }
    Ok(reason)
}

/// The version and the state the step leads to, if the actor may take it now.
fn allowed(tx: &mut Tx<'_>, id: &VersionId, action: Action) -> Result<(Version, VersionState)> {
    let version = store::version(tx, id)?;
    let hands = hands(tx, &version)?;
    rules::check_may(tx.by(), version.state, action, &version.drafted_by, &hands)?;
    let next = rules::next(version.state, action).ok_or_else(|| version.state.sentence())?;
    Ok((version, next))
}

/// Checks and takes a step; the version as it stands after it.
fn step(tx: &mut Tx<'_>, id: &VersionId, action: Action) -> Result<Version> {
    let (version, next) = allowed(tx, id, action)?;
    store::move_on(tx, id, version.state, next)?;
    Ok(Version { state: next, ..version })
}

/// Who drafted, edited or submitted it at any time.
pub(super) fn hands(conn: &mut Conn, version: &Version) -> Result<Vec<PersonId>> {
    let steps = store::steps(conn, &version.id)?;
    let own = steps.into_iter().filter(|step| step.action.shapes()).map(|step| step.actor);
    Ok(own.chain([version.drafted_by.clone()]).collect())
}

fn tell(tx: &mut Tx<'_>, version: &Version, kind: StepKind, note: &str) -> Result<i32> {
    tell_changed(tx, version, kind, note, None)
}

/// The step in the version's history and in the audit log; its position.
fn tell_changed(
    tx: &mut Tx<'_>,
    version: &Version,
    kind: StepKind,
    note: &str,
    before: Option<String>,
) -> Result<i32> {
    let position = store::add_step(tx, &version.id, kind, note)?;
    let hash_only = kind == StepKind::Approved;
    audit::record(
        tx,
        Event {
            action: audit_action(kind),
            object: ("policy_version", version.id.as_str()),
            before,
            after: Some(version.terms_hash.clone()),
            reason: Some(note).filter(|note| !note.is_empty() && !hash_only),
            ..Event::default()
        },
    )?;
    Ok(position)
}

fn audit_action(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Drafted => "policy.drafted",
        StepKind::Edited => "policy.edited",
        StepKind::Submitted => "policy.submitted",
        StepKind::TakenBack => "policy.taken_back",
        StepKind::Approved => "policy.approved",
        StepKind::Returned => "policy.returned",
        StepKind::Published => "policy.published",
        StepKind::Superseded => "policy.superseded",
        StepKind::Ended => "policy.ended",
        StepKind::Withdrawn => "policy.withdrawn",
    }
}
