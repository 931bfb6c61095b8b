//! Finding pages, and the one logical stream of audio among them.

use std::sync::Arc;

use bytes::{Buf as _, BytesMut};

use crate::framer::{Framed, Packet, Skipped};
use crate::ogg::head::{Head, Kind, opus_samples};
use crate::ogg::page::Page;

/// Header pages of more than this are not kept: pictures make them so large.
const MOST_HEADER: usize = 256 * 1024;

const NO_PAGE: &str = "no Ogg page";
const NO_HEADER: &str = "Ogg pages without their stream's header";
const OTHER: &str = "Ogg pages of another logical stream";
const LARGE: &str = "Ogg header pages of more than 256 KiB";
const LOST: &str = "Ogg pages are missing";

#[derive(Debug, Default)]
pub(crate) struct Pages {
    pending: BytesMut,
    state: State,
    skipped: u64,
    reason: &'static str,
    /// Found, and told once what was skipped before has been told.
    next: Option<Framed>,
    /// The page behind a skip of nothing: some were missing before it.
    lost: bool,
}

#[derive(Debug, Default)]
enum State {
    /// Before the header of a stream of audio.
    #[default]
    Nothing,
    Header(Header),
    Audio(Audio),
}

/// Header pages as they come.
#[derive(Debug)]
struct Header {
    serial: u32,
    head: Head,
    pages: Vec<u8>,
    /// Packets that have ended.
    packets: usize,
    /// Of the packet that has not ended: its first byte.
    first_byte: Option<u8>,
    /// Pages other than those that begin a stream have come.
    grown: bool,
}

#[derive(Debug)]
struct Audio {
    serial: u32,
    head: Head,
    sequence: Option<u32>,
    /// The granule up to which samples are counted.
    played: Option<i64>,
}

impl Pages {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    pub(crate) fn next(&mut self) -> Option<Framed> {
        loop {
            if self.next.is_some() {
                let lost = std::mem::take(&mut self.lost);
                if self.skipped > 0 {
                    self.lost = lost;
                    return self.take_skipped();
                }
                if lost {
                    return Some(Framed::Skipped(Skipped { bytes: 0, reason: LOST }));
                }
                return self.next.take();
            }
            let Some(length) = self.find() else { return self.take_skipped() };
            let bytes = self.pending.split_to(length);
            if let Some(page) = Page::parse(&bytes) {
                self.take(page, bytes);
            }
        }
    }

    fn take_skipped(&mut self) -> Option<Framed> {
        let bytes = std::mem::take(&mut self.skipped);
        (bytes > 0).then_some(Framed::Skipped(Skipped { bytes, reason: self.reason }))
    }

    fn skip(&mut self, bytes: usize, reason: &'static str) {
        self.skipped += bytes as u64;
        self.reason = reason;
    }

    /// The length of the sound page that pending bytes begin with, after skipping to it.
    fn find(&mut self) -> Option<usize> {
        loop {
            let at = self.pending.windows(4).position(|four| four == b"OggS");
            let before = at.unwrap_or(self.pending.len().saturating_sub(3));
            if before > 0 {
                self.pending.advance(before);
                self.skip(before, NO_PAGE);
            }
            at?;
            match Page::parse(&self.pending) {
                Some(page) if self.pending.len() < page.length => return None,
                Some(page) if page.is_sound(&self.pending) => return Some(page.length),
                Some(page) => {
                    // Behind its table of segments, so that nonsense costs little.
                    self.pending.advance(page.body_at);
                    self.skip(page.body_at, NO_PAGE);
                }
                None if self.pending.get(4).is_some_and(|version| *version != 0) => {
                    self.pending.advance(4);
                    self.skip(4, NO_PAGE);
                }
                // Less than its table of segments is there.
                None => return None,
            }
        }
    }

