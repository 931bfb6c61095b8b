//! How loud encoded sound is.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use symphonia_bundle_flac::FlacDecoder;
use symphonia_bundle_mp3::MpaDecoder;
use symphonia_codec_aac::AacDecoder;
use symphonia_codec_vorbis::VorbisDecoder;
use symphonia_core::audio::layouts::{CHANNEL_LAYOUT_MONO, CHANNEL_LAYOUT_STEREO};
use symphonia_core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_FLAC, CODEC_ID_MP3, CODEC_ID_VORBIS,
};
use symphonia_core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia_core::packet::PacketRef;
use symphonia_core::units::{Duration as Units, Timestamp};

use crate::ogg::Page;
use crate::{Codec, Format, Packet};

/// How loud a stretch of sound is: the louder of its channels, in dB below full scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Of its loudest sample.
    pub peak: f32,
    /// Of its power (root mean square): a full-scale sine has −3.
    pub rms: f32,
}

impl Level {
    /// What digital silence is said to have: less than 24 bits can hold.
    pub const SILENT: f32 = -144.0;
}

/// Decodes short stretches of MP3, AAC-LC (and the core of HE-AAC), Vorbis and FLAC, to tell how
/// loud they are. Of Opus, WebM and what is opaque the level is not known.
///
/// Slow beside everything else in this crate: not for a thread that somebody waits for.
#[derive(Default)]
pub struct LevelMeter {
    decoder: Option<Known>,
    samples: Vec<f32>,
}

/// A decoder, and what it was made for.
struct Known {
    format: Format,
    header: Vec<u8>,
    decoder: Box<dyn AudioDecoder>,
}

impl LevelMeter {
    /// How loud the first quarter of a second or so of these packets is, which follow each other
    /// in an epoch of this format and header. `None`: too short to tell, broken, or of a kind whose
    /// level is not known.
    pub fn measure(&mut self, format: Format, header: &[u8], packets: &[Packet]) -> Option<Level> {
        // What nobody trusts is decoded by somebody else's program, which should not panic either.
        let measured = catch_unwind(AssertUnwindSafe(|| self.decode(format, header, packets)));
        measured.unwrap_or_else(|_| {
            self.decoder = None;
            None
        })
    }

    fn decode(&mut self, format: Format, header: &[u8], packets: &[Packet]) -> Option<Level> {
        let same = |known: &Known| known.format == format && known.header == header;
        if !self.decoder.as_ref().is_some_and(same) {
            let decoder = decoder(format, header)?;
            self.decoder = Some(Known { format, header: header.to_vec(), decoder });
        }
        let decoder = &mut self.decoder.as_mut()?.decoder;
        decoder.reset();
        let enough = u64::from(format.sample_rate) * WINDOW.as_millis() as u64 / 1000;
        let mut sum = Sum::default();
        for (bytes, settled) in whole(format.codec, packets) {
            let packet = PacketRef::new(0, Timestamp::new(0), Units::new(0), &bytes);
            let Ok(sound) = decoder.decode_ref(&packet) else { continue };
            if settled {
                let channels = sound.num_planes();
                sound.copy_to_vec_interleaved(&mut self.samples);
                sum.add(&self.samples, channels);
            }
            if sum.frames >= enough {
                break;
            }
        }
        sum.level()
    }
}

impl fmt::Debug for LevelMeter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LevelMeter").finish_non_exhaustive()
    }
}

