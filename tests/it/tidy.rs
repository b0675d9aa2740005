//! The rules of the house, held against its source text.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::source::{Source, files, sources};

/// Each breach is a line that names the file; a rule is kept when there is none.
fn kept(breaches: Vec<String>) {
    assert!(breaches.is_empty(), "\n{}", breaches.join("\n"));
}

/// For each source, what the check finds wrong with it.
fn every_source(check: impl Fn(&Source) -> Vec<String>) {
    let sources = sources();
    assert!(sources.len() > 40, "{} sources: were they all found?", sources.len());
    let said = |source: &Source| {
        let wrong = check(source);
        wrong.into_iter().map(|what| format!("{}: {what}", source.path)).collect::<Vec<_>>()
    };
    kept(sources.iter().flat_map(said).collect());
}

/// The modules of `lib.rs`, in their order.
fn modules() -> Vec<String> {
    let map = include_str!("../../src/lib.rs");
    map.lines()
        .filter_map(|line| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned()))
        .collect()
}

/// The modules a source names as `crate::…`, one by one or in braces.
fn uses(source: &Source) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in source.code.match_indices("crate::") {
        let rest = &source.code[at + "crate::".len()..];
        let word = |text: &str| {
            text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
        };
        let Some(group) = rest.strip_prefix('{') else {
            names.insert(word(rest));
            continue;
        };
        let (mut depth, mut item) = (0, String::new());
        for c in group.chars() {
            match c {
                '}' if depth == 0 => break,
                ',' if depth == 0 => {
                    names.insert(word(&item));
                    item.clear();
                    continue;
                }
                _ => depth += i32::from(c == '{') - i32::from(c == '}'),
            }
            item.push(c);
        }
        names.insert(word(&item));
    }
    names
}

#[test]
fn a_module_uses_only_modules_declared_above_it() {
    let modules = modules();
    assert!(modules.len() > 15, "{modules:?}");
    let place = |name: &str| modules.iter().position(|m| m == name);
    every_source(|source| {
        let Some(own) = place(source.room()) else { return Vec::new() };
        uses(source)
            .iter()
            .filter(|name| place(name).is_some_and(|other| other > own))
            .map(|name| format!("uses {name}, which lib.rs declares below it"))
            .collect()
    });
}

#[test]
fn values_and_rules_do_no_io_and_read_no_clock() {
    const IMPURE: [&str; 12] = [
        "std::fs",
        "std::net",
        "std::io",
        "std::env",
        "std::process",
        "std::thread",
        "::now(",
        "SystemTime",
        "Instant",
        "crate::db",
        "rand::",
        "tracing::",
    ];
    every_source(|source| {
        if !(source.room() == "values" || source.is_rules()) {
            return Vec::new();
        }
        let impure = IMPURE.iter().filter(|what| source.code.contains(**what));
        impure.map(|what| format!("{what} in a module that only thinks")).collect()
    });
}

#[test]
fn each_library_stays_in_its_place() {
    let allowed = |library: &str, source: &Source| match library {
        "actix" => source.room() == "web",
        "clap" => source.room() == "cli",
        "lettre" => source.room() == "mailbox",
        "diesel" => source.is_store() || ["db", "values", "error"].contains(&source.room()),
        _ => false,
    };
    every_source(|source| {
        ["actix", "clap", "lettre", "diesel"]
            .into_iter()
            .filter(|library| {
                let named = [format!("{library}::"), format!("{library}_")];
                named.iter().any(|name| source.code.contains(name)) && !allowed(library, source)
            })
            .map(|library| format!("names {library}"))
            .collect()
    });
}

/// Tables and the room that owns each, as the first migration heads its blocks.
fn owners() -> BTreeMap<String, String> {
    let (mut owners, mut room) = (BTreeMap::new(), String::new());
    for (_, text) in files("migrations/common", "sql") {
        for line in text.lines() {
            if let Some(heading) = line.strip_prefix("-- ") {
                let word = heading.split([' ', ':']).next().unwrap_or_default();
                if modules().iter().any(|module| module == word) {
                    room = word.to_owned();
                }
            } else if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
                let table = rest.split(' ').next().unwrap_or_default();
                owners.insert(table.to_owned(), room.clone());
            }
        }
    }
    owners
}

