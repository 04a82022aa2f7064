//! Values in PostgreSQL.

use async_trait::async_trait;
use serde_json::value::RawValue;
use sqlx::PgPool;

use super::{
    entry::{Key, Value},
    repository::{KeyValueRepository, Put, PutError},
};
use crate::{postgres::corrupt, repository::RepositoryError};

/// Stores values in the table `kv`.
#[derive(Debug, Clone)]
pub struct PostgresValues {
    pool: PgPool,
}

impl PostgresValues {
    /// Uses the connections of `pool`.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl KeyValueRepository for PostgresValues {
    async fn put(&self, key: &Key, value: &Value) -> Result<Put, PutError> {
        // A row that no transaction has replaced was inserted by this statement.
        let created: bool = sqlx::query_scalar(
            "INSERT INTO kv (key, value) VALUES ($1, $2::text::jsonb) \
             ON CONFLICT (key) DO UPDATE SET value = excluded.value RETURNING xmax = 0",
        )
        .bind(key.as_str())
        .bind(value.as_json())
        .fetch_one(&self.pool)
        .await
        .map_err(|error| {
            if unstorable(&error) {
                PutError::Unstorable
            } else {
                PutError::Repository(error.into())
            }
        })?;

        Ok(if created { Put::Created } else { Put::Replaced })
    }

    async fn find(&self, key: &Key) -> Result<Option<Value>, RepositoryError> {
        let json: Option<String> = sqlx::query_scalar("SELECT value::text FROM kv WHERE key = $1")
            .bind(key.as_str())
            .fetch_optional(&self.pool)
            .await?;

        json.map(|json| RawValue::from_string(json).map(Value::new))
            .transpose()
            .map_err(|error| corrupt(format!("the value under {} is not JSON: {error}", key.as_str())))
    }

    async fn delete(&self, key: &Key) -> Result<bool, RepositoryError> {
        let deleted = sqlx::query("DELETE FROM kv WHERE key = $1")
            .bind(key.as_str())
            .execute(&self.pool)
            .await?
            .rows_affected();
        Ok(deleted > 0)
    }
}

/// Whether PostgreSQL can't hold a value that it was sent, because of its form (class 22) or its size (class 54).
fn unstorable(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code.starts_with("22") || code.starts_with("54"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_database::TestDatabase;

    #[tokio::test]
    async fn keeps_the_contract() {
        let database = TestDatabase::create().await;
        database.migrate().await;

        crate::kv::contract::is_kept_by(&PostgresValues::new(database.pool())).await;
    }
}
