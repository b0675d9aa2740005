use std::io::Read;

use clap::{Args, Subcommand};

use super::{Context, Outcome};
use crate::customers;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::mailbox::{self, LONGEST_HEAD, Reception, Tally};
use crate::people;
use crate::statements::Papers;
use crate::values::{Actor, EmailAddress, Language};

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
    /// Read one mail from standard input, as a mail server's alias pipes it in, and answer that
    /// it should be written in the portal; exits with 65 for what is no mail, 75 to be tried again
    Receive,
    /// Print the DNS record that publishes the key letters are signed with
    Dns,
}

impl Mail {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        match self.action {
            Action::Deliver => deliver(context),
            Action::Receive => Ok(receive(context)),
            Action::Dns => dns(context),
        }
    }
}

fn deliver(context: &Context) -> Result<Outcome> {
    let transport = context.config.mail.open()?;
    let db = context.open_existing()?;
    let Tally { sent, delayed, failed, .. } =
        mailbox::deliver_due(&db, transport.as_ref(), &Papers, &|| false)?;
    let away = db.read(mailbox::relay_away)?;
    if context.json {
        let why = away.as_ref().map(|away| &away.why);
        let report = serde_json::json!({
            "sent": sent, "delayed": delayed, "failed": failed, "relay_away": why,
        });
        println!("{report:#}");
    } else {
        println!("sent {sent}, to be tried again {delayed}, failed {failed}");
        if let Some(away) = &away {
            println!(
                "the mail server takes nothing, and is asked again at {}: {}",
                away.until, away.why
            );
        }
    }
    Ok(if delayed + failed == 0 && away.is_none() { Outcome::Done } else { Outcome::Differs })
}

fn dns(context: &Context) -> Result<Outcome> {
    let Some(dkim) = context.config.mail.signature()? else {
        return Err(Error::internal(
            "letters are not signed: set mail.dkim.key and mail.dkim.selector",
        ));
    };
    if context.json {
        let report = serde_json::json!({ "name": dkim.record, "type": "TXT", "text": dkim.text });
        println!("{report:#}");
    } else {
        println!("{} TXT \"{}\"", dkim.record, dkim.text);
    }
    Ok(Outcome::Done)
}

/// A mail server is to keep the mail and come again for everything but what is no mail.
fn receive(context: &Context) -> Outcome {
    let head = match head(std::io::stdin().lock()) {
        Ok(head) => head,
        Err(error) => return later(&error),
    };
    let mail = match mailbox::read_incoming(&head) {
        Ok(mail) => mail,
        Err(why) => {
            eprintln!("error: standard input holds no mail: {why}");
            return Outcome::NoMail;
        }
    };
    match answer(context, &mail) {
        Ok(reception) => {
            println!("{}", said(reception));
            Outcome::Done
        }
        Err(error) => later(&error),
    }
}

fn later(error: &Error) -> Outcome {
    eprintln!("error: {error}");
    Outcome::TryAgain
}

/// The head, and a little more; the rest is taken from the pipe and forgotten.
fn head(mut input: impl Read) -> Result<Vec<u8>> {
    let most = u64::try_from(LONGEST_HEAD).map_err(Error::internal)?;
    let mut head = Vec::new();
    input.by_ref().take(most + 1).read_to_end(&mut head)?;
    std::io::copy(&mut input, &mut std::io::sink())?;
    Ok(head)
}

fn answer(context: &Context, mail: &mailbox::Incoming) -> Result<Reception> {
    let db = context.open_existing()?;
    let settings = &context.config.mail;
    let own = mailbox::own_addresses([&settings.from, &settings.reply_to, &settings.bounces]);
    db.write(&Actor::system("mail"), |tx| {
        let language = match &mail.sender {
            Some(sender) => language(tx, sender)?,
            None => None,
        };
        mailbox::receive(tx, mail, language, &own)
    })
}

/// What somebody reads: what they chose, else what their company does; None for strangers.
fn language(tx: &mut Tx<'_>, sender: &EmailAddress) -> Result<Option<Language>> {
    let person = match people::by_email(tx, sender.as_str()) {
        Ok(person) => person,
        Err(Error::NotFound) => return Ok(None),
        Err(other) => return Err(other),
    };
    Ok(Some(match (person.language, person.customer()) {
        (Some(chosen), _) => chosen,
        (None, Some(customer)) => customers::by_id(tx, customer)?.language,
        (None, None) => Language::ZhCn,
    }))
}

fn said(reception: Reception) -> &'static str {
    match reception {
        Reception::Answered => "answered",
        Reception::AnsweredToday => "answered today already",
        Reception::Reported => "noted what a mail server reported",
        Reception::Silent => "not answered",
    }
}
