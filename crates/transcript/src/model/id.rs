use std::fmt;

use serde::{Deserialize, Serialize};

/// The identity of a block, a paragraph, or a bio. Opaque: nothing may be read from it.
///
/// Ids are made from what is said and how often it was said before, so that reading the same file
/// twice gives the same ids, and a correction further up changes none further down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(String);

impl Id {
    /// An id that was given before, as it was written.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether no id has been given yet.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
