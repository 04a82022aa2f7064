//! Use case: somebody removes a value.

use super::{entry::Key, repository::KeyValueRepository};
use crate::repository::RepositoryError;

/// Why a value was not removed.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// There is nothing under this key.
    #[error("there is no such key")]
    NotFound,
    /// The storage failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// Removes the value under the key.
///
/// # Errors
///
/// See [`DeleteError`].
pub async fn delete(values: &dyn KeyValueRepository, key: &Key) -> Result<(), DeleteError> {
    if values.delete(key).await? {
        Ok(())
    } else {
        Err(DeleteError::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::{
        in_memory::{InMemoryValues, key, value},
        put::put,
    };

    #[tokio::test]
    async fn removes_once() {
        let values = InMemoryValues::default();
        put(&values, &key("k"), &value("1")).await.unwrap();

        assert!(delete(&values, &key("k")).await.is_ok());
        assert!(matches!(delete(&values, &key("k")).await, Err(DeleteError::NotFound)));
    }
}
