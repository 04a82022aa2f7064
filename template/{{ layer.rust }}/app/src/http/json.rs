//! Bodies in JSON.

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, dev::Payload, error::PayloadError, http::StatusCode, web::Bytes,
};
use futures_util::{FutureExt, future::LocalBoxFuture};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use super::problem::Problem;
use crate::{telemetry::RequestContext, violation::Violation};

/// The body of a request, refused with a problem when it is not what the handler takes.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Json<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !is_json(request) {
            let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must be application/json");
            return async { Err(problem) }.boxed_local();
        }

        let body = Bytes::from_request(request, payload);
        async move {
            receiving(true);
            let body = body.await.map_err(|error| unreadable(&error))?;
            receiving(false);
            parse(&body).map(Self)
        }
        .boxed_local()
    }
}

fn receiving(yes: bool) {
    RequestContext::with_current(|context| context.receiving_body.set(yes));
}

fn is_json(request: &HttpRequest) -> bool {
    let Ok(Some(mime)) = request.mime_type() else {
        return false;
    };
    mime.essence_str() == "application/json" || mime.suffix().is_some_and(|suffix| suffix == "json")
}

fn unreadable(error: &actix_web::Error) -> Problem {
    match error.as_error::<PayloadError>() {
        Some(PayloadError::Overflow) => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
        _ => Problem::new(StatusCode::BAD_REQUEST, "the body could not be read"),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value =
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| match error.inner().classify() {
            Category::Data => Problem::invalid(vec![Violation::new(pointer(error.path()), rule(error.inner()))]),
            Category::Io | Category::Syntax | Category::Eof => malformed(error.inner()),
        })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, format!("the body is not JSON: {error}"))
}

/// The message without the place in the text, for which there is the pointer.
fn rule(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rfind(" at line ") {
        Some(end) => message[..end].to_owned(),
        None => message,
    }
}

fn pointer(path: &Path) -> String {
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => String::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[expect(dead_code, reason = "only read by the deserializer")]
        lines: Vec<i64>,
    }

    fn refused(body: &str) -> serde_json::Value {
        let problem = parse::<Order>(body.as_bytes()).expect_err("the body should be refused");
        serde_json::to_value(problem).unwrap()
    }

    #[test]
    fn points_at_the_wrong_part() {
        let problem = refused(r#"{"lines": [1, "2"]}"#);
        assert_eq!(problem["status"], 422);
        assert_eq!(problem["errors"][0]["pointer"], "/lines/1");
        assert_eq!(
            problem["errors"][0]["detail"],
            "invalid type: string \"2\", expected i64"
        );

        assert_eq!(
            refused(r#"{"lines": [], "~a/b": 1}"#)["errors"][0]["pointer"],
            "/~0a~1b"
        );
    }

    #[test]
    fn refuses_what_is_not_json() {
        for body in [
            "",
            "{",
            "nul",
            r#"{"lines": []} x"#,
            "\u{feff}{}",
            r#"{"lines": [1e999]}"#,
        ] {
            let problem = parse::<Order>(body.as_bytes()).expect_err(body);
            assert_eq!(problem.status_code(), StatusCode::BAD_REQUEST, "{body}");
        }
    }
}
