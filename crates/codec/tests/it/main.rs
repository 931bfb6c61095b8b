//! Frames, pages and clusters, held against what real encoders write and real decoders play.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod framing;
mod gapless;
mod hostile;
mod level;
mod ogg;
mod sound;
mod splice;
