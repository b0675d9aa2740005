//! What templates print in a form of its own: amounts and states.

use askama::filters::Safe;

use crate::values::Money;
use crate::words::Words;

/// `<data class="money" value="-1234.56">`: tabular digits, and the plain number for machines.
pub(super) fn money_html(money: &Money) -> Safe<String> {
    let sign = if money.is_negative() { " negative" } else { "" };
    let plain = money.plain();
    Safe(format!(
        "<data class=\"money{sign}\" value=\"{plain}\" data-amount=\"{plain}\">{}</data>",
        money.shown()
    ))
}

/// A sentence whose dates, codes and amounts each stay on one line.
pub(super) fn kept_html(text: &str) -> Safe<String> {
    let mut out = String::with_capacity(text.len() + 64);
    let escape = |part: &str, out: &mut String| {
        let shown = askama::filters::escape(part, askama::filters::Html);
        out.push_str(&shown.map_or_else(|_| String::new(), |text| text.to_string()));
    };
    let (mut rest, mut plain) = (text, 0);
    let mut before: Option<char> = None;
    while let Some(first) = rest.get(plain..).and_then(|at| at.chars().next()) {
        let begins = before.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '-');
        let piece = if begins { rest.get(plain..).map_or(0, piece) } else { 0 };
        if piece == 0 {
            plain += first.len_utf8();
            before = Some(first);
            continue;
        }
        let (said, from) = rest.split_at(plain);
        let (kept, after) = from.split_at(piece);
        escape(said, &mut out);
        out.push_str("<span class=\"kept\">");
        escape(kept, &mut out);
        out.push_str("</span>");
        (rest, plain, before) = (after, 0, kept.chars().last());
    }
    escape(rest, &mut out);
    Safe(out)
}

/// How many bytes at the start are one date, code, negative amount, quantity or tier; 0 when none begins here.
fn piece(text: &str) -> usize {
    [date(text), code(text), negative(text), counted(text), numbered(text)]
        .into_iter()
        .flatten()
        .max()
        .unwrap_or_default()
}

fn digits(text: &str, most: usize) -> Option<(usize, &str)> {
    let count = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=most).contains(&count).then(|| (count, text.get(count..).unwrap_or_default()))
}

/// 2026年9月30日, 9月30日, 2026年9月, 30 Sep 2026 or 30 Sep.
fn date(text: &str) -> Option<usize> {
    let (_, rest) = digits(text, 4)?;
    if let Some(rest) = rest.strip_prefix(' ') {
        let month = rest.get(..3).filter(|m| MONTHS.contains(m))?;
        let rest = rest.get(month.len()..)?;
        if rest.starts_with(|c: char| c.is_alphanumeric()) {
            return None;
        }
        let year = rest.strip_prefix(' ').and_then(|rest| digits(rest, 4));
        return Some(text.len() - year.map_or(rest, |(_, rest)| rest).len());
    }
    let part = |rest: &'_ str, unit: char| -> Option<usize> {
        let (count, rest) = digits(rest, 2)?;
        rest.starts_with(unit).then(|| count + unit.len_utf8())
    };
    let year = digits(text, 4).filter(|(_, rest)| rest.starts_with('年'));
    let begun = year.map_or(0, |(count, _)| count + '年'.len_utf8());
    let part_of_year =
        |rest: &str| PARTS.iter().find_map(|part| rest.starts_with(part).then_some(part.len()));
    if let Some(part) = text.get(begun..).filter(|_| begun > 0).and_then(part_of_year) {
        return Some(begun + part);
    }
    let month = begun + part(text.get(begun..)?, '月')?;
    Some(month + text.get(month..).and_then(|rest| part(rest, '日')).unwrap_or_default())
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const PARTS: [&str; 6] = ["上半年", "下半年", "第1季度", "第2季度", "第3季度", "第4季度"];

/// 1,200 件 or 1,200 units.
fn counted(text: &str) -> Option<usize> {
    let inside = |c: &u8| c.is_ascii_digit() || *c == b',' || *c == b'.';
    let figures = text.bytes().take_while(inside).count();
    let unit = text.get(figures..).filter(|_| figures > 0)?;
    [" 件", " units", " unit"]
        .iter()
        .find_map(|word| unit.starts_with(word).then_some(figures + word.len()))
}

/// 第 2 级 or 第 1 版.
fn numbered(text: &str) -> Option<usize> {
    let (_, rest) = digits(text.strip_prefix("第 ")?, 3)?;
    let rest = rest.strip_prefix(" 级").or_else(|| rest.strip_prefix(" 版"))?;
    Some(text.len() - rest.len())
}

/// `FL-2026-09-000123` or `M-LIGHT`: parts joined by hyphens that aren't words.
fn code(text: &str) -> Option<usize> {
    const MOST: usize = 24;
    let inside = |c: &u8| c.is_ascii_alphanumeric() || *c == b'-';
    let found = text.get(..text.bytes().take_while(inside).count())?.trim_end_matches('-');
    let begins = found.starts_with(|c: char| c.is_ascii_alphanumeric());
    let joined = begins && found.contains('-') && found.len() <= MOST;
    let words = found.chars().any(|c| c.is_ascii_lowercase());
    (joined && !words).then_some(found.len())
}

