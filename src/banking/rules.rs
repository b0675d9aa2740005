//! What an account must be to be paid to, which step follows which, and who may take it. Pure.

use std::fmt;

use crate::text_enum;
use crate::values::{
    Actor, CustomerRole, EmailAddress, Fingerprint, Key, Problem, StaffRole, Text,
};

text_enum! {
    /// Where an account stands on its way to being the one that is paid to.
    pub enum State {
        /// The customer asked for it.
        Requested = "requested",
        /// Finance found it right; it waits out the cool-down.
        Cooling = "cooling",
        /// It is the account that is paid to.
        Effective = "effective",
        /// Another one took its place.
        Superseded = "superseded",
        /// Finance turned it down.
        Rejected = "rejected",
        /// Taken back before it took effect.
        Cancelled = "cancelled",
    }
}

impl State {
    /// A change under way: nothing is paid by transfer meanwhile.
    pub const OPEN: &'static [Self] = &[Self::Requested, Self::Cooling];

    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }

    /// The sentence for whoever wanted a step this state doesn't allow.
    pub fn sentence(self) -> Text {
        Text::new(match self {
            Self::Requested => "bank-is-requested",
            Self::Cooling => "bank-is-cooling",
            Self::Effective => "bank-is-effective",
            Self::Superseded => "bank-is-superseded",
            Self::Rejected => "bank-is-rejected",
            Self::Cancelled => "bank-is-cancelled",
        })
    }
}

text_enum! {
    /// What can be done to an account on its way.
    pub enum Action {
        Accept = "accept",
        Reject = "reject",
        Cancel = "cancel",
        /// The cool-down is over.
        TakeEffect = "take_effect",
        /// Another one takes its place.
        GiveWay = "give_way",
    }
}

/// The state an action leads to; None where the state doesn't allow it.
pub fn next(state: State, action: Action) -> Option<State> {
    match (state, action) {
        (State::Requested, Action::Accept) => Some(State::Cooling),
        (State::Requested, Action::Reject) => Some(State::Rejected),
        (State::Requested | State::Cooling, Action::Cancel) => Some(State::Cancelled),
        (State::Cooling, Action::TakeEffect) => Some(State::Effective),
        (State::Effective, Action::GiveWay) => Some(State::Superseded),
        _ => None,
    }
}

/// Who may ask for another account: the customer's finance people and managers, for their own.
pub fn check_may_ask(actor: &Actor, customer: Key) -> Result<(), Text> {
    match actor.identity {
        crate::values::Identity::Customer { customer: own, role, .. }
            if own == customer && role >= CustomerRole::Finance =>
        {
            Ok(())
        }
        _ => Err(Text::new("bank-needs-customer-finance")),
    }
}

/// Who may take the step with an account of the customer's. The clock alone makes one effective.
pub fn check_may(actor: &Actor, action: Action, customer: Key) -> Result<(), Text> {
    let finance = actor.holds(StaffRole::Finance);
    match action {
        Action::Accept | Action::Reject if finance => Ok(()),
        Action::Cancel if finance || check_may_ask(actor, customer).is_ok() => Ok(()),
        Action::TakeEffect | Action::GiveWay
            if actor.identity == crate::values::Identity::System =>
        {
            Ok(())
        }
        _ => Err(Text::new("bank-needs-finance")),
    }
}

/// The number of an account. Shows itself masked wherever it isn't asked for in so many words.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountNumber(String);

impl AccountNumber {
    pub(super) fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The last four digits.
    pub fn masked(&self) -> String {
        let skip = self.0.chars().count().saturating_sub(4);
        format!("**** {}", self.0.chars().skip(skip).collect::<String>())
    }

    /// The whole number.
    pub fn in_full(&self) -> &str {
        &self.0
    }

    /// The whole number in groups of four, as people read it aloud.
    pub fn grouped(&self) -> String {
        let mut grouped = String::new();
        for (at, c) in self.0.chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                grouped.push(' ');
            }
            grouped.push(c);
        }
        grouped
    }
}

impl fmt::Debug for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// What somebody typed of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    pub holder: String,
    pub bank: String,
    pub branch: String,
    pub number: String,
    pub email: String,
    pub phone: String,
}

/// An account as it can be paid to, and whom to ask about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    pub holder: String,
    pub bank: String,
    pub branch: String,
    pub number: AccountNumber,
    pub email: EmailAddress,
    pub phone: String,
}

const LONGEST_NAME: usize = 100;

