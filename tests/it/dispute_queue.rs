//! The queue at random: whatever is asked, in whatever order, its pages one after the other are
//! the whole list, once each, forwards and backwards; and never more than that.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use openrebate::disputes::{
    self, Category, Filter, Lane, Order, Place, QueueCounts, Reach, Sort, State, View,
};
use openrebate::values::{Key, PersonId, PolicyId};

use crate::support::{Case, TestApp, a_customer, moment, seed};

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    fn one_of<T: Clone>(&mut self, these: &[T]) -> T {
        these[usize::try_from(self.roll(these.len() as u64)).unwrap()].clone()
    }

    fn maybe<T>(&mut self, value: T) -> Option<T> {
        (self.roll(4) == 0).then_some(value)
    }
}

const PEOPLE: [&str; 4] = ["", "ann", "ben", "cai"];
const MANAGERS: [&str; 4] = ["", "ann@example.com", "ben@example.com", "cai@example.com"];
const TEXTS: [&str; 5] =
    ["少计一张发票", "返利金额不对，见 FP08811037", "付款未到账", "退货扣减有误", "ＡＢ-7 换货"];

fn random_cases(dice: &mut Dice, customers: &[(Key, &str)], today: NaiveDate) -> Vec<Case> {
    let start = moment("2026-08-01T00:00:00Z");
    let mut filed_at = start;
    (1..=240)
        .map(|seq| {
            // Some are filed in the same second.
            filed_at += TimeDelta::seconds(i64::try_from(dice.roll(3) * 3_600).unwrap());
            let (customer, manager) = dice.one_of(customers);
            let far = Days::new(dice.roll(20));
            let asleep = today + Days::new(dice.roll(3));
            Case {
                seq,
                customer,
                manager: manager.to_owned(),
                owner: dice.one_of(&PEOPLE).to_owned(),
                state: dice.one_of(State::ALL),
                category: dice.one_of(Category::ALL),
                policy: dice.one_of(&["", "p1", "p2"]).to_owned(),
                amount: i64::try_from(dice.roll(6)).unwrap() * 12_345,
                due: today - Days::new(10) + far,
                asleep_until: dice.maybe(asleep),
                filed_at,
                last_at: filed_at + TimeDelta::hours(i64::try_from(dice.roll(5)).unwrap()),
                text: dice.one_of(&TEXTS).to_owned(),
            }
        })
        .collect()
}

/// What the filter means, said once more and slowly.
fn fits(case: &Case, reach: &Reach, filter: &Filter, names: &[(Key, &str)]) -> bool {
    let me = reach.person.as_ref().map_or("-", |person| person.as_str());
    let lane = Lane::of(case.state);
    let open = lane != Lane::Done;
    let asleep = case.asleep_until.is_some_and(|day| day > filter.today);
    let in_state = filter.state.is_none_or(|state| case.state == state);
    let viewed = match filter.view {
        View::Mine => case.owner == me && !asleep && (open || filter.state.is_some()),
        View::Snoozed => case.owner == me && asleep && (open || filter.state.is_some()),
        View::Unassigned => case.owner.is_empty() && (open || filter.state.is_some()),
        View::AboutToBreach => case.listed_due().is_some_and(|due| due <= filter.soon),
        View::Waiting => lane == Lane::Waiting,
        View::Approvals => lane == Lane::Approval,
        View::Appeals => lane == Lane::Appeal,
        View::All => true,
    };
    let reached = match &reach.portfolio {
        Some(_) => {
            let others = reach.others.iter().any(|(id, _)| case.owner == id.as_str());
            let manager = Some(case.manager.as_str()).filter(|manager| !manager.is_empty());
            reach.manages(manager) || case.owner == me || others
        }
        None => true,
    };
    let (least, most) = filter.amount;
    let (from, before) = filter.filed;
    let search = openrebate::db::folded(&filter.search);
    let number = openrebate::db::folded(&case.number());
    let name = names.iter().find(|(key, _)| *key == case.customer).map_or("", |(_, name)| name);
    let found = filter.search.is_empty()
        || (!search.is_empty()
            && (number.contains(&search) || openrebate::db::folded(&case.text).contains(&search)))
        || name.contains(&filter.search);
    viewed
        && reached
        && in_state
        && found
        && filter.category.is_none_or(|category| case.category == category)
        && filter.customer.is_none_or(|customer| case.customer == customer)
        && filter.owner.as_ref().is_none_or(|owner| case.owner == owner.as_str())
        && filter.policy.as_ref().is_none_or(|policy| case.policy == policy.as_str())
        && least.is_none_or(|least| case.amount * 100 >= least)
        && most.is_none_or(|most| case.amount * 100 <= most)
        && from.is_none_or(|from| case.filed_at >= from)
        && before.is_none_or(|before| case.filed_at < before)
        && (!filter.overdue || case.listed_due().is_some_and(|due| due < filter.today))
}

