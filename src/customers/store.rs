use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types;

use super::{Customer, CustomerKind, Filter, InUse, NewCustomer};
use crate::db::schema::{customers, people, statement_contacts};
use crate::db::{Conn, Tx, like_part};
use crate::error::Result;
use crate::on_backend;
use crate::values::{Currency, EmailAddress, Key, Language};

/// Rows per INSERT: within the bind limits of both databases.
const CHUNK: usize = 500;

diesel::define_sql_function! {
    /// Folds ASCII on SQLite; what else PostgreSQL folds depends on its collation.
    fn lower(text: sql_types::Text) -> sql_types::Text;
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = customers)]
struct Row {
    id: Key,
    code: String,
    name: String,
    kind: CustomerKind,
    class: String,
    region: String,
    currency: Currency,
    group_code: Option<String>,
    since: Option<NaiveDate>,
    tax_id: Option<String>,
    account_manager: Option<String>,
    language: Language,
}

impl From<Row> for Customer {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            code: row.code,
            name: row.name,
            kind: row.kind,
            class: row.class,
            region: row.region,
            currency: row.currency,
            group_code: row.group_code,
            since: row.since,
            tax_id: row.tax_id,
            account_manager: row.account_manager,
            language: row.language,
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = customers, treat_none_as_default_value = false)]
struct NewRow<'a> {
    id: Key,
    code: &'a str,
    name: &'a str,
    kind: CustomerKind,
    class: &'a str,
    region: &'a str,
    currency: Currency,
    group_code: Option<&'a str>,
    since: Option<NaiveDate>,
    tax_id: Option<&'a str>,
    account_manager: Option<&'a str>,
    language: Language,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

pub(super) fn by_id(conn: &mut Conn, id: Key) -> Result<Option<Customer>> {
    let row = customers::table.find(id).select(Row::as_select()).first(conn).optional()?;
    Ok(row.map(Customer::from))
}

pub(super) fn by_code(conn: &mut Conn, code: &str) -> Result<Option<Customer>> {
    let row = customers::table
        .filter(customers::code.eq(code))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Customer::from))
}

pub(super) fn all(conn: &mut Conn) -> Result<Vec<Customer>> {
    let rows = customers::table.order(customers::id).select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().map(Customer::from).collect())
}

pub(super) fn by_ids(conn: &mut Conn, ids: &[Key]) -> Result<Vec<Customer>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let rows = customers::table
            .filter(customers::id.eq_any(chunk))
            .select(Row::as_select())
            .load(conn)?;
        found.extend(rows.into_iter().map(Customer::from));
    }
    found.sort_by_key(|c| c.id);
    found.dedup_by_key(|c| c.id);
    Ok(found)
}

/// Key, code and the parent's code of every customer, in the order of keys.
pub(super) fn parents(conn: &mut Conn) -> Result<Vec<(Key, String, Option<String>)>> {
    Ok(customers::table
        .order(customers::id)
        .select((customers::id, customers::code, customers::group_code))
        .load(conn)?)
}

/// Parents with these codes, and the customers that name them.
pub(super) fn in_groups(conn: &mut Conn, codes: &[String]) -> Result<Vec<Key>> {
    let mut found = Vec::new();
    for chunk in codes.chunks(CHUNK) {
        found.extend(
            customers::table
                .filter(customers::code.eq_any(chunk).or(customers::group_code.eq_any(chunk)))
                .select(customers::id)
                .load::<Key>(conn)?,
        );
    }
    Ok(found)
}

pub(super) fn keys(conn: &mut Conn) -> Result<HashMap<String, Key>> {
    let rows =
        customers::table.select((customers::code, customers::id)).load::<(String, Key)>(conn)?;
    Ok(rows.into_iter().collect())
}

pub(super) fn list(
    conn: &mut Conn,
    filter: &Filter,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Customer>> {
    let mut query = customers::table.select(Row::as_select()).into_boxed();
    if let Some(search) = filter.search.as_deref().map(str::trim).filter(|s| !s.is_empty()) {
        let like = like_part(search);
        query = query.filter(
            lower(customers::code)
                .like(like.clone())
                .escape('!')
                .or(lower(customers::name).like(like).escape('!')),
        );
    }
    if let Some(manager) = &filter.manager {
        query = query.filter(customers::account_manager.eq(manager));
    }
    if let Some(own) = &filter.portfolio {
        query = query.filter(
            lower(customers::account_manager.assume_not_null())
                .eq(own.to_lowercase())
                .or(customers::account_manager.is_null()),
        );
    }
    if let Some(class) = &filter.class {
        query = query.filter(customers::class.eq(class));
    }
    if let Some(region) = &filter.region {
        query = query.filter(customers::region.eq(region));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(customers::kind.eq(kind));
    }
    if let Some(after) = after {
        query = query.filter(customers::code.gt(after));
    }
    let rows = query.order(customers::code).limit(limit).load(conn)?;
    Ok(rows.into_iter().map(Customer::from).collect())
}

pub(super) fn classes_and_managers(conn: &mut Conn) -> Result<(Vec<String>, Vec<String>)> {
    let mut classes: Vec<String> =
        customers::table.select(customers::class).distinct().load(conn)?;
    let managers: Vec<Option<String>> =
        customers::table.select(customers::account_manager).distinct().load(conn)?;
    let mut managers: Vec<String> = managers.into_iter().flatten().collect();
    classes.sort();
    managers.sort();
    Ok((classes, managers))
}

/// What customers are filed under.
pub(super) fn in_use(conn: &mut Conn) -> Result<InUse> {
    let mut regions: Vec<String> =
        customers::table.select(customers::region).distinct().load(conn)?;
    let groups: Vec<Option<String>> =
        customers::table.select(customers::group_code).distinct().load(conn)?;
    let currencies: Vec<Currency> =
        customers::table.select(customers::currency).distinct().load(conn)?;
    regions.retain(|region| !region.is_empty());
    let (classes, _) = classes_and_managers(conn)?;
    let mut found = InUse {
        classes,
        regions,
        groups: groups.into_iter().flatten().collect(),
        currencies: currencies.into_iter().map(|currency| currency.to_string()).collect(),
    };
    // In Rust, because the databases sort text differently.
    for values in [&mut found.regions, &mut found.groups, &mut found.currencies] {
        values.sort();
    }
    Ok(found)
}

pub(super) fn contacts_of(
    conn: &mut Conn,
    customers: &[Key],
) -> Result<HashMap<Key, Vec<EmailAddress>>> {
    let mut found: HashMap<Key, Vec<EmailAddress>> = HashMap::new();
    for chunk in customers.chunks(CHUNK) {
        let rows = statement_contacts::table
            .filter(statement_contacts::customer_id.eq_any(chunk))
            .select((statement_contacts::customer_id, statement_contacts::email))
            .load::<(Key, String)>(conn)?;
        for (customer, text) in rows {
            if let Some(email) = EmailAddress::parse(&text) {
                found.entry(customer).or_default().push(email);
            }
        }
    }
    found.values_mut().for_each(|emails| emails.sort());
    Ok(found)
}

/// A customer whose account manager has the address.
pub(super) fn of_manager(conn: &mut Conn, email: &str) -> Result<Option<Customer>> {
    let row = customers::table
        .filter(lower(customers::account_manager.assume_not_null()).eq(email.to_lowercase()))
        .order(customers::id)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Customer::from))
}

