//! Plays the disputes of the demo, each step at its time.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc, Weekday};

use super::cast::Cast;
use super::scenes::{SCENES, Scene, Step};
use super::timeline::Stage;
use crate::accruals;
use crate::customers;
use crate::db::{Conn, Tx};
use crate::disputes::{
    self, Dispute, FileStore, KeptReply, NewDispute, Outcome, SubjectKind, Verdict,
};
use crate::error::{Error, Result};
use crate::payouts;
use crate::people;
use crate::statements;
use crate::values::{Actor, DisputeId, Key, StaffRole, StatementId};

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

/// One account manager is away this week, and another stands in.
pub(super) fn leave(stage: &Stage<'_>, cast: &Cast) -> Result<()> {
    let (away, deputy) = (cast.manager_at(2)?, cast.manager_at(0)?);
    let person = away.person().cloned().ok_or(Error::NotFound)?;
    let first = stage.today.checked_sub_days(Days::new(2)).unwrap_or(stage.today);
    let last = stage.today.checked_add_days(Days::new(5)).unwrap_or(stage.today);
    stage.db.write(away, |tx| {
        people::plan_absence(tx, &person, first, last, deputy.person()).map(|_| ())
    })
}

/// What the schedule tells each morning.
pub(super) fn morning(stage: &Stage<'_>) -> Result<()> {
    let schedule = Actor::system("deadlines");
    if stage.db.read(|conn| disputes::any_deadline(conn, stage.db.now()))? {
        stage.db.write(&schedule, |tx| disputes::tell_deadlines(tx, 100))?;
    }
    if stage.db.read(|conn| statements::any_deadline(conn, stage.db.now()))? {
        let schedule = Actor::system("statements");
        stage.db.write(&schedule, |tx| statements::tell_deadlines(tx, 200))?;
    }
    Ok(())
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
        Step::TakeAppeal | Step::DecideAppeal(..) | Step::Link(..) => {
            cast.staff(StaffRole::AppealsReviewer)?
        }
        Step::Accept | Step::Appeal(_) | Step::Rate(..) | Step::Withdraw | Step::File => clerk,
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
        beyond: None,
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
        Step::Rate(score, text) => disputes::rate(tx, customer, id, *score, text),
        Step::Withdraw => disputes::withdraw(tx, customer, id),
        Step::Snooze(days, reason) => {
            let until = tx.today().checked_add_days(Days::new(*days)).unwrap_or(NaiveDate::MAX);
            disputes::snooze(tx, id, dispute.revision, until, reason)
        }
        Step::MergeInto(scene) => {
            let into = numbered(tx, stage, *scene)?;
            disputes::merge(tx, id, dispute.revision, &into).map(|_| ())
        }
        Step::Link(scene, note) => {
            let other = numbered(tx, stage, *scene)?;
            disputes::link(tx, id, &other, note)
        }
    }
}

/// The number of the dispute of that scene.
fn numbered(tx: &mut Tx<'_>, stage: &Stage<'_>, scene: usize) -> Result<String> {
    let id = stage.docket.borrow().get(&scene).cloned();
    Ok(find(tx, &id.ok_or_else(|| Error::internal("that scene hasn't begun"))?)?.number)
}

/// Texts kept for many disputes: the team's, and one of the first account manager's own.
pub(super) fn save_replies(stage: &Stage<'_>, cast: &Cast) -> Result<()> {
    const REPLIES: [(bool, &str, &str); 4] = [
        (
            true,
            "已收到，正在核对",
            "{客户}：\n您好！争议 {编号}（{事项}）已收到，正在核对相关明细，最迟于{期限}给出裁定。\n{负责人}",
        ),
        (
            true,
            "请补充签收单",
            "{客户}：\n为确认该发票所属期间，请在本页补充对应的签收单（扫描件或照片）。收到后我们继续处理，等待期间不计时。\n{负责人}",
        ),
        (
            true,
            "退货如何冲减",
            "退货按退货单的单据日期计入当期并冲减计提基数，与原采购期间无关；条款见政策页面。如对日期有异议，请提供退货单。",
        ),
        (
            false,
            "催办仓库后回复",
            "{客户}：\n仓库已确认收到您的单据，我们正在入账，完成后您会在返利说明中看到变化。\n{负责人}",
        ),
    ];
    for (team, title, text) in REPLIES {
        let reply = KeptReply { known: None, team, title: title.to_owned(), text: text.to_owned() };
        stage.db.write(cast.manager_at(0)?, |tx| disputes::keep_reply(tx, &reply))?;
    }
    Ok(())
}

fn find(conn: &mut Conn, id: &DisputeId) -> Result<Dispute> {
    let everything = disputes::Reach::default();
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
