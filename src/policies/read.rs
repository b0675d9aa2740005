//! Reads a TOML table key by key and collects everything that is wrong with it, each with its
//! path, line and column, instead of stopping at the first.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::FileProblem;
use crate::values::{Problem, Text, parse_date};

/// Where in the file, for people: both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub line: usize,
    pub column: usize,
}

pub(super) fn place(source: &str, offset: usize) -> Place {
    let before = source.get(..offset.min(source.len())).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Place {
        line: before.matches('\n').count() + 1,
        column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
    }
}

/// Everything wrong so far.
pub(super) struct Faults<'s> {
    source: &'s str,
    pub found: Vec<FileProblem>,
}

impl<'s> Faults<'s> {
    pub fn new(source: &'s str) -> Self {
        Self { source, found: Vec::new() }
    }

    pub fn add(&mut self, offset: usize, field: impl Into<String>, text: Text) {
        let Place { line, column } = place(self.source, offset);
        self.found.push(FileProblem { line, column, problem: Problem::new(field, text) });
    }
}

/// One value with its path.
#[derive(Clone)]
pub(super) struct Item<'t, 'i> {
    pub path: String,
    pub value: &'t DeValue<'i>,
    pub offset: usize,
}

/// One table under reading: whatever nobody asked for in the end is an unknown key.
pub(super) struct Reader<'t, 'i> {
    path: String,
    table: Option<&'t DeTable<'i>>,
    offset: usize,
    asked: Vec<&'static str>,
}

impl<'t, 'i> Reader<'t, 'i> {
    pub fn root(table: &'t DeTable<'i>) -> Self {
        Self { path: String::new(), table: Some(table), offset: 0, asked: Vec::new() }
    }

    pub fn of_item(item: &Item<'t, 'i>, faults: &mut Faults<'_>) -> Self {
        let table = item.value.as_table();
        if table.is_none() {
            faults.add(item.offset, &*item.path, wrong_kind("policy-want-table", item.value));
        }
        Self { path: item.path.clone(), table, offset: item.offset, asked: Vec::new() }
    }

    /// The table under the key; an absent one reads as empty.
    pub fn table(&mut self, key: &'static str, faults: &mut Faults<'_>) -> Self {
        match self.item(key) {
            Some(item) => Self::of_item(&item, faults),
            None => Self {
                path: self.path_of(key),
                table: None,
                offset: self.offset,
                asked: Vec::new(),
            },
        }
    }

    pub fn is_present(&self) -> bool {
        self.table.is_some()
    }

    pub fn offset(&self) -> usize {
        self.offset
    }

    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value under the key.
    pub fn item(&mut self, key: &'static str) -> Option<Item<'t, 'i>> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        let (_, value) = self.table?.iter().find(|(name, _)| name.get_ref() == key)?;
        Some(Item { path: self.path_of(key), value: value.get_ref(), offset: value.span().start })
    }

    /// Reports a key that must be there.
    pub fn missing(&self, key: &str, faults: &mut Faults<'_>) {
        faults.add(self.offset, self.path_of(key), Text::new("policy-missing"));
    }

    pub fn text(&mut self, key: &'static str, faults: &mut Faults<'_>) -> Option<String> {
        let item = self.item(key)?;
        text_of(&item, faults)
    }

    pub fn date(&mut self, key: &'static str, faults: &mut Faults<'_>) -> Option<NaiveDate> {
        let item = self.item(key)?;
        let day = match item.value {
            DeValue::Datetime(d) if d.time.is_none() && d.offset.is_none() => {
                d.date.and_then(|d| parse_date(&d.to_string()).ok())
            }
            DeValue::String(text) => parse_date(text).ok(),
            _ => None,
        };
        if day.is_none() {
            faults.add(item.offset, item.path, wrong_kind("policy-want-date", item.value));
        }
        day
    }

    /// A whole number from 0 to the most.
    pub fn count(&mut self, key: &'static str, most: u32, faults: &mut Faults<'_>) -> Option<u32> {
        let item = self.item(key)?;
        let number = match item.value {
            DeValue::Integer(i) if i.radix() == 10 => i.as_str().replace('_', "").parse().ok(),
            _ => None,
        };
        let number = number.filter(|n| *n <= most);
        if number.is_none() {
            let text = wrong_kind("policy-want-count", item.value).with("most", most);
            faults.add(item.offset, item.path, text);
        }
        number
    }

    /// A number of months, at least one: none is said by leaving the key out.
    pub fn months(&mut self, key: &'static str, most: u32, faults: &mut Faults<'_>) -> Option<u32> {
        let item = self.item(key)?;
        let number = match item.value {
            DeValue::Integer(i) if i.radix() == 10 => i.as_str().replace('_', "").parse().ok(),
            _ => None,
        };
        let number = number.filter(|n| (1..=most).contains(n));
        if number.is_none() {
            let text = wrong_kind("policy-want-months", item.value).with("most", most);
            faults.add(item.offset, item.path, text);
        }
        number
    }

