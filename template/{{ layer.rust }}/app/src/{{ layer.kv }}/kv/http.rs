//! The key-value store over HTTP.

use actix_web::{HttpResponse, http::StatusCode, web};
use serde_json::value::RawValue;
use utoipa::OpenApi;

use super::{
    delete::{DeleteError, delete},
    entry::{Key, Value},
    put::put,
    read::{ReadError, read},
    repository::{KeyValueRepository, Put, PutError},
};
use crate::{
    http::{
        json::Json,
        problem::{Problem, Problems},
        resource,
    },
    violation::Violation,
};

type Values = web::Data<dyn KeyValueRepository>;

/// The operations of this module.
#[derive(OpenApi)]
#[openapi(paths(get_value, put_value, delete_value))]
pub struct Api;

/// Mounts `/api/v1/kv/{key}`.
pub fn routes(configuration: &mut web::ServiceConfig) {
    configuration.service(
        resource("/api/v1/kv/{key}")
            .get(get_value)
            .head(get_value)
            .put(put_value)
            .delete(delete_value),
    );
}

/// Returns the value under a key.
#[utoipa::path(
    get,
    path = "/api/v1/kv/{key}",
    tag = "kv",
    params(("key" = String, Path, pattern = "^[A-Za-z0-9._:-]{1,200}$")),
    responses(
        (status = 200, description = "The value", body = serde_json::Value),
        Problems,
    )
)]
async fn get_value(values: Values, key: web::Path<String>) -> Result<HttpResponse, Problem> {
    let key = Key::parse(&key).ok_or_else(no_such_key)?;
    let value = read(&**values, &key).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .body(value.as_json().to_owned()))
}

/// Stores any JSON value under a key.
#[utoipa::path(
    put,
    path = "/api/v1/kv/{key}",
    tag = "kv",
    params(("key" = String, Path, pattern = "^[A-Za-z0-9._:-]{1,200}$")),
    request_body = serde_json::Value,
    responses(
        (status = 201, description = "The value is the first under this key", body = serde_json::Value),
        (status = 200, description = "The value has replaced another one", body = serde_json::Value),
        Problems,
    )
)]
async fn put_value(
    values: Values,
    key: web::Path<String>,
    Json(json): Json<Box<RawValue>>,
) -> Result<HttpResponse, Problem> {
    let key = Key::parse(&key).ok_or_else(|| {
        Problem::invalid(vec![Violation::new(
            "",
            "the key must have 1 to 200 characters out of A-Z a-z 0-9 . _ : -",
        )])
    })?;
    let value = Value::new(json);
    let mut response = match put(&**values, &key, &value).await? {
        Put::Created => HttpResponse::Created(),
        Put::Replaced => HttpResponse::Ok(),
    };
    Ok(response
        .content_type("application/json")
        .body(value.as_json().to_owned()))
}

/// Removes the value under a key.
#[utoipa::path(
    delete,
    path = "/api/v1/kv/{key}",
    tag = "kv",
    params(("key" = String, Path, pattern = "^[A-Za-z0-9._:-]{1,200}$")),
    responses(
        (status = 204, description = "The value was removed"),
        Problems,
    )
)]
async fn delete_value(values: Values, key: web::Path<String>) -> Result<HttpResponse, Problem> {
    let key = Key::parse(&key).ok_or_else(no_such_key)?;
    delete(&**values, &key).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn no_such_key() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is no such key")
}

impl From<PutError> for Problem {
    fn from(error: PutError) -> Self {
        match error {
            PutError::Unstorable => Self::invalid(vec![Violation::new("", "is JSON that can't be stored")]),
            PutError::Repository(error) => error.into(),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound => no_such_key(),
            ReadError::Repository(error) => error.into(),
        }
    }
}

impl From<DeleteError> for Problem {
    fn from(error: DeleteError) -> Self {
        match error {
            DeleteError::NotFound => no_such_key(),
            DeleteError::Repository(error) => error.into(),
        }
    }
}
