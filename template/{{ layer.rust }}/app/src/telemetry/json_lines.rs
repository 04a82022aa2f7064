//! The form of a line in the log.

use std::fmt;

use serde::ser::{SerializeMap, Serializer};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_log::NormalizeEvent;
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use super::RequestContext;
use crate::service;

/// What the crate `log` knows about a line arrives as fields, too.
const METADATA_OF_LOG: &str = "log.";

/// Writes an event as a flat JSON object.
pub struct JsonLines {
    environment: String,
}

impl JsonLines {
    pub fn new(environment: String) -> Self {
        Self { environment }
    }

    fn line(&self, event: &Event<'_>) -> serde_json::Result<Vec<u8>> {
        let normalized = event.normalized_metadata();
        let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
        let mut line = Vec::with_capacity(512);
        let mut serializer = serde_json::Serializer::new(&mut line);
        let mut object = serializer.serialize_map(None)?;

        let now = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
        object.serialize_entry("timestamp", &now)?;
        object.serialize_entry("level", metadata.level().as_str())?;
        object.serialize_entry("target", metadata.target())?;
        object.serialize_entry("service", service::NAME)?;
        object.serialize_entry("environment", &self.environment)?;
        RequestContext::with_current(|context| {
            object.serialize_entry("request_id", &context.request_id)?;
            object.serialize_entry("trace_id", &context.trace.trace_id)?;
            object.serialize_entry("span_id", &context.trace.span_id)
        })
        .transpose()?;

        let mut fields = Fields { object, result: Ok(()) };
        event.record(&mut fields);
        fields.result?;
        fields.object.end()?;
        Ok(line)
    }
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let line = self.line(event).map_err(|_| fmt::Error)?;
        writer.write_str(str::from_utf8(&line).map_err(|_| fmt::Error)?)?;
        writer.write_char('\n')
    }
}

struct Fields<M: SerializeMap> {
    object: M,
    result: Result<(), M::Error>,
}

impl<M: SerializeMap> Fields<M> {
    fn entry<T: serde::Serialize + ?Sized>(&mut self, field: &Field, value: &T) {
        if self.result.is_ok() && !field.name().starts_with(METADATA_OF_LOG) {
            self.result = self.object.serialize_entry(field.name(), value);
        }
    }
}

impl<M: SerializeMap> Visit for Fields<M> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.entry(field, &format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.entry(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.entry(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.entry(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.entry(field, &value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.entry(field, &value);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use actix_web::http::header::HeaderMap;
    use serde_json::Value;

    use super::*;

    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(log: impl FnOnce()) -> Vec<Value> {
        let output = Output::default();
        let writer = output.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .event_format(JsonLines::new("test".to_owned()))
            .finish();
        tracing::subscriber::with_default(subscriber, log);

        let bytes = output.0.lock().unwrap().clone();
        String::from_utf8(bytes)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn keeps_a_line_a_line() {
        let lines = logged(|| tracing::warn!(text = "\"\n\u{1}", number = 7, yes = true, "two\nlines"));

        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["message"], "two\nlines");
        assert_eq!(lines[0]["text"], "\"\n\u{1}");
        assert_eq!(lines[0]["number"], 7);
        assert_eq!(lines[0]["yes"], true);
        assert_eq!(lines[0]["level"], "WARN");
        assert_eq!(lines[0]["environment"], "test");
        assert_eq!(lines[0].get("request_id"), None);
    }

    #[test]
    fn takes_lines_of_the_crate_log() {
        let _ = tracing_log::LogTracer::init();
        let lines = logged(|| log::warn!(target: "elsewhere", "old but {}", "gold"));

        assert_eq!(lines[0]["target"], "elsewhere");
        assert_eq!(lines[0]["level"], "WARN");
        assert_eq!(lines[0]["message"], "old but gold");
        assert_eq!(lines[0].get("log.target"), None);
    }

    #[test]
    fn names_the_request() {
        let context = RequestContext::from_headers(&HeaderMap::new());
        let request_id = context.request_id.clone();
        let lines = logged(|| context.sync_scope(|| tracing::info!("hello")));

        assert_eq!(lines[0]["request_id"], request_id);
        assert_eq!(lines[0]["trace_id"].as_str().unwrap().len(), 32);
        assert_eq!(lines[0]["span_id"].as_str().unwrap().len(), 16);
    }
}
