use diesel::prelude::*;

use super::{Row, person};
use crate::db::schema::{people, person_roles};
use crate::db::{Conn, like_part};
use crate::error::Result;
use crate::people::{PeopleFilter, Person, PersonState, Whose};
use crate::values::Key;

diesel::define_sql_function! {
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

pub(in crate::people) fn list(
    conn: &mut Conn,
    filter: &PeopleFilter,
    after: i64,
    limit: i64,
) -> Result<Vec<Person>> {
    let mut query = people::table
        .order((people::name, people::id))
        .offset(after)
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(search) = filter.search.as_deref().map(str::trim).filter(|s| !s.is_empty()) {
        let like = like_part(search);
        query = query.filter(
            lower(people::name)
                .like(like.clone())
                .escape('!')
                .or(lower(people::email).like(like).escape('!')),
        );
    }
    query = match filter.whose {
        Some(Whose::Staff) => query.filter(people::customer_id.is_null()),
        Some(Whose::Customers) => query.filter(people::customer_id.is_not_null()),
        None => query,
    };
    query = match filter.state {
        Some(PersonState::Active) => query.filter(people::state.eq(PersonState::Active)),
        Some(PersonState::Invited) => query.filter(people::invited),
        Some(PersonState::Disabled) => {
            query.filter(people::state.eq(PersonState::Disabled)).filter(people::invited.eq(false))
        }
        None => query,
    };
    if let Some(role) = filter.role {
        let holders =
            person_roles::table.filter(person_roles::role.eq(role)).select(person_roles::person_id);
        query = query.filter(people::id.eq_any(holders));
    }
    let rows = query.load(conn)?;
    rows.into_iter().map(|row| person(conn, row)).collect()
}

pub(in crate::people) fn of_customer(conn: &mut Conn, customer: Key) -> Result<Vec<Person>> {
    let rows = people::table
        .filter(people::customer_id.eq(customer))
        .order((people::name, people::id))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| person(conn, row)).collect()
}
