#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod appender;
mod archive;
mod block;
mod cache;
mod cold;
mod cursor;
mod cut;
mod disk;
mod error;
mod event;
mod holes;
mod hour;
mod ledger;
mod mark;
mod options;
mod pin;
mod policy;
mod queue;
mod rebuild;
mod recorder;
mod recover;
mod ring;
mod shape;
mod storage;
mod stretch;
mod tape;
mod view;

pub use appender::{Appender, Discontinuity};
pub use block::{Block, ContinuityId, Epoch};
pub use cursor::{Cursor, Read, Seek};
pub use cut::CutReport;
pub use error::{SeekError, TapeError};
pub use event::{Event, EventLog};
pub use options::{Retention, TapeOptions};
pub use pin::{Keep, Pin, PinId};
pub use policy::{Audience, Policy, Withholding};
pub use queue::RecordingState;
pub use recover::Damage;
pub use storage::{MachineDisk, Media, Storage};
pub use tape::Tape;
pub use view::View;
