//! The project's own source text, read so that rules about it can be tests.

use std::path::{Path, PathBuf};

/// A Rust source file without its comments and its tests.
pub struct Source {
    /// From the project's root: `src/ledger/store.rs`.
    pub path: String,
    /// The code, with the text of every string literal taken out.
    pub code: String,
    pub literals: Vec<String>,
}

impl Source {
    /// The module of `lib.rs` it belongs to.
    pub fn room(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inside.split(['/', '.']).next().unwrap_or_default()
    }

    /// Where a room's store may be: `store.rs`, a folder of that name, or the one file of a room.
    pub fn is_store(&self) -> bool {
        let room = self.room();
        self.path.starts_with(&format!("src/{room}/store")) || self.path == format!("src/{room}.rs")
    }

    pub fn is_rules(&self) -> bool {
        self.path.contains("/rules.rs") || self.path.contains("/rules/")
    }

    /// The arguments of each call of a function of this name.
    pub fn calls(&self, name: &str) -> Vec<&str> {
        let needle = format!("{name}(");
        self.code
            .match_indices(&needle)
            .map(|(at, _)| {
                let rest = &self.code[at + needle.len()..];
                let mut depth = 1;
                let end = rest.find(|c| {
                    depth += i32::from(c == '(') - i32::from(c == ')');
                    depth == 0
                });
                &rest[..end.unwrap_or(rest.len())]
            })
            .collect()
    }
}

/// Every Rust file of the program, tests left out.
pub fn sources() -> Vec<Source> {
    files("src", "rs")
        .into_iter()
        .filter(|(path, _)| !path.ends_with("/tests.rs") && !path.contains("/tests/"))
        .map(|(path, text)| {
            // By habit the tests of a file stand at its end.
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let (code, literals) = split(text);
            Source { path, code, literals }
        })
        .collect()
}

/// Every file below the folder whose name ends so: path from the root, and text.
pub fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path: PathBuf = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                let text = std::fs::read_to_string(&path).expect("text");
                let name = path.strip_prefix(root).expect("below the root").display().to_string();
                found.push((name, text));
            }
        }
    }
    found.sort();
    found
}

/// Code without comments and literals, and the literals.
fn split(text: &str) -> (String, Vec<String>) {
    let (mut code, mut literals) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if let Some((literal, after)) = string(rest, &code) {
            code.push_str("\"\"");
            literals.push(literal);
            rest = after;
        } else if let Some(after) = character(rest) {
            code.push_str("' '");
            rest = after;
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    (code, literals)
}

fn string<'a>(text: &'a str, before: &str) -> Option<(String, &'a str)> {
    if text.starts_with('r') && !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
        let hashes = text[1..].chars().take_while(|c| *c == '#').count();
        if let Some(inside) = text[1 + hashes..].strip_prefix('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let at = inside.find(&end)?;
            return Some((inside[..at].to_owned(), &inside[at + end.len()..]));
        }
    }
    let inside = text.strip_prefix('"')?;
    let mut escaped = false;
    let end = inside.find(|c| {
        let over = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        over
    })?;
    // A backslash at the end of a line joins it with the next.
    let literal = inside[..end].split("\\\n").map(str::trim_start).collect::<Vec<_>>().join("");
    Some((literal, &inside[end + 1..]))
}

/// A character literal, told from a lifetime by its second quote.
fn character(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('\'')?;
    if let Some(escape) = inside.strip_prefix('\\') {
        let end = escape.char_indices().skip(1).find(|(_, c)| *c == '\'')?.0;
        return Some(&escape[end + 1..]);
    }
    let c = inside.chars().next()?;
    inside[c.len_utf8()..].strip_prefix('\'')
}

#[test]
fn code_and_literals_are_told_apart() {
    let text = "let a = \"x // \\\" y\"; // \"no\"\nlet b = r#\"r\"w\"#; let c = '\"'; fn f<'a>() { '\\'' }";
    let (code, literals) = split(text);
    assert_eq!(literals, ["x // \\\" y", "r\"w"]);
    assert_eq!(code, "let a = \"\"; \nlet b = \"\"; let c = ' '; fn f<'a>() { ' ' }");
}
