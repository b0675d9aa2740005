use std::collections::BTreeSet;

use clap::{Args, Subcommand};

use super::{Context, Outcome};
use crate::error::{Error, Result};
use crate::people::{self, NewPerson};
use crate::values::{Actor, CustomerRole, EmailAddress, StaffRole};

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
    /// Give somebody a new password and end all their sessions
    Password(Password),
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
struct Password {
    #[arg(long)]
    email: String,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
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
            Command::Password(password) => password.run(context),
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
