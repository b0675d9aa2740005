//! The catalogue of words: whole in both languages, nothing missing, nothing left over.

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::FluentResource;
use openrebate::audit;
use openrebate::values::Language;
use openrebate::words::words;

use crate::support::source::{files, sources};

/// Keys of one language, each with the arguments and other keys it names.
struct Catalogue {
    args: BTreeMap<String, BTreeSet<String>>,
    text: BTreeMap<String, String>,
    wrong: Vec<String>,
}

fn catalogue(language: Language) -> Catalogue {
    let mut found = Catalogue { args: BTreeMap::new(), text: BTreeMap::new(), wrong: Vec::new() };
    for (path, source) in files(&format!("templates/words/{language}"), "ftl") {
        if let Err((_, errors)) = FluentResource::try_new(source.clone()) {
            found.wrong.extend(errors.iter().map(|error| format!("{path}: {error}")));
        }
        let mut key = String::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, value)) = line.split_once('=').filter(|_| is_key_start(line)) {
                key = name.trim().to_owned();
                if found.text.insert(key.clone(), value.trim().to_owned()).is_some() {
                    found.wrong.push(format!("{path}: {key} stands twice"));
                }
                found.args.insert(key.clone(), arguments(value));
            } else if line.starts_with([' ', '}']) && !key.is_empty() {
                found.args.entry(key.clone()).or_default().extend(arguments(line));
                found.text.entry(key.clone()).or_default().push_str(line);
            } else if !line.trim().is_empty() {
                found.wrong.push(format!("{path}: {line:?} belongs to no key"));
            }
        }
    }
    found
}

fn is_key_start(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_lowercase())
}

fn arguments(text: &str) -> BTreeSet<String> {
    let names = text.split('$').skip(1);
    names
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || "-_".contains(*c)).collect())
        .collect()
}

/// Whether a literal looks like a key: `area-some-thing`.
fn looks_like_key(literal: &str) -> bool {
    literal.contains('-')
        && is_key_start(literal)
        && !literal.ends_with('-')
        && literal.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Every literal of sources and templates that may be a key.
fn literals() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for source in sources() {
        found.extend(source.literals.iter().map(|l| (source.path.clone(), l.clone())));
    }
    for (path, text) in files("templates", "html").into_iter().chain(files("templates", "txt")) {
        let inside = text.split("{{").chain(text.split("{%")).skip(1);
        for code in inside.map(|rest| rest.split("}}").next().unwrap_or_default()) {
            let code = code.split("%}").next().unwrap_or_default();
            found.extend(code.split('"').skip(1).step_by(2).map(|l| (path.clone(), l.to_owned())));
        }
    }
    found
}

