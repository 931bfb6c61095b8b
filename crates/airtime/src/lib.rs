#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod clock;
mod pacer;
mod programme;
mod source;
mod time;

pub use clock::{Clock, ClockStatus, Monotonic, SimulatedClock};
pub use pacer::{Pacer, PacerSettings};
pub use programme::{ProgrammeClock, SystemClock};
pub use source::{SimulatedSource, SystemSource, TimeSource};
pub use time::{EmptySpan, MediaOffset, ParseTimeError, ProgrammeTime, Span};