fn expected(
    cases: &[Case],
    reach: &Reach,
    filter: &Filter,
    order: Order,
    names: &[(Key, &str)],
) -> Vec<String> {
    let never = NaiveDate::MAX;
    let mut list: Vec<&Case> =
        cases.iter().filter(|case| fits(case, reach, filter, names)).collect();
    list.sort_by_key(|case| {
        let (day, at, amount) = match order.by {
            Sort::Due => (case.listed_due().unwrap_or(never), DateTime::UNIX_EPOCH, 0),
            Sort::Filed => (never, case.filed_at, 0),
            Sort::Amount => (never, DateTime::UNIX_EPOCH, case.amount),
            Sort::Last => (never, case.last_at, 0),
        };
        (day, at, amount, case.seq)
    });
    if order.descending {
        list.reverse();
    }
    list.into_iter().map(Case::number).collect()
}

/// All pages from the first on, one after the other; and where the last one was.
fn forwards(
    app: &TestApp,
    reach: &Reach,
    filter: &Filter,
    order: Order,
    limit: usize,
) -> (Vec<Vec<String>>, Place) {
    let (mut pages, mut place) = (Vec::new(), Place::Start);
    loop {
        let page = app.read(|conn| disputes::queue(conn, reach, filter, order, &place, limit));
        assert!(page.items.len() <= limit);
        assert_eq!(page.previous.is_some(), place != Place::Start, "{place:?}");
        pages.push(page.items.into_iter().map(|item| item.number).collect());
        match page.next {
            Some(next) => place = next,
            None => return (pages, place),
        }
        assert!(pages.len() < 1_000, "the pages go round in circles");
    }
}

/// The same from the last page back to the first.
fn backwards(
    app: &TestApp,
    reach: &Reach,
    filter: &Filter,
    order: Order,
    limit: usize,
    from: Place,
) -> Vec<String> {
    let mut list = Vec::new();
    let mut place = Some(from);
    while let Some(here) = place {
        let page = app.read(|conn| disputes::queue(conn, reach, filter, order, &here, limit));
        let mut numbers: Vec<String> = page.items.into_iter().map(|item| item.number).collect();
        // The first page is whole: it repeats what was seen already.
        numbers.retain(|number| !list.contains(number));
        numbers.append(&mut list);
        list = numbers;
        place = page.previous;
    }
    list
}

/// One of them leads so many that their lists are no longer ranges.
fn reaches() -> [Reach; 4] {
    let person = |id: &str| Some(PersonId::from_text(id));
    let led =
        (0..9).map(|at| (PersonId::from_text(&format!("p{at}")), format!("p{at}@example.com")));
    let led = led.chain([(PersonId::from_text("cai"), "cai@example.com".to_owned())]);
    [
        Reach {
            person: person("ann"),
            others: led.collect(),
            portfolio: Some("ann@example.com".to_owned()),
        },
        Reach { person: person("ann"), others: Vec::new(), portfolio: None },
        Reach {
            person: person("ann"),
            others: Vec::new(),
            portfolio: Some("ann@example.com".to_owned()),
        },
        Reach {
            person: person("ben"),
            others: vec![(PersonId::from_text("cai"), "Cai@example.com".to_owned())],
            portfolio: Some("ben@example.com".to_owned()),
        },
    ]
}

fn random_filter(dice: &mut Dice, customers: &[(Key, &str)], today: NaiveDate) -> Filter {
    let noon =
        |day: i64| -> DateTime<Utc> { moment("2026-08-01T12:00:00Z") + TimeDelta::days(day) };
    let words = [
        "发票",
        "张",
        "fp088",
        "08811037",
        "ab 7",
        "ZY-2026-10-000007",
        "0001",
        "恒通",
        "%",
        "没有",
    ];
    let amount = |dice: &mut Dice| i64::try_from(dice.roll(6)).unwrap() * 1_234_500;
    let filed = |dice: &mut Dice| noon(i64::try_from(dice.roll(12)).unwrap());
    let mut filter = Filter::of(dice.one_of(View::ALL), today, today + Days::new(1));
    if dice.roll(3) == 0 {
        return filter;
    }
    filter.state = dice.maybe(State::ALL).map(|all| dice.one_of(all));
    filter.category = dice.maybe(Category::ALL).map(|all| dice.one_of(all));
    filter.customer = dice.maybe(customers).map(|all| dice.one_of(all).0);
    filter.owner = dice.maybe(&PEOPLE[1..]).map(|all| PersonId::from_text(dice.one_of(all)));
    filter.policy = dice.maybe(&["p1", "p2"]).map(|all| PolicyId::from_text(dice.one_of(all)));
    filter.amount = (dice.maybe(()).map(|()| amount(dice)), dice.maybe(()).map(|()| amount(dice)));
    filter.filed = (dice.maybe(()).map(|()| filed(dice)), dice.maybe(()).map(|()| filed(dice)));
    filter.overdue = dice.roll(8) == 0;
    filter.search = dice.maybe(&words).map_or_else(String::new, |all| dice.one_of(all).to_owned());
    filter
}

