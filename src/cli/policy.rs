use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Context, Outcome};
use crate::error::{Error, Result};
use crate::policies::{self, FileProblem, MOST_BYTES, Published, Terms};
use crate::values::{Actor, Problem, Text};
use crate::words;

/// `openrebate policy`
#[derive(Args)]
pub struct Policy {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Say everything that is wrong with policy files; needs no database
    Check {
        #[arg(required = true, value_name = "FILE.toml")]
        files: Vec<PathBuf>,
    },
    /// Publish policy files, all of them or none, as the operator
    Publish {
        #[arg(required = true, value_name = "FILE.toml")]
        files: Vec<PathBuf>,
    },
}

/// A file that says what it should.
struct Good {
    path: PathBuf,
    source: String,
    terms: Terms,
}

/// One file and what is wrong with it.
struct Bad {
    path: PathBuf,
    problems: Vec<FileProblem>,
}

impl Policy {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        match self.action {
            Action::Check { files } => check(context, &files),
            Action::Publish { files } => publish(context, &files),
        }
    }
}

fn check(context: &Context, files: &[PathBuf]) -> Result<Outcome> {
    let (good, bad) = read_all(files)?;
    if context.json {
        let fine = good
            .iter()
            .map(|file| json!({ "file": file.path, "policy": file.terms.code, "problems": [] }));
        let reports: Vec<_> = fine.chain(bad.iter().map(report)).collect();
        println!("{}", serde_json::to_string_pretty(&reports)?);
    } else {
        for file in &good {
            println!("{}: {} is right", file.path.display(), file.terms.code);
        }
        complain(&bad);
    }
    Ok(if bad.is_empty() { Outcome::Done } else { Outcome::Differs })
}

/// Nothing is published unless every file is right.
fn publish(context: &Context, files: &[PathBuf]) -> Result<Outcome> {
    let (good, bad) = read_all(files)?;
    if !bad.is_empty() {
        if context.json {
            let reports: Vec<_> = bad.iter().map(report).collect();
            println!("{}", serde_json::to_string_pretty(&reports)?);
        } else {
            complain(&bad);
        }
        return Err(Error::internal("nothing was published: mend the files named above"));
    }
    let results = context.open()?.write(&Actor::operator(), |tx| {
        good.iter().map(|file| policies::publish(tx, &file.terms, &file.source)).collect()
    })?;
    print(context, &good, results)
}

fn print(context: &Context, files: &[Good], results: Vec<Published>) -> Result<Outcome> {
    let mut reports = Vec::new();
    for (file, result) in files.iter().zip(&results) {
        let version = result.version();
        let new = matches!(result, Published::New(_));
        if context.json {
            reports.push(json!({
                "file": file.path, "policy": version.code, "version": version.number,
                "published": new, "terms_hash": version.terms_hash,
            }));
        } else if new {
            println!("published  {} version {}", version.code, version.number);
        } else {
            println!("unchanged  {} version {}", version.code, version.number);
        }
    }
    if context.json {
        println!("{}", serde_json::to_string_pretty(&reports)?);
    }
    Ok(Outcome::Done)
}

fn read_all(files: &[PathBuf]) -> Result<(Vec<Good>, Vec<Bad>)> {
    let (mut good, mut bad): (Vec<Good>, Vec<Bad>) = (Vec::new(), Vec::new());
    for path in files {
        let parsed = read(path)?.and_then(|source| match policies::parse(&source) {
            Ok(terms) => Ok(Good { path: path.clone(), source, terms }),
            Err(problems) => Err(problems),
        });
        match parsed {
            Ok(file) if good.iter().any(|other| other.terms.code == file.terms.code) => {
                let text = Text::new("policy-code-twice").with("found", &file.terms.code);
                bad.push(Bad { path: path.clone(), problems: vec![whole_file("code", text)] });
            }
            Ok(file) => good.push(file),
            Err(problems) => bad.push(Bad { path: path.clone(), problems }),
        }
    }
    Ok((good, bad))
}

/// The file's text, or why it is no policy file.
///
/// # Errors
/// The file can't be opened or read.
fn read(path: &Path) -> Result<Result<String, Vec<FileProblem>>> {
    let broken = |error: std::io::Error| Error::internal(format!("{}: {error}", path.display()));
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(broken)?;
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(broken)?;
    if bytes.len() > MOST_BYTES {
        let text = Text::new("policy-too-large").with("most", MOST_BYTES);
        return Ok(Err(vec![whole_file("file", text)]));
    }
    Ok(String::from_utf8(bytes).map_err(|_| vec![whole_file("file", Text::new("policy-not-utf8"))]))
}

fn whole_file(field: &str, text: Text) -> FileProblem {
    FileProblem { line: 1, column: 1, problem: Problem::new(field, text) }
}

/// `FILE:LINE:COLUMN: key: what is wrong`, one line each.
fn complain(files: &[Bad]) {
    for file in files {
        for FileProblem { line, column, problem } in &file.problems {
            let said = words::english().say(&problem.text);
            let place = format!("{}:{line}:{column}", file.path.display());
            eprintln!("{place}: {}: {said}", problem.field);
        }
    }
}

fn report(file: &Bad) -> serde_json::Value {
    let problems: Vec<_> = file
        .problems
        .iter()
        .map(|FileProblem { line, column, problem }| {
            json!({
                "line": line, "column": column, "key": problem.field,
                "message": words::english().say(&problem.text),
            })
        })
        .collect();
    json!({ "file": file.path, "problems": problems })
}
