use diesel::prelude::*;

use crate::db::Tx;
use crate::db::schema::{
    absences, known_devices, leads, mail_preferences, one_time_links, page_preferences, people,
    reset_asks, sign_in_failures,
};
use crate::error::Result;
use crate::people::PersonState;
use crate::values::PersonId;

pub(in crate::people) fn set_name(
    tx: &mut Tx<'_>,
    id: &PersonId,
    name: &str,
    phone: Option<&str>,
) -> Result<()> {
    diesel::update(people::table.find(id))
        .set((people::name.eq(name), people::phone.eq(phone)))
        .execute(&mut **tx)?;
    Ok(())
}

/// The account without its person: `was` is the address, then come the name and address it gets.
pub(in crate::people) fn account(
    tx: &mut Tx<'_>,
    id: &PersonId,
    was: &str,
    (name, email): (&str, &str),
) -> Result<()> {
    super::delete_sessions_of(tx, id)?;
    super::second_factor::forget(tx, id)?;
    diesel::delete(sign_in_failures::table.filter(sign_in_failures::email.eq(was)))
        .execute(&mut **tx)?;
    diesel::delete(known_devices::table.filter(known_devices::person_id.eq(id)))
        .execute(&mut **tx)?;
    diesel::delete(one_time_links::table.filter(one_time_links::person_id.eq(id)))
        .execute(&mut **tx)?;
    diesel::delete(reset_asks::table.filter(reset_asks::email.eq(was))).execute(&mut **tx)?;
    diesel::delete(mail_preferences::table.filter(mail_preferences::person_id.eq(id)))
        .execute(&mut **tx)?;
    diesel::delete(page_preferences::table.filter(page_preferences::person_id.eq(id)))
        .execute(&mut **tx)?;
    let away = absences::table.filter(absences::person_id.eq(id));
    diesel::delete(away).execute(&mut **tx)?;
    let led = leads::member_id.eq(id).or(leads::lead_id.eq(id));
    diesel::delete(leads::table.filter(led)).execute(&mut **tx)?;
    diesel::update(people::table.find(id))
        .set((
            people::name.eq(name),
            people::email.eq(email),
            people::phone.eq(None::<String>),
            people::language.eq(None::<String>),
            people::password_hash.eq(None::<String>),
            people::last_sign_in_at.eq(None::<chrono::NaiveDateTime>),
            people::state.eq(PersonState::Disabled),
            people::invited.eq(false),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
