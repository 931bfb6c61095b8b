//! What a deck does about silence.

use std::sync::Arc;

use airtime::ProgrammeTime;
use lineup::OnSilence;

use super::{Deck, Place};
use crate::silence::{Hush, Meter, Probe};

/// What measures for a deck.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meters {
    /// What goes on the tape.
    pub(super) tape: Arc<Meter>,
    /// What a source or a relay sends while it is passed over.
    source: Arc<Meter>,
    relay: Arc<Meter>,
}

impl Meters {
    /// Decodes what waits to be.
    pub(crate) fn measure(&self) {
        for meter in [&self.tape, &self.source, &self.relay] {
            meter.measure();
        }
    }
}

impl Deck {
    pub(super) fn mind_silence(&mut self, now: ProgrammeTime) {
        let policy = self.mount.source.silence;
        if policy.action == OnSilence::Nothing {
            self.hush.forget();
        } else {
            self.hush.look(&self.meters.tape, policy.threshold);
        }
        for (connected, meter) in
            [(&mut self.source, &self.meters.source), (&mut self.relay, &self.meters.relay)]
        {
            let Some(connected) = connected else { continue };
            let Some(hush) = &mut connected.silent else { continue };
            hush.look(meter, policy.threshold);
            if policy.action != OnSilence::FallBack || hush.is_over(now) {
                connected.silent = None;
                connected.input.listen(None);
                tracing::info!(mount = %self.mount.path, "sound is back");
            }
        }
        if policy.action == OnSilence::FallBack {
            self.pass_over_silence(now);
        }
    }

    /// Passes over a source or relay that has been silent for too long.
    fn pass_over_silence(&mut self, now: ProgrammeTime) {
        let after = self.mount.source.silence.after;
        // What was silent before it was on the air was somebody else.
        let since = self.hush.silent_since().map(|since| since.max(self.on_since));
        if since.is_none_or(|since| now.since(since) < after) {
            return;
        }
        let (connected, meter) = match self.on_air {
            Some(Place::Source) => (&mut self.source, &self.meters.source),
            Some(Place::Relay) => (&mut self.relay, &self.meters.relay),
            _ => return,
        };
        if let Some(connected) = connected.as_mut().filter(|it| it.silent.is_none()) {
            tracing::warn!(
                mount = %self.mount.path,
                user = %connected.hello.principal.user,
                seconds = after.as_secs(),
                "silence was sent: what else there is goes on the air"
            );
            connected.silent = Some(Hush::of(meter));
            connected.input.listen(Some(Probe::new(Arc::clone(meter))));
        }
    }

    pub(super) fn is_passed_over(&self, place: Place) -> bool {
        let connected = match place {
            Place::Source => &self.source,
            Place::Relay => &self.relay,
            Place::Leaving | Place::Chain(_) => return false,
        };
        connected.as_ref().is_some_and(|connected| connected.silent.is_some())
    }

    /// Is there silence to be told of?
    pub(super) fn is_silence(&self, now: ProgrammeTime) -> bool {
        let after = self.mount.source.silence.after;
        self.hush.silent_since().is_some_and(|since| now.since(since) >= after)
            || self.is_passed_over(Place::Source)
            || self.is_passed_over(Place::Relay)
    }
}
