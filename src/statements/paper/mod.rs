//! A statement in the reader's words: the one place from which the page, its print and the PDF
//! take what they say, so that they say the same.

mod changed;
mod say;

use super::Statement;
use crate::db::House;
use crate::values::{Language, Money, Squares, StatementId, capital_rmb};
use crate::words::{self, Words};

pub use changed::{ChangeRow, Corrected};
use say::Say;
pub use say::reward;

/// Where anybody checks a paper by its number and hash.
pub const CHECK: &str = "/statement-check";

/// Everything a statement says, in one language; sentences whole, amounts as money.
#[derive(Debug, Clone)]
pub struct Paper {
    pub id: StatementId,
    pub title: String,
    pub number: String,
    pub version: String,
    pub company: String,
    pub customer: String,
    pub period: String,
    /// What it is and whose, as label and value.
    pub facts: Vec<(String, String)>,
    /// What this version says otherwise than the one before it.
    pub corrected: Option<Corrected>,
    pub account: Vec<AccountRow>,
    pub closing: Money,
    /// 人民币…整, for zh-CN and CNY.
    pub capital: Option<String>,
    pub accruals: Vec<AccrualRow>,
    pub accrued: Money,
    pub adjustments: Vec<AdjustmentRow>,
    pub adjusted: Money,
    pub payouts: Vec<PayoutRow>,
    pub paid: Money,
    pub expiries: Vec<ExpiryRow>,
    pub expired: Money,
    pub excluded: Vec<ExcludedRow>,
    pub left_out: Vec<LeftOutRow>,
    pub disputes: Vec<DisputeRow>,
    /// Until when, with the weekday.
    pub respond_by: String,
    /// What to do until then.
    pub answer: String,
    /// How to contest, where, whom to ask and how to book it.
    pub how: Vec<String>,
    pub check: Check,
    /// When it was made, from which versions, and its evidence, as label and value.
    pub foot: Vec<(String, String)>,
}

/// One line of the account.
#[derive(Debug, Clone)]
pub struct AccountRow {
    /// `+`, `±`, `−`, `=`, or nothing.
    pub sign: &'static str,
    pub label: String,
    pub amount: Money,
    /// The sum, or a part of it.
    pub kind: AccountKind,
}

/// What a line of the account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountKind {
    Move,
    Sum,
    Part,
}

#[derive(Debug, Clone)]
pub struct AccrualRow {
    pub id: String,
    pub policy: String,
    pub version: String,
    pub period: String,
    pub basis: String,
    pub tier: String,
    pub reward: String,
    /// A code name, for the page's tag.
    pub state: &'static str,
    pub state_word: String,
    pub amount: Money,
}

#[derive(Debug, Clone)]
pub struct AdjustmentRow {
    pub on: String,
    pub reference: String,
    /// The dispute it comes from.
    pub dispute: Option<String>,
    pub reason: String,
    pub amount: Money,
}

#[derive(Debug, Clone)]
pub struct PayoutRow {
    pub id: String,
    pub number: String,
    pub on: String,
    pub form: String,
    /// Of the bank's transfer, the credit note or the delivery; — where there is none.
    pub reference: String,
    pub amount: Money,
}

/// What expired at the end of a day.
#[derive(Debug, Clone)]
pub struct ExpiryRow {
    pub accrual: String,
    pub policy: String,
    pub period: String,
    pub available_on: String,
    pub on: String,
    pub amount: Money,
}

#[derive(Debug, Clone)]
pub struct ExcludedRow {
    pub accrual: String,
    pub policy: String,
    pub period: String,
    pub reason: String,
    pub lines: u64,
}

#[derive(Debug, Clone)]
pub struct LeftOutRow {
    pub accrual: String,
    pub document_no: String,
    pub on: String,
    pub product: String,
    pub policy: String,
    pub reason: String,
    pub amount: Money,
}

#[derive(Debug, Clone)]
pub struct DisputeRow {
    pub number: String,
    pub subject: String,
    pub amount: Money,
}

/// How somebody who holds the paper finds out whether it is genuine.
#[derive(Debug, Clone)]
pub struct Check {
    /// The page where number and code are typed.
    pub page: String,
    /// The same with both filled in.
    pub address: String,
    /// The address as a QR code; None where it is too long for one.
    pub squares: Option<Squares>,
    /// The beginning of the hash, short enough to be typed.
    pub code: String,
    /// All of it in a sentence.
    pub says: String,
}

impl Paper {
    /// The statement as a reader of this language gets it, whoever they are.
    pub fn new(statement: &Statement, words: &Words, house: &House) -> Self {
        let content = &statement.content;
        let say = Say { words, content };
        let figures = &content.figures;
        let closing = say.money(figures.closing);
        let respond_by = words::deadline(words.language, content.respond_by);
        let mut answer = words.t1("statement-how-answer", "until", &respond_by);
        if let Some(agreement) = &statement.agreement {
            answer.push(' ');
            answer.push_str(&words.t1("mail-statement-silence", "agreement", agreement));
        }
        let capital = (words.language == Language::ZhCn).then(|| capital_rmb(closing)).flatten();
        let check = Check::of(statement, words, house);
        Self {
            id: statement.id.clone(),
            title: words.t("statement-paper"),
            number: content.number.clone(),
            version: words.t1("statement-version", "version", content.version),
            company: content.company.clone(),
            customer: content.customer.name.clone(),
            period: content.period.shown(words.language),
            facts: say.facts(),
            corrected: content
                .correction
                .as_ref()
                .map(|correction| Corrected::of(correction, words, content.currency)),
            account: say.account(),
            closing,
            capital,
            accruals: say.accruals(),
            accrued: say.money(figures.accrued),
            adjustments: say.adjustments(),
            adjusted: say.money(figures.adjusted),
            payouts: say.payouts(),
            paid: say.money(figures.paid),
            expiries: say.expiries(),
            expired: say.money(figures.expired),
            excluded: say.excluded(),
            left_out: say.left_out(),
            disputes: say.disputes(),
            answer,
            respond_by,
            how: say.how(&house.base_url),
            check,
            foot: say.foot(statement, house),
        }
    }
}

impl Check {
    fn of(statement: &Statement, words: &Words, house: &House) -> Self {
        let page = format!("{}{CHECK}", house.base_url);
        let (number, hash) = (&statement.content.number, &statement.content_hash);
        let digits: Vec<char> = hash.chars().take(16).collect();
        let code: Vec<String> = digits.chunks(4).map(|four| four.iter().collect()).collect();
        let code = code.join(" ");
        let address = format!("{page}?number={number}&code={hash}");
        Self {
            squares: Squares::of(&address),
            address,
            says: words
                .with("statement-check-how", [("page", page.clone()), ("code", code.clone())]),
            page,
            code,
        }
    }
}
