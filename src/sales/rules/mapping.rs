//! The mapping file: a foreign layout read without editing it (FORMATS).

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::ImportKind;
use super::fields::{self, Field, Holds};
use crate::error::{Error, Result};
use crate::values::{Problem, Text};

/// Where a column's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Column {
        column: String,
        /// strftime, for dates; None reads what the portal reads anyway.
        format: Option<String>,
        strip_suffix: Option<String>,
        prefix: Option<String>,
    },
    /// The number of the data row, from 1.
    RowNumber {
        prefix: String,
    },
    /// The product of these columns, rounded half away from zero.
    Multiply(Vec<String>),
    Value(String),
    /// `return` when the column starts with the prefix, else `invoice`.
    ReturnIfStartsWith {
        column: String,
        prefix: String,
    },
}

/// Where each column comes from, and which rows the file itself leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    pub columns: BTreeMap<Field, Origin>,
    /// Rows where one of these columns is empty are rejected.
    pub skip_if_empty: Vec<String>,
}

impl Mapping {
    /// Each column under its own name.
    pub fn own(kind: ImportKind) -> Self {
        let (needed, optional) = fields::of(kind);
        let columns = needed
            .iter()
            .chain(optional)
            .map(|field| (*field, plain(field.name().to_owned())))
            .collect();
        Self { columns, skip_if_empty: Vec::new() }
    }

    /// Reads a mapping file.
    ///
    /// # Errors
    /// Every mistake in it, each with the key it is at.
    pub fn parse(text: &str, kind: ImportKind) -> Result<Self> {
        let table: Table = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(1, |span| {
                1 + text.get(..span.start).unwrap_or_default().matches('\n').count()
            });
            let text = Text::new("import-mapping-toml").with("line", line).with("why", e.message());
            Error::invalid("mapping", text)
        })?;
        let mut reader = Parser { kind, mapping: Self::default(), problems: Vec::new() };
        for (key, value) in &table {
            match (key.as_str(), value) {
                ("columns", Value::Table(columns)) => reader.columns(columns),
                ("skip", Value::Table(skip)) => reader.skip(skip),
                ("columns" | "skip", _) => reader.problem(key, Text::new("import-mapping-table")),
                _ => reader.problem(key, unknown("columns, skip")),
            }
        }
        if !table.contains_key("columns") {
            reader.problem("columns", Text::new("import-mapping-no-columns"));
        }
        let (needed, _) = fields::of(kind);
        for field in needed {
            let named = table.get("columns").and_then(Value::as_table);
            if named.is_some_and(|columns| !columns.contains_key(field.name())) {
                let key = format!("columns.{}", field.name());
                reader.problem(&key, Text::new("import-mapping-missing"));
            }
        }
        if reader.problems.is_empty() {
            Ok(reader.mapping)
        } else {
            Err(Error::Invalid(reader.problems))
        }
    }
}

fn plain(column: String) -> Origin {
    Origin::Column { column, format: None, strip_suffix: None, prefix: None }
}

fn unknown(allowed: &str) -> Text {
    Text::new("import-mapping-unknown").with("allowed", allowed)
}

struct Parser {
    kind: ImportKind,
    mapping: Mapping,
    problems: Vec<Problem>,
}

impl Parser {
    fn problem(&mut self, key: &str, text: Text) {
        self.problems.push(Problem::new(format!("mapping: {key}"), text));
    }

    fn columns(&mut self, columns: &Table) {
        for (name, value) in columns {
            let key = format!("columns.{name}");
            let Some(field) = fields::named(self.kind, name) else {
                let (needed, optional) = fields::of(self.kind);
                let all: Vec<_> = needed.iter().chain(optional).map(|f| f.name()).collect();
                self.problem(&key, unknown(&all.join(", ")));
                continue;
            };
            let origin = match value {
                Value::String(column) => Some(plain(column.clone())),
                Value::Table(form) => self.form(&key, field, form),
                _ => {
                    self.problem(&key, Text::new("import-mapping-form"));
                    None
                }
            };
            if let Some(origin) = origin {
                self.mapping.columns.insert(field, origin);
            }
        }
    }

    fn form(&mut self, key: &str, field: Field, form: &Table) -> Option<Origin> {
        const FORMS: [(&str, &[&str]); 5] = [
            ("column", &["format", "strip_suffix", "prefix"]),
            ("row_number", &["prefix"]),
            ("multiply", &[]),
            ("value", &[]),
            ("return_if_starts_with", &[]),
        ];
        let found: Vec<_> = FORMS.iter().filter(|(name, _)| form.contains_key(*name)).collect();
        let [(name, extras)] = found.as_slice() else {
            self.problem(key, Text::new("import-mapping-form"));
            return None;
        };
        let before = self.problems.len();
        for part in form.keys().filter(|part| part != name && !extras.contains(&part.as_str())) {
            let allowed: Vec<_> = std::iter::once(*name).chain(extras.iter().copied()).collect();
            self.problem(&format!("{key}.{part}"), unknown(&allowed.join(", ")));
        }
        let origin = match *name {
            "column" => {
                let format = self.text(key, form, "format");
                if let Some(format) = &format {
                    self.format(key, field, format);
                }
                Origin::Column {
                    column: self.text(key, form, "column").unwrap_or_default(),
                    format,
                    strip_suffix: self.text(key, form, "strip_suffix"),
                    prefix: self.text(key, form, "prefix"),
                }
            }
            "row_number" => {
                if form.get("row_number") != Some(&Value::Boolean(true)) {
                    self.problem(&format!("{key}.row_number"), Text::new("import-mapping-true"));
                }
                self.only(key, field, Holds::Text);
                Origin::RowNumber { prefix: self.text(key, form, "prefix").unwrap_or_default() }
            }
            "multiply" => {
                self.only(key, field, Holds::Number);
                Origin::Multiply(self.list(&format!("{key}.multiply"), form.get("multiply")))
            }
            "value" => Origin::Value(self.text(key, form, "value").unwrap_or_default()),
            _ => self.return_if(key, field, form.get("return_if_starts_with")),
        };
        (self.problems.len() == before).then_some(origin)
    }

