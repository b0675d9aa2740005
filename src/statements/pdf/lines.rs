//! Breaking text into lines, as Chinese and Latin want it.

use super::face::Face;
use super::ink::Twips;

/// May not begin a line.
const CLOSING: &str = "，。；：、！？）〕】」』”’》…—%‰,.;:!?)]}·";
/// May not end a line.
const OPENING: &str = "（〔【「『“‘《([{¥$£€";

/// The text in lines no wider than `width`. A word that is wider is broken where it must.
pub(super) fn broken(face: &Face, text: &str, size: Twips, width: Twips) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let (mut line, mut used) = (String::new(), 0);
        for piece in pieces(paragraph) {
            if used + face.width(piece.trim_end(), size) <= width {
                line.push_str(piece);
                used += face.width(piece, size);
                continue;
            }
            if !line.trim().is_empty() {
                lines.push(line.trim_end().to_owned());
            }
            line.clear();
            used = 0;
            for c in piece.chars() {
                let wide = face.width(c.encode_utf8(&mut [0; 4]), size);
                if used + wide > width && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push(c);
                used += wide;
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// The smallest parts that stay together: a word with the space after it, or one Chinese
/// character with the punctuation that clings to it.
fn pieces(text: &str) -> Vec<&str> {
    let mut starts = vec![0];
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        if before.is_some_and(|before| may_break(before, c)) {
            starts.push(at);
        }
        before = Some(c);
    }
    starts.push(text.len());
    starts
        .windows(2)
        .filter_map(|pair| match pair {
            [from, to] if from < to => text.get(*from..*to),
            _ => None,
        })
        .collect()
}

fn may_break(before: char, after: char) -> bool {
    if after == ' ' || CLOSING.contains(after) || OPENING.contains(before) {
        return false;
    }
    before == ' ' || wide(before) || wide(after)
}

/// Chinese characters and their punctuation, between which a line may end.
fn wide(c: char) -> bool {
    matches!(u32::from(c), 0x2e80..=0x9fff | 0xf900..=0xfaff | 0xff00..=0xffef | 0x2_0000..=0x3_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At 200 twips a Chinese character is 200 wide, more or less.
    #[track_caller]
    fn check(text: &str, width: Twips, expected: &[&str]) {
        assert_eq!(broken(Face::get().unwrap(), text, 200, width), expected);
    }

    #[test]
    fn lines_end_where_readers_expect_it() {
        check("", 1_000, &[""]);
        check("对账单", 10_000, &["对账单"]);
        check("返利对账单，请核对", 1_030, &["返利对账", "单，请核对"]);
        check("a pound of rebates", 1_000, &["a pound of", "rebates"]);
        check("一\n二", 1_000, &["一", "二"]);
    }

    #[test]
    fn a_word_wider_than_the_column_is_broken_rather_than_lost() {
        let lines = broken(Face::get().unwrap(), &"0123456789".repeat(5), 200, 1_000);
        assert!(lines.len() > 3);
        assert_eq!(lines.concat(), "0123456789".repeat(5));
    }
}
