//! Use case: somebody asks for a value.

use super::{
    entry::{Key, Value},
    repository::KeyValueRepository,
};
use crate::repository::RepositoryError;

/// Why a value could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is nothing under this key.
    #[error("there is no such key")]
    NotFound,
    /// The storage failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// Returns the value under the key.
///
/// # Errors
///
/// See [`ReadError`].
pub async fn read(values: &dyn KeyValueRepository, key: &Key) -> Result<Value, ReadError> {
    values.find(key).await?.ok_or(ReadError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::{
        in_memory::{InMemoryValues, key, value},
        put::put,
    };

    #[tokio::test]
    async fn returns_the_last_value() {
        let values = InMemoryValues::default();
        put(&values, &key("k"), &value("1")).await.unwrap();
        put(&values, &key("k"), &value("2")).await.unwrap();

        assert_eq!(read(&values, &key("k")).await.unwrap().as_json(), "2");
    }

    #[tokio::test]
    async fn says_when_there_is_none() {
        let result = read(&InMemoryValues::default(), &key("k")).await;

        assert!(matches!(result, Err(ReadError::NotFound)));
    }
}
