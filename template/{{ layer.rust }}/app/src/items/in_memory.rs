//! Items in memory, for the tests of the use cases.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use async_trait::async_trait;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    item::{Details, Item, Version},
    repository::{DeleteError, Expected, InsertError, ItemRepository, UpdateError},
};
use crate::repository::RepositoryError;

#[derive(Default)]
pub struct InMemoryItems(Mutex<BTreeMap<Uuid, Item>>);

/// Valid details with this name.
pub fn details(name: &str) -> Details {
    Details::new(name.to_owned(), "a thing".to_owned(), 1250).expect("valid details")
}

impl InMemoryItems {
    fn items(&self) -> MutexGuard<'_, BTreeMap<Uuid, Item>> {
        self.0.lock().expect("no test panics while it holds the lock")
    }
}

fn meets(item: &Item, expected: &Expected) -> bool {
    match expected {
        Expected::Any => true,
        Expected::OneOf(versions) => versions.contains(&item.version),
    }
}

#[async_trait]
impl ItemRepository for InMemoryItems {
    async fn insert(&self, id: Uuid, details: Details) -> Result<Item, InsertError> {
        let now = OffsetDateTime::now_utc();
        let item = Item {
            id,
            version: Version(1),
            details,
            created_at: now,
            updated_at: now,
        };
        self.items().insert(id, item.clone());
        Ok(item)
    }

    async fn find(&self, id: Uuid) -> Result<Option<Item>, RepositoryError> {
        Ok(self.items().get(&id).cloned())
    }

    async fn page(&self, before: Option<Uuid>, limit: u16) -> Result<Vec<Item>, RepositoryError> {
        Ok(self
            .items()
            .values()
            .rev()
            .filter(|item| before.is_none_or(|before| item.id < before))
            .take(limit.into())
            .cloned()
            .collect())
    }

    async fn update(&self, id: Uuid, expected: &Expected, details: Details) -> Result<Item, UpdateError> {
        let mut items = self.items();
        let item = items.get_mut(&id).ok_or(UpdateError::NotFound)?;
        if !meets(item, expected) {
            return Err(UpdateError::Stale);
        }
        item.version = Version(item.version.0 + 1);
        item.details = details;
        item.updated_at = OffsetDateTime::now_utc();
        Ok(item.clone())
    }

    async fn delete(&self, id: Uuid, expected: &Expected) -> Result<(), DeleteError> {
        let mut items = self.items();
        let item = items.get(&id).ok_or(DeleteError::NotFound)?;
        if !meets(item, expected) {
            return Err(DeleteError::Stale);
        }
        items.remove(&id);
        Ok(())
    }
}

#[tokio::test]
async fn keeps_the_contract() {
    super::contract::is_kept_by(&InMemoryItems::default()).await;
}
