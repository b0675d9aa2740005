use actix_web::web::Path;
use askama::Template;

use super::super::dispute_evidence::{self, EvidenceView};
use super::super::{Answer, App, Page, StaffUser, reply};
use crate::audit;
use crate::disputes;
use crate::values::DisputeId;

#[derive(Template)]
#[template(path = "staff/dispute_evidence.html")]
struct EvidencePage {
    page: Page,
    e: EvidenceView,
}

/// Everything about a dispute on one paper; reading it leaves a trace (DOMAIN §7).
pub(in crate::web) async fn page(app: App, user: StaffUser, id: Path<String>) -> Answer {
    let (id, actor) = (DisputeId::from_text(&id), user.actor());
    let found = app
        .write(user.actor(), move |tx| {
            let today = tx.today();
            let reach = disputes::reach(tx, &actor, today)?;
            let dispute = disputes::one(tx, &reach, &id)?.dispute;
            let event = audit::Event {
                action: "dispute.evidence_read",
                object: ("dispute", id.as_str()),
                customer: Some(dispute.customer),
                ..audit::Event::default()
            };
            audit::record(tx, event)?;
            dispute_evidence::find(tx, dispute, true)
        })
        .await?;
    let number = &found.dispute.number;
    let page = user
        .visit
        .page(user.words().t1("evidence-title", "number", number))
        .under("/staff/disputes", user.words().t("nav-queue"))
        .under(
            format!("/staff/disputes/{}", found.dispute.id),
            user.words().t1("dispute-title", "number", number),
        );
    let e = EvidenceView::new(found, &page, app.db.now());
    reply::page(&EvidencePage { page, e })
}
