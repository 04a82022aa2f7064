//! What the use cases need from storage.

use async_trait::async_trait;
use uuid::Uuid;

use super::item::{Details, Item, Version};
use crate::{repository::RepositoryError, violation::Violation};

/// Stores items. `contract.rs` holds every implementation to what is promised here.
#[async_trait]
pub trait ItemRepository: Send + Sync {
    /// Stores a new item under `id` and returns it with its first version.
    ///
    /// MUST return [`InsertError::Refused`] when a rule of the storage is broken that [`Details`] does not know.
    async fn insert(&self, id: Uuid, details: Details) -> Result<Item, InsertError>;

    /// Returns the item, or `None` when there is none with this id.
    async fn find(&self, id: Uuid) -> Result<Option<Item>, RepositoryError>;

    /// Returns at most `limit` items whose ids are smaller than `before`, greatest id first.
    async fn page(&self, before: Option<Uuid>, limit: u16) -> Result<Vec<Item>, RepositoryError>;

    /// Replaces the details and gives the item a new version.
    ///
    /// MUST check `expected` and write in one atomic step: of two concurrent calls that expect the same version one
    /// succeeds and the other returns [`UpdateError::Stale`].
    async fn update(&self, id: Uuid, expected: &Expected, details: Details) -> Result<Item, UpdateError>;

    /// Removes the item, with the same atomicity as [`update`](Self::update).
    async fn delete(&self, id: Uuid, expected: &Expected) -> Result<(), DeleteError>;
}

/// The state in which an item has to be for a change to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Any state, as long as the item exists.
    Any,
    /// One of these versions.
    OneOf(Vec<Version>),
}

/// Why an item was not inserted.
#[derive(Debug, thiserror::Error)]
pub enum InsertError {
    /// The storage keeps a rule that the details break.
    #[error("the storage refused the item")]
    Refused(Violation),
    /// The storage failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// Why an item was not updated.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// There is no item with this id.
    #[error("there is no such item")]
    NotFound,
    /// The item has another version than expected.
    #[error("the item has changed since it was read")]
    Stale,
    /// The storage keeps a rule that the details break.
    #[error("the storage refused the item")]
    Refused(Violation),
    /// The storage failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// Why an item was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// There is no item with this id.
    #[error("there is no such item")]
    NotFound,
    /// The item has another version than expected.
    #[error("the item has changed since it was read")]
    Stale,
    /// The storage failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}
