//! Whatever comes in, in whatever pieces.

use std::sync::LazyLock;

use codec::{Codec, Packet};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::sound::{Framing, encoded, mp3};

static SOUNDS: LazyLock<Vec<(Codec, Vec<u8>)>> = LazyLock::new(|| {
    vec![
        (Codec::Mp3, mp3(1, "-b:a 128k -ac 2")),
        (Codec::Mp3, mp3(1, "-q:a 4 -ac 1 -ar 24000")),
        (Codec::Aac, encoded(1, "-c:a aac -f adts")),
        (Codec::Ogg, encoded(1, "-c:a libopus -b:a 64k -page_duration 100000 -f ogg")),
        (Codec::WebM, encoded(1, "-c:a libopus -b:a 64k -f webm")),
    ]
});

fn comparable(codec: Codec, found: Framing) -> (usize, Vec<Packet>, Vec<u8>, u64) {
    let audio = found.audio();
    // Clusters are passed on in parts, as they come.
    let packets = if codec == Codec::WebM { Vec::new() } else { found.packets };
    (found.epochs.len(), packets, audio, found.skipped)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pieces_make_no_difference(
        which in 0..5_usize,
        pieces in vec(1..3000_usize, 1..6),
        flips in vec((any::<prop::sample::Index>(), 0..8), 0..6),
        end in any::<prop::sample::Index>(),
    ) {
        let (codec, bytes) = &SOUNDS[which];
        let mut bytes = bytes.clone();
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
        }
        bytes.truncate(end.index(bytes.len()) + 1);
        let one = comparable(*codec, Framing::in_pieces(*codec, &bytes, &[bytes.len()]));
        let other = comparable(*codec, Framing::in_pieces(*codec, &bytes, &pieces));
        prop_assert_eq!(&one, &other);
        prop_assert!(one.2.len() as u64 + one.3 <= bytes.len() as u64);
    }

    #[test]
    fn garbage_holds_no_frames(which in 0..4_usize, garbage in vec(any::<u8>(), 0..8000)) {
        let found = Framing::of(SOUNDS[which].0, &garbage);
        prop_assert_eq!(found.packets, []);
        prop_assert!(found.skipped <= garbage.len() as u64);
    }

    #[test]
    fn frames_are_found_again_behind_garbage(
        which in 0..3_usize,
        at in 5..20_usize,
        garbage in vec(any::<u8>(), 0..4000),
    ) {
        let (codec, bytes) = &SOUNDS[which];
        let whole = Framing::of(*codec, bytes);
        let at: usize = whole.packets[..at].iter().map(|packet| packet.bytes.len()).sum();
        // What looks like a header in the garbage may claim 8 KiB, and so may another behind it: so
        // much must come before they are known to be none.
        let broken = [&bytes[..at], &garbage, &bytes[at..], bytes, bytes].concat();
        let found = Framing::of(*codec, &broken);
        let is_whole = found.packets == vec![whole.packets; 3].concat();
        prop_assert!(is_whole, "{} packets, {} skipped", found.packets.len(), found.skipped);
        prop_assert_eq!(found.skipped, garbage.len() as u64);
    }
}
