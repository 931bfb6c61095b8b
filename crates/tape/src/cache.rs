//! What was fetched from disk lately, for all tapes of the process together.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, LazyLock};

use airtime::Span;
use parking_lot::Mutex;

use crate::cursor::Place;
use crate::{Block, Cursor};

/// How much is kept in all.
const BUDGET: usize = 32 << 20;

/// What an entry costs beside its bytes.
const OVERHEAD: usize = 256;

/// A place on one of the process's tapes.
pub(crate) type Key = (u64, Place);

/// What was found at a place.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    Block {
        block: Arc<Block>,
        /// Where the stretch that was fetched with it ends.
        then: Place,
    },
    Gone {
        resume: Cursor,
        lost: Option<Span>,
    },
}

/// One cache for the process, so that its bound holds however many tapes there are.
pub(crate) static CACHE: LazyLock<Mutex<Cache>> = LazyLock::new(Mutex::default);

/// Fetched places. What was heard already goes first when room is needed, then what was fetched
/// longest ago: of thousands of listeners at as many places, each finds what it asked for.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    entries: HashMap<Key, Entry>,
    fresh: VecDeque<Key>,
    heard: VecDeque<Key>,
    bytes: usize,
    fresh_bytes: usize,
}

#[derive(Debug)]
struct Entry {
    found: Found,
    heard: bool,
    cost: usize,
}

impl Cache {
    /// What is known of a place.
    pub(crate) fn hear(&mut self, key: Key) -> Option<Found> {
        let entry = self.entries.get_mut(&key)?;
        if let Found::Gone { .. } = entry.found {
            // What is gone may come, while its place is still to be written.
            let entry = self.entries.remove(&key)?;
            self.bytes -= entry.cost;
            self.fresh_bytes -= entry.cost;
            return Some(entry.found);
        }
        if !entry.heard {
            entry.heard = true;
            self.fresh_bytes -= entry.cost;
            self.heard.push_back(key);
        }
        Some(entry.found.clone())
    }

    pub(crate) fn has(&self, key: Key) -> bool {
        self.entries.contains_key(&key)
    }

    /// Whether there is room to read ahead of what is asked for.
    pub(crate) fn is_roomy(&self) -> bool {
        self.fresh_bytes < BUDGET / 2
    }

    pub(crate) fn put(&mut self, key: Key, found: Found) {
        if self.entries.contains_key(&key) {
            return;
        }
        let cost = OVERHEAD
            + match &found {
                Found::Block { block, .. } => block.bytes.len(),
                Found::Gone { .. } => 0,
            };
        self.entries.insert(key, Entry { found, heard: false, cost });
        self.fresh.push_back(key);
        self.bytes += cost;
        self.fresh_bytes += cost;
        while self.bytes > BUDGET {
            let (oldest, heard) = match self.heard.pop_front() {
                Some(key) => (key, true),
                None => match self.fresh.pop_front() {
                    Some(key) => (key, false),
                    None => break,
                },
            };
            // An entry's name stays in `fresh` when it is heard; it counts where it is now.
            if self.entries.get(&oldest).is_some_and(|entry| entry.heard == heard)
                && let Some(entry) = self.entries.remove(&oldest)
            {
                self.bytes -= entry.cost;
                if !heard {
                    self.fresh_bytes -= entry.cost;
                }
            }
        }
        self.tidy();
    }

    /// Forgets all of one tape.
    pub(crate) fn forget(&mut self, tape: u64) {
        let gone: Vec<Key> = self.entries.keys().filter(|(of, _)| *of == tape).copied().collect();
        for key in gone {
            if let Some(entry) = self.entries.remove(&key) {
                self.bytes -= entry.cost;
                if !entry.heard {
                    self.fresh_bytes -= entry.cost;
                }
            }
        }
        self.tidy();
    }

    /// Names of entries that are gone must not pile up.
    fn tidy(&mut self) {
        if self.fresh.len() + self.heard.len() > 2 * self.entries.len() + 64 {
            let entries = &self.entries;
            let mut seen = HashSet::new();
            self.fresh.retain(|key| {
                entries.get(key).is_some_and(|entry| !entry.heard) && seen.insert(*key)
            });
            seen.clear();
            self.heard.retain(|key| {
                entries.get(key).is_some_and(|entry| entry.heard) && seen.insert(*key)
            });
        }
    }
}
