//! Whether the station does what it is for.

use std::time::Duration;

use air::{DeckStatus, OnAir};
use airtime::ProgrammeTime;
use lineup::MountPath;
use listen::Said;
use serde::Serialize;
use tape::{RecordingState, Tape};

use crate::Station;
use crate::alarm::{Alarm, Sighting};
use crate::rooms::RenditionKey;

/// A mount may be without sound for this long before it is dead air: sources reconnect.
const DEAD_AIR_AFTER: Duration = Duration::from_secs(5);
/// How far programme time may be ahead of a wall clock that was set back before it matters.
const STEPPED_BACK_BY: i64 = 500_000;

/// Whether the station does what it is for. Health means that audio is present.
#[derive(Clone, Debug, Serialize)]
pub struct Health {
    /// Audio is present on every listed mount.
    pub ok: bool,
    /// Each mount.
    pub streams: Vec<StreamHealth>,
    /// What is wrong now.
    pub alarms: Vec<Alarm>,
}

/// One mount's health.
#[derive(Clone, Debug, Serialize)]
pub struct StreamHealth {
    /// The mount.
    pub mount: MountPath,
    /// Audio reached the tape within the last second, and it isn't lasting silence.
    pub audible: bool,
    /// How loud it is, in dB below full scale (of its power); `None` where that isn't known.
    pub level: Option<f32>,
    /// Since when it has been silence.
    pub silent_since: Option<ProgrammeTime>,
    /// What is on the air, in words: `source`, `relay`, `mount /x`, `loop y`, `nothing`.
    pub on_air: String,
    /// The tape is being written to disk.
    pub recording: bool,
    /// The newest time on the tape; `None` before anything was ever aired.
    pub head: Option<ProgrammeTime>,
}

impl Station {
    /// Is audio present on every stream, and what is wrong.
    pub fn health(&self) -> Health {
        let lineup = self.lineup();
        let mut streams = Vec::with_capacity(lineup.mounts().len());
        let mut ok = true;
        for mount in lineup.mounts() {
            let status = self.deck_status(&mount.path);
            let audible = status.as_ref().is_some_and(DeckStatus::is_heard);
            ok &= audible || !mount.listed;
            streams.push(StreamHealth {
                mount: mount.path.clone(),
                audible,
                level: status.as_ref().and_then(|status| status.level).map(|level| level.rms),
                silent_since: status.as_ref().and_then(|status| status.silent_since),
                on_air: status.map_or_else(|| "nothing".to_owned(), |it| in_words(&it.on_air)),
                recording: self.recording(&mount.path),
                head: self.tape(&mount.path).and_then(|tape| tape.head()),
            });
        }
        Health { ok, streams, alarms: self.alarms.raised() }
    }

    /// Looks at everything that could be wrong, and raises and clears alarms.
    pub(crate) fn watch(&self) {
        self.pass_on_what_sources_say();
        let mut wrong = self.dead_air();
        wrong.extend(self.silences());
        wrong.extend(self.other_formats());
        wrong.extend(self.tape_trouble());
        wrong.extend(self.tapes_for_a_person());
        wrong.extend(self.clock_trouble());
        self.alarms.look(wrong, self.clock().now(), self.clock().monotonic());
    }

    /// Listeners are told what a source says of its stream.
    fn pass_on_what_sources_say(&self) {
        for mount in self.lineup().mounts() {
            let about = self.air().about(&mount.path);
            let said = about.map_or_else(Said::default, |about| Said {
                description: about.description.clone(),
                genre: about.genre.clone(),
                url: about.url.clone(),
                bitrate: about.bitrate,
            });
            self.listen().set_said(&mount.path, said);
        }
    }

    fn dead_air(&self) -> Vec<Sighting> {
        let lineup = self.lineup();
        let silent = lineup.mounts().iter().filter(|mount| {
            mount.listed && !self.deck_status(&mount.path).is_some_and(|status| status.audible)
        });
        silent
            .map(|mount| Sighting {
                name: Alarm::DEAD_AIR,
                subject: mount.path.to_string(),
                message: format!("nothing is heard on {}", mount.path),
                patience: DEAD_AIR_AFTER,
            })
            .collect()
    }

