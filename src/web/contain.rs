//! A panic in a handler is a defect, and answered as one: with the page that says so and its
//! reference, not with a connection that is cut. What it was writing, its transaction took back.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use futures_util::FutureExt;

use super::Fail;

/// The middleware around each address. It keeps a second handle on the request, which routing
/// wouldn't bear, so it stands behind that.
pub(super) async fn contain(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let kept = request.request().clone();
    match AssertUnwindSafe(async move { next.call(request).await }).catch_unwind().await {
        Ok(answer) => answer.map(ServiceResponse::map_into_boxed_body),
        Err(panic) => Ok(ServiceResponse::from_err(Fail::internal(said(panic.as_ref())), kept)),
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("a handler panicked: {}", text.as_deref().unwrap_or("no reason given"))
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::{App, test, web};

    use super::*;
    use crate::web::guard::{finish, tests::stranger_visit};

    async fn broken() -> &'static str {
        panic!("the 5th of nothing")
    }

    #[actix_web::test]
    async fn a_panic_is_a_page_with_a_reference_and_the_next_request_is_served() {
        let routes = App::new()
            .service(web::resource("/broken").route(web::to(broken)).wrap(from_fn(contain)))
            .service(web::resource("/sound").route(web::to(|| async { "sound" })));
        let service = test::init_service(routes).await;
        for _ in 0..3 {
            let request = test::TestRequest::with_uri("/broken").to_request();
            let response = test::call_service(&service, request).await;
            assert_eq!(response.status(), 500);
            let visit = stranger_visit();
            let response = finish(Some(&visit), response.map_into_boxed_body());
            assert_eq!(response.status(), 500);
            let page = test::read_body(response).await;
            let page = String::from_utf8(page.to_vec()).unwrap();
            assert!(page.contains(&visit.words.t("fail-internal-title")), "{page}");
            assert!(page.contains(&visit.request_id), "{page}");
            assert!(!page.contains("the 5th of nothing"), "causes are for the logs");
        }
        let request = test::TestRequest::with_uri("/sound").to_request();
        assert_eq!(test::call_service(&service, request).await.status(), 200);
    }
}
