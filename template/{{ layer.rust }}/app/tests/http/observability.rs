use reqwest::{Method, StatusCode, header};
use serde_json::Value;

use crate::support::{TestService, problem};

#[tokio::test]
async fn requests_have_ids() {
    let service = TestService::start().await;
    let id = |sent: &str| {
        let request = service.get("/health/live").header("x-request-id", sent);
        async {
            request.send().await.unwrap().headers()["x-request-id"]
                .to_str()
                .unwrap()
                .to_owned()
        }
    };

    assert_eq!(id("Order-7_a.b").await, "Order-7_a.b");
    assert_ne!(id("not well formed").await, "not well formed");
    assert_ne!(id("").await, id("").await);
}

#[tokio::test]
async fn browsers_are_told_what_not_to_do() {
    let service = TestService::start().await;
    for path in ["/health/live", "/api/v1/items", "/nothing"] {
        let response = service.get(path).send().await.unwrap();
        let headers = response.headers();
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(
            headers["content-security-policy"],
            "default-src 'none'; frame-ancestors 'none'"
        );
        assert_eq!(headers["strict-transport-security"], "max-age=31536000");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["x-frame-options"], "DENY");
    }
}

#[tokio::test]
async fn only_allowed_origins_may_call_from_browsers() {
    let service = TestService::start_with(&[("CORS_ALLOWED_ORIGINS", "https://shop.example")]).await;
    let preflight = |origin: &'static str| {
        service
            .request(Method::OPTIONS, "/api/v1/items")
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "PUT")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type,if-match")
            .send()
    };

    let allowed = preflight("https://shop.example").await.unwrap();
    assert_eq!(allowed.status(), StatusCode::OK);
    assert_eq!(
        allowed.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN],
        "https://shop.example"
    );

    let refused = preflight("https://evil.example").await.unwrap();
    assert!(!refused.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
    problem(refused, 400).await;

    let simple = service
        .get("/api/v1/items")
        .header(header::ORIGIN, "https://shop.example");
    let response = simple.send().await.unwrap();
    assert_eq!(
        response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN],
        "https://shop.example"
    );
}

#[tokio::test]
async fn no_origin_is_allowed_by_default() {
    let service = TestService::start().await;
    let request = service
        .get("/api/v1/items")
        .header(header::ORIGIN, "https://shop.example");

    let response = request.send().await.unwrap();

    assert!(!response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
}

#[tokio::test]
async fn metrics_count_routes_and_not_paths() {
    let service = TestService::start().await;
    for path in ["/api/v1/items/1", "/api/v1/items/2", "/nothing/1", "/nothing/2"] {
        service.get(path).send().await.unwrap();
    }
    let brew = Method::from_bytes(b"BREW").unwrap();
    service.request(brew, "/health/live").send().await.unwrap();

    let response = service.get("/metrics").send().await.unwrap();
    assert!(
        response.headers()[header::CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("application/openmetrics-text")
    );
    let metrics = response.text().await.unwrap();

    for line in [
        r#"http_requests_total{method="GET",route="/api/v1/items/{id}",status="404"} 2"#,
        r#"http_requests_total{method="GET",route="unmatched",status="404"} 2"#,
        r#"http_requests_total{method="other",route="/health/live",status="405"} 1"#,
        r#"http_request_duration_seconds_count{method="GET",route="/api/v1/items/{id}"} 2"#,
        "http_requests_in_flight 1",
        "database_connections_max 10",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line} is not in\n{metrics}"
        );
    }
    for name in ["build_info", "process_start_time_seconds", "database_connections_open"] {
        assert!(metrics.contains(&format!("\n{name}")), "{name} is not in\n{metrics}");
    }
}

#[tokio::test]
async fn the_api_describes_itself() {
    let service = TestService::start().await;

    let document: Value = service.get("/openapi.json").send().await.unwrap().json().await.unwrap();

    assert_eq!(document["info"]["title"], app::service::NAME);
    assert_eq!(document["info"]["description"], app::service::DESCRIPTION);
    assert!(document["paths"]["/api/v1/items/{id}"]["put"]["responses"]["4XX"].is_object());
    assert!(document["components"]["schemas"]["Item"]["properties"]["price_cents"].is_object());
}

#[tokio::test]
async fn the_documentation_needs_no_other_host() {
    let service = TestService::start().await;

    let response = service.get("/docs").send().await.unwrap();

    assert_eq!(response.status(), StatusCode::OK);
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.contains("script-src 'self';"));
    let page = response.text().await.unwrap();
    assert!(!page.contains("http://") && !page.contains("https://"));
    for file in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js"] {
        assert!(page.contains(file));
        let part = service.get(&format!("/docs/{file}")).send().await.unwrap();
        assert_eq!(part.status(), StatusCode::OK);
    }
    let initializer = service.get("/docs/swagger-initializer.js").send().await.unwrap();
    assert!(initializer.text().await.unwrap().contains("/openapi.json"));
}
