//! AAC in ADTS frames (ISO/IEC 13818-7 6.2, ISO/IEC 14496-3 1.A.2).

/// Bytes of a header without its CRC.
pub(crate) const HEADER: usize = 7;

const RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// What the header of an ADTS frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// MPEG-2 AAC rather than MPEG-4.
    pub mpeg2: bool,
    /// The profile: 0 Main, 1 LC, 2 SSR, 3 LTP.
    pub profile: u8,
    /// Samples per second, as the header says; with SBR twice as many come out.
    pub sample_rate: u32,
    /// 0: told inside the frame. 1 to 6: so many channels. 7: eight.
    pub channel_configuration: u8,
    /// A CRC follows the header.
    pub crc: bool,
    /// Bytes, header included.
    pub length: usize,
    /// Raw data blocks, each of 1024 samples: 1 to 4.
    pub blocks: u8,
}

impl FrameHeader {
    /// The header at the start of `bytes`; `None` if there is none, or fewer than 7 bytes.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let &[0xFF, b1, b2, b3, b4, b5, b6, ..] = bytes else { return None };
        if b1 & 0xF6 != 0xF0 {
            return None;
        }
        let crc = b1 & 1 == 0;
        let sample_rate = *RATES.get(usize::from((b2 >> 2) & 15))?;
        let length = usize::from(b3 & 3) << 11 | usize::from(b4) << 3 | usize::from(b5 >> 5);
        let header = Self {
            mpeg2: b1 & 8 != 0,
            profile: b2 >> 6,
            sample_rate,
            channel_configuration: (b2 & 1) << 2 | b3 >> 6,
            crc,
            length,
            blocks: (b6 & 3) + 1,
        };
        (length > header.header_length()).then_some(header)
    }

    /// Bytes before the first raw data block.
    pub fn header_length(&self) -> usize {
        HEADER + if self.crc { 2 } else { 0 }
    }

    /// Channels; 0 where only the frame's inside tells.
    pub fn channels(&self) -> u8 {
        if self.channel_configuration == 7 { 8 } else { self.channel_configuration }
    }

    /// Samples per channel.
    pub fn samples(&self) -> u32 {
        1024 * u32::from(self.blocks)
    }
}
