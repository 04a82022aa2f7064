//! Where a page of a list starts, in a form that clients don't take apart.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

/// Writes the id of the last item seen as a cursor.
#[must_use]
pub fn encode(id: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(id)
}

/// Reads a cursor; `None` when it was not made by [`encode`].
#[must_use]
pub fn decode(cursor: &str) -> Option<Uuid> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    Uuid::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote() {
        let id = Uuid::now_v7();
        assert_eq!(decode(&encode(id)), Some(id));
    }

    #[test]
    fn refuses_anything_else() {
        for cursor in ["", "x", "AAAA", "not base64!", &encode(Uuid::nil())[1..]] {
            assert_eq!(decode(cursor), None, "{cursor}");
        }
    }
}
