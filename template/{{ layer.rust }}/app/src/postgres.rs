//! Connections to PostgreSQL, and what its errors mean to the rest of the service.

use std::time::Duration;

use sqlx::{
    ConnectOptions, Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::repository::RepositoryError;

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
const STATEMENT_TIMEOUT: &str = "5s";
const IDLE_TIMEOUT: Duration = Duration::from_mins(5);
const MAX_LIFETIME: Duration = Duration::from_mins(30);
const SLOW_STATEMENT: Duration = Duration::from_millis(500);
/// A connection that rested longer than this is tested before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(10);

/// Makes a pool that connects when a connection is first needed.
///
/// # Panics
///
/// Outside a Tokio runtime: the pool looks after its connections in a task.
#[must_use]
pub fn pool(options: &PgConnectOptions, max_connections: u32) -> PgPool {
    let options = options
        .clone()
        .application_name(crate::service::NAME)
        .options([("statement_timeout", STATEMENT_TIMEOUT)])
        .log_slow_statements(log::LevelFilter::Warn, SLOW_STATEMENT);

    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(IDLE_TIMEOUT)
        .max_lifetime(MAX_LIFETIME)
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(async move {
                if state.idle_for > TRUSTED_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options)
}

/// Names the constraint that a statement broke.
#[must_use]
pub fn broken_constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error()?.constraint()
}

/// What was read can't have been written by this program.
#[must_use]
pub fn corrupt(message: String) -> RepositoryError {
    RepositoryError::Unexpected(message.into())
}

impl From<sqlx::Error> for RepositoryError {
    fn from(error: sqlx::Error) -> Self {
        if is_transient(&error) {
            Self::Unavailable(Box::new(error))
        } else {
            Self::Unexpected(Box::new(error))
        }
    }
}

fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
        // Connection exceptions, insufficient resources, operator intervention (among them the statement timeout).
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| ["08", "53", "57"].iter().any(|class| code.starts_with(class))),
        _ => false,
    }
}
