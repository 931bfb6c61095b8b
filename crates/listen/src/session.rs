//! Who heard what, when.

use std::net::IpAddr;

use airtime::{ProgrammeTime, Span};
use lineup::MountPath;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Names one session.
pub type SessionId = Uuid;

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
    /// Since when.
    pub started: ProgrammeTime,
    /// Until when; `None` in a checkpoint.
    pub ended: Option<ProgrammeTime>,
    /// What of the tape was sent.
    pub heard: Vec<Span>,
    /// Bytes sent.
    pub bytes: u64,
}
