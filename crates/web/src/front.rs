//! The front: receives connections and finds out which room each is for.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use air::SourceDoor;
use axum::Router;
use door::DoorSettings;
use station::Station;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::route;
use crate::site::{self, Site};

/// How long the front rests when the process has run out of file descriptors.
const OUT_OF_FILES: Duration = Duration::from_millis(100);

/// How the front receives.
#[derive(Clone, Debug)]
pub struct FrontSettings {
    /// The door's rules; swapped whole on reload.
    pub door: Arc<arc_swap::ArcSwap<DoorSettings>>,
    /// Connections at the same time, listeners included, at most (default 15,000).
    pub max_connections: usize,
}

/// Receives connections until `stop` says true. Whoever is connected then is left to the rooms:
/// the station's own stop lets sources and listeners go.
///
/// It may be called for several sockets with settings of their own (SHOUTcast's second port).
///
/// # Errors
/// If the listening socket fails for good.
pub async fn serve(
    listener: TcpListener,
    station: Arc<Station>,
    settings: FrontSettings,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let site = Site::new(station, stop.clone());
    let front = Arc::new(Front {
        router: site::router(site.clone()),
        site,
        settings,
        stop: stop.clone(),
        open: AtomicUsize::new(0),
    });
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // An error means that nobody can ever say stop: the sender is gone.
            said = stop.wait_for(|stop| *stop) => {
                if said.is_err() {
                    tracing::debug!("the front stops: nobody is left to stop it");
                }
                return Ok(());
            }
        };
        match accepted {
            Ok((socket, from)) => front.clone().receive(socket, from),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) if is_shortage(&error) => {
                tracing::error!(%error, "no connection can be received");
                // Waits a little for files to be closed, unless it is time to go.
                let _ = tokio::time::timeout(OUT_OF_FILES, stop.changed()).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// What all connections of one socket share.
#[derive(Debug)]
pub(crate) struct Front {
    pub(crate) site: Arc<Site>,
    pub(crate) router: Router,
    settings: FrontSettings,
    stop: watch::Receiver<bool>,
    /// Connections that are not (yet) a listener's seat.
    open: AtomicUsize,
}

impl Front {
    /// The door's rules as they are now.
    pub(crate) fn door(&self) -> Arc<DoorSettings> {
        self.settings.door.load_full()
    }

    /// What sources need to be let on.
    pub(crate) fn sources(&self, settings: Arc<DoorSettings>) -> SourceDoor {
        let station = self.site.station();
        SourceDoor {
            air: station.air().clone(),
            gatekeeper: station.gatekeeper().clone(),
            clock: station.clock().clone(),
            settings,
            default_mount: self.site.default_mount().map(|mount| mount.path),
        }
    }

    /// Returns when the front is to stop.
    pub(crate) async fn stopped(&self) {
        // An error means that nobody is left to say so: it is stopping, too.
        let _ = self.stop.clone().wait_for(|stop| *stop).await;
    }

    fn receive(self: Arc<Self>, socket: TcpStream, from: SocketAddr) {
        let open = self.open.fetch_add(1, Ordering::Relaxed) + 1;
        let counted = Counted(self);
        if open + counted.0.site.seated() > counted.0.settings.max_connections {
            tracing::warn!(peer = %from, open, "connection limit reached");
            route::refuse_full(&socket);
            return;
        }
        // Small writes (heads, events) must not wait for each other.
        let _ = socket.set_nodelay(true);
        tokio::spawn(async move {
            if let Err(error) = route::attend(&counted.0, socket, from).await {
                tracing::debug!(peer = %from, %error, "connection ended");
            }
        });
    }
}

/// One of the open connections, for as long as it lives.
struct Counted(Arc<Front>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The connection that was to be received went away by itself.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}

/// The process or the machine is out of files or memory for now.
fn is_shortage(error: &std::io::Error) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    const ENOBUFS: i32 = 105;
    const ENOMEM: i32 = 12;
    matches!(error.raw_os_error(), Some(ENFILE | EMFILE | ENOBUFS | ENOMEM))
}
