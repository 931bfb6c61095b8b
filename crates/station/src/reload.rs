//! From one lineup to the next.

use std::collections::BTreeSet;
use std::sync::Arc;

use access::Grant;
use air::DeckSetup;
use lineup::{Lineup, Mount};
use listen::MountSetup;

use crate::rooms::{DeckRoom, RenditionKey, deck_mounts, for_deck, key_of};
use crate::{OpenError, Station};

impl Station {
    /// Adds, changes and removes mounts to make the lineup so, without dropping anyone whose
    /// mount stays. Grants are replaced; whoever is in stays in.
    ///
    /// # Errors
    /// The first [`OpenError`]; everything else that could be changed is changed, and a mount that
    /// could not be is as it was before.
    pub fn reload(&self, lineup: Lineup, grants: Vec<Grant>) -> Result<(), OpenError> {
        self.gatekeeper().replace(grants);
        self.become_lineup(lineup)
    }

    /// Makes the lineup so.
    pub(crate) fn become_lineup(&self, lineup: Lineup) -> Result<(), OpenError> {
        let before = self.lineup();
        let lineup = Arc::new(lineup);
        self.drop_what_is_gone(&before, &lineup);
        self.show_lineup(lineup.clone());

        let mut first_error = None;
        for (key, mount) in deck_mounts(&lineup) {
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

    /// Takes away the mounts, decks and tapes that the next lineup doesn't have.
    fn drop_what_is_gone(&self, before: &Lineup, after: &Lineup) {
        for mount in before.mounts() {
            let stays = after.mount(&mount.path).is_some_and(|new| key_of(new) == key_of(mount));
            if !stays {
                tracing::info!(mount = %mount.path, "mount removed");
                self.listen().remove_mount(&mount.path);
            }
        }
        let wanted = deck_mounts(after);
        let mut closing = Vec::new();
        let mut rooms = self.rooms.lock();
        let gone: Vec<RenditionKey> = rooms
            .decks
            .iter()
            .filter(|(key, deck)| wanted.get(key).is_none_or(|mount| mount.path != deck.path))
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            if let Some(deck) = rooms.decks.remove(&key) {
                self.air().remove(&deck.path);
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
        let deck_mount = for_deck(mount, after);
        let wiring = |why: &str| OpenError::Wiring {
            what: format!("mount `{}`", mount.path),
            why: why.to_owned(),
        };
        let rendition =
            after.rendition_of(mount).ok_or_else(|| wiring("its rendition isn't declared"))?;
        let loops = self.loops_of(mount, rendition.codec)?;
        if let Some(known) = self.rooms.lock().decks.get_mut(key) {
            // A file may have changed while its name did not.
            if known.loops != loops {
                self.air().update_with(&deck_mount, loops.clone());
                known.loops = loops;
            } else if before.mount(&mount.path) != Some(mount) {
                self.air().update(&deck_mount);
            }
            return Ok(());
        }
        let events = self.open_events(&mount.station, &mount.stream)?;
        let (tape, appender) = self.open_tape(rendition)?;
        self.air().add(DeckSetup {
            mount: deck_mount,
            codec: rendition.codec,
            tape: tape.clone(),
            appender,
            events,
            loops: loops.clone(),
        });
        let relay = self.runtime().map(|runtime| {
            let relay =
                air::run_relay(self.air().clone(), mount.path.clone(), self.clock().clone());
            runtime.spawn(relay).abort_handle()
        });
        let deck = DeckRoom { path: mount.path.clone(), loops, relay };
        let mut rooms = self.rooms.lock();
        rooms.tapes.insert(key.clone(), tape);
        rooms.decks.insert(key.clone(), deck);
        tracing::info!(mount = %mount.path, "on the air");
        Ok(())
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
