//! The form of an announcement: what was typed, read and shown again.

use askama::Template;
use serde::Deserialize;

use super::super::{Fail, Page, StaffUser};
use super::announcements::{LIST, TITLE};
use super::policy_form::{joined, split};
use crate::announcements::{
    Announcement, LONGEST_SUBJECT, LONGEST_TEXT, Reach, Said, Segment, Writing,
};
use crate::customers::{self, CustomerKind};
use crate::db::Conn;
use crate::error::Result;
use crate::policies::{self, CustomerScope};
use crate::values::{Language, Problem, Text};

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct Typed {
    pub(super) revision: String,
    subject_zh: String,
    text_zh: String,
    subject_en: String,
    text_en: String,
    #[serde(rename = "types[]")]
    types: Vec<String>,
    #[serde(rename = "classes[]")]
    classes: Vec<String>,
    regions: String,
    groups: String,
    codes: String,
    except: String,
    min_tenure_months: String,
    programme: String,
}

impl Typed {
    pub(super) fn of(known: &Announcement) -> Self {
        let Writing { zh, en, segment } = known.writing.clone();
        let scope = segment.customers;
        Self {
            revision: known.revision.to_string(),
            subject_zh: zh.subject,
            text_zh: zh.text,
            subject_en: en.subject,
            text_en: en.text,
            types: scope.types,
            classes: scope.classes,
            regions: joined(&scope.regions),
            groups: joined(&scope.groups),
            codes: joined(&scope.codes),
            except: joined(&scope.except),
            min_tenure_months: match scope.min_tenure_months {
                0 => String::new(),
                months => months.to_string(),
            },
            programme: segment.programme.unwrap_or_default(),
        }
    }

    /// What was typed, as the room takes it; or what can't be read.
    pub(super) fn read(&self) -> Result<Result<Writing, Problem>, Fail> {
        let known = |code: &String| CustomerKind::from_code(code).is_some();
        if !self.types.iter().all(known) {
            return Err(Fail::malformed("a type of customer that isn't offered"));
        }
        if self.classes.iter().any(|class| class.is_empty() || class.contains(char::is_control)) {
            return Err(Fail::malformed("a class that isn't offered"));
        }
        let months = self.min_tenure_months.trim();
        let min_tenure_months = match months.is_empty() {
            true => 0,
            false => match months.parse::<u32>() {
                Ok(months) if months <= 1_200 => months,
                _ => {
                    let text = Text::new("news-tenure-wrong").with("found", months);
                    return Ok(Err(Problem::new("min_tenure_months", text)));
                }
            },
        };
        let said = |subject: &str, text: &str| Said {
            subject: subject.trim().to_owned(),
            text: text.replace("\r\n", "\n").trim().to_owned(),
        };
        let programme = self.programme.trim();
        Ok(Ok(Writing {
            zh: said(&self.subject_zh, &self.text_zh),
            en: said(&self.subject_en, &self.text_en),
            segment: Segment {
                customers: CustomerScope {
                    types: self.types.clone(),
                    classes: self.classes.clone(),
                    regions: split(&self.regions),
                    codes: split(&self.codes),
                    groups: split(&self.groups),
                    except: split(&self.except),
                    min_tenure_months,
                },
                programme: (!programme.is_empty()).then(|| programme.to_owned()),
            },
        }))
    }
}

