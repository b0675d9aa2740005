//! Every letter the portal writes, as plain data. The rooms fill them; what they say stands here
//! and in `templates/words/*/email.ftl`.

mod announcement;
mod approval;
mod bank;
mod bounce;
mod customer_digest;
mod data_request;
mod deadlines;
mod digest;
mod dispute;
mod expiry;
mod export;
mod invitation;
mod left_out;
mod near_tier;
mod own_address;
mod payout;
mod portal_only;
mod policy;
mod programme;
mod samples;
mod security;
mod statement;
mod statement_answer;
mod system;
mod test_message;
mod tier_reached;
mod work_done;

pub use announcement::Announcement;
pub use approval::{AboutMatter, ApprovalGiven, ApprovalRefused, ApprovalWaiting, Matter};
pub use bank::{
    AboutAccount, BankChangeEffective, BankChangeRejected, BankChangeRequested, BankOutcome,
};
pub use bounce::AddressBounced;
pub use customer_digest::{Ahead, CustomerDigest};
pub use data_request::{AboutDataRequest, DataRequestDone, DataRequestReceived};
pub use deadlines::{Deadline, DisputeDeadlines};
pub use digest::WeeklyDigest;
pub use dispute::{
    AppealDecided, AppealReceived, DisputeDecided, DisputeFileRemoved, DisputeMerged,
    DisputeQuestion, DisputeReceived, DisputeReply, Reader, StaffNewDispute, Verdict,
};
pub use expiry::{BalanceExpired, BalanceExpiring, ExpiringLine};
pub use export::ExportReady;
pub use invitation::Invitation;
pub use left_out::{EnclosureLeftOut, LeftOutLine};
pub use near_tier::NearTier;
pub use own_address::{EmailChange, EmailChangeRequested, EmailChanged, PasswordReset};
pub use payout::{PayoutApproved, PayoutReturned, PayoutSent, SettledBy};
pub use policy::{PolicyApproved, PolicyReturned, PolicyWaiting};
pub use portal_only::PortalOnly;
pub use programme::{
    ProgrammeEnded, ProgrammeEnding, ProgrammePublished, ProgrammeUnsigned, ProgrammeWithdrawn,
};
pub(super) use samples::drawn;
pub use samples::{Preview, preview};
pub use security::{
    FactorChange, NewSignIn, PasswordBy, PasswordChanged, SecondFactorChanged, WrongPasswords,
};
pub use statement::StatementReady;
pub use statement_answer::{
    AboutStatement, OverdueStatement, StatementConfirmed, StatementCorrected, StatementDeemed,
    StatementReminder, StatementsOverdue,
};
pub use system::{AuditCheckpoint, SystemAlert, Trouble, TroubleKind};
pub use test_message::TestMessage;
pub use tier_reached::TierReached;
pub use work_done::{ImportFinished, StatementRunFinished};
