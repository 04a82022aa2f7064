//! What no handler gets around: it ends in time, it does not take the connection down with it, and it refuses unknown
//! methods in the usual form.

use std::{panic::AssertUnwindSafe, time::Duration};

use actix_web::{
    Error, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{StatusCode, header},
    middleware::Next,
};
use futures_util::FutureExt;

use super::problem::Problem;
use crate::telemetry::RequestContext;

/// How long a handler may take, the arrival of the body included.
#[derive(Debug, Clone, Copy)]
pub struct RequestTimeout(pub Duration);

/// Wraps the handlers of a resource.
///
/// # Errors
///
/// None of its own: time-outs and panics become responses.
///
/// # Panics
///
/// When the application holds no [`RequestTimeout`].
pub async fn enforce(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let timeout = request
        .app_data::<RequestTimeout>()
        .expect("the composition root sets the time limit")
        .0;
    let original = request.request().clone();
    let handling = tokio::time::timeout(timeout, next.call(request));

    let response = match AssertUnwindSafe(handling).catch_unwind().await {
        Ok(Ok(handled)) => {
            let response = handled?;
            if response.status() != StatusCode::METHOD_NOT_ALLOWED {
                return Ok(response.map_into_boxed_body());
            }
            let mut refused =
                Problem::new(StatusCode::METHOD_NOT_ALLOWED, "the resource has no such method").error_response();
            if let Some(allowed) = response.headers().get(header::ALLOW) {
                refused.headers_mut().insert(header::ALLOW, allowed.clone());
            }
            refused
        }
        Ok(Err(_)) => timed_out().error_response(),
        Err(_) => Problem::internal().error_response(),
    };
    Ok(ServiceResponse::new(original, response))
}

fn timed_out() -> Problem {
    if RequestContext::with_current(|context| context.receiving_body.get()) == Some(true) {
        Problem::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time")
    } else {
        tracing::warn!("the request has taken too long");
        Problem::unavailable("the service could not answer in time")
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{App, HttpResponse, test};

    use super::*;
    use crate::http::resource;

    async fn broken() -> HttpResponse {
        panic!("the handler is broken")
    }

    #[actix_web::test]
    async fn a_panic_is_a_problem() {
        let app = App::new()
            .app_data(RequestTimeout(Duration::from_secs(1)))
            .service(resource("/").get(broken));
        let app = test::init_service(app).await;

        let response = test::call_service(&app, test::TestRequest::get().uri("/").to_request()).await;

        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let content_type = response.headers().get(header::CONTENT_TYPE);
        assert_eq!(content_type.unwrap(), Problem::CONTENT_TYPE);
        let body = test::read_body(response).await;
        assert!(!String::from_utf8_lossy(&body).contains("broken"));
    }
}