#[derive(Template)]
#[template(path = "staff/announcement_form.html")]
pub(super) struct FormPage {
    pub page: Page,
    /// Where the form is posted to.
    action: String,
    typed: Typed,
    types: Vec<(&'static str, bool)>,
    programmes: Vec<(String, String)>,
    /// The classes there are: code, name, chosen.
    classes: Vec<(String, String, bool)>,
    regions: String,
    /// None where no customer belongs to one.
    groups: Option<String>,
    longest_subject: usize,
    longest_text: usize,
    /// Whose customers it goes to, where it isn't everybody's.
    own_only: bool,
    /// What somebody else made of it meanwhile: the field, and what stands there now.
    stands: Vec<(String, String)>,
    by: String,
}

/// What there is to choose from.
pub(super) struct Offered {
    programmes: Vec<(String, String)>,
    in_use: customers::InUse,
}

pub(super) fn offered(conn: &mut Conn, language: Language) -> Result<Offered> {
    let promised = policies::in_force(conn)?;
    let name = |version: policies::Version| {
        let name = version.terms.name.in_language(language).to_owned();
        (version.code, name)
    };
    Ok(Offered {
        programmes: promised.into_iter().map(name).collect(),
        in_use: customers::in_use(conn)?,
    })
}

pub(super) fn show(
    user: &StaffUser,
    known: Option<&Announcement>,
    reach: &Reach,
    typed: Typed,
    offered: Offered,
    problems: &[Problem],
) -> FormPage {
    let words = user.words();
    let title = if known.is_some() { "news-edit" } else { "news-new" };
    let mut page = user.page(title).under(LIST, words.t(TITLE));
    if let Some(known) = known {
        let subject = known.subject(words.language).to_owned();
        page = page.under(format!("{LIST}/{}", known.id), subject);
    }
    let page = page.with_problems(problems);
    let list = |values: &[String]| match values {
        [] => page.t("news-none-in-use"),
        values => page.t1("news-in-use", "values", values.join(&page.t("news-between"))),
    };
    FormPage {
        action: known.map_or(format!("{LIST}/new"), |known| format!("{LIST}/{}/edit", known.id)),
        types: CustomerKind::ALL
            .iter()
            .map(|kind| (kind.as_str(), typed.types.iter().any(|code| code == kind.as_str())))
            .collect(),
        programmes: offered.programmes,
        classes: classes(&page, &offered.in_use.classes, &typed.classes),
        regions: list(&offered.in_use.regions),
        // What was typed is shown, whoever took the last group away meanwhile.
        groups: (!offered.in_use.groups.is_empty() || !typed.groups.trim().is_empty())
            .then(|| list(&offered.in_use.groups)),
        longest_subject: LONGEST_SUBJECT,
        longest_text: LONGEST_TEXT,
        own_only: matches!(reach, Reach::Portfolio(_)),
        stands: Vec::new(),
        by: String::new(),
        typed,
        page,
    }
}

/// The classes of customers, and what was chosen when there was another one.
fn classes(page: &Page, in_use: &[String], chosen: &[String]) -> Vec<(String, String, bool)> {
    let gone = chosen.iter().filter(|class| !in_use.contains(class));
    let named =
        |class: &String| (class.clone(), page.name("policy-class", class), chosen.contains(class));
    in_use.iter().chain(gone).map(named).collect()
}

impl FormPage {
    /// Says what stands by now where it differs from what was typed.
    pub(super) fn beside(mut self, stands: &Announcement) -> Self {
        let (now, typed) = (Typed::of(stands), &self.typed);
        let page = &self.page;
        let types = |typed: &Typed| {
            let names = typed.types.iter().map(|code| page.code("customer-kind", code));
            names.collect::<Vec<_>>().join("\n")
        };
        let classes = |typed: &Typed| {
            let names = typed.classes.iter().map(|code| page.name("policy-class", code));
            names.collect::<Vec<_>>().join("\n")
        };
        let (now_types, own_types) = (types(&now), types(typed));
        let (now_classes, own_classes) = (classes(&now), classes(typed));
        let fields = [
            ("news-field-subject-zh", &now.subject_zh, &typed.subject_zh),
            ("news-field-text-zh", &now.text_zh, &typed.text_zh),
            ("news-field-subject-en", &now.subject_en, &typed.subject_en),
            ("news-field-text-en", &now.text_en, &typed.text_en),
            ("news-field-types", &now_types, &own_types),
            ("news-field-classes", &now_classes, &own_classes),
            ("news-field-regions", &now.regions, &typed.regions),
            ("news-field-groups", &now.groups, &typed.groups),
            ("news-field-codes", &now.codes, &typed.codes),
            ("news-field-except", &now.except, &typed.except),
            ("news-field-tenure", &now.min_tenure_months, &typed.min_tenure_months),
            ("news-field-programme", &now.programme, &typed.programme),
        ];
        let plain = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
        self.stands = fields
            .into_iter()
            .filter(|(_, now, typed)| plain(now) != plain(typed))
            .map(|(key, now, _)| (page.t(key), now.clone()))
            .collect();
        self.by = page.t2(
            "news-stands-by",
            "who",
            page.who(&stands.changed_by_name),
            "at",
            page.time(&stands.changed_at),
        );
        self.typed.revision = stands.revision.to_string();
        self
    }
}
