//! The policy form: what was typed, by the path of its key in the policy file, so that form and
//! file go through the same checks. From the form to a file and back nothing is lost.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value};

use crate::policies::FileText;
use crate::values::parse_decimal;

/// How a field's text is written into the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Count,
    Date,
    /// One a line, or with commas between.
    List,
    /// Ticked boxes.
    Checks,
    /// A whole number, or the word `none`.
    CountOrNone,
}

/// Every field with the path of its key; the tiers aside.
pub(super) const FIELDS: &[(&str, Kind)] = &[
    ("code", Kind::Text),
    ("currency", Kind::Text),
    ("period", Kind::Text),
    ("from", Kind::Date),
    ("to", Kind::Date),
    ("form", Kind::Text),
    ("settle_within_days", Kind::Count),
    ("grace_days", Kind::Count),
    ("expires_after_months", Kind::Count),
    ("owner", Kind::Text),
    ("contract_ref", Kind::Text),
    ("name.zh-CN", Kind::Text),
    ("name.en", Kind::Text),
    ("customers.types", Kind::Checks),
    ("customers.classes", Kind::List),
    ("customers.regions", Kind::List),
    ("customers.codes", Kind::List),
    ("customers.groups", Kind::List),
    ("customers.except", Kind::List),
    ("customers.min_tenure_months", Kind::Count),
    ("products.categories", Kind::List),
    ("products.brands", Kind::List),
    ("products.codes", Kind::List),
    ("products.except_categories", Kind::List),
    ("products.except_brands", Kind::List),
    ("products.except_codes", Kind::List),
    ("qualifying_products.categories", Kind::List),
    ("qualifying_products.brands", Kind::List),
    ("qualifying_products.codes", Kind::List),
    ("qualifying_products.except_categories", Kind::List),
    ("qualifying_products.except_brands", Kind::List),
    ("qualifying_products.except_codes", Kind::List),
    ("measure.kind", Kind::Text),
    ("measure.of", Kind::Text),
    ("measure.window", Kind::Text),
    ("measure.scope", Kind::Text),
    ("measure.beneficiary", Kind::Text),
    ("measure.no_baseline", Kind::CountOrNone),
    ("measure.growth_on", Kind::Text),
    ("measure.date", Kind::Text),
    ("reward.tier_mode", Kind::Text),
    ("reward.bound", Kind::Text),
    ("reward.rounding", Kind::Text),
    ("reward.cap", Kind::Number),
    ("reward.cap_total", Kind::Number),
    ("reward.guarantee", Kind::Number),
    ("reward.guarantee_cumulative", Kind::Number),
    ("reward.minimum_payout", Kind::Number),
    ("overlap.exclusive_group", Kind::Text),
    ("overlap.rule", Kind::Text),
    ("overlap.priority", Kind::Count),
];

/// The sections in the order of the file; the tiers come after `reward`.
const SECTIONS: &[&str] =
    &["", "name", "customers", "products", "qualifying_products", "measure", "reward"];

/// Longest list the form takes; more is the business of a file and the command line.
pub(super) const MOST_ENTRIES: usize = 5_000;

/// Tiers on the form; the file's own limit is said by its parser.
const MOST_TIERS: usize = 110;

/// One row of the tier builder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TypedTier {
    pub from: String,
    /// `percent`, `per_unit` or `lump_sum`.
    pub pays: String,
    pub value: String,
}

/// The form as it was posted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::web) struct Typed {
    pub(super) values: BTreeMap<&'static str, String>,
    pub(super) tiers: Vec<TypedTier>,
    /// Whether other products pick the tier than those that earn: `own`, else `same`.
    pub(super) qualifying: String,
    /// Which state of the draft the form shows.
    pub(super) revision: String,
    /// What the pressed button asks for.
    pub(super) act: String,
    /// A pasted policy file.
    pub(super) pasted: String,
}

impl Typed {
    pub(super) fn get(&self, path: &str) -> &str {
        self.values.get(path).map_or("", String::as_str)
    }

    pub(super) fn set(&mut self, path: &str, value: impl Into<String>) {
        if let Some((path, _)) = FIELDS.iter().find(|(known, _)| *known == path) {
            self.values.insert(path, value.into());
        }
    }

    /// Whether any field of the section was filled.
    pub(super) fn any(&self, paths: &[&str]) -> bool {
        paths.iter().any(|path| !self.get(path).trim().is_empty())
    }

    pub(super) fn add_tier(&mut self) {
        if self.tiers.len() < MOST_TIERS {
            let pays = self.tiers.last().map_or("percent", |tier| &tier.pays).to_owned();
            self.tiers.push(TypedTier { pays, ..TypedTier::default() });
        }
    }

    pub(super) fn remove_tier(&mut self, index: usize) {
        if index < self.tiers.len() {
            self.tiers.remove(index);
        }
    }

    /// Whether products of their own pick the tier.
    pub(super) fn qualifying_apart(&self) -> bool {
        self.qualifying == "own"
    }

