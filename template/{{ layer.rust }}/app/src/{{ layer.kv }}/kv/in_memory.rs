//! Values in memory, for the tests of the use cases.

use std::{collections::BTreeMap, sync::Mutex};

use async_trait::async_trait;
use serde_json::value::RawValue;

use super::{
    entry::{Key, Value},
    repository::{KeyValueRepository, Put, PutError},
};
use crate::repository::RepositoryError;

#[derive(Default)]
pub struct InMemoryValues(Mutex<BTreeMap<Key, Value>>);

pub fn key(text: &str) -> Key {
    Key::parse(text).expect("a valid key")
}

pub fn value(json: &str) -> Value {
    Value::new(RawValue::from_string(json.to_owned()).expect("valid JSON"))
}

#[async_trait]
impl KeyValueRepository for InMemoryValues {
    async fn put(&self, key: &Key, value: &Value) -> Result<Put, PutError> {
        if value.as_json().contains(r"\u0000") {
            return Err(PutError::Unstorable);
        }
        match self.0.lock().unwrap().insert(key.clone(), value.clone()) {
            Some(_) => Ok(Put::Replaced),
            None => Ok(Put::Created),
        }
    }

    async fn find(&self, key: &Key) -> Result<Option<Value>, RepositoryError> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }

    async fn delete(&self, key: &Key) -> Result<bool, RepositoryError> {
        Ok(self.0.lock().unwrap().remove(key).is_some())
    }
}

#[tokio::test]
async fn keeps_the_contract() {
    super::contract::is_kept_by(&InMemoryValues::default()).await;
}
