use chrono::TimeDelta;

use super::{Draw, Made, Preview, day};
use crate::error::Result;
use crate::mailbox::letter::Letter;
use crate::mailbox::letters::{
    EmailChange, EmailChangeRequested, EmailChanged, FactorChange, NewSignIn, PasswordBy,
    PasswordChanged, PasswordReset, SecondFactorChanged, WrongPasswords,
};

impl Draw<'_> {
    /// What is told of somebody's own account.
    pub(super) fn security(&self, kind: &str, made: &Made) -> Result<Option<Preview>> {
        let at = day(2026, 10, 15).and_hms_opt(2, 30, 0).unwrap_or_default().and_utc();
        let (zone, address) = (self.house.zone, "203.0.113.24".to_owned());
        let contact = self.house.contact.clone();
        let new = "fang.wang@customer.example".to_owned();
        match kind {
            NewSignIn::KIND => self.one(&NewSignIn {
                at,
                zone,
                address,
                device: Some("Edge · Windows".to_owned()),
                contact,
            }),
            WrongPasswords::KIND => {
                self.one(&WrongPasswords { codes: false, at, zone, address, contact })
            }
            PasswordChanged::KIND => self.one(&PasswordChanged {
                by: PasswordBy::Person,
                at,
                zone,
                address: Some(address),
                contact,
            }),
            SecondFactorChanged::KIND => self.one(&SecondFactorChanged {
                change: FactorChange::CodeUsed { left: 9 },
                at,
                zone,
                address: Some(address),
                contact,
            }),
            PasswordReset::KIND => self.one(&PasswordReset {
                until: at + TimeDelta::minutes(30),
                zone,
                address,
                path: "/password-resets",
                contact,
            }),
            EmailChange::KIND => self.one(&EmailChange {
                name: made.colleague(),
                old: "wang.fang@customer.example".to_owned(),
                until: at + TimeDelta::hours(24),
                zone,
                path: "/email-changes",
                contact,
            }),
            EmailChangeRequested::KIND => {
                self.one(&EmailChangeRequested { new, at, zone, address: Some(address), contact })
            }
            EmailChanged::KIND => {
                self.one(&EmailChanged { new, at, zone, address: Some(address), contact })
            }
            _ => Ok(None),
        }
    }
}
