//! MPEG-1, 2 and 2.5 audio, layer III; and, as far as cutting into frames goes, layers I and II.

mod header;
mod layers;
mod splice;
mod xing;

pub use header::FrameHeader;
pub use layers::AnyFrame;
pub use splice::{FURTHEST, Splicer, carrier_frame, silenced, silenced_after, silent_frame};
pub use xing::{Gapless, header_frame};

pub(crate) use xing::gapless;
