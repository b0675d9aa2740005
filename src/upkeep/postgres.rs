//! PostgreSQL's own tools: they know its dumps, and come with it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::db::DatabaseUrl;
use crate::error::{Error, Result};

/// The tool, ready to be told what to do.
fn tool(name: &str, url: &DatabaseUrl) -> Result<Command> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found: Option<PathBuf> =
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file());
    let Some(found) = found else {
        return Err(Error::internal(format!(
            "{name} isn't on the path: install PostgreSQL's client tools (postgresql-client), at \
             least as new as the server"
        )));
    };
    let Some((bare, password)) = url.for_tools() else {
        return Err(Error::internal(format!("{url} is no PostgreSQL")));
    };
    let mut command = Command::new(found);
    command.arg("--dbname").arg(bare).arg("--no-password").stdin(Stdio::null());
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    Ok(command)
}

fn run(name: &str, mut command: Command) -> Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::internal(format!("{name} failed: {}", said.trim())))
}

/// Dumps the database as it was at the moment.
pub(super) fn dump(url: &DatabaseUrl, moment: &str, into: &Path) -> Result<()> {
    let mut command = tool("pg_dump", url)?;
    command.args(["--format=custom", "--no-owner", "--no-privileges"]);
    command.arg(format!("--snapshot={moment}")).arg("--file").arg(into);
    run("pg_dump", command)
}

/// All of it, or nothing.
pub(super) fn load(url: &DatabaseUrl, from: &Path) -> Result<()> {
    let mut command = tool("pg_restore", url)?;
    command.args(["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]);
    command.arg(from);
    run("pg_restore", command)
}
