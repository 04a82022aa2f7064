//! How every repository fails when the storage behind it does.

use std::error::Error;

use thiserror::Error as ThisError;

/// A failure of the storage, as opposed to an answer that the caller has to deal with.
#[derive(Debug, ThisError)]
pub enum RepositoryError {
    /// The storage does not answer, or not in time; the same call may succeed later.
    #[error("the storage is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// Anything else, which is a defect of this program or of its schema.
    #[error("the storage failed")]
    Unexpected(#[source] Box<dyn Error + Send + Sync>),
}
