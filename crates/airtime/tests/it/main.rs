//! The programme clock, the pacer and the reading of times, through the public surface.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod clock;
mod noise;
mod pacer;
mod rfc3339;
