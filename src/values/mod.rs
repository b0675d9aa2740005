//! The floor's pure part: money, rates, quantities, periods, identities.
//!
//! Nothing here knows a database, a clock or a page. Text in, value out, or a reason why not.

mod actor;
mod contact;
mod currency;
mod email_address;
mod fingerprint;
mod id;
mod language;
mod linked;
mod money;
mod number;
mod period;
mod quantity;
mod squares;
mod text;

pub use actor::{Actor, CustomerRole, Identity, StaffRole};
pub use contact::Contact;
pub use currency::Currency;
pub use email_address::EmailAddress;
pub use fingerprint::{Fingerprint, fingerprint};
pub use id::{
    AbsenceId, AccrualId, AnnouncementId, BackupId, BankAccountId, DataRequestId, DisputeId,
    DisputeViewId, DraftId, EntryId, ErpDifferenceId, ErpImportId, ExportId, FileId, ImportId, Key,
    LetterId, LinkId, PayoutId, PersonId, PolicyId, ReserveId, RunId, SavedReplyId, StatementId,
    StatementRunId, VersionId,
};
pub use language::Language;
pub use linked::{Piece, pieces};
pub use money::{Money, capital_rmb};
pub use number::{NumberProblem, parse_date, parse_decimal};
pub use period::{FIRST_DAY, LAST_DAY, Period, PeriodKind, PeriodProblem};
pub use quantity::{Quantity, UNITS};
pub use squares::Squares;
pub use text::{Problem, Text};
