use std::{
    io::{Read, Write},
    net::TcpStream,
};

use crate::support::{TestService, problem};

#[tokio::test]
async fn a_handler_that_takes_too_long() {
    let service = TestService::start_with(&[("REQUEST_TIMEOUT_SECONDS", "1")]).await;
    let pool = service.database.pool();
    let mut other = pool.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE items").execute(&mut *other).await.unwrap();

    let response = service.get("/api/v1/items").send().await.unwrap();

    assert_eq!(response.headers()["retry-after"], "1");
    problem(response, 503).await;
    other.rollback().await.unwrap();
}

#[tokio::test]
async fn a_body_that_does_not_arrive() {
    let service = TestService::start_with(&[("REQUEST_TIMEOUT_SECONDS", "1")]).await;
    let mut stream = TcpStream::connect(("127.0.0.1", service.port)).unwrap();
    let head = "POST /api/v1/items HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
    stream.write_all(head.as_bytes()).unwrap();

    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();

    assert_eq!(&answer, b"HTTP/1.1 408");
}
