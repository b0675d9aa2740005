use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::json;

use super::{Context, Outcome};
use crate::accruals;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::policies::{self, FileProblem, MOST_BYTES, Published, Terms, Version};
use crate::values::{Actor, PolicyId, Problem, Text};
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
    /// List policies: what is promised and what is under way
    List,
    /// End a published policy before its terms do, as the operator
    End {
        /// The policy's code
        code: String,
        /// The last day on which it holds: today or later
        #[arg(long, value_name = "DAY")]
        last_day: NaiveDate,
        /// Why; the customers it covers read it
        #[arg(long)]
        reason: String,
    },
    /// Withdraw a draft, or a published policy none of whose periods is closed, as the operator
    Withdraw {
        /// The policy's code
        code: String,
        /// The version under way instead of the published one
        #[arg(long)]
        draft: bool,
        /// Why; the customers a published one covers read it
        #[arg(long)]
        reason: String,
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
            Action::List => list(context),
            Action::End { code, last_day, reason } => end(context, &code, last_day, &reason),
            Action::Withdraw { code, draft, reason } => withdraw(context, &code, draft, &reason),
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

fn list(context: &Context) -> Result<Outcome> {
    let mut versions = context.open()?.read(policies::all)?;
    versions.retain(|version| version.state.is_open() || version.state.is_promised());
    if context.json {
        let rows: Vec<_> = versions.iter().map(listed).collect();
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(Outcome::Done);
    }
    for version in &versions {
        let last = version.last_day().map_or_else(|| "on".to_owned(), |day| day.to_string());
        let (from, name) = (version.terms.from, &version.terms.name.en);
        let (code, number, state) = (&version.code, version.number, version.state);
        println!("{code} version {number}  {state}  {from} to {last}  {name}");
    }
    Ok(Outcome::Done)
}

fn listed(version: &Version) -> serde_json::Value {
    json!({
        "policy": version.code, "version": version.number, "state": version.state,
        "from": version.terms.from, "last_day": version.last_day(),
        "name": version.terms.name.en, "drafted_by": version.drafted_by_name,
        "terms_hash": version.terms_hash,
    })
}

fn end(context: &Context, code: &str, last_day: NaiveDate, reason: &str) -> Result<Outcome> {
    let number = context.open()?.write(&Actor::operator(), |tx| {
        let version = policies::by_code(tx, code).map_err(|error| unknown(error, code))?;
        policies::end(tx, &version.id, last_day, reason)?;
        Ok(version.number)
    })?;
    report_step(context, "ends", code, number, &format!(" on {last_day}"))
}

fn withdraw(context: &Context, code: &str, draft: bool, reason: &str) -> Result<Outcome> {
    let any_closed = |conn: &mut Conn, policy: &PolicyId| {
        Ok(!accruals::closed_periods(conn, policy)?.is_empty())
    };
    let number = context.open()?.write(&Actor::operator(), |tx| {
        let named = |version: &Version| version.code == code && version.state.is_open() == draft;
        let found = policies::all(tx)?.into_iter().find(named);
        let version = found.ok_or_else(|| unknown(Error::NotFound, code))?;
        policies::withdraw(tx, &version.id, reason, &any_closed)?;
        Ok(version.number)
    })?;
    report_step(context, "withdrawn", code, number, "")
}

fn unknown(error: Error, code: &str) -> Error {
    match error {
        Error::NotFound => Text::new("policy-unknown-code").with("code", code).into(),
        other => other,
    }
}

fn report_step(
    context: &Context,
    step: &str,
    code: &str,
    number: i32,
    more: &str,
) -> Result<Outcome> {
    if context.json {
        println!("{}", json!({ "policy": code, "version": number, "step": step }));
    } else {
        println!("{step}  {code} version {number}{more}");
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
