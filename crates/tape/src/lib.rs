#![doc = include_str!("../README.md")]

mod block;
mod event;
mod tape;

pub use block::{Block, ContinuityId, Epoch};
pub use event::{Event, EventLog};
pub use tape::{
    Appender, Cursor, CutReport, Discontinuity, Policy, Read, Retention, Seek, SeekError, Tape,
    TapeError, TapeOptions, View, Withholding,
};
