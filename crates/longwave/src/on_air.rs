//! A station on the air: from opened sockets to a stop that lets nothing fall.

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock, ProgrammeTime, SystemClock};
use anyhow::{Context as _, anyhow};
use arc_swap::ArcSwap;
use door::DoorSettings;
use lineup::{Fallback, Mount};
use station::{Station, StationSettings};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use web::{Front, FrontSettings};

use crate::failure::Failure;
use crate::limits;

/// How long what is still running at the end may take.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How often is looked whether a mount can be heard, when the station starts.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How many times, for each mount.
const LOOKS: u32 = 100;

/// Two signals closer together than this are one.
const ONE_WISH: Duration = Duration::from_millis(500);
/// Open files beside connections: tapes, logs, sockets that listen.
const SPARE_FILES: u64 = 200;

/// One socket to receive on.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    /// Where; port 0 takes any free one.
    pub(crate) address: SocketAddr,
    /// The door's rules there.
    pub(crate) door: Arc<ArcSwap<DoorSettings>>,
}

/// A station that receives connections.
#[derive(Debug)]
pub(crate) struct OnAir {
    pub(crate) station: Arc<Station>,
    /// Where it really receives, in the order of the ports asked for.
    pub(crate) addresses: Vec<SocketAddr>,
    fronts: JoinSet<std::io::Result<()>>,
    signals: Signals,
    stop: watch::Sender<bool>,
}

/// The runtime that everything with sockets runs on.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("longwave")
        .build()
        .context("the program can't start its threads")?;
    Ok(runtime)
}

impl OnAir {
    /// Opens the sockets first, so that an address in use is told before anything else happens,
    /// and then the station. Called inside the runtime.
    pub(crate) fn start(
        ports: &[Port],
        settings: StationSettings,
        limits: FrontSettings,
    ) -> Result<Self, Failure> {
        // From here on a SIGHUP doesn't end the process.
        let signals = Signals::new().context("signals can't be received")?;
        let files = limits::raise_open_files();
        let max_connections = limits.max_connections;
        if files.is_some_and(|files| files < max_connections as u64 + SPARE_FILES) {
            tracing::warn!(?files, max_connections, "the system allows too few open files");
        }
        let listeners: Vec<TcpListener> =
            ports.iter().map(|port| listen_on(port.address)).collect::<Result<_, _>>()?;
        let addresses = listeners
            .iter()
            .map(TcpListener::local_addr)
            .collect::<std::io::Result<_>>()
            .context("the system doesn't say where it listens")?;

        let clock: Arc<dyn Clock> = SystemClock::start();
        let opened = clock.now();
        let station = Station::open(settings, clock)
            .map_err(|error| anyhow!("The station can't go on the air: {error}"))?;

        wait_for_loops(&station, opened);
        let (stop, stopped) = watch::channel(false);
        let front = Front::open(station.clone(), limits, stopped);
        let mut fronts = JoinSet::new();
        for (listener, port) in listeners.into_iter().zip(ports) {
            fronts.spawn(front.clone().serve(listener, port.door.clone()));
        }
        Ok(Self { station, addresses, fronts, signals, stop })
    }

    /// Serves until the process is told to stop (SIGINT, SIGTERM), calling `on_hangup` at each
    /// SIGHUP until it says to break, and then lets listeners go and closes the tapes.
    pub(crate) async fn until_stopped(
        mut self,
        mut on_hangup: impl FnMut(&Arc<Station>) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let outcome = loop {
            tokio::select! {
                told = self.signals.next() => match told {
                    Told::Stop(which) => {
                        tracing::info!("{which}: stopping; once more to stop at once");
                        break Ok(());
                    }
                    Told::Reload => {
                        // It reads files and opens tapes: other tasks move off this thread.
                        let said = tokio::task::block_in_place(|| on_hangup(&self.station));
                        if said.is_break() {
                            break Ok(());
                        }
                    }
                },
                Some(ended) = self.fronts.join_next() => match ended {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => break Err(anyhow!("no connections can be received any more: {error}")),
                    Err(error) => break Err(anyhow!("receiving connections failed: {error}")),
                },
            }
        };
        let _ = self.stop.send(true);
        let station = self.station.clone();
        let closing = tokio::task::spawn_blocking(move || station.stop());
        tokio::select! {
            _ = closing => tracing::info!("stopped"),
            () = self.signals.stop_again(self.station.clock().as_ref()) => {
                tracing::warn!("stopped at once");
            }
        }
        outcome.map_err(Failure::Other)
    }
}

/// Waits a moment for what can be heard at once: whoever connects first is to hear something, and
/// until then the system keeps connections waiting.
fn wait_for_loops(station: &Station, since: ProgrammeTime) {
    let lineup = station.lineup();
    let loops =
        |mount: &&Mount| mount.fallback.iter().any(|next| !matches!(next, Fallback::Mount(_)));
    for mount in lineup.mounts().iter().filter(loops) {
        for _ in 0..LOOKS {
            let head = station.tape(&mount.path).and_then(|tape| tape.head());
            if head.is_some_and(|head| head >= since) {
                break;
            }
            station.clock().sleep(LOOK_EVERY);
        }
    }
}

/// Ends the runtime; what hangs is left behind.
pub(crate) fn end(runtime: Runtime) {
    runtime.shutdown_timeout(LAST_WORDS);
}

fn listen_on(address: SocketAddr) -> Result<TcpListener, Failure> {
    web::listen_on(address).map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "another program listens there: stop it, or choose another port, by `--port` for the \
                 demo or `listen` in a configuration"
            }
            std::io::ErrorKind::PermissionDenied => {
                "ports below 1024 need a privilege: choose a higher one"
            }
            std::io::ErrorKind::AddrNotAvailable => "this machine has no such address",
            _ => "the system refused",
        };
        Failure::Other(anyhow!("Can't listen on {address}: {error} ({hint})."))
    })
}

/// What a signal says.
enum Told {
    Stop(&'static str),
    Reload,
}

#[derive(Debug)]
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.interrupt.recv() => Told::Stop("interrupted"),
            _ = self.terminate.recv() => Told::Stop("told to stop"),
            _ = self.hangup.recv() => Told::Reload,
        }
    }

    /// Returns when the process is told to stop once more. What comes right after the first is the
    /// same wish: `timeout` and some supervisors tell a process and its group.
    async fn stop_again(&mut self, clock: &dyn Clock) {
        let first = clock.monotonic();
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => {}
            }
            if clock.monotonic().saturating_sub(first) > ONE_WISH {
                return;
            }
        }
    }
}