#[test]
fn both_languages_say_the_same_things_about_the_same_things() {
    let (chinese, english) = (catalogue(Language::ZhCn), catalogue(Language::En));
    let mut wrong = [chinese.wrong, english.wrong].concat();
    for key in chinese.args.keys().chain(english.args.keys()).collect::<BTreeSet<_>>() {
        match (chinese.args.get(key), english.args.get(key)) {
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => wrong.push(format!("{key}: {a:?} in Chinese, {b:?} in English")),
            (None, _) => wrong.push(format!("{key}: no Chinese")),
            (_, None) => wrong.push(format!("{key}: no English")),
        }
        for language in [Language::ZhCn, Language::En] {
            if !words(language).has(key) {
                wrong.push(format!("{key}: the program doesn't find it in {language}"));
            }
        }
    }
    assert!(chinese.args.len() > 60, "{} keys: were they all read?", chinese.args.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Codes make the ends of keys: `words.code("payout-state", …)`, `format!("payout-state-{…}")`.
fn stem(literal: &str) -> &str {
    literal.split_once("-{").map_or(literal, |(stem, _)| stem)
}

fn keys() -> BTreeSet<String> {
    catalogue(Language::ZhCn).args.into_keys().collect()
}

#[test]
fn every_key_that_is_named_exists() {
    let keys = keys();
    let areas: BTreeSet<&str> = keys.iter().filter_map(|key| key.split('-').next()).collect();
    let starts_a_key = |stem: &str| keys.iter().any(|key| key.starts_with(&format!("{stem}-")));
    let mut wrong = Vec::new();
    for (path, literal) in literals() {
        let stem = stem(&literal);
        let area = stem.split('-').next().unwrap_or_default();
        let is_key = looks_like_key(stem) && areas.contains(area);
        if is_key && !keys.contains(stem) && !starts_a_key(stem) {
            wrong.push(format!("{path}: there is no {literal:?} in the catalogue"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A key of an area that no other key has looks like any other text, but a page asks for it.
#[test]
fn every_key_a_page_asks_for_exists() {
    let keys = keys();
    let mut wrong = Vec::new();
    for (path, text) in files("templates", "html") {
        for call in ["page.t(\"", "page.t1(\"", "page.t2(\""] {
            let asked = text.split(call).skip(1).filter_map(|rest| rest.split('"').next());
            // What a page may ask for is shown by `key` in a note to whoever writes one.
            let unknown = asked.filter(|key| *key != "key" && !keys.contains(*key));
            wrong
                .extend(unknown.map(|key| format!("{path}: there is no {key:?} in the catalogue")));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_key_is_named_somewhere() {
    let literals = literals();
    let named: BTreeSet<&str> = literals.iter().map(|(_, literal)| stem(literal)).collect();
    let left_over: Vec<_> = keys()
        .into_iter()
        .filter(|key| {
            let mut stems = key.match_indices('-').map(|(at, _)| &key[..at]);
            !named.contains(key.as_str()) && !stems.any(|stem| named.contains(stem))
        })
        .collect();
    assert!(left_over.is_empty(), "nothing says\n{}", left_over.join("\n"));
}

/// What the log keeps stands as a code: `dispute.decided`. Whoever reads it reads words.
#[test]
fn every_action_and_object_of_the_audit_log_has_a_word() {
    let keys = keys();
    let kept = |source: &crate::support::source::Source| {
        source.code.contains("audit::") || source.code.contains("audit::{")
    };
    let mut wrong = Vec::new();
    let mut seen = 0;
    let mut kinds = BTreeSet::new();
    for (path, text) in files("src", "rs") {
        for rest in text.split("object: (\"").skip(1) {
            let kind = rest.split('"').next().unwrap_or_default().to_owned();
            if !audit::KINDS.contains(&kind.as_str()) {
                wrong.push(format!("{path}: audit::KINDS lacks {kind:?}"));
            }
            kinds.insert(kind);
        }
    }
    for kind in audit::KINDS {
        if !kinds.contains(*kind)
            || !keys.contains(&format!("audit-kind-{}", kind.replace('_', "-")))
        {
            wrong.push(format!("audit::KINDS: nothing is told of {kind:?}, or it has no word"));
        }
    }
    for source in sources().iter().filter(|source| kept(source)) {
        for literal in &source.literals {
            let word = |text: &str| {
                !text.is_empty() && text.chars().all(|c| "_".contains(c) || c.is_ascii_lowercase())
            };
            let Some((noun, verb)) = literal.split_once('.') else { continue };
            if word(noun) && word(verb) {
                seen += 1;
                let key = format!("audit-did-{noun}-{verb}").replace('_', "-");
                if !keys.contains(&key) {
                    wrong.push(format!("{}: {literal:?} has no word {key}", source.path));
                }
            }
        }
    }
    assert!(seen > 30, "{seen} actions: were they all found?");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The outbox keeps a letter's kind as a code, and staff read it in words.
#[test]
fn every_kind_of_letter_has_a_word() {
    let keys = keys();
    let mut seen = 0;
    for (path, text) in files("src/mailbox/letters", "rs") {
        for rest in text.split("const KIND: &'static str = \"").skip(1) {
            let kind = rest.split('"').next().unwrap_or_default();
            seen += 1;
            let key = format!("mail-kind-{}", kind.replace('_', "-"));
            assert!(keys.contains(&key), "{path}: {kind:?} has no word {key}");
        }
    }
    assert!(seen > 10, "{seen} kinds: were they all found?");
}

#[test]
fn words_avoid_what_has_another_meaning_in_law() {
    let chinese = catalogue(Language::ZhCn).text;
    for (key, text) in chinese {
        // The help page is where the difference is explained.
        for word in ["回扣", "好处费"] {
            assert!(!text.contains(word) || key.starts_with("help-"), "{key}: {text}");
        }
        let sentence = text.replace("->", "");
        assert!(!sentence.contains(['<', '>']), "{key} holds markup: {text}");
    }
}
