//! Who sends to a deck, who takes over from whom, and who is let go.

use std::sync::Arc;
use std::time::Duration;

use airtime::ProgrammeTime;

use super::{Deck, Place};
use crate::connected::Connected;
use crate::source::Gate;
use crate::{Refused, SourceHello};

/// A source that sends nothing for so long gives way to the same user.
pub(crate) const QUIET: Duration = Duration::from_secs(2);

impl Deck {
    /// Lets a source on.
    pub(crate) fn open(
        &mut self,
        hello: SourceHello,
        id: u64,
        now: ProgrammeTime,
    ) -> Result<Arc<Gate>, Refused> {
        let now = self.moment(now);
        if hello.codec != self.codec {
            return Err(Refused::UnsupportedType);
        }
        if let Some(present) = &self.source {
            // One that still sends is alive, whoever comes: two encoders that were set up alike
            // would turn each other out for ever. One that sends faster than it is read can't be
            // told from one that is gone, and its own address is believed.
            let gone = present.hello.principal.user == hello.principal.user
                && match present.quiet_for(now.awake) {
                    Some(quiet) => quiet >= QUIET,
                    None => present.hello.address == hello.address,
                };
            if !(self.mount.source.takeover || gone) {
                return Err(Refused::InUse);
            }
            tracing::info!(
                mount = %self.mount.path,
                user = %hello.principal.user,
                address = %hello.address,
                from = %present.hello.address,
                "the mount is taken over"
            );
        }
        if let Some(mut old) = self.source.take() {
            self.remember_title(&old);
            old.gate.let_go("another source took over");
            old.yields = true;
            self.leave(old);
        }
        let mut connected = Connected::new(hello, id, &self.mount, "inline", now);
        let known = self.source_title.as_ref().filter(|(user, _)| {
            user.as_ref().is_none_or(|user| *user == connected.hello.principal.user)
        });
        connected.input.remember_title(known.map(|(_, title)| title.clone()));
        let gate = connected.gate.clone();
        self.source = Some(connected);
        Ok(gate)
    }

    /// Lets the relay's audio on.
    pub(crate) fn open_relay(
        &mut self,
        hello: SourceHello,
        id: u64,
        now: ProgrammeTime,
    ) -> Result<Arc<Gate>, Refused> {
        let now = self.moment(now);
        if hello.codec != self.codec {
            return Err(Refused::UnsupportedType);
        }
        let connected = Connected::new(hello, id, &self.mount, "relay", now);
        let gate = connected.gate.clone();
        let title = self.relay.as_ref().and_then(|old| old.input.newest_title());
        if let Some(old) = self.relay.replace(connected) {
            old.gate.let_go("another relay took over");
            self.off(Place::Relay);
        }
        if let Some(relay) = &mut self.relay {
            relay.input.remember_title(title);
        }
        Ok(gate)
    }

    /// Takes bytes of the connection `id`.
    pub(crate) fn push(&mut self, id: u64, bytes: &[u8], now: ProgrammeTime) -> bool {
        let now = self.moment(now);
        let connected = [&mut self.source, &mut self.relay].into_iter().flatten();
        let Some(connected) = connected.into_iter().find(|it| it.id == id) else { return false };
        connected.push(bytes, now);
        true
    }

    /// Is the connected source of this user?
    pub(crate) fn is_fed_by(&self, user: &str) -> bool {
        self.source.as_ref().is_some_and(|source| *source.hello.principal.user == *user)
    }

    /// The connection `id` has ended.
    pub(crate) fn closed(&mut self, id: u64) {
        if self.source.as_ref().is_some_and(|source| source.id == id)
            && let Some(source) = self.source.take()
        {
            self.remember_title(&source);
            self.leave(source);
        } else if let Some(relay) = self.relay.as_mut().filter(|relay| relay.id == id) {
            relay.input.end();
        }
    }

    /// Lets the source of the connection `id` go; what it sent is played out.
    pub(crate) fn let_source_go(&mut self, id: u64, why: &'static str) {
        if let Some(source) = self.source.as_ref().filter(|source| source.id == id) {
            source.gate.let_go(why);
            self.closed(id);
        }
    }

    /// Lets the source go at once, with all that it sent.
    pub(crate) fn kill_source(&mut self) -> bool {
        let Some(source) = self.source.take() else { return false };
        source.gate.let_go("it was killed");
        self.remember_title(&source);
        self.leaving = None;
        self.off(Place::Source);
        self.off(Place::Leaving);
        true
    }

    pub(crate) fn let_all_go(&mut self, why: &'static str) {
        let all = [self.leaving.take(), self.source.take(), self.relay.take()];
        for connected in all.into_iter().flatten() {
            connected.gate.let_go(why);
        }
    }

    /// A source's last audio is played out, if it is on the air.
    pub(super) fn leave(&mut self, mut source: Connected) {
        source.input.end();
        match self.on_air {
            Some(Place::Source) => {
                self.on_air = Some(Place::Leaving);
                self.leaving = Some(source);
            }
            // Who left before is heard, or what this one had was never on the air.
            _ if self.leaving.is_some() || source.input.is_empty() => {}
            _ if source.yields || source.silent.is_some() => {}
            _ => self.leaving = Some(source),
        }
    }
}
