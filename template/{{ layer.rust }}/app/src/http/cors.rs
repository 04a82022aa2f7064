//! Which pages of other origins may call the service from a browser.

use actix_cors::Cors;
use actix_web::{
    Error, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{StatusCode, header},
    middleware::Next,
};

use super::problem::Problem;
use crate::telemetry::{RequestContext, TraceContext};

/// Lets pages of these origins call, and no others.
pub fn allow(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "DELETE"])
        .allowed_headers([
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            RequestContext::HEADER,
            TraceContext::HEADER,
        ])
        .expose_headers([
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
            RequestContext::HEADER,
        ])
        .max_age(3600);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// Wraps what [`allow`] returns, and gives its refusals the form of all others.
///
/// # Errors
///
/// Those of the wrapped service.
pub async fn explain<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let response = next.call(request).await?;
    if response.status() != StatusCode::BAD_REQUEST || response.headers().contains_key(header::CONTENT_TYPE) {
        return Ok(response.map_into_left_body());
    }
    let problem = Problem::new(
        StatusCode::BAD_REQUEST,
        "the origin, the method or a header is not allowed",
    );
    Ok(response.into_response(problem.error_response()).map_into_right_body())
}
