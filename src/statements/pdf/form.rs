//! What stands where on a statement.

use super::flow::{Around, BODY, Flow, SMALL};
use super::ink::{Ink, Role, Shade, Style, Twips};
use super::table::{Column, Table};
use crate::statements::paper::{AccountKind, AccrualRow, Paper};
use crate::values::Money;
use crate::words::Words;

const TITLE: Style = Style::strong(400);
const HEADING: Style = Style::strong(210);
const SUM: Style = Style::strong(185);
const LABEL: Style = Style::quiet(165);

pub(super) fn around(paper: &Paper, words: &'static Words) -> Around {
    Around {
        head: [
            format!("{} · {} · {}", paper.title, paper.number, paper.version),
            format!("{} · {}", paper.customer, paper.period),
        ],
        foot: format!("{} · {} · {}", paper.company, paper.number, paper.check.code),
        page: Box::new(move |number, count| {
            words.t2("statement-page", "number", number, "count", count)
        }),
    }
}

pub(super) fn fill(flow: &mut Flow, paper: &Paper, words: &Words) {
    head(flow, paper);
    facts(flow, paper);
    corrected(flow, paper, words);
    account(flow, paper, words);
    accruals(flow, paper, words);
    moves(flow, paper, words);
    left_out(flow, paper, words);
    disputes(flow, paper, words);
    flow.heading(2, &words.t("statement-how-title"), HEADING, 6 * BODY.leading());
    flow.space(60);
    flow.says(&paper.answer);
    for sentence in &paper.how {
        flow.says(sentence);
    }
    flow.space(160);
    sign(flow, paper, words);
    flow.space(200);
    foot(flow, paper);
}

fn head(flow: &mut Flow, paper: &Paper) {
    flow.paragraph(&paper.company, Style::quiet(190));
    flow.space(60);
    flow.heading(1, &paper.title, TITLE, 0);
    flow.space(100);
    flow.rule(flow.left, flow.y, flow.width, 24, Shade::Black);
    flow.space(140);
}

/// Labels and values in two columns, by rows.
fn facts(flow: &mut Flow, paper: &Paper) {
    let (left, width) = (flow.left, flow.width);
    let half = width / 2;
    for pair in paper.facts.chunks(2) {
        let top = flow.y;
        let mut lowest = top;
        for (at, (label, value)) in (0..).zip(pair) {
            flow.y = top;
            let x = left + at * half;
            flow.begin(Role::Paragraph);
            let label = flow.lines(label, LABEL, 1_100).concat();
            let shift = flow.face.width(&label, LABEL.size) + 140;
            flow.line(label, LABEL, x, top);
            for line in flow.lines(value, BODY, half - shift - 200) {
                let y = flow.y;
                flow.line(line, BODY, x + shift, y);
                flow.y += BODY.leading();
            }
            flow.end();
            lowest = lowest.max(flow.y);
        }
        flow.y = lowest + 50;
    }
    flow.space(160);
}

/// Why there is another version, and what it says otherwise: before anything else.
fn corrected(flow: &mut Flow, paper: &Paper, words: &Words) {
    let Some(corrected) = &paper.corrected else { return };
    flow.says(&corrected.says);
    flow.says(&corrected.because);
    flow.space(100);
    let heads: Heads<'_> = &[
        ("statement-change-what", 500, false),
        ("statement-change-before", 250, true),
        ("statement-change-after", 250, true),
    ];
    let rows =
        corrected.rows.iter().map(|r| vec![r.what.clone(), r.before.clone(), r.after.clone()]);
    section(flow, words, ("statement-changes", 0), heads, rows.collect(), None);
}

/// The account on the left; on the right what it comes to, and until when to answer.
fn account(flow: &mut Flow, paper: &Paper, words: &Words) {
    let (left, width) = (flow.left, flow.width);
    let step = BODY.leading() + 70;
    let rows = Twips::try_from(paper.account.len()).unwrap_or(9);
    flow.heading(2, &words.t("statement-account"), HEADING, rows * step + 200);
    flow.space(60);
    let top = flow.y;
    let split = width * 58 / 100;
    flow.begin(Role::Table);
    for row in &paper.account {
        let style = if row.kind == AccountKind::Sum { SUM } else { BODY };
        if row.kind == AccountKind::Sum {
            flow.ink(Ink::Fill { area: [left, flow.y, split, step], shade: Shade::Ground });
            flow.rule(left, flow.y, split, 16, Shade::Black);
        }
        flow.begin(Role::Row);
        flow.begin(Role::RowHead);
        let (y, label) = (flow.y + 35, format!("{} {}", row.sign, row.label));
        let indent = if row.kind == AccountKind::Part { 300 } else { 60 };
        let label = flow.lines(label.trim(), style, split * 6 / 10).concat();
        flow.line(label, style, left + indent, y);
        flow.end();
        flow.begin(Role::Cell);
        let amount = flow.lines(&row.amount.shown(), style, split).concat();
        flow.line_end(amount, style, left + split - 60, y);
        flow.end();
        flow.end();
        flow.y += step;
        flow.rule(left, flow.y - 4, split, 8, Shade::Line);
    }
    flow.end();
    let bottom = flow.y;
    closing(flow, paper, words, [left + split + 300, top, width - split - 300]);
    (flow.left, flow.width) = (left, width);
    flow.y = flow.y.max(bottom) + 260;
}

