//! Frames as they lie in an hour file: enough of their headers to step from one to the next.
//!
//! The tape knows where frames begin, so it needn't search for them; a piece that doesn't parse
//! here is recorded as one that can't be taken apart.

use codec::{Codec, adts, mp3, ogg};

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

fn mp3(bytes: &[u8]) -> Option<Shape> {
    let frame = mp3::AnyFrame::parse(bytes)?;
    let (samples, rate) = (frame.samples, frame.sample_rate);
    Some(Shape { len: frame.length, samples, rate, granule: None, entry: true })
}

fn adts(bytes: &[u8]) -> Option<Shape> {
    let header = adts::FrameHeader::parse(bytes)?;
    let (samples, rate) = (header.samples(), header.sample_rate);
    Some(Shape { len: header.length, samples, rate, granule: None, entry: true })
}

fn page(bytes: &[u8]) -> Option<Shape> {
    let page = ogg::Page::parse(bytes)?;
    Some(Shape {
        len: page.length,
        samples: 0,
        rate: 0,
        granule: (page.granule >= 0).then_some(page.granule),
        entry: !page.continued,
    })
}