    fn take(&mut self, page: Page, bytes: BytesMut) {
        if page.begins {
            self.begin(page, bytes);
            return;
        }
        match &mut self.state {
            State::Header(header) if header.serial == page.serial => {
                if header.pages.len() + bytes.len() > MOST_HEADER {
                    let length = header.pages.len() + bytes.len();
                    self.state = State::Nothing;
                    self.skip(length, LARGE);
                    return;
                }
                header.grown = true;
                if header.add(&page, &bytes) {
                    let format = header.head.format;
                    let pages: Arc<[u8]> = Arc::from(std::mem::take(&mut header.pages));
                    self.next = Some(Framed::Epoch { format, header: pages });
                    self.state = State::Audio(Audio {
                        serial: page.serial,
                        head: header.head,
                        sequence: Some(page.sequence),
                        played: None,
                    });
                }
            }
            State::Audio(audio) if audio.serial == page.serial => {
                let lost = audio.sequence.is_some_and(|last| page.sequence != last.wrapping_add(1));
                audio.sequence = Some(page.sequence);
                let (samples, jumped) = audio.samples(&page, &bytes, lost);
                if page.ends {
                    self.state = State::Nothing;
                }
                self.lost = lost || jumped;
                self.next = Some(Framed::Packet(Packet {
                    bytes: bytes.freeze(),
                    samples,
                    entry: !page.continued,
                    reservoir: 0,
                }));
            }
            State::Nothing => self.skip(bytes.len(), NO_HEADER),
            _ => self.skip(bytes.len(), OTHER),
        }
    }

    /// A page that begins a logical stream: another beside the one that is beginning, or a new
    /// link of the chain.
    fn begin(&mut self, page: Page, bytes: BytesMut) {
        let beside = matches!(
            &self.state,
            State::Header(header) if !header.grown && header.serial != page.serial
        );
        let head = page.pieces(&bytes).next().and_then(|(packet, _)| Head::parse(packet));
        match head {
            Some(head) if !beside => {
                let mut header = Header {
                    serial: page.serial,
                    head,
                    pages: Vec::new(),
                    packets: 0,
                    first_byte: None,
                    grown: false,
                };
                header.add(&page, &bytes);
                if let State::Header(unfinished) = &self.state {
                    let length = unfinished.pages.len();
                    self.skip(length, NO_HEADER);
                }
                self.state = State::Header(header);
            }
            _ => self.skip(bytes.len(), OTHER),
        }
    }
}

impl Header {
    /// Adds a page; whether the header is whole.
    fn add(&mut self, page: &Page, bytes: &[u8]) -> bool {
        self.pages.extend_from_slice(bytes);
        let mut whole = false;
        for (piece, ends) in page.pieces(bytes) {
            let first_byte = self.first_byte.or(piece.first().copied());
            if ends {
                whole |= self.head.is_last(self.packets, first_byte.unwrap_or(0));
                self.packets += 1;
                self.first_byte = None;
            } else {
                self.first_byte = first_byte;
            }
        }
        whole
    }
}

impl Audio {
    /// What a page plays: as far as its granule is beyond the last. Whether it jumps: back, or
    /// further on than any page plays. Then only what is there counts, as where pages are missing.
    fn samples(&mut self, page: &Page, bytes: &[u8], lost: bool) -> (u32, bool) {
        if page.granule < 0 {
            return (0, false);
        }
        let rate = i64::from(self.head.format.sample_rate);
        let packets = match self.head.kind {
            Kind::Opus => page
                .pieces(bytes)
                .enumerate()
                .filter(|(nth, (_, ends))| *ends && !(*nth == 0 && page.continued))
                .map(|(_, (packet, _))| i64::from(opus_samples(packet)))
                .sum(),
            Kind::Vorbis | Kind::Flac => 0,
        };
        let ahead = |played: i64| page.granule.saturating_sub(played);
        // The samples that a decoder drops at the start may reach beyond the first page.
        let believed = -i64::from(self.head.pre_skip)..=60 * rate;
        let jumped = !lost && self.played.is_some_and(|played| !believed.contains(&ahead(played)));
        let before = match self.played {
            Some(played) if !lost && !jumped => played,
            Some(played) if ahead(played) >= 0 => played.max(page.granule.saturating_sub(packets)),
            Some(_) => page.granule.saturating_sub(packets),
            // The source was running before: its granules don't begin at 0.
            None => {
                let begins = match self.head.kind {
                    Kind::Opus if !page.ends => page.granule.saturating_sub(packets).max(0),
                    Kind::Vorbis | Kind::Flac if page.granule > 10 * rate => page.granule,
                    _ => 0,
                };
                begins.saturating_add(i64::from(self.head.pre_skip))
            }
        };
        self.played = Some(if jumped || lost { page.granule } else { before.max(page.granule) });
        let samples = page.granule.saturating_sub(before);
        // No page plays for minutes.
        let samples = if samples > 60 * rate { packets } else { samples };
        (u32::try_from(samples).unwrap_or(0), jumped)
    }
}
