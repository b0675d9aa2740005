//! Plain text that somebody wrote, with the addresses in it told apart from the words around them.

/// A piece of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    Words(&'a str),
    /// A web address, as it stands.
    Address(&'a str),
}

const SCHEMES: [&str; 2] = ["https://", "http://"];

/// What ends a sentence, and not an address.
const MARKS: [char; 6] = ['.', ',', ';', ':', '!', '?'];

/// The line's pieces, in order; together they are the line.
pub fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(at) = SCHEMES.iter().filter_map(|scheme| rest.find(scheme)).min() {
        let (words, from) = rest.split_at(at);
        let (address, after) = from.split_at(length(from));
        if !words.is_empty() {
            found.push(Piece::Words(words));
        }
        found.push(Piece::Address(address));
        rest = after;
    }
    if !rest.is_empty() {
        found.push(Piece::Words(rest));
    }
    found
}

/// How many bytes at the start are the address: as far as characters go that stand in one, without
/// the sentence's own marks at its end.
fn length(text: &str) -> usize {
    let stands = |c: &char| c.is_ascii_graphic() && !"<>\"'`\\{}|^".contains(*c);
    let all: usize = text.chars().take_while(stands).map(char::len_utf8).sum();
    let address = text.get(..all).unwrap_or_default();
    let mut kept = address.trim_end_matches(MARKS);
    if kept.ends_with(')') && !kept.contains('(') {
        kept = kept.trim_end_matches(')').trim_end_matches(MARKS);
    }
    kept.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_where_the_sentence_goes_on() {
        use Piece::{Address, Words};
        for (line, expected) in [
            ("没有链接", vec![Words("没有链接")]),
            ("", vec![]),
            ("https://a.example/x", vec![Address("https://a.example/x")]),
            (
                "见https://a.example/x?y=1。谢谢",
                vec![Words("见"), Address("https://a.example/x?y=1"), Words("。谢谢")],
            ),
            (
                "(see https://a.example/x), or http://b.example.",
                vec![
                    Words("(see "),
                    Address("https://a.example/x"),
                    Words("), or "),
                    Address("http://b.example"),
                    Words("."),
                ],
            ),
            ("https://a.example/w_(x)", vec![Address("https://a.example/w_(x)")]),
            ("https://…", vec![Address("https://"), Words("…")]),
            ("https://.", vec![Address("https://"), Words(".")]),
        ] {
            assert_eq!(pieces(line), expected, "{line:?}");
            let whole: String = pieces(line)
                .iter()
                .map(|piece| match piece {
                    Words(text) | Address(text) => *text,
                })
                .collect();
            assert_eq!(whole, line);
        }
    }
}
