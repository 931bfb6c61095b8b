//! Who heard what, when.

use std::fmt;
use std::net::IpAddr;

use airtime::{ProgrammeTime, Span};
use lineup::MountPath;
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Timestamp, Uuid};

/// Names one session: a UUIDv7 (RFC 9562, 5.7) of the moment when it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(Uuid);

impl SessionId {
    /// A new name for a session that begins at `now`.
    pub(crate) fn new(now: ProgrammeTime) -> Self {
        let micros = u64::try_from(now.as_micros()).unwrap_or(0);
        let nanos = u32::try_from(micros % 1_000_000 * 1000).unwrap_or(0);
        Self(Uuid::new_v7(Timestamp::from_unix(NoContext, micros / 1_000_000, nanos)))
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One session, or what is known of it so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionRecord {
    /// Its name.
    pub id: SessionId,
    /// Where.
    pub mount: MountPath,
    /// From where; cut after some days.
    pub address: Option<IpAddr>,
    /// With what.
    pub agent: Option<String>,
    /// Who, where listeners log in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Since when.
    pub started: ProgrammeTime,
    /// Until when; `None` in a checkpoint.
    pub ended: Option<ProgrammeTime>,
    /// What of the tape was sent.
    pub heard: Vec<Span>,
    /// There were so many stretches that those closest to each other were joined: what lies
    /// between them counts as heard.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub joined: bool,
    /// Bytes sent.
    pub bytes: u64,
}
