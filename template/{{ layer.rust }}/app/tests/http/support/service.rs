//! The service, on a port of its own.

use std::{
    sync::mpsc,
    thread::{self, JoinHandle},
};

use actix_web::rt::System;
use app::{configuration::Configuration, startup::Application};
use reqwest::{Client, Method, RequestBuilder};
use sqlx::ConnectOptions;
use tokio::sync::oneshot;

use super::TestDatabase;

/// Runs until it is dropped.
pub struct TestService {
    /// What the service stores things in.
    pub database: TestDatabase,
    /// The port on which it listens.
    pub port: u16,
    client: Client,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TestService {
    /// Starts the service on a migrated database.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts the service on a migrated database with other settings than the default ones.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let database = TestDatabase::create().await;
        database.migrate().await;
        Self::start_on(database, settings)
    }

    /// Starts the service on a database as it is.
    pub fn start_on(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        let url = database.options().to_url_lossy().to_string();
        let defaults = [
            ("ENVIRONMENT", "local"),
            ("PORT", "0"),
            ("DATABASE_URL", &url),
            ("SHUTDOWN_DRAIN_SECONDS", "0"),
        ];
        let configuration = Configuration::from_lookup(|name| {
            let mut all = settings.iter().chain(&defaults);
            all.find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
        .expect("a valid configuration");

        let (stop, stopped) = oneshot::channel::<()>();
        let (listening, port) = mpsc::channel();
        let thread = thread::spawn(move || {
            System::new().block_on(async {
                let application = Application::listen(&configuration).expect("a free port");
                listening.send(application.port()).expect("a test that waits");
                let stop = async { stopped.await.unwrap_or_default() };
                application.run_until(stop).await.expect("a server that ends well");
            });
        });

        Self {
            database,
            port: port.recv().expect("a service that listens"),
            client: Client::new(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Asks the service to end, and does not wait for it.
    pub fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    /// Starts a request to the service.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("http://127.0.0.1:{}{path}", self.port))
    }

    /// Starts a GET request.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// Starts a POST request.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// Starts a PUT request.
    pub fn put(&self, path: &str) -> RequestBuilder {
        self.request(Method::PUT, path)
    }

    /// Starts a DELETE request.
    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.request(Method::DELETE, path)
    }
}

impl Drop for TestService {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            assert!(
                thread.join().is_ok() || thread::panicking(),
                "the service should end well"
            );
        }
    }
}
