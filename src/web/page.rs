//! What every page carries, whatever it shows. Templates reach it as `page`.

use askama::filters::Safe;
use chrono::{DateTime, NaiveDate, Utc};

use super::{ROUTES, Visit, assets};
use crate::accruals::rules::Amount;
use crate::people::{Person, Side};
use crate::values::{self, Currency, Key, Language, Money, Period, Problem, Quantity};
use crate::words::{self, Words};

/// A message the previous page left: what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub text: String,
}

/// Who reads the page, as its header says it.
pub struct Reader {
    pub name: String,
    /// The customer's name, or the company's for staff.
    pub house: String,
    /// The roles, in words.
    pub roles: String,
    pub staff: bool,
    /// A code is asked for besides the password.
    pub second_factor: bool,
}

/// One entry of the navigation.
pub struct NavItem {
    pub path: &'static str,
    pub text: String,
    pub current: bool,
}

/// One step of the breadcrumb.
pub struct Crumb {
    pub path: String,
    pub text: String,
}

/// Whom to ask about what the page shows.
pub struct Contact {
    pub name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    /// What they are to the reader: the key of its word.
    pub label: &'static str,
}

impl Contact {
    /// Nobody when there is no way to reach them.
    fn of(contact: &values::Contact) -> Option<Self> {
        let reachable = contact.email.is_some() || contact.phone.is_some();
        reachable.then(|| Self {
            name: contact.name.clone(),
            phone: contact.phone.clone(),
            email: contact.email.as_ref().map(ToString::to_string),
            label: "contact-title",
        })
    }
}

/// What every page carries. Made with [`Visit::page`] and filled by its `with_…`.
pub struct Page {
    pub words: &'static Words,
    /// The heading and the name of the browser's tab.
    pub title: String,
    /// The hidden field `token` of every form: see `part/token.html`.
    pub token: String,
    pub company: String,
    /// Shown on top of every page of a portal that isn't live; empty otherwise.
    pub banner: String,
    pub reader: Option<Reader>,
    pub nav: Vec<NavItem>,
    pub crumbs: Vec<Crumb>,
    pub told: Vec<Told>,
    /// Letters the reader hasn't opened yet, as the header says it; None when there are none.
    pub unread: Option<String>,
    /// Where the language switch comes back to.
    pub here: String,
    /// What is wrong with the form's fields: (field, sentence).
    pub problems: Vec<(String, String)>,
    /// The last day with sales data, when the page depends on it.
    pub data_through: Option<String>,
    pub contact: Option<Contact>,
    /// Whether uploaded files are scanned before they are handed out.
    pub scans: bool,
    zone: chrono_tz::Tz,
}

/// The pages of the navigation, in order; those the reader may not go to, or that don't exist,
/// aren't shown.
const NAV: &[(&str, &str)] = &[
    ("/home", "nav-home"),
    ("/programmes", "nav-policies"),
    ("/transactions", "nav-transactions"),
    ("/statements", "nav-statements"),
    ("/payouts", "nav-payouts"),
    ("/disputes", "nav-disputes"),
    ("/people", "nav-people"),
    ("/company", "nav-company"),
    ("/staff", "nav-staff"),
    ("/staff/disputes", "nav-queue"),
    ("/staff/customers", "nav-customers"),
    ("/staff/policies", "nav-staff-policies"),
    ("/staff/announcements", "nav-announcements"),
    ("/staff/imports", "nav-imports"),
    ("/staff/accruals", "nav-accruals"),
    ("/staff/payouts", "nav-payouts"),
    ("/staff/statements", "nav-statements"),
    ("/staff/reconciliation", "nav-reconciliation"),
    ("/staff/mailbox", "nav-mailbox"),
    ("/staff/people", "nav-staff-people"),
    ("/staff/audit", "nav-audit"),
];

impl Page {
    pub(super) fn new(visit: &Visit, title: String) -> Self {
        let person = visit.person();
        // Staff are told whom a customer's page is about; they know their own house.
        let staff = person.is_some_and(|person| person.customer().is_none());
        Self {
            words: visit.words,
            title,
            token: visit.token(),
            company: visit.company.clone(),
            banner: visit.banner.clone(),
            reader: person.map(|p| reader(visit, p)),
            nav: nav(visit),
            crumbs: Vec::new(),
            told: visit.told.clone(),
            unread: match visit.unread {
                0 => None,
                1..100 => Some(visit.unread.to_string()),
                _ => Some("99+".to_owned()),
            },
            here: visit.here.clone(),
            problems: Vec::new(),
            data_through: None,
            contact: if staff { None } else { Contact::of(&visit.contact) },
            scans: visit.scans,
            zone: visit.zone,
        }
    }