/// `-¥1,234.56`.
fn negative(text: &str) -> Option<usize> {
    let amount = text.strip_prefix("-¥")?;
    let inside = |c: &u8| c.is_ascii_digit() || *c == b',' || *c == b'.';
    let figures = amount.get(..amount.bytes().take_while(inside).count())?;
    Some("-¥".len() + figures.trim_end_matches([',', '.']).len())
}

/// How a state feels: its colour and its icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Neutral,
    Busy,
    Good,
    Waiting,
    Bad,
}

impl Tone {
    /// The same state names mean the same in every lifecycle (DOMAIN §5).
    fn of(code: &str) -> Self {
        match code {
            "published" | "committed" | "confirmed" | "deemed_confirmed" | "settled" | "sent"
            | "accepted" | "earned" | "active" | "acknowledged" | "counted" | "reached"
            | "made" | "finished" | "agreed" | "explained" => Self::Good,
            "submitted" | "in_review" | "approved" | "checked" | "appeal_review" | "estimated"
            | "open" | "running" | "uploaded" | "writing" | "discarding" | "claimed"
            | "partly_accepted" => Self::Busy,
            "waiting_customer" | "awaiting_approval" | "issued" | "appealed" | "pending"
            | "unacknowledged" | "queued" | "waiting" => Self::Waiting,
            "disputed" | "rejected" | "returned" | "failed" | "overdue" | "withdrawn"
            | "disabled" => Self::Bad,
            _ => Self::Neutral,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Busy => "busy",
            Self::Good => "good",
            Self::Waiting => "waiting",
            Self::Bad => "bad",
        }
    }

    /// Lines of a 16 by 16 drawing.
    fn icon(self) -> &'static str {
        match self {
            Self::Neutral => "<circle cx=\"8\" cy=\"8\" r=\"5.5\"/>",
            Self::Busy => {
                "<circle cx=\"8\" cy=\"8\" r=\"5.5\"/>\
                 <path class=\"solid\" d=\"M8 2.5a5.5 5.5 0 0 1 0 11z\"/>"
            }
            Self::Good => "<path d=\"M3 8.5l3.5 3.5L13 4.5\"/>",
            Self::Waiting => "<circle cx=\"8\" cy=\"8\" r=\"5.5\"/><path d=\"M8 5v3.3l2.2 1.4\"/>",
            Self::Bad => "<path d=\"M8 2.2l6.2 11H1.8zM8 6.5v3M8 11.3v.4\"/>",
        }
    }
}

pub(super) fn state_html(words: &Words, kind: &str, code: &str) -> Safe<String> {
    let tone = Tone::of(code);
    let word = words.code(&format!("state-{kind}"), code);
    let word = askama::filters::escape(word, askama::filters::Html)
        .map_or_else(|_| String::new(), |text| text.to_string());
    Safe(format!(
        "<span class=\"tag {}\" data-state=\"{}\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\">{}\
         </svg>{word}</span>",
        tone.class(),
        code.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', ""),
        tone.icon(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Currency;

    #[test]
    fn an_amount_carries_its_plain_number() {
        let html = money_html(&Money::new(-123_456, Currency::CNY)).0;
        assert_eq!(
            html,
            "<data class=\"money negative\" value=\"-1234.56\" data-amount=\"-1234.56\">\
             -¥1,234.56</data>"
        );
    }

    #[test]
    fn dates_codes_and_amounts_stay_in_one_piece() {
        for (text, kept) in [
            ("确认2026年11月对账单 ST-2026-11-000012", vec!["2026年11月", "ST-2026-11-000012"]),
            ("请于 2026年12月4日（周五） 前完成", vec!["2026年12月4日"]),
            ("2026年7月1日–9月30日", vec!["2026年7月1日", "9月30日"]),
            ("1 Jul – 30 Sep 2026", vec!["1 Jul", "30 Sep 2026"]),
            ("M-LIGHT · yearly, half-yearly", vec!["M-LIGHT"]),
            ("come to -¥1,234.50, or -30%.", vec!["-¥1,234.50"]),
            ("30 days, 12 Mayors, Q4 2026, 5%", vec![]),
            ("再采购 184 件可达第 2 级（每件 ¥0.65）", vec!["184 件", "第 2 级"]),
            ("1,200 units in 2026年第4季度", vec!["1,200 units", "2026年第4季度"]),
            ("plain <b> & text", vec![]),
        ] {
            let html = kept_html(text).0;
            let parts = html.split("<span class=\"kept\">").skip(1);
            let found: Vec<_> = parts.filter_map(|part| part.split("</span>").next()).collect();
            assert_eq!(found, kept, "{html}");
        }
        let html = kept_html("<b> A-1 & B").0;
        assert!(
            !html.contains("<b>") && html.contains("<span class=\"kept\">A-1</span>"),
            "{html}"
        );
    }

    #[test]
    fn a_state_is_told_in_words_and_not_by_colour_alone() {
        let html = state_html(crate::words::english(), "dispute", "waiting_customer").0;
        assert!(html.contains("data-state=\"waiting_customer\""), "{html}");
        assert!(html.ends_with("</svg>Waiting for the customer</span>"), "{html}");
    }
}
