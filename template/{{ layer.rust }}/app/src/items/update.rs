//! Use case: somebody replaces the details of an item that they have read before.

use uuid::Uuid;

use super::{
    item::{Details, Item},
    repository::{Expected, ItemRepository, UpdateError},
};

/// Replaces the details, provided that the item is still in an expected state.
///
/// # Errors
///
/// See [`UpdateError`].
pub async fn update(
    items: &dyn ItemRepository,
    id: Uuid,
    expected: &Expected,
    details: Details,
) -> Result<Item, UpdateError> {
    items.update(id, expected, details).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::{
        create::create,
        in_memory::{InMemoryItems, details},
    };

    #[tokio::test]
    async fn the_second_of_two_writers_is_told() {
        let items = InMemoryItems::default();
        let item = create(&items, details("old")).await.unwrap();
        let read = Expected::OneOf(vec![item.version]);

        let first = update(&items, item.id, &read, details("first")).await;
        let second = update(&items, item.id, &read, details("second")).await;

        assert_eq!(first.unwrap().details, details("first"));
        assert!(matches!(second, Err(UpdateError::Stale)));
    }
}