    /// Whether fields are filled that the choice above them makes void.
    pub(super) fn qualifying_contradicts(&self) -> bool {
        let mut own = FIELDS.iter().filter(|(path, _)| path.starts_with("qualifying_products."));
        !self.qualifying_apart() && own.any(|(path, _)| !self.get(path).trim().is_empty())
    }

    /// The policy file that says what was typed, right or wrong.
    pub(super) fn to_file(&self) -> String {
        let mut file = FileText::default();
        for section in SECTIONS {
            match *section {
                "" => self.keys(&mut file, ""),
                "qualifying_products" if self.qualifying_apart() => {
                    file.present_section(section, |keys| self.keys(keys, section));
                }
                "qualifying_products" => {}
                section => file.section(section, |keys| self.keys(keys, section)),
            }
        }
        for tier in &self.tiers {
            file.entry("reward.tiers", |keys| tier.write(keys));
        }
        // A rule alone competes with nobody.
        if self.any(&["overlap.exclusive_group", "overlap.priority"]) {
            file.section("overlap", |keys| self.keys(keys, "overlap"));
        }
        file.finish()
    }

    fn keys(&self, keys: &mut FileText, section: &str) {
        for (path, kind) in FIELDS {
            let (table, key) = path.split_once('.').unwrap_or(("", path));
            let value = self.get(path).trim();
            if table != section || value.is_empty() {
                continue;
            }
            match kind {
                Kind::Text => keys.text(key, value),
                Kind::Number => keys.text(key, plain(value)),
                Kind::Count => keys.count(key, value),
                Kind::CountOrNone if value == "none" => keys.text(key, value),
                Kind::CountOrNone => keys.count(key, value),
                Kind::Date => keys.date(key, value),
                Kind::List | Kind::Checks => keys.list(key, &split(value)),
            }
        }
    }

    /// What a policy file says, as the form shows it; what it has beyond the format is left out,
    /// and its parser names that. None when it isn't TOML at all.
    pub(super) fn of_file(source: &str) -> Option<Self> {
        let source = source.strip_prefix('\u{feff}').unwrap_or(source);
        let table: toml::Table = source.parse().ok()?;
        let mut typed = Self { qualifying: "same".to_owned(), ..Self::default() };
        for (path, _) in FIELDS {
            let (section, key) = path.split_once('.').unwrap_or(("", path));
            let place = match section {
                "" => Some(&table),
                section => table.get(section).and_then(toml::Value::as_table),
            };
            if let Some(value) = place.and_then(|place| place.get(key)) {
                typed.set(path, shown(value));
            }
        }
        if table.get("qualifying_products").is_some_and(toml::Value::is_table) {
            typed.qualifying = "own".to_owned();
        }
        let tiers = table.get("reward").and_then(|reward| reward.get("tiers"));
        for tier in tiers.and_then(toml::Value::as_array).into_iter().flatten().take(MOST_TIERS) {
            typed.tiers.push(TypedTier::of(tier));
        }
        Some(typed)
    }

    fn read(fields: Map<String, Value>) -> Result<Self, String> {
        let mut typed = Self::default();
        let (mut bounds, mut pays, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for (name, value) in fields {
            let list = name.ends_with("[]");
            match (name.as_str(), value) {
                ("tier_from[]", Value::Array(list)) => bounds = texts(list)?,
                ("tier_pays[]", Value::Array(list)) => pays = texts(list)?,
                ("tier_value[]", Value::Array(list)) => values = texts(list)?,
                ("customers.types[]", Value::Array(list)) => {
                    typed.set("customers.types", joined(&texts(list)?));
                }
                ("qualifying", Value::String(text)) => typed.qualifying = text,
                ("revision", Value::String(text)) => typed.revision = text,
                ("do", Value::String(text)) => typed.act = text,
                ("toml", Value::String(text)) => typed.pasted = text,
                (path, Value::String(text)) if !list => {
                    let known = FIELDS.iter().any(|(p, kind)| *p == path && *kind != Kind::Checks);
                    if !known {
                        return Err(format!("unknown field {path:?}"));
                    }
                    typed.set(path, text.replace("\r\n", "\n"));
                }
                (other, _) => return Err(format!("unknown field {other:?}")),
            }
        }
        if bounds.len() != pays.len() || bounds.len() != values.len() || bounds.len() > MOST_TIERS {
            return Err("tiers that don't fit together".to_owned());
        }
        let rows = bounds.into_iter().zip(pays).zip(values);
        typed.tiers = rows.map(|((from, pays), value)| TypedTier { from, pays, value }).collect();
        Ok(typed)
    }
}

impl<'de> Deserialize<'de> for Typed {
    /// Refuses what the form doesn't have, as `deny_unknown_fields` would.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(Map::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl TypedTier {
    fn write(&self, keys: &mut FileText) {
        let (from, value) = (self.from.trim(), self.value.trim());
        if !from.is_empty() {
            keys.text("from", plain(from));
        }
        if !value.is_empty() {
            let key = match self.pays.as_str() {
                "per_unit" => "per_unit",
                "lump_sum" => "lump_sum",
                _ => "percent",
            };
            keys.text(key, plain(value));
        }
    }

