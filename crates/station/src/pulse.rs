//! The air thread: advances the air, and looks now and then whether all is well.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::{OpenError, Station};

/// How long the air thread rests between two steps.
const REST: Duration = Duration::from_millis(25);
/// How often it looks for what is wrong.
const WATCH_EVERY: Duration = Duration::from_secs(1);
/// How long a stop waits for the air thread.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// The running air thread.
#[derive(Debug)]
pub(crate) struct Pulse {
    stop: Arc<AtomicBool>,
    stopped: Receiver<()>,
}

impl Pulse {
    /// Starts the thread. It ends by itself when the station is gone.
    pub(crate) fn start(station: &Arc<Station>) -> Result<Self, OpenError> {
        let stop = Arc::new(AtomicBool::new(false));
        // Never sent on: the thread's end hangs up, whether it returned or panicked.
        let (alive, stopped) = sync_channel::<()>(0);
        let (weak, flag) = (Arc::downgrade(station), stop.clone());
        std::thread::Builder::new()
            .name("air".to_owned())
            .spawn(move || {
                let _alive = alive;
                run(&weak, &flag);
            })
            .map_err(|error| OpenError::Wiring {
                what: "the air thread".to_owned(),
                why: error.to_string(),
            })?;
        Ok(Self { stop, stopped })
    }

    /// Stops the thread and waits for it, though not for ever: a simulated clock may never wake it.
    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        if self.stopped.recv_timeout(STOP_PATIENCE) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the air thread did not stop in time");
        }
    }

    /// Tells the thread to stop, without waiting: it may itself be the one who drops the station.
    pub(crate) fn abandon(self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn run(station: &Weak<Station>, stop: &AtomicBool) {
    let mut watched = None;
    while !stop.load(Ordering::Relaxed) {
        let Some(station) = station.upgrade() else { return };
        station.air().step();
        let now = station.clock().monotonic();
        if watched.is_none_or(|last| now.saturating_sub(last) >= WATCH_EVERY) {
            watched = Some(now);
            station.watch();
        }
        let clock = station.clock().clone();
        // The station may be dropped while this thread rests.
        drop(station);
        clock.sleep(REST);
    }
}
