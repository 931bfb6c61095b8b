//! Master control of one mount: decides at every moment what is on the air, and puts it on the
//! tape.

mod chain;
mod silence;
mod sources;
mod titles;

use std::sync::Arc;
use std::time::Duration;

use airtime::{Monotonic, ProgrammeTime};
use codec::{Codec, Format};
use lineup::{Mount, MountPath};
use tape::{Appender, Discontinuity, EventLog};

use self::chain::StandFeed;
pub(crate) use self::chain::{Stand, chain};
pub(crate) use self::silence::Meters;
pub(crate) use self::sources::QUIET;
use crate::connected::{Connected, Moment};
use crate::feed::{Due, Feed};
use crate::follower::Heard;
use crate::input::Input;
use crate::silence::{Hush, Probe};
use crate::splice::{Seam, Splice};
use crate::{About, DeckSetup, DeckStatus, OnAir, SourceStatus, Title};

/// When the tape is further behind than this, what was missed is not made up for.
const MOST_BEHIND: Duration = Duration::from_secs(5);

/// Live audio goes on right behind what was on the air up to this long ago.
const HANDOVER: Duration = Duration::from_millis(300);

/// Audio that reached the tape this long ago is still heard.
const AUDIBLE: Duration = Duration::from_secs(1);

/// Steps are further apart than this only where the process stood still.
const STOOD_STILL: Duration = Duration::from_secs(1);

/// A hole shorter than this is none.
const SEAM: Duration = Duration::from_millis(100);

/// Things taken from a feed in one step: some five minutes of the shortest frames.
const MOST_AT_ONCE: usize = 16 * 1024;

/// One mount's master control.
#[derive(Debug)]
pub(crate) struct Deck {
    mount: Mount,
    codec: Codec,
    appender: Appender,
    events: EventLog,
    /// Let go, but still heard: its last audio is played out, or it is heard until its successor
    /// is ready.
    leaving: Option<Connected>,
    source: Option<Connected>,
    relay: Option<Connected>,
    chain: Vec<Stand>,
    on_air: Option<Place>,
    /// Where the audio on the tape ends.
    end: Option<ProgrammeTime>,
    /// When the last audio was put on the tape.
    last_audio: Option<ProgrammeTime>,
    /// How long that played: pages come one by one, and may last a second themselves.
    last_length: Duration,
    /// The format on the tape.
    format: Option<Format>,
    /// The next packet begins an unbroken run.
    fresh: bool,
    /// Keeps frames from leaning on what isn't there.
    seam: Seam,
    /// Whoever is on the air has yet to say its title.
    untold: bool,
    /// Titles that have come but are heard later.
    coming: Vec<(ProgrammeTime, Title)>,
    /// The source's, across its connections: of whom, and what.
    source_title: Option<(Option<Arc<str>>, Title)>,
    /// How far the tape was ahead of a clock that had been set back before the start: it goes on
    /// from its head.
    ahead: Duration,
    /// The clock's steps so far.
    steps_forward: u64,
    /// When it was stepped last, and how long it has been stepped.
    stepped: Option<Monotonic>,
    awake: Duration,
    /// What goes on the air next begins now: the time before is lost.
    broken: bool,
    /// Frames that the tape did not take.
    refused: u64,
    meters: Meters,
    /// Listens to what goes on the tape.
    probe: Probe,
    hush: Hush,
    /// Since when what is on the air has been.
    on_since: ProgrammeTime,
}

/// Whose turn it is; what comes first is preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Leaving,
    Source,
    Relay,
    Chain(usize),
}

impl Deck {
    pub(crate) fn new(setup: DeckSetup, meters: Meters) -> Self {
        let head = setup.tape.head();
        let chain = chain(&setup.mount, setup.codec, setup.loops);
        Self {
            mount: setup.mount,
            codec: setup.codec,
            appender: setup.appender,
            events: setup.events,
            leaving: None,
            source: None,
            relay: None,
            chain,
            on_air: None,
            end: head,
            last_audio: None,
            last_length: Duration::ZERO,
            format: None,
            fresh: true,
            seam: Seam::default(),
            untold: true,
            coming: Vec::new(),
            source_title: None,
            ahead: Duration::ZERO,
            steps_forward: 0,
            stepped: None,
            awake: Duration::ZERO,
            broken: false,
            refused: 0,
            probe: Probe::new(meters.tape.clone()),
            meters,
            hush: Hush::default(),
            on_since: ProgrammeTime::EPOCH,
        }
    }

