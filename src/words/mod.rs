//! The catalogue of words: every sentence of pages, letters and refusals, in both languages.
//!
//! Owns `templates/words/{zh-CN,en}/*.ftl`. Keys are unique over all files; a test holds that
//! both languages have the same keys with the same arguments and that every key a template or a
//! source file names exists. No markup in sentences: templates escape what comes from here.

mod dates;
mod kept;

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_embed::RustEmbed;
use unic_langid::LanguageIdentifier;

pub use dates::{date, date_range, date_time, deadline};
pub use kept::kept_html;

use crate::values::{Language, Period, Quantity, Text, UNITS};

#[derive(RustEmbed)]
#[folder = "templates/words"]
struct Files;

/// The catalogue in one language.
pub struct Words {
    pub language: Language,
    bundle: FluentBundle<FluentResource>,
}

static ZH_CN: LazyLock<Words> = LazyLock::new(|| Words::load(Language::ZhCn));
static EN: LazyLock<Words> = LazyLock::new(|| Words::load(Language::En));

/// The catalogue in the language.
pub fn words(language: Language) -> &'static Words {
    match language {
        Language::ZhCn => &ZH_CN,
        Language::En => &EN,
    }
}

/// For the shell and the logs.
pub fn english() -> &'static Words {
    words(Language::En)
}

impl Words {
    fn load(language: Language) -> Self {
        let locale: LanguageIdentifier = language.as_str().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        bundle.set_use_isolating(false);
        let mut names: Vec<_> =
            Files::iter().filter(|name| name.starts_with(&format!("{language}/"))).collect();
        names.sort();
        for name in names {
            let Some(file) = Files::get(&name) else { continue };
            let source = String::from_utf8_lossy(&file.data).into_owned();
            // A broken entry is reported by the test over all files; the others still speak.
            let resource = FluentResource::try_new(source).unwrap_or_else(|(rest, _)| rest);
            let _ = bundle.add_resource(resource);
        }
        Self { language, bundle }
    }

    /// The sentence without arguments. An unknown key shows itself, so that it is seen.
    pub fn t(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// The sentence with one argument.
    pub fn t1(&self, key: &str, name: &str, value: impl ToString) -> String {
        self.with(key, [(name, value.to_string())])
    }

    /// The sentence with two arguments.
    pub fn t2(
        &self,
        key: &str,
        name: &str,
        value: impl ToString,
        name2: &str,
        value2: impl ToString,
    ) -> String {
        self.with(key, [(name, value.to_string()), (name2, value2.to_string())])
    }

    /// The sentence with a count that may change its form.
    pub fn count(&self, key: &str, count: i64) -> String {
        self.counts(key, [("count", count)])
    }

    /// The sentence with several counts, each of which may change its form.
    pub fn counts<'a>(
        &self,
        key: &str,
        counts: impl IntoIterator<Item = (&'a str, i64)>,
    ) -> String {
        let args: FluentArgs<'_> =
            counts.into_iter().map(|(name, count)| (name, FluentValue::from(count))).collect();
        self.format(key, Some(&args))
    }

    /// The sentence with arguments.
    pub fn with<'a>(&self, key: &str, args: impl IntoIterator<Item = (&'a str, String)>) -> String {
        let args: FluentArgs<'_> =
            args.into_iter().map(|(name, value)| (name, FluentValue::from(value))).collect();
        self.format(key, Some(&args))
    }

    /// A quantity with its unit: 1,200 件.
    pub fn units(&self, quantity: Quantity) -> String {
        self.units_of(&quantity.to_string())
    }

    fn units_of(&self, count: &str) -> String {
        let one = matches!(count, "1" | "-1");
        self.t1(if one { "quantity-unit" } else { "quantity-units" }, "count", count)
    }

    /// A room's sentence. Rooms speak of periods, days and units in codes; a reader gets them in
    /// words.
    pub fn say(&self, text: &Text) -> String {
        self.with(
            text.key,
            text.args.iter().map(|(name, value)| (*name, self.in_words(name, value))),
        )
    }

    fn in_words(&self, name: &str, value: &str) -> String {
        if let (true, Ok(period)) = (name.ends_with("period"), value.parse::<Period>()) {
            return period.shown(self.language);
        }
        let number = |text: &&str| text.chars().all(|c| c.is_ascii_digit() || ",.-".contains(c));
        if let Some(count) = value.strip_suffix(UNITS).filter(number) {
            return self.units_of(count);
        }
        match value.parse::<chrono::NaiveDate>() {
            Ok(day) if value.len() == 10 => date(self.language, day),
            _ => value.to_owned(),
        }
    }

    /// The word for a code name, by a key made of both: `state-` and `in_review`.
    pub fn code(&self, prefix: &str, code: &str) -> String {
        self.t(&format!("{prefix}-{}", code.replace('_', "-")))
    }

    /// The word for a code name, or the name itself where it has none: names that files bring.
    pub fn name(&self, prefix: &str, name: &str) -> String {
        let key = format!("{prefix}-{}", name.replace(['_', '.'], "-"));
        if self.has(&key) { self.t(&key) } else { name.to_owned() }
    }

    /// Whether the catalogue has the key.
    pub fn has(&self, key: &str) -> bool {
        self.bundle.get_message(key).is_some_and(|m| m.value().is_some())
    }

    fn format(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let text = self.formatted(key, args);
        match self.language {
            Language::ZhCn if text.contains(" 件 ") => close_up(&text),
            _ => text,
        }
    }

    fn formatted(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|m| m.value()) else {
            return format!("[{key}]");
        };
        let mut problems = Vec::new();
        match self.bundle.format_pattern(pattern, args, &mut problems) {
            Cow::Borrowed(text) => text.to_owned(),
            Cow::Owned(text) => text,
        }
    }
}

/// Sentences leave a space after a number; after its unit, before another word, there is none.
fn close_up(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(" 件 ") {
        let counted = before.ends_with(|c: char| c.is_ascii_digit());
        let word = after.starts_with(|c: char| ('\u{4e00}'..='\u{9fff}').contains(&c));
        out.push_str(before);
        out.push_str(if counted && word { " 件" } else { " 件 " });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_told_in_the_readers_language_and_without_a_stray_space() {
        let text = Text::new("policy-says-at-least")
            .with("from", Quantity::from_micro(1_200_000_000).coded())
            .with("reward", "5%");
        assert_eq!(words(Language::ZhCn).say(&text), "达到 1,200 件返 5%");
        assert_eq!(english().say(&text), "at least 1,200 units earn 5%");
        assert_eq!(english().units(Quantity::from_micro(1_000_000)), "1 unit");
        assert_eq!(close_up("零件 套装、-5 件 退货、3 件 × ¥2"), "零件 套装、-5 件退货、3 件 × ¥2");
    }
}
