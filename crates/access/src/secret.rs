//! Secrets, and the hashes that are kept of them.

use std::fmt;

use argon2::password_hash::{PasswordHasher, phc};
use argon2::{Algorithm, Argon2, Params, Version};
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use crate::memory::with_blocks;

/// A password as somebody typed it. It can be compared (in constant time) and hashed, never
/// printed.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps a password.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// A new password of 100 random bits: four groups of five characters that are hard to
    /// misread (`k7m2q-…`, never `i`, `l`, `o` or `u`).
    ///
    /// # Errors
    /// [`HashError::Failed`] if the operating system has no randomness to give.
    pub fn generate() -> Result<Self, HashError> {
        let mut random = [0; 20];
        getrandom::fill(&mut random).map_err(|_| HashError::Failed)?;
        let mut secret = String::with_capacity(23);
        for (i, byte) in random.iter().enumerate() {
            if i > 0 && i % 5 == 0 {
                secret.push('-');
            }
            // 32 characters divide 256 evenly: no character is likelier than another.
            secret.push(char::from(READABLE[usize::from(byte % 32)]));
        }
        Ok(Self(secret))
    }

    /// The password itself: only for hashing, and for showing a generated one once.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// An argon2 hash in PHC string form, as it stands in the configuration. Its `Debug` shows only
/// how it was made.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Reads a PHC string of an argon2 hash (argon2id, argon2i or argon2d) with its salt.
    ///
    /// # Errors
    /// [`HashError::Malformed`] if it is none, or if checking it would cost more than 1 GiB of
    /// memory or 100 passes.
    pub fn parse(phc: &str) -> Result<Self, HashError> {
        let hash = phc::PasswordHash::new(phc)
            .map_err(|_| HashError::Malformed("it is no PHC string ($argon2id$v=19$…)"))?;
        Algorithm::try_from(hash.algorithm.as_str())
            .map_err(|_| HashError::Malformed("its algorithm is not argon2"))?;
        if hash.version.is_some_and(|version| argon2::Version::try_from(version).is_err()) {
            return Err(HashError::Malformed("its argon2 version is unknown"));
        }
        let params = Params::try_from(&hash)
            .map_err(|_| HashError::Malformed("its parameters are out of range"))?;
        if params.m_cost() > MOST_MEMORY_KIB || params.t_cost() > MOST_PASSES {
            return Err(HashError::Malformed("checking it would cost too much"));
        }
        if hash.salt.is_none() || hash.hash.is_none() {
            return Err(HashError::Malformed("its salt or its hash is missing"));
        }
        Ok(Self(phc.to_owned()))
    }

    /// Hashes a password: argon2id, 19 MiB, 2 passes, 1 lane (the least that OWASP's Password
    /// Storage Cheat Sheet recommends), with a salt of its own. Takes some 20 ms.
    ///
    /// # Errors
    /// [`HashError::Failed`] if there is no randomness or no memory.
    pub fn hash(secret: &Secret) -> Result<Self, HashError> {
        let hash: phc::PasswordHash =
            Argon2::default().hash_password(secret.0.as_bytes()).map_err(|_| HashError::Failed)?;
        Ok(Self(hash.to_string()))
    }

    /// Is this the hash of `secret`? As slow as the hash's parameters say.
    pub fn verify(&self, secret: &Secret) -> bool {
        phc::PasswordHash::new(&self.0).is_ok_and(|hash| is_hash_of(&hash, secret) == Some(true))
    }

    /// The PHC string.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A hash that no secret is known for, as costly to check as this one.
    pub(crate) fn decoy(&self) -> Self {
        // With another salt, so that even this one's password is refused.
        let mut parts: Vec<String> = self.0.split('$').map(str::to_owned).collect();
        if let [.., salt, _] = parts.as_mut_slice() {
            let flipped = if salt.starts_with('A') { 'B' } else { 'A' };
            salt.replace_range(..1, &flipped.to_string());
        }
        Self(parts.join("$"))
    }
}

/// `None` if the hash can't be checked.
fn is_hash_of(hash: &phc::PasswordHash, secret: &Secret) -> Option<bool> {
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = match hash.version {
        Some(version) => Version::try_from(version).ok()?,
        None => Version::default(),
    };
    let params = Params::try_from(hash).ok()?;
    let (salt, expected) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    let blocks = params.block_count();
    let argon2 = Argon2::new(algorithm, version, params);
    let mut made = [0; phc::Output::MAX_LENGTH];
    let made = made.get_mut(..expected.len())?;
    let done = with_blocks(blocks, |memory| {
        argon2.hash_password_into_with_memory(secret.0.as_bytes(), salt, made, memory)
    });
    done.ok()?;
    Some(made.ct_eq(expected.as_bytes()).into())
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = self.0.rsplitn(3, '$').last().unwrap_or_default();
        write!(f, "PasswordHash({made}$…)")
    }
}

/// No hash that this program can check, or hashing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HashError {
    /// The text is not a usable hash; why not.
    #[error("not an argon2 password hash: {0}")]
    Malformed(&'static str),
    /// The machine has no memory or no randomness to give.
    #[error("no memory or no randomness for a password hash")]
    Failed,
}

/// Crockford's base 32, in lower case.
const READABLE: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

const MOST_MEMORY_KIB: u32 = 1024 * 1024;

const MOST_PASSES: u32 = 100;