    fn of(tier: &toml::Value) -> Self {
        let text = |key: &str| tier.get(key).map(shown);
        let pays =
            ["percent", "per_unit", "lump_sum"].into_iter().find(|key| tier.get(key).is_some());
        let pays = pays.unwrap_or("percent");
        Self {
            from: text("from").unwrap_or_default(),
            pays: pays.to_owned(),
            value: text(pays).unwrap_or_default(),
        }
    }
}

/// A number as the file wants it, where it can be read: `1,234.50` and `¥500` and `5%` are.
fn plain(text: &str) -> String {
    let bare = text.strip_suffix(['%', '％']).unwrap_or(text);
    parse_decimal(bare).map_or_else(|_| text.to_owned(), |number| number.to_string())
}

fn texts(list: Vec<Value>) -> Result<Vec<String>, String> {
    let text = |value| match value {
        Value::String(text) => Ok(text),
        _ => Err("not a text".to_owned()),
    };
    list.into_iter().map(text).collect()
}

/// A value as its field shows it.
fn shown(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(list) => joined(&list.iter().map(shown).collect::<Vec<_>>()),
        other => other.to_string(),
    }
}

const SEPARATORS: [char; 4] = ['\n', ',', '，', '、'];

/// A list as its field shows it: one a line, in quotes where a value has a separator in it.
pub(super) fn joined(values: &[String]) -> String {
    let line = |value: &String| {
        if value.contains(SEPARATORS) || value.starts_with('"') {
            format!("\"{}\"", value.replace('"', "\"\""))
        } else {
            value.clone()
        }
    };
    values.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The values of a list as it was typed: one a line or with commas between; quotes keep a value
/// with commas together.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (value, after) = match rest.strip_prefix('"') {
            Some(quoted) => until_quote(quoted).unwrap_or_else(|| until_separator(rest)),
            None => until_separator(rest),
        };
        if !value.is_empty() {
            values.push(value);
        }
        rest = after.trim_start();
    }
    values
}

fn until_separator(text: &str) -> (String, &str) {
    let (value, rest) = text.split_once(SEPARATORS).unwrap_or((text, ""));
    (value.trim().to_owned(), rest)
}

/// A value in quotes, where doubled ones stand for one; None when nothing but a separator may
/// follow and something does, or the quotes don't end.
fn until_quote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"')?;
        value.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                value.push('"');
                rest = more;
            }
            None => {
                let blank = [' ', '\t', '\r'];
                let after = after.trim_start_matches(blank);
                let ends = after.is_empty() || after.starts_with(SEPARATORS);
                return ends.then(|| (value, after.strip_prefix(SEPARATORS).unwrap_or(after)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        split(text)
    }

    #[test]
    fn lists_are_typed_as_people_do() {
        for (text, expected) in [
            ("", vec![]),
            ("vip", vec!["vip"]),
            ("vip, key", vec!["vip", "key"]),
            ("华东、华南，华北", vec!["华东", "华南", "华北"]),
            (" D-1 \r\n\n D-2,\n", vec!["D-1", "D-2"]),
            ("\"A, B\"\nC", vec!["A, B", "C"]),
            ("\"say \"\"hi\"\"\" , x", vec!["say \"hi\"", "x"]),
            ("\"open, end", vec!["\"open", "end"]),
            ("\"a\" b, c", vec!["\"a\" b", "c"]),
        ] {
            assert_eq!(list(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_list_is_shown_so_that_it_reads_back() {
        for values in [
            vec!["A, B", "C"],
            vec!["\"q\"", "、", "中，文"],
            vec!["a \"b\" c", "x\"y"],
            vec!["\"\"", "\"a,\"\"b"],
        ] {
            let values: Vec<String> = values.into_iter().map(str::to_owned).collect();
            assert_eq!(split(&joined(&values)), values);
        }
    }

    #[test]
    fn numbers_are_written_plainly_or_as_they_were_typed() {
        for (text, expected) in
            [("1,234.50", "1234.50"), ("¥500", "500"), ("5%", "5"), ("5 %", "5"), ("x%", "x%")]
        {
            assert_eq!(plain(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_form_no_page_sends_is_refused() {
        for fields in [
            r#"{"surprise":"1"}"#,
            r#"{"code":["a"]}"#,
            r#"{"customers.types":"vip"}"#,
            r#"{"tier_from[]":["1"],"tier_pays[]":["percent"]}"#,
        ] {
            assert!(serde_json::from_str::<Typed>(fields).is_err(), "{fields}");
        }
        let typed: Typed = serde_json::from_str(r#"{"code":"Q","do":"check"}"#).unwrap();
        assert_eq!((typed.get("code"), typed.act.as_str()), ("Q", "check"));
    }
}
