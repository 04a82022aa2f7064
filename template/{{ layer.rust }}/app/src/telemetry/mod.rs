//! Logs: one flat JSON object a line, with the request that it belongs to.

mod batches;
mod json_lines;
mod request_context;
mod trace_context;

use std::{error::Error, io, panic};

use tracing::level_filters::LevelFilter;

use self::json_lines::JsonLines;
pub use self::{batches::Flush, request_context::RequestContext, trace_context::TraceContext};

/// Sends the log of the whole process, its panics included, to standard output in batches.
///
/// # Errors
///
/// The system starts no thread for it.
///
/// # Panics
///
/// When the process has a log already.
pub fn initialise(level: LevelFilter, environment: &str) -> io::Result<Flush> {
    let (writer, flush) = batches::to(io::stdout())?;
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(writer)
        .event_format(JsonLines::new(environment.to_owned()))
        .init();
    panic::set_hook(Box::new(|panic| tracing::error!(%panic, "panicked")));
    Ok(flush)
}

/// An error with its sources, on one line. A source that its error has quoted already is left out.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::RepositoryError;

    #[test]
    fn a_chain_names_each_cause_once() {
        let cause = io::Error::other(io::Error::other("the cable is cut"));

        let text = chain(&RepositoryError::Unavailable(Box::new(cause)));

        assert_eq!(text, "the storage is unavailable: the cable is cut");
    }
}