    /// A page that doesn't tell which address it answers.
    pub(super) fn of_failure(visit: &Visit, title: String) -> Self {
        let mut page = Self::new(visit, title);
        page.here = "/".to_owned();
        page.contact = Contact::of(&visit.contact);
        page.told = Vec::new();
        page.nav.iter_mut().for_each(|item| item.current = false);
        page
    }

    /// Adds a step to the breadcrumb; the page itself is added by the layout.
    #[must_use]
    pub fn under(mut self, path: impl Into<String>, text: impl Into<String>) -> Self {
        self.crumbs.push(Crumb { path: path.into(), text: text.into() });
        self
    }

    /// Marks the form's fields with what is wrong: a summary on top, the sentence at the field.
    #[must_use]
    pub fn with_problems(mut self, problems: &[Problem]) -> Self {
        self.problems =
            problems.iter().map(|p| (p.field.clone(), self.words.say(&p.text))).collect();
        self
    }

    /// Says until when the sales data reach.
    #[must_use]
    pub fn with_data_through(mut self, day: Option<NaiveDate>) -> Self {
        self.data_through = day.map(|day| self.date(&day));
        self
    }

    /// Names the customer's account manager.
    #[must_use]
    pub fn with_contact(self, person: &Person) -> Self {
        self.with_person(person, "customer-manager")
    }

    /// Names who looks after the reader's company.
    #[must_use]
    pub fn with_own_contact(self, person: &Person) -> Self {
        self.with_person(person, "contact-title")
    }

    /// Names who works on the dispute: the account manager, or who looks at it again.
    #[must_use]
    pub fn with_handler(self, person: &Person) -> Self {
        self.with_person(person, "contact-handler")
    }

    fn with_person(mut self, person: &Person, label: &'static str) -> Self {
        self.contact = Some(Contact {
            name: person.name.clone(),
            phone: person.phone.clone(),
            email: Some(person.email.clone()),
            label,
        });
        self
    }

    // For templates.

    pub fn language(&self) -> Language {
        self.words.language
    }

    /// Whether a member of staff reads it.
    pub fn reads_as_staff(&self) -> bool {
        self.reader.as_ref().is_some_and(|reader| reader.staff)
    }

    /// Whether forms that ask for the password once more ask for a code, too.
    pub fn asks_for_code(&self) -> bool {
        self.reader.as_ref().is_some_and(|reader| reader.second_factor)
    }

    /// The title around the document number in it, which stays on one line.
    pub fn title_parts(&self) -> (&str, &str, &str) {
        let number = self.title.split(' ').find(|word| is_document_number(word)).unwrap_or("");
        match self.title.split_once(number).filter(|_| !number.is_empty()) {
            Some((before, after)) => (before, number, after),
            None => (&self.title, "", ""),
        }
    }

    /// The sentence of the catalogue.
    pub fn t(&self, key: &str) -> String {
        self.words.t(key)
    }

    /// The sentence with one argument.
    pub fn t1(&self, key: &str, name: &str, value: impl ToString) -> String {
        self.words.t1(key, name, value)
    }

    /// The sentence with two arguments.
    pub fn t2(
        &self,
        key: &str,
        name: &str,
        value: impl ToString,
        name2: &str,
        value2: impl ToString,
    ) -> String {
        self.words.t2(key, name, value, name2, value2)
    }

    /// The sentence with a count.
    pub fn count(&self, key: &str, count: impl TryInto<i64>) -> String {
        self.words.count(key, count.try_into().unwrap_or(i64::MAX))
    }

    /// A count with its thousands told apart: `809,560`.
    pub fn number(&self, count: impl ToString) -> String {
        number(count)
    }

    /// The word for a code name: `page.code("role", "account_manager")`. A customer reads the word
    /// that speaks to them, `KEY-you`, where there is one.
    pub fn code(&self, prefix: impl AsRef<str>, code: impl AsRef<str>) -> String {
        let key = format!("{}-{}", prefix.as_ref(), code.as_ref().replace('_', "-"));
        let to_them = format!("{key}-you");
        let theirs = !self.reads_as_staff() && self.words.has(&to_them);
        self.t(if theirs { &to_them } else { &key })
    }

    /// The word for a name that files bring, or the name itself.
    pub fn name(&self, prefix: impl AsRef<str>, name: impl AsRef<str>) -> String {
        self.words.name(prefix.as_ref(), name.as_ref())
    }

    /// Somebody's name; those who aren't people have one in the reader's language.
    pub fn who(&self, name: impl AsRef<str>) -> String {
        self.name("actor", name)
    }

    /// 2026年9月30日
    pub fn date(&self, day: &NaiveDate) -> String {
        words::date(self.language(), *day)
    }

    /// 2026年9月30日(周三): for deadlines.
    pub fn deadline(&self, day: &NaiveDate) -> String {
        words::deadline(self.language(), *day)
    }

