//! How many slow checks run at once, and who waits for them.

use std::collections::HashMap;

use parking_lot::{Condvar, Mutex};

use crate::backoff::Origin;

/// Lets a few slow checks run at a time.
#[derive(Debug, Default)]
pub(crate) struct Turnstile {
    line: Mutex<Line>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct Line {
    running: usize,
    waiting: usize,
    /// Running and waiting, by origin.
    by_origin: HashMap<Origin, usize>,
}

impl Turnstile {
    /// Waits for a turn, which lasts until it is dropped. `None`: the line is full, or has enough
    /// of this origin already.
    pub(crate) fn enter(&self, origin: Origin) -> Option<Turn<'_>> {
        let mut line = self.line.lock();
        let full = line.running >= RUNNING && line.waiting >= WAITING;
        let own = line.by_origin.get(&origin).copied().unwrap_or(0);
        if full || own >= OF_ONE_ORIGIN {
            return None;
        }
        line.by_origin.insert(origin, own + 1);
        if line.running >= RUNNING {
            line.waiting += 1;
            self.moved.wait_while(&mut line, |line| line.running >= RUNNING);
            line.waiting -= 1;
        }
        line.running += 1;
        Some(Turn { turnstile: self, origin })
    }
}

/// Somebody's turn.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    turnstile: &'a Turnstile,
    origin: Origin,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut line = self.turnstile.line.lock();
        line.running -= 1;
        if let Some(own) = line.by_origin.get_mut(&self.origin) {
            *own -= 1;
            if *own == 0 {
                line.by_origin.remove(&self.origin);
            }
        }
        drop(line);
        self.turnstile.moved.notify_one();
    }
}

/// Checks at once: each takes a core and 19 MiB.
const RUNNING: usize = 2;

/// Checks that may wait for their turn.
const WAITING: usize = 64;

/// Checks of one origin, running and waiting: one guesser can't fill the line.
const OF_ONE_ORIGIN: usize = 16;
