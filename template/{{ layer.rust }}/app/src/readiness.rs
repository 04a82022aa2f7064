//! Whether this instance should get traffic.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::PgPool;
use thiserror::Error;

/// The newest migration that existed when this program was built.
const EXPECTED_MIGRATION: &str = env!("EXPECTED_MIGRATION");
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);
const UNDEFINED_TABLE: &str = "42P01";

/// Set once, when the process was asked to end.
#[derive(Debug, Clone, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// From now on nobody should send new requests.
    pub fn start(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the process was asked to end.
    #[must_use]
    pub fn has_started(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why this instance should get no traffic.
#[derive(Debug, Error)]
pub enum NotReady {
    /// The process was asked to end.
    #[error("the service is shutting down")]
    Draining,
    /// The database does not answer in time.
    #[error("the database is not reached")]
    DatabaseUnreachable(#[source] Option<sqlx::Error>),
    /// Nothing was ever migrated.
    #[error("no migration has been applied, {EXPECTED_MIGRATION} is needed")]
    NotMigrated,
    /// A migration failed half-way.
    #[error("migration {0} has failed and left the database dirty")]
    Dirty(i64),
    /// The database is older than this program.
    #[error("the database is at migration {0}, {EXPECTED_MIGRATION} is needed")]
    Outdated(i64),
}

/// Answers whether this instance should get traffic.
#[derive(Debug, Clone)]
pub struct Readiness {
    pool: PgPool,
    draining: Draining,
}

impl Readiness {
    /// Asks the database through `pool`, unless `draining` has started.
    #[must_use]
    pub fn new(pool: PgPool, draining: Draining) -> Self {
        Self { pool, draining }
    }

    /// Checks that the database is reached and holds at least the expected migration. A newer one is fine: during a
    /// rolling deployment the migrations of the next version come first.
    ///
    /// # Errors
    ///
    /// The first reason found in [`NotReady`].
    pub async fn check(&self) -> Result<(), NotReady> {
        if self.draining.has_started() {
            return Err(NotReady::Draining);
        }

        let query = sqlx::query_as("SELECT version, dirty FROM schema_migrations").fetch_optional(&self.pool);
        let state: Option<(i64, bool)> = match tokio::time::timeout(DATABASE_TIMEOUT, query).await {
            Ok(Ok(state)) => state,
            Ok(Err(error)) if is_undefined_table(&error) => None,
            Ok(Err(error)) => return Err(NotReady::DatabaseUnreachable(Some(error))),
            Err(_) => return Err(NotReady::DatabaseUnreachable(None)),
        };

        match state {
            None => Err(NotReady::NotMigrated),
            Some((version, true)) => Err(NotReady::Dirty(version)),
            Some((version, false)) if version < expected_migration() => Err(NotReady::Outdated(version)),
            Some(_) => Ok(()),
        }
    }
}

fn expected_migration() -> i64 {
    EXPECTED_MIGRATION.parse().expect("the build script writes a number")
}

fn is_undefined_table(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code == UNDEFINED_TABLE)
}