    /// 2026年9月30日 14:05 in the company's zone.
    pub fn time(&self, at: &DateTime<Utc>) -> String {
        words::date_time(self.language(), self.zone, *at)
    }

    /// 14:05 in the company's zone: for what happened minutes ago.
    pub fn clock(&self, at: &DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%H:%M").to_string()
    }

    /// 2026年第3季度
    pub fn period(&self, period: &Period) -> String {
        period.shown(self.language())
    }

    /// Money, units or a percentage: `¥1,234.56`, 1,200 件.
    pub fn amount(&self, amount: Amount, currency: Currency) -> String {
        match amount {
            Amount::Units(micro) => self.words.units(Quantity::from_micro(micro)),
            other => other.shown(currency),
        }
    }

    /// From the first to the last day: 2026年7月1日–9月30日.
    pub fn days(&self, first: &NaiveDate, last: &NaiveDate) -> String {
        words::date_range(self.language(), *first, *last)
    }

    /// A sentence whose dates, codes and amounts each stay on one line.
    pub fn kept(&self, text: impl AsRef<str>) -> Safe<String> {
        words::kept_html(text.as_ref(), "class=\"kept\"")
    }

    /// An amount with its digits aligned; tests read it from `data-amount`.
    pub fn money(&self, money: impl std::borrow::Borrow<Money>) -> Safe<String> {
        super::filters::money_html(money.borrow())
    }

    /// A state as a tag: a word, an icon and a colour. The word's key is `state-KIND-CODE`.
    pub fn state(&self, kind: &str, code: impl AsRef<str>) -> Safe<String> {
        let word = self.code(format!("state-{kind}"), code.as_ref());
        super::filters::state_html(kind, code.as_ref(), &word)
    }

    /// The address of a static file.
    pub fn asset(&self, name: &str) -> &'static str {
        assets::address(name)
    }

    /// A fresh key for a form, so that posting it twice does it once.
    pub fn form_key(&self) -> String {
        uuid::Uuid::new_v4().simple().to_string()
    }

    /// What is wrong with the field.
    pub fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(name, _)| name == field).map(|(_, text)| text.as_str())
    }
}

/// `FL-2026-09-000123`, `DZ-2026-09-000123-V2`.
fn is_document_number(word: &str) -> bool {
    let first = word.rsplit_once("-V").map_or(word, |(first, _)| first);
    let parts: Vec<&str> = first.split('-').collect();
    let digits = |part: &&str| part.chars().all(|c| c.is_ascii_digit());
    parts.len() == 4 && parts.iter().skip(1).all(digits)
}

/// A count with its thousands told apart: `809,560`.
pub(super) fn number(count: impl ToString) -> String {
    let count: i64 = count.to_string().parse().unwrap_or(i64::MAX);
    Quantity::from_micro(count.saturating_mul(1_000_000)).to_string()
}

fn reader(visit: &Visit, person: &Person) -> Reader {
    let (house, roles, staff) = match &person.side {
        Side::Customer(_, role) => {
            let house = visit.customer_name.clone().unwrap_or_default();
            (house, visit.words.code("role-customer", role.as_str()), false)
        }
        Side::Staff(roles) => {
            let roles: Vec<_> =
                roles.iter().map(|role| visit.words.code("role", role.as_str())).collect();
            (visit.company.clone(), roles.join(" · "), true)
        }
    };
    let second_factor = person.second_factor_since.is_some();
    Reader { name: person.name.clone(), house, roles, staff, second_factor }
}

/// What stands beside a list, by how its address begins, and the list in whose navigation it is.
const BESIDE: [(&str, &str); 5] = [
    ("/staff/policy-versions/", "/staff/policies"),
    ("/staff/statement-", "/staff/statements"),
    ("/staff/dispute-", "/staff/disputes"),
    ("/staff/shortcuts", "/staff/disputes"),
    ("/staff/bounces", "/staff/mailbox"),
];

fn nav(visit: &Visit) -> Vec<NavItem> {
    let Some(person) = visit.person() else { return Vec::new() };
    let identity = person.identity();
    let here = visit.here.split('?').next().unwrap_or_default();
    let list = BESIDE.iter().find(|(start, _)| here.starts_with(start));
    let here = list.map_or(here, |(_, list)| list);
    let below = |path: &str| here.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
    NAV.iter()
        .filter(|(path, _)| {
            ROUTES.iter().any(|route| {
                route.path == *path
                    && route.method == actix_web::http::Method::GET
                    && route.access != super::Access::Public
                    && route.access.admits(Some(&identity))
            })
        })
        .map(|(path, key)| NavItem {
            path,
            text: visit.words.t(key),
            current: here == *path || (*path != "/staff" && below(path)),
        })
        .collect()
}

/// The customer whose name the header shows.
pub(super) fn customer_of(person: &Person) -> Option<Key> {
    person.customer()
}
