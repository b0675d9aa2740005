//! Each version's terms against their hash, the file they came from and the columns beside them;
//! its state against the steps that led to it, and its approval against what was approved by whom.

use super::parse::parse_kept;
use super::rules::{StepKind, replay};
use super::store::Kept;
use super::{Step, Terms, VersionState, store};
use crate::db::Conn;
use crate::error::Result;

/// A sentence for everything about policies that can't have come about through the portal.
pub fn verify(conn: &mut Conn) -> Result<Vec<String>> {
    let mut said = Vec::new();
    let mut steps = store::steps_of_all(conn)?;
    for kept in store::every_kept(conn)? {
        let mut wrong =
            |why: &str| said.push(format!("policy {} version {}: {why}", kept.code, kept.number));
        for why in life(&kept, &steps.remove(&kept.id).unwrap_or_default()) {
            wrong(&why);
        }
        let Ok(terms) = serde_json::from_str::<Terms>(&kept.terms) else {
            wrong("its terms can't be read");
            continue;
        };
        if terms.hash() != kept.terms_hash {
            wrong("its terms don't match their hash");
        }
        if parse_kept(&kept.source).as_ref() != Some(&terms) {
            wrong("its file says other terms");
        }
        let beside = (kept.currency, kept.period, kept.from);
        if terms.code != kept.code || (terms.currency, terms.period, terms.from) != beside {
            wrong("its terms differ from what is kept beside them");
        }
    }
    Ok(said)
}

/// What of a version's life can't have happened.
fn life(kept: &Kept, steps: &[Step]) -> Vec<String> {
    let mut wrong = Vec::new();
    if replay(steps.iter().map(|step| step.action)) != Some(kept.state) {
        wrong.push(format!("its steps don't make it {}", kept.state));
    }
    let begins = steps.first().map(|step| (step.action, step.actor.as_str()));
    let at_the_shell = begins == Some((StepKind::Published, "operator"));
    // The last one that no later step made void.
    let approval = steps.iter().rev().find(|step| {
        matches!(step.action, StepKind::Approved | StepKind::Returned | StepKind::TakenBack)
    });
    let approval = approval.filter(|step| step.action == StepKind::Approved);
    let needs_one = match kept.state {
        VersionState::Draft | VersionState::Submitted | VersionState::Withdrawn => false,
        VersionState::Approved => true,
        VersionState::Published | VersionState::Superseded | VersionState::Ended => !at_the_shell,
    };
    if approval.is_none() && needs_one {
        wrong.push("nobody approved it".to_owned());
    }
    if approval.map(|step| step.actor.as_str()) != kept.approved_by.as_deref() {
        wrong.push("it names another approver than its steps".to_owned());
    }
    let Some(approval) = approval else { return wrong };
    if approval.note != kept.terms_hash {
        wrong.push("other terms were approved".to_owned());
    }
    let mut hands = steps.iter().filter(|step| step.action.shapes());
    if kept.drafted_by == approval.actor.as_str() || hands.any(|s| s.actor == approval.actor) {
        wrong.push("who approved it had a hand in it".to_owned());
    }
    wrong
}
