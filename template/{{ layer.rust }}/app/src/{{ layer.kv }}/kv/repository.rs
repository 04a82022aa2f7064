//! What the use cases need from storage.

use async_trait::async_trait;

use super::entry::{Key, Value};
use crate::repository::RepositoryError;

/// Stores values. `contract.rs` holds every implementation to what is promised here.
#[async_trait]
pub trait KeyValueRepository: Send + Sync {
    /// Stores the value under the key, in place of the one that was there, in one atomic step.
    ///
    /// MUST return [`PutError::Unstorable`] for JSON that this storage can't hold. The text may come back in another
    /// form, as long as it means the same.
    async fn put(&self, key: &Key, value: &Value) -> Result<Put, PutError>;

    /// Returns the value under the key, or `None` when there is none.
    async fn find(&self, key: &Key) -> Result<Option<Value>, RepositoryError>;

    /// Removes the value under the key; returns whether there was one.
    async fn delete(&self, key: &Key) -> Result<bool, RepositoryError>;
}

/// What storing a value did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The key was free.
    Created,
    /// There was another value.
    Replaced,
}

/// Why a value was not stored.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The storage can't hold this value.
    #[error("the storage can't hold this value")]
    Unstorable,
    /// The storage failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}
