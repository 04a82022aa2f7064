//! Use case: somebody adds an item.

use uuid::Uuid;

use super::{
    item::{Details, Item},
    repository::{InsertError, ItemRepository},
};

/// Stores a new item under an id of its own.
///
/// # Errors
///
/// See [`InsertError`].
pub async fn create(items: &dyn ItemRepository, details: Details) -> Result<Item, InsertError> {
    items.insert(Uuid::now_v7(), details).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::in_memory::{InMemoryItems, details};

    #[tokio::test]
    async fn stores_the_details_under_ids_ordered_by_time() {
        let items = InMemoryItems::default();

        let first = create(&items, details("first")).await.unwrap();
        let second = create(&items, details("second")).await.unwrap();

        assert_eq!(first.details, details("first"));
        assert!(first.id < second.id);
        assert_eq!(items.find(first.id).await.unwrap(), Some(first));
    }
}
