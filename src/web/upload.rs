//! Forms with files. Files go to disk as they come, under names of our own, and are gone when the
//! handler drops them; what a handler keeps it copies. The token comes before the first file, so
//! that nobody fills the disk from another site.

use std::future::Future;
use std::io::Write;
use std::path::Path;
use std::pin::Pin;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::{App, Fail, FormKey, Visit, form};
use crate::config::Config;

/// What a form with files may carry.
#[derive(Debug, Clone, Copy)]
pub struct UploadLimits {
    pub files: usize,
    /// Of each file.
    pub bytes: u64,
    /// Of each field's text, in bytes; all of them together have four times that.
    pub text: usize,
}

impl UploadLimits {
    /// What people type into the fields beside files.
    pub const TEXT: usize = form::LONGEST_VALUE;
}

/// The fields beside the files; as for [`super::Form`].
pub trait UploadForm: DeserializeOwned {
    fn limits(config: &Config) -> UploadLimits;
}

/// One file as it came.
pub struct UploadedFile {
    /// The form field it came in.
    pub field: String,
    /// What the sender calls it: the last part of a path, for people to read and never to open.
    pub name: String,
    pub bytes: u64,
    /// 64 hex digits.
    pub sha256: String,
    file: NamedTempFile,
}

impl UploadedFile {
    /// Where it lies until this value is dropped.
    pub fn path(&self) -> &Path {
        self.file.path()
    }
}

/// A posted form with files; the token was checked.
pub struct Upload<T> {
    pub fields: T,
    pub files: Vec<UploadedFile>,
    /// Covers the files too.
    pub key: FormKey,
}

impl<T: UploadForm + 'static> FromRequest for Upload<T> {
    type Error = Fail;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Fail>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let visit = Visit::of(&request)?;
            let app = App::extract(&request).await?;
            let limits = T::limits(&app.config);
            let parts = Multipart::new(request.headers(), payload);
            let (mut fields, files) = read(&visit, parts, limits).await?;
            for file in &files {
                fields.insert(format!("file {}", file.sha256), Value::Null);
            }
            let key = form::form_key(&mut fields, request.path())?;
            fields.retain(|name, value| !(value.is_null() && name.starts_with("file ")));
            let fields = serde_json::from_value(Value::Object(fields)).map_err(Fail::malformed)?;
            Ok(Self { fields, files, key })
        })
    }
}

async fn read(
    visit: &Visit,
    mut parts: Multipart,
    limits: UploadLimits,
) -> Result<(Map<String, Value>, Vec<UploadedFile>), Fail> {
    let mut fields = Map::new();
    let mut files = Vec::new();
    let (mut trusted, mut typed) = (false, 0usize);
    while let Some(part) = parts.next().await {
        let part = part.map_err(part_failure)?;
        let name = part.name().unwrap_or_default().to_owned();
        let file_name =
            part.content_disposition().and_then(|d| d.get_filename()).map(str::to_owned);
        match file_name {
            Some(file_name) => {
                if !trusted {
                    return Err(Fail::STALE);
                }
                if let Some(file) = store(part, name, &file_name, limits.bytes).await? {
                    if files.len() >= limits.files {
                        return Err(Fail::TOO_LARGE);
                    }
                    files.push(file);
                }
            }
            None => {
                let value = text(part, limits.text).await?;
                typed = typed.saturating_add(value.len());
                if typed > limits.text.saturating_mul(4) {
                    return Err(Fail::TOO_LARGE);
                }
                if name == "token" {
                    visit.check_token(&value)?;
                    trusted = true;
                } else {
                    form::add(&mut fields, name, value, limits.text)?;
                }
            }
        }
    }
    if trusted { Ok((fields, files)) } else { Err(Fail::STALE) }
}

async fn text(mut part: Field, most: usize) -> Result<String, Fail> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.next().await {
        bytes.extend_from_slice(&chunk.map_err(part_failure)?);
        if bytes.len() > most {
            return Err(Fail::TOO_LONG);
        }
    }
    String::from_utf8(bytes).map_err(|_| Fail::malformed("not UTF-8"))
}

