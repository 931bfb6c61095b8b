//! How many slow checks run at once, and who waits for them.

use std::collections::HashMap;

use parking_lot::{Condvar, Mutex};

use crate::backoff::Origin;

/// Lets a few slow checks run at a time.
#[derive(Debug, Default)]
pub(crate) struct Turnstile {
    line: Mutex<Line>,
    /// Somebody who is known may go on.
    known: Condvar,
    /// A stranger may.
    strangers: Condvar,
}

#[derive(Debug, Default)]
struct Line {
    running: usize,
    known_waiting: usize,
    strangers_waiting: usize,
    /// Running and waiting, by origin.
    by_origin: HashMap<Origin, usize>,
}

impl Turnstile {
    /// Waits for a turn, which lasts until it is dropped. Who is `known` comes before strangers,
    /// and waits in a line of their own, which strangers can't fill. `None`: the line is full, or
    /// has enough of this origin already.
    pub(crate) fn enter(&self, origin: Origin, known: bool) -> Option<Turn<'_>> {
        let mut line = self.line.lock();
        let waiting = if known { line.known_waiting } else { line.strangers_waiting };
        let own = line.by_origin.get(&origin).copied().unwrap_or(0);
        if own >= OF_ONE_ORIGIN || (line.running >= RUNNING && waiting >= WAITING) {
            return None;
        }
        line.by_origin.insert(origin, own + 1);
        if known {
            line.known_waiting += 1;
            self.known.wait_while(&mut line, |line| line.running >= RUNNING);
            line.known_waiting -= 1;
        } else {
            line.strangers_waiting += 1;
            self.strangers
                .wait_while(&mut line, |line| line.running >= RUNNING || line.known_waiting > 0);
            line.strangers_waiting -= 1;
        }
        line.running += 1;
        self.call_next(&line);
        Some(Turn { turnstile: self, origin })
    }

    /// Wakes whoever may go on now.
    fn call_next(&self, line: &Line) {
        if line.running >= RUNNING {
            return;
        }
        if line.known_waiting > 0 {
            self.known.notify_one();
        } else {
            self.strangers.notify_one();
        }
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
        self.turnstile.call_next(&line);
    }
}

/// Checks at once: each takes a core and 19 MiB.
const RUNNING: usize = 2;

/// Checks that may wait for their turn, of strangers and of others.
const WAITING: usize = 64;

/// Checks of one origin, running and waiting: one guesser can't fill the line.
const OF_ONE_ORIGIN: usize = 16;
