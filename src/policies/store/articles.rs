use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::products;
use crate::error::Result;
use crate::policies::meet::Article;

/// Every product there is, as sales know them.
pub(in crate::policies) fn articles(conn: &mut Conn) -> Result<Vec<Article>> {
    let rows = products::table
        .select((products::code, products::category, products::brand))
        .load::<(String, String, String)>(conn)?;
    let article = |(code, category, brand)| Article { code, category, brand };
    Ok(rows.into_iter().map(article).collect())
}