fn closing(flow: &mut Flow, paper: &Paper, words: &Words, [left, top, width]: [Twips; 3]) {
    (flow.left, flow.width, flow.y) = (left, width, top + 35);
    flow.paragraph(&words.t("statement-closing"), LABEL);
    flow.space(40);
    flow.paragraph(&paper.closing.shown(), Style::strong(340));
    if let Some(capital) = &paper.capital {
        flow.space(40);
        flow.paragraph(&words.t("statement-capital"), LABEL);
        flow.paragraph(capital, Style::strong(180));
    }
    flow.space(160);
    flow.paragraph(&words.t("statement-respond-by"), LABEL);
    flow.paragraph(&paper.respond_by, Style::strong(200));
}

/// A column's heading, its part of the width in thousandths, and whether it holds numbers.
type Heads<'a> = &'a [(&'a str, Twips, bool)];

/// A table under its heading; nothing when it has no rows. The row's name is the column `named`.
fn section(
    flow: &mut Flow,
    words: &Words,
    (title, named): (&str, usize),
    heads: Heads<'_>,
    rows: Vec<Vec<String>>,
    total: Option<Money>,
) {
    if rows.is_empty() {
        return;
    }
    let table = Table {
        columns: heads
            .iter()
            .map(|(_, part, number)| Column { part: *part, number: *number })
            .collect(),
        head: heads.iter().map(|(key, ..)| words.t(key)).collect(),
        rows,
        total: total.map(|sum| (words.t("statement-total"), sum.shown())),
        named,
    };
    flow.table(&words.t(title), &table);
}

fn accruals(flow: &mut Flow, paper: &Paper, words: &Words) {
    let title = "statement-accruals";
    if paper.accruals.is_empty() {
        flow.heading(2, &words.t(title), HEADING, 2 * BODY.leading());
        flow.says(&words.t("statement-no-accruals"));
        flow.space(200);
    }
    let heads: Heads<'_> = &[
        ("statement-policy", 250, false),
        ("statement-period", 150, false),
        ("statement-basis", 160, true),
        ("statement-tier", 60, true),
        ("statement-rate", 110, true),
        ("statement-state", 110, false),
        ("statement-amount", 160, true),
    ];
    let row = |row: &AccrualRow| {
        let policy = format!("{} · {}", row.policy, row.version);
        let [period, basis, tier, rate, state] =
            [&row.period, &row.basis, &row.tier, &row.reward, &row.state_word].map(Clone::clone);
        vec![policy, period, basis, tier, rate, state, row.amount.shown()]
    };
    let rows = paper.accruals.iter().map(row).collect();
    section(flow, words, (title, 0), heads, rows, Some(paper.accrued));
}

fn moves(flow: &mut Flow, paper: &Paper, words: &Words) {
    let heads: Heads<'_> = &[
        ("statement-date", 150, false),
        ("statement-reference", 200, false),
        ("statement-reason", 470, false),
        ("statement-amount", 180, true),
    ];
    let rows = paper
        .adjustments
        .iter()
        .map(|r| vec![r.on.clone(), r.reference.clone(), r.reason.clone(), r.amount.shown()]);
    let title = ("statement-adjustments", 1);
    section(flow, words, title, heads, rows.collect(), Some(paper.adjusted));
    let heads: Heads<'_> = &[
        ("statement-date", 160, false),
        ("statement-number", 220, false),
        ("statement-form", 220, false),
        ("statement-voucher", 220, false),
        ("statement-amount", 180, true),
    ];
    let rows = paper.payouts.iter().map(|r| {
        let [on, number, form, reference] = [&r.on, &r.number, &r.form, &r.reference];
        vec![on.clone(), number.clone(), form.clone(), reference.clone(), r.amount.shown()]
    });
    let title = ("statement-payouts", 1);
    section(flow, words, title, heads, rows.collect(), Some(paper.paid));
    let heads: Heads<'_> = &[
        ("statement-policy", 330, false),
        ("statement-period", 170, false),
        ("statement-available-on", 160, false),
        ("statement-expired-on", 160, false),
        ("statement-amount", 180, true),
    ];
    let rows = paper.expiries.iter().map(|r| {
        let [policy, period, from, on] = [&r.policy, &r.period, &r.available_on, &r.on];
        vec![policy.clone(), period.clone(), from.clone(), on.clone(), r.amount.shown()]
    });
    let title = ("statement-expiries", 0);
    section(flow, words, title, heads, rows.collect(), Some(paper.expired));
}

