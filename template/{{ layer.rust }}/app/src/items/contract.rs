//! What every item repository has to do, whatever it stores items in.

use uuid::Uuid;

use super::{
    in_memory::details,
    item::Version,
    repository::{DeleteError, Expected, ItemRepository, UpdateError},
};

/// Runs the whole suite against an empty repository.
pub async fn is_kept_by(items: &dyn ItemRepository) {
    returns_what_it_stored(items).await;
    pages_backwards(items).await;
    updates_only_the_expected_version(items).await;
    deletes_only_the_expected_version(items).await;
    lets_one_of_two_writers_win(items).await;
}

async fn returns_what_it_stored(items: &dyn ItemRepository) {
    let id = Uuid::now_v7();
    assert_eq!(items.find(id).await.unwrap(), None);

    let item = items.insert(id, details("stored")).await.unwrap();

    assert_eq!((item.id, &item.details), (id, &details("stored")));
    assert_eq!(item.created_at, item.updated_at);
    assert_eq!(items.find(id).await.unwrap(), Some(item));
}

async fn pages_backwards(items: &dyn ItemRepository) {
    let older = items.insert(Uuid::now_v7(), details("older")).await.unwrap();
    let newer = items.insert(Uuid::now_v7(), details("newer")).await.unwrap();

    assert_eq!(items.page(None, 1).await.unwrap(), vec![newer.clone()]);
    assert_eq!(items.page(Some(newer.id), 1).await.unwrap(), vec![older]);
}

async fn updates_only_the_expected_version(items: &dyn ItemRepository) {
    let item = items.insert(Uuid::now_v7(), details("old")).await.unwrap();
    let stale = Expected::OneOf(vec![Version(item.version.0 + 1)]);
    let fresh = Expected::OneOf(vec![Version(item.version.0 + 1), item.version]);

    let refused = items.update(item.id, &stale, details("new")).await;
    assert!(matches!(refused, Err(UpdateError::Stale)));
    assert_eq!(items.find(item.id).await.unwrap(), Some(item.clone()));

    let updated = items.update(item.id, &fresh, details("new")).await.unwrap();
    assert_eq!(updated.details, details("new"));
    assert_ne!(updated.version, item.version);
    assert_eq!(updated.created_at, item.created_at);
    assert!(updated.updated_at > item.updated_at);
    assert_eq!(items.find(item.id).await.unwrap(), Some(updated));

    assert!(items.update(item.id, &Expected::Any, details("any")).await.is_ok());
    let missing = items.update(Uuid::now_v7(), &Expected::Any, details("x")).await;
    assert!(matches!(missing, Err(UpdateError::NotFound)));
}

async fn deletes_only_the_expected_version(items: &dyn ItemRepository) {
    let item = items.insert(Uuid::now_v7(), details("doomed")).await.unwrap();
    let stale = Expected::OneOf(vec![Version(item.version.0 + 1)]);

    assert!(matches!(items.delete(item.id, &stale).await, Err(DeleteError::Stale)));
    items
        .delete(item.id, &Expected::OneOf(vec![item.version]))
        .await
        .unwrap();

    assert_eq!(items.find(item.id).await.unwrap(), None);
    assert!(matches!(
        items.delete(item.id, &Expected::Any).await,
        Err(DeleteError::NotFound)
    ));
}

async fn lets_one_of_two_writers_win(items: &dyn ItemRepository) {
    let item = items.insert(Uuid::now_v7(), details("contested")).await.unwrap();
    let expected = Expected::OneOf(vec![item.version]);

    let (left, right) = tokio::join!(
        items.update(item.id, &expected, details("left")),
        items.update(item.id, &expected, details("right")),
    );

    assert!(matches!(
        (left, right),
        (Ok(_), Err(UpdateError::Stale)) | (Err(UpdateError::Stale), Ok(_))
    ));
}
