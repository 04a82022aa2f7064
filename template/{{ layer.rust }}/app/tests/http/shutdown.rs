use std::{net::TcpStream, time::Duration};

use reqwest::{StatusCode, header};
use tokio::time::{sleep, timeout};

use crate::support::{TestService, problem};

#[tokio::test]
async fn readiness_turns_first() {
    let mut service = TestService::start_with(&[("SHUTDOWN_DRAIN_SECONDS", "2")]).await;
    let live = service.get("/health/live").send().await.unwrap();
    assert!(!live.headers().contains_key(header::CONNECTION));

    service.stop();
    sleep(Duration::from_millis(300)).await;

    let ready = service.get("/health/ready").send().await.unwrap();
    assert_eq!(problem(ready, 503).await["detail"], "the service is shutting down");
    let items = service.get("/api/v1/items").send().await.unwrap();
    assert_eq!(items.status(), StatusCode::OK);
    assert_eq!(items.headers()[header::CONNECTION], "close");
}

#[tokio::test]
async fn requests_in_flight_are_finished() {
    let mut service = TestService::start().await;
    let pool = service.database.pool();
    let mut other = pool.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE items").execute(&mut *other).await.unwrap();
    let in_flight = tokio::spawn(service.get("/api/v1/items").send());
    sleep(Duration::from_millis(300)).await;

    service.stop();
    let refused = async {
        while TcpStream::connect(("127.0.0.1", service.port)).is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(5), refused)
        .await
        .expect("no new connection should be accepted");
    assert!(!in_flight.is_finished());
    other.rollback().await.unwrap();

    assert_eq!(in_flight.await.unwrap().unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn waiting_is_bounded() {
    let mut service = TestService::start_with(&[("SHUTDOWN_TIMEOUT_SECONDS", "1")]).await;
    let pool = service.database.pool();
    let mut other = pool.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE items").execute(&mut *other).await.unwrap();
    let in_flight = tokio::spawn(service.get("/api/v1/items").send());
    sleep(Duration::from_millis(300)).await;

    service.stop();

    let answer = timeout(Duration::from_secs(4), in_flight).await;
    assert!(answer.expect("the service should not wait").unwrap().is_err());
    other.rollback().await.unwrap();
}