fn left_out(flow: &mut Flow, paper: &Paper, words: &Words) {
    let heads: Heads<'_> = &[
        ("statement-policy", 330, false),
        ("statement-period", 170, false),
        ("statement-reason", 380, false),
        ("statement-lines", 120, true),
    ];
    let rows = paper
        .excluded
        .iter()
        .map(|r| vec![r.policy.clone(), r.period.clone(), r.reason.clone(), r.lines.to_string()]);
    section(flow, words, ("statement-excluded", 0), heads, rows.collect(), None);
    let heads: Heads<'_> = &[
        ("statement-document", 160, false),
        ("statement-date", 150, false),
        ("statement-product", 270, false),
        ("statement-reason", 250, false),
        ("statement-net", 170, true),
    ];
    let rows = paper.left_out.iter().map(|r| {
        let why = format!("{} · {}", r.policy, r.reason);
        vec![r.document_no.clone(), r.on.clone(), r.product.clone(), why, r.amount.shown()]
    });
    section(flow, words, ("statement-left-out", 0), heads, rows.collect(), None);
}

fn disputes(flow: &mut Flow, paper: &Paper, words: &Words) {
    let heads: Heads<'_> = &[
        ("statement-number", 250, false),
        ("statement-subject", 550, false),
        ("statement-disputed", 200, true),
    ];
    let rows =
        paper.disputes.iter().map(|r| vec![r.number.clone(), r.subject.clone(), r.amount.shown()]);
    section(flow, words, ("statement-open-disputes", 0), heads, rows.collect(), None);
}

/// What the customer fills in on paper, and the code that leads to the portal. Kept whole.
fn sign(flow: &mut Flow, paper: &Paper, words: &Words) {
    const CODE: Twips = 1_700;
    const FIELDS: Twips = 900;
    flow.need(HEADING.leading() + CODE + FIELDS + 900);
    flow.heading(2, &words.t("statement-sign"), HEADING, 0);
    flow.space(80);
    let (left, width, top) = (flow.left, flow.width, flow.y);
    let says = words.t("statement-check-code");
    let at = (left + width - CODE, top);
    let squares = paper.check.squares.as_ref();
    let code = squares.map_or(0, |squares| flow.code(squares, &says, at, CODE));
    flow.width = width - code - 300;
    let answers =
        ["statement-agreed", "statement-differs"].map(|key| format!("□ {}", words.t(key)));
    flow.paragraph(&answers.join("　　"), BODY);
    flow.space(60);
    flow.paragraph(&format!("{} {}", words.t("statement-respond-by"), paper.respond_by), BODY);
    flow.space(60);
    let typed = [("statement-number", &paper.number), ("statement-check-typed", &paper.check.code)]
        .map(|(key, value)| format!("{} {value}", words.t(key)));
    flow.paragraph(&typed.join("　　"), BODY);
    flow.space(60);
    flow.linked(&paper.check.says, SMALL, &paper.check.address);
    (flow.width, flow.y) = (width, flow.y.max(top + code) + 160);
    let table = [
        ("statement-closing", paper.closing.shown()),
        ("statement-sign-amount", String::new()),
        ("statement-sign-difference", String::new()),
    ];
    let (y, part) = (flow.y, width / 4);
    for (at, (key, value)) in (0..).zip(table) {
        let (x, wide) = (left + at * part, if at == 2 { width - 2 * part } else { part });
        flow.begin(Role::Paragraph);
        flow.line(words.t(key), LABEL, x + 60, y + 40);
        flow.line(value, Style::strong(185), x + 60, y + 60 + LABEL.leading());
        flow.end();
        frame(flow, [x, y, wide, FIELDS]);
    }
    flow.y = y + FIELDS + 160;
    let (y, half) = (flow.y, width / 2);
    for (at, key) in (0..).zip(["statement-seal", "statement-signature"]) {
        flow.begin(Role::Paragraph);
        flow.line(words.t(key), BODY, left + at * half, y);
        flow.end();
    }
    flow.y = y + 700;
}

fn frame(flow: &mut Flow, [x, y, width, height]: [Twips; 4]) {
    for area in [
        [x, y, width, 8],
        [x, y + height, width, 8],
        [x, y, 8, height],
        [x + width - 8, y, 8, height + 8],
    ] {
        flow.ink(Ink::Fill { area, shade: Shade::Grey });
    }
}

fn foot(flow: &mut Flow, paper: &Paper) {
    let lines = Twips::try_from(paper.foot.len()).unwrap_or(4);
    flow.need(lines * 2 * SMALL.leading());
    for (label, value) in &paper.foot {
        flow.note(&format!("{label}: {value}"));
    }
}
