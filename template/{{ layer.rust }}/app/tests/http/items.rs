use reqwest::{Response, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{TestService, problem};

async fn create(service: &TestService, name: &str) -> Response {
    let body = json!({"name": name, "description": "a thing", "price_cents": 1250});
    let response = service.post("/api/v1/items").json(&body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    response
}

/// The path and the entity tag of a new item.
async fn created(service: &TestService) -> (String, String) {
    let response = create(service, "Lamp").await;
    let text = |name| response.headers()[name].to_str().unwrap().to_owned();
    (text(header::LOCATION), text(header::ETAG))
}

#[tokio::test]
async fn an_item_can_be_created_and_read() {
    let service = TestService::start().await;
    let response = create(&service, "Lämp 🛋 ' \" \\ ;--").await;
    let path = response.headers()[header::LOCATION].to_str().unwrap().to_owned();
    let etag = response.headers()[header::ETAG].clone();
    let item: Value = response.json().await.unwrap();

    assert_eq!(path, format!("/api/v1/items/{}", item["id"].as_str().unwrap()));
    assert_eq!(item["name"], "Lämp 🛋 ' \" \\ ;--");
    assert_eq!(item["description"], "a thing");
    assert_eq!(item["price_cents"], 1250);
    assert_eq!(item["created_at"], item["updated_at"]);

    let read = service.get(&path).send().await.unwrap();
    assert_eq!(read.status(), StatusCode::OK);
    assert_eq!(read.headers()[header::ETAG], etag);
    assert_eq!(read.json::<Value>().await.unwrap(), item);
}

#[tokio::test]
async fn the_description_may_be_left_out() {
    let service = TestService::start().await;
    let body = json!({"name": "Lamp", "price_cents": 0});

    let response = service.post("/api/v1/items").json(&body).send().await.unwrap();

    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(response.json::<Value>().await.unwrap()["description"], "");
}

#[tokio::test]
async fn a_known_item_is_not_sent_again() {
    let service = TestService::start().await;
    let (path, etag) = created(&service).await;

    let known = service
        .get(&path)
        .header(header::IF_NONE_MATCH, &etag)
        .send()
        .await
        .unwrap();
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(known.headers()[header::ETAG], etag);
    assert_eq!(known.text().await.unwrap(), "");

    let other = service
        .get(&path)
        .header(header::IF_NONE_MATCH, "\"0\"")
        .send()
        .await
        .unwrap();
    assert_eq!(other.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_list_is_paged_newest_first() {
    let service = TestService::start().await;
    for name in ["a", "b", "c", "d", "e"] {
        create(&service, name).await;
    }

    let mut names = Vec::new();
    let mut path = "/api/v1/items?limit=2".to_owned();
    loop {
        let page: Value = service.get(&path).send().await.unwrap().json().await.unwrap();
        let items = page["items"].as_array().unwrap();
        names.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/api/v1/items?limit=2&cursor={cursor}"),
            None => break,
        }
    }

    assert_eq!(names, ["e", "d", "c", "b", "a"]);
}

#[tokio::test]
async fn an_update_needs_what_was_read() {
    let service = TestService::start().await;
    let (path, etag) = created(&service).await;
    let body = json!({"name": "Bulb", "price_cents": 99});

    problem(service.put(&path).json(&body).send().await.unwrap(), 428).await;
    let stale = service.put(&path).header(header::IF_MATCH, "\"0\"").json(&body);
    problem(stale.send().await.unwrap(), 412).await;

    let fresh = service.put(&path).header(header::IF_MATCH, &etag).json(&body);
    let updated = fresh.send().await.unwrap();
    assert_eq!(updated.status(), StatusCode::OK);
    let new_etag = updated.headers()[header::ETAG].clone();
    assert_ne!(new_etag, etag);
    let item: Value = updated.json().await.unwrap();
    assert_eq!((&item["name"], &item["description"]), (&json!("Bulb"), &json!("")));

    let late = service.put(&path).header(header::IF_MATCH, etag).json(&body);
    problem(late.send().await.unwrap(), 412).await;
    let any = service.put(&path).header(header::IF_MATCH, "*").json(&body);
    assert_eq!(any.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn one_of_many_writers_wins() {
    let service = TestService::start().await;
    let (path, etag) = created(&service).await;

    let writers = (0..8).map(|number| {
        let body = json!({"name": format!("writer {number}"), "price_cents": number});
        tokio::spawn(service.put(&path).header(header::IF_MATCH, &etag).json(&body).send())
    });
    let mut statuses = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        statuses.push(writer.await.unwrap().unwrap().status().as_u16());
    }

    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
}

#[tokio::test]
async fn a_deletion_needs_what_was_read() {
    let service = TestService::start().await;
    let (path, etag) = created(&service).await;

    problem(service.delete(&path).send().await.unwrap(), 428).await;
    let stale = service.delete(&path).header(header::IF_MATCH, "\"0\"");
    problem(stale.send().await.unwrap(), 412).await;

    let fresh = service.delete(&path).header(header::IF_MATCH, &etag);
    assert_eq!(fresh.send().await.unwrap().status(), StatusCode::NO_CONTENT);

    problem(service.get(&path).send().await.unwrap(), 404).await;
    let again = service.delete(&path).header(header::IF_MATCH, etag);
    problem(again.send().await.unwrap(), 404).await;
}

#[tokio::test]
async fn every_broken_rule_is_named() {
    let service = TestService::start().await;
    let body = json!({"name": "", "description": "x".repeat(2001), "price_cents": -1});

    let problem = problem(service.post("/api/v1/items").json(&body).send().await.unwrap(), 422).await;

    let pointers: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["pointer"])
        .collect();
    assert_eq!(pointers, ["/name", "/description", "/price_cents"]);
}
