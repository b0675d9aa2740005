//! What is wrong with a policy under drafting, at the form's fields and in the form's words.

use super::policy_form::{FIELDS, Kind, MOST_ENTRIES, Typed, split};
use crate::policies::FileProblem;
use crate::values::{Problem, Text};
use crate::words::Words;

/// The end of a field's keys in the catalogue.
pub(super) fn stem(path: &str) -> String {
    path.replace(['.', '_'], "-").to_lowercase()
}

/// What the page calls the field of a key.
pub(super) fn label(words: &Words, path: &str) -> String {
    // Exceptions and lists say the same of both kinds of products.
    let own = path.strip_prefix("qualifying_").unwrap_or(path);
    words.t(&format!("editor-label-{}", stem(own)))
}

/// What is wrong with the form before it is written as a file.
pub(super) fn form_problems(typed: &Typed, words: &Words) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if typed.qualifying_contradicts() {
        found.push(("qualifying".to_owned(), words.t("editor-qualifying-both")));
    }
    for (path, kind) in FIELDS {
        if *kind == Kind::List && split(typed.get(path)).len() > MOST_ENTRIES {
            let sentence = words.t1("editor-list-too-long", "most", MOST_ENTRIES);
            found.push(((*path).to_owned(), sentence));
        }
    }
    found
}

/// A room's problems at the form's fields.
pub(super) fn at_fields(problems: &[Problem], words: &Words) -> Vec<(String, String)> {
    let said = |problem: &Problem| {
        let field = field_of(&problem.field).unwrap_or_else(|| "code".to_owned());
        let what = words.say(&in_form(&problem.text, words));
        let sentence = words.t2("editor-at-field", "field", name_of(&field, words), "what", what);
        (field, sentence)
    };
    problems.iter().map(said).collect()
}

/// The file's problems at the form's fields, in the form's words.
pub(super) fn placed(problems: &[FileProblem], words: &Words) -> Vec<(String, String)> {
    let placed = problems.iter().map(|file| {
        let path = &file.problem.field;
        let field = field_of(path);
        let said = words.say(&in_form(&file.problem.text, words));
        match field {
            // Either name is enough, so neither field alone is what is missing.
            Some(field) if path == "name.zh-CN" && file.problem.text.key == "policy-missing" => {
                (field, words.t("editor-name-missing"))
            }
            Some(field) => {
                let sentence =
                    words.t2("editor-at-field", "field", name_of(&field, words), "what", said);
                (field, sentence)
            }
            None if path == "file" => {
                let said = words.t2("editor-at-line-only", "line", file.line, "what", said);
                ("toml".to_owned(), said)
            }
            None => {
                let said = words.with(
                    "editor-at-line",
                    [("line", file.line.to_string()), ("path", path.clone()), ("what", said)],
                );
                ("toml".to_owned(), said)
            }
        }
    });
    placed.collect()
}

/// What the page calls a field.
fn name_of(field: &str, words: &Words) -> String {
    let mut tier = field.strip_prefix("tier-").into_iter().flat_map(|rest| rest.split('-'));
    match (tier.next().and_then(|index| index.parse::<usize>().ok()), tier.next()) {
        (Some(index), Some(side)) => {
            let side = words.code("editor-tier", side);
            let tier = words.t1("editor-tier", "number", index + 1);
            words.t2("editor-tier-side", "tier", tier, "side", side)
        }
        _ if field == "tiers" => words.t("programme-tiers"),
        _ => label(words, field),
    }
}

/// The field that holds the key with this path; None for what the form doesn't have.
fn field_of(path: &str) -> Option<String> {
    if let Some(rest) = path.strip_prefix("reward.tiers[") {
        let (index, key) = rest.split_once(']')?;
        let side = if key == ".from" { "from" } else { "value" };
        let known = ["", ".from", ".percent", ".per_unit", ".lump_sum"].contains(&key);
        return known.then(|| format!("tier-{index}-{side}"));
    }
    let whole = path.split('[').next().unwrap_or(path);
    match whole {
        "reward.tiers" => Some("tiers".to_owned()),
        "qualifying_products" => Some("qualifying".to_owned()),
        "name" => Some("name.zh-CN".to_owned()),
        known if FIELDS.iter().any(|(field, _)| *field == known) => Some(known.to_owned()),
        _ => None,
    }
}

/// The sentences of the file's checks, where those speak of the file's notation.
fn in_form(text: &Text, words: &Words) -> Text {
    let key = match text.key {
        "policy-want-decimal" => "editor-want-number",
        "policy-want-date" => "editor-want-day",
        "policy-one-reward" => "editor-tier-pays-nothing",
        "policy-missing" => "editor-missing",
        "policy-mode-misfit" => "editor-mode-misfit",
        "policy-mode-needs-own-measure" => "editor-mode-needs-own-measure",
        "policy-mode-needs-parent" => "editor-mode-needs-parent",
        "policy-banded-mode" => "editor-banded-mode",
        "policy-excess-needs-parent" => "editor-excess-needs-parent",
        "policy-excess-misfit" => "editor-excess-misfit",
        "policy-excess-needs-own-measure" => "editor-excess-needs-own-measure",
        "policy-mixed-rewards" => "editor-mixed-rewards",
        "policy-growth-only" => "editor-growth-only",
        "policy-percent-only" => "editor-percent-only",
        "policy-group-only" => "editor-group-only",
        "policy-first-needs-priority" => "editor-first-needs-priority",
        "policy-term-to-date" => "editor-term-to-date",
        "policy-term-guarantee" => "editor-term-guarantee",
        "policy-in-both" => "editor-in-both",
        other => other,
    };
    let said = |(name, value): &(&'static str, String)| {
        let value = match *name {
            "mode" => words.code("editor-mode", value),
            "on" => words.code("editor-growth-on", value),
            "other" => label(words, value),
            _ => value.clone(),
        };
        (*name, value)
    };
    Text { key, args: text.args.iter().map(said).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_field() {
        for (path, field) in [
            ("code", Some("code")),
            ("customers.classes[3]", Some("customers.classes")),
            ("reward.tiers[2].from", Some("tier-2-from")),
            ("reward.tiers[2].per_unit", Some("tier-2-value")),
            ("reward.tiers[0]", Some("tier-0-value")),
            ("reward.tiers[0].extra", None),
            ("reward.tiers", Some("tiers")),
            ("qualifying_products", Some("qualifying")),
            ("qualifying_products.brands", Some("qualifying_products.brands")),
            ("products.brand", None),
            ("file", None),
        ] {
            assert_eq!(field_of(path).as_deref(), field, "{path}");
        }
    }
}
