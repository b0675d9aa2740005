use super::EmailAddress;

/// Whom to ask: a person, or the company's desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub name: String,
    pub email: Option<EmailAddress>,
    pub phone: Option<String>,
}
