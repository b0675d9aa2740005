use askama::Template;

use super::super::{Answer, CustomerUser, Page, reply};

#[derive(Template)]
#[template(path = "customer/home.html")]
struct HomePage {
    page: Page,
}

pub(in crate::web) async fn page(user: CustomerUser) -> Answer {
    reply::page(&HomePage { page: user.page("nav-home") })
}