    pub(crate) fn mount(&self) -> &Mount {
        &self.mount
    }

    /// The mounts that it may follow.
    pub(crate) fn set_heard(&mut self, find: impl Fn(&MountPath) -> Option<Heard>) {
        for stand in &mut self.chain {
            if let StandFeed::Mount(follower) = &mut stand.feed {
                let heard = find(follower.path());
                follower.set_heard(heard, &self.mount.station, &self.mount.stream);
            }
        }
    }

    // On the air.

    /// Puts on the tape what is due by `now`.
    pub(crate) fn step(&mut self, now: ProgrammeTime, monotonic: Monotonic, steps_forward: u64) {
        let passed = self
            .stepped
            .replace(monotonic)
            .map_or(Duration::ZERO, |before| monotonic.saturating_sub(before));
        self.awake += passed.min(STOOD_STILL);
        self.mind_the_clock(now, steps_forward);
        let now = self.time(now);
        self.look_after_inputs(now);
        self.mind_silence(now);
        self.advance(now);
    }

    /// Now, as those who are connected are judged.
    pub(super) fn moment(&self, now: ProgrammeTime) -> Moment {
        Moment { programme: self.time(now), awake: self.awake }
    }

    /// Never before the tape's head, whatever the clock says.
    pub(super) fn time(&self, now: ProgrammeTime) -> ProgrammeTime {
        now.saturating_add(self.ahead)
    }

    fn mind_the_clock(&mut self, now: ProgrammeTime, steps_forward: u64) {
        if let Some(head) = self.end
            && self.last_audio.is_none()
            && self.time(now) < head
        {
            self.ahead = head.since(now);
            tracing::error!(
                mount = %self.mount.path,
                seconds = self.ahead.as_secs_f64(),
                "the clock is behind what was recorded before: the tape goes on from its head"
            );
        }
        if std::mem::replace(&mut self.steps_forward, steps_forward) == steps_forward {
            return;
        }
        if self.on_air.is_some() {
            tracing::warn!(mount = %self.mount.path, "the clock stepped forward: a hole on the tape");
            self.stop();
            self.broken = true;
            self.ahead = self.end.map_or(Duration::ZERO, |head| head.since(now));
        }
        let now = self.time(now);
        for connected in
            [&mut self.leaving, &mut self.source, &mut self.relay].into_iter().flatten()
        {
            connected.input.clock_stepped(now);
        }
    }

    fn advance(&mut self, now: ProgrammeTime) {
        let mut left = MOST_AT_ONCE;
        for _ in 0..=self.chain.len() + 3 {
            let next = self.choose(now);
            if next != self.on_air {
                self.switch(next, now);
            } else if left < MOST_AT_ONCE {
                break;
            }
            let Some(place) = next else { break };
            self.play(place, now, &mut left);
        }
        self.tell_titles();
    }

    fn look_after_inputs(&mut self, now: ProgrammeTime) {
        let timeout = self.mount.source.timeout;
        let awake = self.awake;
        if let Some(source) = &mut self.source {
            source.mind_room(awake);
            if source.silent.is_some() && self.on_air != Some(Place::Source) {
                // What is heard when it is back should be new.
                source.input.keep_newest();
            } else {
                source.input.trim(now);
            }
            if source.silent_for(awake) >= timeout {
                tracing::warn!(
                    mount = %self.mount.path,
                    user = %source.hello.principal.user,
                    seconds = timeout.as_secs_f64(),
                    "no audio came from the source: it is let go"
                );
                source.gate.let_go("no audio came from it");
                let id = source.id;
                self.closed(id);
            }
        }
        if let Some(relay) = &mut self.relay {
            relay.mind_room(awake);
            let passed_over = relay.silent.is_some() && self.on_air != Some(Place::Relay);
            if passed_over || matches!(self.on_air, Some(Place::Source | Place::Leaving)) {
                // What is heard after the source should be new.
                relay.input.keep_newest();
            } else {
                relay.input.trim(now);
            }
        }
        // What its predecessor left is not heard any more once it is used up.
        if self.leaving.as_ref().is_some_and(|leaving| leaving.input.is_empty()) {
            self.leaving = None;
        }
        if let Some(relay) = &self.relay
            && relay.input.has_ended()
            && relay.input.is_empty()
        {
            self.relay = None;
        }
        if let Some(Place::Chain(index)) = self.on_air
            && let Some(Stand { feed: StandFeed::Mount(follower), .. }) = self.chain.get_mut(index)
        {
            follower.poll(now);
        }
    }

