//! The air thread, which advances the air; the watch, which looks whether all is well, also whether
//! the air is still advanced; and those for which neither waits: one measures levels, one writes down
//! who is known, on a disk that may hang.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::{OpenError, Station};

/// How long the air thread rests between two steps.
const REST: Duration = Duration::from_millis(25);
/// How often the watch looks for what is wrong.
const WATCH_EVERY: Duration = Duration::from_secs(1);
/// How often levels are measured: each mount has something to measure once a second.
const MEASURE_EVERY: Duration = Duration::from_millis(250);
/// How long a stop waits for the threads.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// The running threads.
#[derive(Debug)]
pub(crate) struct Pulse {
    stop: Arc<AtomicBool>,
    stopped: Receiver<()>,
}

impl Pulse {
    /// Starts the threads. They end by themselves when the station is gone.
    pub(crate) fn start(station: &Arc<Station>) -> Result<Self, OpenError> {
        let stop = Arc::new(AtomicBool::new(false));
        // Never sent on: the threads' end hangs up, whether they returned or panicked.
        let (alive, stopped) = sync_channel::<()>(0);
        let measure = |station: &Station| station.air().measure();
        for (name, every, act) in [
            ("air", REST, Station::step as fn(&Station)),
            ("watch", WATCH_EVERY, Station::watch),
            ("levels", MEASURE_EVERY, measure),
            ("acquainted", WATCH_EVERY, Station::keep_acquainted),
        ] {
            let (weak, flag, alive) = (Arc::downgrade(station), stop.clone(), alive.clone());
            std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || {
                    let _alive = alive;
                    run(&weak, &flag, every, act);
                })
                .map_err(|error| OpenError::Wiring {
                    what: format!("the thread `{name}`"),
                    why: error.to_string(),
                })?;
        }
        Ok(Self { stop, stopped })
    }

    /// Stops the threads and waits for them, though not for ever: a simulated clock may never wake
    /// them.
    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        if self.stopped.recv_timeout(STOP_PATIENCE) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the air did not stop in time");
        }
    }

    /// Tells the threads to stop, without waiting: one of them may be who drops the station.
    pub(crate) fn abandon(self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Acts on the station `every` so often.
fn run(station: &Weak<Station>, stop: &AtomicBool, every: Duration, act: fn(&Station)) {
    while !stop.load(Ordering::Relaxed) {
        let Some(station) = station.upgrade() else { return };
        act(&station);
        let clock = station.clock().clone();
        // The station may be dropped while this thread rests.
        drop(station);
        clock.sleep(every);
    }
}
