use askama::Template;

use super::super::{Answer, Page, StaffUser, reply};

#[derive(Template)]
#[template(path = "staff/home.html")]
struct HomePage {
    page: Page,
}

pub(in crate::web) async fn page(user: StaffUser) -> Answer {
    reply::page(&HomePage { page: user.page("nav-staff") })
}