fn decoder(format: Format, header: &[u8]) -> Option<Box<dyn AudioDecoder>> {
    let options = AudioDecoderOptions::default();
    let mut parameters = AudioCodecParameters::new();
    match format.codec {
        Codec::Mp3 => {
            parameters.for_codec(CODEC_ID_MP3);
            Some(Box::new(MpaDecoder::try_new(&parameters, &options).ok()?))
        }
        Codec::Aac => {
            let layout =
                if format.channels == 1 { CHANNEL_LAYOUT_MONO } else { CHANNEL_LAYOUT_STEREO };
            parameters.for_codec(CODEC_ID_AAC);
            parameters.with_sample_rate(format.sample_rate).with_channels(layout);
            Some(Box::new(AacDecoder::try_new(&parameters, &options).ok()?))
        }
        Codec::Ogg => {
            let packets = packets_of(std::iter::once(header));
            let first = packets.first()?;
            if first.starts_with(b"\x01vorbis") {
                let setup = packets.iter().find(|packet| packet.starts_with(b"\x05vorbis"))?;
                let headers = [&first[..], &setup[..]].concat();
                parameters.for_codec(CODEC_ID_VORBIS);
                parameters.with_extra_data(headers.into_boxed_slice());
                return Some(Box::new(VorbisDecoder::try_new(&parameters, &options).ok()?));
            }
            // Behind `\x7fFLAC`, the version, the number of headers, `fLaC` and a block's head
            // comes STREAMINFO (RFC 9639, 10.1).
            let info = first.strip_prefix(b"\x7fFLAC")?.get(12..46)?;
            parameters.for_codec(CODEC_ID_FLAC).with_extra_data(info.into());
            Some(Box::new(FlacDecoder::try_new(&parameters, &options).ok()?))
        }
        Codec::WebM | Codec::Opaque => None,
    }
}

/// What decoders take: frames without what wraps them; and whether a decoder that began at the
/// first has all by then that this one leans on.
fn whole(codec: Codec, packets: &[Packet]) -> Vec<(Vec<u8>, bool)> {
    let bytes = packets.iter().map(|packet| &packet.bytes[..]);
    match codec {
        // The second half of each frame's sound overlaps with the next one's first.
        Codec::Aac => {
            let frames = bytes.enumerate();
            frames.filter_map(|(index, frame)| Some((raw(frame)?.to_vec(), index > 0))).collect()
        }
        Codec::Mp3 => {
            let (mut reservoir, mut before) = (0, false);
            let frame = |packet: &Packet| {
                let there = usize::from(packet.reservoir) <= reservoir;
                // Beside main data: header, checksum and the longest side information.
                reservoir += packet.bytes.len().saturating_sub(4 + 2 + 32);
                let settled = there && std::mem::replace(&mut before, there);
                (packet.bytes.to_vec(), settled)
            };
            packets.iter().map(frame).collect()
        }
        // A Vorbis decoder knows by itself where it can begin, and FLAC leans on nothing.
        _ => packets_of(bytes).into_iter().map(|packet| (packet, true)).collect(),
    }
}

/// An ADTS frame without its header, which is two bytes longer where there is a checksum.
fn raw(frame: &[u8]) -> Option<&[u8]> {
    let protected = frame.get(1)? & 1 == 0;
    frame.get(if protected { 9 } else { 7 }..)
}

/// The whole packets in these pages.
fn packets_of<'a>(pages: impl Iterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    // `None`: in a packet whose beginning is missing.
    let mut begun: Option<Vec<u8>> = None;
    for mut rest in pages {
        while let Some(page) = Page::parse(rest) {
            if !page.continued {
                begun = Some(Vec::new());
            }
            for (piece, ends) in page.pieces(rest) {
                if let Some(packet) = &mut begun {
                    packet.extend_from_slice(piece);
                }
                if ends {
                    found.extend(begun.replace(Vec::new()));
                }
            }
            rest = rest.get(page.length..).unwrap_or_default();
        }
    }
    found
}

/// Adds up samples.
#[derive(Default)]
struct Sum {
    frames: u64,
    peak: f32,
    /// Of each channel.
    squares: Vec<f64>,
}

impl Sum {
    fn add(&mut self, samples: &[f32], channels: usize) {
        self.squares.resize(channels, 0.0);
        for frame in samples.chunks_exact(channels.max(1)) {
            self.frames += 1;
            for (sample, square) in frame.iter().zip(&mut self.squares) {
                self.peak = self.peak.max(sample.abs());
                *square += f64::from(*sample) * f64::from(*sample);
            }
        }
    }

    fn level(&self) -> Option<Level> {
        if self.frames == 0 {
            return None;
        }
        let loudest = self.squares.iter().copied().fold(0.0, f64::max) / self.frames as f64;
        let decibels = |ratio: f64| (ratio.log10() as f32).max(Level::SILENT / 20.0) * 20.0;
        Some(Level { peak: decibels(f64::from(self.peak)), rms: decibels(loudest.sqrt()) })
    }
}

/// So much is decoded at most.
const WINDOW: Duration = Duration::from_millis(250);