/// Reads what was typed for the customer of this name; all that is wrong is said at once.
pub fn read(typed: &Typed, customer: &str) -> Result<Details, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut wrong = |field: &str, text: Text| problems.push(Problem::new(field, text));
    let holder = typed.holder.trim();
    if holder.is_empty() {
        wrong("holder", Text::new("bank-holder-missing"));
    } else if holder != customer {
        wrong("holder", Text::new("bank-holder-other").with("name", customer));
    }
    for (field, text, missing) in [
        ("bank", &typed.bank, "bank-bank-missing"),
        ("branch", &typed.branch, "bank-branch-missing"),
    ] {
        let text = text.trim();
        if text.is_empty() {
            wrong(field, Text::new(missing));
        } else if text.chars().count() > LONGEST_NAME || text.chars().any(char::is_control) {
            wrong(field, Text::new("bank-too-long").with("most", LONGEST_NAME));
        }
    }
    let number = match read_number(&typed.number) {
        Ok(number) => Some(number),
        Err(why) => {
            wrong("number", why);
            None
        }
    };
    let email = EmailAddress::parse(&typed.email);
    if email.is_none() {
        wrong("email", Text::new("bank-email-wrong"));
    }
    let phone = typed.phone.trim();
    if !is_phone(phone) {
        wrong("phone", Text::new("bank-phone-wrong"));
    }
    match (number, email) {
        (Some(number), Some(email)) if problems.is_empty() => Ok(Details {
            holder: holder.to_owned(),
            bank: typed.bank.trim().to_owned(),
            branch: typed.branch.trim().to_owned(),
            number,
            email,
            phone: phone.to_owned(),
        }),
        _ => Err(problems),
    }
}

/// At least seven digits, and nothing but digits and what people write between them.
fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (7..=20).contains(&digits)
        && text.chars().count() <= 40
        && text.chars().all(|c| c.is_ascii_digit() || " +-()（）转x#".contains(c))
}

/// Digits, spaces and hyphens between them left out; or an IBAN whose check digits fit.
fn read_number(text: &str) -> Result<AccountNumber, Text> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let plain = plain.to_ascii_uppercase();
    if plain.is_empty() {
        return Err(Text::new("bank-number-missing"));
    }
    let digits = plain.bytes().all(|b| b.is_ascii_digit());
    let is_iban = plain.len() >= 15
        && plain.bytes().take(2).all(|b| b.is_ascii_uppercase())
        && plain.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_iban {
        return if plain.len() <= 34 && iban_fits(&plain) {
            Ok(AccountNumber(plain))
        } else {
            Err(Text::new("bank-number-iban"))
        };
    }
    if !digits {
        return Err(Text::new("bank-number-letters"));
    }
    if !(8..=32).contains(&plain.len()) || plain.bytes().all(|b| b == b'0') {
        return Err(Text::new("bank-number-length"));
    }
    if is_card(&plain) {
        return Err(Text::new("bank-number-card"));
    }
    Ok(AccountNumber(plain))
}

/// A UnionPay card: those are people's, and nothing is paid to a person.
fn is_card(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte.saturating_sub(b'0'));
            match (at % 2, digit) {
                (0, digit) => digit,
                (_, digit) if digit > 4 => digit * 2 - 9,
                (_, digit) => digit * 2,
            }
        })
        .sum();
    digits.starts_with("62") && (16..=19).contains(&digits.len()) && sum.is_multiple_of(10)
}

/// ISO 13616: the first four moved to the end, letters as 10 to 35, leave 1 divided by 97.
fn iban_fits(iban: &str) -> bool {
    let Some((head, rest)) = iban.split_at_checked(4) else { return false };
    let rest = rest.chars().chain(head.chars()).filter_map(|c| c.to_digit(36));
    rest.fold(0_u32, |sum, digit| {
        let sum = if digit > 9 { sum * 100 } else { sum * 10 };
        (sum + digit) % 97
    }) == 1
}

