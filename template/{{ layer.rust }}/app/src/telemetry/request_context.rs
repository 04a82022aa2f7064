//! What every line in the log tells about the request that caused it.

use std::{cell::Cell, rc::Rc};

use actix_web::http::header::{HeaderMap, HeaderName};

use super::TraceContext;

/// The request that the current task works on.
#[derive(Debug)]
pub struct RequestContext {
    /// Names the request to clients and in the log.
    pub request_id: String,
    /// Names the request to other services.
    pub trace: TraceContext,
    /// Whether the service waits for the client to send the body.
    pub receiving_body: Cell<bool>,
}

tokio::task_local! {
    static CURRENT: Rc<RequestContext>;
}

impl RequestContext {
    /// The header that carries the request's id in both directions.
    pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

    /// Keeps the id and the trace that the client sent, when they are well formed, and makes new ones otherwise.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Rc<Self> {
        let request_id = headers
            .get(Self::HEADER)
            .and_then(|value| value.to_str().ok())
            .filter(|id| is_well_formed(id))
            .map_or_else(random_id, str::to_owned);

        Rc::new(Self {
            request_id,
            trace: TraceContext::from_headers(headers),
            receiving_body: Cell::new(false),
        })
    }

    /// Makes this the current request while `work` runs.
    pub async fn scope<F: Future>(self: Rc<Self>, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// Makes this the current request while `work` runs, for work that is not a future.
    pub fn sync_scope<T>(self: Rc<Self>, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self, work)
    }

    /// Calls `read` with the current request, if there is one.
    pub fn with_current<T>(read: impl FnOnce(&Self) -> T) -> Option<T> {
        CURRENT.try_with(|context| read(context)).ok()
    }
}

fn is_well_formed(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// An id that nobody can mistake for another; it guards no secret, so a fast generator will do.
fn random_id() -> String {
    uuid::Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes())
        .into_uuid()
        .as_hyphenated()
        .to_string()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use uuid::Uuid;

    use super::*;

    fn request_id(sent: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(RequestContext::HEADER, HeaderValue::from_str(sent).unwrap());
        RequestContext::from_headers(&headers).request_id.clone()
    }

    #[test]
    fn keeps_a_well_formed_id() {
        assert_eq!(request_id("Ab.c_9-x"), "Ab.c_9-x");
        assert_eq!(request_id(&"x".repeat(128)), "x".repeat(128));
    }

    #[test]
    fn replaces_any_other_id() {
        for sent in ["", "a b", "a\"b", "é", &"x".repeat(129)] {
            assert!(Uuid::parse_str(&request_id(sent)).is_ok(), "{sent}");
        }
    }
}
