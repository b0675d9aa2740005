//! What the stories stand on: a portal on either database, a set clock, a mail server and a
//! browser.

#![allow(dead_code, reason = "a toolbox: stories to come use the rest")]

mod app;
mod books;
mod cast;
mod clamd;
mod contents;
mod data;
mod docket;
mod postgres;
mod browser;
mod site;
pub mod exim;
mod smtp;
pub mod source;

pub use app::{Engine, TestApp, moment};
pub use books::{Books, POLICY, books, sell};
pub use browser::Browser;
pub use cast::{
    PASSWORD, a_buyer, a_customer, a_member, an_account, eight_at_once, refusal, typed_account,
};
pub use clamd::{ClamServer, Temper};
pub use contents::contents;
pub use data::{Named, data, expected};
pub use docket::{Case, seed};
pub use exim::MailServer;
pub use site::{Form, Page, Site, Visitor};
pub use smtp::{Certificate, Fault, Received, Secrecy, SmtpServer};

/// Tells each story on both databases, as two tests of its name: `sqlite` and `postgres`.
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* fn $name:ident($app:ident: &TestApp) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            fn story($app: &$crate::support::TestApp) $body

            #[test]
            fn sqlite() {
                story(&$crate::support::TestApp::on($crate::support::Engine::Sqlite));
            }

            #[test]
            fn postgres() {
                story(&$crate::support::TestApp::on($crate::support::Engine::Postgres));
            }
        }
    )+};
}
