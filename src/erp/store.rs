use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::rules::{Figure, FileLine, State};
use super::{Difference, Found, Imported, Subject, TheirLine};
use crate::db::schema::{erp_differences, erp_imports, erp_lines};
use crate::db::{Conn, Tx, as_utc, in_chunks};
use crate::error::{Error, Result};
use crate::on_backend;
use crate::values::{Currency, ErpDifferenceId, ErpImportId, Key, Period};

pub(super) fn insert_import(tx: &mut Tx<'_>, import: &Imported) -> Result<()> {
    let (actor, name, at) = (tx.by().id().to_owned(), tx.by().name.clone(), tx.stamp());
    let count = |count: usize| i64::try_from(count).map_err(Error::internal);
    diesel::insert_into(erp_imports::table)
        .values((
            erp_imports::id.eq(&import.id),
            erp_imports::file_name.eq(&import.file_name),
            erp_imports::file_hash.eq(&import.file_hash),
            erp_imports::lines.eq(count(import.lines)?),
            erp_imports::complete.eq(import.complete),
            erp_imports::agreed.eq(count(import.agreed)?),
            erp_imports::differing.eq(count(import.differing)?),
            erp_imports::actor.eq(actor),
            erp_imports::actor_name.eq(name),
            erp_imports::at.eq(at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Writes down what the comparison came to.
pub(super) fn conclude(tx: &mut Tx<'_>, import: &Imported) -> Result<()> {
    let count = |count: usize| i64::try_from(count).map_err(Error::internal);
    diesel::update(erp_imports::table.find(&import.id))
        .set((
            erp_imports::agreed.eq(count(import.agreed)?),
            erp_imports::differing.eq(count(import.differing)?),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

#[derive(Clone, Insertable)]
#[diesel(table_name = erp_lines, treat_none_as_default_value = false)]
struct LineRow {
    import_id: ErpImportId,
    line: i64,
    customer_id: Key,
    period: String,
    currency: Currency,
    figure: Figure,
    amount_minor: i64,
    voucher: String,
    dated: Option<NaiveDate>,
    text: String,
}

pub(super) fn insert_lines(
    tx: &mut Tx<'_>,
    import: &ErpImportId,
    lines: &[(Key, &FileLine)],
) -> Result<()> {
    let rows = lines
        .iter()
        .map(|(customer, line)| {
            Ok(LineRow {
                import_id: import.clone(),
                line: i64::try_from(line.line).map_err(Error::internal)?,
                customer_id: *customer,
                period: line.period.to_string(),
                currency: line.currency,
                figure: line.figure,
                amount_minor: line.amount,
                voucher: line.voucher.clone(),
                dated: line.dated,
                text: line.text.clone(),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    for chunk in in_chunks(rows, 1_000) {
        on_backend!(&mut **tx, c =>
            diesel::insert_into(erp_lines::table).values(chunk.clone()).execute(c))?;
    }
    Ok(())
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = erp_differences, treat_none_as_default_value = false)]
struct Row {
    id: ErpDifferenceId,
    import_id: ErpImportId,
    customer_id: Key,
    period: String,
    last_day: NaiveDate,
    currency: Currency,
    figure: Figure,
    ours_minor: i64,
    theirs_minor: i64,
    state: State,
    note: Option<String>,
    closed_by_name: Option<String>,
    closed_at: Option<NaiveDateTime>,
    found_at: NaiveDateTime,
}

impl TryFrom<Row> for Difference {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            import: row.import_id,
            subject: Subject {
                customer: row.customer_id,
                period: row.period.parse().map_err(Error::internal)?,
                currency: row.currency,
                figure: row.figure,
            },
            ours: row.ours_minor,
            theirs: row.theirs_minor,
            state: row.state,
            note: row.note,
            closed_by: row.closed_by_name,
            closed_at: row.closed_at.map(as_utc),
            found_at: as_utc(row.found_at),
        })
    }
}

/// The differences of these periods, by what they are about.
pub(super) fn of_periods(
    conn: &mut Conn,
    periods: impl IntoIterator<Item = Period>,
) -> Result<HashMap<Subject, Difference>> {
    let mut found = HashMap::new();
    for period in periods {
        let rows = erp_differences::table
            .filter(erp_differences::period.eq(period.to_string()))
            .select(Row::as_select())
            .load(conn)?;
        for row in rows {
            let difference = Difference::try_from(row)?;
            found.insert(difference.subject.clone(), difference);
        }
    }
    Ok(found)
}

pub(super) fn one(conn: &mut Conn, id: &ErpDifferenceId) -> Result<Option<Difference>> {
    let row = erp_differences::table.find(id).select(Row::as_select()).first(conn).optional()?;
    row.map(Difference::try_from).transpose()
}

pub(super) fn insert(tx: &mut Tx<'_>, import: &ErpImportId, found: &Found) -> Result<()> {
    let (_, last_day) = found.days;
    let row = Row {
        id: ErpDifferenceId::new(),
        import_id: import.clone(),
        customer_id: found.subject.customer,
        period: found.subject.period.to_string(),
        last_day,
        currency: found.subject.currency,
        figure: found.subject.figure,
        ours_minor: found.ours,
        theirs_minor: found.theirs,
        state: State::Open,
        note: None,
        closed_by_name: None,
        closed_at: None,
        found_at: tx.stamp(),
    };
    diesel::insert_into(erp_differences::table).values(row).execute(&mut **tx)?;
    Ok(())
}

/// What both sides say now, and where that puts the difference.
pub(super) fn restate(
    tx: &mut Tx<'_>,
    id: &ErpDifferenceId,
    import: &ErpImportId,
    (ours, theirs): (i64, i64),
    state: State,
) -> Result<()> {
    let row = erp_differences::table.find(id);
    diesel::update(row)
        .set((
            erp_differences::import_id.eq(import),
            erp_differences::ours_minor.eq(ours),
            erp_differences::theirs_minor.eq(theirs),
            erp_differences::state.eq(state),
        ))
        .execute(&mut **tx)?;
    if state == State::Open {
        let none = (
            erp_differences::note.eq(None::<String>),
            erp_differences::closed_by_name.eq(None::<String>),
            erp_differences::closed_at.eq(None::<NaiveDateTime>),
        );
        diesel::update(row).set(none).execute(&mut **tx)?;
    }
    Ok(())
}

/// Closes an open difference; false when it isn't open with these amounts.
pub(super) fn explain(
    tx: &mut Tx<'_>,
    id: &ErpDifferenceId,
    (ours, theirs): (i64, i64),
    note: &str,
) -> Result<bool> {
    let (name, at) = (tx.by().name.clone(), tx.stamp());
    let open = erp_differences::table
        .find(id)
        .filter(erp_differences::state.eq(State::Open))
        .filter(erp_differences::ours_minor.eq(ours))
        .filter(erp_differences::theirs_minor.eq(theirs));
    let changed = diesel::update(open)
        .set((
            erp_differences::state.eq(State::Explained),
            erp_differences::note.eq(Some(note)),
            erp_differences::closed_by_name.eq(Some(name)),
            erp_differences::closed_at.eq(Some(at)),
        ))
        .execute(&mut **tx)?;
    Ok(changed == 1)
}

pub(super) fn list(
    conn: &mut Conn,
    period: Option<Period>,
    state: Option<State>,
) -> Result<Vec<Difference>> {
    let mut query = erp_differences::table
        .order((erp_differences::last_day.desc(), erp_differences::id))
        .select(Row::as_select())
        .into_boxed();
    if let Some(period) = period {
        query = query.filter(erp_differences::period.eq(period.to_string()));
    }
    if let Some(state) = state {
        query = query.filter(erp_differences::state.eq(state));
    }
    query.load(conn)?.into_iter().map(Difference::try_from).collect()
}

type LineParts = (i64, i64, String, Option<NaiveDate>, String);

/// The lines of the file that make their side.
pub(super) fn their_lines(
    conn: &mut Conn,
    import: &ErpImportId,
    subject: &Subject,
) -> Result<Vec<TheirLine>> {
    let rows = erp_lines::table
        .filter(erp_lines::import_id.eq(import))
        .filter(erp_lines::customer_id.eq(subject.customer))
        .filter(erp_lines::period.eq(subject.period.to_string()))
        .filter(erp_lines::currency.eq(subject.currency))
        .filter(erp_lines::figure.eq(subject.figure))
        .order(erp_lines::line)
        .select((
            erp_lines::line,
            erp_lines::amount_minor,
            erp_lines::voucher,
            erp_lines::dated,
            erp_lines::text,
        ))
        .load::<LineParts>(conn)?;
    Ok(rows
        .into_iter()
        .map(|(line, amount, voucher, dated, text)| TheirLine {
            line,
            amount,
            voucher,
            dated,
            text,
        })
        .collect())
}

type ImportParts = (ErpImportId, String, String, i64, bool, i64, i64, String, NaiveDateTime);

pub(super) fn imports(conn: &mut Conn, limit: i64) -> Result<Vec<Imported>> {
    let rows = erp_imports::table
        .order(erp_imports::id.desc())
        .limit(limit)
        .select((
            erp_imports::id,
            erp_imports::file_name,
            erp_imports::file_hash,
            erp_imports::lines,
            erp_imports::complete,
            erp_imports::agreed,
            erp_imports::differing,
            erp_imports::actor_name,
            erp_imports::at,
        ))
        .load::<ImportParts>(conn)?;
    let count = |count: i64| usize::try_from(count).map_err(Error::internal);
    rows.into_iter()
        .map(|(id, file_name, file_hash, lines, complete, agreed, differing, by, at)| {
            Ok(Imported {
                id,
                file_name,
                file_hash,
                lines: count(lines)?,
                complete,
                agreed: count(agreed)?,
                differing: count(differing)?,
                by,
                at: as_utc(at),
            })
        })
        .collect()
}
