//! Several policies that compete for the same customer and period: one counts (DOMAIN §3.9).

use super::calculation::{Calculation, Reason, Step};
use crate::policies::{Overlap, OverlapRule};

/// Lets one of the competing calculations count; the others come to zero and name it. One that is
/// zero anyway keeps its own reason, which says more.
pub fn settle(competing: &mut [(&Overlap, &mut Calculation)]) {
    let Some(winner) = winner(competing) else { return };
    for (_, calculation) in competing {
        if calculation.policy != winner && calculation.rebate_minor != 0 {
            calculation.lose_to(&winner);
        }
    }
}

/// The code of the policy that counts; None when none of them has anything to count.
fn winner(competing: &[(&Overlap, &mut Calculation)]) -> Option<String> {
    let counts = |calculation: &Calculation| {
        let reason = calculation.reason;
        !matches!(reason, Some(Reason::NotInForce | Reason::NotEligible | Reason::NoLines))
    };
    let candidates = competing.iter().filter(|(_, calculation)| counts(calculation));
    let best = candidates.min_by_key(|(overlap, calculation)| {
        let rank = match overlap.rule {
            OverlapRule::Best => -i128::from(calculation.rebate_minor),
            OverlapRule::First => overlap.priority.map_or(i128::MAX, i128::from),
        };
        (rank, calculation.policy.clone())
    });
    best.map(|(_, calculation)| calculation.policy.clone())
}

impl Calculation {
    fn lose_to(&mut self, winner: &str) {
        let minor = self.rebate_minor;
        self.steps.push(Step::Lost { to: winner.to_owned(), minor });
        self.rebate_minor = 0;
        self.reason = Some(Reason::LostToOther);
        self.lost_to = Some(winner.to_owned());
    }
}
