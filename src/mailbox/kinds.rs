//! Which letters there are, who gets them, and which of them somebody may do without.

use super::letter::Letter;
use super::letters::PortalOnly;
use crate::text_enum;

text_enum! {
    /// Who gets a letter.
    pub enum Receiver {
        /// Whoever gets an account once they accept.
        Invited = "invited",
        /// The addresses a customer's statements go to.
        StatementContacts = "statement_contacts",
        /// Finance people and managers of a customer.
        Finance = "finance",
        /// The contacts of a customer's old and new account, its finance people and managers.
        BankContacts = "bank_contacts",
        /// Managers of a customer.
        Managers = "managers",
        /// Whoever filed a dispute.
        Filer = "filer",
        AccountManager = "account_manager",
        Approvers = "approvers",
        Drafter = "drafter",
        /// Who works on disputes: account managers, appeals reviewers, leads.
        Handlers = "handlers",
        /// The account manager of the customer, and administrators.
        ManagerAndAdmins = "manager_and_admins",
        Admins = "admins",
        /// Whoever proposed a payout or a decision.
        Proposer = "proposer",
        /// Whoever brought a file in.
        Importer = "importer",
        /// The company's finance people.
        FinanceTeam = "finance_team",
        /// Administrators, who keep the portal running.
        Operators = "operators",
        /// Everybody who has an account, about their own.
        Person = "person",
        /// Whoever asked for it.
        Requester = "requester",
        /// A mailbox outside the portal, named in the configuration.
        CheckpointMailbox = "checkpoint_mailbox",
    }
}

impl Receiver {
    /// Whether it is somebody of a customer's.
    pub fn is_customer(self) -> bool {
        matches!(
            self,
            Self::StatementContacts
                | Self::Finance
                | Self::BankContacts
                | Self::Managers
                | Self::Filer
                | Self::Requester
        )
    }
}

/// A kind of letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// As the outbox keeps it.
    pub code: &'static str,
    pub to: Receiver,
    /// Whether people may do without.
    pub optional: bool,
}

const fn must(code: &'static str, to: Receiver) -> Kind {
    Kind { code, to, optional: false }
}

const fn may(code: &'static str, to: Receiver) -> Kind {
    Kind { code, to, optional: true }
}

/// All of them, in the order a page lists them.
pub static KINDS: &[Kind] = &[
    must("invitation", Receiver::Invited),
    may("near_tier", Receiver::Finance),
    must("new_sign_in", Receiver::Person),
    must("wrong_passwords", Receiver::Person),
    must("password_reset", Receiver::Person),
    must("password_changed", Receiver::Person),
    must("second_factor_changed", Receiver::Person),
    must("email_change", Receiver::Person),
    must("email_change_requested", Receiver::Person),
    must("email_changed", Receiver::Person),
    may("tier_reached", Receiver::Finance),
    may("customer_digest", Receiver::Finance),
    must("statement_ready", Receiver::StatementContacts),
    must("statement_reminder", Receiver::StatementContacts),
    must("statement_confirmed", Receiver::StatementContacts),
    must("statement_corrected", Receiver::StatementContacts),
    must("statement_deemed", Receiver::StatementContacts),
    must("statements_overdue", Receiver::AccountManager),
    must("payout_approved", Receiver::Finance),
    must("payout_sent", Receiver::Finance),
    must("payout_returned", Receiver::Finance),
    must("balance_expiring", Receiver::Finance),
    must("balance_expired", Receiver::Finance),
    must("bank_change_requested", Receiver::BankContacts),
    must("bank_change_effective", Receiver::BankContacts),
    must("bank_change_rejected", Receiver::BankContacts),
    must("programme_published", Receiver::Managers),
    must("programme_unsigned", Receiver::Managers),
    may("programme_ending", Receiver::Managers),
    must("programme_ended", Receiver::Managers),
    must("programme_withdrawn", Receiver::Managers),
    may("announcement", Receiver::Finance),
    must("dispute_received", Receiver::Filer),
    must("dispute_question", Receiver::Filer),
    must("dispute_reply", Receiver::Filer),
    must("dispute_file_removed", Receiver::Filer),
    must("dispute_decided", Receiver::Filer),
    must("dispute_merged", Receiver::Filer),
    must("appeal_received", Receiver::Filer),
    must("appeal_decided", Receiver::Filer),
    must("staff_new_dispute", Receiver::AccountManager),
    may("dispute_deadlines", Receiver::Handlers),
    may("address_bounced", Receiver::ManagerAndAdmins),
    may("enclosure_left_out", Receiver::ManagerAndAdmins),
    must("policy_waiting", Receiver::Approvers),
    must("policy_approved", Receiver::Drafter),
    must("policy_returned", Receiver::Drafter),
    may("weekly_digest", Receiver::AccountManager),
    may("approval_waiting", Receiver::Approvers),
    may("approval_given", Receiver::Proposer),
    may("approval_refused", Receiver::Proposer),
    may("import_finished", Receiver::Importer),
    may("statement_run_finished", Receiver::FinanceTeam),
    must("export_ready", Receiver::Requester),
    must("data_request_received", Receiver::Requester),
    must("data_request_done", Receiver::Requester),
    must("system_alert", Receiver::Operators),
    must("audit_checkpoint", Receiver::CheckpointMailbox),
    must("test_message", Receiver::Admins),
];

/// Whether letters of the kind answer a mail that came.
pub fn is_answer(code: &str) -> bool {
    code == PortalOnly::KIND
}

/// Whether letters of the kind may be switched off.
pub fn is_optional(code: &str) -> bool {
    KINDS.iter().any(|kind| kind.code == code && kind.optional)
}
