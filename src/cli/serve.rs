use std::net::TcpListener;

use clap::Args;

use super::{Context, Outcome};
use crate::error::{Error, Result};
use crate::{web, worker};

/// `openrebate serve`
#[derive(Args)]
pub struct Serve {
    /// Don't bring the schema up to date first
    #[arg(long)]
    no_migrate: bool,
    /// Where to listen; wins over the configuration
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Write logs as JSON, one object a line
    #[arg(long)]
    json_logs: bool,
}

impl Serve {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        log(self.json_logs);
        let db = if self.no_migrate { context.open_unmigrated()? } else { context.open()? };
        let address = self.listen.as_deref().unwrap_or(&context.config.listen);
        let listener = TcpListener::bind(address).map_err(|e| {
            Error::internal(format!("cannot listen on {address}: {e}; set --listen or listen"))
        })?;
        let app = web::App::new(db, context.config.clone());
        tracing::info!(address = %listener.local_addr()?, base_url = app.config.base_url, "serving");
        let duties = worker::start(app.db.clone(), &app.config)?;
        web::serve(app, listener)?;
        duties.stop(std::time::Duration::from_secs(10));
        tracing::info!("stopped");
        Ok(Outcome::Done)
    }
}

/// Logs go to standard error; `RUST_LOG` chooses how much.
pub(super) fn log(json: bool) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second initialisation, by a test, leaves the first one standing.
    let _ = if json { logs.json().try_init() } else { logs.try_init() };
}
