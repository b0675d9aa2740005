use std::fmt;

use serde::{Deserialize, Serialize};

/// An e-mail address good enough to send to: checked for form, folded to lower case so that one
/// person is one account. No quoted local parts, comments or blanks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// None when it isn't an address.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (local, domain) = text.split_once('@')?;
        let local_ok = (1..=64).contains(&local.len())
            && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"._%+-'&=~".contains(&b))
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..");
        let label_ok = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let domain_ok =
            domain.len() <= 190 && domain.contains('.') && domain.split('.').all(label_ok);
        (local_ok && domain_ok).then(|| Self(text.to_ascii_lowercase()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::EmailAddress;

    #[test]
    fn an_address_is_folded_and_a_broken_one_refused() {
        assert_eq!(
            EmailAddress::parse(" Li.Wei@Example.COM ").unwrap().as_str(),
            "li.wei@example.com"
        );
        for text in [
            "",
            "a",
            "@example.com",
            "a@",
            "a@localhost",
            "a b@example.com",
            "a@exa mple.com",
            "a@b@example.com",
            "a\r\n@example.com",
            ".a@example.com",
            "a..b@example.com",
            "a@-x.com",
            "<a@example.com>",
            "a@example.com,b@example.com",
        ] {
            assert!(EmailAddress::parse(text).is_none(), "{text:?}");
        }
    }
}
