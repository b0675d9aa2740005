//! Every letter with made-up data, for whoever wants to see what goes out. Nobody in it exists.

mod account;
mod dispute;
mod own_account;

use chrono::NaiveDate;

use super::*;
use crate::db::House;
use crate::error::Result;
use crate::mailbox::letter::{self, Letter};
use crate::values::{
    AnnouncementId, Contact, DisputeId, EmailAddress, ImportId, Language, PayoutId, Period,
    PolicyId, StatementId, StatementRunId,
};

/// A letter as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    pub subject: String,
    pub text: String,
    pub html: String,
    /// A file comes with it.
    pub encloses: bool,
    /// Its address ends in a secret.
    pub has_secret: bool,
}

/// What the made-up letters are about, in one language.
struct Made {
    language: Language,
    contact: Contact,
}

impl Made {
    fn say(&self, zh: &str, en: &str) -> String {
        let text = match self.language {
            Language::ZhCn => zh,
            Language::En => en,
        };
        text.to_owned()
    }

    fn about(&self) -> String {
        self.say("2026年第3季度 · 季度达标返利", "Q3 2026 · Quarterly threshold rebate")
    }

    fn programme(&self) -> String {
        self.say("季度达标返利", "Quarterly threshold rebate")
    }

    fn expiring(&self) -> ExpiringLine {
        let period = Period::Quarter { year: 2025, quarter: 3 };
        ExpiringLine { programme: self.programme(), period, due: day(2026, 10, 20) }
    }

    fn colleague(&self) -> String {
        self.say("王芳", "Wang Fang")
    }

    fn customer(&self) -> String {
        self.say("示例商贸有限公司", "Example Trading Co., Ltd.")
    }
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

/// The letter of the kind with made-up data; None when there is no such kind.
pub fn preview(kind: &str, language: Language, house: &House) -> Result<Option<Preview>> {
    let contact = Contact {
        name: match language {
            Language::ZhCn => "李伟".to_owned(),
            Language::En => "Li Wei".to_owned(),
        },
        email: EmailAddress::parse("li.wei@example.com"),
        phone: Some("021-5555 0100".to_owned()),
    };
    let made = Made { language, contact };
    let draw = Draw { language, house };
    let found = draw.statement_or_payout(kind, &made)?;
    let found = if found.is_some() { found } else { draw.account(kind, &made)? };
    let found = if found.is_some() { found } else { draw.answer(kind, &made)? };
    let found = if found.is_some() { found } else { draw.programme(kind, &made)? };
    let found = if found.is_some() { found } else { draw.dispute(kind, &made)? };
    let found = if found.is_some() { found } else { draw.staff(kind, &made)? };
    let found = if found.is_some() { found } else { draw.work(kind, &made)? };
    if found.is_some() { Ok(found) } else { draw.security(kind, &made) }
}

/// The letter as its reader sees it.
pub(in crate::mailbox) fn drawn<L: Letter>(
    letter: &L,
    language: Language,
    house: &House,
) -> Result<Preview> {
    let letter::Written { subject, text, html, .. } = letter::write(letter, language, house)?;
    let has_secret = text.contains(crate::mailbox::links::SECRET);
    Ok(Preview { subject, text, html, encloses: letter.encloses().is_some(), has_secret })
}

struct Draw<'a> {
    language: Language,
    house: &'a House,
}

