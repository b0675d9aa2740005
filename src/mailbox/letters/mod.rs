//! Every letter the portal writes, as plain data. The rooms fill them; what they say stands here
//! and in `templates/words/*/email.ftl`.

mod dispute;
mod payout;
mod programme;
mod statement;

pub use dispute::{
    AppealDecided, AppealReceived, DisputeDecided, DisputeQuestion, DisputeReceived, DisputeReply,
    Reader, StaffNewDispute, Verdict,
};
pub use payout::{PayoutApproved, PayoutReturned, PayoutSent};
pub use programme::ProgrammePublished;
pub use statement::StatementReady;
