//! A database for one test.

use std::{env, fs, path::PathBuf, str::FromStr, thread};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use uuid::Uuid;

/// Exists until it is dropped.
pub struct TestDatabase {
    name: String,
    server: PgConnectOptions,
}

impl TestDatabase {
    /// Creates an empty database on the server that `DATABASE_URL` names.
    pub async fn create() -> Self {
        let url = env::var("DATABASE_URL").expect("the tests need DATABASE_URL, the address of a PostgreSQL server");
        let database = Self {
            name: format!("test_{}", Uuid::now_v7().simple()),
            server: PgConnectOptions::from_str(&url).expect("DATABASE_URL should be an address"),
        };
        run(&database.server, format!("CREATE DATABASE {}", database.name)).await;
        database
    }

    /// Applies all migrations in the way in which golang-migrate does it, and returns the newest version.
    pub async fn migrate(&self) -> i64 {
        let mut files: Vec<PathBuf> = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/sql"))
            .expect("the migrations should be there")
            .map(|entry| entry.expect("a readable entry").path())
            .filter(|path| path.to_string_lossy().ends_with(".up.sql"))
            .collect();
        files.sort();

        for file in &files {
            self.execute(&fs::read_to_string(file).expect("a readable migration"))
                .await;
        }
        let newest = files
            .last()
            .and_then(|file| file.file_name()?.to_str()?.split('_').next()?.parse().ok());
        let version = newest.expect("a numbered migration");
        self.execute("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)")
            .await;
        self.execute(&format!("INSERT INTO schema_migrations VALUES ({version}, false)"))
            .await;
        version
    }

    /// Runs statements that return nothing.
    pub async fn execute(&self, sql: &str) {
        run(&self.options(), sql.to_owned()).await;
    }

    /// Connects to the database.
    pub fn pool(&self) -> PgPool {
        PgPoolOptions::new()
            .max_connections(4)
            .connect_lazy_with(self.options())
    }

    /// How to connect to the database.
    pub fn options(&self) -> PgConnectOptions {
        self.server.clone().database(&self.name)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let server = self.server.clone();
        let sql = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let drop = thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
                .block_on(run(&server, sql));
        });
        assert!(
            drop.join().is_ok() || thread::panicking(),
            "the database should be dropped"
        );
    }
}

async fn run(options: &PgConnectOptions, sql: String) {
    let mut connection: PgConnection = options.connect().await.expect("a connection to PostgreSQL");
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut connection)
        .await
        .expect("the statements should succeed");
    connection.close().await.expect("the connection should end");
}
