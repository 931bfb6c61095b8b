//! Sounds that are part of the program: the two loops of Kestrel Public Radio, which is invented.
//! `scripts/demo-audio` makes them.

use std::collections::HashMap;

const NEWS: &[u8] = include_bytes!("../audio/news.mp3");
const MUSIC: &[u8] = include_bytes!("../audio/music.mp3");

/// Their names in `Fallback::Builtin`.
pub(crate) const NAMES: [&str; 2] = ["news", "music"];

/// The sounds by their names.
pub(crate) fn builtins() -> HashMap<String, &'static [u8]> {
    NAMES.into_iter().map(str::to_owned).zip([NEWS, MUSIC]).collect()
}
