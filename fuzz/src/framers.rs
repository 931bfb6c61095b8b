//! The parsers of audio.

use codec::{Codec, Framed, Framer};

/// MP3 frames.
pub fn framer_mp3(data: &[u8]) {
    frames(Codec::Mp3, data);
}

/// ADTS frames.
pub fn framer_aac(data: &[u8]) {
    frames(Codec::Aac, data);
}

/// Ogg pages.
pub fn framer_ogg(data: &[u8]) {
    frames(Codec::Ogg, data);
}

/// WebM clusters.
pub fn framer_webm(data: &[u8]) {
    frames(Codec::WebM, data);
}

/// The first byte says into pieces of which size the rest is cut for the second reading.
fn frames(codec: Codec, data: &[u8]) {
    let Some((&first, bytes)) = data.split_first() else { return };
    let mut whole = read(codec, bytes, bytes.len().max(1));
    let mut pieces = read(codec, bytes, usize::from(first) + 1);
    if codec == Codec::WebM {
        // Clusters may be passed on in parts, as they come.
        whole.packets.clear();
        pieces.packets.clear();
    }
    assert!(whole.audio == pieces.audio, "how the bytes came makes a difference");
    assert_eq!(whole.epochs, pieces.epochs, "how the bytes came makes a difference");
    let differ = whole.packets.iter().zip(&pieces.packets).find(|(one, other)| one != other);
    assert_eq!(differ, None, "how the bytes came makes a difference");
    assert_eq!(whole.packets.len(), pieces.packets.len(), "how the bytes came makes a difference");
}

/// What a framer made of the bytes.
#[derive(Debug, Default)]
struct Found {
    epochs: usize,
    packets: Vec<(usize, u32, bool, u16)>,
    audio: Vec<u8>,
}

fn read(codec: Codec, bytes: &[u8], piece: usize) -> Found {
    let mut framer = Framer::new(codec);
    let mut found = Found::default();
    let (mut given, mut taken) = (0_u64, 0_u64);
    for piece in bytes.chunks(piece) {
        framer.push(piece);
        given += piece.len() as u64;
        while let Some(framed) = framer.next() {
            match framed {
                Framed::Epoch { format, .. } => {
                    assert_eq!(format.codec, codec);
                    found.epochs += 1;
                }
                Framed::Packet(packet) => {
                    assert!(found.epochs > 0, "a packet before its format");
                    assert!(!packet.bytes.is_empty());
                    taken += packet.bytes.len() as u64;
                    found.audio.extend_from_slice(&packet.bytes);
                    let length = packet.bytes.len();
                    found.packets.push((length, packet.samples, packet.entry, packet.reservoir));
                }
                Framed::Skipped(skipped) => taken += skipped.bytes,
            }
            assert!(taken <= given, "{taken} bytes came out of {given}");
        }
    }
    // Frames are the source's own bytes, in order, none twice.
    let mut rest = bytes.iter();
    assert!(found.audio.iter().all(|byte| rest.any(|known| known == byte)));
    found
}
