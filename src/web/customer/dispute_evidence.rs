use actix_web::web::Path;
use askama::Template;

use super::super::dispute_evidence::{self, EvidenceView};
use super::super::{Answer, App, CustomerUser, Page, reply};
use crate::disputes;
use crate::values::DisputeId;

#[derive(Template)]
#[template(path = "customer/dispute_evidence.html")]
struct EvidencePage {
    page: Page,
    e: EvidenceView,
}

/// Everything about one's own dispute on one paper.
pub(in crate::web) async fn page(app: App, user: CustomerUser, id: Path<String>) -> Answer {
    let (id, customer) = (DisputeId::from_text(&id), user.customer);
    let found = app
        .read(move |conn| {
            let dispute = disputes::of_customer_one(conn, customer, &id)?;
            dispute_evidence::find(conn, dispute, false)
        })
        .await?;
    let number = &found.dispute.number;
    let page = user
        .visit
        .page(user.words().t1("evidence-title", "number", number))
        .under("/disputes", user.words().t("nav-disputes"))
        .under(
            format!("/disputes/{}", found.dispute.id),
            user.words().t1("dispute-title", "number", number),
        );
    let e = EvidenceView::new(found, &page, app.db.now());
    reply::page(&EvidencePage { page, e })
}
