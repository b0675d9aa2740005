//! Saved replies: texts written once for many disputes, with placeholders that are filled from the
//! dispute at hand.
//!
//! One's own are private. The team's are kept by everybody who writes to customers: whoever sees
//! that a text has become wrong mends it at once, and the audit log says who did; asking a
//! superior first would leave the wrong text in use meanwhile.

use super::{Dispute, Reach, SavedReply, rules, store};
use crate::audit;
use crate::customers;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::values::{Actor, DisputeId, PersonId, Problem, SavedReplyId, StaffRole, Text};
use crate::words;

/// What stands in braces, in either language.
pub const PLACEHOLDERS: &[(&str, &str)] = &[
    ("customer", "客户"),
    ("number", "编号"),
    ("subject", "事项"),
    ("deadline", "期限"),
    ("manager", "负责人"),
];

/// Characters of a title.
const LONGEST_TITLE: usize = 80;

/// What the placeholders stand for in one dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filling {
    pub customer: String,
    pub number: String,
    pub subject: String,
    pub deadline: String,
    pub manager: String,
}

impl Filling {
    fn of(&self, name: &str) -> Option<&str> {
        let known = PLACEHOLDERS.iter().find(|(en, zh)| *en == name || *zh == name);
        Some(match known?.0 {
            "customer" => &self.customer,
            "number" => &self.number,
            "subject" => &self.subject,
            "deadline" => &self.deadline,
            _ => &self.manager,
        })
    }
}

/// The text with its placeholders filled.
///
/// # Errors
/// One of them isn't known; the sentence names it.
pub fn filled(text: &str, filling: &Filling) -> Result<String, Text> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, following)) =
            after.split_once('}').filter(|(name, _)| !name.contains('\n'))
        else {
            return Err(Text::new("saved-brace-open"));
        };
        let Some(value) = filling.of(name.trim()) else {
            return Err(Text::new("saved-placeholder-unknown").with("name", name.trim()));
        };
        out.push_str(before);
        out.push_str(value);
        rest = following;
    }
    out.push_str(rest);
    Ok(out)
}

fn check(title: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |field: &str, text| problems.push(Problem::new(field, text));
    match title.chars().count() {
        0 => wrong("title", Text::new("saved-title-missing")),
        n if n > LONGEST_TITLE => {
            wrong("title", Text::new("saved-title-too-long").with("most", LONGEST_TITLE));
        }
        _ => {}
    }
    let blank = Filling {
        customer: String::new(),
        number: String::new(),
        subject: String::new(),
        deadline: String::new(),
        manager: String::new(),
    };
    match rules::text("text", text) {
        Err(problem) => problems.push(problem),
        Ok(text) => {
            if let Err(unknown) = filled(text, &blank) {
                problems.push(Problem::new("text", unknown));
            }
        }
    }
    problems
}

fn writes_to_customers(actor: &Actor) -> Result<PersonId> {
    let may = actor.holds(StaffRole::AccountManager) || actor.holds(StaffRole::AppealsReviewer);
    let person = actor.person().filter(|_| may).cloned();
    person.ok_or_else(|| Error::refused("saved-needs-writer"))
}

/// The team's and the person's own, by title.
pub fn saved_replies(conn: &mut Conn, person: &PersonId) -> Result<Vec<SavedReply>> {
    let mut found = store::saved_of(conn, person)?;
    found.sort_by(|a, b| (a.owner.is_some(), &a.title).cmp(&(b.owner.is_some(), &b.title)));
    Ok(found)
}

/// One of them.
///
/// # Errors
/// Not found, which is also the answer for somebody else's own.
pub fn saved_reply(conn: &mut Conn, person: &PersonId, id: &SavedReplyId) -> Result<SavedReply> {
    let found = store::saved_by_id(conn, id)?;
    let theirs = found.owner.as_ref().is_none_or(|owner| owner == person);
    if theirs { Ok(found) } else { Err(Error::NotFound) }
}

/// What somebody wants to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptReply {
    /// Which one to change, and the revision that was shown; None makes a new one.
    pub known: Option<(SavedReplyId, i64)>,
    /// For the whole team.
    pub team: bool,
    pub title: String,
    pub text: String,
}

