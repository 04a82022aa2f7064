//! Keys and values.

use serde_json::value::RawValue;

/// 1 to 200 characters out of `A-Z a-z 0-9 . _ : -`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(String);

/// A JSON value, as text.
#[derive(Debug, Clone)]
pub struct Value(Box<RawValue>);

impl Key {
    /// Returns `None` when `text` has not the form of a key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_key = (1..=200).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-'));
        is_key.then(|| Self(text.to_owned()))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value {
    /// Takes a value that was parsed already.
    #[must_use]
    pub fn new(json: Box<RawValue>) -> Self {
        Self(json)
    }

    /// The value as JSON text.
    #[must_use]
    pub fn as_json(&self) -> &str {
        self.0.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_key() {
        for text in ["a", "A.b_c:d-9", &"x".repeat(200)] {
            assert_eq!(Key::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "a b", "a/b", "é", "a\0", &"x".repeat(201)] {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }
}
