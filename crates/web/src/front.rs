//! The front: which room a connection is for.

use std::sync::Arc;

use door::DoorSettings;
use station::Station;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How the front receives.
#[derive(Clone, Debug)]
pub struct FrontSettings {
    /// The door's rules; swapped whole on reload.
    pub door: Arc<arc_swap::ArcSwap<DoorSettings>>,
    /// Connections at the same time, at most (default 15,000).
    pub max_connections: usize,
}

/// Receives connections until `stop` says true.
///
/// # Errors
/// If the listening socket fails for good.
pub async fn serve(
    listener: TcpListener,
    station: Arc<Station>,
    settings: FrontSettings,
    stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let _ = (listener, station, settings, stop);
    Ok(())
}
