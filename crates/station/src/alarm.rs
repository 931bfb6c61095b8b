//! Alarms: a log line, a metric and a field of `/health` at once.

use std::collections::BTreeMap;
use std::time::Duration;

use airtime::{Monotonic, ProgrammeTime};
use parking_lot::Mutex;
use serde::Serialize;

/// Something that somebody should look at: a log line, a metric and a field of `/health` at once.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alarm {
    /// Which: `dead-air`, `silence`, `format-differs`, `tape-stopped`, `tape-behind`, `clock-stepped-back`,
    /// `tape-trouble`, `clock-unsynchronised`.
    pub name: &'static str,
    /// What it is about.
    pub subject: String,
    /// In words.
    pub message: String,
    /// Since when.
    pub since: ProgrammeTime,
}

impl Alarm {
    /// No audio reaches the tape of a listed mount.
    pub const DEAD_AIR: &'static str = "dead-air";
    /// Audio reaches the tape, but it is silence.
    pub const SILENCE: &'static str = "silence";
    /// What is on the air has another sample rate or other channels than what it is spliced to:
    /// players may stumble.
    pub const FORMAT_DIFFERS: &'static str = "format-differs";
    /// What is on the air is no longer being recorded.
    pub const TAPE_STOPPED: &'static str = "tape-stopped";
    /// The disk can't follow; the recording has, or will have, a hole.
    pub const TAPE_BEHIND: &'static str = "tape-behind";
    /// Something of a tape's own files needs a person: what is withheld or kept isn't known, or
    /// what must be kept takes too much room.
    pub const TAPE_TROUBLE: &'static str = "tape-trouble";
    /// The machine's clock was set back, and programme time waits for it.
    pub const CLOCK_STEPPED_BACK: &'static str = "clock-stepped-back";
    /// The machine's clock follows no time source.
    pub const CLOCK_UNSYNCHRONISED: &'static str = "clock-unsynchronised";
}

/// A condition as it was just seen.
#[derive(Clone, Debug)]
pub(crate) struct Sighting {
    pub(crate) name: &'static str,
    pub(crate) subject: String,
    pub(crate) message: String,
    /// It must have been seen for this long before it is raised.
    pub(crate) patience: Duration,
}

/// Which alarms are raised. A condition raises its alarm once it has lasted; the first look at
/// which it is gone clears it.
#[derive(Debug, Default)]
pub(crate) struct AlarmBoard {
    seen: Mutex<BTreeMap<(&'static str, String), Watched>>,
}

#[derive(Debug)]
struct Watched {
    alarm: Alarm,
    first_seen: Monotonic,
    raised: bool,
}

impl AlarmBoard {
    /// Takes in everything that is wrong now; logs what is newly raised and what is cleared.
    pub(crate) fn look(&self, wrong: Vec<Sighting>, now: ProgrammeTime, monotonic: Monotonic) {
        let mut seen = self.seen.lock();
        seen.retain(|(name, subject), watched| {
            let still = wrong.iter().any(|it| it.name == *name && it.subject == *subject);
            if !still && watched.raised {
                let lasted = now.since(watched.alarm.since).as_secs();
                tracing::info!(alarm = name, subject, lasted_s = lasted, "alarm cleared");
            }
            still
        });
        for it in wrong {
            let watched = seen.entry((it.name, it.subject.clone())).or_insert_with(|| Watched {
                alarm: Alarm {
                    name: it.name,
                    subject: it.subject,
                    message: String::new(),
                    since: now,
                },
                first_seen: monotonic,
                raised: false,
            });
            watched.alarm.message = it.message;
            if !watched.raised && monotonic.saturating_sub(watched.first_seen) >= it.patience {
                watched.raised = true;
                let Alarm { name, subject, message, .. } = &watched.alarm;
                tracing::error!(alarm = name, subject, "alarm: {message}");
            }
        }
    }

    /// The raised ones.
    pub(crate) fn raised(&self) -> Vec<Alarm> {
        let seen = self.seen.lock();
        seen.values().filter(|it| it.raised).map(|it| it.alarm.clone()).collect()
    }
}
