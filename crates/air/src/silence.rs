//! The silence watch: frames are not sound.
//!
//! A [`Probe`] takes a stretch out of every second of what goes by and leaves it with its
//! [`Meter`], without waiting. [`Air::measure`](crate::Air::measure) decodes it, on a thread that
//! nobody waits for; and a [`Hush`] makes silence of what was found.

use std::sync::Arc;
use std::time::Duration;

use airtime::ProgrammeTime;
use codec::{Level, LevelMeter, Packet};
use parking_lot::Mutex;
use tape::Epoch;

/// Sound that is back after silence is trusted after so long.
pub(crate) const BACK: Duration = Duration::from_secs(2);

/// It has to be so much louder than what is called silence, in dB.
const LOUDER: f32 = 3.0;

/// Measures what it is given, when it is told to.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// To be measured; what comes while this is full is passed over.
    waiting: Mutex<Option<Stretch>>,
    found: Mutex<Option<Found>>,
    decoder: Mutex<LevelMeter>,
}

#[derive(Debug)]
struct Stretch {
    epoch: Epoch,
    packets: Vec<Packet>,
    from: ProgrammeTime,
}

/// What was found last.
#[derive(Clone, Copy, Debug)]
struct Found {
    /// Counts what was measured.
    count: u64,
    /// `None`: it can't be told.
    level: Option<Level>,
    from: ProgrammeTime,
}

impl Meter {
    /// Decodes what waits, if anything does.
    pub(crate) fn measure(&self) {
        let Some(Stretch { epoch, packets, from }) = self.waiting.lock().take() else { return };
        let level = self.decoder.lock().measure(epoch.format, &epoch.header, &packets);
        let count = self.count() + 1;
        *self.found.lock() = Some(Found { count, level, from });
    }

    fn count(&self) -> u64 {
        self.found.lock().map_or(0, |found| found.count)
    }

    fn offer(&self, stretch: Stretch) {
        self.waiting.lock().get_or_insert(stretch);
    }
}

/// Takes a quarter out of every second of audio that goes by.
#[derive(Debug)]
pub(crate) struct Probe {
    meter: Arc<Meter>,
    epoch: Option<Epoch>,
    /// Samples since the last stretch began.
    passed: u64,
    from: ProgrammeTime,
    packets: Vec<Packet>,
    /// Samples in them.
    taken: u64,
}

impl Probe {
    pub(crate) fn new(meter: Arc<Meter>) -> Self {
        Self {
            meter,
            epoch: None,
            passed: 0,
            from: ProgrammeTime::EPOCH,
            packets: Vec::new(),
            taken: 0,
        }
    }

    /// What goes by from now on is of this epoch, and doesn't follow what went by before.
    pub(crate) fn begin(&mut self, epoch: Epoch) {
        self.epoch = Some(epoch);
        self.packets.clear();
    }

    /// A packet goes by.
    pub(crate) fn pass(&mut self, packet: &Packet, at: ProgrammeTime) {
        let Some(epoch) = &self.epoch else { return };
        let second = u64::from(epoch.format.sample_rate);
        let before = self.passed;
        self.passed += u64::from(packet.samples);
        if self.packets.is_empty() {
            if before * 4 < second * 3 {
                return;
            }
            self.from = at;
            self.taken = 0;
        }
        self.packets.push(packet.clone());
        self.taken += u64::from(packet.samples);
        if self.taken * 4 >= second {
            let packets = std::mem::take(&mut self.packets);
            self.meter.offer(Stretch { epoch: epoch.clone(), packets, from: self.from });
            self.passed = 0;
        } else if self.packets.len() >= MOST_PACKETS {
            self.packets.clear();
        }
    }
}

/// More packets than this are no quarter of a second.
const MOST_PACKETS: usize = 1024;

/// Is it silent, and since when?
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hush {
    /// How many measurements it knows of.
    seen: u64,
    level: Option<Level>,
    silent: Option<ProgrammeTime>,
    sounding: Option<ProgrammeTime>,
}

impl Hush {
    /// Of what `meter` finds from now on.
    pub(crate) fn of(meter: &Meter) -> Self {
        Self { seen: meter.count(), ..Self::default() }
    }

    /// Looks whether something was found; what is quieter than `threshold` (dB) is silence.
    pub(crate) fn look(&mut self, meter: &Meter, threshold: i16) {
        let Some(found) = *meter.found.lock() else { return };
        if std::mem::replace(&mut self.seen, found.count) == found.count {
            return;
        }
        self.level = found.level;
        let threshold = f32::from(threshold);
        let Some(Level { rms, .. }) = found.level else {
            (self.silent, self.sounding) = (None, None);
            return;
        };
        if rms < threshold {
            self.silent.get_or_insert(found.from);
            self.sounding = None;
        } else {
            self.silent = None;
            if rms >= threshold + LOUDER {
                self.sounding.get_or_insert(found.from);
            }
        }
    }

    /// Nothing goes by any more.
    pub(crate) fn forget(&mut self) {
        *self = Self { seen: self.seen, ..Self::default() };
    }

    /// How loud it was when it was measured last.
    pub(crate) fn level(&self) -> Option<Level> {
        self.level
    }

    pub(crate) fn silent_since(&self) -> Option<ProgrammeTime> {
        self.silent
    }

    /// Has there been sound for long enough to trust it?
    pub(crate) fn is_over(&self, now: ProgrammeTime) -> bool {
        self.sounding.is_some_and(|since| now.since(since) >= BACK)
    }
}
