use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Fail, Form, Page, User, opens, reply};
use crate::mailbox::letters::{StatementCorrected, StatementReady};
use crate::mailbox::{KINDS, Kind, Letter, Receiver};
use crate::people::{self, Side};
use crate::statements;
use crate::text_enum;
use crate::values::{CustomerRole, Language, StaffRole};

#[derive(Template)]
#[template(path = "account/notifications.html")]
struct NotificationsPage {
    page: Page,
    email: String,
    groups: Vec<Group>,
    /// Whether there is anything to choose.
    choice: bool,
    /// Whether the reader can note being away.
    handles: bool,
}

/// Letters about one thing.
struct Group {
    title: String,
    /// Those the reader decides about.
    open: Vec<Row>,
    /// Those that come in any case, or don't come to the reader's role.
    fixed: Vec<Row>,
}

text_enum! {
    /// What letters are about, in the order of the page.
    enum Subject {
        Rebates = "rebates",
        Statements = "statements",
        Payouts = "payouts",
        Disputes = "disputes",
        Account = "account",
        Work = "work",
    }
}

impl Subject {
    fn of(kind: &Kind) -> Self {
        let code = kind.code;
        let about = |words: &[&str]| words.iter().any(|word| code.contains(word));
        match kind.to {
            Receiver::Person | Receiver::Invited | Receiver::Requester => Self::Account,
            _ if about(&["dispute", "appeal"]) => Self::Disputes,
            _ if about(&["payout", "bank_change"]) => Self::Payouts,
            _ if about(&["statement"]) => Self::Statements,
            _ if about(&["policy", "programme"]) || kind.to.is_customer() => Self::Rebates,
            _ => Self::Work,
        }
    }
}

struct Row {
    code: &'static str,
    name: String,
    to: String,
    /// Why it can't be switched off; None where it can.
    locked: Option<String>,
    on: bool,
    /// The languages it can come in, the chosen one marked: value, name, chosen. None where it
    /// goes to an address and not to the reader.
    languages: Vec<(String, String, bool)>,
    /// Whether the reader is among those who get it.
    mine: bool,
    /// Whether it brings the statement as PDF.
    attached: bool,
}

pub(in crate::web) async fn page(app: App, user: User) -> Answer {
    let person = user.person.id.clone();
    let customer = user.person.customer();
    let (choices, attached) = app
        .read(move |conn| {
            let terms =
                customer.map(|customer| statements::terms_of(conn, customer)).transpose()?;
            let attached = terms.flatten().is_some_and(|terms| terms.attach_pdf);
            Ok((people::mail_choices(conn, &person)?, attached))
        })
        .await?;
    let page = user.page("notifications-title");
    let row = |kind: &'static Kind| Row {
        code: kind.code,
        name: page.code("mail-kind", kind.code),
        to: page.code("mail-to", kind.to.as_str()),
        locked: (!kind.optional && reaches(kind.to, &user.person.side))
            .then(|| page.code("mail-must", kind.to.as_str())),
        on: choices.get(kind.code).is_none_or(|choice| choice.wanted),
        languages: match personal(kind, &user.person.side) {
            true => languages(
                &page,
                kind.code,
                choices.get(kind.code).and_then(|choice| choice.language),
            ),
            false => Vec::new(),
        },
        mine: reaches(kind.to, &user.person.side),
        attached: attached && PAPERS.contains(&kind.code),
    };
    let side = &user.person.side;
    let groups: Vec<Group> = Subject::ALL
        .iter()
        .map(|subject| {
            let about = KINDS
                .iter()
                .filter(|kind| concerns(kind, side) && Subject::of(kind) == *subject)
                .map(row);
            let (open, fixed) = about.partition(|row| row.mine && row.locked.is_none());
            Group { title: page.code("notifications-about", subject.as_str()), open, fixed }
        })
        .filter(|group| !group.open.is_empty() || !group.fixed.is_empty())
        .collect();
    let rows = || groups.iter().flat_map(|group| group.open.iter().chain(&group.fixed));
    let choice = rows().any(|kind| !kind.languages.is_empty());
    let handles = opens("/absence", &user.person.identity());
    let email = user.person.email.clone();
    reply::page(&NotificationsPage { page, email, groups, choice, handles })
}

/// What brings the statement, where a customer wants it so.
const PAPERS: [&str; 2] = [StatementReady::KIND, StatementCorrected::KIND];

/// Whether letters of the kind go to the reader in person, in their own language.
fn personal(kind: &Kind, side: &Side) -> bool {
    kind.to != Receiver::StatementContacts && concerns(kind, side) && reaches(kind.to, side)
}

