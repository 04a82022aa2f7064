//! Metrics in the OpenMetrics text format, which Prometheus scrapes.

use std::{
    fmt, fs,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::{ConstGauge, Gauge},
        histogram::Histogram,
        info::Info,
    },
    registry::Registry,
};
use sqlx::PgPool;

use super::{problem::Problem, resource};
use crate::service;

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const DURATION_BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

/// Everything that is measured.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
}

impl Metrics {
    /// Counts from zero, and reads `pools` at every scrape.
    #[must_use]
    pub fn new(pools: Pools) -> Self {
        let requests = Family::default();
        let durations = Family::new_with_constructor((|| Histogram::new(DURATION_BUCKETS)) as fn() -> Histogram);
        let in_flight = Gauge::default();

        let mut registry = Registry::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time from the head of a request to the head of its response",
            durations.clone(),
        );
        registry.register("http_requests_in_flight", "Requests being answered", in_flight.clone());
        registry.register(
            "build",
            "What is running",
            Info::new([("service", service::NAME), ("version", service::VERSION)]),
        );
        registry.register_collector(Box::new(pools));
        registry.register_collector(Box::new(Process {
            start: SystemTime::now(),
        }));

        Self {
            registry,
            requests,
            durations,
            in_flight,
        }
    }

    /// Counts a request as being answered until the guard is dropped.
    #[must_use]
    pub fn enter(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// Records an answered request; `route` is the pattern that matched, never the path.
    pub fn answered(&self, method: &'static str, route: &str, status: StatusCode, duration: Duration) {
        let labels = RouteLabels {
            method,
            route: route.to_owned(),
        };
        self.durations.get_or_create(&labels).observe(duration.as_secs_f64());
        self.requests
            .get_or_create(&RequestLabels {
                method,
                route: labels.route,
                status: status.as_u16(),
            })
            .inc();
    }

    fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::with_capacity(16 * 1024);
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A label that takes few values, whatever clients send.
#[must_use]
pub fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// The connection pools of all workers.
#[derive(Debug, Clone, Default)]
pub struct Pools(Arc<Mutex<Vec<PgPool>>>);

impl Pools {
    /// Adds the pool of one more worker.
    pub fn add(&self, pool: PgPool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(pool);
    }

    fn sum(&self, count: impl Fn(&PgPool) -> usize) -> i64 {
        let pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        i64::try_from(pools.iter().map(count).sum::<usize>()).unwrap_or(i64::MAX)
    }
}

impl Collector for Pools {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let open = self.sum(|pool| pool.size() as usize);
        let idle = self.sum(PgPool::num_idle);
        let most = self.sum(|pool| pool.options().get_max_connections() as usize);
        gauge(&mut encoder, "database_connections_open", "Open connections", open)?;
        gauge(
            &mut encoder,
            "database_connections_idle",
            "Open connections at rest",
            idle,
        )?;
        gauge(
            &mut encoder,
            "database_connections_max",
            "Most connections allowed",
            most,
        )
    }
}

#[derive(Debug)]
struct Process {
    start: SystemTime,
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let start = self.start.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let metric = ConstGauge::new(start);
        let name = "process_start_time_seconds";
        metric.encode(encoder.encode_descriptor(name, "Start of the process", None, metric.metric_type())?)?;

        match resident_memory() {
            Some(bytes) => gauge(&mut encoder, "process_resident_memory_bytes", "Memory in use", bytes),
            None => Ok(()),
        }
    }
}

/// What Linux says about this process; other systems say nothing.
fn resident_memory() -> Option<i64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: i64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

fn gauge(encoder: &mut DescriptorEncoder, name: &str, help: &str, value: i64) -> fmt::Result {
    let metric = ConstGauge::new(value);
    metric.encode(encoder.encode_descriptor(name, help, None, metric.metric_type())?)
}

async fn scrape(metrics: web::Data<Metrics>) -> Result<HttpResponse, Problem> {
    let text = metrics.encode().map_err(|_| Problem::internal())?;
    Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).body(text))
}

/// Mounts `/metrics`.
pub fn routes(configuration: &mut web::ServiceConfig) {
    configuration.service(resource("/metrics").get(scrape));
}
