//! What every repository of values has to do, whatever it stores them in.

use super::{
    in_memory::{key, value},
    repository::{KeyValueRepository, Put, PutError},
};

/// Runs the whole suite against an empty repository.
pub async fn is_kept_by(values: &dyn KeyValueRepository) {
    returns_every_kind_of_json(values).await;
    keeps_keys_apart(values).await;
    refuses_what_it_cannot_hold(values).await;
    removes(values).await;
}

async fn returns_every_kind_of_json(values: &dyn KeyValueRepository) {
    let key = key("kinds");
    for json in [
        "null",
        "true",
        "1.5",
        "12345678901234567890123",
        "\"ü\"",
        "[1, {}]",
        r#"{"a": [null]}"#,
    ] {
        values.put(&key, &value(json)).await.unwrap();

        let found = values.find(&key).await.unwrap().unwrap();
        assert_eq!(found.as_json(), json);
    }
}

async fn keeps_keys_apart(values: &dyn KeyValueRepository) {
    assert_eq!(values.put(&key("a"), &value("1")).await.unwrap(), Put::Created);
    assert_eq!(values.put(&key("A"), &value("2")).await.unwrap(), Put::Created);
    assert_eq!(values.put(&key("a"), &value("3")).await.unwrap(), Put::Replaced);

    assert_eq!(values.find(&key("A")).await.unwrap().unwrap().as_json(), "2");
    assert!(values.find(&key("b")).await.unwrap().is_none());
}

async fn refuses_what_it_cannot_hold(values: &dyn KeyValueRepository) {
    let refused = values.put(&key("bad"), &value(r#""\u0000""#)).await;

    assert!(matches!(refused, Err(PutError::Unstorable)));
    assert!(values.find(&key("bad")).await.unwrap().is_none());
}

async fn removes(values: &dyn KeyValueRepository) {
    values.put(&key("gone"), &value("1")).await.unwrap();

    assert!(values.delete(&key("gone")).await.unwrap());
    assert!(!values.delete(&key("gone")).await.unwrap());
    assert!(values.find(&key("gone")).await.unwrap().is_none());
}
