//! The codes of a second factor: those an authenticator app shows (RFC 6238 with HMAC-SHA-1, six
//! digits and steps of 30 seconds, which every app understands), and the recovery codes kept for the
//! day the app is lost.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use totp_rs::{Builder, Secret};

use super::passwords::{self, PasswordHash};
use crate::error::{Error, Result};

/// Recovery codes somebody is given at once.
const RECOVERY_CODES: usize = 10;
/// Letters of a recovery code; the first of them, its label, say which one it is. The rest is worth
/// 49 bits, behind a slow hash and a limit of tries.
const RECOVERY_LENGTH: usize = 14;
const LABEL_LENGTH: usize = 4;
/// Digits of a code of the app.
const DIGITS: usize = 6;
/// How many steps of 30 seconds the clocks of the app and the server may be apart.
const SKEW: u16 = 1;

/// The key that an authenticator app and the portal share: 160 bits, as base32.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpKey(String);

impl TotpKey {
    /// A fresh one.
    pub(super) fn random() -> Self {
        let bytes: [u8; 20] = rand::random();
        Self(Secret::from(bytes).to_base32())
    }

    /// As the table keeps it.
    pub(super) fn kept(text: String) -> Self {
        Self(text)
    }

    pub(super) fn secret(&self) -> &str {
        &self.0
    }

    /// In groups of four, to be typed.
    pub fn groups(&self) -> Vec<&str> {
        let mut groups = Vec::new();
        let mut rest = self.0.as_str();
        while let Some((group, after)) =
            rest.split_at_checked(4).filter(|(_, rest)| !rest.is_empty())
        {
            groups.push(group);
            rest = after;
        }
        groups.push(rest);
        groups
    }

    /// What an app reads from the QR code: who issued the key, and for which account. All it doesn't
    /// say is what apps take for granted.
    pub fn address(&self, issuer: &str, account: &str) -> String {
        let (issuer, account) = (encoded(issuer), encoded(account));
        format!("otpauth://totp/{account}?secret={}&issuer={issuer}", self.0)
    }

    /// The step of the code, when it is that of now or of a neighbouring one.
    ///
    /// # Errors
    /// The key is none, or the clock stands before 1970.
    pub(super) fn step_of(&self, code: &str, now: DateTime<Utc>) -> Result<Option<i64>> {
        let key = Secret::try_from_base32(&self.0).map_err(Error::internal)?;
        let totp = Builder::new().with_secret(key).with_skew(SKEW).build();
        let seconds = u64::try_from(now.timestamp()).map_err(Error::internal)?;
        let step = totp.map_err(Error::internal)?.check(code, seconds);
        step.map(|step| i64::try_from(step).map_err(Error::internal)).transpose()
    }
}

impl std::fmt::Debug for TotpKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpKey(…)")
    }
}

/// A text within an address.
fn encoded(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// What somebody typed as their second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Typed {
    App(String),
    /// A recovery code, as it is hashed.
    Recovery(String),
    /// Neither can look like that.
    Unlike,
}

impl Typed {
    /// Reads it in whichever way people write it: with blanks and hyphens, in capitals, or with the
    /// wide digits of a Chinese keyboard.
    pub fn read(text: &str) -> Self {
        let plain = |c: char| match u32::from(c) {
            wide @ 0xFF10..=0xFF19 => char::from_digit(wide - 0xFF10, 10).unwrap_or(c),
            _ => c.to_ascii_lowercase(),
        };
        let letters = text.chars().take(100).map(plain).filter(char::is_ascii_alphanumeric);
        let letters: String = letters.collect();
        match letters.len() {
            DIGITS if letters.bytes().all(|b| b.is_ascii_digit()) => Self::App(letters),
            RECOVERY_LENGTH => Self::Recovery(letters),
            _ => Self::Unlike,
        }
    }
}

/// The part of a recovery code by which it is found.
pub(super) fn label(code: &str) -> &str {
    code.get(..LABEL_LENGTH).unwrap_or_default()
}

/// A code that takes the place of the app's, once.
#[derive(Clone)]
pub struct RecoveryCode {
    text: String,
    pub(super) hash: PasswordHash,
}

