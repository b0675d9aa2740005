//! The way accounts took, as both sides see it.

use std::collections::HashMap;

use super::Page;
use crate::banking::{BankAccount, State, Step};
use crate::values::BankAccountId;

/// An account with its steps.
pub(super) struct Journey {
    pub shown: String,
    pub branch: String,
    pub state: &'static str,
    pub steps: Vec<StepRow>,
}

pub(super) struct StepRow {
    pub state: &'static str,
    pub at: String,
    pub who: String,
    pub note: String,
}

/// `whole` is the staff's view: how an account was checked and by whom is the house's own.
pub(super) fn journeys(
    accounts: &[BankAccount],
    mut steps: HashMap<BankAccountId, Vec<Step>>,
    page: &Page,
    whole: bool,
) -> Vec<Journey> {
    let journey = |account: &BankAccount| Journey {
        shown: account.shown(),
        branch: account.details.branch.clone(),
        state: account.state.as_str(),
        steps: steps
            .remove(&account.id)
            .unwrap_or_default()
            .into_iter()
            .map(|step| row(step, page, whole))
            .collect(),
    };
    accounts.iter().map(journey).collect()
}

fn row(step: Step, page: &Page, whole: bool) -> StepRow {
    let told = whole || matches!(step.state, State::Requested | State::Rejected | State::Cancelled);
    StepRow {
        state: step.state.as_str(),
        at: page.time(&step.at),
        who: match (told, step.state) {
            (true, _) => page.who(&step.actor_name),
            (false, State::Cooling) => page.t("bank-checked-by-us"),
            (false, _) => String::new(),
        },
        note: if told { step.note } else { String::new() },
    }
}
