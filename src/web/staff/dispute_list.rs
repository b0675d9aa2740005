//! The queue's list as a file, filtered and sorted as it is shown.

use actix_web::web::{Path, Query};

use super::super::{Answer, App, StaffUser};
use super::dispute_filter::Asked;
use super::exports::{taken, written};
use crate::audit;
use crate::db::Conn;
use crate::disputes::{self, Listed, Place};
use crate::error::{Error, Result};
use crate::policies;
use crate::reports::{Cell, Format, Table};
use crate::values::PolicyId;
use std::collections::HashMap;

/// More is no list that somebody reads: the file says that it was cut.
const MOST: usize = 20_000;
const PAGE: usize = 1_000;

/// Who took which list goes into the audit log, because what leaves the house is out of the
/// portal's hands.
pub(in crate::web) async fn file(
    app: App,
    user: StaffUser,
    format: Path<String>,
    asked: Query<Asked>,
) -> Answer {
    let format = Format::from_code(&format).ok_or(Error::NotFound)?;
    let asked = asked.into_inner().whole();
    let (reader, who, wanted) = (app.clone(), user.clone(), asked.clone());
    let table = app.read(move |conn| table(conn, &reader, &who, &wanted)).await?;
    taken(&app, &user, format!("disputes.{format}"), asked.query()).await?;
    let name = format!("disputes-{}.{format}", app.db.today());
    Ok(written(&table, format, &name).await?)
}

fn table(conn: &mut Conn, app: &App, user: &StaffUser, asked: &Asked) -> Result<Table> {
    let (today, zone) = (app.db.today(), app.config.time_zone);
    let reach = disputes::reach(conn, &user.actor(), today)?;
    let (filter, problems) = asked.filter(conn, &reach, today, zone)?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let codes: HashMap<PolicyId, String> =
        policies::all(conn)?.into_iter().map(|v| (v.policy_id, v.code)).collect();
    let (mut rows, mut place) = (Vec::new(), Some(Place::Start));
    while let Some(here) = place.take().filter(|_| rows.len() < MOST) {
        let page = disputes::queue(conn, &reach, &filter, asked.order(), &here, PAGE)?;
        rows.extend(page.items.iter().map(|item| cells(item, &codes)));
        place = page.next;
    }
    let cut = place.is_some();
    let note = |name: &str, value: String| (name.to_owned(), value);
    let head = audit::checkpoint(conn)?;
    Ok(Table {
        name: "disputes".to_owned(),
        columns: vec![
            "number",
            "state",
            "customer_code",
            "customer_name",
            "category",
            "policy",
            "subject",
            "currency",
            "disputed",
            "filed_at",
            "due",
            "last_message_at",
            "last_message_by",
            "assignee",
        ],
        notes: vec![
            note("filter", asked.query()),
            note("as_of", app.db.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
            note("rows", rows.len().to_string()),
            note("complete", if cut { "no".to_owned() } else { "yes".to_owned() }),
            note("checkpoint", format!("#{} {}", head.count, head.hash)),
        ],
        rows,
    })
}

fn cells(item: &Listed, codes: &HashMap<PolicyId, String>) -> Vec<Cell> {
    let moment = |at: chrono::DateTime<chrono::Utc>| {
        Cell::text(at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
    };
    let policy = item.policy.as_ref().and_then(|policy| codes.get(policy));
    vec![
        Cell::text(&item.number),
        Cell::text(item.state),
        Cell::text(&item.customer_code),
        Cell::text(&item.customer_name),
        Cell::text(item.category),
        policy.map_or(Cell::Empty, Cell::text),
        Cell::text(&item.subject),
        Cell::text(item.disputed.currency),
        Cell::number(item.disputed.plain()),
        moment(item.filed_at),
        item.due.map_or(Cell::Empty, Cell::text),
        moment(item.last_at),
        Cell::text(item.last_side),
        if item.owner_name.is_empty() { Cell::Empty } else { Cell::text(&item.owner_name) },
    ]
}
