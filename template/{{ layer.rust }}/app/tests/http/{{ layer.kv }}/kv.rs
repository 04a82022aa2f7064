use reqwest::{StatusCode, header};
use serde_json::{Value, json};

use crate::support::{TestService, problem};

#[tokio::test]
async fn any_json_can_be_stored_replaced_and_removed() {
    let service = TestService::start().await;
    let path = "/api/v1/kv/feature:dark-mode_2.0";

    let created = service
        .put(path)
        .json(&json!({"on": true, "share": 0.25}))
        .send()
        .await
        .unwrap();
    assert_eq!(created.status(), StatusCode::CREATED);

    for value in [json!(null), json!("text"), json!([1, {"a": []}]), json!(-1.5e-3)] {
        let replaced = service.put(path).json(&value).send().await.unwrap();
        assert_eq!(replaced.status(), StatusCode::OK);

        let read = service.get(path).send().await.unwrap();
        assert_eq!(read.headers()[header::CONTENT_TYPE], "application/json");
        assert_eq!(read.json::<Value>().await.unwrap(), value);
    }

    assert_eq!(
        service.delete(path).send().await.unwrap().status(),
        StatusCode::NO_CONTENT
    );
    problem(service.get(path).send().await.unwrap(), 404).await;
    problem(service.delete(path).send().await.unwrap(), 404).await;
}

#[tokio::test]
async fn keys_have_a_form() {
    let service = TestService::start().await;
    for key in ["a%20b", "%C3%A9", "a%00", "%F0%9F%94%91", &"x".repeat(201)] {
        let path = format!("/api/v1/kv/{key}");
        problem(service.put(&path).json(&1).send().await.unwrap(), 422).await;
        problem(service.get(&path).send().await.unwrap(), 404).await;
        problem(service.delete(&path).send().await.unwrap(), 404).await;
    }
}

#[tokio::test]
async fn what_postgresql_cannot_hold_is_refused() {
    let service = TestService::start().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for json in [r#""\u0000""#, r#"{"\u0000": 1}"#, r#""\ud800""#, "1e200000", &deep] {
        let request = service
            .put("/api/v1/kv/key")
            .header(header::CONTENT_TYPE, "application/json")
            .body(json.to_owned());
        problem(request.send().await.unwrap(), 422).await;
    }
}