    /// A whole number, bare or in quotes; None when it is something else.
    pub fn count_or_text(&mut self, key: &'static str) -> Option<u32> {
        match self.item(key)?.value {
            DeValue::Integer(i) if i.radix() == 10 => i.as_str().parse().ok(),
            DeValue::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// An exact decimal, written as text so that no reader turns it into a float.
    pub fn decimal(
        &mut self,
        key: &'static str,
        faults: &mut Faults<'_>,
    ) -> Option<(Decimal, Item<'t, 'i>)> {
        let item = self.item(key)?;
        let value = match item.value {
            DeValue::String(text) => plain_decimal(text),
            _ => None,
        };
        if value.is_none() {
            faults.add(item.offset, &*item.path, wrong_kind("policy-want-decimal", item.value));
        }
        value.map(|value| (value.normalize(), item))
    }

    /// One of the code names.
    pub fn one_of<T: Copy>(
        &mut self,
        key: &'static str,
        all: &[T],
        name: impl Fn(&T) -> &'static str,
        faults: &mut Faults<'_>,
    ) -> Option<T> {
        let item = self.item(key)?;
        let found = item.value.as_str().and_then(|text| all.iter().find(|v| name(v) == text));
        if found.is_none() {
            let names = all.iter().map(name).collect::<Vec<_>>().join(", ");
            let text = wrong_kind("policy-want-one-of", item.value).with("names", names);
            faults.add(item.offset, item.path, text);
        }
        found.copied()
    }

    /// A list of texts, none of them empty or twice; an absent list is empty.
    pub fn texts(&mut self, key: &'static str, faults: &mut Faults<'_>) -> Vec<String> {
        let Some(item) = self.item(key) else { return Vec::new() };
        let Some(array) = item.value.as_array() else {
            faults.add(item.offset, item.path, wrong_kind("policy-want-list", item.value));
            return Vec::new();
        };
        let mut out: Vec<String> = Vec::new();
        for (index, value) in array.iter().enumerate() {
            let path = format!("{}[{index}]", item.path);
            let entry = Item { path, value: value.get_ref(), offset: value.span().start };
            let Some(text) = text_of(&entry, faults) else { continue };
            if out.contains(&text) {
                faults.add(
                    entry.offset,
                    entry.path,
                    Text::new("policy-twice").with("found", &text),
                );
            }
            out.push(text);
        }
        out
    }

    /// Reports every key nobody asked for.
    pub fn finish(self, faults: &mut Faults<'_>) {
        for (name, _) in self.table.into_iter().flat_map(|table| table.iter()) {
            if !self.asked.iter().any(|key| key == name.get_ref()) {
                let text = Text::new("policy-unknown-key").with("known", self.asked.join(", "));
                faults.add(name.span().start, self.path_of(name.get_ref()), text);
            }
        }
    }
}

/// The items of an array of tables.
pub(super) fn entries<'t, 'i>(item: &Item<'t, 'i>) -> Option<Vec<Item<'t, 'i>>> {
    let entry = |(index, value): (usize, &'t Spanned<DeValue<'i>>)| Item {
        path: format!("{}[{index}]", item.path),
        value: value.get_ref(),
        offset: value.span().start,
    };
    Some(item.value.as_array()?.iter().enumerate().map(entry).collect())
}

fn text_of(item: &Item<'_, '_>, faults: &mut Faults<'_>) -> Option<String> {
    const MOST: usize = 200;
    let text = match item.value {
        DeValue::String(text) => text,
        other => {
            faults.add(item.offset, &*item.path, wrong_kind("policy-want-text", other));
            return None;
        }
    };
    let right = !text.trim().is_empty()
        && text.trim().len() == text.len()
        && text.chars().count() <= MOST
        && !text.chars().any(char::is_control);
    if !right {
        let text = wrong_kind("policy-want-clean-text", item.value).with("most", MOST);
        faults.add(item.offset, &*item.path, text);
        return None;
    }
    Some(text.to_string())
}

/// `1234.56`: no grouping, no symbols, no exponent; a file for machines has one way to write it.
fn plain_decimal(text: &str) -> Option<Decimal> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let plain = match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(unsigned),
    };
    plain.then(|| Decimal::from_str_exact(text).ok()).flatten()
}

/// What was wanted, and what stands there.
pub(super) fn wrong_kind(key: &'static str, found: &DeValue<'_>) -> Text {
    Text::new(key).with("found", shown(found))
}

/// A value as a message quotes it, shortened.
pub(super) fn shown(value: &DeValue<'_>) -> String {
    let whole = match value {
        DeValue::String(text) => format!("\"{}\"", text.escape_debug()),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(value) => value.to_string(),
        DeValue::Array(_) => "[…]".to_owned(),
        DeValue::Table(_) => "{…}".to_owned(),
    };
    if whole.chars().count() <= 60 {
        return whole;
    }
    whole.chars().take(59).chain(['…']).collect()
}
