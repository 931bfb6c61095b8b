//! From what is written to what rooms are opened with.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use access::{Grant, Scope};
use door::{DoorSettings, TlsCertificates};
use lineup::{Lineup, MountPath};
use listen::ListenSettings;
use tape::Retention;
use toml::Spanned;

use super::mistake::Mistakes;
use super::model::{self, File};
use super::value::{Length, Size};
use crate::logging::LogFormat;

/// How often listeners are sent to. With seconds of burst already there, seldom is cheap.
const SEND_INTERVAL: Duration = Duration::from_secs(2);

/// A configuration that has been checked.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The folder of all that is kept.
    pub dir: PathBuf,
    /// Where connections come in.
    pub listen: Vec<SocketAddr>,
    /// Where SHOUTcast v1 sources come in.
    pub shoutcast: Vec<SocketAddr>,
    /// The door's rules on the first kind of port.
    pub door: DoorSettings,
    /// Connections at the same time, at most.
    pub max_connections: usize,
    /// Connections of one address that are not listening, at most.
    pub max_per_address: usize,
    /// What is put in front of paths in playlists.
    pub public_url: Option<String>,
    /// What is on the air.
    pub lineup: Lineup,
    /// Who may do what.
    pub grants: Vec<Grant>,
    /// How listeners are served.
    pub listeners: ListenSettings,
    /// How long the tape is kept.
    pub retention: Retention,
    /// How log lines look.
    pub(crate) log_format: Option<LogFormat>,
    /// How much is logged.
    pub(crate) log_level: Option<String>,
}

impl Plan {
    /// May somebody send to this mount?
    pub fn may_be_fed(&self, mount: &MountPath) -> bool {
        self.grants.iter().flat_map(|grant| &grant.scopes).any(|scope| match scope {
            Scope::Source(own) => own == mount,
            Scope::AnySource | Scope::Admin => true,
            Scope::Relay => false,
        })
    }

    /// The settings that differ from `before` and that no reload can change.
    pub fn needs_restart(&self, before: &Self) -> Vec<&'static str> {
        let listening = |plan: &Self| {
            let listen = &plan.listeners;
            (
                listen.pumps,
                listen.max_listeners,
                listen.sessions.clone(),
                listen.keep_addresses_days,
            )
        };
        [
            ("data_dir", self.dir != before.dir),
            ("server.listen", self.listen != before.listen),
            ("server.shoutcast", self.shoutcast != before.shoutcast),
            ("server.max_connections", self.max_connections != before.max_connections),
            ("server.max_per_address", self.max_per_address != before.max_per_address),
            ("server.public_url", self.public_url != before.public_url),
            ("listeners", listening(self) != listening(before)),
            ("tape", self.retention != before.retention),
            ("log", (self.log_format, &self.log_level) != (before.log_format, &before.log_level)),
        ]
        .into_iter()
        .filter_map(|(setting, differs)| differs.then_some(setting))
        .collect()
    }
}

/// Checks what is written and draws the plan.
pub(super) fn draw(file: File, path: &Path, mistakes: Mistakes) -> Result<Plan, Mistakes> {
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let mut draft = Draft { folder, mistakes, places: BTreeMap::new() };
    let dir = draft.folder.join(file.data_dir.unwrap_or_else(|| "longwave-data".into()));
    let ports = draft.ports(file.server);
    let listeners = draft.listeners(file.listeners, &dir);
    let retention = draft.retention(file.tape);
    let (log_format, log_level) = draft.log(file.log);
    let lineup = draft.lineup(file.station);
    let grants = draft.grants(file.user.unwrap_or_default(), lineup.as_ref());
    match lineup {
        Some(lineup) if draft.mistakes.is_empty() => Ok(Plan {
            dir,
            listen: ports.listen,
            shoutcast: ports.shoutcast,
            door: ports.door,
            max_connections: ports.max_connections,
            max_per_address: ports.max_per_address,
            public_url: ports.public_url,
            lineup,
            grants,
            listeners,
            retention,
            log_format,
            log_level,
        }),
        _ => Err(draft.mistakes),
    }
}

/// What the section `[server]` comes to.
struct Ports {
    listen: Vec<SocketAddr>,
    shoutcast: Vec<SocketAddr>,
    door: DoorSettings,
    max_connections: usize,
    max_per_address: usize,
    public_url: Option<String>,
}

/// A plan on its way.
pub(super) struct Draft {
    /// Where relative paths begin.
    pub(super) folder: PathBuf,
    pub(super) mistakes: Mistakes,
    /// Where each part of the lineup was declared (`mount /news.mp3`), to say where it goes wrong.
    pub(super) places: BTreeMap<String, Range<usize>>,
}

