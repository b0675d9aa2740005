use actix_web::web::Path;

use super::super::{Answer, App, StaffUser, statement_files};
use super::portfolio::Portfolio;
use crate::audit;
use crate::statements;
use crate::values::StatementId;

/// The statement as a file for staff. What leaves the house is out of the portal's hands, so the
/// audit log says who took which format.
pub(in crate::web) async fn file(
    app: App,
    user: StaffUser,
    path: Path<(String, String)>,
) -> Answer {
    let (id, format) = path.into_inner();
    let (id, reach, wanted) = (StatementId::from_text(&id), Portfolio::of(&user), format.clone());
    statement_files::known(&format)?;
    let statement = app
        .write(user.actor(), move |tx| {
            let statement = statements::one(tx, &id)?;
            reach.by_id(tx, statement.customer)?;
            let event = audit::Event {
                action: "statement.exported",
                object: ("statement", id.as_str()),
                customer: Some(statement.customer),
                reason: Some(&wanted),
                ..audit::Event::default()
            };
            audit::record(tx, event)?;
            Ok(statement)
        })
        .await?;
    statement_files::download(&statement, app.db.house(), user.words().language, &format)
}
