//! What templates print in a form of its own: amounts and states.

use askama::filters::Safe;

use crate::values::Money;

/// `<data class="money" value="-1234.56">`: tabular digits, and the plain number for machines.
pub(super) fn money_html(money: &Money) -> Safe<String> {
    let sign = if money.is_negative() { " negative" } else { "" };
    let plain = money.plain();
    Safe(format!(
        "<data class=\"money{sign}\" value=\"{plain}\" data-amount=\"{plain}\">{}</data>",
        money.shown()
    ))
}

/// How a state feels: its colour and its icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Neutral,
    Busy,
    Good,
    Waiting,
    Bad,
}

impl Tone {
    /// The same state names mean the same in every lifecycle (DOMAIN §5).
    fn of(code: &str) -> Self {
        match code {
            "published" | "committed" | "confirmed" | "deemed_confirmed" | "settled" | "sent"
            | "accepted" | "earned" | "active" | "acknowledged" | "counted" | "reached"
            | "made" | "finished" | "agreed" | "explained" | "effective" | "ready" | "done" => {
                Self::Good
            }
            "submitted" | "in_review" | "approved" | "checked" | "appeal_review" | "estimated"
            | "open" | "running" | "uploaded" | "writing" | "discarding" | "claimed"
            | "partly_accepted" | "cooling" | "making" | "sending" => Self::Busy,
            "waiting_customer" | "awaiting_approval" | "issued" | "appealed" | "pending"
            | "unacknowledged" | "queued" | "waiting" | "invited" | "requested" | "received"
            | "scheduled" => Self::Waiting,
            "disputed" | "rejected" | "returned" | "failed" | "overdue" | "withdrawn"
            | "disabled" | "declined" => Self::Bad,
            _ => Self::Neutral,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Busy => "busy",
            Self::Good => "good",
            Self::Waiting => "waiting",
            Self::Bad => "bad",
        }
    }

    /// Lines of a 16 by 16 drawing.
    fn icon(self) -> &'static str {
        match self {
            Self::Neutral => "<circle cx=\"8\" cy=\"8\" r=\"5.5\"/>",
            Self::Busy => {
                "<circle cx=\"8\" cy=\"8\" r=\"5.5\"/>\
                 <path class=\"solid\" d=\"M8 2.5a5.5 5.5 0 0 1 0 11z\"/>"
            }
            Self::Good => "<path d=\"M3 8.5l3.5 3.5L13 4.5\"/>",
            Self::Waiting => "<circle cx=\"8\" cy=\"8\" r=\"5.5\"/><path d=\"M8 5v3.3l2.2 1.4\"/>",
            Self::Bad => "<path d=\"M8 2.2l6.2 11H1.8zM8 6.5v3M8 11.3v.4\"/>",
        }
    }
}

/// The tag of a state, with its word.
pub(super) fn state_html(kind: &str, code: &str, word: &str) -> Safe<String> {
    // What a customer takes back is no trouble; a promise taken back is.
    let tone = match (kind, code) {
        ("dispute", "withdrawn") => Tone::Neutral,
        _ => Tone::of(code),
    };
    let word = askama::filters::escape(word, askama::filters::Html)
        .map_or_else(|_| String::new(), |text| text.to_string());
    Safe(format!(
        "<span class=\"tag {}\" data-state=\"{}\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\">{}\
         </svg>{word}</span>",
        tone.class(),
        code.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', ""),
        tone.icon(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Currency;

    #[test]
    fn an_amount_carries_its_plain_number() {
        let html = money_html(&Money::new(-123_456, Currency::CNY)).0;
        assert_eq!(
            html,
            "<data class=\"money negative\" value=\"-1234.56\" data-amount=\"-1234.56\">\
             -¥1,234.56</data>"
        );
    }

    #[test]
    fn a_state_is_told_in_words_and_not_by_colour_alone() {
        let html = state_html("dispute", "waiting_customer", "Waiting for the customer").0;
        assert!(html.contains("data-state=\"waiting_customer\""), "{html}");
        assert!(html.ends_with("</svg>Waiting for the customer</span>"), "{html}");
    }
}
