//! A station to hear in one command: Kestrel Public Radio, Alder Falls. All of it is invented.

use std::net::{IpAddr, SocketAddr};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use access::{Grant, Scope, Secret};
use anyhow::{Context as _, anyhow};
use arc_swap::ArcSwap;
use clap::Args;
use codec::Codec;
use door::DoorSettings;
use lineup::{
    BurstLength, Fallback, Lineup, Mount, MountPath, NameError, Rendition, RenditionId,
    SourcePolicy, Station, StationId, Stream, StreamId,
};
use listen::ListenSettings;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use station::StationSettings;
use tape::Retention;
use web::FrontSettings;

use crate::failure::Failure;
use crate::init::{hash, new_password};
use crate::logging::{self, LogFormat};
use crate::on_air::{self, OnAir, Port};
use crate::order::{self, Order};
use crate::running::Running;
use crate::screen::say;
use crate::{sounds, withhold};

/// What a password in a URL can't hold as it is (RFC 3986, 2.3).
const NOT_IN_URLS: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Options of `longwave demo`.
#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// Port to listen on; 0 takes any free one.
    #[arg(long, default_value_t = 8000)]
    port: u16,

    /// Address to listen on; 0.0.0.0 lets other machines in.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    bind: IpAddr,

    /// Folder for the recordings [default: longwave-demo in your data folder].
    #[arg(long)]
    dir: Option<PathBuf>,

    /// Password for user `source` [default: a new one at each start].
    #[arg(long, value_name = "P")]
    source_password: Option<String>,
}

/// Puts the demo station on the air until it is stopped.
pub(crate) fn run(args: DemoArgs, log_format: Option<LogFormat>) -> Result<(), Failure> {
    logging::start(log_format, None);
    let dir = args.dir.unwrap_or_else(default_dir);
    let _running = Running::claim(&dir)?;
    let source = match args.source_password {
        Some(given) => Secret::new(given),
        None => new_password()?,
    };
    let admin = new_password()?;

    let door = DoorSettings { patience: Duration::from_secs(15), ..DoorSettings::default() };
    let port = Port {
        address: SocketAddr::new(args.bind, args.port),
        door: Arc::new(ArcSwap::from_pointee(door)),
    };
    let settings = StationSettings {
        dir: dir.clone(),
        lineup: lineup().map_err(|error| anyhow!(error))?,
        grants: vec![
            grant("source", &source, Scope::AnySource)?,
            grant("admin", &admin, Scope::Admin)?,
        ],
        listen: ListenSettings {
            pumps: 1,
            interval: Duration::from_secs(2),
            max_listeners: None,
            sessions: Some(dir.join("sessions")),
            keep_addresses_days: 7,
        },
        retention: Retention { max_age: Duration::from_secs(6 * 3600), max_bytes: 2 << 30 },
        builtins: sounds::builtins(),
        public_url: None,
    };

    let runtime = on_air::runtime()?;
    let outcome = runtime.block_on(async {
        let on_air = OnAir::start(&[port], settings, FrontSettings::default())?;
        let address = on_air.addresses.first().copied().context("no address")?;
        say(&welcome(reachable(address), &dir, &source, &admin));
        on_air.until_stopped(|station| on_hangup(&dir, station)).await
    });
    on_air::end(runtime);
    outcome
}

