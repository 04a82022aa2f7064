//! Use case: somebody stores a value.

use super::{
    entry::{Key, Value},
    repository::{KeyValueRepository, Put, PutError},
};

/// Stores the value under the key and says whether it took another one's place.
///
/// # Errors
///
/// See [`PutError`].
pub async fn put(values: &dyn KeyValueRepository, key: &Key, value: &Value) -> Result<Put, PutError> {
    values.put(key, value).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::in_memory::{InMemoryValues, key, value};

    #[tokio::test]
    async fn tells_new_from_replaced() {
        let values = InMemoryValues::default();

        assert_eq!(put(&values, &key("k"), &value("1")).await.unwrap(), Put::Created);
        assert_eq!(put(&values, &key("k"), &value("2")).await.unwrap(), Put::Replaced);
    }
}
