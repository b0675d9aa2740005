//! Letters about disputes and appeals.

use super::*;

impl Draw<'_> {
    pub(super) fn dispute(&self, kind: &str, made: &Made) -> Result<Option<Preview>> {
        let (dispute, number) = (DisputeId::from_text("0"), "ZY-2026-10-000001".to_owned());
        let (about, contact) = (made.about(), made.contact.clone());
        match kind {
            DisputeReceived::KIND => self.one(&DisputeReceived {
                dispute,
                number,
                about,
                held: true,
                answer_due: day(2026, 10, 19),
                contact,
            }),
            DisputeQuestion::KIND => self.one(&DisputeQuestion { dispute, number, about, contact }),
            DisputeReply::KIND => self.one(&DisputeReply {
                dispute,
                number,
                about,
                from: made.contact.name.clone(),
                reader: Reader::Customer,
                contact: Some(contact),
            }),
            DisputeFileRemoved::KIND => self.one(&DisputeFileRemoved {
                dispute,
                number,
                about,
                file: made.say("发票.pdf", "invoice.pdf"),
                reader: Reader::Customer,
                contact: Some(contact),
            }),
            DisputeDecided::KIND => self.one(&DisputeDecided {
                dispute,
                number,
                about,
                verdict: Verdict::PartlyAccepted,
                appeal_until: day(2026, 11, 12),
                contact,
            }),
            DisputeMerged::KIND => self.one(&DisputeMerged {
                dispute,
                number,
                into: "ZY-2026-10-000002".to_owned(),
                about,
                contact,
            }),
            AppealReceived::KIND => self.one(&AppealReceived {
                dispute,
                number,
                about,
                decision_due: day(2026, 11, 20),
                contact,
            }),
            AppealDecided::KIND => self.one(&AppealDecided {
                dispute,
                number,
                about,
                verdict: Verdict::Rejected,
                decided_by: made.colleague(),
                contact,
            }),
            _ => Ok(None),
        }
    }
}