/// Carries out what is asked of the running demo. If nothing is, its terminal has been closed.
fn on_hangup(dir: &Path, station: &station::Station) -> ControlFlow<()> {
    let asked = order::carry_out(dir, |order| match order {
        Order::Reload { .. } => Err("The demo has no configuration to take up.".to_owned()),
        Order::Withhold { tape, decision } => withhold::on_air(station, &tape, decision),
    });
    if asked { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

/// Two streams, each at its own path, each open to a source there.
fn lineup() -> Result<Lineup, Box<dyn std::error::Error + Send + Sync>> {
    let station = StationId::new("kstl")?;
    let streams = [
        Channel { id: "news", name: "News", about: "News and talk from Alder Falls", bitrate: 64 },
        Channel {
            id: "music",
            name: "Music",
            about: "Music by the Alder Falls Tape Ensemble",
            bitrate: 96,
        },
    ];
    let licensee = Station {
        id: station.clone(),
        name: "Kestrel Public Radio".to_owned(),
        call_sign: "KSTL".to_owned(),
        city: "Alder Falls".to_owned(),
        frequencies: vec!["90.7 FM".to_owned()],
        time_zone: "America/Denver".to_owned(),
        hosts: Vec::new(),
    };
    Ok(Lineup::new(
        vec![licensee],
        streams.iter().map(|channel| channel.stream(&station)).collect::<Result<_, _>>()?,
        streams.iter().map(|channel| channel.rendition(&station)).collect::<Result<_, _>>()?,
        streams.iter().map(|channel| channel.mount(&station)).collect::<Result<_, _>>()?,
    )?)
}

/// One of the demo's streams.
struct Channel {
    id: &'static str,
    name: &'static str,
    about: &'static str,
    bitrate: u32,
}

impl Channel {
    fn stream(&self, station: &StationId) -> Result<Stream, NameError> {
        Ok(Stream {
            station: station.clone(),
            id: StreamId::new(self.id)?,
            name: self.name.to_owned(),
            description: self.about.to_owned(),
            genre: self.name.to_owned(),
            url: String::new(),
        })
    }

    fn rendition(&self, station: &StationId) -> Result<Rendition, NameError> {
        Ok(Rendition {
            station: station.clone(),
            stream: StreamId::new(self.id)?,
            id: RenditionId::new("mp3")?,
            codec: Codec::Mp3,
            bitrate: Some(self.bitrate),
            sample_rate: Some(sounds::FORMAT.sample_rate),
            channels: Some(sounds::FORMAT.channels),
            offset: Duration::ZERO,
        })
    }

    fn mount(&self, station: &StationId) -> Result<Mount, NameError> {
        Ok(Mount {
            path: MountPath::new(&format!("/{}.mp3", self.id))?,
            station: station.clone(),
            stream: StreamId::new(self.id)?,
            rendition: RenditionId::new("mp3")?,
            listed: true,
            burst: BurstLength::default(),
            icy_interval: 16_000,
            max_listeners: None,
            max_per_address: None,
            max_duration: None,
            max_lag: Duration::from_secs(30),
            listener_auth: None,
            source: SourcePolicy::default(),
            fallback: vec![Fallback::Builtin(self.id.to_owned())],
        })
    }
}

fn welcome(address: SocketAddr, dir: &Path, source: &Secret, admin: &Secret) -> String {
    let password = utf8_percent_encode(source.expose(), NOT_IN_URLS);
    format!(
        "\
Kestrel Public Radio (KSTL, Alder Falls) is on the air.

  Home page   http://{address}/
  News        http://{address}/news.mp3
  Music       http://{address}/music.mp3

Hear it again (when it has run for a minute): http://{address}/news.mp3?from=-60

Take a stream over with your own sound; the station's own program returns when you end:

  ffmpeg -re -i YOUR-FILE -vn -ar 44100 -ac 2 -c:a libmp3lame -b:a 128k -f mp3 \\
    -content_type audio/mpeg icecast://source:{password}@{address}/news.mp3

  Sources     user source   password {source}
  /admin/*    user admin    password {admin}   (Icecast's: stats, listclients, …)

Recordings are kept for 6 hours in {dir}
Stop with Ctrl-C.",
        source = source.expose(),
        admin = admin.expose(),
        dir = dir.display(),
    )
}

/// An address to show: one that listens everywhere is reached by this machine's own name for
/// itself.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::from(([127, 0, 0, 1], address.port()))
    } else {
        address
    }
}

/// `longwave-demo` in the user's data folder (`$XDG_DATA_HOME`, else `~/.local/share`), else in the
/// folder for temporary files.
pub(crate) fn default_dir() -> PathBuf {
    let absolute =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        .unwrap_or_else(std::env::temp_dir)
        .join("longwave-demo")
}

fn grant(user: &str, secret: &Secret, scope: Scope) -> Result<Grant, Failure> {
    Ok(Grant { user: user.to_owned(), password: hash(secret)?, scopes: vec![scope] })
}
