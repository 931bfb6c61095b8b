//! Sources that connect.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use access::Principal;
use airtime::Clock;
use codec::Codec;
use lineup::MountPath;
use parking_lot::Mutex;
use percent_encoding::percent_decode_str;
use thiserror::Error;
use tokio::sync::Notify;

use crate::deck::Deck;

/// A source tells no more than this many things of itself; others are left out.
const MOST_INFO: usize = 64;

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
    /// Titles are interleaved with its audio, one every so many bytes (`icy-metaint`).
    pub icy_interval: Option<u32>,
}

impl SourceHello {
    /// A source that says only what it must.
    pub fn new(principal: Principal, address: IpAddr, content_type: &str) -> Self {
        Self {
            principal,
            address,
            codec: Codec::from_content_type(content_type),
            content_type: content_type.to_owned(),
            agent: None,
            info: Vec::new(),
            icy_interval: None,
        }
    }

    /// The headers, with the pairs of `ice-audio-info` (`k=v;k=v`, URL-escaped) behind them.
    pub(crate) fn all_info(&self) -> Vec<(String, String)> {
        let mut all = self.info.clone();
        for (name, value) in &self.info {
            if name != "ice-audio-info" && name != "icy-audio-info" {
                continue;
            }
            for (key, value) in value.split(';').filter_map(|pair| pair.split_once('=')) {
                let key = percent_decode_str(key.trim()).decode_utf8_lossy().to_ascii_lowercase();
                let value = percent_decode_str(value.trim()).decode_utf8_lossy().into_owned();
                if !key.is_empty() {
                    all.push((key, value));
                }
            }
        }
        all.truncate(MOST_INFO);
        all
    }
}

/// What a source's connection and its deck tell each other.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    full: AtomicBool,
    gone: AtomicBool,
    room: Notify,
    left: Notify,
    why: Mutex<&'static str>,
}

impl Gate {
    pub(crate) fn set_full(&self, full: bool) {
        if self.full.swap(full, Ordering::AcqRel) && !full {
            self.room.notify_one();
        }
    }

    pub(crate) fn let_go(&self, why: &'static str) {
        *self.why.lock() = why;
        self.gone.store(true, Ordering::Release);
        self.room.notify_one();
        self.left.notify_one();
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }
}

/// A source that is let on. Dropping it lets the source go; what it sent is played out.
pub struct SourceHandle {
    mount: MountPath,
    deck: Arc<Mutex<Deck>>,
    clock: Arc<dyn Clock>,
    user: Arc<str>,
    pub(crate) id: u64,
    gate: Arc<Gate>,
}

impl SourceHandle {
    pub(crate) fn new(
        mount: MountPath,
        deck: Arc<Mutex<Deck>>,
        clock: Arc<dyn Clock>,
        user: Arc<str>,
        id: u64,
        gate: Arc<Gate>,
    ) -> Self {
        Self { mount, deck, clock, user, id, gate }
    }

    /// The mount that it is on.
    pub fn mount(&self) -> &MountPath {
        &self.mount
    }

    /// Whose it is.
    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// Why the air let it go; empty while it has not.
    pub(crate) fn why_gone(&self) -> &'static str {
        *self.gate.why.lock()
    }

    /// Takes bytes as they were received. `false`: the source was let go (killed, taken over,
    /// silent for too long).
    pub fn push(&self, bytes: &[u8]) -> bool {
        if self.gate.is_gone() {
            return false;
        }
        self.deck.lock().push(self.id, bytes, self.clock.now())
    }

    /// Waits until the input's buffer has room: a source that sends faster than real time is
    /// slowed, not dropped. One waits at a time. Returns at once when the source was let go.
    pub async fn room(&self) {
        while self.gate.full.load(Ordering::Acquire) && !self.gate.is_gone() {
            self.gate.room.notified().await;
        }
    }

    /// Waits until the source is let go by the air. One waits at a time.
    pub async fn let_go(&self) {
        while !self.gate.is_gone() {
            self.gate.left.notified().await;
        }
    }
}

impl Drop for SourceHandle {
    fn drop(&mut self) {
        self.deck.lock().closed(self.id);
    }
}

impl fmt::Debug for SourceHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceHandle").field("mount", &self.mount).finish_non_exhaustive()
    }
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
