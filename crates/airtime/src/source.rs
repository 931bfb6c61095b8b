//! Where raw time comes from: the machine's clocks, or a test's.

use std::fmt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::{Condvar, Mutex};

use crate::{Monotonic, ProgrammeTime};

/// The two raw clocks that [`ProgrammeClock`](crate::ProgrammeClock) makes programme time of.
pub trait TimeSource: Send + Sync + fmt::Debug {
    /// The wall clock, UTC. It may step either way at any moment.
    fn wall(&self) -> ProgrammeTime;

    /// Time since this source was made, on a clock that never steps.
    fn monotonic(&self) -> Monotonic;

    /// Blocks the calling thread for `duration` of monotonic time.
    fn sleep(&self, duration: Duration);

    /// Whether the wall clock is known to be set by nothing; `None` where that can't be told.
    fn unsynchronised(&self) -> Option<bool>;
}

/// The machine's own clocks. Nothing else in Longwave reads them.
#[derive(Debug)]
pub struct SystemSource {
    start: Instant,
}

impl SystemSource {
    /// A source whose monotonic time starts now.
    #[allow(clippy::disallowed_methods, reason = "this is where the injected clock gets its time")]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemSource {
    fn default() -> Self {
        Self::new()
    }
}

impl TimeSource for SystemSource {
    #[allow(clippy::disallowed_methods, reason = "this is where the injected clock gets its time")]
    fn wall(&self) -> ProgrammeTime {
        let micros = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
            Err(before) => {
                i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros)
            }
        };
        ProgrammeTime::from_micros(micros)
    }

    fn monotonic(&self) -> Monotonic {
        self.start.elapsed()
    }

    #[allow(clippy::disallowed_methods, reason = "this is where the injected clock waits")]
    fn sleep(&self, duration: Duration) {
        thread::sleep(duration);
    }

    /// The kernel's own answer (`adjtimex`) can't be had without unsafe code. What can be told:
    /// a wall clock from before this program was written was set by nobody, and
    /// systemd-timesyncd, where it runs, leaves a mark once it has set the clock.
    fn unsynchronised(&self) -> Option<bool> {
        const WRITTEN: ProgrammeTime = ProgrammeTime::from_micros(1_767_225_600_000_000);
        if self.wall() < WRITTEN {
            return Some(true);
        }
        let timesyncd = Path::new("/run/systemd/timesync");
        timesyncd.is_dir().then(|| !timesyncd.join("synchronized").exists())
    }
}

/// A source for tests: it stands still until it is advanced, and its wall clock can be stepped
/// and made to run fast or slow.
#[derive(Debug)]
pub struct SimulatedSource {
    state: Mutex<Simulated>,
    advanced: Condvar,
}

#[derive(Debug)]
struct Simulated {
    /// Nanoseconds, so that a skew of few ppm isn't lost in short advances.
    wall: i128,
    monotonic: Monotonic,
    skew_ppm: i64,
    unsynchronised: Option<bool>,
}

impl SimulatedSource {
    /// A source whose wall clock says `wall`.
    pub fn starting_at(wall: ProgrammeTime) -> Self {
        let state = Simulated {
            wall: i128::from(wall.as_micros()) * 1000,
            monotonic: Monotonic::ZERO,
            skew_ppm: 0,
            unsynchronised: None,
        };
        Self { state: Mutex::new(state), advanced: Condvar::new() }
    }

    /// Lets `by` pass, and wakes whoever slept until then.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state.lock();
        let nanos = i128::try_from(by.as_nanos()).unwrap_or(i128::MAX);
        state.wall += nanos + nanos * i128::from(state.skew_ppm) / 1_000_000;
        state.monotonic += by;
        self.advanced.notify_all();
    }

    /// Sets the wall clock forward (or back, if negative) by `micros` at once.
    pub fn step(&self, micros: i64) {
        self.state.lock().wall += i128::from(micros) * 1000;
    }

    /// From now on the wall clock gains `ppm` microseconds a second on the monotonic clock.
    pub fn skew(&self, ppm: i64) {
        self.state.lock().skew_ppm = ppm;
    }

    /// What [`TimeSource::unsynchronised`] answers from now on.
    pub fn set_unsynchronised(&self, answer: Option<bool>) {
        self.state.lock().unsynchronised = answer;
    }
}

impl TimeSource for SimulatedSource {
    fn wall(&self) -> ProgrammeTime {
        let micros = self.state.lock().wall.div_euclid(1000);
        ProgrammeTime::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Monotonic {
        self.state.lock().monotonic
    }

    fn sleep(&self, duration: Duration) {
        let mut state = self.state.lock();
        let until = state.monotonic + duration;
        while state.monotonic < until {
            self.advanced.wait(&mut state);
        }
    }

    fn unsynchronised(&self) -> Option<bool> {
        self.state.lock().unsynchronised
    }
}
