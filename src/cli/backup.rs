use std::path::PathBuf;

use clap::Args;

use super::{Context, Outcome};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::reports;
use crate::upkeep::{self, Backup as Tried, Made, Source, Target};
use crate::values::{Actor, BackupId};

/// `openrebate backup`
#[derive(Args)]
pub struct Backup {
    /// Where to write it; an earlier backup there is replaced once the new one is whole
    file: PathBuf,
}

impl Backup {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        context.refuse_missing()?;
        let db = context.open_unmigrated()?;
        let config = &context.config;
        let source = Source { db: &db, files: &config.files, but: &config.mail.folder };
        let begun_at = db.now();
        let made = upkeep::back_up(&source, &self.file);
        let file = std::path::absolute(&self.file).unwrap_or_else(|_| self.file.clone());
        let tried = Tried {
            id: BackupId::new(),
            begun_at,
            ended_at: db.now(),
            file: file.display().to_string(),
            bytes: made.as_ref().map_or(0, |made| i64::try_from(made.bytes).unwrap_or(i64::MAX)),
            failure: made.as_ref().err().map(ToString::to_string),
        };
        if let Err(error) = note(&db, &tried) {
            eprintln!("warning: the database doesn't know of this backup: {error}");
        }
        let Made { manifest, bytes } = made?;
        if context.json {
            let report = serde_json::json!({
                "file": tried.file, "bytes": bytes, "files": manifest.files.len(),
                "ledger": manifest.ledger, "audit": manifest.audit, "made_at": manifest.made_at,
            });
            println!("{report:#}");
        } else {
            println!("{}  {bytes} bytes, with {} files", self.file.display(), manifest.files.len());
            println!("ledger        {} entries", manifest.ledger.count);
            println!("audit chain   {} events, head {}", manifest.audit.count, manifest.audit.hash);
        }
        Ok(Outcome::Done)
    }
}

/// An older schema has no place for it: what is kept before an upgrade is kept as it is.
fn note(db: &Db, tried: &Tried) -> Result<()> {
    let status = db.migration_status()?;
    if !status.pending.is_empty() {
        return Err(Error::internal("its schema is of an older version"));
    }
    db.write(&Actor::operator(), |tx| upkeep::note(tx, tried))
}

/// `openrebate restore`
#[derive(Args)]
pub struct Restore {
    /// What openrebate backup wrote
    file: PathBuf,
    /// Then recompute everything from the lines, as openrebate verify does
    #[arg(long)]
    verify: bool,
}

impl Restore {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let config = &context.config;
        let url = config.database_url()?;
        let target = Target { url: &url, house: config.house(), files: &config.files };
        let manifest = upkeep::restore(&self.file, &target)?;
        let db = context.open()?;
        let found = self.verify.then(|| db.read(reports::verify)).transpose()?;
        db.write(&Actor::operator(), |tx| upkeep::note_restored(tx, &manifest))?;
        let differences = found.map(|found| found.differences);
        if context.json {
            let report = serde_json::json!({
                "database": url.to_string(), "files": manifest.files.len(),
                "made_at": manifest.made_at, "made_by": manifest.made_by,
                "ledger": manifest.ledger, "audit": manifest.audit, "differences": differences,
            });
            println!("{report:#}");
        } else {
            println!("{url}  as of {}, with {} files", manifest.made_at, manifest.files.len());
            println!("ledger        {} entries", manifest.ledger.count);
            println!("audit chain   {} events, head {}", manifest.audit.count, manifest.audit.hash);
            match &differences {
                None => println!("it is what was kept; openrebate verify recomputes everything"),
                Some(found) if found.is_empty() => println!("everything adds up"),
                Some(found) => found.iter().for_each(|found| println!("DIFFERS       {found}")),
            }
        }
        let holds = differences.is_none_or(|found| found.is_empty());
        Ok(if holds { Outcome::Done } else { Outcome::Differs })
    }
}
