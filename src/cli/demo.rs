use std::net::TcpListener;

use clap::Args;

use super::{Context, Outcome};
use crate::config::Config;
use crate::db::{Clock, Db};
use crate::demo;
use crate::error::{Error, Result};
use crate::{web, worker};

/// `openrebate demo`
#[derive(Args)]
pub struct Demo {
    /// The port of this machine to serve on
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

impl Demo {
    /// Everything lies in a folder that goes when the demo ends. Mail goes to that folder.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        super::serve::log(false);
        let address = format!("127.0.0.1:{}", self.port);
        let listener = TcpListener::bind(&address).map_err(|e| {
            Error::internal(format!("cannot listen on {address}: {e}; try --port 8090"))
        })?;
        let folder = tempfile::Builder::new().prefix("openrebate-demo-").tempdir()?;
        let config = config(&context.config, folder.path(), &address);
        println!("making two years of sales of a made-up company, which takes a minute …");
        let hints = demo::play(
            &config.database_url()?,
            config.house(),
            &config.files,
            &*config.mail.open()?,
            &config.limits,
            &|month| println!("  {month}"),
        )?;
        // The play had a clock of its own; the portal goes by the machine's.
        let db = Db::open(&config.database_url()?, config.house(), Clock::Machine)?;
        println!("\nOpenrebate demo: {}", config.base_url);
        println!("database {}, mail in {}\n", config.database, config.mail.folder.display());
        for hint in &hints {
            println!("  {:<18} {:<30} {}", hint.role, hint.email, demo::PASSWORD);
        }
        println!("\nCtrl-C ends the demo and deletes its data.");
        let duties = worker::start(db.clone(), &config)?;
        web::serve(web::App::new(db, config), listener)?;
        duties.stop(std::time::Duration::from_secs(5));
        Ok(Outcome::Done)
    }
}

/// Only limits and deadlines are taken from the operator's configuration: a demo touches nothing
/// of the real house.
fn config(given: &Config, folder: &std::path::Path, address: &str) -> Config {
    let mut config = Config {
        database: format!("sqlite://{}", folder.join("demo.db").display()),
        listen: address.to_owned(),
        base_url: format!("http://{address}"),
        company: demo::COMPANY.to_owned(),
        contact: demo::contact(),
        company_tax_id: demo::TAX_ID.to_owned(),
        phone_hours: "9:00–17:30".to_owned(),
        files: folder.join("files"),
        banner: "演示数据 · Demo data".to_owned(),
        limits: given.limits.clone(),
        ..Config::default()
    };
    config.mail.folder = folder.join("mail");
    config
}
