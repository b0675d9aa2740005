//! How a letter is written: plain data in, subject, text and HTML out.
//!
//! One pair of templates for all letters. A letter says what it has to say once, as [`Content`],
//! and both forms are made of it, so that text and HTML can't drift apart.

use askama::Template;
use askama::filters::{Safe, escape};

use super::kinds::is_optional;
use super::links;
use super::rules::one_line;
use crate::db::House;
use crate::error::{Error, Result};
use crate::values::{Contact, Language, Piece, pieces};
use crate::words::{self, Words};

/// A letter's data, and what it says.
pub trait Letter {
    /// Its kind, as the outbox keeps it.
    const KIND: &'static str;

    /// What it says in the language. No amounts in the subject: it shows on locked screens.
    fn write(&self, words: &Words) -> Content;

    /// Its subject for who reads it in the portal in the other language than it was written in;
    /// names in it stay as the letter has them.
    fn subject_elsewhere(&self, words: &Words) -> String {
        self.write(words).subject
    }

    /// What it hangs together with in its reader's mail program.
    fn thread(&self) -> Thread {
        Thread::Alone
    }

    /// What leaves with it, by the name its maker knows (see [`super::Enclosures`]).
    fn encloses(&self) -> Option<String> {
        None
    }
}

/// Which letters a mail program shows as one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thread {
    Alone,
    /// All letters of this name to one reader: `dispute-0190…`.
    Of(String),
    /// The mail with this Message-ID, which it answers.
    Answers(String),
}

/// What a letter says. Sentences are in the reader's language already.
pub struct Content {
    subject: String,
    purpose: String,
    because: String,
    facts: Vec<(String, String)>,
    /// A list under a line of its own.
    points: Option<(String, Vec<String>)>,
    paragraphs: Vec<String>,
    /// Paragraphs that somebody wrote, with their own lines and addresses.
    written: Vec<String>,
    button: (String, String),
    /// The button's address in the letter ends in a secret: the path before it.
    opens: Option<String>,
    contact: Option<Contact>,
}

impl Content {
    /// The subject, the purpose as first line, and why the reader gets this.
    pub fn new(subject: String, purpose: String, because: String) -> Self {
        Self {
            subject,
            purpose,
            because,
            facts: Vec::new(),
            points: None,
            paragraphs: Vec::new(),
            written: Vec::new(),
            button: (String::new(), String::new()),
            opens: None,
            contact: None,
        }
    }

    #[must_use]
    pub fn fact(mut self, label: String, value: impl ToString) -> Self {
        self.facts.push((label, value.to_string()));
        self
    }

    /// A list, after the facts.
    #[must_use]
    pub fn points(mut self, title: String, points: Vec<String>) -> Self {
        self.points = Some((title, points));
        self
    }

    /// A paragraph: what happens next, what to do.
    #[must_use]
    pub fn say(mut self, paragraph: String) -> Self {
        self.paragraphs.push(paragraph);
        self
    }

    /// What somebody wrote: paragraphs with blank lines between, each with lines of its own.
    #[must_use]
    pub fn quote(mut self, text: &str) -> Self {
        let paragraphs = text.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
        self.written.extend(paragraphs.map(str::to_owned));
        self
    }

    /// The one button, and the path it leads to.
    #[must_use]
    pub fn button(mut self, label: String, path: String) -> Self {
        self.button = (label, path);
        self
    }

    /// The one button, which opens something to whoever holds the letter: `below` is followed by
    /// a secret ([`super::opened_by`] knows it again). In the portal, which has no secrets to show,
    /// the letter leads to `path`.
    #[must_use]
    pub fn one_time_button(mut self, label: String, below: &str, path: String) -> Self {
        self.button = (label, path);
        self.opens = Some(below.to_owned());
        self
    }

    #[must_use]
    pub fn contact(mut self, contact: &Contact) -> Self {
        self.contact = Some(contact.clone());
        self
    }

    /// Whom a customer asks; staff, who have nobody to ask, are named nobody.
    #[must_use]
    pub fn contact_if(self, contact: Option<&Contact>) -> Self {
        match contact {
            Some(contact) => self.contact(contact),
            None => self,
        }
    }
}

/// A letter ready for the outbox.
#[derive(Clone)]
pub(super) struct Written {
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Where its button leads, below the portal's address.
    pub path: String,
}

#[derive(Template)]
#[template(path = "email/letter.html")]
struct Html<'a> {
    words: &'a Words,
    house: &'a House,
    content: &'a Content,
    url: &'a str,
    /// Where to switch such letters off, for those one may do without.
    switches: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "email/letter.txt")]
struct PlainText<'a> {
    words: &'a Words,
    house: &'a House,
    content: &'a Content,
    url: &'a str,
    /// Where to switch such letters off, for those one may do without.
    switches: Option<&'a str>,
}

impl Html<'_> {
    /// A sentence whose dates, codes and numbers each stay on one line.
    fn kept(&self, text: &str) -> Safe<String> {
        words::kept_html(text, "style=\"white-space:nowrap\"")
    }

    /// What somebody wrote, line by line; an address is a link that reads as what it is.
    fn linked(&self, text: &str) -> Safe<String> {
        let link = |address: &str| {
            let address = escape(address, askama::filters::Html)
                .map_or_else(|_| String::new(), |text| text.to_string());
            format!(
                "<a href=\"{address}\" style=\"color:#0b5c55;word-break:break-all\">{address}</a>"
            )
        };
        let line = |line: &str| -> String {
            let said = |piece| match piece {
                Piece::Words(text) => self.kept(text).0,
                Piece::Address(address) => link(address),
            };
            pieces(line).into_iter().map(said).collect()
        };
        Safe(text.lines().map(line).collect::<Vec<_>>().join("<br>"))
    }
}

/// The letter's subject in the language it isn't written in.
pub(super) fn subject_elsewhere<L: Letter>(letter: &L, language: Language) -> String {
    one_line(&letter.subject_elsewhere(words::words(language.other())), LONGEST_SUBJECT)
}

/// Characters of a subject that mail programs show.
const LONGEST_SUBJECT: usize = 150;

pub(super) fn write<L: Letter>(letter: &L, language: Language, house: &House) -> Result<Written> {
    let words = words::words(language);
    let content = letter.write(words);
    let url = match &content.opens {
        Some(below) => format!("{}{below}/{}", house.base_url, links::SECRET),
        None => format!("{}{}", house.base_url, content.button.1),
    };
    let switches = is_optional(L::KIND).then(|| format!("{}{}", house.base_url, super::SWITCHES));
    let switches = switches.as_deref();
    let html = Html { words, house, content: &content, url: &url, switches };
    let text = PlainText { words, house, content: &content, url: &url, switches };
    Ok(Written {
        subject: one_line(&content.subject, LONGEST_SUBJECT),
        text: text.render().map_err(Error::internal)?,
        html: html.render().map_err(Error::internal)?,
        path: content.button.1,
    })
}
