//! A thousand statements of twenty lines as PDF, and the library alone with the same letters.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use krilla::Document;
use krilla::geom::Point;
use krilla::page::PageSettings;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use openrebate::db::House;
use openrebate::statements::{
    AccrualLine, Contact, Content, Figures, Party, Service, State, Statement,
};
use openrebate::values::{AccrualId, Currency, Language, Period, StatementId};
use skrifa::MetadataProvider;

use crate::memory;

const PAPERS: u32 = 1_000;
const LINES: i64 = 20;
static FACE: &[u8] = include_bytes!("../../src/statements/pdf/font/wqy-microhei.ttf");

pub struct Measured {
    /// What one paper takes, and its bytes, in each language.
    pub ours: [(Language, Duration, usize); 2],
    pub floor: Duration,
    /// Megabytes held after the first paper and after the last.
    pub memory: [u64; 2],
}

pub fn measure() -> Measured {
    let (house, mut statement) = (House::default(), statement());
    let first = openrebate::statements::pdf(&statement, &house, Language::ZhCn).unwrap();
    let before = memory();
    let ours = [Language::ZhCn, Language::En].map(|language| {
        let begun = Instant::now();
        let mut bytes = 0;
        for number in 0..PAPERS {
            statement.content.number = format!("DZ-2026-09-{number:06}");
            bytes = openrebate::statements::pdf(&statement, &house, language).unwrap().len();
        }
        (language, begun.elapsed() / PAPERS, bytes)
    });
    let after = memory();
    assert!(first.starts_with(b"%PDF"));
    Measured { ours, floor: floor(), memory: [before, after] }
}

/// One page with each letter once, laid out beforehand.
fn floor() -> Duration {
    let statement = statement();
    let text = serde_json::to_string(&statement.content).unwrap()
        + "对账单返利政策期间计提基数阶梯标准金额合计";
    let letters: BTreeSet<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let text: String = letters.into_iter().collect();
    let font = Font::new(FACE.into(), 0).unwrap();
    let face = skrifa::FontRef::from_index(FACE, 0).unwrap();
    let letters = face.charmap();
    let glyphs: Vec<KrillaGlyph> = text
        .char_indices()
        .filter_map(|(at, c)| {
            let id = GlyphId::new(letters.map(c)?.to_u32());
            Some(KrillaGlyph::new(id, 0.5, 0.0, 0.0, 0.0, at..at + c.len_utf8(), None))
        })
        .collect();
    let begun = Instant::now();
    for _ in 0..PAPERS {
        let mut document = Document::new();
        let mut page = document.start_page_with(PageSettings::from_wh(595.0, 842.0).unwrap());
        let mut surface = page.surface();
        surface.draw_glyphs(Point::from_xy(50.0, 50.0), &glyphs, font.clone(), &text, 9.0, false);
        surface.finish();
        page.finish();
        assert!(!document.finish().unwrap().is_empty());
    }
    begun.elapsed() / PAPERS
}

fn statement() -> Statement {
    let period: Period = "2026-09".parse().unwrap();
    let day = |text: &str| text.parse().unwrap();
    let line = |number: i64| AccrualLine {
        accrual: AccrualId::from_text(""),
        policy: format!("Q-{number}"),
        policy_zh: format!("华东区季度达标返利第{number}号"),
        policy_en: format!("Quarterly threshold rebate {number}"),
        version: 1,
        period,
        base_minor: 12_345_678 + number,
        base_micro: 0,
        measure: "123456.78".to_owned(),
        tier: 2,
        reward: "2.5%".to_owned(),
        rebate_minor: 308_642,
        amount: 308_642,
        earned: true,
    };
    let sum = 308_642 * LINES;
    let content = Content {
        number: String::new(),
        version: 1,
        company: "澄江电器制造股份有限公司".to_owned(),
        customer: Party {
            code: "C1001".to_owned(),
            name: "苏州恒信电器销售有限公司".to_owned(),
            tax_id: Some("9132**********001X".to_owned()),
        },
        period,
        first_day: day("2026-09-01"),
        last_day: day("2026-09-30"),
        issued_on: day("2026-10-09"),
        data_through: Some(day("2026-09-30")),
        currency: Currency::CNY,
        figures: Figures { accrued: sum, closing: sum, estimated: sum, ..Figures::default() },
        accruals: (1..=LINES).map(line).collect(),
        adjustments: Vec::new(),
        payouts: Vec::new(),
        expiries: Vec::new(),
        excluded: Vec::new(),
        disputes: Vec::new(),
        respond_by: day("2026-10-23"),
        contact: Contact {
            name: "周敏".to_owned(),
            email: Some("zhou.min@example.com".to_owned()),
            phone: Some("021-5550 0131".to_owned()),
            hours: Some("9:00–17:30".to_owned()),
        },
        issuer_tax_id: None,
        left_out: Vec::new(),
        service: Some(Service { answer_days: 2, decision_days: 7, appeal_days: 15 }),
        correction: None,
    };
    Statement {
        id: StatementId::from_text(""),
        number: String::new(),
        customer: 1,
        period,
        currency: Currency::CNY,
        version: 1,
        closing_minor: sum,
        content,
        content_hash: "0123456789abcdef".repeat(4),
        checkpoint_seq: 1,
        checkpoint_hash: "0".repeat(64),
        issued_at: "2026-10-09T02:00:00Z".parse().unwrap(),
        respond_by: day("2026-10-23"),
        state: State::Issued,
        answered_by: None,
        answered_at: None,
        answered_from: None,
        agreement: None,
        superseded_by: None,
    }
}
