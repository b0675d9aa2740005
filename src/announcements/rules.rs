//! What may be written, and what may be done when. Pure.

use chrono::TimeDelta;

use super::{Said, Writing};
use crate::text_enum;
use crate::values::{Language, Piece, Problem, Text, pieces};

/// Characters of a subject.
pub const LONGEST_SUBJECT: usize = 100;
/// Characters of a text in one language.
pub const LONGEST_TEXT: usize = 2_000;
/// How far ahead it may be scheduled.
pub(super) const FURTHEST: TimeDelta = TimeDelta::days(366);

text_enum! {
    /// Where an announcement is in its life.
    pub enum State {
        Draft = "draft",
        Scheduled = "scheduled",
        Sending = "sending",
        Sent = "sent",
        Cancelled = "cancelled",
    }
}

/// What people do to one; sending is the schedule's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Edit,
    Schedule,
    TakeBack,
    Cancel,
}

/// Where the action leads; None where the state doesn't allow it.
pub fn next(state: State, action: Action) -> Option<State> {
    match (state, action) {
        (State::Draft, Action::Edit) | (State::Scheduled, Action::TakeBack) => Some(State::Draft),
        (State::Draft, Action::Schedule) => Some(State::Scheduled),
        (State::Draft | State::Scheduled, Action::Cancel) => Some(State::Cancelled),
        _ => None,
    }
}

/// Why the state allows less than was asked.
pub(super) fn refusal(state: State) -> Text {
    Text::new(match state {
        State::Draft => "news-is-draft",
        State::Scheduled => "news-is-scheduled",
        State::Sending => "news-is-sending",
        State::Sent => "news-is-sent",
        State::Cancelled => "news-is-cancelled",
    })
}

/// What is wrong with the texts.
pub(super) fn check(writing: &Writing) -> Vec<Problem> {
    let mut problems = Vec::new();
    if writing.languages().is_empty() {
        problems.push(Problem::new("subject_zh", Text::new("news-nothing-written")));
    }
    for language in writing.languages() {
        let (subject, text) = match language {
            Language::ZhCn => ("subject_zh", "text_zh"),
            Language::En => ("subject_en", "text_en"),
        };
        let said = writing.said(language);
        problems.extend(check_subject(said).map(|why| Problem::new(subject, why)));
        problems.extend(check_text(said).map(|why| Problem::new(text, why)));
    }
    problems
}

fn check_subject(said: &Said) -> Option<Text> {
    let subject = &said.subject;
    let why = match subject.chars().count() {
        0 => Text::new("news-subject-missing"),
        1..=LONGEST_SUBJECT => {
            if subject.contains(['\n', '\r', '\t']) {
                Text::new("news-subject-lines")
            } else if names_money(subject) {
                Text::new("news-subject-money")
            } else if names_account(subject) {
                Text::new("news-subject-account")
            } else {
                return None;
            }
        }
        _ => Text::new("news-subject-too-long").with("most", LONGEST_SUBJECT),
    };
    Some(why)
}

fn check_text(said: &Said) -> Option<Text> {
    let text = &said.text;
    match text.chars().count() {
        0 => return Some(Text::new("news-text-missing")),
        1..=LONGEST_TEXT => {}
        count => {
            let too_long = Text::new("news-text-too-long").with("most", LONGEST_TEXT);
            return Some(too_long.with("found", count));
        }
    }
    if has_markup(text) {
        return Some(Text::new("news-text-markup"));
    }
    wrong_address(text).map(|found| Text::new("news-text-address").with("found", found))
}

const BEFORE: [&str; 12] =
    ["¥", "￥", "$", "€", "£", "CNY", "RMB", "USD", "EUR", "HKD", "JPY", "人民币"];
const AFTER: [&str; 13] =
    ["元", "¥", "￥", "$", "€", "£", "CNY", "RMB", "USD", "EUR", "HKD", "JPY", "YUAN"];
