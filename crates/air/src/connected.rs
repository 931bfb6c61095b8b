//! A connected source or relay, as its deck sees it.

use std::sync::Arc;
use std::time::Duration;

use airtime::ProgrammeTime;
use lineup::Mount;

use crate::input::{Input, InputSetup};
use crate::silence::Hush;
use crate::source::Gate;
use crate::{About, SourceHello, SourceStatus};

/// Now, on both of a deck's clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) programme: ProgrammeTime,
    /// How long the deck has been stepped. It does not step when the wall clock does, and stands
    /// still when the process does: neither is a peer's fault.
    pub(crate) awake: Duration,
}

/// A connected source or relay, with its audio.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) id: u64,
    pub(crate) hello: SourceHello,
    pub(crate) about: Arc<About>,
    pub(crate) since: ProgrammeTime,
    /// When bytes came last, in the deck's own time.
    last_bytes: Duration,
    /// When whole packets came last, or else when it was let on, in the deck's own time.
    last_audio: Duration,
    /// Its buffer is full: it isn't silent, it isn't read.
    full: bool,
    pub(crate) input: Input,
    pub(crate) gate: Arc<Gate>,
    /// It sends silence, and gives way to anything else until it is heard again.
    pub(crate) silent: Option<Hush>,
    /// It was let go, and gives way as soon as its successor is ready.
    pub(crate) yields: bool,
}

impl Connected {
    /// `titles`: who says the titles that are interleaved with its audio.
    pub(crate) fn new(
        hello: SourceHello,
        id: u64,
        mount: &Mount,
        titles: &'static str,
        now: Moment,
    ) -> Self {
        let input = Input::new(InputSetup {
            name: format!("{} on {}", hello.principal.user, mount.path),
            codec: hello.codec,
            content_type: sendable(&hello.content_type),
            titles,
            buffer: mount.source.buffer,
            icy_interval: hello.icy_interval,
            charset: mount.source.charset.clone(),
        });
        let gate = Arc::new(Gate::default());
        Self {
            id,
            about: Arc::new(About::of(&hello)),
            hello,
            since: now.programme,
            last_bytes: now.awake,
            last_audio: now.awake,
            full: false,
            input,
            gate,
            silent: None,
            yields: false,
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8], now: Moment) {
        self.last_bytes = now.awake;
        if self.input.push(bytes, now.programme) {
            self.last_audio = now.awake;
        }
        self.mind_room(now.awake);
    }

    /// Once a step.
    pub(crate) fn mind_room(&mut self, awake: Duration) {
        self.full = !self.input.has_room();
        if self.full {
            self.last_bytes = awake;
            self.last_audio = awake;
        }
        self.gate.set_full(self.full);
    }

    /// For how long it has sent nothing; `None` where that can't be told, because it isn't read.
    pub(crate) fn quiet_for(&self, awake: Duration) -> Option<Duration> {
        (!self.full).then(|| awake.saturating_sub(self.last_bytes))
    }

    /// For how long it has sent no audio, though it might have.
    pub(crate) fn silent_for(&self, awake: Duration) -> Duration {
        awake.saturating_sub(self.last_audio)
    }

    pub(crate) fn status(&self) -> SourceStatus {
        SourceStatus {
            user: self.hello.principal.user.clone(),
            address: self.hello.address,
            agent: self.hello.agent.clone(),
            since: self.since,
            bytes: self.input.received(),
            buffered: self.input.buffered(),
            info: self.hello.all_info(),
            passed_over: self.silent.is_some(),
        }
    }
}

/// A content type that listeners may be told as it came from a source: short, and of nothing but
/// what a header field may hold.
fn sendable(content_type: &str) -> Option<Arc<str>> {
    let plain = content_type.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let content_type = content_type.trim();
    (plain && (1..=128).contains(&content_type.len())).then(|| content_type.into())
}