    fn silences(&self) -> Vec<Sighting> {
        let silent = self.air().statuses().into_iter().filter(|status| status.silence);
        let sighting = |status: DeckStatus| Sighting {
            name: Alarm::SILENCE,
            message: match status.source {
                Some(source) if source.passed_over => {
                    let instead = in_words(&status.on_air);
                    format!("the source sends silence, and {instead} is on the air instead")
                }
                _ => format!("what is on the air on {} is silence", status.mount),
            },
            subject: status.mount.to_string(),
            patience: Duration::ZERO,
        };
        silent.map(sighting).collect()
    }

    fn other_formats(&self) -> Vec<Sighting> {
        let decks: Vec<_> = {
            let rooms = self.rooms.lock();
            rooms.decks.values().map(|deck| (deck.path.clone(), deck.expected)).collect()
        };
        let differing = decks.into_iter().filter_map(|(path, expected)| {
            let status = self.air().status(&path)?;
            let format = status.format.filter(|format| !expected.is(*format))?;
            Some(Sighting {
                name: Alarm::FORMAT_DIFFERS,
                message: format!(
                    "{} is on the air at {} Hz and {} channels, where {expected} were expected: \
                     players may stumble when it begins and ends",
                    in_words(&status.on_air),
                    format.sample_rate,
                    format.channels
                ),
                subject: path.to_string(),
                patience: Duration::ZERO,
            })
        });
        differing.collect()
    }

    fn tape_trouble(&self) -> Vec<Sighting> {
        let mut wrong = Vec::new();
        for (subject, tape) in self.tapes() {
            let (name, message) = match tape.recording() {
                RecordingState::Ok => continue,
                RecordingState::Behind { waiting, lost } => (
                    Alarm::TAPE_BEHIND,
                    format!("the disk is too slow: {waiting} blocks wait, {lost} are lost"),
                ),
                RecordingState::Stopped { why, lost } => {
                    (Alarm::TAPE_STOPPED, format!("nothing is recorded: {why}; {lost} blocks lost"))
                }
            };
            wrong.push(Sighting { name, subject, message, patience: Duration::ZERO });
        }
        wrong
    }

    fn tapes_for_a_person(&self) -> Vec<Sighting> {
        let tapes = self.tapes();
        let troubles = tapes.iter().flat_map(|(subject, tape)| {
            tape.troubles().into_iter().map(|trouble| Sighting {
                name: Alarm::TAPE_TROUBLE,
                subject: subject.clone(),
                message: trouble.to_string(),
                patience: Duration::ZERO,
            })
        });
        troubles.collect()
    }

    /// Every tape, by `station/stream/rendition`.
    fn tapes(&self) -> Vec<(String, Tape)> {
        let rooms = self.rooms.lock();
        let name =
            |(station, stream, rendition): &RenditionKey| format!("{station}/{stream}/{rendition}");
        rooms.tapes.iter().map(|(key, tape)| (name(key), tape.clone())).collect()
    }

    /// Is what goes out at `mount` being written to disk?
    fn recording(&self, mount: &MountPath) -> bool {
        self.tape(mount).is_some_and(|tape| {
            tape.head().is_some() && !matches!(tape.recording(), RecordingState::Stopped { .. })
        })
    }

    fn clock_trouble(&self) -> Vec<Sighting> {
        let status = self.clock().status();
        let mut wrong = Vec::new();
        if status.steps_back > 0 && status.behind_wall < -STEPPED_BACK_BY {
            let ahead = Duration::from_micros(status.behind_wall.unsigned_abs());
            wrong.push(Sighting {
                name: Alarm::CLOCK_STEPPED_BACK,
                subject: "clock".to_owned(),
                message: format!(
                    "the machine's clock was set back: programme time goes on, {:.1} s ahead of it",
                    ahead.as_secs_f64()
                ),
                patience: Duration::ZERO,
            });
        }
        if status.unsynchronised {
            wrong.push(Sighting {
                name: Alarm::CLOCK_UNSYNCHRONISED,
                subject: "clock".to_owned(),
                message: "the machine's clock follows no time source (NTP)".to_owned(),
                patience: Duration::from_secs(60),
            });
        }
        wrong
    }
}

fn in_words(on_air: &OnAir) -> String {
    match on_air {
        OnAir::Source => "source".to_owned(),
        OnAir::Relay => "relay".to_owned(),
        OnAir::Mount(path) => format!("mount {path}"),
        OnAir::Loop(name) => format!("loop {name}"),
        OnAir::Nothing => "nothing".to_owned(),
    }
}