impl Draft {
    fn ports(&mut self, server: Option<model::Server>) -> Ports {
        let mut ports = Ports {
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 8000))],
            shoutcast: Vec::new(),
            door: DoorSettings { patience: Duration::from_secs(15), ..DoorSettings::default() },
            max_connections: 15_000,
            max_per_address: 1000,
            public_url: None,
        };
        let Some(server) = server else { return ports };
        if let Some(listen) = server.listen {
            if listen.get_ref().is_empty() {
                self.mistakes.note(listen.span(), "at least one address is needed");
            }
            ports.listen = listen.into_inner();
        }
        if server.shoutcast == Some(true) {
            ports.shoutcast = ports.listen.iter().copied().map(port_after).collect();
        }
        if let Some(most) = server.max_connections {
            if *most.get_ref() == 0 {
                self.mistakes.note(most.span(), "nobody could connect: at least 1 is needed");
            }
            ports.max_connections = usize::try_from(most.into_inner()).unwrap_or(usize::MAX);
        }
        ports.public_url = server.public_url.and_then(|url| self.web_address(url));
        if let Some(most) = server.max_per_address {
            if *most.get_ref() == 0 {
                self.mistakes.note(most.span(), "no connection could come in");
            }
            ports.max_per_address = usize::try_from(most.into_inner()).unwrap_or(usize::MAX);
        }
        if let Some(taken) = server.ice_passwords {
            ports.door.ice_passwords = taken;
        }
        ports.door.trusted_proxies = server.trusted_proxies.unwrap_or_default();
        if let Some(patience) = server.patience {
            ports.door.patience = self.positive(patience);
        }
        ports.door.tls = self.certificates(&server.tls.unwrap_or_default());
        ports
    }

    /// TLS with these certificates; each is looked at by itself, to say which is wrong.
    fn certificates(&mut self, written: &[model::Tls]) -> Option<Arc<rustls::ServerConfig>> {
        let files: Vec<(PathBuf, PathBuf)> = written
            .iter()
            .map(|tls| {
                (self.folder.join(tls.certificate.get_ref()), self.folder.join(tls.key.get_ref()))
            })
            .collect();
        for ((chain, key), tls) in files.iter().zip(written) {
            if let Err(error) = TlsCertificates::load(chain, key) {
                let span = if error.file == *key { tls.key.span() } else { tls.certificate.span() };
                self.mistakes.note(span, error);
            }
        }
        let files: Vec<(&Path, &Path)> =
            files.iter().map(|(chain, key)| (chain.as_path(), key.as_path())).collect();
        // What is wrong has been noted.
        if files.is_empty() { None } else { TlsCertificates::load_several(&files).ok() }
    }

    fn listeners(&mut self, listeners: Option<model::Listeners>, dir: &Path) -> ListenSettings {
        let (max, threads, log, days) = match listeners {
            Some(given) => (given.max, given.threads, given.session_log, given.keep_addresses_days),
            None => (None, None, None, None),
        };
        let pumps = threads.map_or(1, |threads| {
            if !(1..=64).contains(threads.get_ref()) {
                self.mistakes.note(threads.span(), "from 1 to 64 threads can send");
            }
            usize::try_from(threads.into_inner()).unwrap_or(1)
        });
        ListenSettings {
            pumps,
            interval: SEND_INTERVAL,
            max_listeners: max,
            sessions: log.unwrap_or(true).then(|| dir.join("sessions")),
            keep_addresses_days: days.unwrap_or(7),
        }
    }

    fn retention(&mut self, tape: Option<model::Tape>) -> Retention {
        let (keep, max_size) = tape.map_or((None, None), |tape| (tape.keep, tape.max_size));
        let max_age = keep.map_or(Duration::from_secs(6 * 3600), |keep| self.positive(keep));
        let max_bytes = max_size.map_or(20 << 30, |size| {
            let Size(bytes) = *size.get_ref();
            if bytes < 1 << 20 {
                self.mistakes.note(size.span(), "a tape needs at least 1 MiB");
            }
            bytes
        });
        Retention { max_age, max_bytes }
    }

    fn log(&mut self, log: Option<model::Log>) -> (Option<LogFormat>, Option<String>) {
        let Some(log) = log else { return (None, None) };
        if let Some(level) = &log.level
            && !["error", "warn", "info", "debug", "trace"].contains(&level.get_ref().as_str())
        {
            self.mistakes.note(
                level.span(),
                format!("`{}` is no level: error, warn, info, debug or trace", level.get_ref()),
            );
        }
        (log.format, log.level.map(Spanned::into_inner))
    }

    /// A length of time that can't be nothing.
    pub(super) fn positive(&mut self, length: Spanned<Length>) -> Duration {
        if length.get_ref().0.is_zero() {
            self.mistakes.note(length.span(), "this can't be no time at all");
        }
        length.into_inner().0
    }

    /// The address of something on the web, without a slash at its end.
    pub(super) fn web_address(&mut self, url: Spanned<String>) -> Option<String> {
        let text = url.get_ref().trim_end_matches('/');
        let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
        let good = rest.is_some_and(|rest| {
            !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace)
        });
        if !good {
            self.mistakes.note(
                url.span(),
                format!("`{}` is no address that begins with http:// or https://", url.get_ref()),
            );
        }
        good.then(|| text.to_owned())
    }
}

/// SHOUTcast v1 sources connect to the port after the listeners'. After "any free port" comes any
/// free port.
fn port_after(mut address: SocketAddr) -> SocketAddr {
    if address.port() != 0 {
        address.set_port(address.port().wrapping_add(1));
    }
    address
}
