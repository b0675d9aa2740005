use std::collections::HashMap;

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::products;
use crate::error::Result;
use crate::sales::rules::Product;
use crate::values::Key;

#[derive(Queryable, Selectable)]
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