/// None for a file field that was left empty.
async fn store(
    mut part: Field,
    field: String,
    name: &str,
    most: u64,
) -> Result<Option<UploadedFile>, Fail> {
    let name = form::plain_name(name);
    let name: String =
        name.rsplit(['/', '\\']).next().unwrap_or_default().trim().chars().take(150).collect();
    let mut file = NamedTempFile::new().map_err(Fail::internal)?;
    let mut hash = Sha256::new();
    let mut bytes = 0u64;
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(part_failure)?;
        bytes = bytes.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if bytes > most {
            return Err(Fail::TOO_LARGE);
        }
        hash.update(&chunk);
        // A few kilobytes into the page cache: not worth a thread.
        file.write_all(&chunk).map_err(Fail::internal)?;
    }
    if name.is_empty() && bytes == 0 {
        return Ok(None);
    }
    file.flush().map_err(Fail::internal)?;
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Some(UploadedFile { field, name, bytes, sha256, file }))
}

fn part_failure(error: MultipartError) -> Fail {
    match error {
        MultipartError::Payload(error) => form::body_failure(error),
        other => Fail::malformed(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{self, HeaderMap};
    use actix_web::web::Bytes;

    const LIMITS: UploadLimits = UploadLimits { files: 2, bytes: 100, text: 64 };

    /// Field, file name, content.
    type Part<'a> = (&'a str, Option<&'a str>, &'a [u8]);

    /// The body a browser makes of these.
    fn body(parts: &[Part<'_>]) -> Bytes {
        let mut out = Vec::new();
        for (name, file, content) in parts {
            let file = file.map(|f| format!("; filename=\"{f}\"")).unwrap_or_default();
            out.extend_from_slice(
                format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n")
                    .as_bytes(),
            );
            out.extend_from_slice(content);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"--B--\r\n");
        out.into()
    }

    async fn posted(
        visit: &Visit,
        parts: &[Part<'_>],
    ) -> Result<(Map<String, Value>, Vec<UploadedFile>), String> {
        let mut headers = HeaderMap::new();
        let kind = "multipart/form-data; boundary=B".parse().unwrap();
        headers.insert(header::CONTENT_TYPE, kind);
        let stream = futures_util::stream::iter([Ok(body(parts))]);
        read(visit, Multipart::new(&headers, stream), LIMITS).await.map_err(|e| e.to_string())
    }

    #[test]
    fn files_come_after_the_token_and_within_their_limits() {
        actix_web::rt::System::new().block_on(async {
            let visit = super::super::guard::tests::stranger_visit();
            let token = visit.token();
            let token: Part<'_> = ("token", None, token.as_bytes());

            let parts: [Part<'_>; 4] = [
                token,
                ("reason", None, "少算了".as_bytes()),
                ("file", Some("C:\\\\发票.pdf"), b"%PDF"),
                ("file", Some(""), b""),
            ];
            let (fields, files) = posted(&visit, &parts).await.unwrap();
            assert_eq!(fields.get("reason"), Some(&Value::from("少算了")));
            let [file] = files.as_slice() else { panic!("{} files", files.len()) };
            assert_eq!((file.name.as_str(), file.bytes), ("发票.pdf", 4));
            assert_eq!(std::fs::read(file.path()).unwrap(), b"%PDF");
            assert_eq!(file.sha256, crate::values::fingerprint(b"%PDF"));
            let path = file.path().to_owned();
            drop(files);
            assert!(!path.exists());

            let large = [b'x'; 101];
            let long: Part<'_> = ("reason", None, &[b'x'; 65]);
            let much = ["a", "b", "c", "d", "e"].map(|name| (name, None, &[b'x'; 60][..]));
            let refused: [&[Part<'_>]; 8] = [
                &[("file", Some("a.pdf"), b"x"), token],
                &[("token", None, b"wrong")],
                &[("reason", None, b"x")],
                &[token, ("file", Some("a.pdf"), &large)],
                &[token, ("a", Some("a"), b"x"), ("b", Some("b"), b"x"), ("c", Some("c"), b"x")],
                &[token, ("reason", None, b"\xff\xfe")],
                &[token, long],
                &[token, much[0], much[1], much[2], much[3], much[4]],
            ];
            let mut told = Vec::new();
            for parts in refused {
                told.push(posted(&visit, parts).await.err().unwrap());
            }
            let expected = [
                "400 stale",
                "400 stale",
                "400 stale",
                "413 too-large",
                "413 too-large",
                "400 malformed",
                "413 too-long",
                "413 too-large",
            ];
            assert_eq!(told, expected);
        });
    }
}
