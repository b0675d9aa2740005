use askama::Template;

use super::super::{Answer, App, Page, User, reply};

#[derive(Template)]
#[template(path = "account/help.html")]
struct HelpPage {
    page: Page,
    lifecycles: &'static [(&'static str, &'static [&'static str])],
    words: &'static [&'static str],
    forms: &'static [&'static str],
    /// Business days before a new bank account takes effect.
    bank_days: u32,
}

/// Every state of every lifecycle (DOMAIN §5), by the kind its words carry.
pub(in crate::web) const LIFECYCLES: &[(&str, &[&str])] = &[
    ("accrual", &["estimated", "earned"]),
    ("statement", &["issued", "confirmed", "disputed", "deemed_confirmed"]),
    (
        "dispute",
        &[
            "submitted",
            "in_review",
            "waiting_customer",
            "awaiting_approval",
            "decided",
            "appealed",
            "appeal_review",
            "appeal_decided",
            "closed",
            "withdrawn",
        ],
    ),
    ("payout", &["draft", "submitted", "approved", "sent", "settled", "returned", "rejected"]),
    ("bank", &["requested", "cooling", "effective", "superseded", "rejected", "cancelled"]),
    (
        "policy",
        &[
            "draft",
            "submitted",
            "approved",
            "pending",
            "published",
            "superseded",
            "ended",
            "withdrawn",
        ],
    ),
];

const WORDS: &[&str] = &[
    "rebate",
    "policy",
    "period",
    "base",
    "measure",
    "tier",
    "accrual",
    "estimated",
    "available",
    "on-hold",
    "paid",
    "payout",
    "statement",
    "dispute",
    "appeal",
    "adjustment",
    "clawback",
];

const FORMS: &[&str] = &["cash", "credit_note", "offset", "goods", "points", "voucher"];

pub(in crate::web) async fn page(app: App, user: User) -> Answer {
    let page = user.page("help-title");
    let bank_days = app.config.limits.bank_days;
    reply::page(&HelpPage { page, lifecycles: LIFECYCLES, words: WORDS, forms: FORMS, bank_days })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Language;

    #[test]
    fn every_state_and_word_is_explained_in_both_languages() {
        for language in Language::ALL {
            let words = crate::words::words(*language);
            let mut keys: Vec<String> = Vec::new();
            for (kind, states) in LIFECYCLES {
                keys.push(format!("help-states-{kind}"));
                for state in *states {
                    let state = state.replace('_', "-");
                    keys.push(format!("state-{kind}-{state}"));
                    keys.push(format!("help-state-{kind}-{state}"));
                }
            }
            for word in WORDS {
                keys.push(format!("help-word-{word}"));
                keys.push(format!("help-means-{word}"));
            }
            for form in FORMS {
                let form = form.replace('_', "-");
                keys.push(format!("form-{form}"));
                keys.push(format!("help-book-{form}"));
            }
            for key in keys {
                assert!(words.has(&key), "{language} lacks {key}");
            }
        }
    }
}
