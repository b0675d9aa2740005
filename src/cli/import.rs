use std::io::IsTerminal;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Context, Outcome};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::sales::{self, ImportKind, Incoming, Options, Report, Watch};
use crate::values::{Actor, ImportId, Language, Text};
use crate::words;

/// `openrebate import`
#[derive(Args)]
pub struct Import {
    /// What the file brings
    kind: Kind,
    /// A CSV (also packed with gzip) or XLSX file
    file: PathBuf,
    /// A mapping file for a foreign layout
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// The source of lines that don't name one
    #[arg(long, default_value = "csv")]
    source: String,
    /// Make customers and products that lines name and the portal doesn't know
    #[arg(long)]
    create_missing: bool,
    /// Only say what would become of each row
    #[arg(long)]
    dry_run: bool,
    /// Import the good rows even when others are rejected
    #[arg(long)]
    accept_good_rows: bool,
    /// First discard an import that was interrupted
    #[arg(long)]
    discard_unfinished: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Customers,
    Products,
    Sales,
    Targets,
    Baselines,
}

impl Import {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let kind = match self.kind {
            Kind::Customers => ImportKind::Customers,
            Kind::Products => ImportKind::Products,
            Kind::Sales => ImportKind::Sales,
            Kind::Targets => ImportKind::Targets,
            Kind::Baselines => ImportKind::Baselines,
        };
        let options = Options {
            mapping: self.mapping()?,
            source: self.source.trim().to_owned(),
            create_missing: self.create_missing,
            accept_good_rows: self.accept_good_rows,
        };
        let name = self.file.display().to_string();
        let file = Incoming { kind, path: &self.file, name: &name };
        let mut rejected = self.file.clone().into_os_string();
        rejected.push(".rejected.csv");
        let rejected = PathBuf::from(rejected);
        let db = context.open()?;
        let actor = Actor::operator();
        if self.discard_unfinished {
            discard_unfinished(&db, &actor)?;
        }
        let bar = progress_bar();
        let mut tell = |done: u64, all: u64| {
            bar.set_length(all);
            bar.set_position(done);
        };
        let mut watch = Watch {
            rejected: Some(rejected.clone()),
            language: Language::En,
            progress: Some(&mut tell),
        };
        let (import, report) = if self.dry_run {
            (None, sales::check(&db, &actor, file, &options, &mut watch)?)
        } else {
            let brought = sales::bring_in(&db, &actor, file, &options, &mut watch)?;
            (brought.import, brought.report)
        };
        bar.finish_and_clear();
        let end = match (&import, self.dry_run) {
            (_, true) => End::DryRun,
            (Some(id), _) => End::Committed(id),
            (None, _) => End::HeldBack,
        };
        if !report.leaves_out() {
            // What an earlier try left there has been mended.
            let _ = std::fs::remove_file(&rejected);
        }
        let rejected = report.leaves_out().then(|| rejected.display().to_string());
        if context.json {
            print_json(&report, &end, rejected.as_deref())?;
        } else {
            print(&report, &end, rejected.as_deref());
        }
        Ok(if report.leaves_out() { Outcome::Differs } else { Outcome::Done })
    }

    fn mapping(&self) -> Result<String> {
        let Some(path) = &self.mapping else { return Ok(String::new()) };
        let unreadable = |why: String| {
            let text = Text::new("import-file-unreadable").with("why", why);
            Error::invalid(path.display().to_string(), text)
        };
        let text = std::fs::read_to_string(path).map_err(|e| unreadable(e.to_string()))?;
        // An empty mapping would mean none at all.
        Ok(if text.trim().is_empty() { "# empty".to_owned() } else { text })
    }
}

enum End<'a> {
    DryRun,
    Committed(&'a ImportId),
    HeldBack,
}

fn discard_unfinished(db: &Db, actor: &Actor) -> Result<()> {
    if let Some(import) = db.read(sales::unfinished)? {
        sales::discard(db, actor, &import.id)?;
        eprintln!("discarded the interrupted import of {}", import.file_name);
    }
    Ok(())
}

fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

fn print_json(report: &Report, end: &End<'_>, rejected: Option<&str>) -> Result<()> {
    let totals: serde_json::Map<_, _> = report
        .totals
        .iter()
        .map(|(currency, total)| {
            let value = serde_json::json!({
                "lines": total.lines,
                "quantity": total.quantity().plain(),
                "net": total.net(*currency).plain(),
            });
            (currency.to_string(), value)
        })
        .collect();
    let problems: Vec<_> = report
        .problems
        .iter()
        .map(|row| {
            serde_json::json!({
                "line": row.place.line,
                "column": row.place.column,
                "reason": row.reason.as_str(),
                "found": row.found,
            })
        })
        .collect();
    let (state, import) = match end {
        End::DryRun => ("checked", None),
        End::Committed(id) => ("committed", Some(id.as_str())),
        End::HeldBack => ("held_back", None),
    };
    let all = serde_json::json!({
        "state": state,
        "import": import,
        "rows": report.rows,
        "new": report.new,
        "changed": report.changed,
        "known": report.known,
        "conflicting": report.conflicting,
        "rejected": report.rejected,
        "skipped_by_mapping": report.skipped_by_mapping,
        "reasons": report.reasons,
        "totals": totals,
        "customers_made": report.customers_made,
        "products_made": report.products_made,
        "unknown_columns": report.unknown_columns,
        "problems": problems,
        "rejected_file": rejected,
    });
    println!("{}", serde_json::to_string_pretty(&all)?);
    Ok(())
}

/// How many rejected rows are printed; the file has them all.
const SHOWN: usize = 10;

fn print(report: &Report, end: &End<'_>, rejected: Option<&str>) {
    let words = words::english();
    if !report.unknown_columns.is_empty() {
        eprintln!("warning: these columns are not read: {}", report.unknown_columns.join(", "));
    }
    println!("rows read      {:>12}", report.rows);
    println!("new            {:>12}", report.new);
    if report.changed > 0 {
        println!("changed        {:>12}", report.changed);
    }
    println!("already known  {:>12}", report.known);
    println!("conflicting    {:>12}", report.conflicting);
    println!("rejected       {:>12}", report.rejected);
    for (currency, total) in &report.totals {
        println!(
            "new in {currency}: {} lines, quantity {}, net {} {currency}",
            total.lines,
            total.quantity().plain(),
            total.net(*currency).plain()
        );
    }
    if report.customers_made + report.products_made > 0 {
        let verb = if matches!(end, End::Committed(_)) { "made" } else { "to be made" };
        println!("{verb}: {} customers, {} products", report.customers_made, report.products_made);
    }
    for row in report.problems.iter().take(SHOWN) {
        println!("line {}: {}", row.place.line, words.say(&row.text()));
    }
    let unknown = ["unknown_customer", "unknown_product"];
    if unknown.iter().any(|reason| report.reasons.contains_key(*reason)) {
        println!("import customers and products first, or make what is missing: --create-missing");
    }
    if let Some(rejected) = rejected {
        println!("rejected rows are in {rejected}");
    }
    match end {
        End::DryRun => println!("dry run: nothing was imported"),
        End::Committed(id) => println!("committed as import {id}"),
        End::HeldBack => println!(
            "nothing was imported, because rows were rejected: mend them, or use --accept-good-rows"
        ),
    }
}