/// Covers everything that says where money goes, and whom to ask.
pub fn content_hash(customer: Key, details: &Details) -> String {
    Fingerprint::new("openrebate bank account 1")
        .field(customer.to_string())
        .field(&details.holder)
        .field(&details.bank)
        .field(&details.branch)
        .field(details.number.in_full())
        .field(details.email.as_str())
        .field(&details.phone)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{Identity, PersonId};

    #[test]
    fn every_action_in_every_state() {
        let allowed = [
            ("requested", "accept", "cooling"),
            ("requested", "reject", "rejected"),
            ("requested", "cancel", "cancelled"),
            ("cooling", "cancel", "cancelled"),
            ("cooling", "take_effect", "effective"),
            ("effective", "give_way", "superseded"),
        ];
        for state in State::ALL {
            for action in Action::ALL {
                let expected = allowed
                    .iter()
                    .find(|(from, by, _)| *from == state.as_str() && *by == action.as_str())
                    .map(|(_, _, to)| *to);
                let found = next(*state, *action).map(|to| to.as_str());
                assert_eq!(found, expected, "{state} {action}");
            }
        }
    }

    fn staff(role: StaffRole) -> Actor {
        let identity = Identity::Staff { person: PersonId::from_text("s"), roles: [role].into() };
        Actor { identity, ..Actor::operator() }
    }

    fn buyer(customer: Key, role: CustomerRole) -> Actor {
        let identity = Identity::Customer { person: PersonId::from_text("c"), customer, role };
        Actor { identity, ..Actor::operator() }
    }

    #[test]
    fn every_action_by_everybody() {
        let cast: Vec<(&str, Actor)> = StaffRole::ALL
            .iter()
            .map(|role| (role.as_str(), staff(*role)))
            .chain([
                ("own viewer", buyer(1, CustomerRole::Viewer)),
                ("own finance", buyer(1, CustomerRole::Finance)),
                ("own manager", buyer(1, CustomerRole::Manager)),
                ("other manager", buyer(2, CustomerRole::Manager)),
                ("operator", Actor::operator()),
                ("clock", Actor::system("bank accounts")),
            ])
            .collect();
        for action in Action::ALL {
            for (name, actor) in &cast {
                let expected = match action {
                    Action::Accept | Action::Reject => *name == "finance",
                    Action::Cancel => ["finance", "own finance", "own manager"].contains(name),
                    Action::TakeEffect | Action::GiveWay => *name == "clock",
                };
                assert_eq!(check_may(actor, *action, 1).is_ok(), expected, "{action} by {name}");
            }
        }
        for (name, actor) in &cast {
            let expected = ["own finance", "own manager"].contains(name);
            assert_eq!(check_may_ask(actor, 1).is_ok(), expected, "asked by {name}");
        }
    }

    fn good() -> Typed {
        Typed {
            holder: " 甲商贸有限公司 ".to_owned(),
            bank: "中国工商银行".to_owned(),
            branch: "上海市徐汇支行".to_owned(),
            number: "1001 2345-6789 0123 456".to_owned(),
            email: "Finance@Jia.example".to_owned(),
            phone: "021-5550 0199 转 8".to_owned(),
        }
    }

    fn keys(typed: &Typed) -> Vec<(String, &'static str)> {
        let problems = read(typed, "甲商贸有限公司").err().unwrap_or_default();
        problems.into_iter().map(|p| (p.field, p.text.key)).collect()
    }

    #[test]
    fn what_is_typed_is_read_or_refused_at_its_field() {
        let read = read(&good(), "甲商贸有限公司").unwrap();
        assert_eq!(read.number.in_full(), "1001234567890123456");
        assert_eq!(read.number.masked(), "**** 3456");
        assert_eq!(read.number.grouped(), "1001 2345 6789 0123 456");
        assert_eq!(format!("{:?}", read.number), "**** 3456");
        assert_eq!(read.email.as_str(), "finance@jia.example");
        let all = keys(&Typed::default());
        let expected = [
            ("holder", "bank-holder-missing"),
            ("bank", "bank-bank-missing"),
            ("branch", "bank-branch-missing"),
            ("number", "bank-number-missing"),
            ("email", "bank-email-wrong"),
            ("phone", "bank-phone-wrong"),
        ];
        assert_eq!(all, expected.map(|(field, key)| (field.to_owned(), key)));
    }

    #[test]
    fn a_person_or_another_company_is_not_paid() {
        for holder in
            ["张三", "甲商贸有限公司上海分公司", "甲商贸 有限公司", "甲商贸有限公司（张三）"]
        {
            let typed = Typed { holder: holder.to_owned(), ..good() };
            assert_eq!(keys(&typed), [("holder".to_owned(), "bank-holder-other")], "{holder}");
        }
    }

    #[test]
    fn numbers_that_can_be_an_accounts() {
        for (number, expected) in [
            ("12345678", None),
            ("1001234567890123456", None),
            // The same digits as a card's but one: the check digit doesn't fit.
            ("6222021001116245703", None),
            ("6222021001116245702", Some("bank-number-card")),
            ("DE89 3704 0044 0532 0130 00", None),
            ("GB82WEST12345698765432", None),
            ("DE89370400440532013001", Some("bank-number-iban")),
            ("1234567", Some("bank-number-length")),
            ("00000000000", Some("bank-number-length")),
            (&"1".repeat(33), Some("bank-number-length")),
            ("12345O7890123", Some("bank-number-letters")),
            ("一二三四五六七八", Some("bank-number-letters")),
        ] {
            let typed = Typed { number: number.to_owned(), ..good() };
            let found = keys(&typed).first().map(|(_, key)| *key);
            assert_eq!(found, expected, "{number}");
        }
    }

    #[test]
    fn phones_have_digits() {
        for (phone, fits) in [
            ("+86 21 5550 0199", true),
            ("13800000000", true),
            ("（021）5550-0199", true),
            ("call me", false),
            ("12345", false),
            ("021-5550 0199; DROP", false),
        ] {
            let typed = Typed { phone: phone.to_owned(), ..good() };
            assert_eq!(keys(&typed).is_empty(), fits, "{phone}");
        }
    }

    #[test]
    fn the_hash_covers_where_money_goes() {
        let details = read(&good(), "甲商贸有限公司").unwrap();
        let hash = content_hash(1, &details);
        let other = |change: fn(&mut Details)| {
            let mut other = details.clone();
            change(&mut other);
            content_hash(1, &other)
        };
        for changed in [
            content_hash(2, &details),
            other(|d| d.holder.push('x')),
            other(|d| d.bank.push('x')),
            other(|d| d.branch.push('x')),
            other(|d| d.number = AccountNumber::stored("1")),
            other(|d| d.phone.push('1')),
        ] {
            assert_ne!(hash, changed);
        }
        assert_eq!(hash, content_hash(1, &details));
    }
}