impl Draw<'_> {
    fn one<L: Letter>(&self, letter: &L) -> Result<Option<Preview>> {
        drawn(letter, self.language, self.house).map(Some)
    }

    fn statement_or_payout(&self, kind: &str, made: &Made) -> Result<Option<Preview>> {
        let payout = PayoutId::from_text("0");
        let number = "FL-2026-10-000001".to_owned();
        let contact = made.contact.clone();
        match kind {
            StatementReady::KIND => self.one(&StatementReady {
                statement: StatementId::from_text("0"),
                number: "DZ-2026-09-000001".to_owned(),
                period: Period::Month { year: 2026, month: 9 },
                respond_by: day(2026, 10, 29),
                encloses: true,
                contact,
            }),
            PayoutApproved::KIND => {
                let account = Some(made.account().account);
                self.one(&PayoutApproved { payout, number, account, contact })
            }
            PayoutSent::KIND => self.one(&PayoutSent {
                payout,
                number,
                form: SettledBy::Transfer,
                account: Some(made.account().account),
                expected_on: Some(day(2026, 10, 20)),
                reference: Some("20261020-8841".to_owned()),
                contact,
            }),
            PayoutReturned::KIND => self.one(&PayoutReturned {
                payout,
                number,
                form: SettledBy::Transfer,
                account: Some(made.account().account),
                reason: made.say("账户名称不符", "The account’s name differs"),
                contact,
            }),
            BalanceExpiring::KIND => {
                let lines = vec![made.expiring()];
                self.one(&BalanceExpiring { due: day(2026, 10, 20), lines, contact })
            }
            BalanceExpired::KIND => {
                self.one(&BalanceExpired { lines: vec![made.expiring()], contact })
            }
            _ => Ok(None),
        }
    }

    /// What is written between a statement and its answer.
    fn answer(&self, kind: &str, made: &Made) -> Result<Option<Preview>> {
        let (statement, number) = (StatementId::from_text("0"), "DZ-2026-09-000001".to_owned());
        let respond_by = day(2026, 10, 29);
        let about = AboutStatement {
            statement: statement.clone(),
            number: number.clone(),
            customer: made.customer(),
            period: Period::Month { year: 2026, month: 9 },
            respond_by,
            reader: Reader::Customer,
            contact: Some(made.contact.clone()),
        };
        let agreement = made.say("经销协议第 8.2 条", "clause 8.2 of the distribution agreement");
        let evidence = 1204;
        match kind {
            StatementReminder::KIND => {
                self.one(&StatementReminder { about, agreement: Some(agreement) })
            }
            StatementConfirmed::KIND => self.one(&StatementConfirmed {
                about,
                by: made.colleague(),
                on: day(2026, 10, 20),
                evidence,
                hash: "5f2b9c04".repeat(8),
            }),
            StatementDeemed::KIND => self.one(&StatementDeemed { about, agreement, evidence }),
            StatementCorrected::KIND => self.one(&StatementCorrected {
                about: AboutStatement { number: format!("{number}-V2"), ..about },
                corrects: number,
                reason: made.say("补录 9 月 28 日退货", "A return of 28 September came in late"),
                changes: vec![made.programme()],
                encloses: true,
            }),
            StatementsOverdue::KIND => self.one(&StatementsOverdue {
                lines: vec![OverdueStatement {
                    statement,
                    number,
                    customer: made.customer(),
                    respond_by,
                }],
            }),
            _ => Ok(None),
        }
    }

    fn programme(&self, kind: &str, made: &Made) -> Result<Option<Preview>> {
        let policy = PolicyId::from_text("0");
        let (name, contact) = (made.programme(), made.contact.clone());
        let reason = made.say("产品线停产", "The product line ends");
        match kind {
            NearTier::KIND => self.one(&NearTier {
                policy,
                name,
                period: Period::Quarter { year: 2026, quarter: 4 },
                tier: 2,
                attained: 94,
                last_day: day(2026, 12, 31),
                through: Some(day(2026, 12, 6)),
                contact,
            }),
            TierReached::KIND => self.one(&TierReached {
                policy,
                name,
                period: Period::Quarter { year: 2026, quarter: 4 },
                tier: 1,
                highest: false,
                last_day: day(2026, 12, 31),
                through: Some(day(2026, 12, 6)),
                contact,
            }),
            ProgrammePublished::KIND => self.one(&ProgrammePublished {
                policy,
                name,
                changes: None,
                valid_from: day(2026, 1, 1),
                valid_to: Some(day(2026, 12, 31)),
                contact,
            }),
            Announcement::KIND => self.one(&Announcement {
                announcement: AnnouncementId::from_text("0"),
                subject: made.say("2027年返利政策说明会", "Briefing on the 2027 programmes"),
                other_subject: None,
                text: made.say(
                    "各位客户：\n\n2027年返利政策说明会定于12月15日14:00在线举行，将介绍新增的\
                     产品线和季度考核口径。\n\n参会地址：\nhttps://meeting.example.com/2027",
                    "To all customers\n\nWe will present the programmes of 2027 online on 15 December \
                     at 14:00: the new product lines, and what the quarters are measured \
                     by.\n\nTo join:\nhttps://meeting.example.com/2027",
                ),
                trial: false,
                contact,
            }),
            ProgrammeUnsigned::KIND => self.one(&ProgrammeUnsigned {
                policy,
                name,
                published_on: day(2026, 9, 21),
                contact,
            }),
            ProgrammeEnding::KIND => {
                self.one(&ProgrammeEnding { policy, name, last_day: day(2026, 12, 31), contact })
            }
            ProgrammeEnded::KIND => self.one(&ProgrammeEnded {
                policy,
                name,
                last_day: day(2026, 10, 31),
                reason,
                contact,
            }),
            ProgrammeWithdrawn::KIND => self.one(&ProgrammeWithdrawn { name, reason, contact }),
            _ => Ok(None),
        }
    }

    fn staff(&self, kind: &str, made: &Made) -> Result<Option<Preview>> {
        let (dispute, number) = (DisputeId::from_text("0"), "ZY-2026-10-000001".to_owned());
        let (policy, code) = (PolicyId::from_text("0"), "Q-5PCT".to_owned());
        let (name, by) = (made.programme(), made.colleague());
        match kind {
            StaffNewDispute::KIND => self.one(&StaffNewDispute {
                dispute,
                number,
                about: made.about(),
                customer: made.customer(),
                answer_due: day(2026, 10, 19),
            }),
            DisputeDeadlines::KIND => self.one(&DisputeDeadlines {
                late: vec![Deadline {
                    dispute,
                    number,
                    customer: made.customer(),
                    answer: true,
                    due: day(2026, 10, 14),
                    with: Some(by),
                }],
                soon: Vec::new(),
            }),
            PolicyWaiting::KIND => self.one(&PolicyWaiting { policy, code, name, number: 2, by }),
            PolicyApproved::KIND => self.one(&PolicyApproved { policy, code, name, number: 2, by }),
            PolicyReturned::KIND => self.one(&PolicyReturned {
                policy,
                code,
                name,
                number: 2,
                by,
                reason: made.say("第二档应为3%", "The second tier should be 3%"),
            }),
            AddressBounced::KIND => self.one(&AddressBounced {
                address: "finance@customer.example".to_owned(),
                customer: Some((made.customer(), "C1001".to_owned())),
                why: "permanent error (550): 5.1.1 user unknown".to_owned(),
            }),
            EnclosureLeftOut::KIND => self.one(&EnclosureLeftOut {
                lines: vec![LeftOutLine {
                    address: "finance@customer.example".to_owned(),
                    customer: Some((made.customer(), "C1001".to_owned())),
                    why: "permanent error (552): 5.3.4 message too big".to_owned(),
                }],
            }),
            TestMessage::KIND => self.one(&TestMessage { by }),
            Invitation::KIND => self.one(&Invitation {
                by,
                host: made.customer(),
                roles: vec![("role-customer", "finance")],
                email: "li.na@customer.example".to_owned(),
                until: day(2026, 10, 18).and_hms_opt(2, 0, 0).unwrap_or_default().and_utc(),
                zone: self.house.zone,
                path: "/invitations",
                contact: made.contact.clone(),
            }),
            _ => Ok(None),
        }
    }

    /// What is told of approvals, long work and the portal itself.
    fn work(&self, kind: &str, made: &Made) -> Result<Option<Preview>> {
        let about = AboutMatter {
            matter: Matter::Payout(PayoutId::from_text("0")),
            number: "FL-2026-10-000001".to_owned(),
            customer: made.customer(),
            by: made.colleague(),
        };
        match kind {
            ApprovalWaiting::KIND => self.one(&ApprovalWaiting { about }),
            ApprovalGiven::KIND => self.one(&ApprovalGiven { about }),
            ApprovalRefused::KIND => self.one(&ApprovalRefused {
                about,
                reason: made.say("收款账户待核实", "The account has to be checked first"),
            }),
            ImportFinished::KIND => self.one(&ImportFinished {
                import: ImportId::from_text("0"),
                file: "sales-2026-10.csv".to_owned(),
                new: 12_480,
                known: 310,
                left: 7,
            }),
            StatementRunFinished::KIND => self.one(&StatementRunFinished {
                run: StatementRunId::from_text("0"),
                period: Period::Month { year: 2026, month: 9 },
                scheduled: true,
                made: 418,
                failed: 0,
                without_address: 3,
            }),
            WeeklyDigest::KIND => self.one(&WeeklyDigest {
                week: day(2026, 10, 19),
                disputes: 4,
                disputes_due: 1,
                disputes_asked: 2,
                statements: 17,
                statements_overdue: 3,
                addresses: 1,
            }),
            DataRequestReceived::KIND => self.one(&DataRequestReceived {
                about: AboutDataRequest {
                    kind: "correction",
                    received: day(2026, 10, 15),
                    contact: Some(made.contact.clone()),
                },
                due_on: day(2026, 11, 5),
            }),
            DataRequestDone::KIND => self.one(&DataRequestDone {
                about: AboutDataRequest {
                    kind: "correction",
                    received: day(2026, 10, 15),
                    contact: Some(made.contact.clone()),
                },
                granted: true,
                ends: false,
                answer: Some(made.say("电话号码已更正。", "The phone number was corrected.")),
            }),
            ExportReady::KIND => self.one(&ExportReady {
                kind: "own_transactions",
                format: "xlsx",
                rows: 18_204,
                until: day(2026, 10, 22).and_hms_opt(6, 30, 0).unwrap_or_default().and_utc(),
                zone: self.house.zone,
                contact: Some(made.contact.clone()),
            }),
            SystemAlert::KIND => self.one(&SystemAlert {
                trouble: Trouble::Differs {
                    count: 1,
                    first: vec!["statement DZ-2026-09-000001: it doesn't add up".to_owned()],
                },
                zone: self.house.zone,
            }),
            AuditCheckpoint::KIND => self.one(&AuditCheckpoint {
                on: day(2026, 10, 15),
                events: 48_112,
                hash: "5f2b9c04".repeat(8),
            }),
            _ => Ok(None),
        }
    }
}
