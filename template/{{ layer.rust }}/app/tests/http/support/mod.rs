//! What the tests share.

mod database;
mod service;

use reqwest::{Response, StatusCode, header::CONTENT_TYPE};
use serde_json::Value;

pub use self::{database::TestDatabase, service::TestService};

/// Checks that the response is a problem with this status, and returns it.
pub async fn problem(response: Response, status: u16) -> Value {
    let headers = response.headers().clone();
    let actual = response.status();
    let text = response.text().await.expect("a body");

    assert_eq!(actual, StatusCode::from_u16(status).unwrap(), "{text}");
    assert_eq!(headers[CONTENT_TYPE], "application/problem+json", "{text}");
    let problem: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], "about:blank");
    assert_eq!(problem["title"], actual.canonical_reason().unwrap());
    assert_eq!(problem["request_id"], headers["x-request-id"].to_str().unwrap());
    problem
}