/// The customers whose statements go to the address.
pub(super) fn with_contact(conn: &mut Conn, email: &str) -> Result<Vec<Key>> {
    Ok(statement_contacts::table
        .filter(lower(statement_contacts::email).eq(email.to_lowercase()))
        .order(statement_contacts::customer_id)
        .select(statement_contacts::customer_id)
        .load(conn)?)
}

pub(super) fn insert(tx: &mut Tx<'_>, first: Key, new: &[NewCustomer]) -> Result<()> {
    let stamp = tx.stamp();
    let numbered: Vec<(Key, &NewCustomer)> = (first..).zip(new).collect();
    for chunk in numbered.chunks(CHUNK) {
        let rows: Vec<_> = chunk.iter().map(|(id, c)| new_row(*id, c, stamp)).collect();
        on_backend!(&mut **tx, conn => diesel::insert_into(customers::table).values(&rows).execute(conn))?;
    }
    for (id, customer) in numbered {
        if let Some(emails) = &customer.statement_emails {
            set_contacts(tx, id, emails)?;
        }
    }
    Ok(())
}

fn new_row(id: Key, customer: &NewCustomer, stamp: NaiveDateTime) -> NewRow<'_> {
    NewRow {
        id,
        code: &customer.code,
        name: &customer.name,
        kind: customer.kind,
        class: &customer.class,
        region: &customer.region,
        currency: customer.currency,
        group_code: customer.group_code.as_deref(),
        since: customer.since,
        tax_id: customer.tax_id.as_deref(),
        account_manager: customer.account_manager.as_deref(),
        language: customer.language,
        created_at: stamp,
        updated_at: stamp,
    }
}

pub(super) fn update(tx: &mut Tx<'_>, id: Key, customer: &NewCustomer) -> Result<()> {
    let stamp = tx.stamp();
    diesel::update(customers::table.find(id))
        .set((
            customers::name.eq(&customer.name),
            customers::kind.eq(customer.kind),
            customers::class.eq(&customer.class),
            customers::region.eq(&customer.region),
            customers::currency.eq(customer.currency),
            customers::group_code.eq(&customer.group_code),
            customers::since.eq(customer.since),
            customers::tax_id.eq(&customer.tax_id),
            customers::account_manager.eq(&customer.account_manager),
            customers::language.eq(customer.language),
            customers::updated_at.eq(stamp),
        ))
        .execute(&mut **tx)?;
    if let Some(emails) = &customer.statement_emails {
        set_contacts(tx, id, emails)?;
    }
    Ok(())
}

fn set_contacts(tx: &mut Tx<'_>, id: Key, emails: &[EmailAddress]) -> Result<()> {
    diesel::delete(statement_contacts::table.filter(statement_contacts::customer_id.eq(id)))
        .execute(&mut **tx)?;
    let mut emails: Vec<_> = emails.iter().collect();
    emails.sort();
    emails.dedup();
    for email in emails {
        diesel::insert_into(statement_contacts::table)
            .values((
                statement_contacts::customer_id.eq(id),
                statement_contacts::email.eq(email.as_str()),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Those without people or contacts; another reference makes the database refuse, and then
/// nothing is removed.
pub(super) fn remove(tx: &mut Tx<'_>, keys: &[Key]) -> Result<()> {
    for chunk in keys.chunks(CHUNK) {
        let has_people = people::table.filter(people::customer_id.eq(customers::id.nullable()));
        let has_contacts =
            statement_contacts::table.filter(statement_contacts::customer_id.eq(customers::id));
        diesel::delete(
            customers::table
                .filter(customers::id.eq_any(chunk))
                .filter(diesel::dsl::not(diesel::dsl::exists(has_people)))
                .filter(diesel::dsl::not(diesel::dsl::exists(has_contacts))),
        )
        .execute(&mut **tx)?;
    }
    Ok(())
}
