mod articles;
mod figures;
mod life;

use std::collections::HashSet;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::{Acknowledgement, Hand, Version, VersionState};
use crate::db::schema::{policies, policy_acknowledgements, policy_versions};
use crate::db::{Conn, Tx, as_utc};
use crate::error::Result;
use crate::values::{Currency, Key, PeriodKind, PersonId, PolicyId, VersionId};

pub(super) use articles::articles;
pub(super) use figures::{figures, set_figure};
pub(super) use life::{
    NewVersion, add_step, clear_signatures, count, every, insert_version, move_on, open_of,
    rename_policy, rewrite, set_approved, set_ended, set_published, set_submitted, steps,
    steps_of_all,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = policy_versions)]
struct Row {
    id: VersionId,
    policy_id: PolicyId,
    number: i32,
    state: VersionState,
    terms: String,
    source: String,
    terms_hash: String,
    drafted_by: String,
    drafted_by_name: String,
    drafted_at: NaiveDateTime,
    revision: i64,
    submitted_by: Option<String>,
    submitted_by_name: Option<String>,
    submitted_at: Option<NaiveDateTime>,
    approved_by: Option<String>,
    approved_by_name: Option<String>,
    approved_at: Option<NaiveDateTime>,
    published_by_name: Option<String>,
    published_at: Option<NaiveDateTime>,
    ended_on: Option<NaiveDate>,
}

/// Who signed, when all of it is there.
fn hand(id: Option<String>, name: Option<String>, at: Option<NaiveDateTime>) -> Option<Hand> {
    Some(Hand { id: PersonId::from_text(&id?), name: name?, at: as_utc(at?) })
}

impl Row {
    fn version(self, code: String) -> Result<Version> {
        Ok(Version {
            id: self.id,
            policy_id: self.policy_id,
            code,
            number: self.number,
            state: self.state,
            terms: serde_json::from_str(&self.terms)?,
            terms_hash: self.terms_hash,
            source: self.source,
            revision: self.revision,
            drafted_by: PersonId::from_text(&self.drafted_by),
            drafted_by_name: self.drafted_by_name,
            drafted_at: as_utc(self.drafted_at),
            submitted: hand(self.submitted_by, self.submitted_by_name, self.submitted_at),
            approved: hand(self.approved_by, self.approved_by_name, self.approved_at),
            published_by_name: self.published_by_name,
            published_at: self.published_at.map(as_utc),
            ended_on: self.ended_on,
        })
    }
}

fn versions_of(rows: Vec<(Row, String)>) -> Result<Vec<Version>> {
    rows.into_iter().map(|(row, code)| row.version(code)).collect()
}

pub(super) fn in_force(conn: &mut Conn) -> Result<Vec<Version>> {
    let mut versions = versions_of(
        policy_versions::table
            .inner_join(policies::table)
            .filter(policy_versions::state.eq_any(VersionState::PROMISED.to_vec()))
            .select((Row::as_select(), policies::code))
            .load(conn)?,
    )?;
    // In Rust, because the databases sort text differently.
    versions.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(versions)
}

/// Every version that was ever published, by policy code and number.
pub(super) fn ever_published(conn: &mut Conn) -> Result<Vec<Version>> {
    let mut versions = versions_of(
        policy_versions::table
            .inner_join(policies::table)
            .filter(policy_versions::published_at.is_not_null())
            .select((Row::as_select(), policies::code))
            .load(conn)?,
    )?;
    // In Rust, because the databases sort text differently.
    versions.sort_by(|a, b| (&a.code, a.number).cmp(&(&b.code, b.number)));
    Ok(versions)
}

pub(super) fn promised_of_code(conn: &mut Conn, code: &str) -> Result<Option<Version>> {
    let found = policy_versions::table
        .inner_join(policies::table)
        .filter(policies::code.eq(code))
        .filter(policy_versions::state.eq_any(VersionState::PROMISED.to_vec()))
        .select((Row::as_select(), policies::code))
        .first::<(Row, String)>(conn)
        .optional()?;
    found.map(|(row, code)| row.version(code)).transpose()
}

pub(super) fn promised_of(conn: &mut Conn, policy: &PolicyId) -> Result<Option<Version>> {
    let found = policy_versions::table
        .inner_join(policies::table)
        .filter(policy_versions::policy_id.eq(policy))
        .filter(policy_versions::state.eq_any(VersionState::PROMISED.to_vec()))
        .select((Row::as_select(), policies::code))
        .first::<(Row, String)>(conn)
        .optional()?;
    found.map(|(row, code)| row.version(code)).transpose()
}

pub(super) fn versions_by_id(conn: &mut Conn, ids: &[VersionId]) -> Result<Vec<Version>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    versions_of(
        policy_versions::table
            .inner_join(policies::table)
            .filter(policy_versions::id.eq_any(ids))
            .select((Row::as_select(), policies::code))
            .load(conn)?,
    )
}

