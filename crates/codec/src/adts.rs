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

/// A frame of silence in the format of `like`, one raw data block without a CRC; `None` for more
/// than two channels.
///
/// It is a single channel element, or a channel pair with a common window, whose scale factor
/// bands are none (`max_sfb` 0).
pub fn silent_frame(like: &FrameHeader) -> Option<Vec<u8>> {
    // ID_SCE 000, tag 0000, global_gain 8 bits, ics_info (reserved 0, long window 00, shape 0,
    // max_sfb 000000, no prediction 0), no pulse, no TNS, no gain control; ID_END 111.
    // ID_CPE 001, tag 0000, common_window 1, ics_info, ms_mask_present 00, then each channel's
    // global gain and three flags; ID_END.
    let body: &[u8] = match like.channel_configuration {
        // 000 0000 00000000 0 00 0 000000 0 0 0 0 111 -> 32 bits, then padding
        1 => &[0x00, 0x00, 0x00, 0x07],
        // 001 0000 1 | 0 00 0 000000 0 | 00 | 00000000 000 | 00000000 000 | 111
        2 => &[0x21, 0x00, 0x00, 0x00, 0x00, 0x1C],
        _ => return None,
    };
    let rate = RATES.iter().position(|rate| *rate == like.sample_rate)?;
    let rate = u8::try_from(rate).ok()?;
    let length = u8::try_from(HEADER + body.len()).ok()?;
    let mut frame = vec![
        0xFF,
        0xF1 | if like.mpeg2 { 8 } else { 0 },
        like.profile << 6 | rate << 2 | like.channel_configuration >> 2,
        (like.channel_configuration & 3) << 6,
        length >> 3,
        (length & 7) << 5 | 0x1F,
        0xFC,
    ];
    frame.extend_from_slice(body);
    Some(frame)
}
