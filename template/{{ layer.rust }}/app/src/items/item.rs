//! The item and the rules that every item keeps.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::violation::Violation;

/// An item as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Made by this service, ordered by time.
    pub id: Uuid,
    /// Which state of the item this is.
    pub version: Version,
    /// What its owner may change.
    pub details: Details,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

/// Distinguishes the states of one item; it changes with every update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version(pub i64);

/// The part of an item that its owner decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    name: String,
    description: String,
    price_cents: i64,
}

impl Details {
    /// Checks the three values against the rules of an item.
    ///
    /// # Errors
    ///
    /// Every rule that is broken, not only the first one.
    pub fn new(name: String, description: String, price_cents: i64) -> Result<Self, Vec<Violation>> {
        let violations: Vec<_> = [
            check_name(&name),
            check_description(&description),
            check_price(price_cents),
        ]
        .into_iter()
        .filter_map(Result::err)
        .collect();

        if violations.is_empty() {
            Ok(Self {
                name,
                description,
                price_cents,
            })
        } else {
            Err(violations)
        }
    }

    /// 1 to 200 characters, none of them a control character.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// At most 2000 characters, possibly none.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// 0 to 1 000 000 000.
    #[must_use]
    pub fn price_cents(&self) -> i64 {
        self.price_cents
    }
}

fn check_name(name: &str) -> Result<(), Violation> {
    if name.trim().is_empty() || name.chars().count() > 200 {
        return Err(Violation::new("/name", "must have 1 to 200 characters"));
    }
    if name.chars().any(char::is_control) {
        return Err(Violation::new("/name", "must not contain control characters"));
    }
    Ok(())
}

fn check_description(description: &str) -> Result<(), Violation> {
    if description.chars().count() > 2000 {
        return Err(Violation::new("/description", "must have at most 2000 characters"));
    }
    if description.contains('\0') {
        return Err(Violation::new("/description", "must not contain U+0000"));
    }
    Ok(())
}

fn check_price(price_cents: i64) -> Result<(), Violation> {
    if (0..=1_000_000_000).contains(&price_cents) {
        Ok(())
    } else {
        Err(Violation::new("/price_cents", "must be 0 to 1000000000"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(result: Result<Details, Vec<Violation>>) -> Vec<String> {
        result
            .expect_err("the details should be refused")
            .into_iter()
            .map(|violation| violation.pointer)
            .collect()
    }

    #[test]
    fn accepts_the_limits() {
        assert!(Details::new("x".into(), String::new(), 0).is_ok());
        assert!(Details::new("ü".repeat(200), "🙂".repeat(2000), 1_000_000_000).is_ok());
    }

    #[test]
    fn names_every_broken_rule() {
        let refused = Details::new(" ".into(), "x".repeat(2001), -1);
        assert_eq!(pointers(refused), ["/name", "/description", "/price_cents"]);
    }

    #[test]
    fn refuses_what_postgresql_cannot_store() {
        let refused = Details::new("a\0b".into(), "\0".into(), 0);
        assert_eq!(pointers(refused), ["/name", "/description"]);
    }
}
