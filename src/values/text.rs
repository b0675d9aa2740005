//! A sentence for people, by its key in the catalogue of words, with its arguments: rooms speak
//! in these, doors say them in the reader's language.

/// A sentence of the catalogue (`templates/words`), not yet in any language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub key: &'static str,
    pub args: Vec<(&'static str, String)>,
}

impl Text {
    pub fn new(key: &'static str) -> Self {
        Self { key, args: Vec::new() }
    }

    /// The same sentence with one more argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }
}

/// What is wrong with one field of a form or a file, said so that it can be mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The name of the form field, or the path of the key in a file.
    pub field: String,
    pub text: Text,
}

impl Problem {
    pub fn new(field: impl Into<String>, text: Text) -> Self {
        Self { field: field.into(), text }
    }

    /// The same at the field as a form calls it, in sentences that name the field too.
    #[must_use]
    pub fn at(self, field: &str) -> Self {
        let named = |(name, value)| match name {
            "field" => (name, field.to_owned()),
            _ => (name, value),
        };
        let args = self.text.args.into_iter().map(named).collect();
        Self { field: field.to_owned(), text: Text { key: self.text.key, args } }
    }
}