#[test]
fn only_its_owner_writes_a_table() {
    let owners = owners();
    assert!(owners.len() > 30 && owners["ledger_postings"] == "ledger", "{owners:?}");
    every_source(|source| {
        let mut breaches = Vec::new();
        let may = |room: &str| source.room() == room && (source.is_store() || room == "db");
        for call in ["insert_into", "diesel::update", "diesel::delete"] {
            for arguments in source.calls(call) {
                for (table, room) in &owners {
                    let named = arguments.split(|c: char| !c.is_alphanumeric() && c != '_');
                    if named.into_iter().any(|word| word == table) && !may(room) {
                        breaches.push(format!("{call} of {table}, which {room} owns"));
                    }
                }
            }
        }
        for literal in &source.literals {
            let flat = literal.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
            for verb in ["insert into ", "update ", "delete from "] {
                for (at, _) in flat.match_indices(verb) {
                    let rest = &flat[at + verb.len()..];
                    let table =
                        rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
                    match owners.get(table) {
                        Some(room) if !may(room) => {
                            breaches.push(format!("{verb}{table}, which {room} owns"));
                        }
                        _ => {}
                    }
                }
            }
        }
        breaches
    });
}

#[test]
fn every_page_template_has_its_source_and_every_letter_both_forms() {
    let sources = sources();
    let fills = |template: &str| {
        let inside = template.strip_prefix("templates/").unwrap_or(template);
        let folder = inside.split('/').next().unwrap_or_default();
        sources.iter().any(|source| {
            source.path.starts_with(&format!("src/web/{folder}/"))
                && source.literals.iter().any(|literal| literal == inside)
        })
    };
    let templates: Vec<_> = files("templates", "html").into_iter().map(|(path, _)| path).collect();
    let texts: Vec<_> = files("templates", "txt").into_iter().map(|(path, _)| path).collect();
    let mut breaches = Vec::new();
    for template in &templates {
        let folder = template.split('/').nth(1).unwrap_or_default();
        match folder {
            "account" | "customer" | "staff" if !fills(template) => {
                breaches.push(format!("{template}: no source below src/web/{folder} fills it"));
            }
            "email" if !texts.contains(&template.replace(".html", ".txt")) => {
                breaches.push(format!("{template}: a letter without text"));
            }
            "account" | "customer" | "staff" | "email" | "layout" | "part" => {}
            _ => breaches.push(format!("{template}: in no folder of the house")),
        }
    }
    for text in &texts {
        if !templates.contains(&text.replace(".txt", ".html")) {
            breaches.push(format!("{text}: a letter without HTML"));
        }
    }
    kept(breaches);
}

#[test]
fn forms_refuse_what_they_dont_know() {
    every_source(|source| {
        if source.room() != "web" {
            return Vec::new();
        }
        let derives = source.code.match_indices("#[derive(").filter(|(at, _)| {
            source.code[*at..].split(")]").next().is_some_and(|list| list.contains("Deserialize"))
        });
        derives
            .filter_map(|(at, _)| {
                let rest = &source.code[at..];
                let head = &rest[..rest.find(['{', ';']).unwrap_or(rest.len())];
                let name = head.split("struct ").nth(1)?;
                (!head.contains("deny_unknown_fields"))
                    .then(|| format!("{} takes any field", name.trim()))
            })
            .collect()
    });
}

#[test]
fn templates_never_switch_escaping_off() {
    let html = files("templates", "html");
    let off = html.iter().filter(|(_, text)| {
        let flat: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        flat.contains("|safe") || flat.contains("escape(\"none\")")
    });
    kept(off.map(|(path, _)| format!("{path}: prints something unescaped")).collect());
}

#[test]
fn no_file_is_longer_than_one_can_hold_in_mind() {
    // Lines of code: blanks, comments and a file's own tests don't count.
    const MOST: usize = 400;
    every_source(|source| {
        let lines = source.code.lines().filter(|line| !line.trim().is_empty()).count();
        // The schema's page is a list, not a text.
        let long = lines > MOST && source.path != "src/db/schema.rs";
        long.then(|| format!("{lines} lines of code")).into_iter().collect()
    });
}
