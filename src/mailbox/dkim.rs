//! Signing letters (RFC 6376), so that mail servers know them as the company's own.

use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine};
use lettre::Message;
use lettre::message::dkim::{
    DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm,
    DkimSigningKey,
};
use lettre::message::header::HeaderName;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, LineEnding};
use rsa::pkcs8::{DecodePrivateKey, EncodePublicKey};
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};

use crate::error::{Error, Result};

/// The key a company signs its letters with, and where others find its public half.
pub struct Dkim {
    config: DkimConfig,
    /// The name of the DNS record: `SELECTOR._domainkey.DOMAIN`.
    pub record: String,
    /// What the record has to say.
    pub text: String,
}

/// What is signed, where a letter has it. A mail program that shows a header nobody signed can be
/// told anything by it.
const SIGNED: [&str; 14] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// RFC 8301 takes nothing shorter.
const SHORTEST: usize = 1024;

impl Dkim {
    /// Reads the key, an RSA key as PEM in either form.
    ///
    /// # Errors
    /// The file can't be read or holds no such key, or a name can't be right; the message says
    /// which key of the configuration, and what to do.
    pub fn open(key: &Path, domain: &str, selector: &str) -> Result<Self> {
        for (setting, name) in [("domain", domain), ("selector", selector)] {
            let label = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let good = !name.is_empty()
                && name.split('.').all(|part| !part.is_empty() && part.chars().all(label));
            if !good {
                return Err(Error::internal(format!(
                    "mail.dkim.{setting} {name:?}: letters, digits and hyphens between dots, as \
                     in DNS"
                )));
            }
        }
        let wrong =
            |why: String| Error::internal(format!("mail.dkim.key: {}: {why}", key.display()));
        let pem = std::fs::read_to_string(key).map_err(|e| wrong(e.to_string()))?;
        let private = RsaPrivateKey::from_pkcs8_pem(&pem)
            .or_else(|_| RsaPrivateKey::from_pkcs1_pem(&pem))
            .map_err(|_| {
                wrong("holds no RSA key as PEM: openssl genrsa -out dkim.pem 2048".to_owned())
            })?;
        if private.size() * 8 < SHORTEST {
            return Err(wrong(format!("is shorter than {SHORTEST} bits, which no one accepts")));
        }
        let public = RsaPublicKey::from(&private).to_public_key_der().map_err(Error::internal)?;
        let pem = private.to_pkcs1_pem(LineEnding::LF).map_err(Error::internal)?;
        let signing = DkimSigningKey::new(&pem, DkimSigningAlgorithm::Rsa);
        Ok(Self {
            config: DkimConfig::new(
                selector.to_owned(),
                domain.to_owned(),
                signing.map_err(Error::internal)?,
                SIGNED.map(HeaderName::new_from_ascii_str).to_vec(),
                DkimCanonicalization {
                    header: DkimCanonicalizationType::Relaxed,
                    body: DkimCanonicalizationType::Relaxed,
                },
            ),
            record: format!("{selector}._domainkey.{domain}"),
            text: format!("v=DKIM1; k=rsa; p={}", BASE64_STANDARD.encode(public.as_bytes())),
        })
    }

    pub(super) fn sign(&self, message: &mut Message) {
        message.sign(&self.config);
    }
}