    /// What should be on the air.
    fn choose(&mut self, now: ProgrammeTime) -> Option<Place> {
        let successor = self.leaving.as_ref().is_some_and(|leaving| leaving.yields);
        let inputs = if successor {
            [Place::Source, Place::Leaving, Place::Relay]
        } else {
            [Place::Leaving, Place::Source, Place::Relay]
        };
        let chain = (0..self.chain.len()).map(Place::Chain);
        // Silence is better than nothing.
        let (silent, heard): (Vec<Place>, Vec<Place>) =
            inputs.into_iter().partition(|place| self.is_passed_over(*place));
        let places: Vec<Place> = heard.into_iter().chain(chain).chain(silent).collect();
        let current = self.on_air;
        let left_off = successor
            && current == Some(Place::Leaving)
            && self.feed(Place::Leaving).is_none_or(|feed| feed.is_dry(now, false));
        for place in &places {
            // Who took over goes on with what there is, rather than that a loop comes between.
            let takes_up = left_off
                && *place == Place::Source
                && self.source.as_ref().is_some_and(|source| !source.input.is_empty());
            if takes_up {
                return Some(Place::Source);
            }
            if current == Some(*place) {
                let dry = match self.feed(*place) {
                    Some(feed) => feed.is_dry(now, false),
                    None => true,
                };
                if !dry {
                    return current;
                }
            } else if self.feed(*place).is_some_and(|feed| feed.ready(now)) {
                return Some(*place);
            }
        }
        // Nothing else: what is on the air is given more time.
        current.filter(|place| self.feed(*place).is_some_and(|feed| !feed.is_dry(now, true)))
    }

    fn switch(&mut self, next: Option<Place>, now: ProgrammeTime) {
        let followed = self.on_air.is_some();
        if let (Some(place), Some(_)) = (self.on_air, next)
            && let Some(input) = self.input(place)
            && input.is_dry(now, false)
        {
            input.gave_way(now);
        }
        self.stop();
        self.on_since = now;
        let Some(place) = next else {
            self.hush.forget();
            tracing::warn!(mount = %self.mount.path, "nothing is on the air");
            self.appender.flush();
            return;
        };
        let broken = std::mem::take(&mut self.broken) || self.last_audio.is_none();
        // A loop can make up for what is missing; live audio would use up its buffer for it.
        let most = match place {
            Place::Chain(_) if followed => MOST_BEHIND,
            _ => HANDOVER,
        };
        let from = match self.end {
            Some(end) if now.since(end) <= most && !broken => end,
            // The tape may be ahead of a clock that was set back: it goes on from its head.
            Some(end) => end.max(now),
            None => now,
        };
        if let Some(feed) = self.feed(place) {
            feed.start(from, now);
        }
        self.on_air = Some(place);
        self.fresh = true;
        self.untold = true;
        self.coming.clear();
        tracing::info!(mount = %self.mount.path, on_air = %self.what_is_on_air(), "on the air");
    }

    fn stop(&mut self) {
        if let Some(place) = self.on_air.take()
            && let Some(feed) = self.feed(place)
        {
            feed.stop();
        }
    }

    /// This place is empty now.
    fn off(&mut self, place: Place) {
        if self.on_air == Some(place) {
            self.on_air = None;
        }
    }

    fn play(&mut self, place: Place, now: ProgrammeTime, left: &mut usize) {
        while *left > 0 {
            *left -= 1;
            let Some(feed) = self.feed(place) else { return };
            let Some(due) = feed.next_due(now) else { return };
            match due {
                Due::Epoch => self.fresh = true,
                Due::Title(title) => {
                    // At a splice it is told with the first packet.
                    if self.untold {
                        continue;
                    }
                    let delay = self.title_delay(place);
                    let at = self.end.unwrap_or(now).saturating_add(delay);
                    self.coming.push((at, title));
                }
                Due::Packet { packet, joined, at, end } => {
                    if self.end.is_some_and(|head| now.since(head) > MOST_BEHIND)
                        && now.since(at) > MOST_BEHIND
                    {
                        // The process stood still: what it missed isn't made up for.
                        if let Some(feed) = self.feed(place) {
                            feed.stop();
                            feed.start(now, now);
                        }
                        self.fresh = true;
                        continue;
                    }
                    if self.fresh && !self.begin(place, at) {
                        continue;
                    }
                    if std::mem::take(&mut self.untold) {
                        self.tell_title_of(place, at);
                    }
                    if !joined {
                        self.seam.broken();
                    }
                    let packet = self.seam.mend(self.codec, packet);
                    if self.codec != Codec::Mp3 || self.seam.is_settled() {
                        self.record_last_splice();
                    }
                    if self.appender.append(&packet, at) {
                        self.probe.pass(&packet, at);
                        self.end = Some(end);
                        self.last_audio = Some(now);
                        self.last_length = end.since(at);
                    } else {
                        self.note_refused(at);
                    }
                }
            }
        }
    }

