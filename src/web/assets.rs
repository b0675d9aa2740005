//! Static files, inside the binary, at addresses made of their content: kept by browsers forever.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Path;
use rust_embed::RustEmbed;

use super::{Answer, Fail};

#[derive(RustEmbed)]
#[folder = "static"]
struct Files;

pub(super) const PATH: &str = "/static/{hash}/{name}";

/// The address of each file, by name.
static ADDRESSES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    Files::iter()
        .filter_map(|name| {
            let file = Files::get(&name)?;
            let hash = hash(&file);
            Some((name.to_string(), format!("/static/{hash}/{name}")))
        })
        .collect()
});

fn hash(file: &rust_embed::EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Where pages find the file.
pub(super) fn address(name: &str) -> &'static str {
    ADDRESSES.get(name).map_or("", String::as_str)
}

pub(super) async fn file(path: Path<(String, String)>) -> Answer {
    let (wanted, name) = path.into_inner();
    let file = Files::get(&name).filter(|file| hash(file) == wanted).ok_or(Fail::NOT_FOUND)?;
    let body = match file.data {
        Cow::Borrowed(bytes) => actix_web::web::Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, file.metadata.mimetype()))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(body))
}
