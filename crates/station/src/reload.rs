//! From one lineup to the next.

use std::collections::BTreeSet;
use std::sync::Arc;

use access::Grant;
use air::DeckSetup;
use door::Caller;
use lineup::{Fallback, Lineup, LineupError, Mount, MountPath};
use listen::MountSetup;
use parking_lot::MutexGuard;
use thiserror::Error;
use tokio::task::AbortHandle;

use crate::rooms::{DeckRoom, Expected, RenditionKey, filling_mounts};
use crate::{OpenError, Station};

/// Why a mount doesn't fall back where it was asked to.
#[derive(Debug, Error)]
pub enum FallBackError {
    /// There is no such mount.
    #[error("there is no such mount")]
    NoSuchMount,
    /// It can't.
    #[error(transparent)]
    Lineup(#[from] LineupError),
    /// Something of the lineup can't be used any more; the rest is as it was asked for.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl Station {
    /// Adds, changes and removes mounts to make the lineup so, without dropping anyone whose
    /// mount stays. Grants are replaced; whoever is in stays in.
    ///
    /// # Errors
    /// The first [`OpenError`]; everything else that could be changed is changed, and a mount that
    /// could not be is as it was before.
    pub fn reload(&self, lineup: Lineup, grants: Vec<Grant>) -> Result<(), OpenError> {
        let changing = self.changing.lock();
        self.gatekeeper().replace(grants);
        self.become_lineup(lineup, &changing)
    }

    /// Has a mount fall back to another before anything else, or to no other mount any more
    /// (`None`), until the next reload. Of a rendition with several mounts it is the one that fills
    /// it whose fallback changes. Reads the files of the lineup's fallbacks.
    ///
    /// # Errors
    /// [`FallBackError`]; then nothing is changed.
    pub fn fall_back(
        &self,
        mount: &MountPath,
        to: Option<&MountPath>,
    ) -> Result<(), FallBackError> {
        let changing = self.changing.lock();
        let lineup = self.lineup();
        let falling = lineup.mount(mount).ok_or(FallBackError::NoSuchMount)?;
        let falling = lineup.filling(falling).path.clone();
        let mut mounts = lineup.mounts().to_vec();
        for mount in mounts.iter_mut().filter(|mount| mount.path == falling) {
            mount.fallback.retain(|fallback| !matches!(fallback, Fallback::Mount(_)));
            mount.fallback.splice(0..0, to.cloned().map(Fallback::Mount));
        }
        let (stations, streams) = (lineup.stations().to_vec(), lineup.streams().to_vec());
        let next = Lineup::new(stations, streams, lineup.renditions().to_vec(), mounts)?;
        Ok(self.become_lineup(next, &changing)?)
    }

    /// Makes the lineup so. Nobody else changes it meanwhile.
    pub(crate) fn become_lineup(
        &self,
        lineup: Lineup,
        _changing: &MutexGuard<'_, ()>,
    ) -> Result<(), OpenError> {
        let before = self.lineup();
        let lineup = Arc::new(lineup);
        self.drop_what_is_gone(&before, &lineup);
        self.show_lineup(lineup.clone());
        self.air().route(lineup.mounts());

        let mut first_error = None;
        for (key, mount) in filling_mounts(&lineup) {
            if let Err(error) = self.put_on_air(&key, mount, &before, &lineup) {
                tracing::error!(mount = %mount.path, "{error}");
                first_error.get_or_insert(error);
            }
        }
        for mount in lineup.mounts() {
            if let Err(error) = self.open_to_listeners(mount, &lineup) {
                tracing::error!(mount = %mount.path, "{error}");
                first_error.get_or_insert(error);
            }
        }
        first_error.map_or(Ok(()), Err)
    }

    /// Takes away the mounts, decks and tapes that the next lineup doesn't have. A mount that
    /// leads elsewhere stays: whoever listens there is taken along.
    fn drop_what_is_gone(&self, before: &Lineup, after: &Lineup) {
        for mount in before.mounts() {
            if after.mount(&mount.path).is_none() {
                let listeners = self.listen().counts(&mount.path).listeners;
                tracing::info!(mount = %mount.path, listeners, "mount removed, with its listeners");
                self.listen().remove_mount(&mount.path);
            }
        }
        let wanted = filling_mounts(after);
        let stays = |key: &RenditionKey, deck: &DeckRoom| {
            let rendition = wanted.get(key).and_then(|mount| after.rendition_of(mount));
            rendition.is_some_and(|rendition| rendition.codec == deck.codec)
        };
        let mut closing = Vec::new();
        let mut rooms = self.rooms.lock();
        let gone: Vec<RenditionKey> = rooms
            .decks
            .iter()
            .filter(|(key, deck)| !stays(key, deck))
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            if let Some(deck) = rooms.decks.remove(&key) {
                let (station, stream, rendition) = &key;
                self.air().remove(station, stream, rendition);
                tracing::info!(mount = %deck.path, "off the air");
            }
            if let Some(tape) = rooms.tapes.remove(&key) {
                closing.push(tape);
            }
        }
        let streams: BTreeSet<_> =
            wanted.keys().map(|(station, stream, _)| (station.clone(), stream.clone())).collect();
        rooms.events.retain(|names, _| streams.contains(names));
        drop(rooms);
        // A disk that hangs must not keep what stays from being served.
        for tape in closing {
            tape.close();
        }
    }

