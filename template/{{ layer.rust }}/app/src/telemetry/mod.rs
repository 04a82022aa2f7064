//! Logs: one flat JSON object a line, with the request that it belongs to.

mod json_lines;
mod request_context;
mod trace_context;

use std::{error::Error, io, panic};

use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};

use self::json_lines::JsonLines;
pub use self::{request_context::RequestContext, trace_context::TraceContext};

/// Sends the log of the whole process, its panics included, to standard output in batches. Lines that are still waiting are written when the
/// guard is dropped.
///
/// # Panics
///
/// When the process has a log already.
pub fn initialise(level: LevelFilter, environment: &str) -> WorkerGuard {
    let (writer, guard) = NonBlocking::new(io::BufWriter::with_capacity(64 * 1024, io::stdout()));
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(writer)
        .event_format(JsonLines::new(environment.to_owned()))
        .init();
    panic::set_hook(Box::new(|panic| tracing::error!(%panic, "panicked")));
    guard
}

/// An error with its sources, on one line.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
