//! From the uneven arrival of audio to a steady time on the air.

use std::collections::VecDeque;
use std::time::Duration;

use crate::{MediaOffset, ProgrammeTime};

/// How a [`Pacer`] follows its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacerSettings {
    /// The most that the pace may differ from the programme clock's, parts per million.
    pub max_correction_ppm: u32,
    /// How slowly a deviation is corrected. A source that is off by 100 ppm is known after some
    /// six times as long, and was never off by more than 40 µs for each second of this.
    pub time_constant: Duration,
    /// How long the level is observed before each correction. The loop looks back over six of
    /// these, so that a network that stalls for nearly as long is not mistaken for a slow source.
    pub window: Duration,
}

impl Default for PacerSettings {
    fn default() -> Self {
        Self {
            max_correction_ppm: 500,
            time_constant: Duration::from_secs(400),
            window: Duration::from_secs(10),
        }
    }
}

/// Tape time for the audio of one input.
///
/// Audio arrives in lumps, early and late; it goes on the air at a steady pace. The pace is the
/// source's own clock, which the pacer learns: it watches the *level*, how much audio lies in
/// the buffer between what has arrived and what goes on the air now, and keeps it where it was at
/// the start by making the pace a little faster or slower.
///
/// What is observed is the highest level of each window. Lateness only ever lowers the level, and
/// nearly every window has some audio that was hardly late, so the highest level hardly knows of
/// jitter, while a drift of the source's clock moves it as it moves every level.
///
/// The time of audio that has arrived never changes afterwards: a correction applies to what has
/// yet to arrive. When the programme clock steps forward, call [`start`](Self::start) again: the
/// step is no fault of the source.
#[derive(Debug)]
pub struct Pacer {
    settings: PacerSettings,
    /// The line from media to time, in pieces; the newest piece is last, and there is always one.
    pieces: VecDeque<Piece>,
    /// How much has arrived in all, nanoseconds.
    total: i64,
    window: Option<Window>,
    /// The highest levels of the last windows.
    recent: VecDeque<i64>,
    target: Option<Target>,
    /// The source's rate as learned: the integral part of the loop, parts per billion.
    learned_ppb: f64,
}

/// From `media` on, audio goes on the air at `time` plus the time since, stretched by `stretch`.
#[derive(Clone, Copy, Debug)]
struct Piece {
    media: i64,
    time: i64,
    stretch_ppb: i64,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    from: i64,
    highest: i64,
}

/// The level to keep.
#[derive(Clone, Copy, Debug)]
struct Target {
    level: i64,
    /// For how many windows the level has been far above it.
    far_above: u32,
}

/// How many windows the loop looks back over.
const LOOK_BACK: usize = 6;

/// Pieces kept: at one a window, far more than a buffer is deep.
const PIECES: usize = 64;

/// Beyond this much, a deviation is no drift, and the source's rate is not learned from it.
const NO_DRIFT: i64 = 150_000_000;

/// A level that stays this far above the target is the new target (a source that sent seconds at
/// once): at 500 ppm it would take hours to come down, with the pace off all the while.
const NEW_LEVEL: i64 = 1_000_000_000;

impl Pacer {
    /// A pacer that has heard nothing yet.
    pub fn new(settings: PacerSettings) -> Self {
        let origin = Piece { media: 0, time: 0, stretch_ppb: 0 };
        Self {
            settings,
            pieces: VecDeque::from([origin]),
            total: 0,
            window: None,
            recent: VecDeque::with_capacity(LOOK_BACK),
            target: None,
            learned_ppb: 0.0,
        }
    }

    /// The audio at `media` goes on the air at `at`; what follows, at the pace learned so far.
    ///
    /// Called when an input's buffer is full enough to begin, and again after every break: the
    /// level is then taken anew.
    pub fn start(&mut self, at: ProgrammeTime, media: MediaOffset) {
        let stretch_ppb = self.limited(self.learned_ppb);
        self.pieces.clear();
        self.pieces.push_back(Piece { media: nanos_at(media), time: nanos_of(at), stretch_ppb });
        self.window = None;
        self.recent.clear();
        self.target = None;
    }

