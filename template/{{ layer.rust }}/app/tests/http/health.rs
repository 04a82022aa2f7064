use reqwest::StatusCode;

use crate::support::{TestDatabase, TestService, problem};

async fn readiness(service: &TestService) -> Result<(), String> {
    let response = service.get("/health/ready").send().await.unwrap();
    if response.status() == StatusCode::OK {
        return Ok(());
    }
    let problem = problem(response, 503).await;
    Err(problem["detail"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn ready_when_migrated() {
    let service = TestService::start().await;
    assert_eq!(readiness(&service).await, Ok(()));
}

#[tokio::test]
async fn ready_when_the_next_version_has_migrated_already() {
    let service = TestService::start().await;
    service
        .database
        .execute("UPDATE schema_migrations SET version = version + 1")
        .await;
    assert_eq!(readiness(&service).await, Ok(()));
}

#[tokio::test]
async fn not_ready_before_the_first_migration() {
    let service = TestService::start_on(TestDatabase::create().await, &[]);
    assert!(
        readiness(&service)
            .await
            .unwrap_err()
            .starts_with("no migration has been applied")
    );

    service
        .database
        .execute("CREATE TABLE schema_migrations (version bigint, dirty boolean)")
        .await;
    assert!(
        readiness(&service)
            .await
            .unwrap_err()
            .starts_with("no migration has been applied")
    );

    service.database.execute("DROP TABLE schema_migrations").await;
    service.database.migrate().await;
    assert_eq!(readiness(&service).await, Ok(()));
}

#[tokio::test]
async fn not_ready_with_an_older_database() {
    let service = TestService::start().await;
    service
        .database
        .execute("UPDATE schema_migrations SET version = version - 1")
        .await;
    assert!(
        readiness(&service)
            .await
            .unwrap_err()
            .starts_with("the database is at migration")
    );
}

#[tokio::test]
async fn not_ready_after_a_migration_that_failed() {
    let service = TestService::start().await;
    service
        .database
        .execute("UPDATE schema_migrations SET dirty = true")
        .await;
    assert!(
        readiness(&service)
            .await
            .unwrap_err()
            .ends_with("left the database dirty")
    );
}

#[tokio::test]
async fn alive_but_not_ready_without_a_database() {
    let nowhere = [(
        "DATABASE_URL",
        "postgres://me:secret@127.0.0.1:1/nothing?sslmode=disable",
    )];
    let service = TestService::start_with(&nowhere).await;

    assert_eq!(
        service.get("/health/live").send().await.unwrap().status(),
        StatusCode::OK
    );
    assert_eq!(readiness(&service).await, Err("the database is not reached".to_owned()));
    let items = service.get("/api/v1/items").send().await.unwrap();
    assert_eq!(items.headers()["retry-after"], "1");
    assert!(!problem(items, 503).await.to_string().contains("127.0.0.1"));
}
