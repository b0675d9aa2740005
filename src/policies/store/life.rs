//! The life of a version: the version itself as it moves on, and its steps.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::super::rules::StepKind;
use super::super::{Step, Terms, Version, VersionState};
use super::{Row, versions_of};
use crate::db::schema::{policies, policy_steps, policy_versions};
use crate::db::{Conn, Tx, as_utc};
use crate::error::{Error, Result};
use crate::values::{PersonId, PolicyId, VersionId};

/// A version to be kept: a draft, or published at once.
pub(in crate::policies) struct NewVersion<'a> {
    pub id: &'a VersionId,
    pub policy: &'a PolicyId,
    pub number: i32,
    pub state: VersionState,
    pub terms: &'a Terms,
    pub source: &'a str,
}

pub(in crate::policies) fn insert_version(tx: &mut Tx<'_>, new: &NewVersion<'_>) -> Result<()> {
    let (at, by, terms) = (tx.stamp(), tx.by(), new.terms);
    let published = new.state == VersionState::Published;
    diesel::insert_into(policy_versions::table)
        .values((
            policy_versions::id.eq(new.id),
            policy_versions::policy_id.eq(new.policy),
            policy_versions::number.eq(new.number),
            policy_versions::state.eq(new.state),
            policy_versions::name_zh.eq(&terms.name.zh_cn),
            policy_versions::name_en.eq(&terms.name.en),
            policy_versions::currency.eq(terms.currency),
            policy_versions::period_kind.eq(terms.period),
            policy_versions::valid_from.eq(terms.from),
            policy_versions::valid_to.eq(terms.to),
            policy_versions::terms.eq(serde_json::to_string(terms)?),
            policy_versions::source.eq(new.source),
            policy_versions::terms_hash.eq(terms.hash()),
            policy_versions::drafted_by.eq(by.id()),
            policy_versions::drafted_by_name.eq(&by.name),
            policy_versions::drafted_at.eq(at),
            policy_versions::revision.eq(1),
            policy_versions::published_by.eq(published.then(|| by.id())),
            policy_versions::published_by_name.eq(published.then_some(by.name.as_str())),
            policy_versions::published_at.eq(published.then_some(at)),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Writes other terms into a draft, if it is still the revision that was read.
pub(in crate::policies) fn rewrite(
    tx: &mut Tx<'_>,
    id: &VersionId,
    revision: i64,
    terms: &Terms,
    source: &str,
) -> Result<()> {
    let draft = policy_versions::table
        .find(id)
        .filter(policy_versions::state.eq(VersionState::Draft))
        .filter(policy_versions::revision.eq(revision));
    let written = diesel::update(draft)
        .set((
            policy_versions::name_zh.eq(&terms.name.zh_cn),
            policy_versions::name_en.eq(&terms.name.en),
            policy_versions::currency.eq(terms.currency),
            policy_versions::period_kind.eq(terms.period),
            policy_versions::valid_from.eq(terms.from),
            policy_versions::valid_to.eq(terms.to),
            policy_versions::terms.eq(serde_json::to_string(terms)?),
            policy_versions::source.eq(source),
            policy_versions::terms_hash.eq(terms.hash()),
            policy_versions::revision.eq(revision + 1),
        ))
        .execute(&mut **tx)?;
    one(written)
}

/// The code of a policy none of whose versions was ever published.
pub(in crate::policies) fn rename_policy(
    tx: &mut Tx<'_>,
    policy: &PolicyId,
    code: &str,
) -> Result<()> {
    diesel::update(policies::table.find(policy)).set(policies::code.eq(code)).execute(&mut **tx)?;
    Ok(())
}

/// Moves the version on if it is still in the state it was read in.
pub(in crate::policies) fn move_on(
    tx: &mut Tx<'_>,
    id: &VersionId,
    from: VersionState,
    to: VersionState,
) -> Result<()> {
    let version = policy_versions::table.find(id).filter(policy_versions::state.eq(from));
    let moved = diesel::update(version).set(policy_versions::state.eq(to)).execute(&mut **tx)?;
    one(moved)
}

fn one(changed: usize) -> Result<()> {
    if changed == 1 { Ok(()) } else { Err(Error::Duplicate) }
}

pub(in crate::policies) fn set_submitted(tx: &mut Tx<'_>, id: &VersionId) -> Result<()> {
    let (at, by) = (tx.stamp(), tx.by());
    diesel::update(policy_versions::table.find(id))
        .set((
            policy_versions::submitted_by.eq(Some(by.id())),
            policy_versions::submitted_by_name.eq(Some(by.name.as_str())),
            policy_versions::submitted_at.eq(Some(at)),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::policies) fn set_approved(tx: &mut Tx<'_>, id: &VersionId) -> Result<()> {
    let (at, by) = (tx.stamp(), tx.by());
    diesel::update(policy_versions::table.find(id))
        .set((
            policy_versions::approved_by.eq(Some(by.id())),
            policy_versions::approved_by_name.eq(Some(by.name.as_str())),
            policy_versions::approved_at.eq(Some(at)),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Whoever submitted or approved a version that is a draft again did so for other terms.
pub(in crate::policies) fn clear_signatures(tx: &mut Tx<'_>, id: &VersionId) -> Result<()> {
    let (nobody, never) = (None::<String>, None::<NaiveDateTime>);
    diesel::update(policy_versions::table.find(id))
        .set((
            policy_versions::submitted_by.eq(&nobody),
            policy_versions::submitted_by_name.eq(&nobody),
            policy_versions::submitted_at.eq(never),
            policy_versions::approved_by.eq(&nobody),
            policy_versions::approved_by_name.eq(&nobody),
            policy_versions::approved_at.eq(never),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::policies) fn set_published(tx: &mut Tx<'_>, id: &VersionId) -> Result<()> {
    let (at, by) = (tx.stamp(), tx.by());
    diesel::update(policy_versions::table.find(id))
        .set((
            policy_versions::published_by.eq(Some(by.id())),
            policy_versions::published_by_name.eq(Some(by.name.as_str())),
            policy_versions::published_at.eq(Some(at)),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::policies) fn set_ended(
    tx: &mut Tx<'_>,
    id: &VersionId,
    last_day: NaiveDate,
) -> Result<()> {
    diesel::update(policy_versions::table.find(id))
        .set(policy_versions::ended_on.eq(Some(last_day)))
        .execute(&mut **tx)?;
    Ok(())
}

/// The policy's version under way, if there is one.
pub(in crate::policies) fn open_of(conn: &mut Conn, policy: &PolicyId) -> Result<Option<Version>> {
    let found = policy_versions::table
        .inner_join(policies::table)
        .filter(policy_versions::policy_id.eq(policy))
        .filter(policy_versions::state.eq_any(VersionState::OPEN.to_vec()))
        .select((Row::as_select(), policies::code))
        .first::<(Row, String)>(conn)
        .optional()?;
    found.map(|(row, code)| row.version(code)).transpose()
}

pub(in crate::policies) fn count(conn: &mut Conn, state: VersionState) -> Result<i64> {
    Ok(policy_versions::table.filter(policy_versions::state.eq(state)).count().get_result(conn)?)
}

/// Every version of every policy, by code, newest first.
pub(in crate::policies) fn every(conn: &mut Conn) -> Result<Vec<Version>> {
    let mut versions = versions_of(
        policy_versions::table
            .inner_join(policies::table)
            .select((Row::as_select(), policies::code))
            .load(conn)?,
    )?;
    // In Rust, because the databases sort text differently.
    versions.sort_by(|a, b| a.code.cmp(&b.code).then(b.number.cmp(&a.number)));
    Ok(versions)
}

/// The step's position, from 1.
pub(in crate::policies) fn add_step(
    tx: &mut Tx<'_>,
    id: &VersionId,
    action: StepKind,
    note: &str,
) -> Result<i32> {
    let last = policy_steps::table
        .filter(policy_steps::version_id.eq(id))
        .select(diesel::dsl::max(policy_steps::position))
        .first::<Option<i32>>(&mut **tx)?;
    let position = last.unwrap_or(0) + 1;
    diesel::insert_into(policy_steps::table)
        .values((
            policy_steps::version_id.eq(id),
            policy_steps::position.eq(position),
            policy_steps::action.eq(action),
            policy_steps::at.eq(tx.stamp()),
            policy_steps::actor.eq(tx.by().id()),
            policy_steps::actor_name.eq(tx.by().name.as_str()),
            policy_steps::note.eq(note),
        ))
        .execute(&mut **tx)?;
    Ok(position)
}

type StepRow = (StepKind, NaiveDateTime, String, String, String);

fn step((action, at, actor, actor_name, note): StepRow) -> Step {
    let actor = PersonId::from_text(&actor);
    Step { action, at: as_utc(at), actor, actor_name, note }
}

pub(in crate::policies) fn steps(conn: &mut Conn, id: &VersionId) -> Result<Vec<Step>> {
    let rows: Vec<StepRow> = policy_steps::table
        .filter(policy_steps::version_id.eq(id))
        .order(policy_steps::position)
        .select((
            policy_steps::action,
            policy_steps::at,
            policy_steps::actor,
            policy_steps::actor_name,
            policy_steps::note,
        ))
        .load(conn)?;
    Ok(rows.into_iter().map(step).collect())
}

/// The steps of every version, in order.
pub(in crate::policies) fn steps_of_all(conn: &mut Conn) -> Result<HashMap<VersionId, Vec<Step>>> {
    let rows: Vec<(VersionId, StepRow)> = policy_steps::table
        .order((policy_steps::version_id, policy_steps::position))
        .select((
            policy_steps::version_id,
            (
                policy_steps::action,
                policy_steps::at,
                policy_steps::actor,
                policy_steps::actor_name,
                policy_steps::note,
            ),
        ))
        .load(conn)?;
    let mut steps: HashMap<VersionId, Vec<Step>> = HashMap::new();
    for (id, row) in rows {
        steps.entry(id).or_default().push(step(row));
    }
    Ok(steps)
}