/// Keeps a reply, or changes one.
///
/// # Errors
/// The actor doesn't write to customers; it isn't theirs; it changed meanwhile; a placeholder is
/// unknown, or a field can't be right.
pub fn keep_reply(tx: &mut Tx<'_>, reply: &KeptReply) -> Result<SavedReplyId> {
    let person = writes_to_customers(tx.by())?;
    let (title, text) = (reply.title.trim(), reply.text.trim());
    let problems = check(title, text);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let owner = (!reply.team).then(|| person.clone());
    let (id, action) = match &reply.known {
        None => (store::insert_saved(tx, owner.as_ref(), title, text)?, "saved_reply.added"),
        Some((id, revision)) => {
            saved_reply(tx, &person, id)?;
            if !store::change_saved(tx, id, *revision, owner.as_ref(), title, text)? {
                return Err(Error::refused("saved-changed-meanwhile"));
            }
            (id.clone(), "saved_reply.changed")
        }
    };
    tell(tx, action, &id, title)?;
    Ok(id)
}

/// Removes a reply.
///
/// # Errors
/// The actor doesn't write to customers, or it isn't theirs.
pub fn forget_reply(tx: &mut Tx<'_>, id: &SavedReplyId) -> Result<()> {
    let person = writes_to_customers(tx.by())?;
    let known = saved_reply(tx, &person, id)?;
    store::remove_saved(tx, id)?;
    tell(tx, "saved_reply.removed", id, &known.title)
}

/// Takes a reply for a dispute: counts the use, and fills its placeholders.
///
/// # Errors
/// As for [`forget_reply`]; the dispute is out of reach.
pub fn take_reply(
    tx: &mut Tx<'_>,
    reach: &Reach,
    dispute: &DisputeId,
    id: &SavedReplyId,
) -> Result<String> {
    let person = writes_to_customers(tx.by())?;
    let dispute = store::one(tx, reach, dispute)?.dispute;
    let reply = saved_reply(tx, &person, id)?;
    let writer = tx.by().name.clone();
    let filling = filling(tx, &dispute, &writer)?;
    store::count_use(tx, id)?;
    tell(tx, "saved_reply.taken", id, &dispute.number)?;
    filled(&reply.text, &filling).map_err(Error::Refused)
}

/// What the placeholders stand for in the dispute, in the customer's language; without an
/// assignee whoever writes is the manager.
pub fn filling(conn: &mut Conn, dispute: &Dispute, writer: &str) -> Result<Filling> {
    let customer = customers::by_id(conn, dispute.customer)?;
    let language = customer.language;
    let day = dispute.decision_due;
    Ok(Filling {
        customer: customer.name,
        number: dispute.number.clone(),
        subject: dispute.subject.text.clone(),
        deadline: words::deadline(language, day),
        manager: dispute.assignee_name.clone().unwrap_or_else(|| writer.to_owned()),
    })
}

fn tell(tx: &mut Tx<'_>, action: &'static str, id: &SavedReplyId, reason: &str) -> Result<()> {
    audit::record(
        tx,
        audit::Event {
            action,
            object: ("saved_reply", id.as_str()),
            reason: Some(reason),
            ..audit::Event::default()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_unknown_ones_refused_by_name() {
        let filling = Filling {
            customer: "杭州恒通".to_owned(),
            number: "ZY-2026-10-000001".to_owned(),
            subject: "季度返利".to_owned(),
            deadline: "2026年10月26日（周一）".to_owned(),
            manager: "周敏".to_owned(),
        };
        let said = |text| match filled(text, &filling) {
            Ok(text) => text,
            Err(text) => format!("{} {:?}", text.key, text.args),
        };
        for (text, expected) in [
            ("没有占位符", "没有占位符"),
            ("{customer}：{number}", "杭州恒通：ZY-2026-10-000001"),
            ("{客户}，{ 期限 }前答复。{负责人}", "杭州恒通，2026年10月26日（周一）前答复。周敏"),
            ("{subject}{事项}", "季度返利季度返利"),
            ("a } b", "a } b"),
            ("{amount}", "saved-placeholder-unknown [(\"name\", \"amount\")]"),
            ("{}", "saved-placeholder-unknown [(\"name\", \"\")]"),
            ("{customer", "saved-brace-open []"),
            ("{cust\nomer}", "saved-brace-open []"),
            ("{{customer}}", "saved-placeholder-unknown [(\"name\", \"{customer\")]"),
        ] {
            assert_eq!(said(text), expected, "{text:?}");
        }
        // What a value says is text, not another placeholder.
        let tricky = Filling { customer: "{number}".to_owned(), ..filling };
        assert_eq!(filled("{customer}", &tricky).unwrap(), "{number}");
    }
}
