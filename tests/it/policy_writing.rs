//! Every policy there can be, written as a file and read back.

use chrono::{Days, NaiveDate};
use openrebate::policies::{
    Beneficiary, Bound, CustomerScope, DateBasis, Form, GrowthOn, Measure, MeasureKind, MeasureOf,
    MeasureScope, Names, NoBaseline, Overlap, OverlapRule, ProductScope, Reward, Rounding, Terms,
    Tier, TierMode, TierReward, Window, parse, write_toml,
};
use openrebate::values::{Currency, PeriodKind};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;

/// Whatever people type: quotes, backslashes, Chinese, blanks inside.
fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9中文返利#=\\[\\]\"'\\\\]([a-zA-Z0-9 中文返利#=\\[\\]\"'\\\\,]{0,12}[a-z中\"\\\\])?"
}

fn names() -> impl Strategy<Value = Vec<String>> {
    btree_set(name(), 0..4).prop_map(|set| set.into_iter().collect())
}

/// Lists, and exceptions that take out nothing of them.
fn apart() -> impl Strategy<Value = (Vec<String>, Vec<String>)> {
    (names(), names()).prop_map(|(list, except)| {
        let except = except.into_iter().filter(|value| !list.contains(value)).collect();
        (list, except)
    })
}

fn customers() -> impl Strategy<Value = CustomerScope> {
    let types = select(vec![vec![], vec!["customer"], vec!["distributor", "customer"]]);
    (types, names(), names(), apart(), names(), 0..=1200u32).prop_map(
        |(types, classes, regions, (codes, except), groups, min_tenure_months)| CustomerScope {
            types: types.into_iter().map(str::to_owned).collect(),
            classes,
            regions,
            codes,
            groups,
            except,
            min_tenure_months,
        },
    )
}

fn products() -> impl Strategy<Value = ProductScope> {
    (apart(), apart(), apart()).prop_map(|(categories, brands, codes)| ProductScope {
        categories: categories.0,
        brands: brands.0,
        codes: codes.0,
        except_categories: categories.1,
        except_brands: brands.1,
        except_codes: codes.1,
    })
}

fn measure() -> impl Strategy<Value = Measure> {
    (
        select(MeasureKind::ALL),
        select(MeasureOf::ALL),
        select(Window::ALL),
        select(MeasureScope::ALL),
        select(Beneficiary::ALL),
        option::of(1..=3u32),
        select(GrowthOn::ALL),
        select(DateBasis::ALL),
    )
        .prop_map(|(kind, of, window, scope, beneficiary, tier, growth_on, date)| {
            let growth = kind == MeasureKind::Growth;
            let percent = growth || kind == MeasureKind::Target;
            Measure {
                kind,
                of: if percent { of } else { MeasureOf::default() },
                window,
                scope,
                beneficiary: if scope == MeasureScope::Group {
                    beneficiary
                } else {
                    Beneficiary::default()
                },
                no_baseline: tier.filter(|_| growth).map_or(NoBaseline::None, NoBaseline::Tier),
                growth_on: if growth { growth_on } else { GrowthOn::default() },
                date,
            }
        })
}

fn hundredths(most: i64) -> impl Strategy<Value = Decimal> {
    (1..=most).prop_map(|n| Decimal::new(n, 2).normalize())
}

/// What a tier may pay under the measure: 0 percent, 1 per unit, 2 a lump sum.
fn pays() -> impl Strategy<Value = (u8, Decimal)> {
    (0..3u8, (0..=100_000_000i64).prop_map(|n| Decimal::new(n, 6).normalize()))
}

fn reward() -> impl Strategy<Value = Reward> {
    let bounds = btree_set(0..=10_000_000_000i64, 3..8);
    let limits = (
        option::of(hundredths(10_000)),
        option::of(hundredths(10_000)),
        option::of(hundredths(10_000)),
        option::of(hundredths(10_000)),
        option::of(hundredths(10_000)),
    );
    (
        select(TierMode::ALL),
        select(Bound::ALL),
        select(Rounding::ALL),
        limits,
        bounds,
        vec(pays(), 8),
    )
        .prop_map(|(tier_mode, bound, rounding, limits, bounds, pays)| {
            let (cap, cap_total, guarantee, guarantee_cumulative, minimum_payout) = limits;
            // A cap stands above what is guaranteed.
            let above = |cap: Option<Decimal>| cap.map(|cap| cap + Decimal::from(10_000));
            let tiers = bounds.into_iter().zip(pays).map(|(from, (kind, rate))| Tier {
                from: Decimal::new(from, 2).normalize(),
                reward: match kind {
                    0 => TierReward::Percent(rate),
                    1 => TierReward::PerUnit(rate),
                    _ => TierReward::LumpSum(rate.round_dp(2).normalize()),
                },
            });
            Reward {
                tier_mode,
                bound,
                rounding,
                cap: above(cap),
                cap_total: above(above(cap_total)),
                guarantee,
                guarantee_cumulative,
                minimum_payout,
                tiers: tiers.collect(),
            }
        })
}

fn overlap() -> impl Strategy<Value = Option<Overlap>> {
    option::of((name(), select(OverlapRule::ALL), 0..=1_000_000u32, any::<bool>()).prop_map(
        |(exclusive_group, rule, priority, given)| Overlap {
            exclusive_group,
            rule,
            priority: (given || rule == OverlapRule::First).then_some(priority),
        },
    ))
}