/// Begin like an amount and are none.
const NO_MONEY: [&str; 3] = ["元旦", "元宵", "元月"];

/// Whether digits stand beside a currency.
fn names_money(subject: &str) -> bool {
    let text = folded(subject);
    let mut rest = text.as_str();
    let mut before = String::new();
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (words, from) = rest.split_at(at);
        before.push_str(words);
        let number = |c: &char| c.is_ascii_digit() || matches!(c, ',' | '.');
        let length: usize = from.chars().take_while(number).map(char::len_utf8).sum();
        let (digits, after) = from.split_at(length);
        let unit = |c: char| c.is_whitespace() || "万亿千百十余多".contains(c);
        let said = after.trim_start_matches(unit);
        let sign = AFTER.iter().any(|sign| said.starts_with(sign));
        if sign && !NO_MONEY.iter().any(|word| said.starts_with(word)) {
            return true;
        }
        if BEFORE.iter().any(|sign| before.trim_end().ends_with(sign)) {
            return true;
        }
        before.push_str(digits);
        rest = after;
    }
    false
}

/// Whether it holds what looks like the number of an account or a card.
fn names_account(subject: &str) -> bool {
    const DIGITS: usize = 12;
    let text = folded(subject);
    let words: Vec<&str> =
        text.split(|c: char| !c.is_ascii_digit() && c != ' ' && c != '-').collect();
    words.iter().any(|word| {
        let groups: Vec<&str> = word.split([' ', '-']).filter(|group| !group.is_empty()).collect();
        let in_fours = groups.windows(3).any(|three| three.iter().all(|group| group.len() == 4));
        in_fours || groups.iter().any(|group| group.len() >= DIGITS)
    })
}

/// In capitals, with the digits of the wide typeface as the others.
fn folded(text: &str) -> String {
    let narrow = |c: char| match u32::from(c) {
        code @ 0xFF10..=0xFF19 => char::from_digit(code - 0xFF10, 10).unwrap_or(c),
        _ => c,
    };
    text.chars().map(narrow).collect::<String>().to_uppercase()
}

/// Whether somebody typed HTML, which readers would see as it is.
fn has_markup(text: &str) -> bool {
    text.split('<').skip(1).any(|rest| {
        let begins = rest.starts_with(|c: char| c.is_ascii_alphabetic() || "/!".contains(c));
        begins && rest.split('\n').next().is_some_and(|line| line.contains('>'))
    })
}

/// The first address that doesn't say where it leads: of another kind than `https://`, without a
/// host of plain letters, or with a name before the host.
fn wrong_address(text: &str) -> Option<String> {
    for line in text.lines() {
        for piece in pieces(line) {
            match piece {
                Piece::Address(address) if is_plain(address) => {}
                Piece::Address(address) => return Some(address.to_owned()),
                Piece::Words(words) => {
                    if let Some(found) = half_address(words) {
                        return Some(found);
                    }
                }
            }
        }
    }
    None
}

fn is_plain(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    !host.contains('@') && name.contains('.') && !name.ends_with('.') && name.chars().all(letters)
}

