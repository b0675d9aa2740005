//! Least and most that contradict each other, or what the tiers pay (DOMAIN §3.8).

use rust_decimal::Decimal;

use super::read::{Faults, Reader, entries};
use super::terms::{Reward, TierReward};
use crate::values::{PeriodKind, Text};

/// Two amounts of the reward of which the first must not be above the second.
struct Pair {
    low: Option<Decimal>,
    high: Option<Decimal>,
    /// Where it is said, and how.
    at: &'static str,
    key: &'static str,
}

/// Reports limits of the reward that can't all be kept.
pub(super) fn agree(
    period: Option<PeriodKind>,
    reward: &Reward,
    root: &mut Reader<'_, '_>,
    f: &mut Faults<'_>,
) {
    let mut table = root.table("reward", f);
    let (least, year) = (reward.guarantee, reward.guarantee_cumulative);
    let (cap, total, payout) = (reward.cap, reward.cap_total, reward.minimum_payout);
    // One period pays at most once; of several, what is below waits for the next.
    let once = cap.filter(|_| period == Some(PeriodKind::Term));
    let of_year = all_caps(period, reward);
    let pairs = [
        Pair { low: least, high: cap, at: "cap", key: "policy-cap-below-guarantee" },
        Pair { low: cap, high: total, at: "cap_total", key: "policy-cap-total-below-cap" },
        Pair { low: least, high: total, at: "cap_total", key: "policy-cap-total-below-guarantee" },
        Pair { low: year, high: total, at: "cap_total", key: "policy-cap-total-below-year" },
        Pair {
            low: least,
            high: year,
            at: "guarantee_cumulative",
            key: "policy-year-below-guarantee",
        },
        Pair {
            low: year,
            high: of_year,
            at: "guarantee_cumulative",
            key: "policy-year-above-caps",
        },
        Pair { low: payout, high: total, at: "minimum_payout", key: "policy-minimum-above-total" },
        Pair { low: payout, high: once, at: "minimum_payout", key: "policy-minimum-above-cap" },
    ];
    for Pair { low, high, at, key } in pairs {
        if let (Some(low), Some(high), Some(item)) = (low, high, table.item(at))
            && low > high
        {
            let text = Text::new(key).with("low", low).with("high", high);
            f.add(item.offset, item.path, text);
        }
    }
    tiers(reward, &mut table, f);
}

/// What the caps of a calendar year's periods come to.
fn all_caps(period: Option<PeriodKind>, reward: &Reward) -> Option<Decimal> {
    let periods = match period? {
        PeriodKind::Month => 12,
        PeriodKind::Quarter => 4,
        PeriodKind::HalfYear => 2,
        PeriodKind::Year | PeriodKind::Term => return None,
    };
    reward.cap?.checked_mul(Decimal::from(periods))
}

/// A sum above the cap is never paid.
fn tiers(reward: &Reward, table: &mut Reader<'_, '_>, f: &mut Faults<'_>) {
    let Some(list) = table.item("tiers") else { return };
    let most = [reward.cap, reward.cap_total].into_iter().flatten().min();
    let Some(most) = most else { return };
    for (item, tier) in entries(&list).unwrap_or_default().iter().zip(&reward.tiers) {
        if let TierReward::LumpSum(sum) = tier.reward
            && sum > most
        {
            let text = Text::new("policy-lump-above-cap").with("low", sum).with("high", most);
            let mut tier = Reader::of_item(item, f);
            if let Some(sum) = tier.item("lump_sum") {
                f.add(sum.offset, sum.path, text);
            }
        }
    }
}
