use clap::{Args, Subcommand};

use super::{Context, Outcome};
use crate::error::Result;
use crate::mailbox::{self, Delivery};

/// `openrebate mail`
#[derive(Args)]
pub struct Mail {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Send every letter that is due now; the running portal does this by itself
    Deliver,
}

impl Mail {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let Action::Deliver = self.action;
        let transport = context.config.mail.open()?;
        let db = context.open_existing()?;
        let (mut sent, mut delayed, mut failed) = (0_u64, 0_u64, 0_u64);
        loop {
            match mailbox::deliver_next(&db, transport.as_ref())? {
                Delivery::Nothing => break,
                Delivery::Sent(_) => sent += 1,
                Delivery::Delayed(..) => delayed += 1,
                Delivery::Failed(_) => failed += 1,
            }
        }
        if context.json {
            let report = serde_json::json!({ "sent": sent, "delayed": delayed, "failed": failed });
            println!("{report:#}");
        } else {
            println!("sent {sent}, to be tried again {delayed}, failed {failed}");
        }
        Ok(if delayed + failed == 0 { Outcome::Done } else { Outcome::Differs })
    }
}