/// Something a mail program makes a link of, or somebody copies, that isn't whole.
fn half_address(words: &str) -> Option<String> {
    let lower = words.to_lowercase();
    let ends = |c: char| c.is_whitespace() || !c.is_ascii_graphic();
    for start in ["://", "www.", "javascript:", "data:text", "mailto:"] {
        if let Some(at) = lower.find(start) {
            let from = lower.get(at..).unwrap_or_default();
            let before = lower.get(..at).unwrap_or_default();
            let scheme = match start {
                "://" => before.rsplit(ends).next().unwrap_or_default(),
                _ => "",
            };
            let whole = from.split(ends).next().unwrap_or_default();
            return Some(format!("{scheme}{whole}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_draft_is_edited_and_nothing_is_called_off_once_it_goes() {
        use Action::{Cancel, Edit, Schedule, TakeBack};
        let allowed: Vec<_> = State::ALL
            .iter()
            .flat_map(|state| [Edit, Schedule, TakeBack, Cancel].map(|action| (*state, action)))
            .filter_map(|(state, action)| Some((state, action, next(state, action)?)))
            .collect();
        assert_eq!(
            allowed,
            [
                (State::Draft, Edit, State::Draft),
                (State::Draft, Schedule, State::Scheduled),
                (State::Draft, Cancel, State::Cancelled),
                (State::Scheduled, TakeBack, State::Draft),
                (State::Scheduled, Cancel, State::Cancelled),
            ]
        );
    }

    #[test]
    fn a_subject_names_no_amount_and_no_account() {
        for (subject, money, account) in [
            ("2027年1月1日元旦放假安排", false, false),
            ("1 元旦", false, false),
            ("第4季度政策说明（3 个品类）", false, false),
            ("Q4: 2.5% for 3 categories, from 1 January 2027", false, false),
            ("订单满 10 万元返利", true, false),
            ("返利 ¥1,200", true, false),
            ("返利￥ ８８８", true, false),
            ("5,000.00元", true, false),
            ("usd 500 bonus", true, false),
            ("500 EUR", true, false),
            ("人民币100", true, false),
            ("新账号 6222020200112233445", false, true),
            ("新账号 6222 0202 0011 2233", false, true),
            ("2026-11-23 2026-12-31", false, false),
            ("电话 021-5550 0100", false, false),
        ] {
            assert_eq!(
                (names_money(subject), names_account(subject)),
                (money, account),
                "{subject}"
            );
        }
    }

    #[test]
    fn an_address_says_where_it_leads() {
        for (text, wrong) in [
            ("详见https://rebates.example.com/programmes。", None),
            ("https://a.example:8443/x?y=1#z", None),
            ("http://a.example/x", Some("http://a.example/x")),
            ("https://bank.example@evil.example/", Some("https://bank.example@evil.example/")),
            ("https://例子.com", Some("https://")),
            ("https://localhost/x", Some("https://localhost/x")),
            ("见 www.a.example", Some("www.a.example")),
            ("ftp://a.example/x", Some("ftp://a.example/x")),
            ("javascript:alert(1)", Some("javascript:alert(1)")),
            ("写信到 desk@example.com", None),
            ("比例 3:1", None),
        ] {
            assert_eq!(wrong_address(text).as_deref(), wrong, "{text}");
        }
    }

    #[test]
    fn markup_is_told_from_signs() {
        for (text, markup) in [
            ("<b>重要</b>", true),
            ("<a href=\"https://a.example\">点这里</a>", true),
            ("<!-- x -->", true),
            ("库存 <100 件", false),
            ("a < b > c", false),
            ("销量<上年", false),
        ] {
            assert_eq!(has_markup(text), markup, "{text}");
        }
    }

    #[test]
    fn each_language_that_is_begun_is_whole() {
        let said =
            |subject: &str, text: &str| Said { subject: subject.to_owned(), text: text.to_owned() };
        let long = "长".repeat(LONGEST_TEXT + 1);
        for (zh, en, expected) in [
            (said("", ""), said("", ""), vec![("subject_zh", "news-nothing-written")]),
            (said("题", "文"), said("", ""), vec![]),
            (said("", ""), said("News", "Text"), vec![]),
            (said("题", ""), said("News", "Text"), vec![("text_zh", "news-text-missing")]),
            (said("题", "文"), said("", "Text"), vec![("subject_en", "news-subject-missing")]),
            (
                said(&"题".repeat(LONGEST_SUBJECT + 1), &long),
                said("", ""),
                vec![("subject_zh", "news-subject-too-long"), ("text_zh", "news-text-too-long")],
            ),
        ] {
            let writing = Writing { zh, en, ..Writing::default() };
            let found = check(&writing);
            let found: Vec<_> =
                found.iter().map(|problem| (&*problem.field, problem.text.key)).collect();
            assert_eq!(found, expected);
        }
    }
}
