use std::collections::BTreeSet;

use clap::{Args, Subcommand};

use super::{Context, Outcome};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::people::{self, NewPerson};
use crate::values::{Actor, CustomerRole, EmailAddress, PersonId, StaffRole, parse_date};

/// `openrebate user`
#[derive(Args)]
pub struct User {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make an account; prints a generated password unless one comes by standard input
    Add(Add),
    /// End somebody's access and all their sessions
    Disable(Named),
    /// Take somebody's second factor away and end all their sessions: they sign in with their
    /// password alone until they set another up
    ResetMfa(ResetMfa),
    /// Give somebody a new password and end all their sessions
    Password(Password),
    /// Say who leads an account manager, or everybody who has no lead of their own
    Lead(Lead),
    /// Note that somebody of the staff is away, and who stands in
    Away(Away),
    /// Take somebody's absences back: they are here again
    Back(Named),
}

#[derive(Args)]
struct Add {
    #[arg(long)]
    email: String,
    #[arg(long)]
    name: String,
    /// The customer's code; without it the account is one of the company's staff
    #[arg(long, value_name = "CODE")]
    customer: Option<String>,
    /// For customers viewer, finance or manager; for staff one or more of account_manager,
    /// finance, approver, appeals_reviewer, auditor, admin
    #[arg(long, required = true)]
    role: Vec<String>,
    #[arg(long)]
    phone: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Args)]
struct Named {
    #[arg(long)]
    email: String,
}

#[derive(Args)]
struct ResetMfa {
    #[arg(long)]
    email: String,
    /// How it was made sure that it is they who ask; for the audit log
    #[arg(long, default_value = "at the command line")]
    reason: String,
}

#[derive(Args)]
struct Password {
    #[arg(long)]
    email: String,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Args)]
struct Lead {
    /// The account manager; without it the lead of everybody who has none of their own
    #[arg(long)]
    email: Option<String>,
    /// The lead's address, also an account manager's; without it the lead is taken back
    #[arg(long)]
    lead: Option<String>,
}

#[derive(Args)]
struct Away {
    #[arg(long)]
    email: String,
    /// The first day away, such as 2026-10-01
    #[arg(long, value_name = "DAY")]
    from: String,
    /// The last day away
    #[arg(long, value_name = "DAY")]
    to: String,
    /// Who stands in; without one the lead does
    #[arg(long, value_name = "EMAIL")]
    deputy: Option<String>,
}

impl User {
    pub fn run(self, context: &Context) -> Result<Outcome> {
        match self.command {
            Command::Add(add) => add.run(context),
            Command::Disable(named) => {
                context.open()?.write(&Actor::operator(), |tx| {
                    let id = people::by_email(tx, &named.email)?.id;
                    people::disable(tx, &id)
                })?;
                println!("{} is disabled", named.email);
                Ok(Outcome::Done)
            }
            Command::ResetMfa(reset) => {
                context.open_existing()?.write(&Actor::operator(), |tx| {
                    let id = found(tx, "--email", &reset.email)?;
                    people::reset_second_factor(tx, &id, &reset.reason)
                })?;
                println!("{} has no second factor any more", reset.email);
                Ok(Outcome::Done)
            }
            Command::Password(password) => password.run(context),
            Command::Lead(lead) => lead.run(context),
            Command::Away(away) => away.run(context),
            Command::Back(named) => back(&named.email, context),
        }
    }
}

impl Add {
    fn run(self, context: &Context) -> Result<Outcome> {
        let email = EmailAddress::parse(&self.email).ok_or_else(|| {
            Error::internal(format!("--email: {:?} is not an e-mail address", self.email))
        })?;
        let plain = password(
            self.password_stdin,
            &[email.as_str(), &self.name, &context.config.company, "openrebate"],
        )?;
        let person = NewPerson {
            email,
            name: self.name.clone(),
            password: Some(people::hash_password(&plain)?),
            language: None,
            phone: self.phone.clone(),
        };
        let db = context.open()?;
        match &self.customer {
            Some(code) => {
                let role = self.customer_role()?;
                db.write(&Actor::operator(), |tx| {
                    let customer = crate::customers::by_code(tx, code).map_err(|_| {
                        Error::internal(format!("--customer: there is no {code:?}"))
                    })?;
                    people::add_customer_person(tx, person.clone(), customer.id, role)
                })?;
            }
            None => {
                let roles = self.staff_roles()?;
                db.write(&Actor::operator(), |tx| people::add_staff(tx, person.clone(), &roles))?;
            }
        }
        println!("{} can sign in at {}/sign-in", self.email, context.config.base_url);
        if !self.password_stdin {
            println!("password: {plain}");
        }
        Ok(Outcome::Done)
    }

