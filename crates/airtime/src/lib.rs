#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod clock;
mod time;

pub use clock::{Clock, ClockStatus, Monotonic, SimulatedClock};
pub use time::{EmptySpan, MediaOffset, ParseTimeError, ProgrammeTime, Span};
