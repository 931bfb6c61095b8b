//! Frames as they lie in an hour file: enough of their headers to step from one to the next.
//!
//! The tape knows where frames begin, so it needn't search for them; a piece that doesn't parse
//! here is recorded as one that can't be taken apart.

use codec::Codec;

/// What one frame's or page's own header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Bytes, header included.
    pub(crate) len: usize,
    /// Samples per channel; 0 for Ogg, where only the granule position tells.
    pub(crate) samples: u32,
    /// Samples per second; 0 for Ogg.
    pub(crate) rate: u32,
    /// Ogg: the granule position, if a packet ends on the page.
    pub(crate) granule: Option<i64>,
    /// A decoder may start here.
    pub(crate) entry: bool,
}

/// The frame or page that `bytes` begins with, if it is whole.
pub(crate) fn shape(codec: Codec, bytes: &[u8]) -> Option<Shape> {
    let shape = match codec {
        Codec::Mp3 => mp3(bytes)?,
        Codec::Aac => adts(bytes)?,
        Codec::Ogg => page(bytes)?,
        Codec::WebM | Codec::Opaque => return None,
    };
    (shape.len <= bytes.len()).then_some(shape)
}

/// One frame on the tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Where it begins in the bytes that were walked.
    pub(crate) offset: usize,
    pub(crate) len: usize,
    /// The tape's index of its first sample.
    pub(crate) sample: u64,
    pub(crate) samples: u64,
    pub(crate) entry: bool,
}

/// Steps over frames, counting samples from a place that the index knows.
#[derive(Clone, Debug)]
pub(crate) struct Walk<'a> {
    codec: Codec,
    bytes: &'a [u8],
    offset: usize,
    sample: u64,
    anchor: i64,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(codec: Codec, bytes: &'a [u8], sample: u64, anchor: i64) -> Self {
        Self { codec, bytes, offset: 0, sample, anchor }
    }

    /// How far the frames so far reach.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    /// The sample after the frames so far.
    pub(crate) fn sample(&self) -> u64 {
        self.sample
    }
}

impl Iterator for Walk<'_> {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        let shape = shape(self.codec, self.bytes.get(self.offset..)?)?;
        let samples = match (self.codec, shape.granule) {
            (Codec::Ogg, None) => 0,
            (Codec::Ogg, Some(granule)) => {
                let after = granule.checked_add(self.anchor)?;
                u64::try_from(after).ok()?.checked_sub(self.sample)?
            }
            _ => u64::from(shape.samples),
        };
        let frame = Frame {
            offset: self.offset,
            len: shape.len,
            sample: self.sample,
            samples,
            entry: shape.entry,
        };
        self.offset += shape.len;
        self.sample += samples;
        Some(frame)
    }
}

/// kbit/s of layer III by bitrate index: MPEG-1, then MPEG-2 and 2.5 (ISO/IEC 11172-3 2.4.2.3,
/// ISO/IEC 13818-3 2.4.2.3).
const MP3_KBITS: [[usize; 15]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
const MP3_RATES: [u32; 3] = [44_100, 48_000, 32_000];

/// An MPEG audio layer III frame. Free-format frames are not told.
fn mp3(bytes: &[u8]) -> Option<Shape> {
    let &[0xff, b1, b2, _, ..] = bytes else { return None };
    if b1 & 0xe0 != 0xe0 || b1 & 0x06 != 0x02 {
        return None;
    }
    let (low, divide) = match b1 >> 3 & 3 {
        3 => (false, 1),
        2 => (true, 2),
        0 => (true, 4),
        _ => return None,
    };
    let kbits = *MP3_KBITS[usize::from(low)].get(usize::from(b2 >> 4)).filter(|k| **k > 0)?;
    let rate = *MP3_RATES.get(usize::from(b2 >> 2 & 3))? / divide;
    let padding = usize::from(b2 >> 1 & 1);
    let (samples, factor) = if low { (576, 72_000) } else { (1152, 144_000) };
    let len = factor * kbits / rate as usize + padding;
    Some(Shape { len, samples, rate, granule: None, entry: true })
}

const ADTS_RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// An ADTS frame (ISO/IEC 13818-7 6.2).
fn adts(bytes: &[u8]) -> Option<Shape> {
    let &[0xff, b1, b2, b3, b4, b5, b6, ..] = bytes else { return None };
    if b1 & 0xf6 != 0xf0 {
        return None;
    }
    let rate = *ADTS_RATES.get(usize::from(b2 >> 2 & 15))?;
    let len = usize::from(b3 & 3) << 11 | usize::from(b4) << 3 | usize::from(b5 >> 5);
    let blocks = u32::from(b6 & 3) + 1;
    (len >= 7).then_some(Shape { len, samples: 1024 * blocks, rate, granule: None, entry: true })
}

/// An Ogg page (RFC 3533 section 6).
fn page(bytes: &[u8]) -> Option<Shape> {
    let head = bytes.get(..27)?;
    if !head.starts_with(b"OggS\0") {
        return None;
    }
    let lacing = bytes.get(27..27 + usize::from(head[26]))?;
    let body: usize = lacing.iter().map(|lace| usize::from(*lace)).sum();
    let granule = i64::from_le_bytes(head[6..14].try_into().ok()?);
    Some(Shape {
        len: 27 + lacing.len() + body,
        samples: 0,
        rate: 0,
        granule: (granule >= 0).then_some(granule),
        entry: head[5] & 1 == 0,
    })
}
