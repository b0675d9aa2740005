//! What mustn't break across lines: dates, codes, document numbers, amounts, quantities, tiers.

use askama::filters::{Html, Safe, escape};

/// A sentence as HTML whose dates, codes and amounts each stay on one line: in a `span` with the
/// attribute, pages' `class="kept"` or a letter's own style.
pub fn kept_html(text: &str, attribute: &str) -> Safe<String> {
    let mut out = String::with_capacity(text.len() + 64);
    let said = |part: &str, out: &mut String| {
        out.push_str(&escape(part, Html).map_or_else(|_| String::new(), |text| text.to_string()));
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
        let (free, from) = rest.split_at(plain);
        let (kept, after) = from.split_at(piece);
        said(free, &mut out);
        out.push_str(&format!("<span {attribute}>"));
        said(kept, &mut out);
        out.push_str("</span>");
        (rest, plain, before) = (after, 0, kept.chars().last());
    }
    said(rest, &mut out);
    Safe(out)
}

/// How many bytes at the start are one date, code, negative amount, quantity, tier, rate or account
/// number; 0 when none begins here.
fn piece(text: &str) -> usize {
    let found = [
        date(text),
        english_period(text),
        code(text),
        negative(text),
        counted(text),
        numbered(text),
        each(text),
        masked(text),
    ];
    found.into_iter().flatten().max().unwrap_or_default()
}

fn digits(text: &str, most: usize) -> Option<(usize, &str)> {
    let count = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=most).contains(&count).then(|| (count, text.get(count..).unwrap_or_default()))
}

/// 2026年9月30日（周三）, 9月30日, 2026年9月, 2026年, Wed 30 Sep 2026 or 30 Sep.
fn date(text: &str) -> Option<usize> {
    if let Some(rest) = WEEKDAYS.iter().find_map(|day| text.strip_prefix(day)?.strip_prefix(' ')) {
        rest.starts_with(|c: char| c.is_ascii_digit()).then_some(())?;
        return Some(text.len() - rest.len() + date(rest)?);
    }
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
    let Some(month) = part(text.get(begun..)?, '月') else {
        return (begun > 0).then_some(begun);
    };
    let month = begun + month;
    let day = month + text.get(month..).and_then(|rest| part(rest, '日')).unwrap_or_default();
    let weekday = text.get(day..).filter(|rest| rest.starts_with("（周"));
    let weekday = weekday.and_then(|rest| Some(rest.find('）')? + '）'.len_utf8()));
    Some(day + weekday.filter(|bytes| *bytes == "（周三）".len()).unwrap_or_default())
}

/// September 2026, Q3 2026 or H2 2026.
fn english_period(text: &str) -> Option<usize> {
    let (name, rest) = text.split_once(' ')?;
    let quarter = name.strip_prefix(['Q', 'H']).is_some_and(|n| ["1", "2", "3", "4"].contains(&n));
    let (count, rest) = digits(rest, 4).filter(|_| quarter || FULL_MONTHS.contains(&name))?;
    let whole = count == 4 && !rest.starts_with(|c: char| c.is_alphanumeric());
    whole.then_some(name.len() + 1 + count)
}

const FULL_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

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

/// 每件 ¥0.65.
fn each(text: &str) -> Option<usize> {
    let amount = text.strip_prefix("每件 ¥")?;
    let inside = |c: &u8| c.is_ascii_digit() || *c == b',' || *c == b'.';
    Some(text.len() - amount.len() + amount.bytes().take_while(inside).count())
}

/// `**** 1234`: an account whose other digits aren't shown.
fn masked(text: &str) -> Option<usize> {
    let (count, _) = digits(text.strip_prefix("**** ")?, 4)?;
    Some("**** ".len() + count)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_codes_and_amounts_stay_in_one_piece() {
        for (text, kept) in [
            ("确认2026年11月对账单 ST-2026-11-000012", vec!["2026年11月", "ST-2026-11-000012"]),
            ("请于 2026年12月4日（周五） 前完成", vec!["2026年12月4日（周五）"]),
            ("2026年7月1日–9月30日", vec!["2026年7月1日", "9月30日"]),
            ("sign in by Thu 5 Nov 2026; Mon morning", vec!["Thu 5 Nov 2026"]),
            ("1 Jul – 30 Sep 2026", vec!["1 Jul", "30 Sep 2026"]),
            ("M-LIGHT · yearly, half-yearly", vec!["M-LIGHT"]),
            ("come to -¥1,234.50, or -30%.", vec!["-¥1,234.50"]),
            ("30 days, 12 Mayors, 5%, May be", vec![]),
            ("再采购 184 件可达第 2 级（每件 ¥0.65）", vec!["184 件", "第 2 级", "每件 ¥0.65"]),
            ("1,200 units in 2026年第4季度", vec!["1,200 units", "2026年第4季度"]),
            ("大客户年度累进返利 · 2026年，共 3 年", vec!["2026年"]),
            ("Statement (September 2026) · Q4 2026", vec!["September 2026", "Q4 2026"]),
            ("对账单（2026年10月）", vec!["2026年10月"]),
            ("招商银行 **** 1234 · 生效", vec!["**** 1234"]),
            ("plain <b> & text", vec![]),
        ] {
            let html = kept_html(text, "class=\"kept\"").0;
            let parts = html.split("<span class=\"kept\">").skip(1);
            let found: Vec<_> = parts.filter_map(|part| part.split("</span>").next()).collect();
            assert_eq!(found, kept, "{html}");
        }
        let html = kept_html("<b> A-1 & B", "class=\"kept\"").0;
        assert!(
            !html.contains("<b>") && html.contains("<span class=\"kept\">A-1</span>"),
            "{html}"
        );
    }
}
