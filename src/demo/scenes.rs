//! What is argued about in the demo, and how: one dispute in every state, one put aside, one
//! merged, two linked, three rated.

use crate::disputes::{Category, Outcome, SubjectKind};

/// One thing somebody does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
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
    /// How it was handled: the score, and the words.
    Rate(i32, &'static str),
    Withdraw,
    /// For so many days, because.
    Snooze(u64, &'static str),
    /// Into the dispute of that scene.
    MergeInto(usize),
    /// With the dispute of that scene, because.
    Link(usize, &'static str),
}

/// A dispute and its course: the customer by its place, how many days ago each step was.
pub(super) struct Scene {
    pub customer: usize,
    pub about: SubjectKind,
    pub category: Category,
    /// By how many fen the customer says the number is wrong.
    pub difference: i64,
    pub text: &'static str,
    pub steps: &'static [(u64, Step)],
}

/// The scenes that others name.
const RETURNS: usize = 4;
const ACCESSORIES: usize = 11;

/// The customer nobody looks after.
pub(super) const WITHOUT_MANAGER: usize = 38;

pub(super) const SCENES: &[Scene] = &[
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
            (4, Step::Rate(5, "答复很快，补计到账清楚。")),
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
            (1, Step::Snooze(9, "客户本周盘点，签收单下周才能提供。")),
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
            (5, Step::Link(ACCESSORIES, "两件都问到折扣与产品范围，答复口径保持一致。")),
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
            (25, Step::Rate(3, "结论可以理解，但希望在政策页上一眼看到不参与的品类。")),
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
    Scene {
        customer: 6,
        about: SubjectKind::Accrual,
        category: Category::WrongReturn,
        difference: 31_200,
        text: "再次提交：退货单不应冲减本期，请尽快答复。",
        steps: &[(4, Step::File), (3, Step::MergeInto(RETURNS))],
    },
    Scene {
        customer: 17,
        about: SubjectKind::Accrual,
        category: Category::WrongTier,
        difference: 45_000,
        text: "我方采购额跨越两档，返利按低档计算，请按达到的档次重新核算。",
        steps: &[
            (30, Step::File),
            (29, Step::Take),
            (28, Step::Decide(Outcome::Rejected, 0, "按明细合计未达到上一档，维持原计提。")),
            (26, Step::Appeal("合计时漏了一张九月末的发票，附发票与签收单。")),
            (25, Step::TakeAppeal),
            (
                20,
                Step::DecideAppeal(
                    Outcome::Accepted,
                    45_000,
                    "复核确认漏计一张发票，补计后达到上一档，补计450.00元。",
                ),
            ),
            (19, Step::Accept),
            (19, Step::Rate(4, "申诉后处理得很认真，第一次答复可以更仔细。")),
        ],
    },
];
