use sha2::{Digest, Sha256};

/// Collects fields into one SHA-256, each with its length before it, so that no two different
/// lists of fields look alike (DOMAIN §7).
#[derive(Default)]
pub struct Fingerprint(Sha256);

impl Fingerprint {
    pub fn new(purpose: &str) -> Self {
        Self::default().field(purpose)
    }

    #[must_use]
    pub fn field(mut self, field: impl AsRef<[u8]>) -> Self {
        let bytes = field.as_ref();
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.0.update(length.to_be_bytes());
        self.0.update(bytes);
        self
    }

    /// The hash, as 64 lower-case hex digits.
    pub fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// SHA-256 of the bytes, as 64 lower-case hex digits.
pub fn fingerprint(bytes: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(bytes.as_ref()))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
