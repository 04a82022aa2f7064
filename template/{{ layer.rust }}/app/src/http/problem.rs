//! Errors as clients see them: problem details by RFC 9457.

use std::{error::Error, fmt};

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

use crate::{
    repository::RepositoryError,
    telemetry::{self, RequestContext},
    violation::Violation,
};

/// Tells a client why its request was not served.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the status says which kind of problem it is.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    /// The status in words.
    #[schema(example = "Not Found")]
    title: &'static str,
    /// The status of the response.
    #[schema(example = 404)]
    status: u16,
    /// What went wrong this time.
    #[schema(example = "there is no such item")]
    detail: String,
    /// Names this request in the log of the service.
    #[schema(example = "0193b1d0-6f0c-4c5e-9a52-6a0c4be4f7b6")]
    request_id: String,
    /// The rules that the request broke, when there is more to say than the detail.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Violation>,
    #[serde(skip)]
    retry_after: Option<u32>,
}

/// The problems with which every operation may answer, for the description of the API.
#[derive(IntoResponses)]
pub enum Problems {
    /// The request was refused
    #[response(status = "4XX", content_type = "application/problem+json")]
    Refused(Problem),
    /// The service has failed
    #[response(status = "5XX", content_type = "application/problem+json")]
    Failed(Problem),
}

impl Problem {
    /// The media type of a problem.
    pub const CONTENT_TYPE: &str = "application/problem+json";

    /// A problem with this status, described to the client in one sentence.
    #[must_use]
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            request_id: RequestContext::with_current(|context| context.request_id.clone()).unwrap_or_default(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// 422: the request was understood, and breaks these rules.
    #[must_use]
    pub fn invalid(errors: Vec<Violation>) -> Self {
        Self {
            errors,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "the request breaks a rule")
        }
    }

    /// 503: the same request may succeed soon.
    #[must_use]
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self {
            retry_after: Some(1),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
    }

    /// 500: the client can do nothing about it.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the service has failed")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}: {}", self.status, self.title, self.detail)
    }
}

impl Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        match serde_json::to_vec(self) {
            Ok(body) => response.content_type(Self::CONTENT_TYPE).body(body),
            Err(_) => response.finish(),
        }
    }
}

/// The failure goes to the log in full and to the client without a word from the database.
impl From<RepositoryError> for Problem {
    fn from(error: RepositoryError) -> Self {
        let cause = telemetry::chain(&error);
        match error {
            RepositoryError::Unavailable(_) => {
                tracing::warn!(error = cause, "the database is unavailable");
                Self::unavailable("the service can't reach its storage right now")
            }
            RepositoryError::Unexpected(_) => {
                tracing::error!(error = cause, "the database has failed");
                Self::internal()
            }
        }
    }
}

/// 404: no route leads there.
#[must_use]
pub fn nothing_at(path: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("there is nothing at {path}"))
}

/// Answers requests that no route matches.
pub async fn not_found(request: HttpRequest) -> HttpResponse {
    nothing_at(request.path()).error_response()
}