fn counted(counts: QueueCounts) -> [(View, i64); 7] {
    [
        (View::Mine, counts.mine),
        (View::Snoozed, counts.snoozed),
        (View::Unassigned, counts.unassigned),
        (View::AboutToBreach, counts.about_to_breach),
        (View::Waiting, counts.waiting),
        (View::Approvals, counts.approvals),
        (View::Appeals, counts.appeals),
    ]
}

both! {
    fn the_pages_of_any_list_are_the_whole_list_once(app: &TestApp) {
        let today = app.db.today();
        let names = ["恒通商贸", "盛达电器", "远航家电", "海星超市"];
        let managers = MANAGERS;
        let customers: Vec<(Key, &str)> = (0..4)
            .map(|at| (a_customer(app, &format!("D-{at}"), names[at]), managers[at]))
            .collect();
        let named: Vec<(Key, &str)> = customers.iter().zip(names).map(|((key, _), name)| (*key, name)).collect();
        let seed_of_dice = 0x2545_f491_4f6c_dd1d;
        let mut dice = Dice(seed_of_dice);
        let cases = random_cases(&mut dice, &customers, today);
        seed(app, &cases);
        for reach in &reaches() {
            let counts = app.read(|conn| disputes::queue_counts(conn, reach, today, today + Days::new(1)));
            for (view, count) in counted(counts) {
                let filter = Filter::of(view, today, today + Days::new(1));
                let whole = cases.iter().filter(|case| fits(case, reach, &filter, &named)).count();
                assert_eq!(count, i64::try_from(whole).unwrap(), "{view} of {reach:?}");
            }
        }
        for round in 0..250 {
            let reach = dice.one_of(&reaches());
            let filter = random_filter(&mut dice, &customers, today);
            let order = Order { by: dice.one_of(Sort::ALL), descending: dice.roll(2) == 0 };
            let limit = usize::try_from(1 + dice.roll(30)).unwrap();
            let list = expected(&cases, &reach, &filter, order, &named);
            let (pages, last) = forwards(app, &reach, &filter, order, limit);
            let asked = format!("round {round}: {reach:?} {filter:?} {order:?} {limit} a page");
            assert_eq!(pages.concat(), list, "{asked}");
            assert_eq!(backwards(app, &reach, &filter, order, limit, last), list, "backwards, {asked}");
        }
    }

    fn what_is_rare_among_many_is_found_bit_by_bit_and_nothing_twice(app: &TestApp) {
        let today = app.db.today();
        let customer = a_customer(app, "D-0", "恒通商贸");
        // 2,300 old ones among 14,000: too many to sort, and far from where a list begins.
        let case = |seq: i64| Case {
            seq,
            customer,
            manager: "manager@example.com".to_owned(),
            owner: String::new(),
            state: if seq % 2 == 0 { State::Closed } else { State::InReview },
            category: if seq <= 2_300 { Category::WrongTier } else { Category::Other },
            policy: String::new(),
            amount: seq % 500,
            due: today + Days::new(u64::try_from(seq % 30).unwrap()),
            asleep_until: None,
            filed_at: moment("2026-01-01T00:00:00Z") + TimeDelta::minutes(seq),
            last_at: moment("2026-01-01T00:00:00Z") + TimeDelta::minutes(seq),
            text: if seq <= 2_300 { "罕见的原因" } else { "少计一张发票" }.to_owned(),
        };
        let cases: Vec<Case> = (1..=14_000).map(case).collect();
        seed(app, &cases);
        let reach = Reach::default();
        let all = Filter::of(View::All, today, today);
        let order = Order { by: Sort::Filed, descending: true };
        for filter in [
            Filter { category: Some(Category::WrongTier), ..all.clone() },
            Filter { search: "罕见".to_owned(), ..all.clone() },
            Filter { search: "罕".to_owned(), ..all.clone() },
        ] {
            let (pages, last) = forwards(app, &reach, &filter, order, 100);
            assert_eq!(pages[0], [""; 0], "the first rows looked at have none");
            let list = expected(&cases, &reach, &filter, order, &[]);
            assert_eq!(pages.concat(), list);
            assert_eq!(backwards(app, &reach, &filter, order, 100, last), list);
        }
        // What is nowhere is told to be nowhere at once.
        let nowhere = Filter { search: "从未出现".to_owned(), ..all.clone() };
        let (pages, _) = forwards(app, &reach, &nowhere, order, 25);
        assert_eq!(pages, [[""; 0]]);
        let counts = app.read(|conn| disputes::queue_counts(conn, &reach, today, today));
        assert_eq!(counts.unassigned, disputes::COUNTED + 1);
    }
}
