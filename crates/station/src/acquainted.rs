//! Who is known, across restarts: encoders that come back after one are not strangers, who wait
//! behind each other while somebody guesses.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use access::Gatekeeper;
use airtime::Monotonic;
use parking_lot::Mutex;

/// The file's name in the data folder.
const FILE: &str = "known-addresses.json";
/// How often it is looked whether there is anything new to write down.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// The addresses that are written down.
#[derive(Debug)]
pub(crate) struct Acquainted {
    path: PathBuf,
    written: Mutex<Written>,
}

#[derive(Debug)]
struct Written {
    addresses: Vec<IpAddr>,
    looked: Monotonic,
}

impl Acquainted {
    /// Tells the gatekeeper whom it knew before. A file that can't be read is nobody.
    pub(crate) fn introduce(dir: &Path, gatekeeper: &Gatekeeper) -> Self {
        let path = dir.join(FILE);
        let addresses: Vec<IpAddr> = std::fs::read(&path)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        for address in &addresses {
            gatekeeper.vouch(*address);
        }
        Self { path, written: Mutex::new(Written { addresses, looked: Monotonic::ZERO }) }
    }

    /// Writes down who is known, if it is time to look and they are others than before.
    pub(crate) fn keep(&self, gatekeeper: &Gatekeeper, now: Monotonic) {
        let mut written = self.written.lock();
        if now.saturating_sub(written.looked) < LOOK_EVERY {
            return;
        }
        written.looked = now;
        let addresses = gatekeeper.known();
        if addresses == written.addresses {
            return;
        }
        match write(&self.path, &addresses) {
            Ok(()) => written.addresses = addresses,
            Err(error) => tracing::warn!(%error, "who is known can't be written down"),
        }
    }
}

/// Writes the file whole or not at all.
fn write(path: &Path, addresses: &[IpAddr]) -> io::Result<()> {
    let beside = path.with_extension("new");
    std::fs::write(&beside, serde_json::to_vec(addresses).map_err(io::Error::other)?)?;
    std::fs::rename(beside, path)
}
