//! Sounds that are part of the program: the two loops of Kestrel Public Radio, which is invented.
//! `scripts/demo-audio` makes them.

use std::collections::HashMap;
use std::sync::LazyLock;

use codec::{Codec, Format, Framed, Framer};

const NEWS: &[u8] = include_bytes!("../audio/news.mp3");
const MUSIC: &[u8] = include_bytes!("../audio/music.mp3");

/// Their names in `Fallback::Builtin`: the demo's loops, and music that says nothing of itself, for
/// any station.
pub(crate) const NAMES: [&str; 3] = ["news", "music", "standby"];

/// What they all are.
pub(crate) const FORMAT: Format = Format { codec: Codec::Mp3, sample_rate: 44_100, channels: 2 };

/// The sounds by their names.
pub(crate) fn builtins() -> HashMap<String, &'static [u8]> {
    NAMES.into_iter().map(str::to_owned).zip([NEWS, MUSIC, standby()]).collect()
}

/// The music without the titles of its pieces.
fn standby() -> &'static [u8] {
    static STANDBY: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let mut framer = Framer::new(Codec::Mp3);
        framer.push(MUSIC);
        let mut frames = Vec::with_capacity(MUSIC.len());
        while let Some(framed) = framer.next() {
            if let Framed::Packet(packet) = framed {
                frames.extend_from_slice(&packet.bytes);
            }
        }
        frames
    });
    &STANDBY
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