fn head() -> impl Strategy<Value = Terms> {
    (
        ("[a-zA-Z0-9中][a-zA-Z0-9中._-]{0,30}", select(vec!["CNY", "USD", "JPY"]), name(), name()),
        (select(PeriodKind::ALL), 0..3000u64, option::of(0..3000u64), select(Form::ALL)),
        (
            option::of(0..=730u32),
            0..=366u32,
            option::of(1..=120u32),
            any::<bool>(),
            option::of(name()),
        ),
        (customers(), products(), option::of(products()), measure(), reward(), overlap()),
    )
        .prop_map(|(head, time, tail, rest)| {
            let (code, currency, zh_cn, en) = head;
            let (period, start, length, form) = time;
            let (settle_within_days, grace_days, expires_after_months, owned, contract_ref) = tail;
            let (customers, products, qualifying_products, measure, reward, overlap) = rest;
            let from = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() + Days::new(start);
            let length = if period == PeriodKind::Term { length.or(Some(30)) } else { length };
            Terms {
                code,
                currency: currency.parse::<Currency>().unwrap(),
                period,
                from,
                to: length.map(|days| from + Days::new(days)),
                form,
                settle_within_days,
                grace_days,
                expires_after_months,
                owner: owned.then(|| "o'neil+x@example.com".to_owned()),
                contract_ref,
                name: Names { zh_cn, en },
                customers,
                products,
                qualifying_products,
                measure,
                reward,
                overlap,
            }
        })
}

/// Any terms that mean something: what contradicts itself is made to agree.
fn terms() -> impl Strategy<Value = Terms> {
    head().prop_map(|mut t| {
        let measure = &mut t.measure;
        t.settle_within_days = t.settle_within_days.map(|days| days.max(t.grace_days));
        // A year's minimum stands above a period's.
        let least = t.reward.guarantee.unwrap_or_default();
        t.reward.guarantee_cumulative = t.reward.guarantee_cumulative.map(|year| (year + least).normalize());
        if matches!(t.period, PeriodKind::Term | PeriodKind::Year) {
            measure.window = Window::Period;
            t.reward.guarantee_cumulative = None;
        }
        let excess = measure.growth_on != GrowthOn::Whole;
        let sliced = matches!(t.reward.tier_mode, TierMode::Marginal | TierMode::Rolling);
        match (measure.growth_on, t.reward.tier_mode) {
            (GrowthOn::Excess, TierMode::Marginal | TierMode::Rolling) => {
                t.reward.tier_mode = TierMode::Total;
            }
            (GrowthOn::Banded, TierMode::Rolling | TierMode::Total) => {
                t.reward.tier_mode = TierMode::Marginal;
            }
            _ => {}
        }
        if excess || sliced {
            t.qualifying_products = None;
            if measure.scope == MeasureScope::Group {
                measure.beneficiary = Beneficiary::Parent;
            }
        }
        let units = match measure.kind {
            MeasureKind::Amount => false,
            MeasureKind::Quantity => true,
            MeasureKind::Growth | MeasureKind::Target => measure.of == MeasureOf::Quantity,
        };
        let percent_measured = matches!(measure.kind, MeasureKind::Growth | MeasureKind::Target);
        let whole = t.currency.decimals() == 0;
        for limit in [
            &mut t.reward.cap,
            &mut t.reward.cap_total,
            &mut t.reward.guarantee,
            &mut t.reward.guarantee_cumulative,
            &mut t.reward.minimum_payout,
        ] {
            if whole {
                *limit = limit.map(|sum| sum.ceil().normalize());
            }
        }
        let lumps = sliced && percent_measured && !excess;
        for tier in &mut t.reward.tiers {
            let (TierReward::Percent(rate)
            | TierReward::PerUnit(rate)
            | TierReward::LumpSum(rate)) = tier.reward;
            let lump = matches!(tier.reward, TierReward::LumpSum(_)) && !excess;
            tier.reward = match (lump || lumps, units) {
                (true, _) if whole => TierReward::LumpSum(rate.trunc().normalize()),
                (true, _) => TierReward::LumpSum(rate.round_dp(2).normalize()),
                (false, true) => TierReward::PerUnit(rate),
                (false, false) => TierReward::Percent(rate),
            };
            if percent_measured {
                // Percent: at most a million.
                tier.from = (tier.from / Decimal::from(100_000)).normalize();
                tier.from = tier.from.round_dp(6).normalize();
            } else if whole && !units {
                tier.from = (tier.from * Decimal::ONE_HUNDRED).normalize();
            }
        }
        t.reward.tiers.dedup_by_key(|tier| tier.from);
        if t.reward.tiers.len() < 3 {
            t.measure.no_baseline = NoBaseline::None;
        }
        t
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_written_reads_back_the_same(terms in terms()) {
        let written = write_toml(&terms);
        let read = match parse(&written) {
            Ok(read) => read,
            Err(problems) => panic!("{problems:#?}\n{written}"),
        };
        prop_assert_eq!(&read, &terms, "{}", written);
        prop_assert_eq!(read.hash(), terms.hash());
        prop_assert_eq!(write_toml(&read), written);
    }
}
