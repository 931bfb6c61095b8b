//! The injected clock.

use std::fmt;
use std::time::Duration;

use parking_lot::Mutex;

use crate::ProgrammeTime;

/// Time on a clock that never steps, since some fixed start of this process's own.
pub type Monotonic = Duration;

/// Where every part of Longwave gets its time from.
///
/// `now` is programme time: it never runs backwards, follows the machine's wall clock by slewing
/// (at most 500 ppm) while they differ by less than 2 s, jumps forward with it on a larger step,
/// and on a step backward holds to its own pace and slews until the two meet again.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Programme time now. Never less than an earlier answer.
    fn now(&self) -> ProgrammeTime;

    /// Time since this clock's start; never steps, never slews.
    fn monotonic(&self) -> Monotonic;

    /// Blocks the calling thread for `duration` of monotonic time. A simulated clock returns
    /// when it has been advanced that far.
    fn sleep(&self, duration: Duration);

    /// How this clock stands to the machine's wall clock. Cheap enough to be asked at every step.
    fn status(&self) -> ClockStatus;

    /// Goes on from `head`, the newest time on any tape, if this clock is not yet past it: after a
    /// restart the wall clock may be behind what was recorded before, and what is recorded next
    /// must not lie before it. Call it once the tapes are open and before anything is on the air.
    ///
    /// From there on programme time runs a little slow, by at most 500 ppm, until the wall clock
    /// has caught up. A head that is two seconds or more ahead counts as a step back
    /// ([`ClockStatus::steps_back`]), and [`ClockStatus::behind_wall`] is negative for as long.
    fn continue_from(&self, head: ProgrammeTime);
}

/// How programme time stands to the wall clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockStatus {
    /// Wall clock minus programme time, microseconds: what slewing still has to make up.
    pub behind_wall: i64,
    /// Steps forward followed so far; each is a discontinuity on the tape.
    pub steps_forward: u64,
    /// Steps backward refused so far; each raises an alarm.
    pub steps_back: u64,
    /// The kernel says that the wall clock is not synchronised to any source.
    pub unsynchronised: bool,
}

/// A clock that stands still until a test advances it.
#[derive(Debug)]
pub struct SimulatedClock {
    state: Mutex<Simulated>,
    advanced: parking_lot::Condvar,
}

#[derive(Debug)]
struct Simulated {
    now: ProgrammeTime,
    monotonic: Monotonic,
    /// Until when each thread sleeps that does.
    asleep: Vec<Monotonic>,
}

impl SimulatedClock {
    /// A clock that says `now` until it is advanced.
    pub fn starting_at(now: ProgrammeTime) -> Self {
        let state = Simulated { now, monotonic: Monotonic::ZERO, asleep: Vec::new() };
        Self { state: Mutex::new(state), advanced: parking_lot::Condvar::new() }
    }

    /// Lets `by` pass, and wakes whoever slept until then.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state.lock();
        state.now = state.now.saturating_add(by);
        state.monotonic += by;
        self.advanced.notify_all();
    }

    /// How many threads sleep whose time has not come. Where all threads that live by this clock
    /// do, everything that was due by now is done.
    pub fn asleep(&self) -> usize {
        let state = self.state.lock();
        state.asleep.iter().filter(|until| **until > state.monotonic).count()
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> ProgrammeTime {
        self.state.lock().now
    }

    fn monotonic(&self) -> Monotonic {
        self.state.lock().monotonic
    }

    fn sleep(&self, duration: Duration) {
        let mut state = self.state.lock();
        let until = state.monotonic + duration;
        state.asleep.push(until);
        while state.monotonic < until {
            self.advanced.wait(&mut state);
        }
        // Which of several that sleep until then it is makes no difference.
        if let Some(own) = state.asleep.iter().position(|asleep| *asleep == until) {
            state.asleep.swap_remove(own);
        }
    }

    fn status(&self) -> ClockStatus {
        ClockStatus::default()
    }

    fn continue_from(&self, head: ProgrammeTime) {
        let mut state = self.state.lock();
        state.now = state.now.max(head);
    }
}
