//! A cut of Ogg pages.

use std::io::{self, Write};
use std::sync::Arc;

use codec::Codec;
use codec::ogg::{Restamper, last_packets, opus_samples};

use crate::Epoch;
use crate::cutter::Cutter;
use crate::shape::shape;
use crate::stretch::Piece;

/// What an Opus decoder needs to hear before it is right: 80 ms (RFC 7845 section 4.2).
const OPUS_ROLL: u64 = 3840;

#[derive(Debug, Default)]
pub(crate) struct OggCut {
    stream: Option<Stream>,
    /// The last serial that was given out.
    serial: u32,
}

/// The logical stream that is being written.
#[derive(Debug)]
struct Stream {
    epoch: Arc<Epoch>,
    stamps: Restamper,
    /// Samples so far.
    played: u64,
    /// The last page, and where it ends: it is only known to be the last when another epoch, or
    /// the end, comes.
    held: Option<(Vec<u8>, i64)>,
    started: bool,
}

impl OggCut {
    /// Begins a logical stream whose first page is `first`; `roll` samples are there for the
    /// decoder only. Opus is told to drop them, and what its encoder had put before a source's
    /// very first page: that page plays more than it counts for.
    fn begin(
        &mut self,
        epoch: &Arc<Epoch>,
        roll: u64,
        first: &Piece,
        out: &mut dyn Write,
    ) -> io::Result<&mut Stream> {
        self.end(out)?;
        self.serial += 1;
        let mut header = epoch.header.to_vec();
        let mut played = 0;
        if let Some(delay) = opus_delay(epoch) {
            let counted = shape(Codec::Ogg, &first.bytes).and_then(|page| page.granule);
            let opening = counted.is_some_and(|granule| {
                u64::try_from(granule).is_ok_and(|granule| granule == first.samples + delay)
            });
            played = if opening { delay } else { 0 };
            let skip = u16::try_from(roll + played).unwrap_or(u16::MAX);
            if let Some(field) = header.get_mut(OPUS_DELAY_AT..OPUS_DELAY_AT + 2) {
                field.copy_from_slice(&skip.to_le_bytes());
            }
        }
        let mut stamps = Restamper::new(self.serial);
        out.write_all(&stamps.header(&header))?;
        let epoch = epoch.clone();
        Ok(self.stream.insert(Stream { epoch, stamps, played, held: None, started: false }))
    }

    /// Ends the logical stream.
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.stream.take().map_or(Ok(()), |mut stream| stream.let_go(true, out))
    }
}

impl Stream {
    fn page(&mut self, piece: &Piece, joined: bool, out: &mut dyn Write) -> io::Result<()> {
        // The beginning of a packet that goes on from before a join is not there.
        self.started = piece.entry || (self.started && joined);
        if !self.started {
            return Ok(());
        }
        self.let_go(false, out)?;
        self.played += piece.samples;
        let granule = i64::try_from(self.played).unwrap_or(i64::MAX);
        self.held = Some((piece.bytes.to_vec(), granule));
        Ok(())
    }

    fn let_go(&mut self, last: bool, out: &mut dyn Write) -> io::Result<()> {
        let Some((page, granule)) = self.held.take() else { return Ok(()) };
        let page = self.stamps.page(&page, granule, last);
        page.map_or(Ok(()), |page| out.write_all(&page))
    }
}

impl Cutter for OggCut {
    fn start(
        &mut self,
        epoch: &Arc<Epoch>,
        lead: &[Piece],
        first: &Piece,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let last = lead.last().filter(|_| first.entry);
        if let Some(last) = last
            && opus_delay(epoch).is_some()
        {
            return self.start_opus(epoch, lead, last, first, out);
        }
        let stream = self.begin(epoch, 0, first, out)?;
        // What a Vorbis packet plays overlaps with what the one before it does.
        if let Some(last) = last.filter(|_| is_vorbis(epoch))
            && let Some(page) = last_packets(&last.bytes, |_| true)
        {
            let piece = Piece { bytes: page.into(), samples: 0, entry: true, ..last.clone() };
            stream.page(&piece, true, out)?;
        }
        Ok(())
    }

    fn piece(
        &mut self,
        piece: &Piece,
        epoch: &Arc<Epoch>,
        joined: bool,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match &mut self.stream {
            Some(stream) if stream.epoch == *epoch => stream.page(piece, joined, out),
            _ => self.begin(epoch, 0, piece, out)?.page(piece, joined, out),
        }
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.end(out)
    }
}

impl OggCut {
    fn start_opus(
        &mut self,
        epoch: &Arc<Epoch>,
        lead: &[Piece],
        last: &Piece,
        first: &Piece,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        // The fewest pages that are enough, from one where a packet begins. The header can name
        // 65,535 samples.
        let mut skip = 0;
        let mut from = lead.len();
        while from > 0 && skip + lead[from - 1].samples <= u64::from(u16::MAX) {
            from -= 1;
            skip += lead[from].samples;
            if lead[from].entry && skip >= OPUS_ROLL {
                break;
            }
        }
        let enough = lead.get(from).is_some_and(|piece| piece.entry) && skip >= OPUS_ROLL;
        let mut roll = lead.get(from..).unwrap_or_default().to_vec();
        if !enough {
            // Pages that are too long, or too few: as many packets of the last one as are enough.
            skip = 0;
            let packets = last_packets(&last.bytes, |packet| {
                skip += u64::from(opus_samples(packet));
                skip >= OPUS_ROLL
            });
            match packets {
                Some(page) => {
                    let piece = Piece { bytes: page.into(), samples: skip, ..last.clone() };
                    roll = vec![Piece { entry: true, ..piece }];
                }
                None => {
                    while roll.first().is_some_and(|piece| !piece.entry) {
                        roll.remove(0);
                    }
                    skip = roll.iter().map(|piece| piece.samples).sum();
                }
            }
        }
        let stream = self.begin(epoch, skip, roll.first().unwrap_or(first), out)?;
        for piece in &roll {
            stream.page(piece, true, out)?;
        }
        Ok(())
    }
}

/// Where a header's first page, which has one packet, says how many samples an Opus encoder put
/// before the audio (RFC 7845 section 5.1).
const OPUS_DELAY_AT: usize = 28 + 10;

/// Samples that an Opus encoder put before the audio; `None` for other streams.
fn opus_delay(epoch: &Epoch) -> Option<u64> {
    let head = epoch.header.get(28..)?;
    let delay = head.get(10..12).filter(|_| head.starts_with(b"OpusHead"))?;
    Some(u64::from(u16::from_le_bytes(delay.try_into().ok()?)))
}

fn is_vorbis(epoch: &Epoch) -> bool {
    epoch.header.get(28..).is_some_and(|head| head.starts_with(b"\x01vorbis"))
}
