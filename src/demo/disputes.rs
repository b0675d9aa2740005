//! Disputes of the demo: one in every state, argued as such things are argued.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc, Weekday};

use super::cast::Cast;
use super::timeline::Stage;
use crate::accruals;
use crate::customers;
use crate::db::{Conn, Tx};
use crate::disputes::{
    self, Category, Dispute, FileStore, NewDispute, Outcome, SubjectKind, Verdict,
};
use crate::error::{Error, Result};
use crate::payouts;
use crate::statements;
use crate::values::{Actor, DisputeId, Key, StaffRole, StatementId};

/// One thing somebody does.
#[derive(Debug, Clone, Copy)]
enum Step {
    File,
    Take,
    Reply(&'static str),
    Ask(&'static str),
    Note(&'static str),
    /// The outcome, the granted fen, the reason.
    Decide(Outcome, i64, &'static str),
    Accept,
    Appeal(&'static str),
    TakeAppeal,
    DecideAppeal(Outcome, i64, &'static str),
    Withdraw,
}

/// A dispute and its course: the customer by its place, how many days ago each step was.
struct Scene {
    customer: usize,
    about: SubjectKind,
    category: Category,
    /// By how many fen the customer says the number is wrong.
    difference: i64,
    text: &'static str,
    steps: &'static [(u64, Step)],
}

/// The customer nobody looks after.
pub(super) const WITHOUT_MANAGER: usize = 38;

const SCENES: &[Scene] = &[
    // Decided before the last month that has a statement ended: see `day`.
    Scene {
        customer: 0,
        about: SubjectKind::Accrual,
        category: Category::MissingInvoice,
        difference: 125_000,
        text: "本期返利少计了一张发票，货物已于期内签收，请核对并补计返利。",
        steps: &[
            (9, Step::File),
            (8, Step::Take),
            (7, Step::Reply("已收到，正在与开票系统核对该发票，两个工作日内答复。")),
            (
                6,
                Step::Decide(
                    Outcome::Accepted,
                    125_000,
                    "经核对，该发票因开票系统延迟未导入，属于本期返利范围，补计1,250.00元。",
                ),
            ),
            (4, Step::Accept),
        ],
    },
    Scene {
        customer: 0,
        about: SubjectKind::MissingInvoice,
        category: Category::MissingInvoice,
        difference: 86_000,
        text: "上月末一张发票在交易明细中查不到，请协助核实。发票清单见附件。",
        steps: &[
            (6, Step::File),
            (5, Step::Take),
            (5, Step::Note("仓库反馈该单在途，需客户提供签收单后再判断所属期间。")),
            (2, Step::Ask("请补充该发票对应的签收单，以便确认所属期间。")),
        ],
    },
    Scene {
        customer: 3,
        about: SubjectKind::Accrual,
        category: Category::WrongTier,
        difference: 240_000,
        text: "按我方台账，本期采购额已达到更高一档，返利应按更高比例计算。",
        steps: &[(1, Step::File)],
    },
    Scene {
        customer: WITHOUT_MANAGER,
        about: SubjectKind::Free,
        category: Category::Other,
        difference: 0,
        text: "我公司更换了财务联系人，上期对账单没有收到，请重新发送并告知返利余额如何查询。",
        steps: &[(17, Step::File)],
    },
    Scene {
        customer: 6,
        about: SubjectKind::Accrual,
        category: Category::WrongReturn,
        difference: 31_200,
        text: "退货单对应的是上一年度的采购，不应冲减本期的计提基数。",
        steps: &[
            (8, Step::File),
            (7, Step::Take),
            (
                7,
                Step::Note(
                    "合同第6条：退货在其单据日期所属期间冲减，与原采购期间无关。待财务复核。",
                ),
            ),
            (5, Step::Reply("退货按单据日期计入当期。我们正在核对这张退货单的日期，稍后答复您。")),
        ],
    },
    Scene {
        customer: 9,
        about: SubjectKind::Accrual,
        category: Category::WrongAmount,
        difference: 860_000,
        text: "Two invoices were booked on our sister company's account. They belong to us; the \
               contract and the delivery notes say so.",
        steps: &[
            (10, Step::File),
            (9, Step::Take),
            (
                3,
                Step::Decide(
                    Outcome::Accepted,
                    860_000,
                    "The delivery notes name your company. The two invoices count for you.",
                ),
            ),
        ],
    },
    Scene {
        customer: 1,
        about: SubjectKind::Payout,
        category: Category::PayoutNotReceived,
        difference: 0,
        text: "兑付单显示已付出，我方账户至今未收到款项，请查询。",
        steps: &[
            (12, Step::File),
            (11, Step::Take),
            (
                7,
                Step::Decide(
                    Outcome::AcceptedWithoutMoney,
                    0,
                    "经查询，款项因银行系统维护延迟入账，回单已随兑付单提供，返利金额无需调整。",
                ),
            ),
        ],
    },
    Scene {
        customer: 4,
        about: SubjectKind::Accrual,
        category: Category::WrongAmount,
        difference: 150_000,
        text: "有两行明细的净额与发票不一致，发票为准，返利少计约1,500元。",
        steps: &[
            (13, Step::File),
            (12, Step::Take),
            (
                4,
                Step::Decide(
                    Outcome::Partly,
                    80_000,
                    "两行中一行确有误差，补计800.00元；另一行为含税金额，计提以不含税净额为准。",
                ),
            ),
        ],
    },
    Scene {
        customer: 7,
        about: SubjectKind::Accrual,
        category: Category::ProductExcluded,
        difference: 52_000,
        text: "照明类新品被排除在外，但业务洽谈时确认新品参与返利。",
        steps: &[
            (20, Step::File),
            (19, Step::Take),
            (
                9,
                Step::Decide(
                    Outcome::Rejected,
                    0,
                    "政策条款的产品范围不含该系列，洽谈纪要未形成书面补充协议，不予支持。",
                ),
            ),
            (2, Step::Appeal("附上贵司区域负责人的确认邮件，请由他人重新审核。")),
        ],
    },
    Scene {
        customer: 2,
        about: SubjectKind::Accrual,
        category: Category::WrongTier,
        difference: 97_500,
        text: "期末最后一天的发票未计入，导致未达到上一档。",
        steps: &[
            (25, Step::File),
            (24, Step::Take),
            (
                15,
                Step::Decide(
                    Outcome::Rejected,
                    0,
                    "该发票的单据日期为下期第一天，按条款计入下期。",
                ),
            ),
            (9, Step::Appeal("发票日期因贵司系统停机而顺延，货物在期内已签收，请复核。")),
            (5, Step::TakeAppeal),
        ],
    },
    Scene {
        customer: 12,
        about: SubjectKind::Accrual,
        category: Category::WrongAmount,
        difference: 128_100,
        text: "促销折扣被重复扣减，计提基数少计，请按折后净额一次计算。",
        steps: &[
            (22, Step::File),
            (21, Step::Take),
            (19, Step::Decide(Outcome::Rejected, 0, "折扣按发票净额计算，未发现重复扣减。")),
            (17, Step::Appeal("附逐行对照表，共三行存在重复扣减。")),
            (14, Step::TakeAppeal),
            (
                6,
                Step::DecideAppeal(
                    Outcome::Partly,
                    64_050,
                    "复核发现三行中有两行重复扣减，补计640.50元；其余维持原裁定。",
                ),
            ),
        ],
    },
    Scene {
        customer: 15,
        about: SubjectKind::Accrual,
        category: Category::ProductExcluded,
        difference: 23_400,
        text: "配件类产品未参与返利，请说明原因。",
        steps: &[
            (33, Step::File),
            (32, Step::Take),
            (
                27,
                Step::Decide(
                    Outcome::Rejected,
                    0,
                    "政策条款注明配件不参与返利，条款见政策页面的产品范围。",
                ),
            ),
            (25, Step::Accept),
        ],
    },
    Scene {
        customer: 5,
        about: SubjectKind::Accrual,
        category: Category::MissingInvoice,
        difference: 40_000,
        text: "缺少一张发票，请核对。",
        steps: &[(11, Step::File), (10, Step::Take), (9, Step::Withdraw)],
    },
    Scene {
        customer: 23,
        about: SubjectKind::Statement,
        category: Category::WrongAmount,
        difference: 36_800,
        text: "对账单期末余额与我方台账相差368.00元，差异主要在两笔调整，请逐笔核对。",
        steps: &[(2, Step::File), (1, Step::Take)],
    },
];

/// Which step of which scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cue {
    scene: usize,
    step: usize,
}

/// When each step is played.
pub(super) fn cues(stage: &Stage<'_>) -> Vec<(DateTime<Utc>, Cue)> {
    let mut cues = Vec::new();
    for (index, scene) in SCENES.iter().enumerate() {
        let from = if index == 0 { stage.stated() } else { stage.today };
        for (step, (ago, _)) in scene.steps.iter().enumerate() {
            let day = working_day(from, *ago);
            let minutes = i64::try_from(step * 7 + index).unwrap_or_default();
            let at = stage.moment(day, 9 + u32::try_from(step).unwrap_or_default().min(8));
            cues.push((at + TimeDelta::minutes(minutes), Cue { scene: index, step }));
        }
    }
    cues
}

/// So many days before; the Friday before when that is a weekend.
fn working_day(from: NaiveDate, ago: u64) -> NaiveDate {
    let day = from.checked_sub_days(Days::new(ago)).unwrap_or(from);
    let back = match day.weekday() {
        Weekday::Sat => 1,
        Weekday::Sun => 2,
        _ => 0,
    };
    day.checked_sub_days(Days::new(back)).unwrap_or(day)
}

/// Plays one step.
pub(super) fn play(stage: &Stage<'_>, cast: &Cast, cue: Cue) -> Result<()> {
    let scene = SCENES.get(cue.scene).ok_or_else(|| Error::internal("no such scene"))?;
    let Some((_, step)) = scene.steps.get(cue.step) else { return Ok(()) };
    let Some((customer, clerk)) = cast.clerk_at(scene.customer) else { return Ok(()) };
    if let Step::File = step {
        let id = file(stage, scene, customer, clerk)?;
        stage.docket.borrow_mut().insert(cue.scene, id);
        return Ok(());
    }
    let docket = stage.docket.borrow().get(&cue.scene).cloned();
    let id = docket.ok_or_else(|| Error::internal("a step before its dispute was filed"))?;
    let dispute = stage.db.read(|conn| find(conn, &id))?;
    let manager = cast.manager(dispute.assignee.as_ref())?;
    let actor = match step {
        Step::TakeAppeal | Step::DecideAppeal(..) => cast.staff(StaffRole::AppealsReviewer)?,
        Step::Accept | Step::Appeal(_) | Step::Withdraw | Step::File => clerk,
        _ => manager,
    };
    stage.db.write(actor, |tx| act(tx, stage, customer, &dispute, step))
}

fn act(
    tx: &mut Tx<'_>,
    stage: &Stage<'_>,
    customer: Key,
    dispute: &Dispute,
    step: &Step,
) -> Result<()> {
    let (id, terms) = (&dispute.id, stage.limits.disputes());
    let verdict = |outcome: &Outcome, granted: &i64, reason: &str| Verdict {
        outcome: *outcome,
        granted: *granted,
        reason: reason.to_owned(),
    };
    match step {
        Step::File => Ok(()),
        Step::Take => {
            let person = tx.by().person().cloned().ok_or(Error::NotFound)?;
            disputes::assign(tx, id, &person)
        }
        Step::Reply(text) => disputes::reply(tx, id, text),
        Step::Ask(text) => disputes::ask(tx, id, text),
        Step::Note(text) => disputes::note(tx, id, text),
        Step::Decide(outcome, granted, reason) => {
            let verdict = verdict(outcome, granted, reason);
            disputes::decide(tx, id, dispute.revision, &verdict, &terms).map(|_| ())
        }
        Step::Accept => disputes::accept(tx, customer, id),
        Step::Appeal(text) => disputes::appeal(tx, customer, id, text, &terms),
        Step::TakeAppeal => disputes::take_appeal(tx, id),
        Step::DecideAppeal(outcome, granted, reason) => {
            let verdict = verdict(outcome, granted, reason);
            disputes::decide_appeal(tx, id, dispute.revision, &verdict, &terms).map(|_| ())
        }
        Step::Withdraw => disputes::withdraw(tx, customer, id),
    }
}

fn find(conn: &mut Conn, id: &DisputeId) -> Result<Dispute> {
    let everything = disputes::Reach { person: None, portfolio: None };
    Ok(disputes::one(conn, &everything, id)?.dispute)
}

fn file(stage: &Stage<'_>, scene: &Scene, customer: Key, clerk: &Actor) -> Result<DisputeId> {
    let terms = stage.limits.disputes();
    let content = "单据号,净额\nFP08811037,17200.00\n".as_bytes();
    let list = disputes::check_file("发票清单.csv", content)?;
    let attached = scene.about == SubjectKind::MissingInvoice;
    if attached {
        FileStore::of_disputes(stage.files).keep(&list.id, content)?;
    }
    stage.db.write(clerk, |tx| {
        let language = customers::by_id(tx, customer)?.language;
        let (kind, id) = subject(tx, customer, scene.about)?;
        let contested = disputes::contested(tx, customer, kind, &id, language)?;
        let shown = contested.shown.map_or(0, |shown| shown.minor);
        let new = NewDispute {
            customer,
            category: scene.category,
            facts: contested.facts.frozen()?,
            subject: contested.subject,
            currency: contested.currency,
            disputed: scene.difference,
            expected: (scene.difference > 0 && kind == SubjectKind::Accrual)
                .then_some(shown + scene.difference),
            text: scene.text.to_owned(),
        };
        let dispute = disputes::file(tx, new, &terms)?;
        if attached {
            disputes::attach(tx, &dispute.id, &list)?;
        }
        if kind == SubjectKind::Statement {
            contest(tx, customer, &id)?;
        }
        Ok(dispute.id)
    })
}

fn contest(tx: &mut Tx<'_>, customer: Key, id: &str) -> Result<()> {
    let id = StatementId::from_text(id);
    match statements::of_customer_one(tx, customer, &id)?.state {
        statements::State::Issued => statements::contest(tx, customer, &id),
        _ => Ok(()),
    }
}

/// The customer's latest of the kind; where there is none, the account as a whole.
fn subject(tx: &mut Tx<'_>, customer: Key, kind: SubjectKind) -> Result<(SubjectKind, String)> {
    let found = match kind {
        SubjectKind::Accrual => accruals::of_customer(tx, customer)?
            .into_iter()
            .find(|accrual| accrual.rebate_minor > 0)
            .map(|accrual| accrual.id.to_string()),
        SubjectKind::Statement => {
            statements::of_customer(tx, customer)?.first().map(|s| s.id.to_string())
        }
        SubjectKind::Payout => {
            payouts::of_customer(tx, customer, 0, 1)?.first().map(|p| p.id.to_string())
        }
        SubjectKind::MissingInvoice => Some("FP08811037".to_owned()),
        _ => None,
    };
    Ok(found.map_or((SubjectKind::Free, String::new()), |id| (kind, id)))
}
