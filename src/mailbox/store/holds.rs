use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::mail_holds;
use crate::db::{Conn, Tx};
use crate::error::Result;

/// The place of a hold on everything: no domain has such a name.
pub(in crate::mailbox) const RELAY: &str = "*";

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = mail_holds)]
#[diesel(treat_none_as_null = true)]
pub(in crate::mailbox) struct Hold {
    pub place: String,
    pub failures: i32,
    pub since: NaiveDateTime,
    pub until: NaiveDateTime,
    pub why: Option<String>,
}

pub(in crate::mailbox) fn of(conn: &mut Conn, place: &str) -> Result<Option<Hold>> {
    Ok(mail_holds::table.find(place).select(Hold::as_select()).first(conn).optional()?)
}

/// Where nothing leaves for now.
pub(in crate::mailbox) fn at(conn: &mut Conn, now: NaiveDateTime) -> Result<Vec<String>> {
    let held = mail_holds::table.filter(mail_holds::until.gt(now)).select(mail_holds::place);
    Ok(held.load(conn)?)
}

pub(in crate::mailbox) fn set(tx: &mut Tx<'_>, hold: &Hold) -> Result<()> {
    let known = diesel::update(mail_holds::table.find(&hold.place)).set(hold).execute(&mut **tx)?;
    if known == 0 {
        diesel::insert_into(mail_holds::table).values(hold).execute(&mut **tx)?;
    }
    Ok(())
}

pub(in crate::mailbox) fn lift(tx: &mut Tx<'_>, place: &str) -> Result<()> {
    diesel::delete(mail_holds::table.find(place)).execute(&mut **tx)?;
    Ok(())
}
