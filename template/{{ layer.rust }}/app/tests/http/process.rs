use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use sqlx::ConnectOptions;

use crate::support::TestDatabase;

const PROGRAM: &str = env!("CARGO_BIN_EXE_service");

/// A process that ends with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear().envs(settings.iter().copied());
    command
}

fn text(output: &[u8]) -> String {
    String::from_utf8(output.to_vec()).unwrap()
}

/// Reads the log up to the line that tells the port.
fn port_in(log: &mut impl BufRead) -> u16 {
    loop {
        let mut line = String::new();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "the service should start");
        let event: Value = serde_json::from_str(&line).unwrap();
        if event["message"] == "listening" {
            return event["port"].as_u64().unwrap().try_into().unwrap();
        }
    }
}

fn healthcheck(port: u16) -> Output {
    let port = port.to_string();
    let database = ("DATABASE_URL", "postgres://me@127.0.0.1:1/nothing");
    command(&[("ENVIRONMENT", "local"), ("PORT", &port), database])
        .arg("healthcheck")
        .output()
        .unwrap()
}

#[test]
fn every_setting_that_is_missing_is_named_before_anything_listens() {
    let output = command(&[("PORT", "0"), ("LOG_LEVEL", "loud")]).output().unwrap();

    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stdout), "");
    let sentences = text(&output.stderr);
    for name in ["ENVIRONMENT", "LOG_LEVEL", "DATABASE_HOST", "DATABASE_PASSWORD"] {
        assert!(
            sentences
                .lines()
                .any(|line| line.starts_with(name) && line.ends_with('.')),
            "{sentences}"
        );
    }
}

#[tokio::test]
async fn the_log_tells_about_each_request_and_the_process_ends_well() {
    let database = TestDatabase::create().await;
    database.migrate().await;
    let url = database.options().to_url_lossy().to_string();
    let started = command(&[
        ("ENVIRONMENT", "local"),
        ("PORT", "0"),
        ("DATABASE_URL", &url),
        ("SHUTDOWN_DRAIN_SECONDS", "0"),
    ])
    .stdout(Stdio::piped())
    .spawn();
    let mut service = Running(started.unwrap());
    let mut log = BufReader::new(service.0.stdout.take().unwrap());
    let port = port_in(&mut log);

    assert!(healthcheck(port).status.success());
    let client = reqwest::Client::new();
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let response = client
        .get(format!("http://127.0.0.1:{port}/api/v1/items/1?secret=1"))
        .header("x-request-id", "from-the-test")
        .header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"))
        .send()
        .await
        .unwrap();
    drop(client);
    let bytes = response.bytes().await.unwrap().len();

    let killed = Command::new("kill").arg(service.0.id().to_string()).status().unwrap();
    assert!(killed.success());
    assert!(service.0.wait().unwrap().success());
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    let events: Vec<Value> = rest.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let request = events
        .iter()
        .find(|event| event["request_id"] == "from-the-test")
        .unwrap();

    assert_eq!(request["message"], "request");
    assert_eq!(request["service"], app::service::NAME);
    assert_eq!(request["environment"], "local");
    assert_eq!(request["trace_id"], trace);
    assert_ne!(request["span_id"], "b7ad6b7169203331");
    assert_eq!(request["method"], "GET");
    assert_eq!(request["path"], "/api/v1/items/1");
    assert_eq!(request["route"], "/api/v1/items/{id}");
    assert_eq!(request["status"], 404);
    assert_eq!(request["bytes"], bytes);
    assert!(request["duration_us"].is_u64());
    assert!(!rest.contains("secret=1"));
}

#[test]
fn a_service_that_is_not_there_is_not_healthy() {
    assert_eq!(healthcheck(1).status.code(), Some(1));
}
