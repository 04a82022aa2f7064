//! What all features share when they speak HTTP.

pub mod conditional;
pub mod cors;
pub mod cursor;
pub mod health;
pub mod json;
pub mod limits;
pub mod metrics;
pub mod observe;
pub mod openapi;
pub mod problem;
pub mod security_headers;

use actix_web::{
    Error, Resource,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::from_fn,
    web,
};

/// A resource at `path` whose handlers are kept within the limits of a request.
pub fn resource(
    path: &str,
) -> Resource<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    web::resource(path).wrap(from_fn(limits::enforce))
}
