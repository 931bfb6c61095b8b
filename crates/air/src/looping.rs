//! Loops: files and built-in sounds that play over and over.

use std::sync::Arc;

use airtime::ProgrammeTime;
use bytes::Bytes;
use codec::{Codec, Format, Framed, Framer, Packet};
use tape::Epoch;
use thiserror::Error;

use crate::Title;
use crate::feed::{Due, Feed};
use crate::id3;

/// A loop is no shorter than a second divided by this: one frame over and over is no sound.
const SHORTEST: u64 = 5;

/// Audio can't be looped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LoopError {
    /// Of this encoding nothing can be looped.
    #[error("sound of this encoding can't be looped")]
    Unsupported,
    /// There is none of this encoding in it.
    #[error("there is no sound of the mount's encoding in it")]
    NoAudio,
    /// It changes its format on the way.
    #[error("its sample rate or its channels change on the way")]
    Mixed,
}

/// Checks that `bytes` can be looped on a mount of this encoding, and says in which format it is.
///
/// # Errors
/// [`LoopError`].
pub fn check_loop(bytes: &Bytes, codec: Codec) -> Result<Format, LoopError> {
    Ok(Sound::read(bytes, codec)?.epoch.format)
}

/// Audio that is all there.
#[derive(Debug)]
pub(crate) struct Sound {
    epoch: Epoch,
    packets: Vec<Packet>,
    /// From which packet on it is called so.
    titles: Vec<(usize, Title)>,
    /// Packets that don't follow the one before them in its stream.
    torn: Vec<usize>,
}

impl Sound {
    pub(crate) fn read(bytes: &Bytes, codec: Codec) -> Result<Self, LoopError> {
        if matches!(codec, Codec::Opaque | Codec::WebM) {
            return Err(LoopError::Unsupported);
        }
        let mut epoch: Option<Epoch> = None;
        let mut packets = Vec::new();
        let mut titles = Vec::new();
        let mut torn = Vec::new();
        for (title, audio) in stretches(bytes, codec) {
            if let Some(title) = title.filter(|title| !title.line().is_empty()) {
                titles.push((packets.len(), title));
            }
            torn.push(packets.len());
            let mut framer = Framer::new(codec);
            // In pieces, so that the framer never has to hold much.
            for piece in audio.chunks(16 * 1024) {
                framer.push(piece);
                while let Some(framed) = framer.next() {
                    match framed {
                        Framed::Packet(packet) => packets.push(packet),
                        Framed::Skipped(_) => torn.push(packets.len()),
                        Framed::Epoch { format, header } => match &epoch {
                            Some(first) if first.format != format || *first.header != *header => {
                                return Err(LoopError::Mixed);
                            }
                            Some(_) => {}
                            None => epoch = Some(Epoch::new(format, header)),
                        },
                    }
                }
            }
        }
        let samples: u64 = packets.iter().map(|packet| u64::from(packet.samples)).sum();
        match epoch {
            Some(epoch)
                if samples > 0
                    && samples * SHORTEST >= u64::from(epoch.format.sample_rate)
                    && epoch.format.sample_rate > 0 =>
            {
                Ok(Self { epoch, packets, titles, torn })
            }
            _ => Err(LoopError::NoAudio),
        }
    }

    fn title_at(&self, index: usize) -> Option<&Title> {
        let after = self.titles.partition_point(|(from, _)| *from <= index);
        after.checked_sub(1).and_then(|last| self.titles.get(last)).map(|(_, title)| title)
    }
}

/// The stretches of audio between ID3v2 tags, each with what the tag before it says.
fn stretches(bytes: &Bytes, codec: Codec) -> Vec<(Option<Title>, Bytes)> {
    if codec == Codec::Ogg {
        return vec![(None, bytes.clone())];
    }
    let mut found = Vec::new();
    let mut rest = bytes.clone();
    let mut title = None;
    loop {
        let Some(at) = id3::find_tag(&rest) else {
            found.push((title, rest));
            return found;
        };
        let audio = rest.split_to(at);
        if !audio.is_empty() || title.is_some() {
            found.push((title.take(), audio));
        }
        let Some(tag) = id3::tag(&rest) else { return found };
        title = Some(tag.title);
        rest = rest.split_off(tag.length);
    }
}

/// A sound on its way round and round, paced by the programme clock.
#[derive(Debug)]
pub(crate) struct Looping {
    name: String,
    sound: Arc<Sound>,
    /// The next packet.
    index: usize,
    from: ProgrammeTime,
    /// Samples given since `from`.
    samples: u64,
    /// The title of the next packet has been given.
    told: bool,
    /// It has come round: what needs its header again begins anew.
    round: bool,
}

impl Looping {
    pub(crate) fn new(name: String, sound: Sound) -> Self {
        let sound = Arc::new(sound);
        Self {
            name,
            sound,
            index: 0,
            from: ProgrammeTime::EPOCH,
            samples: 0,
            told: true,
            round: false,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn time_of(&self, samples: u64) -> ProgrammeTime {
        let rate = u128::from(self.sound.epoch.format.sample_rate.max(1));
        let micros = u128::from(samples) * 1_000_000 / rate;
        let micros = u64::try_from(micros).unwrap_or(u64::MAX);
        self.from.saturating_add(std::time::Duration::from_micros(micros))
    }
}

impl Feed for Looping {
    fn ready(&mut self, _now: ProgrammeTime) -> bool {
        true
    }

    fn start(&mut self, from: ProgrammeTime, _now: ProgrammeTime) {
        self.from = from;
        self.samples = 0;
        // A decoder has to be able to start at the first. There is one: the file's own first.
        let packets = &self.sound.packets;
        while packets.get(self.index).is_some_and(|packet| !packet.entry) && self.index > 0 {
            self.index = (self.index + 1) % packets.len();
        }
        self.round = false;
        // Who starts it asks for its title.
        self.told = true;
    }

    fn is_dry(&self, _now: ProgrammeTime, _alone: bool) -> bool {
        false
    }

    fn stop(&mut self) {}

    fn next_due(&mut self, now: ProgrammeTime) -> Option<Due> {
        let packet = self.sound.packets.get(self.index)?;
        let after = self.samples + u64::from(packet.samples);
        let end = self.time_of(after);
        if end > now {
            return None;
        }
        // After the last page comes the first again: an Ogg stream begins anew.
        if std::mem::take(&mut self.round) && self.sound.epoch.format.codec == Codec::Ogg {
            return Some(Due::Epoch);
        }
        if !std::mem::replace(&mut self.told, true)
            && let Some(title) = self.sound.title_at(self.index)
        {
            return Some(Due::Title(title.clone()));
        }
        let at = self.time_of(self.samples);
        let packet = packet.clone();
        let joined = !self.sound.torn.contains(&self.index);
        self.samples = after;
        self.index = (self.index + 1) % self.sound.packets.len();
        let index = self.index;
        self.round = index == 0;
        self.told = !self.sound.titles.iter().any(|(from, _)| *from == index);
        Some(Due::Packet { packet, joined, at, end })
    }

    fn epoch(&self) -> Option<&Epoch> {
        Some(&self.sound.epoch)
    }

    fn title(&self) -> Option<Title> {
        self.sound.title_at(self.index).cloned()
    }
}
