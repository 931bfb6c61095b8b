//! Programme time out of a wall clock that may step and a monotonic clock that may not.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::{Clock, ClockStatus, Monotonic, ProgrammeTime, SystemSource, TimeSource};

/// The clock that a running station uses.
pub type SystemClock = ProgrammeClock<SystemSource>;

/// Programme time: a monotonic clock plus an offset that follows the wall clock.
///
/// - A wall clock that is off by less than 2 s is followed by slewing, at most 500 ppm. That
///   covers a source of time that drifts, a smeared leap second, and a leap second that the
///   kernel inserts by setting the clock back one second.
/// - A wall clock that is 2 s or more ahead is followed at once, and counted
///   ([`ClockStatus::steps_forward`]).
/// - A wall clock that is 2 s or more behind is never followed back: programme time goes on at
///   its own pace less the slewing, and the step is counted once ([`ClockStatus::steps_back`]).
///
/// The wall clock is compared four times a second, by whichever thread asks for the time then;
/// between comparisons, asking costs one reading of the monotonic clock and a short lock.
#[derive(Debug)]
pub struct ProgrammeClock<S> {
    source: S,
    state: Mutex<State>,
}

/// All in nanoseconds and signed wide enough that no wall clock, however wrong, overflows it.
#[derive(Debug)]
struct State {
    /// When the wall clock was last compared, and the programme time then.
    compared: Monotonic,
    programme: i128,
    /// What slewing adds per second since then, nanoseconds.
    slew_ppb: i64,
    /// Wall clock minus programme time when last compared.
    behind_wall: i128,
    /// Wall clock minus monotonic clock when last compared: a change of it is a step.
    wall_offset: i128,
    /// The wall clock is so far behind that it is being waited for.
    holding: bool,
    steps_forward: u64,
    steps_back: u64,
    /// Whether the wall clock is set by nothing, and when that was last asked.
    unsynchronised: bool,
    asked: Option<Monotonic>,
}

/// How often it is asked at most whether the wall clock is set by anything.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// How often the wall clock is compared.
const COMPARE_EVERY: Duration = Duration::from_millis(250);

/// A slew that was decided on is in force for so long, unless the wall clock is compared again.
const SLEW_AT_MOST: Duration = Duration::from_secs(1);

/// A difference from here on is a step, not an error to slew away.
const STEP: i128 = 2_000_000_000;

/// Slewing is proportional to the difference, and would take this long if it stayed so...
const SLEW_OVER_SECONDS: i128 = 10;

/// ...but is never faster than this: 500 ppm.
const SLEW_LIMIT_PPB: i64 = 500_000;

impl SystemClock {
    /// Starts the clock on the machine's own wall clock.
    pub fn start() -> Arc<Self> {
        Arc::new(Self::on(SystemSource::new()))
    }
}

impl<S: TimeSource> ProgrammeClock<S> {
    /// Starts a clock on `source`: its programme time is what the wall clock says now.
    pub fn on(source: S) -> Self {
        let reading = Reading::of(&source);
        let state = State {
            compared: reading.monotonic,
            programme: reading.wall,
            slew_ppb: 0,
            behind_wall: 0,
            wall_offset: reading.wall_offset(),
            holding: false,
            steps_forward: 0,
            steps_back: 0,
            unsynchronised: false,
            asked: None,
        };
        Self { source, state: Mutex::new(state) }
    }

    /// Where this clock gets its time from.
    pub fn source(&self) -> &S {
        &self.source
    }
}

impl<S: TimeSource> Clock for ProgrammeClock<S> {
    fn now(&self) -> ProgrammeTime {
        let mut state = self.state.lock();
        // Read under the lock: otherwise a thread that was held up between reading and asking
        // would be answered with a moment before what another was told meanwhile.
        let monotonic = self.source.monotonic();
        if monotonic.saturating_sub(state.compared) >= COMPARE_EVERY {
            state.compare(&Reading::of(&self.source));
            return micros(state.programme);
        }
        micros(state.at(monotonic))
    }

    fn monotonic(&self) -> Monotonic {
        self.source.monotonic()
    }

