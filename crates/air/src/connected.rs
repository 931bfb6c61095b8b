//! A connected source or relay, as its deck sees it.

use std::sync::Arc;

use airtime::ProgrammeTime;
use lineup::Mount;

use crate::input::{Input, InputSetup};
use crate::source::Gate;
use crate::{SourceHello, SourceStatus};

/// A connected source or relay, with its audio.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) id: u64,
    pub(crate) hello: SourceHello,
    pub(crate) since: ProgrammeTime,
    /// When bytes came last, or could not come because its buffer is full.
    pub(crate) last_bytes: ProgrammeTime,
    pub(crate) input: Input,
    pub(crate) gate: Arc<Gate>,
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
        now: ProgrammeTime,
    ) -> Self {
        let input = Input::new(InputSetup {
            name: format!("{} on {}", hello.principal.user, mount.path),
            codec: hello.codec,
            titles,
            buffer: mount.source.buffer,
            icy_interval: hello.icy_interval,
            charset: mount.source.charset.clone(),
        });
        let gate = Arc::new(Gate::default());
        Self { id, hello, since: now, last_bytes: now, input, gate, yields: false }
    }

    pub(crate) fn push(&mut self, bytes: &[u8], now: ProgrammeTime) {
        self.last_bytes = now;
        self.input.push(bytes, now);
        self.gate.set_full(!self.input.has_room());
    }

    /// Once a step.
    pub(crate) fn look_after(&mut self, now: ProgrammeTime) {
        let full = !self.input.has_room();
        if full {
            // It isn't silent: it isn't read.
            self.last_bytes = now;
        }
        self.gate.set_full(full);
    }

    /// When it last showed that it sends audio.
    pub(crate) fn alive(&self) -> ProgrammeTime {
        self.input.last_audio().unwrap_or(self.since)
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
        }
    }
}
