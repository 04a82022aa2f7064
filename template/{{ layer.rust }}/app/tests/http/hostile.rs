use std::{
    io::{Read, Write},
    net::TcpStream,
};

use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::support::{TestService, problem};

const ITEMS: &str = "/api/v1/items";

#[tokio::test]
async fn bodies_that_are_not_json() {
    let service = TestService::start().await;
    let bodies: [&[u8]; 7] = [
        b"",
        b"{",
        b"name=x",
        b"\xff\xfe",
        b"{\"name\": \"\xff\"}",
        b"[1,]",
        b"{}{}",
    ];
    for body in bodies {
        let request = service.post(ITEMS).header(header::CONTENT_TYPE, "application/json");
        let status = request.body(body.to_vec()).send().await.unwrap().status();
        assert!(
            matches!(status.as_u16(), 400 | 422),
            "{status} for {}",
            String::from_utf8_lossy(body)
        );
    }
}

#[tokio::test]
async fn json_of_another_shape() {
    let service = TestService::start().await;
    let name_and_price = |name, price| json!({"name": name, "price_cents": price});
    for (body, pointer) in [
        (json!([]), ""),
        (json!(null), ""),
        (json!({"name": "x"}), ""),
        (name_and_price(json!(1), json!(1)), "/name"),
        (name_and_price(json!("x"), json!("1")), "/price_cents"),
        (name_and_price(json!("x"), json!(1.5)), "/price_cents"),
        (name_and_price(json!("x"), json!(u64::MAX)), "/price_cents"),
        (name_and_price(json!("x"), json!(1_000_000_001)), "/price_cents"),
        (name_and_price(json!("a\0b"), json!(1)), "/name"),
        (json!({"name": "x", "price_cents": 1, "owner": "me"}), "/owner"),
    ] {
        let problem = problem(service.post(ITEMS).json(&body).send().await.unwrap(), 422).await;
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
}

#[tokio::test]
async fn nesting_without_end() {
    let service = TestService::start().await;
    let request = service.post(ITEMS).header(header::CONTENT_TYPE, "application/json");

    let response = request.body("[".repeat(500_000)).send().await.unwrap();

    assert!(response.status().is_client_error());
}

#[tokio::test]
async fn bodies_of_another_type() {
    let service = TestService::start().await;
    let body = r#"{"name": "x", "price_cents": 1}"#;
    for content_type in ["text/plain", "application/xml", "application", "\u{7f}"] {
        let request = service
            .post(ITEMS)
            .header(header::CONTENT_TYPE, content_type.as_bytes());
        if let Ok(request) = request.body(body).build() {
            let response = reqwest::Client::new().execute(request).await.unwrap();
            problem(response, 415).await;
        }
    }
    problem(service.post(ITEMS).body(body).send().await.unwrap(), 415).await;
}

#[tokio::test]
async fn bodies_that_are_too_large() {
    let service = TestService::start_with(&[("REQUEST_BODY_LIMIT_BYTES", "2048")]).await;
    let body = json!({"name": "x", "description": "x".repeat(4096), "price_cents": 1});

    problem(service.post(ITEMS).json(&body).send().await.unwrap(), 413).await;
}

#[tokio::test]
async fn queries_that_make_no_page() {
    let service = TestService::start().await;
    for query in [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=x",
        "limit=1e1",
        "limit=",
        "limit=1&limit=2",
        "cursor=x",
        "cursor=%00",
        "cursor=AAAA",
        "cursor=' OR 1=1 --",
        "cursor=%ff",
    ] {
        let response = service.get(&format!("{ITEMS}?{query}")).send().await.unwrap();
        problem(response, 400).await;
    }
}

#[tokio::test]
async fn paths_that_lead_nowhere() {
    let service = TestService::start().await;
    for path in [
        "/",
        "/api/v1/items/",
        "/api/v1/items/1",
        "/api/v1/items/%00",
        "/api/v1/items/%ff%fe",
        "/api/v1/items/'%20OR%201=1",
        "/api/v1/items/00000000-0000-0000-0000-000000000000",
        "/api/v1/items/%2e%2e/%2e%2e/etc/passwd",
        "/docs/%2e%2e/%2e%2e/etc/passwd",
        "/docs/nothing",
        "//health/live",
        "/.env",
    ] {
        problem(service.get(path).send().await.unwrap(), 404).await;
    }
}

#[tokio::test]
async fn methods_that_a_resource_lacks() {
    let service = TestService::start().await;
    for (method, path) in [
        (Method::DELETE, ITEMS),
        (Method::PATCH, "/api/v1/items/1"),
        (Method::POST, "/health/live"),
        (Method::from_bytes(b"BREW").unwrap(), ITEMS),
    ] {
        let response = service.request(method, path).send().await.unwrap();
        assert!(response.headers()[header::ALLOW].to_str().unwrap().contains("GET"));
        problem(response, 405).await;
    }
}

#[tokio::test]
async fn preconditions_that_are_no_tags() {
    let service = TestService::start().await;
    let body = json!({"name": "x", "price_cents": 1});
    for (if_match, status) in [("7", 400), ("\"", 400), ("\"seven\"", 404), ("W/\"1\"", 404)] {
        let path = format!("{ITEMS}/00000000-0000-0000-0000-000000000000");
        let request = service.put(&path).header(header::IF_MATCH, if_match).json(&body);
        problem(request.send().await.unwrap(), status).await;
    }
}

#[tokio::test]
async fn text_that_is_no_http() {
    let service = TestService::start().await;
    for text in [
        "nonsense\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET /\u{0}\u{1} HTTP/1.1\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", service.port)).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 400 "), "{text:?}");
    }
    let alive = service.get("/health/live").send().await.unwrap();
    assert_eq!(alive.status(), StatusCode::OK);
}
