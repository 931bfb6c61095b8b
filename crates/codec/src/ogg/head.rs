//! The first packet of a logical stream, which says what it is.

use crate::ogg::Page;
use crate::{Codec, Format};

/// A logical stream of audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) kind: Kind,
    pub(crate) format: Format,
    /// Samples that a decoder drops at the start.
    pub(crate) pre_skip: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Opus,
    Vorbis,
    Flac,
}

impl Head {
    /// `None` if `packet` begins no audio that is known.
    pub(crate) fn parse(packet: &[u8]) -> Option<Self> {
        let of = |kind, sample_rate, channels, pre_skip| {
            let format = Format { codec: Codec::Ogg, sample_rate, channels };
            (sample_rate > 0 && channels > 0).then_some(Self { kind, format, pre_skip })
        };
        if packet.starts_with(b"OpusHead") {
            // RFC 7845 section 5.1: whatever the input's rate was, it plays at 48 kHz.
            let &[channels, low, high] = packet.get(9..12)? else { return None };
            return of(Kind::Opus, 48_000, channels, u16::from_le_bytes([low, high]));
        }
        if packet.starts_with(b"\x01vorbis") {
            let rate = u32::from_le_bytes(packet.get(12..16)?.try_into().ok()?);
            return of(Kind::Vorbis, rate, *packet.get(11)?, 0);
        }
        if packet.starts_with(b"\x7FFLAC") {
            // The stream info's 20 bits of rate and 3 of channels.
            let &[a, b, c] = packet.get(27..30)? else { return None };
            let rate = u32::from(a) << 12 | u32::from(b) << 4 | u32::from(c >> 4);
            return of(Kind::Flac, rate, (c >> 1 & 7) + 1, 0);
        }
        None
    }

    /// Whether `packet`, which begins so, is the last of the header; `nth` is 0 for the first.
    pub(crate) fn is_last(&self, nth: usize, first_byte: u8) -> bool {
        match self.kind {
            Kind::Opus => nth == 1,
            Kind::Vorbis => nth == 2,
            // The first packet ends with the stream info, whose last-block flag is not told here.
            Kind::Flac => nth > 0 && first_byte & 0x80 != 0,
        }
    }
}

/// What the audio is of the logical stream that `page`, a whole page, begins; `None` if it begins
/// none that is known.
pub fn format(page: &[u8]) -> Option<Format> {
    let (packet, _) = Page::parse(page)?.pieces(page).next()?;
    Some(Head::parse(packet)?.format)
}

/// Samples at 48 kHz in an Opus packet that begins so (RFC 6716 section 3.1).
pub fn opus_samples(packet: &[u8]) -> u32 {
    let Some(toc) = packet.first() else { return 0 };
    let frame = match toc >> 3 {
        config @ 0..12 => [480, 960, 1920, 2880][usize::from(config & 3)],
        config @ 12..16 => [480, 960][usize::from(config & 1)],
        config => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(packet.get(1).copied().unwrap_or(0) & 63),
    };
    (frame * frames).min(5760)
}