impl RecoveryCode {
    pub(super) fn label(&self) -> &str {
        label(&self.text)
    }

    /// In groups, to be written down.
    pub fn shown(&self) -> String {
        let (label, rest) = self.text.split_at_checked(LABEL_LENGTH).unwrap_or_default();
        let (first, second) = rest.split_at_checked(5).unwrap_or_default();
        format!("{label}-{first}-{second}")
    }
}

/// Ten fresh ones. Takes ten times as long as hashing a password.
///
/// # Errors
/// Hashing fails.
pub fn recovery_codes() -> Result<Vec<RecoveryCode>> {
    let (mut codes, mut labels) = (Vec::new(), BTreeSet::new());
    while codes.len() < RECOVERY_CODES {
        let text = passwords::letters(RECOVERY_LENGTH);
        if labels.insert(label(&text).to_owned()) {
            codes.push(RecoveryCode { hash: passwords::hash_password(&text)?, text });
        }
    }
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of the RFC's table, "12345678901234567890".
    fn key() -> TotpKey {
        TotpKey::kept(Secret::from(*b"12345678901234567890").to_base32())
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1; of its eight digits the last six.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = key().step_of(code, at(seconds)).unwrap();
            assert_eq!(step, Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_counts_a_step_early_and_a_step_late_and_no_longer() {
        // Of the step from 1234567890 on, which is number 41152263.
        for (seconds, found) in [
            (1_234_567_859, None),
            (1_234_567_860, Some(41_152_263)),
            (1_234_567_889, Some(41_152_263)),
            (1_234_567_890, Some(41_152_263)),
            (1_234_567_919, Some(41_152_263)),
            (1_234_567_949, Some(41_152_263)),
            (1_234_567_950, None),
        ] {
            assert_eq!(key().step_of("005924", at(seconds)).unwrap(), found, "{seconds}");
        }
        assert_eq!(key().step_of("005925", at(1_234_567_890)).unwrap(), None);
        assert_eq!(key().step_of("287082", at(0)).unwrap(), Some(1));
    }

    #[test]
    fn codes_are_read_however_people_write_them() {
        let app = |digits: &str| Typed::App(digits.to_owned());
        let recovery = |letters: &str| Typed::Recovery(letters.to_owned());
        for (typed, expected) in [
            ("005924", app("005924")),
            (" 005 924\n", app("005924")),
            ("005-924", app("005924")),
            ("００５９２４", app("005924")),
            ("7f3k-abcde-fghjk", recovery("7f3kabcdefghjk")),
            ("7F3K ABCDE FGHJK", recovery("7f3kabcdefghjk")),
            ("", Typed::Unlike),
            ("00592", Typed::Unlike),
            ("0059244", Typed::Unlike),
            ("00592a", Typed::Unlike),
            ("七十二", Typed::Unlike),
            (&"1".repeat(5_000), Typed::Unlike),
        ] {
            assert_eq!(Typed::read(typed), expected, "{typed:?}");
        }
    }

    #[test]
    fn recovery_codes_are_ten_and_known_by_what_is_shown() {
        let codes = recovery_codes().unwrap();
        assert_eq!(codes.len(), 10);
        let labels: BTreeSet<_> = codes.iter().map(RecoveryCode::label).collect();
        assert_eq!(labels.len(), 10);
        for code in codes.iter().take(2) {
            let Typed::Recovery(text) = Typed::read(&code.shown()) else { panic!("unlike") };
            assert_eq!(label(&text), code.label());
            assert!(passwords::verify(&text, Some(code.hash.as_str())));
        }
    }

    #[test]
    fn an_app_is_told_the_issuer_and_the_account() {
        assert_eq!(
            key().address("明账", "li.na+x@example.com"),
            "otpauth://totp/li.na%2Bx@example.com\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E6%98%8E%E8%B4%A6"
        );
        assert_eq!(key().groups().concat(), key().secret());
        assert_eq!(key().groups().len(), 8);
        assert_eq!(TotpKey::random().secret().len(), 32);
    }
}
