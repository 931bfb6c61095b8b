//! What a deck falls back to.

use bytes::Bytes;
use codec::Codec;
use lineup::{Fallback, Mount};

use super::{Deck, Place};
use crate::follower::Follower;
use crate::looping::{Looping, Sound};

/// Something to fall back to.
#[derive(Debug)]
pub(crate) struct Stand {
    pub(super) fallback: Fallback,
    pub(super) feed: StandFeed,
}

#[derive(Debug)]
pub(super) enum StandFeed {
    Mount(Box<Follower>),
    Loop(Looping),
}

impl Deck {
    /// Other rules. The sounds of the chain that are known stay as they are, unless there is
    /// another chain, with sounds that were read anew. What is not needed any more is given back,
    /// to be dropped where nobody waits for it.
    #[must_use]
    pub(crate) fn update(&mut self, mount: &Mount, chain: Option<Vec<Stand>>) -> Vec<Stand> {
        let before = std::mem::replace(&mut self.mount, mount.clone());
        for connected in [&mut self.source, &mut self.relay].into_iter().flatten() {
            connected.input.set_buffer(mount.source.buffer);
            connected.input.set_charset(mount.source.charset.clone());
        }
        if before.source.relay != mount.source.relay
            && let Some(relay) = self.relay.take()
        {
            relay.gate.let_go("the mount relays something else now");
            self.off(Place::Relay);
        }
        if before.fallback == mount.fallback && chain.is_none() {
            return Vec::new();
        }
        let playing = match self.on_air {
            Some(Place::Chain(index)) => self.chain.get(index).map(|it| it.fallback.clone()),
            _ => None,
        };
        let mut old: Vec<Stand> = std::mem::take(&mut self.chain);
        self.chain = chain.unwrap_or_default();
        if self.chain.is_empty() {
            for fallback in &mount.fallback {
                if let Some(index) = old.iter().position(|stand| stand.fallback == *fallback) {
                    self.chain.push(old.swap_remove(index));
                } else if let Fallback::Mount(path) = fallback {
                    let follower = Box::new(Follower::new(path.clone(), self.codec));
                    let feed = StandFeed::Mount(follower);
                    self.chain.push(Stand { fallback: fallback.clone(), feed });
                } else {
                    tracing::warn!(mount = %mount.path, ?fallback, "this fallback is used after a restart");
                }
            }
            // What is playing goes on, wherever it stands now.
            if let Some(playing) = playing {
                let index = self.chain.iter().position(|stand| stand.fallback == playing);
                self.on_air = index.map(Place::Chain);
            }
        } else if playing.is_some() {
            self.on_air = None;
        }
        old
    }
}

/// The chain that the mount declares; `loops` are the bytes of its sounds, in order. A sound that
/// can't be looped is left out, with an alarm in the log: configurations are checked before.
///
/// Slow, since it reads the sounds: not to be called while the air waits.
pub(crate) fn chain(mount: &Mount, codec: Codec, loops: Vec<Bytes>) -> Vec<Stand> {
    let mut loops = loops.into_iter();
    let mut chain = Vec::new();
    for fallback in &mount.fallback {
        let feed = match fallback {
            Fallback::Mount(path) => StandFeed::Mount(Box::new(Follower::new(path.clone(), codec))),
            Fallback::File(_) | Fallback::Builtin(_) => {
                let name = name_of(fallback);
                let Some(bytes) = loops.next() else {
                    tracing::error!(mount = %mount.path, name, "the sound to fall back to is missing");
                    continue;
                };
                match Sound::read(&bytes, codec) {
                    Ok(sound) => StandFeed::Loop(Looping::new(name, sound)),
                    Err(error) => {
                        tracing::error!(mount = %mount.path, name, %error, "can't fall back to this");
                        continue;
                    }
                }
            }
        };
        chain.push(Stand { fallback: fallback.clone(), feed });
    }
    chain
}

fn name_of(fallback: &Fallback) -> String {
    match fallback {
        Fallback::Mount(path) => path.to_string(),
        Fallback::Builtin(name) => name.clone(),
        Fallback::File(path) => path
            .file_name()
            .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned()),
    }
}
