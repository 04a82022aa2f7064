//! What happens around every request: its identity, its line in the log, its metrics and the headers of its answer.

use std::time::Instant;

use actix_web::{
    Error,
    body::{BodySize, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{ConnectionType, header::HeaderValue},
    middleware::Next,
    web,
};

use super::{
    metrics::{Metrics, method_label},
    security_headers,
};
use crate::{readiness::Draining, telemetry::RequestContext};

const UNMATCHED: &str = "unmatched";

/// Wraps the whole application.
///
/// # Errors
///
/// Those of the wrapped service.
///
/// # Panics
///
/// When the application holds no [`Metrics`] or no [`Draining`].
pub async fn observe<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let context = RequestContext::from_headers(request.headers());
    let request_id = context.request_id.clone();
    context.scope(answer(request, next, request_id)).await
}

async fn answer<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
    request_id: String,
) -> Result<ServiceResponse<B>, Error> {
    let started = Instant::now();
    let metrics = request
        .app_data::<web::Data<Metrics>>()
        .expect("the composition root sets the metrics")
        .clone();
    let in_flight = metrics.enter();
    let mut response = next.call(request).await?;
    drop(in_flight);

    let draining = response
        .request()
        .app_data::<Draining>()
        .expect("the composition root sets the state of draining")
        .has_started();
    let head = response.response_mut().head_mut();
    if draining {
        head.set_connection_type(ConnectionType::Close);
    }
    security_headers::add(head.headers_mut());
    if let Ok(value) = HeaderValue::try_from(request_id) {
        head.headers_mut().insert(RequestContext::HEADER, value);
    }

    record(&metrics, &response, started);
    Ok(response)
}

fn record<B: MessageBody>(metrics: &Metrics, response: &ServiceResponse<B>, started: Instant) {
    let request = response.request();
    let duration = started.elapsed();
    let method = method_label(request.method());
    let pattern = request.match_pattern();
    let route = pattern.as_deref().unwrap_or(UNMATCHED);
    let bytes = match response.response().body().size() {
        BodySize::Sized(bytes) => bytes,
        BodySize::None | BodySize::Stream => 0,
    };

    metrics.answered(method, route, response.status(), duration);
    tracing::info!(
        method,
        path = request.path(),
        route,
        status = response.status().as_u16(),
        duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
        bytes,
        "request"
    );
}
