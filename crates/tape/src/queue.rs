//! What waits between the appender, which must never wait, and the recorder, which may.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::ring::Taped;

/// Blocks that may wait; four minutes of usual ones.
const MAX_BLOCKS: usize = 1024;

/// Bytes that may wait.
const MAX_BYTES: usize = 32 << 20;

/// How the recording stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingState {
    /// What goes out is on disk, but for the last moments. Also said of a tape without a folder.
    Ok,
    /// The disk is too slow: blocks wait, or were given up.
    Behind {
        /// How many blocks wait.
        waiting: u64,
        /// How many blocks were given up since recording last was in order: a hole.
        lost: u64,
    },
    /// Nothing is being recorded. It goes on by itself when it can.
    Stopped {
        /// Why, in words for the log and the alarm.
        why: String,
        /// How many blocks were given up since.
        lost: u64,
    },
}

#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// Something for the recorder to do.
    wake: Condvar,
    /// The recorder has nothing left to do.
    idle: Condvar,
}

#[derive(Debug, Default)]
struct State {
    blocks: VecDeque<Taped>,
    bytes: usize,
    /// The recorder holds blocks that it has taken.
    busy: bool,
    taken: usize,
    lost: u64,
    stopped: Option<String>,
    closing: bool,
    closed: bool,
}

/// What the recorder is woken with.
pub(crate) struct Work {
    pub(crate) blocks: Vec<Taped>,
    /// Write everything down, and end.
    pub(crate) closing: bool,
}

impl Queue {
    /// Hands a block over, or gives it up if too many wait. Never waits.
    pub(crate) fn push(&self, taped: Taped) {
        let mut state = self.state.lock();
        let full = state.blocks.len() + state.taken >= MAX_BLOCKS || state.bytes >= MAX_BYTES;
        if full || state.closing {
            state.lost += 1;
            return;
        }
        state.bytes += taped.block.bytes.len();
        state.blocks.push_back(taped);
        drop(state);
        self.wake.notify_one();
    }

    /// For the recorder: waits for blocks, at most so long, and takes all there are.
    pub(crate) fn take(&self, patience: Duration) -> Work {
        let mut state = self.state.lock();
        state.busy = false;
        state.taken = 0;
        if state.blocks.is_empty() {
            if state.stopped.is_none() {
                state.lost = 0;
            }
            self.idle.notify_all();
            if !state.closing {
                self.wake.wait_for(&mut state, patience);
            }
        }
        let blocks: Vec<Taped> = state.blocks.drain(..).collect();
        state.bytes = 0;
        state.taken = blocks.len();
        state.busy = true;
        Work { blocks, closing: state.closing }
    }

    /// For the recorder: says that blocks couldn't be written.
    pub(crate) fn gave_up(&self, blocks: u64, why: String) {
        let mut state = self.state.lock();
        state.lost += blocks;
        state.stopped = Some(why);
    }

    /// For the recorder: says that writing works.
    pub(crate) fn wrote(&self) {
        self.state.lock().stopped = None;
    }

    /// Says that there is a recorder.
    pub(crate) fn begun(&self) {
        self.state.lock().closed = false;
    }

    /// For the recorder: says that it has ended.
    pub(crate) fn ended(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        state.busy = false;
        self.idle.notify_all();
    }

    pub(crate) fn recording(&self) -> RecordingState {
        let state = self.state.lock();
        let waiting = (state.blocks.len() + state.taken) as u64;
        match &state.stopped {
            Some(why) => RecordingState::Stopped { why: why.clone(), lost: state.lost },
            None if state.lost > 0 || waiting > MAX_BLOCKS as u64 / 16 => {
                RecordingState::Behind { waiting, lost: state.lost }
            }
            None => RecordingState::Ok,
        }
    }

    /// Whether a block that begins at or before `sample` may still be written.
    pub(crate) fn may_hold(&self, sample: u64) -> bool {
        let state = self.state.lock();
        state.busy || state.blocks.front().is_some_and(|taped| taped.block.sample <= sample)
    }

    /// Waits until everything handed over is written, or was given up. `false` if that takes
    /// longer than `patience`.
    pub(crate) fn settle(&self, patience: Duration) -> bool {
        let mut state = self.state.lock();
        while !state.closed && (state.busy || !state.blocks.is_empty()) {
            self.wake.notify_one();
            if self.idle.wait_for(&mut state, patience).timed_out() {
                return state.closed || (!state.busy && state.blocks.is_empty());
            }
        }
        true
    }

    /// Asks the recorder to end, and waits so long for it.
    pub(crate) fn close(&self, patience: Duration) -> bool {
        let mut state = self.state.lock();
        state.closing = true;
        self.wake.notify_one();
        while !state.closed {
            if self.idle.wait_for(&mut state, patience).timed_out() {
                return state.closed;
            }
        }
        true
    }
}
