//! The four bytes before each frame, and where the parts behind them lie.

const KBITS: [[u32; 15]; 2] = [
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
];

/// What the header of a layer III frame says (ISO/IEC 11172-3 2.4.1.3, ISO/IEC 13818-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// MPEG-1, with two granules; otherwise MPEG-2 or 2.5, with one.
    pub mpeg1: bool,
    /// Bits per second.
    pub bitrate: u32,
    /// Samples per second and channel.
    pub sample_rate: u32,
    /// 1 or 2; the kinds of stereo are not told apart.
    pub channels: u8,
    /// A CRC lies between header and side information.
    pub crc: bool,
    /// Bytes of the whole frame.
    pub length: usize,
}

impl FrameHeader {
    /// The header at the start of `bytes`; `None` if there is none, if there are fewer than four
    /// bytes, or if its bit rate is "free".
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let &[0xFF, b1, b2, b3, ..] = bytes else { return None };
        // Layer III; emphasis 2 is reserved.
        if b1 & 0xE6 != 0xE2 || b3 & 3 == 2 {
            return None;
        }
        let mpeg1 = b1 & 0x18 == 0x18;
        let halved = match (b1 >> 3) & 3 {
            3 => 0,
            2 => 1,
            0 => 2,
            _ => return None,
        };
        let kbits = KBITS[usize::from(mpeg1)].get(usize::from(b2 >> 4))?;
        if *kbits == 0 {
            return None;
        }
        let sample_rate = [44_100, 48_000, 32_000].get(usize::from((b2 >> 2) & 3))? >> halved;
        let bitrate = kbits * 1000;
        let slots = if mpeg1 { 144 } else { 72 };
        let length = slots * bitrate / sample_rate + u32::from((b2 >> 1) & 1);
        let header = Self {
            mpeg1,
            bitrate,
            sample_rate,
            channels: if b3 >> 6 == 3 { 1 } else { 2 },
            crc: b1 & 1 == 0,
            length: usize::try_from(length).ok()?,
        };
        (header.length >= header.main_data_at()).then_some(header)
    }

    /// Whether a layer III header of free bit rate, which is not supported, starts `bytes`.
    pub(crate) fn is_free(bytes: &[u8]) -> bool {
        matches!(bytes, &[0xFF, b1, b2, ..] if b1 & 0xE6 == 0xE2 && b2 >> 4 == 0)
    }

    /// Samples per channel: 1152 or 576.
    pub fn samples(&self) -> u32 {
        if self.mpeg1 { 1152 } else { 576 }
    }

    /// Where the side information begins.
    pub fn side_info_at(&self) -> usize {
        if self.crc { 6 } else { 4 }
    }

    /// Bytes of the side information.
    pub fn side_info_length(&self) -> usize {
        match (self.mpeg1, self.channels) {
            (true, 1) => 17,
            (true, _) => 32,
            (false, 1) => 9,
            (false, _) => 17,
        }
    }

    /// Where the main data area begins.
    pub fn main_data_at(&self) -> usize {
        self.side_info_at() + self.side_info_length()
    }

    /// Bytes that the frame adds to the bit reservoir: its main data area.
    pub fn main_data_length(&self) -> usize {
        self.length.saturating_sub(self.main_data_at())
    }

    /// Bytes of earlier frames' main data areas that `frame`, whose header this is, leans on
    /// (`main_data_begin`). 0 if its side information is not there.
    pub fn main_data_begin(&self, frame: &[u8]) -> u16 {
        let at = self.side_info_at();
        match (frame.get(at), frame.get(at + 1)) {
            (Some(high), Some(low)) if self.mpeg1 => u16::from(*high) << 1 | u16::from(*low >> 7),
            (Some(high), _) if !self.mpeg1 => u16::from(*high),
            _ => 0,
        }
    }
}