    /// By `now`, so much audio in `total` had arrived, counted from the input's first sample.
    ///
    /// Called at every arrival; a call that brings nothing new is ignored. Costs little, but for
    /// once a window.
    pub fn arrived(&mut self, now: ProgrammeTime, total: MediaOffset) {
        let total = nanos_at(total);
        if total <= self.total {
            return;
        }
        let now = nanos_of(now);
        let level = self.line(total).saturating_sub(now);
        let before = std::mem::replace(&mut self.total, total);
        match &mut self.window {
            Some(window) if now < window.from.saturating_add(length(self.settings.window)) => {
                window.highest = window.highest.max(level);
            }
            ended => {
                let highest = ended.map(|window| window.highest);
                self.window = Some(Window { from: now, highest: level });
                if let Some(highest) = highest {
                    self.correct(highest, before);
                }
            }
        }
    }

    /// When the audio at `media` goes on the air.
    ///
    /// Continuous, and strictly later for later media (two microseconds or more apart: times are
    /// whole microseconds). Before [`start`](Self::start) it counts from the epoch.
    pub fn air_time(&self, media: MediaOffset) -> ProgrammeTime {
        ProgrammeTime::from_micros(self.line(nanos_at(media)).div_euclid(1000))
    }

    /// The present correction of the pace, parts per million: positive when the source is slower
    /// than the programme clock.
    pub fn correction_ppm(&self) -> f64 {
        self.pieces.back().map_or(0.0, |piece| piece.stretch_ppb as f64 / 1000.0)
    }

    fn line(&self, media: i64) -> i64 {
        let piece = self.pieces.iter().rev().find(|piece| piece.media <= media);
        piece.or(self.pieces.front()).map_or(media, |piece| piece.time_of(media))
    }

    /// One step of the loop, `highest` being the highest level of the window that has ended with
    /// `total` arrived.
    fn correct(&mut self, highest: i64, total: i64) {
        if self.recent.len() == LOOK_BACK {
            self.recent.pop_front();
        }
        self.recent.push_back(highest);
        let level = self.recent.iter().copied().max().unwrap_or(highest);
        let target = self.target.get_or_insert(Target { level, far_above: 0 });
        if self.recent.len() < LOOK_BACK {
            // Still getting to know the level: the best of the first windows is the one to keep.
            target.level = target.level.max(level);
        }
        let error = level.saturating_sub(target.level);
        target.far_above = if error > NEW_LEVEL { target.far_above + 1 } else { 0 };
        if target.far_above as usize >= LOOK_BACK {
            *target = Target { level, far_above: 0 };
            return;
        }

        // Critically damped: a level that is too high is brought down by a faster pace.
        let natural = 1.0 / self.settings.time_constant.as_secs_f64().max(1.0);
        let error_ns = error as f64;
        if error.abs() < NO_DRIFT {
            let seconds = self.settings.window.as_secs_f64();
            self.learned_ppb -= natural * natural * error_ns * seconds;
            self.learned_ppb = self.limited(self.learned_ppb) as f64;
        }
        let stretch_ppb = self.limited(self.learned_ppb - 2.0 * natural * error_ns);
        self.bend(total, stretch_ppb);
    }

    /// From `media` on, the line goes on as steeply as `stretch_ppb` says.
    fn bend(&mut self, media: i64, stretch_ppb: i64) {
        let Some(last) = self.pieces.back() else { return };
        if last.stretch_ppb == stretch_ppb || media <= last.media {
            return;
        }
        let time = last.time_of(media);
        if self.pieces.len() == PIECES {
            self.pieces.pop_front();
        }
        self.pieces.push_back(Piece { media, time, stretch_ppb });
    }

    fn limited(&self, ppb: f64) -> i64 {
        let limit = f64::from(self.settings.max_correction_ppm) * 1000.0;
        ppb.clamp(-limit, limit) as i64
    }
}

impl Piece {
    fn time_of(&self, media: i64) -> i64 {
        let since = i128::from(media) - i128::from(self.media);
        let stretched = since + since * i128::from(self.stretch_ppb) / 1_000_000_000;
        i64::try_from(i128::from(self.time) + stretched).unwrap_or(i64::MAX)
    }
}

/// Nanoseconds, until the year 2262.
fn nanos_of(time: ProgrammeTime) -> i64 {
    time.as_micros().saturating_mul(1000)
}

fn nanos_at(media: MediaOffset) -> i64 {
    i64::try_from(media.as_micros()).unwrap_or(i64::MAX).saturating_mul(1000)
}

fn length(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
