use actix_web::web::Path;
use askama::Template;

use super::super::{Answer, App, CustomerUser, Page, reply};
use crate::announcements;
use crate::values::{AnnouncementId, Language, Piece, pieces};

#[derive(Template)]
#[template(path = "customer/announcement.html")]
struct AnnouncementPage {
    page: Page,
    subject: String,
    /// Which language it is in, where that isn't the reader's.
    language: Language,
    other: bool,
    at: String,
    paragraphs: Vec<Vec<Vec<Part>>>,
}

/// Some words, or a link that reads as where it leads.
struct Part {
    text: String,
    leads: bool,
}

/// News that went to the reader's company.
pub(in crate::web) async fn page(app: App, user: CustomerUser, id: Path<String>) -> Answer {
    let (customer, id) = (user.customer, AnnouncementId::from_text(&id));
    let (person, wanted) = (user.person.id.clone(), id.clone());
    let (found, opened) = app
        .read(move |conn| {
            let found = announcements::of_customer(conn, customer, &wanted)?;
            Ok((found, announcements::was_opened(conn, &wanted, &person)?))
        })
        .await?;
    if !opened {
        let person = user.person.id.clone();
        app.write(user.actor(), move |tx| announcements::note_opened(tx, &id, &person)).await?;
    }
    let language = found.writing.language_for(user.words().language);
    let said = found.writing.said(language).clone();
    let page =
        user.visit.page(said.subject.clone()).under("/notices", user.words().t("notices-title"));
    reply::page(&AnnouncementPage {
        subject: said.subject,
        other: language != page.language(),
        language,
        at: found.begun_at.map(|at| page.time(&at)).unwrap_or_default(),
        paragraphs: said.text.split("\n\n").map(paragraph).collect(),
        page,
    })
}

fn paragraph(text: &str) -> Vec<Vec<Part>> {
    let part = |piece: Piece<'_>| match piece {
        Piece::Words(text) => Part { text: text.to_owned(), leads: false },
        Piece::Address(text) => Part { text: text.to_owned(), leads: true },
    };
    text.trim().lines().map(|line| pieces(line).into_iter().map(part).collect()).collect()
}
