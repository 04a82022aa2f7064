//! Conditional requests (RFC 9110, section 13): entity tags made from versions.

use actix_web::{
    HttpRequest,
    http::{
        StatusCode,
        header::{ETag, EntityTag, Header, IfMatch, IfNoneMatch},
    },
};

use super::problem::Problem;

/// What a client has read before, as its `If-Match` header says.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    /// `*`: the client does not mind.
    Anything,
    /// These versions. Tags that were never made here are left out, for they match nothing.
    Versions(Vec<i64>),
}

/// The tag of a version.
#[must_use]
pub fn etag(version: i64) -> ETag {
    ETag(EntityTag::new_strong(version.to_string()))
}

/// Reads `If-Match`, without which nothing is changed.
///
/// # Errors
///
/// 428 when the header is missing, 400 when it is malformed.
pub fn if_match(request: &HttpRequest) -> Result<Seen, Problem> {
    if !request.headers().contains_key(IfMatch::name()) {
        return Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "send the ETag of what you have read as If-Match",
        ));
    }
    match IfMatch::parse(request) {
        Ok(IfMatch::Any) => Ok(Seen::Anything),
        Ok(IfMatch::Items(tags)) if !tags.is_empty() => Ok(Seen::Versions(tags.iter().filter_map(version).collect())),
        Ok(IfMatch::Items(_)) | Err(_) => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "If-Match must be * or a list of quoted tags",
        )),
    }
}

/// Whether the client has this version already, as its `If-None-Match` header says.
#[must_use]
pub fn is_known(request: &HttpRequest, version: i64) -> bool {
    if !request.headers().contains_key(IfNoneMatch::name()) {
        return false;
    }
    let current = EntityTag::new_strong(version.to_string());
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(&current)),
        Err(_) => false,
    }
}

fn version(tag: &EntityTag) -> Option<i64> {
    if tag.weak {
        return None;
    }
    tag.tag().parse().ok()
}

#[cfg(test)]
mod tests {
    use actix_web::{ResponseError, http::header, test::TestRequest};

    use super::*;

    fn seen(if_match_header: &str) -> Result<Seen, StatusCode> {
        let request = TestRequest::default()
            .insert_header((header::IF_MATCH, if_match_header))
            .to_http_request();
        if_match(&request).map_err(|problem| problem.status_code())
    }

    #[test]
    fn reads_versions() {
        assert_eq!(seen("*"), Ok(Seen::Anything));
        assert_eq!(seen("\"7\""), Ok(Seen::Versions(vec![7])));
        assert_eq!(seen("\"7\", \"8\""), Ok(Seen::Versions(vec![7, 8])));
    }

    #[test]
    fn other_tags_match_nothing() {
        assert_eq!(seen("W/\"7\", \"seven\""), Ok(Seen::Versions(vec![])));
    }

    #[test]
    fn refuses_what_is_no_tag() {
        for header in ["7", "\"7", "", ","] {
            assert_eq!(seen(header), Err(StatusCode::BAD_REQUEST), "{header}");
        }
    }

    #[test]
    fn asks_for_the_header() {
        let problem = if_match(&TestRequest::default().to_http_request()).unwrap_err();
        assert_eq!(problem.status_code(), StatusCode::PRECONDITION_REQUIRED);
    }
}