    fn sleep(&self, duration: Duration) {
        self.source.sleep(duration);
    }

    fn status(&self) -> ClockStatus {
        let mut state = self.state.lock();
        let reading = Reading::of(&self.source);
        state.compare(&reading);
        // It may have to look into the file system, and who follows the air asks at each step.
        let due =
            state.asked.is_none_or(|asked| reading.monotonic.saturating_sub(asked) >= ASK_EVERY);
        if due {
            state.asked = Some(reading.monotonic);
            state.unsynchronised = self.source.unsynchronised().unwrap_or(false);
        }
        ClockStatus {
            behind_wall: micros(state.behind_wall).as_micros(),
            steps_forward: state.steps_forward,
            steps_back: state.steps_back,
            unsynchronised: state.unsynchronised,
        }
    }

    fn continue_from(&self, head: ProgrammeTime) {
        let mut state = self.state.lock();
        state.compare(&Reading::of(&self.source));
        let head = i128::from(head.as_micros()) * 1000;
        if head > state.programme {
            state.behind_wall -= head - state.programme;
            state.programme = head;
            state.judge(false);
        }
    }
}

impl State {
    /// Programme time at `monotonic`, without looking at the wall clock.
    fn at(&self, monotonic: Monotonic) -> i128 {
        let passed = monotonic.saturating_sub(self.compared);
        // Had nobody asked for an hour, an hour's slewing would overshoot.
        let slewed = nanos(passed.min(SLEW_AT_MOST)) * i128::from(self.slew_ppb) / 1_000_000_000;
        self.programme + nanos(passed) + slewed
    }

    /// Looks at the wall clock, and decides how to go on.
    fn compare(&mut self, reading: &Reading) {
        self.programme = self.at(reading.monotonic);
        self.compared = self.compared.max(reading.monotonic);
        self.behind_wall = reading.wall - self.programme;
        let stepped_back = reading.wall_offset() - self.wall_offset <= -STEP;
        self.wall_offset = reading.wall_offset();
        self.judge(stepped_back);
    }

    fn judge(&mut self, stepped_back: bool) {
        if self.behind_wall >= STEP {
            self.programme += self.behind_wall;
            self.behind_wall = 0;
            self.steps_forward += 1;
        }
        let behind = self.behind_wall <= -STEP;
        if behind && (stepped_back || !self.holding) {
            self.steps_back += 1;
        }
        // Once held, it counts as one step until the clocks have nearly met: noise about the
        // limit is not a series of steps.
        self.holding = behind || (self.holding && self.behind_wall <= -STEP / 2);
        self.slew_ppb = slew_for(self.behind_wall);
    }
}

/// Both clocks, read as close together as can be.
struct Reading {
    wall: i128,
    monotonic: Monotonic,
}

impl Reading {
    fn of(source: &impl TimeSource) -> Self {
        let read = || {
            let before = source.monotonic();
            let wall = i128::from(source.wall().as_micros()) * 1000;
            let after = source.monotonic();
            (after.saturating_sub(before), Self { wall, monotonic: after })
        };
        // A thread that is interrupted between the two readings would see an error of as much.
        let mut best = read();
        for _ in 0..3 {
            if best.0 <= Duration::from_micros(50) {
                break;
            }
            let next = read();
            // The newest is taken if it is no worse; an older one would lie in the past.
            if next.0 <= best.0 {
                best = next;
            }
        }
        best.1
    }

    fn wall_offset(&self) -> i128 {
        self.wall - nanos(self.monotonic)
    }
}

fn slew_for(behind_wall: i128) -> i64 {
    let limit = i128::from(SLEW_LIMIT_PPB);
    let ppb = (behind_wall / SLEW_OVER_SECONDS).clamp(-limit, limit);
    i64::try_from(ppb).unwrap_or(0)
}

fn nanos(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}

fn micros(nanos: i128) -> ProgrammeTime {
    let micros = nanos.div_euclid(1000);
    let bound = if micros < 0 { i64::MIN } else { i64::MAX };
    ProgrammeTime::from_micros(i64::try_from(micros).unwrap_or(bound))
}