/// What the reader may choose for letters of the kind: as everything else, or a language.
fn languages(page: &Page, kind: &str, chosen: Option<Language>) -> Vec<(String, String, bool)> {
    let all = Language::ALL.iter().map(|language| Some(*language));
    std::iter::once(None)
        .chain(all)
        .map(|language| {
            let code = language.as_ref().map_or("", Language::as_str);
            let name = match language {
                Some(language) => page.name("language", language.as_str()),
                None => page.t("notifications-language-same"),
            };
            (format!("{kind}:{code}"), name, language == chosen)
        })
        .collect()
}

/// Whether letters of the kind go to the reader's side at all.
fn concerns(kind: &Kind, side: &Side) -> bool {
    match side {
        Side::Customer(..) => kind.to.is_customer() || kind.to == Receiver::Person,
        Side::Staff(_) => reaches(kind.to, side),
    }
}

fn reaches(to: Receiver, side: &Side) -> bool {
    match side {
        _ if to == Receiver::Person => true,
        Side::Customer(_, role) => match to {
            // Statements go to registered addresses, whoever reads there.
            Receiver::StatementContacts | Receiver::Requester => true,
            Receiver::Managers => *role >= CustomerRole::Manager,
            _ => *role >= CustomerRole::Finance,
        },
        Side::Staff(roles) => match to {
            Receiver::AccountManager => roles.contains(&StaffRole::AccountManager),
            Receiver::Handlers => {
                roles.contains(&StaffRole::AccountManager)
                    || roles.contains(&StaffRole::AppealsReviewer)
            }
            Receiver::ManagerAndAdmins => {
                roles.contains(&StaffRole::AccountManager) || roles.contains(&StaffRole::Admin)
            }
            Receiver::Admins | Receiver::Operators => roles.contains(&StaffRole::Admin),
            Receiver::Importer | Receiver::FinanceTeam => roles.contains(&StaffRole::Finance),
            Receiver::Proposer => {
                [StaffRole::Finance, StaffRole::AccountManager, StaffRole::AppealsReviewer]
                    .iter()
                    .any(|role| roles.contains(role))
            }
            Receiver::Requester => true,
            Receiver::Approvers => roles.contains(&StaffRole::Approver),
            Receiver::Drafter => {
                roles.contains(&StaffRole::AccountManager) || roles.contains(&StaffRole::Finance)
            }
            _ => false,
        },
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Choices {
    /// The kinds to receive, of those that can be switched off.
    #[serde(default, rename = "kind[]")]
    kinds: Vec<String>,
    /// Kind and language, `near_tier:en`; without a language as everything else.
    #[serde(default, rename = "language[]")]
    languages: Vec<String>,
}

pub(in crate::web) async fn save(app: App, user: User, form: Form<Choices>) -> Answer {
    let optional = |kind: &&Kind| kind.optional && reaches(kind.to, &user.person.side);
    let offered: Vec<&str> = KINDS.iter().filter(optional).map(|kind| kind.code).collect();
    let Choices { kinds: wanted, languages } = form.fields;
    let languages = languages
        .iter()
        .map(|chosen| in_language(chosen, &user.person.side))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| Fail::malformed("a language that isn't offered"))?;
    if wanted.iter().any(|kind| !offered.contains(&kind.as_str())) {
        return Err(Fail::malformed("a kind that isn't offered"));
    }
    let teller = user.clone();
    app.post(user.actor(), form.key, move |tx| {
        for kind in &offered {
            let on = wanted.iter().any(|name| name == kind);
            people::set_mail(tx, &teller.person, kind, on)?;
        }
        for (kind, language) in &languages {
            people::set_mail_language(tx, &teller.person, kind, *language)?;
        }
        teller.tell(tx, &teller.words().t("notifications-saved"))?;
        Ok("/notifications".to_owned())
    })
    .await
    .map_err(Into::into)
    .and_then(reply::see_other)
}

/// A kind the reader gets, and the language chosen for it.
fn in_language(chosen: &str, side: &Side) -> Option<(&'static str, Option<Language>)> {
    let (code, language) = chosen.split_once(':')?;
    let kind = KINDS.iter().find(|kind| kind.code == code && personal(kind, side))?;
    match language {
        "" => Some((kind.code, None)),
        code => Some((kind.code, Some(Language::from_code(code)?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_letter_is_named_and_says_why_it_must_arrive() {
        for language in Language::ALL {
            let words = crate::words::words(*language);
            for kind in KINDS {
                let codes = [("mail-kind", kind.code), ("mail-to", kind.to.as_str())];
                for (prefix, code) in codes {
                    let key = format!("{prefix}-{}", code.replace('_', "-"));
                    assert!(words.has(&key), "{language} lacks {key}");
                }
                let key = format!("mail-must-{}", kind.to.as_str().replace('_', "-"));
                assert!(kind.optional || words.has(&key), "{language} lacks {key}");
            }
        }
    }
}
