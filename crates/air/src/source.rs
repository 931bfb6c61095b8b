//! Sources that connect.

use std::net::IpAddr;

use access::Principal;
use codec::Codec;
use lineup::MountPath;
use thiserror::Error;

/// What a source says of itself when it logs in.
#[derive(Clone, Debug)]
pub struct SourceHello {
    /// Who it is; its right to this mount has been checked.
    pub principal: Principal,
    /// From where.
    pub address: IpAddr,
    /// What it will send.
    pub codec: Codec,
    /// Its `Content-Type`, as sent.
    pub content_type: String,
    /// Its program.
    pub agent: Option<String>,
    /// `ice-*` (or `icy-*`) headers, names in lower case.
    pub info: Vec<(String, String)>,
}

/// A source that is let on. Dropping it lets the source go.
#[derive(Debug)]
pub struct SourceHandle {
    mount: MountPath,
}

impl SourceHandle {
    /// Takes bytes as they were received. `false`: the source was let go (killed, taken over).
    pub fn push(&self, bytes: &[u8]) -> bool {
        let _ = (bytes, &self.mount);
        true
    }

    /// Waits until the input's buffer has room: a source that sends faster than real time is
    /// slowed, not dropped.
    pub async fn room(&self) {}
}

/// A source is not let on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// No mount of this name takes sources.
    #[error("no such mount: {0}")]
    NoSuchMount(MountPath),
    /// Another source is on it.
    #[error("Mountpoint in use")]
    InUse,
    /// It is declared as something else.
    #[error("Content-type not supported")]
    UnsupportedType,
    /// The mount takes titles from inside its audio only.
    #[error("this mount takes titles from inside its audio")]
    NoTitles,
}
