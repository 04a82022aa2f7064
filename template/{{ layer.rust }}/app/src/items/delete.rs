//! Use case: somebody removes an item that they have read before.

use uuid::Uuid;

use super::repository::{DeleteError, Expected, ItemRepository};

/// Removes the item, provided that it is still in an expected state.
///
/// # Errors
///
/// See [`DeleteError`].
pub async fn delete(items: &dyn ItemRepository, id: Uuid, expected: &Expected) -> Result<(), DeleteError> {
    items.delete(id, expected).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::{
        create::create,
        in_memory::{InMemoryItems, details},
        item::Version,
    };

    #[tokio::test]
    async fn removes_only_what_was_read() {
        let items = InMemoryItems::default();
        let item = create(&items, details("x")).await.unwrap();

        let stale = delete(&items, item.id, &Expected::OneOf(vec![Version(99)])).await;
        assert!(matches!(stale, Err(DeleteError::Stale)));

        delete(&items, item.id, &Expected::OneOf(vec![item.version]))
            .await
            .unwrap();
        assert_eq!(items.find(item.id).await.unwrap(), None);
    }
}
