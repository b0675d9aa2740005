//! Passwords: argon2id with 19 MiB, two passes, one lane, which takes about a tenth of a second of
//! one core; so hash outside of transactions and not many at once.

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::error::{Error, Result};
use crate::values::{Problem, Text};

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A password as the database keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes with a fresh salt. Slow on purpose.
pub fn hash_password(password: &str) -> Result<PasswordHash> {
    let hash: phc::PasswordHash =
        argon2()?.hash_password(password.as_bytes()).map_err(Error::internal)?;
    Ok(PasswordHash(hash.to_string()))
}

/// Verified against when there is no such account, so that the answer takes as long.
static NOBODY: LazyLock<Option<PasswordHash>> =
    LazyLock::new(|| hash_password(&generate_password()).ok());

/// Whether the password fits the stored hash. Does the same work when there is none.
pub(super) fn verify(password: &str, stored: Option<&str>) -> bool {
    // Looked at in any case: making it takes as long as verifying, the first time.
    let nobody = NOBODY.as_ref().map(PasswordHash::as_str);
    let hash = stored.or(nobody);
    let Some(hash) = hash.and_then(|text| phc::PasswordHash::new(text).ok()) else { return false };
    let fits = argon2().is_ok_and(|a| a.verify_password(password.as_bytes(), &hash).is_ok());
    fits && stored.is_some()
}

/// A password for somebody who will be handed it: 20 letters and digits that aren't mistaken for
/// one another, in groups; about 98 bits.
pub fn generate_password() -> String {
    let groups: Vec<String> = (0..4).map(|_| letters(5)).collect();
    groups.join("-")
}

/// So many letters and digits that aren't mistaken for one another.
pub(super) fn letters(count: usize) -> String {
    const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let letter = |_| LETTERS.get(rand::random_range(0..LETTERS.len())).copied().unwrap_or(b'x');
    (0..count).map(letter).map(char::from).collect()
}

/// Passwords everybody tries first, that are long enough to pass the length rule. Compared after
/// folding case and dropping everything but letters and digits.
const COMMON: &[&str] = &[
    "123456789012",
    "1234567890123",
    "12345678901234",
    "123456789123",
    "123123123123",
    "111111111111",
    "000000000000",
    "888888888888",
    "666666666666",
    "121212121212",
    "112233445566",
    "123321123321",
    "987654321987",
    "098765432109",
    "147258369147",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiopasdf",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "qazwsxedcrfv",
    "1qazxsw23edc",
    "asdfghjklqwe",
    "zaq12wsxcde3",
    "qwerty123456",
    "password1234",
    "password12345",
    "password123456",
    "passwordpassword",
    "passw0rd1234",
    "p4ssw0rd1234",
    "adminadmin123",
    "administrator",
    "administrator1",
    "admin1234567",
    "admin12345678",
    "admin123456789",
    "root12345678",
    "welcome12345",
    "welcome123456",
    "changeme1234",
    "changemenow1",
    "letmein12345",
    "letmeinplease",
    "iloveyou1234",
    "iloveyou12345",
    "woaini1314520",
    "woaini5201314",
    "5201314520131",
    "aini13145201",
    "a12345678901",
    "abc123456789",
    "abcd12345678",
    "aa1234567890",
    "a1b2c3d4e5f6",
    "abcdefghijkl",
    "abcdefghijklm",
    "abcdef123456",
    "asd123456789",
    "zxc123456789",
    "woaiwojia123",
    "zhongguo1234",
    "nihao1234567",
    "monkey123456",
    "dragon123456",
    "football1234",
    "baseball1234",
    "sunshine1234",
    "princess1234",
    "superman1234",
    "trustno11234",
    "testtesttest",
    "test12345678",
    "demo12345678",
    "guest1234567",
    "secret123456",
    "correcthorsebatterystaple",
    "company12345",
    "finance12345",
    "rebate123456",
];

fn folded(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Checks a new password: 12 to 128 characters, not a common one, and not made of what anybody
/// knows about its owner (`context`: the product, the company, the address, the name).
///
/// # Errors
/// A problem at the field `password`.
pub fn check_password(password: &str, context: &[&str]) -> Result<()> {
    let wrong = |text: Text| Err(Error::Invalid(vec![Problem::new("password", text)]));
    let length = password.chars().count();
    if length < 12 {
        return wrong(Text::new("password-too-short"));
    }
    if length > 128 {
        return wrong(Text::new("password-too-long"));
    }
    let plain = folded(password);
    let distinct = plain.chars().collect::<std::collections::BTreeSet<_>>().len();
    if COMMON.contains(&plain.as_str()) || distinct < 4 {
        return wrong(Text::new("password-common"));
    }
    let mut rest = plain.clone();
    let words = context.iter().flat_map(|text| text.split(['@', '.', ' ', '-', '_']));
    for word in words.map(folded).filter(|w| w.chars().count() >= 3) {
        rest = rest.replace(&word, "");
    }
    if rest.chars().count() < plain.chars().count() && rest.chars().count() < 6 {
        return wrong(Text::new("password-from-context"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(password: &str) -> &'static str {
        let context = ["openrebate", "li.wei@xinghe-trade.com", "李伟", "星河电器"];
        match check_password(password, &context) {
            Ok(()) => "",
            Err(Error::Invalid(problems)) => problems.first().unwrap().text.key,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn long_and_uncommon_is_all_that_is_asked() {
        for (password, expected) in [
            ("elf chars in", ""),
            ("eleven char", "password-too-short"),
            ("四海之内皆兄弟也何患乎", "password-too-short"),
            ("四海之内皆兄弟也何患乎无", ""),
            (&"ab3d".repeat(32), ""),
            (&"ab3d".repeat(33), "password-too-long"),
            ("Password-1234", "password-common"),
            ("aaaaaaaaaaaaaaaa", "password-common"),
            ("abababababab", "password-common"),
            ("openrebate2026", "password-from-context"),
            ("Li.Wei.xinghe1", "password-from-context"),
            ("xinghe sells fridges", ""),
            (&generate_password(), ""),
        ] {
            assert_eq!(verdict(password), expected, "{password:?}");
        }
    }

    #[test]
    fn only_the_right_password_fits_and_nobody_has_one() {
        let hash = hash_password("a quiet harbour").unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
        assert!(verify("a quiet harbour", Some(hash.as_str())));
        assert!(!verify("a quiet harbou", Some(hash.as_str())));
        assert!(!verify("a quiet harbour", None));
        assert!(!format!("{hash:?}").contains("argon2id"));
    }
}
