//! Text as it is searched, alike on both databases.

use std::collections::BTreeSet;

/// The LIKE pattern for a part of a text in any case; its own signs are escaped by `!`.
pub fn like_part(part: &str) -> String {
    let mut pattern = String::from("%");
    for sign in part.to_lowercase().chars() {
        if matches!(sign, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(sign);
    }
    pattern.push('%');
    pattern
}

/// A text without what people write differently: lower case, full-width letters and digits as
/// plain ones, and one blank for whatever is neither letter nor digit.
pub fn folded(text: &str) -> String {
    const WIDTH: u32 = 0xFF01 - 0x21;
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        let plain = match sign {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(sign) - WIDTH).unwrap_or(sign),
            other => other,
        };
        if plain.is_alphanumeric() {
            out.extend(plain.to_lowercase());
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The neighbouring letters of a folded text, by which an index finds every text that may contain
/// another: two of Chinese, of which most words have only two; three of plain letters and digits,
/// because two of those stand in every text.
pub fn grams(folded: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for word in folded.split_whitespace() {
        let signs: Vec<char> = word.chars().collect();
        for pair in 0..signs.len() {
            let rest = signs.get(pair..).unwrap_or_default();
            let gram = match rest {
                [a, b, c, ..] if a.is_ascii() && b.is_ascii() => [*a, *b, *c].iter().collect(),
                [a, b, ..] if !(a.is_ascii() && b.is_ascii()) => [*a, *b].iter().collect(),
                _ => continue,
            };
            found.insert(gram);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_like_would_read_as_a_wildcard_is_looked_for_itself() {
        assert_eq!(like_part("50%_A!"), "%50!%!_a!!%");
    }

    #[test]
    fn what_people_write_differently_is_folded() {
        for (text, expected) in [
            ("", ""),
            ("  。，", ""),
            ("ZY-2026-10-000007", "zy 2026 10 000007"),
            ("ＦＰ０８８－１（补）", "fp088 1 补"),
            ("少计一张\r\n发票。", "少计一张 发票"),
            ("ÉTÉ 100%", "été 100"),
        ] {
            assert_eq!(folded(text), expected, "{text:?}");
        }
    }

    #[test]
    fn grams_are_two_of_chinese_and_three_of_letters() {
        let check = |text: &str, expected: &[&str]| {
            let found = grams(text);
            assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{text}");
        };
        check("", &[]);
        check("发", &[]);
        check("ab 7", &[]);
        check("少计一张", &["一张", "少计", "计一"]);
        check("fp08号", &["08号", "8号", "fp0", "p08"]);
    }

    proptest::proptest! {
        #[test]
        fn a_part_has_no_grams_that_its_whole_lacks(
            text in "[a-c0-1发票少 ]{0,30}", from in 0_usize..30, length in 0_usize..10,
        ) {
            let whole = folded(&text);
            let part: String = whole.chars().skip(from).take(length).collect();
            proptest::prop_assert!(grams(&part).is_subset(&grams(&whole)), "{part:?} of {whole:?}");
        }
    }
}