    /// Begins an unbroken run at `at`.
    fn begin(&mut self, place: Place, at: ProgrammeTime) -> bool {
        let Some(epoch) = self.feed(place).and_then(|feed| feed.epoch().cloned()) else {
            return false;
        };
        let why = match (self.last_audio, self.format) {
            (None, _) => Discontinuity::Start,
            (_, Some(format)) if format != epoch.format => {
                tracing::warn!(
                    mount = %self.mount.path,
                    from = ?format,
                    to = ?epoch.format,
                    "the format changes: players may stumble"
                );
                Discontinuity::Format
            }
            _ if self.end.is_some_and(|end| at.since(end) > SEAM) => Discontinuity::Hole,
            _ => Discontinuity::Splice,
        };
        self.format = Some(epoch.format);
        self.probe.begin(epoch.clone());
        self.appender.begin(epoch, why);
        self.fresh = false;
        let splice = Splice {
            mount: self.mount.path.clone(),
            on_air: self.what_is_on_air().to_string(),
            why,
            silenced: 0,
        };
        self.record_last_splice();
        self.seam.begin(at, splice);
        true
    }

    fn note_refused(&mut self, at: ProgrammeTime) {
        self.refused += 1;
        if self.refused.is_power_of_two() {
            tracing::warn!(mount = %self.mount.path, %at, frames = self.refused, "the tape refuses what lies before its head");
        }
    }

    // How it stands.

    pub(crate) fn status(&self, now: ProgrammeTime) -> DeckStatus {
        let now = self.time(now);
        DeckStatus {
            mount: self.mount.path.clone(),
            on_air: self.what_is_on_air(),
            audible: self
                .last_audio
                .is_some_and(|last| now.since(last) <= AUDIBLE + self.last_length),
            format: self.format,
            level: self.hush.level(),
            silent_since: self.hush.silent_since(),
            silence: self.is_silence(now),
            source: self.source.as_ref().map(Connected::status),
        }
    }

    /// What who sends, or else who is relayed, says of it.
    pub(crate) fn about(&self) -> Option<Arc<About>> {
        let connected = self.source.as_ref().or(self.relay.as_ref())?;
        Some(Arc::clone(&connected.about))
    }

    pub(crate) fn relay_status(&self) -> Option<SourceStatus> {
        self.relay.as_ref().map(Connected::status)
    }

    fn what_is_on_air(&self) -> OnAir {
        match self.on_air {
            Some(Place::Leaving | Place::Source) => OnAir::Source,
            Some(Place::Relay) => OnAir::Relay,
            Some(Place::Chain(index)) => match self.chain.get(index).map(|stand| &stand.feed) {
                Some(StandFeed::Mount(follower)) => OnAir::Mount(follower.path().clone()),
                Some(StandFeed::Loop(looping)) => OnAir::Loop(looping.name().to_owned()),
                None => OnAir::Nothing,
            },
            None => OnAir::Nothing,
        }
    }

    fn input(&mut self, place: Place) -> Option<&mut Input> {
        let connected = match place {
            Place::Leaving => &mut self.leaving,
            Place::Source => &mut self.source,
            Place::Relay => &mut self.relay,
            Place::Chain(_) => return None,
        };
        connected.as_mut().map(|connected| &mut connected.input)
    }

    fn feed(&mut self, place: Place) -> Option<&mut dyn Feed> {
        match place {
            Place::Leaving | Place::Source | Place::Relay => {
                self.input(place).map(|input| input as &mut dyn Feed)
            }
            Place::Chain(index) => self.chain.get_mut(index).map(|it| match &mut it.feed {
                StandFeed::Mount(follower) => follower.as_mut() as &mut dyn Feed,
                StandFeed::Loop(looping) => looping as &mut dyn Feed,
            }),
        }
    }
}
