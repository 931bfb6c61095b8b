//! What must hold for any input at all.
//!
//! Each target takes bytes and panics if a promise is broken. The fuzzer looks for such bytes; an
//! ordinary test (`crates/longwave/tests/corpora`) includes these modules and replays what is in
//! `fuzz/corpus/<target>/`.

mod framers;
mod heads;
mod tapes;
mod titles;
mod transcripts;

pub use framers::{framer_aac, framer_mp3, framer_ogg, framer_webm};
pub use heads::{fields, head};
pub use tapes::tape_index;
pub use titles::icy;
pub use transcripts::{transcript_html, transcript_round_trip, transcript_text, transcript_timed};

/// A target's name, which is its corpus's, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("head", head),
    ("fields", fields),
    ("framer_mp3", framer_mp3),
    ("framer_aac", framer_aac),
    ("framer_ogg", framer_ogg),
    ("framer_webm", framer_webm),
    ("icy", icy),
    ("tape_index", tape_index),
    ("transcript_text", transcript_text),
    ("transcript_html", transcript_html),
    ("transcript_timed", transcript_timed),
    ("transcript_round_trip", transcript_round_trip),
];
