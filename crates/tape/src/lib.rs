#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod appender;
mod block;
mod cursor;
mod cut;
mod error;
mod event;
mod options;
mod policy;
mod ring;
mod shape;
mod tape;
mod view;

pub use appender::{Appender, Discontinuity};
pub use block::{Block, ContinuityId, Epoch};
pub use cursor::{Cursor, Read, Seek};
pub use cut::CutReport;
pub use error::{SeekError, TapeError};
pub use event::{Event, EventLog};
pub use options::{Retention, TapeOptions};
pub use policy::{Audience, Policy, Withholding};
pub use tape::Tape;
pub use view::View;
