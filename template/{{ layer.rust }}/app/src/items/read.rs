//! Use case: somebody looks at one item.

use uuid::Uuid;

use super::{item::Item, repository::ItemRepository};
use crate::repository::RepositoryError;

/// Why an item could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no item with this id.
    #[error("there is no such item")]
    NotFound,
    /// The storage failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// Returns the item with this id.
///
/// # Errors
///
/// See [`ReadError`].
pub async fn read(items: &dyn ItemRepository, id: Uuid) -> Result<Item, ReadError> {
    items.find(id).await?.ok_or(ReadError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::{
        create::create,
        in_memory::{InMemoryItems, details},
    };

    #[tokio::test]
    async fn returns_what_was_created() {
        let items = InMemoryItems::default();
        let item = create(&items, details("x")).await.unwrap();

        assert_eq!(read(&items, item.id).await.unwrap(), item);
    }

    #[tokio::test]
    async fn says_when_there_is_none() {
        let result = read(&InMemoryItems::default(), Uuid::now_v7()).await;

        assert!(matches!(result, Err(ReadError::NotFound)));
    }
}
