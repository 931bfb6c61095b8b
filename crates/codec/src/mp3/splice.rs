//! Frames whose bit reservoir isn't there, made silent.

use bytes::Bytes;

use crate::Packet;
use crate::mp3::FrameHeader;

/// Makes silent, at a join or a splice, the frames that lean on main data that was never sent.
///
/// A silenced frame keeps its header and its main data bytes: later frames may lean on those. From
/// the first frame that is whole, what is decoded is the source's own, but for the overlap of one
/// frame. Once a run can't lean on anything missing any more, this does nothing and costs nothing.
#[derive(Clone, Debug, Default)]
pub struct Splicer {
    there: usize,
}

/// No frame leans on main data further back than so many bytes: `main_data_begin` has nine bits, and
/// eight in MPEG-2.
pub const FURTHEST: usize = 511;

impl Splicer {
    /// At the start of a run before which nothing of it was sent.
    pub fn new() -> Self {
        Self::default()
    }

    /// Behind so many bytes of main data.
    pub fn behind(there: usize) -> Self {
        Self { there }
    }

    /// A run broke off; another begins.
    pub fn restart(&mut self) {
        self.there = 0;
    }

    /// Whether no later frame can lack anything.
    pub fn is_settled(&self) -> bool {
        self.there >= FURTHEST
    }

    /// Whether `frame`, the next of the run, lacks what it leans on. Counts it as sent.
    pub fn lacks(&mut self, frame: &[u8]) -> bool {
        if self.is_settled() {
            return false;
        }
        let Some(header) = FrameHeader::parse(frame) else { return false };
        let lacks = usize::from(header.main_data_begin(frame)) > self.there;
        self.there += header.main_data_length();
        lacks
    }

    /// The next frame of the run as it must be sent; the same bytes if nothing is missing.
    pub fn splice(&mut self, packet: Packet) -> Packet {
        if self.is_settled() {
            return packet;
        }
        let there = self.there;
        if !self.lacks(&packet.bytes) {
            return packet;
        }
        match silenced_after(&packet.bytes, there) {
            Some(silent) => {
                let reservoir =
                    FrameHeader::parse(&silent).map_or(0, |h| h.main_data_begin(&silent));
                Packet { bytes: Bytes::from(silent), reservoir, ..packet }
            }
            None => packet,
        }
    }
}

/// `frame` with its side information zeroed: it decodes to silence, and its main data area stays
/// for later frames to lean on. `None` if it is no whole frame.
///
/// Right where no main data was sent before it; elsewhere take [`silenced_after`].
pub fn silenced(frame: &[u8]) -> Option<Vec<u8>> {
    silenced_after(frame, 0)
}

/// [`silenced`], behind `there` bytes of main data.
///
/// As many of those as a later frame can reach are still claimed by `main_data_begin`: decoders
/// (FFmpeg's) forget what no frame claims.
pub fn silenced_after(frame: &[u8], there: usize) -> Option<Vec<u8>> {
    let header = FrameHeader::parse(frame)?;
    if frame.len() < header.length {
        return None;
    }
    let mut silent = frame.to_vec();
    let side = silent.get_mut(header.side_info_at()..header.main_data_at())?;
    side.fill(0);
    let furthest = if header.mpeg1 { FURTHEST } else { 255 };
    let claimed = there.min(furthest.saturating_sub(header.main_data_length()));
    let claimed = u16::try_from(claimed).ok()?;
    let field = if header.mpeg1 { claimed << 7 } else { claimed << 8 };
    side.get_mut(..2)?.copy_from_slice(&field.to_be_bytes());
    protect(&mut silent, &header);
    Some(silent)
}

/// A frame of silence with the header of `frame` and nothing for others to lean on. `None` if
/// `frame` does not begin with a header.
pub fn silent_frame(frame: &[u8]) -> Option<Vec<u8>> {
    let header = FrameHeader::parse(frame)?;
    let mut silent = vec![0; header.length];
    silent.get_mut(..4)?.copy_from_slice(frame.get(..4)?);
    protect(&mut silent, &header);
    Some(silent)
}

/// A frame of silence, like `frame` but for its bit rate, in whose main data area the last of
/// `main_data` lie, at its end: later frames find there what they lean on. It has room for `least`
/// bytes, or as many as any frame has, and is filled: how many of them it holds comes with it. `None`
/// if `frame` does not begin with a header.
pub fn carrier_frame(frame: &[u8], main_data: &[u8], least: usize) -> Option<(Vec<u8>, usize)> {
    let own = FrameHeader::parse(frame)?;
    let mut start: [u8; 4] = frame.get(..4)?.try_into().ok()?;
    if own.main_data_length() < least {
        let rates = (1..15).filter_map(|index| {
            start[2] = index << 4 | start[2] & 0x0C;
            FrameHeader::parse(&start).map(|header| (header.main_data_length(), index))
        });
        let rates: Vec<_> = rates.collect();
        let fits = rates.iter().find(|(length, _)| *length >= least);
        let (_, index) = fits.or(rates.last())?;
        start[2] = index << 4 | start[2] & 0x0C;
    }
    let mut carrier = silent_frame(&start)?;
    let room = FrameHeader::parse(&start)?.main_data_length();
    let carried = &main_data[main_data.len().saturating_sub(room)..];
    let at = carrier.len().checked_sub(carried.len())?;
    carrier.get_mut(at..)?.copy_from_slice(carried);
    Some((carrier, carried.len()))
}

/// Writes the CRC of a frame that has one: over the last two bytes of the header and the side
/// information (ISO/IEC 11172-3 2.4.3.1), polynomial 0x8005, from 0xFFFF.
fn protect(frame: &mut [u8], header: &FrameHeader) {
    if !header.crc {
        return;
    }
    let covered = frame.iter().enumerate().take(header.main_data_at()).skip(2);
    let mut crc = 0xFFFF_u16;
    for (_, byte) in covered.filter(|(at, _)| !(4..6).contains(at)) {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = crc << 1 ^ if crc & 0x8000 != 0 { 0x8005 } else { 0 };
        }
    }
    if let Some(field) = frame.get_mut(4..6) {
        field.copy_from_slice(&crc.to_be_bytes());
    }
}
