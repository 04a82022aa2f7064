//! What is wrong with a value that somebody sent.

use serde::Serialize;
use utoipa::ToSchema;

/// A rule that one part of a request broke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Violation {
    /// JSON pointer (RFC 6901) to the offending part; empty when it is the whole document.
    #[schema(example = "/name")]
    pub pointer: String,
    /// The rule, as a sentence.
    #[schema(example = "must have 1 to 200 characters")]
    pub detail: String,
}

impl Violation {
    /// Names the rule that the part at `pointer` broke.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }
}
