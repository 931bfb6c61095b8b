//! Sounds that are part of the program: the two loops of Kestrel Public Radio, which is invented.
//! `scripts/demo-audio` makes them.

use std::collections::HashMap;

use codec::{Codec, Format};

const NEWS: &[u8] = include_bytes!("../audio/news.mp3");
const MUSIC: &[u8] = include_bytes!("../audio/music.mp3");

/// Their names in `Fallback::Builtin`.
pub(crate) const NAMES: [&str; 2] = ["news", "music"];

/// What they all are.
pub(crate) const FORMAT: Format = Format { codec: Codec::Mp3, sample_rate: 44_100, channels: 2 };

/// The sounds by their names.
pub(crate) fn builtins() -> HashMap<String, &'static [u8]> {
    NAMES.into_iter().map(str::to_owned).zip([NEWS, MUSIC]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sounds_are_of_the_format_that_is_said() {
        for (name, bytes) in builtins() {
            assert_eq!(air::check_loop(&bytes.into(), FORMAT.codec), Ok(FORMAT), "{name}");
        }
    }
}