    fn return_if(&mut self, key: &str, field: Field, value: Option<&Value>) -> Origin {
        let key = format!("{key}.return_if_starts_with");
        if field != Field::Kind {
            self.problem(&key, Text::new("import-mapping-only-kind"));
        }
        let empty = Table::new();
        let form = match value {
            Some(Value::Table(form)) => form,
            _ => {
                self.problem(&key, Text::new("import-mapping-return-if"));
                &empty
            }
        };
        for part in form.keys().filter(|part| !["column", "prefix"].contains(&part.as_str())) {
            self.problem(&format!("{key}.{part}"), unknown("column, prefix"));
        }
        let column = self.text(&key, form, "column").unwrap_or_default();
        let prefix = self.text(&key, form, "prefix").unwrap_or_default();
        if !form.is_empty() && (column.is_empty() || prefix.is_empty()) {
            self.problem(&key, Text::new("import-mapping-return-if"));
        }
        Origin::ReturnIfStartsWith { column, prefix }
    }

    fn skip(&mut self, skip: &Table) {
        for (key, value) in skip {
            if key == "if_empty" {
                self.mapping.skip_if_empty = self.list("skip.if_empty", Some(value));
            } else {
                self.problem(&format!("skip.{key}"), unknown("if_empty"));
            }
        }
    }

    fn text(&mut self, key: &str, form: &Table, part: &str) -> Option<String> {
        match form.get(part) {
            None => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => {
                self.problem(&format!("{key}.{part}"), Text::new("import-mapping-text"));
                None
            }
        }
    }

    fn list(&mut self, key: &str, value: Option<&Value>) -> Vec<String> {
        let texts: Option<Vec<String>> = value.and_then(Value::as_array).and_then(|values| {
            values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
        });
        match texts {
            Some(texts) if !texts.is_empty() => texts,
            _ => {
                self.problem(key, Text::new("import-mapping-list"));
                Vec::new()
            }
        }
    }

    fn only(&mut self, key: &str, field: Field, holds: Holds) {
        if field.holds() != holds {
            self.problem(key, Text::new("import-mapping-unfit"));
        }
    }

    fn format(&mut self, key: &str, field: Field, format: &str) {
        let key = format!("{key}.format");
        if field.holds() != Holds::Date {
            self.problem(&key, Text::new("import-mapping-only-dates"));
        } else if !super::cells::date_format_is_whole(format) {
            self.problem(&key, Text::new("import-mapping-format").with("found", format));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &str = r#"
        [columns]
        line_id       = { row_number = true, prefix = "Y1-" }
        document_no   = "Invoice"
        document_date = { column = "InvoiceDate", format = "%Y-%m-%d %H:%M:%S" }
        customer_code = { column = "Customer ID", strip_suffix = ".0" }
        product_code  = "StockCode"
        quantity      = "Quantity"
        net_amount    = { multiply = ["Quantity", "Price"] }
        currency      = { value = "GBP" }
        kind          = { return_if_starts_with = { column = "Invoice", prefix = "C" } }
        [skip]
        if_empty = ["Customer ID"]
    "#;

    #[test]
    fn the_documented_mapping_is_read() {
        let mapping = Mapping::parse(RAW, ImportKind::Sales).unwrap();
        assert_eq!(mapping.skip_if_empty, ["Customer ID"]);
        assert_eq!(mapping.columns.len(), 9);
        assert_eq!(
            mapping.columns.get(&Field::NetAmount),
            Some(&Origin::Multiply(vec!["Quantity".to_owned(), "Price".to_owned()]))
        );
    }

    #[test]
    fn every_mistake_names_its_key() {
        for (from, to, key) in [
            ("product_code ", "produkt ", "mapping: columns.produkt"),
            ("product_code ", "produkt ", "mapping: columns.product_code"),
            ("\"Invoice\"\n", "7\n", "mapping: columns.document_no"),
            ("strip_suffix", "strip_sufix", "mapping: columns.customer_code.strip_sufix"),
            ("row_number = true", "row_number = 1", "mapping: columns.line_id.row_number"),
            ("row_number = true", "row = true", "mapping: columns.line_id"),
            ("[\"Quantity\", \"Price\"]", "\"Price\"", "mapping: columns.net_amount.multiply"),
            ("%H:%M:%S", "%Q", "mapping: columns.document_date.format"),
            ("%Y-%m-%d ", "", "mapping: columns.document_date.format"),
            ("{ value = \"GBP\" }", "{ value = 5 }", "mapping: columns.currency.value"),
            ("prefix = \"C\"", "suffix = \"C\"", "mapping: columns.kind.return_if_starts_with"),
            ("if_empty", "if_blank", "mapping: skip.if_blank"),
            ("[skip]", "[skipped]", "mapping: skipped"),
            ("[columns]", "[colums]", "mapping: columns"),
            ("[columns]", "[columns", "mapping"),
        ] {
            let broken = RAW.replacen(from, to, 1);
            assert_ne!(broken, RAW, "{from}");
            match Mapping::parse(&broken, ImportKind::Sales) {
                Err(Error::Invalid(problems)) => assert!(
                    problems.iter().any(|problem| problem.field == key),
                    "{to}: {problems:?}"
                ),
                other => panic!("{to}: {other:?}"),
            }
        }
    }
}