pub(super) fn version(conn: &mut Conn, id: &VersionId) -> Result<Version> {
    let (row, code) = policy_versions::table
        .inner_join(policies::table)
        .filter(policy_versions::id.eq(id))
        .select((Row::as_select(), policies::code))
        .first::<(Row, String)>(conn)?;
    row.version(code)
}

pub(super) fn versions(conn: &mut Conn, policy: &PolicyId) -> Result<Vec<Version>> {
    versions_of(
        policy_versions::table
            .inner_join(policies::table)
            .filter(policy_versions::policy_id.eq(policy))
            .order(policy_versions::number.desc())
            .select((Row::as_select(), policies::code))
            .load(conn)?,
    )
}

/// A version as it is kept, unread.
#[derive(Queryable)]
pub(super) struct Kept {
    pub id: VersionId,
    pub code: String,
    pub number: i32,
    pub terms: String,
    pub source: String,
    pub terms_hash: String,
    pub currency: Currency,
    pub period: PeriodKind,
    pub from: NaiveDate,
    pub state: VersionState,
    pub drafted_by: String,
    pub approved_by: Option<String>,
}

/// Every version of every policy, oldest first.
pub(super) fn every_kept(conn: &mut Conn) -> Result<Vec<Kept>> {
    Ok(policy_versions::table
        .inner_join(policies::table)
        .order((policy_versions::drafted_at, policy_versions::id))
        .select((
            policy_versions::id,
            policies::code,
            policy_versions::number,
            policy_versions::terms,
            policy_versions::source,
            policy_versions::terms_hash,
            policy_versions::currency,
            policy_versions::period_kind,
            policy_versions::valid_from,
            policy_versions::state,
            policy_versions::drafted_by,
            policy_versions::approved_by,
        ))
        .load(conn)?)
}

/// The policy with the code, and its highest version number.
pub(super) fn policy(conn: &mut Conn, code: &str) -> Result<Option<(PolicyId, i32)>> {
    let found = policies::table
        .filter(policies::code.eq(code))
        .select(policies::id)
        .first::<PolicyId>(conn)
        .optional()?;
    let Some(id) = found else { return Ok(None) };
    let last = policy_versions::table
        .filter(policy_versions::policy_id.eq(&id))
        .select(diesel::dsl::max(policy_versions::number))
        .first::<Option<i32>>(conn)?;
    Ok(Some((id, last.unwrap_or(0))))
}

pub(super) fn insert_policy(tx: &mut Tx<'_>, id: &PolicyId, code: &str) -> Result<()> {
    let at = tx.stamp();
    diesel::insert_into(policies::table)
        .values((policies::id.eq(id), policies::code.eq(code), policies::created_at.eq(at)))
        .execute(&mut **tx)?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = policy_acknowledgements)]
struct AcknowledgementRow {
    version_id: VersionId,
    customer_id: Key,
    person_id: PersonId,
    person_name: String,
    terms_hash: String,
    at: NaiveDateTime,
}

pub(super) fn acknowledgement(
    conn: &mut Conn,
    version: &VersionId,
    customer: Key,
) -> Result<Option<Acknowledgement>> {
    let found = policy_acknowledgements::table
        .find((version, customer))
        .select(AcknowledgementRow::as_select())
        .first(conn)
        .optional()?;
    Ok(found.map(Acknowledgement::from))
}

impl From<AcknowledgementRow> for Acknowledgement {
    fn from(row: AcknowledgementRow) -> Self {
        Self {
            version: row.version_id,
            customer: row.customer_id,
            person: row.person_id,
            person_name: row.person_name,
            terms_hash: row.terms_hash,
            at: as_utc(row.at),
        }
    }
}

pub(super) fn acknowledged(
    conn: &mut Conn,
    versions: &[VersionId],
    customer: Key,
) -> Result<HashSet<VersionId>> {
    let found = policy_acknowledgements::table
        .filter(policy_acknowledgements::version_id.eq_any(versions))
        .filter(policy_acknowledgements::customer_id.eq(customer))
        .select(policy_acknowledgements::version_id)
        .load::<VersionId>(conn)?;
    Ok(found.into_iter().collect())
}

pub(super) fn acknowledgements(
    conn: &mut Conn,
    version: &VersionId,
) -> Result<Vec<Acknowledgement>> {
    let rows = policy_acknowledgements::table
        .filter(policy_acknowledgements::version_id.eq(version))
        .order(policy_acknowledgements::customer_id)
        .select(AcknowledgementRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Acknowledgement::from).collect())
}

pub(super) fn insert_acknowledgement(tx: &mut Tx<'_>, given: &Acknowledgement) -> Result<()> {
    diesel::insert_into(policy_acknowledgements::table)
        .values((
            policy_acknowledgements::version_id.eq(&given.version),
            policy_acknowledgements::customer_id.eq(given.customer),
            policy_acknowledgements::person_id.eq(&given.person),
            policy_acknowledgements::person_name.eq(&given.person_name),
            policy_acknowledgements::terms_hash.eq(&given.terms_hash),
            policy_acknowledgements::at.eq(given.at.naive_utc()),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
