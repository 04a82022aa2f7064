//! Items in PostgreSQL.

use async_trait::async_trait;
use sqlx::{FromRow, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    item::{Details, Item, Version},
    repository::{DeleteError, Expected, InsertError, ItemRepository, UpdateError},
};
use crate::{
    postgres::{broken_constraint, corrupt},
    repository::RepositoryError,
    violation::Violation,
};

/// Stores items in the table `items`.
#[derive(Debug, Clone)]
pub struct PostgresItems {
    pool: PgPool,
}

impl PostgresItems {
    /// Uses the connections of `pool`.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    async fn exists(&self, id: Uuid) -> Result<bool, RepositoryError> {
        let exists = sqlx::query_scalar("SELECT EXISTS (SELECT FROM items WHERE id = $1)")
            .bind(id)
            .fetch_one(&self.pool)
            .await?;
        Ok(exists)
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    version: i64,
    name: String,
    description: String,
    price_cents: i64,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl TryFrom<Row> for Item {
    type Error = RepositoryError;

    fn try_from(row: Row) -> Result<Self, RepositoryError> {
        let details = Details::new(row.name, row.description, row.price_cents)
            .map_err(|violations| corrupt(format!("item {} breaks the rules: {violations:?}", row.id)))?;

        Ok(Self {
            id: row.id,
            version: Version(row.version),
            details,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// `NULL` stands for any version.
fn versions(expected: &Expected) -> Option<Vec<i64>> {
    match expected {
        Expected::Any => None,
        Expected::OneOf(versions) => Some(versions.iter().map(|version| version.0).collect()),
    }
}

fn violation(error: &sqlx::Error) -> Option<Violation> {
    match broken_constraint(error)? {
        "items_name_check" => Some(Violation::new("/name", "is not a name that can be stored")),
        "items_description_check" => Some(Violation::new(
            "/description",
            "is not a description that can be stored",
        )),
        "items_price_cents_check" => Some(Violation::new("/price_cents", "is not a price that can be stored")),
        _ => None,
    }
}

#[async_trait]
impl ItemRepository for PostgresItems {
    async fn insert(&self, id: Uuid, details: Details) -> Result<Item, InsertError> {
        let row: Row = sqlx::query_as(
            "INSERT INTO items (id, name, description, price_cents) VALUES ($1, $2, $3, $4) \
             RETURNING id, version, name, description, price_cents, created_at, updated_at",
        )
        .bind(id)
        .bind(details.name())
        .bind(details.description())
        .bind(details.price_cents())
        .fetch_one(&self.pool)
        .await
        .map_err(|error| match violation(&error) {
            Some(violation) => InsertError::Refused(violation),
            None => InsertError::Repository(error.into()),
        })?;

        Ok(row.try_into()?)
    }

    async fn find(&self, id: Uuid) -> Result<Option<Item>, RepositoryError> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT id, version, name, description, price_cents, created_at, updated_at FROM items WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;

        row.map(Item::try_from).transpose()
    }

    async fn page(&self, before: Option<Uuid>, limit: u16) -> Result<Vec<Item>, RepositoryError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, version, name, description, price_cents, created_at, updated_at FROM items \
             WHERE id < coalesce($1, 'ffffffff-ffff-ffff-ffff-ffffffffffff') ORDER BY id DESC LIMIT $2",
        )
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;

        rows.into_iter().map(Item::try_from).collect()
    }

    async fn update(&self, id: Uuid, expected: &Expected, details: Details) -> Result<Item, UpdateError> {
        let row: Option<Row> = sqlx::query_as(
            "UPDATE items SET version = version + 1, name = $3, description = $4, price_cents = $5 \
             WHERE id = $1 AND ($2::bigint[] IS NULL OR version = ANY ($2)) \
             RETURNING id, version, name, description, price_cents, created_at, updated_at",
        )
        .bind(id)
        .bind(versions(expected))
        .bind(details.name())
        .bind(details.description())
        .bind(details.price_cents())
        .fetch_optional(&self.pool)
        .await
        .map_err(|error| match violation(&error) {
            Some(violation) => UpdateError::Refused(violation),
            None => UpdateError::Repository(error.into()),
        })?;

        match row {
            Some(row) => Ok(row.try_into()?),
            None if self.exists(id).await? => Err(UpdateError::Stale),
            None => Err(UpdateError::NotFound),
        }
    }

    async fn delete(&self, id: Uuid, expected: &Expected) -> Result<(), DeleteError> {
        let deleted = sqlx::query("DELETE FROM items WHERE id = $1 AND ($2::bigint[] IS NULL OR version = ANY ($2))")
            .bind(id)
            .bind(versions(expected))
            .execute(&self.pool)
            .await
            .map_err(RepositoryError::from)?
            .rows_affected();

        match deleted {
            0 if self.exists(id).await? => Err(DeleteError::Stale),
            0 => Err(DeleteError::NotFound),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_database::TestDatabase;

    #[tokio::test]
    async fn keeps_the_contract() {
        let database = TestDatabase::create().await;
        database.migrate().await;

        crate::items::contract::is_kept_by(&PostgresItems::new(database.pool())).await;
    }

    #[tokio::test]
    async fn names_the_rule_that_only_the_database_knows() {
        let database = TestDatabase::create().await;
        database.migrate().await;
        database
            .execute("ALTER TABLE items DROP CONSTRAINT items_price_cents_check")
            .await;
        database
            .execute("ALTER TABLE items ADD CONSTRAINT items_price_cents_check CHECK (price_cents < 100)")
            .await;

        let refused = PostgresItems::new(database.pool())
            .insert(Uuid::now_v7(), crate::items::in_memory::details("dear"))
            .await;

        assert!(matches!(refused, Err(InsertError::Refused(violation)) if violation.pointer == "/price_cents"));
    }
}
