//! Use case: somebody pages through the items, newest first.

use uuid::Uuid;

use super::{item::Item, repository::ItemRepository};
use crate::repository::RepositoryError;

/// A stretch of the list.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// Newest first.
    pub items: Vec<Item>,
    /// Where the next page starts; `None` when this page is the last one.
    pub next: Option<Uuid>,
}

/// Returns the `limit` items that come after `after`, or the newest ones.
///
/// # Errors
///
/// The storage failed.
pub async fn list(items: &dyn ItemRepository, after: Option<Uuid>, limit: u16) -> Result<Page, RepositoryError> {
    let wanted = usize::from(limit);
    let mut found = items.page(after, limit + 1).await?;
    let more = found.len() > wanted;
    found.truncate(wanted);

    Ok(Page {
        next: found.last().filter(|_| more).map(|item| item.id),
        items: found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::{
        create::create,
        in_memory::{InMemoryItems, details},
    };

    #[tokio::test]
    async fn walks_through_all_items_once() {
        let items = InMemoryItems::default();
        for name in ["a", "b", "c"] {
            create(&items, details(name)).await.unwrap();
        }

        let first = list(&items, None, 2).await.unwrap();
        let second = list(&items, first.next, 2).await.unwrap();

        let names: Vec<_> = first
            .items
            .iter()
            .chain(&second.items)
            .map(|item| item.details.name())
            .collect();
        assert_eq!(names, ["c", "b", "a"]);
        assert_eq!(second.next, None);
    }

    #[tokio::test]
    async fn ends_with_a_full_page() {
        let items = InMemoryItems::default();
        create(&items, details("only")).await.unwrap();

        let page = list(&items, None, 1).await.unwrap();

        assert_eq!((page.items.len(), page.next), (1, None));
    }
}
