//! Health as load balancers ask for it.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use super::{
    problem::{Problem, Problems},
    resource,
};
use crate::{readiness::Readiness, telemetry};

/// The operations of this module.
#[derive(OpenApi)]
#[openapi(paths(live, ready))]
pub struct Api;

/// Says that all is well.
#[derive(Serialize, ToSchema)]
pub struct Health {
    #[schema(example = "ok")]
    status: &'static str,
}

const OK: Health = Health { status: "ok" };

/// Mounts `/health/live` and `/health/ready`.
pub fn routes(configuration: &mut web::ServiceConfig) {
    configuration
        .service(resource("/health/live").get(live).head(live))
        .service(resource("/health/ready").get(ready).head(ready));
}

/// The process is alive.
#[utoipa::path(
    get,
    path = "/health/live",
    tag = "health",
    responses((status = 200, description = "It is", body = Health))
)]
async fn live() -> HttpResponse {
    HttpResponse::Ok().json(OK)
}

/// The service can do its work: the database is reached and migrated, and nobody has asked the process to end.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "health",
    responses(
        (status = 200, description = "It can", body = Health),
        Problems,
    )
)]
async fn ready(readiness: web::Data<Readiness>) -> Result<HttpResponse, Problem> {
    readiness.check().await.map_err(|error| {
        tracing::warn!(error = telemetry::chain(&error), "not ready");
        Problem::unavailable(error.to_string())
    })?;
    Ok(HttpResponse::Ok().json(OK))
}
