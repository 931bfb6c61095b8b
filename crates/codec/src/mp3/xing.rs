//! The frame without audio that tells a player about a whole file: Xing's, LAME's, VBRI.

use crate::mp3::{FrameHeader, silent_frame};

/// What the header frame of a file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gapless {
    /// Frames of audio, the header frame not counted, if it says so.
    pub frames: Option<u32>,
    /// Samples that the encoder put before the audio (without a decoder's own 529).
    pub delay: u16,
    /// Samples that the encoder put behind it.
    pub padding: u16,
}

const HAS_FRAMES: u32 = 1;
const HAS_BYTES: u32 = 2;
const HAS_TOC: u32 = 4;
const HAS_QUALITY: u32 = 8;

/// What a frame says if it is such a header frame; `None` if it holds audio.
///
/// A frame of audio could have these letters by chance. Its side information is then not zero.
pub(crate) fn gapless(frame: &[u8]) -> Option<Gapless> {
    let header = FrameHeader::parse(frame)?;
    let is_tag = |at: usize, names: &[&[u8]]| {
        frame.get(at..at + 4).is_some_and(|name| names.contains(&name))
            && frame.get(header.side_info_at()..at).is_some_and(|side| side.iter().all(|b| *b == 0))
    };
    if is_tag(36, &[b"VBRI"]) {
        return Some(Gapless { frames: number(frame, 50), ..Gapless::default() });
    }
    // Some encoders, LAME among them, leave no room for the CRC.
    let at = [header.main_data_at(), 4 + header.side_info_length()]
        .into_iter()
        .find(|at| is_tag(*at, &[b"Xing", b"Info"]))?;
    let flags = number(frame, at + 4)?;
    let mut found = Gapless::default();
    let mut lame = at + 8;
    if flags & HAS_FRAMES != 0 {
        found.frames = number(frame, lame);
    }
    for (flag, length) in [(HAS_FRAMES, 4), (HAS_BYTES, 4), (HAS_TOC, 100), (HAS_QUALITY, 4)] {
        lame += if flags & flag != 0 { length } else { 0 };
    }
    if let Some(&[high, mid, low]) = frame.get(lame + 21..lame + 24)
        && frame.get(lame).is_some_and(|byte| *byte != 0)
    {
        found.delay = u16::from(high) << 4 | u16::from(mid >> 4);
        found.padding = u16::from(mid & 15) << 8 | u16::from(low);
    }
    Some(found)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// A header frame for a file of `frames` frames like `first`, `bytes` long without the header
/// frame. Players then cut `delay` (plus a decoder's 529) samples off the start and `padding` off
/// the end, each at most 4095. `toc` says at which 256th of the file each hundredth of its time
/// begins; `None`: evenly.
///
/// `None` if `first` does not begin with a header.
pub fn header_frame(
    first: &[u8],
    frames: u32,
    bytes: u32,
    toc: Option<&[u8; 100]>,
    delay: u16,
    padding: u16,
) -> Option<Vec<u8>> {
    let mut start: [u8; 4] = first.get(..4)?.try_into().ok()?;
    start[1] |= 1;
    // The lowest bit rate that has room for tag and LAME's part: 156 bytes.
    let header = (1..15).find_map(|index| {
        start[2] = index << 4 | start[2] & 0x0C;
        FrameHeader::parse(&start).filter(|header| header.main_data_length() >= 156)
    })?;
    let mut frame = silent_frame(&start)?;
    let length = u32::try_from(header.length).ok()?;
    let even: [u8; 100] = std::array::from_fn(|i| u8::try_from(i * 256 / 100).unwrap_or(255));
    let mut tag = b"Info".to_vec();
    tag.extend((HAS_FRAMES | HAS_BYTES | HAS_TOC | HAS_QUALITY).to_be_bytes());
    tag.extend(frames.to_be_bytes());
    tag.extend(bytes.saturating_add(length).to_be_bytes());
    tag.extend(toc.unwrap_or(&even));
    tag.extend([0; 4]);
    // Players look for a name they know before they believe delay and padding.
    tag.extend(b"LAME3.100");
    tag.extend([0; 12]);
    let (delay, padding) = (delay.min(4095), padding.min(4095));
    tag.extend((u32::from(delay) << 12 | u32::from(padding)).to_be_bytes().get(1..)?);
    tag.extend([0; 4]);
    tag.extend(bytes.saturating_add(length).to_be_bytes());
    tag.extend([0; 2]);
    let at = header.main_data_at();
    frame.get_mut(at..at + tag.len())?.copy_from_slice(&tag);
    let crc = lame_crc(frame.get(..at + tag.len())?);
    frame.get_mut(at + tag.len()..at + tag.len() + 2)?.copy_from_slice(&crc.to_be_bytes());
    Some(frame)
}

/// CRC-16 as LAME has it at the end of its tag: reflected 0x8005, from 0.
fn lame_crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8)
            .fold(crc ^ u16::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 != 0 { 0xA001 } else { 0 })
    })
}
