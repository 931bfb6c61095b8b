//! Frames of any layer of MPEG audio: all of them are `audio/mpeg`.

use crate::mp3::FrameHeader;

/// kbit/s by the header's index: layers I and II of MPEG-1, then of MPEG-2.
const KBITS: [[u32; 15]; 4] = [
    [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// What the header of a frame of any layer says, as far as all have it in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnyFrame {
    /// 1, 2 or 3. Only frames of layer III lean on each other ([`FrameHeader`]).
    pub layer: u8,
    /// Samples per second and channel.
    pub sample_rate: u32,
    /// 1 or 2.
    pub channels: u8,
    /// Samples per channel that it plays.
    pub samples: u32,
    /// Bytes of the whole frame.
    pub length: usize,
}

impl AnyFrame {
    /// The frame at the start of `bytes`; `None` if there is none, if there are fewer than four
    /// bytes, or if its bit rate is "free".
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if let Some(header) = FrameHeader::parse(bytes) {
            return Some(Self {
                layer: 3,
                sample_rate: header.sample_rate,
                channels: header.channels,
                samples: header.samples(),
                length: header.length,
            });
        }
        // ISO/IEC 11172-3 2.4.1.3; MPEG-2 halves the rates (ISO/IEC 13818-3). Emphasis 2 is
        // reserved.
        let &[0xFF, b1, b2, b3, ..] = bytes else { return None };
        if b1 & 0xF0 != 0xF0 || b3 & 3 == 2 {
            return None;
        }
        let layer = match (b1 >> 1) & 3 {
            3 => 1,
            2 => 2,
            _ => return None,
        };
        let mpeg1 = b1 & 8 != 0;
        let table = usize::from(layer - 1) + if mpeg1 { 0 } else { 2 };
        let bitrate = KBITS[table].get(usize::from(b2 >> 4))? * 1000;
        if bitrate == 0 {
            return None;
        }
        let rate = [44_100, 48_000, 32_000].get(usize::from((b2 >> 2) & 3))?;
        let sample_rate = rate >> u32::from(!mpeg1);
        let padding = u32::from((b2 >> 1) & 1);
        let (samples, length) = match layer {
            1 => (384, (12 * bitrate / sample_rate + padding) * 4),
            _ => (1152, 144 * bitrate / sample_rate + padding),
        };
        Some(Self {
            layer,
            sample_rate,
            channels: if b3 >> 6 == 3 { 1 } else { 2 },
            samples,
            length: usize::try_from(length).ok()?,
        })
    }
}