    fn customer_role(&self) -> Result<CustomerRole> {
        match self.role.as_slice() {
            [one] => CustomerRole::from_code(one).ok_or_else(|| {
                Error::internal(format!("--role: {one:?} is not viewer, finance or manager"))
            }),
            _ => Err(Error::internal("--role: a customer's person has exactly one role")),
        }
    }

    fn staff_roles(&self) -> Result<BTreeSet<StaffRole>> {
        let known: Vec<&str> = StaffRole::ALL.iter().map(StaffRole::as_str).collect();
        self.role
            .iter()
            .map(|code| {
                StaffRole::from_code(code).ok_or_else(|| {
                    let known = known.join(", ");
                    Error::internal(format!(
                        "--role: {code:?} is no role of staff ({known}); for a customer's person \
                         add --customer CODE"
                    ))
                })
            })
            .collect()
    }
}

impl Password {
    fn run(self, context: &Context) -> Result<Outcome> {
        let plain = password(self.password_stdin, &[&self.email, &context.config.company])?;
        let hash = people::hash_password(&plain)?;
        context.open()?.write(&Actor::operator(), |tx| {
            let id = people::by_email(tx, &self.email)?.id;
            people::set_password(tx, &id, &hash)
        })?;
        println!("{} has a new password", self.email);
        if !self.password_stdin {
            println!("password: {plain}");
        }
        Ok(Outcome::Done)
    }
}

/// The password from standard input, checked, or a generated one.
fn password(from_stdin: bool, context: &[&str]) -> Result<String> {
    if !from_stdin {
        return Ok(people::generate_password());
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let plain = line.trim_end_matches(['\r', '\n']).to_owned();
    people::check_password(&plain, context)?;
    Ok(plain)
}

/// The person of the address, or a sentence that names the option.
fn found(conn: &mut Conn, option: &str, email: &str) -> Result<PersonId> {
    match people::by_email(conn, email) {
        Ok(person) => Ok(person.id),
        Err(Error::NotFound) => {
            Err(Error::internal(format!("{option}: nobody has the address {email:?}")))
        }
        Err(other) => Err(other),
    }
}

impl Lead {
    fn run(self, context: &Context) -> Result<Outcome> {
        context.open_existing()?.write(&Actor::operator(), |tx| {
            let member = self.email.as_deref().map(|email| found(tx, "--email", email));
            let lead = self.lead.as_deref().map(|email| found(tx, "--lead", email));
            let (member, lead) = (member.transpose()?, lead.transpose()?);
            people::set_lead(tx, member.as_ref(), lead.as_ref())
        })?;
        let member = self.email.as_deref().unwrap_or("everybody without a lead of their own");
        match &self.lead {
            Some(lead) => println!("{lead} leads {member}"),
            None => println!("{member}: no lead any more"),
        }
        Ok(Outcome::Done)
    }
}

impl Away {
    fn run(self, context: &Context) -> Result<Outcome> {
        let day = |option: &str, text: &str| {
            parse_date(text).map_err(|_| {
                Error::internal(format!("{option}: {text:?} is no day: write it like 2026-10-01"))
            })
        };
        let (first, last) = (day("--from", &self.from)?, day("--to", &self.to)?);
        context.open_existing()?.write(&Actor::operator(), |tx| {
            let person = found(tx, "--email", &self.email)?;
            let deputy = self.deputy.as_deref().map(|email| found(tx, "--deputy", email));
            people::plan_absence(tx, &person, first, last, deputy.transpose()?.as_ref())
        })?;
        let deputy = self.deputy.as_deref().unwrap_or("the lead");
        println!("{} is away from {first} to {last}; {deputy} stands in", self.email);
        Ok(Outcome::Done)
    }
}

fn back(email: &str, context: &Context) -> Result<Outcome> {
    let ended = context.open_existing()?.write(&Actor::operator(), |tx| {
        let (person, today) = (found(tx, "--email", email)?, tx.today());
        let absences = people::absences_of(tx, &person, today)?;
        for absence in &absences {
            people::end_absence(tx, &person, &absence.id)?;
        }
        Ok(absences.len())
    })?;
    println!("{email} is here again; absences ended: {ended}");
    Ok(Outcome::Done)
}
