use std::collections::HashMap;

use diesel::prelude::*;

use super::CHUNK;
use crate::db::schema::products;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::on_backend;
use crate::sales::rules::Product;
use crate::values::Key;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = products)]
struct Row {
    id: Key,
    code: String,
    name: String,
    category: String,
    brand: String,
    unit: String,
}

impl From<Row> for Product {
    fn from(row: Row) -> Self {
        let Row { id, code, name, category, brand, unit } = row;
        Self { id, code, name, category, brand, unit }
    }
}

pub(in crate::sales) fn all(conn: &mut Conn) -> Result<HashMap<Key, Product>> {
    let rows = products::table.select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id, Product::from(row))).collect())
}

/// The categories and the brands that products have, in order.
pub(in crate::sales) fn categories_and_brands(
    conn: &mut Conn,
) -> Result<(Vec<String>, Vec<String>)> {
    let mut categories: Vec<String> =
        products::table.select(products::category).distinct().load(conn)?;
    let mut brands: Vec<String> = products::table.select(products::brand).distinct().load(conn)?;
    for values in [&mut categories, &mut brands] {
        values.retain(|value| !value.is_empty());
        values.sort();
    }
    Ok((categories, brands))
}

pub(in crate::sales) fn by_key(conn: &mut Conn, keys: &[Key]) -> Result<HashMap<Key, Product>> {
    let mut found = HashMap::with_capacity(keys.len());
    for chunk in keys.chunks(CHUNK) {
        let rows = products::table
            .filter(products::id.eq_any(chunk))
            .select(Row::as_select())
            .load(conn)?;
        found.extend(rows.into_iter().map(|row| (row.id, Product::from(row))));
    }
    Ok(found)
}

/// Adds the products; their keys are in them.
pub(in crate::sales) fn insert(tx: &mut Tx<'_>, products: &[Product]) -> Result<()> {
    let rows: Vec<Row> = products
        .iter()
        .cloned()
        .map(|Product { id, code, name, category, brand, unit }| Row {
            id,
            code,
            name,
            category,
            brand,
            unit,
        })
        .collect();
    for chunk in rows.chunks(CHUNK) {
        on_backend!(&mut **tx, conn => {
            diesel::insert_into(products::table).values(chunk).execute(conn)
        })?;
    }
    Ok(())
}

pub(in crate::sales) fn update(tx: &mut Tx<'_>, product: &Product) -> Result<()> {
    diesel::update(products::table.find(product.id))
        .set((
            products::name.eq(&product.name),
            products::category.eq(&product.category),
            products::brand.eq(&product.brand),
            products::unit.eq(&product.unit),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(in crate::sales) fn by_code(conn: &mut Conn, code: &str) -> Result<Option<Product>> {
    let row = products::table
        .filter(products::code.eq(code))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Product::from))
}

/// Every product's key, by code.
pub(in crate::sales) fn keys(conn: &mut Conn) -> Result<HashMap<String, Key>> {
    let rows =
        products::table.select((products::code, products::id)).load::<(String, Key)>(conn)?;
    Ok(rows.into_iter().collect())
}

pub(in crate::sales) fn remove(tx: &mut Tx<'_>, keys: &[Key]) -> Result<()> {
    for chunk in keys.chunks(CHUNK) {
        diesel::delete(products::table.filter(products::id.eq_any(chunk))).execute(&mut **tx)?;
    }
    Ok(())
}
