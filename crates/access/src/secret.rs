//! Secrets, and the hashes that are kept of them.

use std::fmt;

use thiserror::Error;

/// A password as somebody typed it. It can be compared and hashed, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a password.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The password itself: only for hashing, and for showing a generated one once.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// An argon2id hash in PHC string form, as it stands in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PasswordHash(String);

/// The text is not a PHC string of a hash that this program can check, or hashing failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("not an argon2 password hash ($argon2id$…)")]
pub struct HashError;

impl PasswordHash {
    /// Reads a PHC string.
    ///
    /// # Errors
    /// [`HashError`] if it is none.
    pub fn parse(phc: &str) -> Result<Self, HashError> {
        if phc.starts_with("$argon2") { Ok(Self(phc.to_owned())) } else { Err(HashError) }
    }

    /// The PHC string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
