//! The front: receives connections and finds out which room each is for.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use air::SourceDoor;
use arc_swap::ArcSwap;
use axum::Router;
use door::DoorSettings;
use station::Station;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::crowd::{Crowd, FrontSettings, Full, Place};
use crate::route;
use crate::site::{self, Site};

/// How long the front rests when no connection can be received: first …
const REST: Duration = Duration::from_millis(50);
/// … and at most, if it can't time after time.
const LONGEST_REST: Duration = Duration::from_secs(2);

/// The station's front: what all its sockets share.
#[derive(Debug)]
pub struct Front {
    pub(crate) site: Arc<Site>,
    pub(crate) router: Router,
    crowd: Arc<Crowd>,
    stop: watch::Receiver<bool>,
}

/// One socket's front.
#[derive(Clone, Debug)]
pub(crate) struct Entrance {
    pub(crate) front: Arc<Front>,
    rules: Arc<ArcSwap<DoorSettings>>,
}

impl Front {
    /// Opens the site, which ends when `stop` says true. Called inside a tokio runtime.
    pub fn open(
        station: Arc<Station>,
        settings: FrontSettings,
        stop: watch::Receiver<bool>,
    ) -> Arc<Self> {
        let site = Site::new(station, stop.clone());
        let crowd = Crowd::new(settings);
        Arc::new(Self { router: site::router(site.clone()), site, crowd, stop })
    }

    /// Receives connections by the door's `rules` (swapped whole on reload) until `stop` says
    /// true. Whoever is connected then is left to the rooms: the station's own stop lets sources
    /// and listeners go.
    ///
    /// It may be called for several sockets with rules of their own (SHOUTcast's second port).
    ///
    /// # Errors
    /// If the listening socket is none.
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        rules: Arc<ArcSwap<DoorSettings>>,
    ) -> std::io::Result<()> {
        let mut stop = self.stop.clone();
        let entrance = Entrance { front: self, rules };
        let mut rest = REST;
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
                Ok((socket, from)) => {
                    rest = REST;
                    entrance.receive(socket, from);
                }
                Err(error) if is_for_good(&error) => return Err(error),
                Err(error) => {
                    tracing::error!(%error, "no connection can be received");
                    // Waits for what is short, or broken, to be well again, unless it is time to go.
                    let _ = tokio::time::timeout(rest, stop.changed()).await;
                    rest = (rest * 2).min(LONGEST_REST);
                }
            }
        }
    }

    /// Returns when the front is to stop.
    pub(crate) async fn stopped(&self) {
        // An error means that nobody is left to say so: it is stopping, too.
        let _ = self.stop.clone().wait_for(|stop| *stop).await;
    }
}

impl Entrance {
    /// The door's rules as they are now.
    pub(crate) fn rules(&self) -> Arc<DoorSettings> {
        self.rules.load_full()
    }

    /// What sources need to be let on.
    pub(crate) fn sources(&self, settings: Arc<DoorSettings>) -> SourceDoor {
        let site = &self.front.site;
        let station = site.station();
        SourceDoor {
            air: station.air().clone(),
            gatekeeper: station.gatekeeper().clone(),
            clock: station.clock().clone(),
            settings,
            default_mount: site.default_mount().map(|mount| mount.path),
        }
    }

    fn receive(&self, socket: TcpStream, from: SocketAddr) {
        let place = match self.place_for(from.ip()) {
            Ok(place) => place,
            Err(full) => {
                tracing::warn!(peer = %from, ?full, "connection limit reached");
                route::refuse_unread(&socket, full);
                return;
            }
        };
        // Small writes (heads, events) must not wait for each other.
        let _ = socket.set_nodelay(true);
        let entrance = self.clone();
        tokio::spawn(async move {
            if let Err(error) = route::attend(&entrance, place, socket, from).await {
                tracing::debug!(peer = %from, %error, "connection ended");
            }
        });
    }

    fn place_for(&self, from: IpAddr) -> Result<Place, Full> {
        let mut place = self.front.crowd.enter(self.front.site.seated())?;
        // Behind a proxy is whoever it names, later.
        if !self.rules.load().trusts(from) {
            place.is_of(from)?;
        }
        Ok(place)
    }
}

/// Is `error` of the listening socket itself? All others pass, as accept(2) says: of a connection
/// that went away, of a network that is down, of files or memory that are short, of a firewall.
fn is_for_good(error: &std::io::Error) -> bool {
    const EBADF: i32 = 9;
    const EINVAL: i32 = 22;
    const ENOTSOCK: i32 = 88;
    matches!(error.raw_os_error(), Some(EBADF | EINVAL | ENOTSOCK))
}
