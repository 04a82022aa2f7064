//! W3C Trace Context, level 1: the part that a log needs.

use actix_web::http::header::{HeaderMap, HeaderName};

/// The place of a request in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    /// Shared by everything that happens because of the first request: 32 hexadecimal digits.
    pub trace_id: String,
    /// This service's part in it: 16 hexadecimal digits.
    pub span_id: String,
}

impl TraceContext {
    /// The header that carries the trace.
    pub const HEADER: HeaderName = HeaderName::from_static("traceparent");

    /// Continues the trace of a well-formed `traceparent` header, or starts a new one.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let sent = headers
            .get(Self::HEADER)
            .and_then(|value| value.to_str().ok())
            .and_then(trace_id);

        Self {
            trace_id: sent.map_or_else(|| format!("{:032x}", fastrand::u128(1..)), str::to_owned),
            span_id: format!("{:016x}", fastrand::u64(1..)),
        }
    }
}

/// Version `00` has exactly four parts; later versions may have more.
fn trace_id(header: &str) -> Option<&str> {
    let mut parts = header.split('-');
    let version = parts.next().filter(|part| is_hex(part, 2) && *part != "ff")?;
    let trace_id = parts.next().filter(|part| is_hex(part, 32) && is_not_zero(part))?;
    parts.next().filter(|part| is_hex(part, 16) && is_not_zero(part))?;
    parts.next().filter(|part| is_hex(part, 2))?;

    (version != "00" || parts.next().is_none()).then_some(trace_id)
}

fn is_hex(part: &str, length: usize) -> bool {
    part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_not_zero(part: &str) -> bool {
    part.bytes().any(|byte| byte != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    #[test]
    fn continues_a_well_formed_trace() {
        for header in [
            format!("00-{TRACE}-b7ad6b7169203331-01"),
            format!("cc-{TRACE}-b7ad6b7169203331-00-what-comes-later"),
        ] {
            assert_eq!(trace_id(&header), Some(TRACE), "{header}");
        }
    }

    #[test]
    fn ignores_any_other_header() {
        for header in [
            String::new(),
            "00".to_owned(),
            format!("ff-{TRACE}-b7ad6b7169203331-01"),
            format!("00-{TRACE}-b7ad6b7169203331-01-extra"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-b7ad6b7169203331-01", "0".repeat(32)),
            format!("00-{}-b7ad6b7169203331-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-b7ad6b71692033é1-01"),
        ] {
            assert_eq!(trace_id(&header), None, "{header}");
        }
    }
}