    /// Puts a deck on the air, or changes the rules of the one that is.
    fn put_on_air(
        &self,
        key: &RenditionKey,
        mount: &Mount,
        before: &Lineup,
        after: &Lineup,
    ) -> Result<(), OpenError> {
        let wiring = |why: &str| OpenError::Wiring {
            what: format!("mount `{}`", mount.path),
            why: why.to_owned(),
        };
        let rendition =
            after.rendition_of(mount).ok_or_else(|| wiring("its rendition isn't declared"))?;
        let loops = self.loops_of(mount, rendition.codec)?;
        if let Some(known) = self.rooms.lock().decks.get_mut(key) {
            known.expected = Expected::of(rendition, &loops);
            let is_same = known.path == mount.path;
            if !is_same {
                known.path = mount.path.clone();
                known.relay_with(self.relay(mount));
            }
            // A file may have changed while its name did not.
            if known.loops != loops {
                self.air().update_with(mount, loops.clone());
                known.loops = loops;
            } else if !is_same || before.mount(&mount.path) != Some(mount) {
                self.air().update(mount);
            }
            return Ok(());
        }
        let events = self.open_events(&mount.station, &mount.stream)?;
        let (tape, appender) = self.open_tape(rendition)?;
        self.air().add(DeckSetup {
            mount: mount.clone(),
            codec: rendition.codec,
            tape: tape.clone(),
            appender,
            events,
            loops: loops.clone(),
        });
        let relay = self.relay(mount);
        let expected = Expected::of(rendition, &loops);
        let (path, codec) = (mount.path.clone(), rendition.codec);
        let deck = DeckRoom { path, codec, loops, expected, relay };
        let mut rooms = self.rooms.lock();
        rooms.tapes.insert(key.clone(), tape);
        rooms.decks.insert(key.clone(), deck);
        tracing::info!(mount = %mount.path, "mount opened");
        Ok(())
    }

    /// Starts what relays for a mount, whenever its rules say so.
    fn relay(&self, mount: &Mount) -> Option<AbortHandle> {
        let runtime = self.runtime()?;
        let (air, clock) = (self.air().clone(), self.clock().clone());
        let relay = air::run_relay(air, mount.path.clone(), clock, Caller::default());
        Some(runtime.spawn(relay).abort_handle())
    }

    fn open_to_listeners(&self, mount: &Mount, lineup: &Lineup) -> Result<(), OpenError> {
        let wiring = |why: &str| OpenError::Wiring {
            what: format!("mount `{}`", mount.path),
            why: why.to_owned(),
        };
        let rendition =
            lineup.rendition_of(mount).ok_or_else(|| wiring("its rendition isn't declared"))?;
        let stream = lineup.stream_of(mount).ok_or_else(|| wiring("its stream isn't declared"))?;
        let tape = self.tape(&mount.path).ok_or_else(|| wiring("its tape isn't open"))?;
        let events = self.open_events(&mount.station, &mount.stream)?;
        self.listen().set_mount(MountSetup {
            mount: mount.clone(),
            stream: stream.clone(),
            rendition: rendition.clone(),
            tape,
            events,
            public_url: self.supplies.public_url.clone(),
        });
        Ok(())
    }
}
