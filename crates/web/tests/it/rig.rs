//! A station with its front, on a port of its own.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use access::{Grant, PasswordHash, Scope, Secret};
use air::OnAir;
use airtime::SystemClock;
use base64::Engine as _;
use codec::Codec;
use door::DoorSettings;
use lineup::{
    BurstLength, Fallback, Lineup, Mount, MountPath, Rendition, RenditionId, SourcePolicy,
    StationId, Stream, StreamId,
};
use listen::ListenSettings;
use station::{Station, StationSettings};
use tape::Retention;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use web::{Front, FrontSettings, listen_on};

/// Patience with everything that is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Rig {
    pub(crate) address: SocketAddr,
    pub(crate) second_address: SocketAddr,
    pub(crate) station: Arc<Station>,
    stop: watch::Sender<bool>,
    _dir: TempDir,
}

/// Users of every rig: name, password, scope.
fn grants() -> Vec<Grant> {
    let grant = |user: &str, password: &str, scope| Grant {
        user: user.to_owned(),
        password: PasswordHash::hash(&Secret::new(password)).unwrap(),
        scopes: vec![scope],
    };
    vec![
        grant("source", "hackme", Scope::AnySource),
        grant("admin", "boss", Scope::Admin),
        grant("relay", "pull", Scope::Relay),
    ]
}

/// A mount that loops audio, or that waits for a source and is silent until then.
pub(crate) enum Air {
    Looped,
    Silent,
}

impl Rig {
    /// A station whose streams are named as given.
    pub(crate) async fn start(streams: &[(&str, Air)]) -> Self {
        Self::start_with(
            streams,
            DoorSettings { shoutcast: false, ..door_settings() },
            FrontSettings::default(),
        )
        .await
    }

    pub(crate) async fn start_with(
        streams: &[(&str, Air)],
        door: DoorSettings,
        limits: FrontSettings,
    ) -> Self {
        Self::with_lineup(lineup(streams), door, limits).await
    }

    pub(crate) async fn with_lineup(
        lineup: Lineup,
        door: DoorSettings,
        limits: FrontSettings,
    ) -> Self {
        Self::known_as(None, lineup, door, limits).await
    }

    /// A station with a public address.
    pub(crate) async fn known_as(
        public_url: Option<&str>,
        lineup: Lineup,
        door: DoorSettings,
        limits: FrontSettings,
    ) -> Self {
        let dir = TempDir::new().unwrap();
        let settings = StationSettings {
            dir: dir.path().to_owned(),
            lineup,
            grants: grants(),
            listen: ListenSettings {
                pumps: 1,
                interval: Duration::from_millis(500),
                max_listeners: None,
                sessions: None,
                keep_addresses_days: 1,
            },
            retention: Retention { max_age: Duration::from_secs(3600), max_bytes: 1 << 30 },
            builtins: HashMap::from([(
                "loop".to_owned(),
                &*Box::leak(silent_mp3().into_boxed_slice()),
            )]),
            public_url: public_url.map(str::to_owned),
        };
        let station = Station::open(settings, SystemClock::start()).unwrap();
        let listener = listen_on(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let front = Front::open(station.clone(), limits, stopped);
        let door = Arc::new(arc_swap::ArcSwap::from_pointee(door));
        tokio::spawn(front.clone().serve(listener, door.clone()));
        // The second port that SHOUTcast's sources look for.
        let second = listen_on(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let second_address = second.local_addr().unwrap();
        tokio::spawn(front.serve(second, door));
        Self { address, second_address, station, stop, _dir: dir }
    }

    /// Sends a request with `Connection: close` and reads the whole reply.
    pub(crate) async fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Reply {
        self.send(method, target, headers, "").await
    }

    pub(crate) async fn get(&self, target: &str) -> Reply {
        self.ask("GET", target, &[]).await
    }

    /// A GET as this user.
    pub(crate) async fn get_as(&self, login: &str, target: &str) -> Reply {
        self.ask("GET", target, &[("Authorization", &basic(login))]).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let mut request = format!("{method} {target} HTTP/1.1\r\nHost: radio.example:8000\r\n");
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        request.push_str("Connection: close\r\n\r\n");
        request.push_str(body);
        self.say(&request).await
    }

    /// Sends this over a connection of its own, and reads until it is closed.
    pub(crate) async fn say(&self, request: &str) -> Reply {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut all = Vec::new();
        timeout(PATIENCE, socket.read_to_end(&mut all)).await.unwrap().unwrap();
        Reply::read(&all)
    }

    /// Waits until every listed mount is audible.
    pub(crate) async fn audible(&self) {
        self.until(async || self.station.health().ok).await;
    }

    /// Waits until this mount is audible.
    pub(crate) async fn station_audible(&self, mount: &str) {
        let mount = path(mount);
        self.until(async || self.station.deck_status(&mount).is_some_and(|it| it.audible)).await;
    }

    /// Asks again and again until it is so.
    pub(crate) async fn until(&self, mut so: impl AsyncFnMut() -> bool) {
        let wait = async {
            while !so().await {
                let _ = timeout(Duration::from_millis(20), std::future::pending::<()>()).await;
            }
        };
        timeout(PATIENCE, wait).await.expect("it never was so");
    }

    /// The title that `/api/now` tells of a stream.
    pub(crate) async fn title(&self, stream: &str) -> Option<String> {
        let now = self.get("/api/now").await.json();
        let streams = now["streams"].as_array()?;
        let stream = streams.iter().find(|it| it["stream"] == stream)?;
        Some(stream["title"].as_str()?.to_owned())
    }

    /// A source that sends silence to a mount until it is dropped.
    pub(crate) async fn source(&self, mount: &str) -> Source {
        self.source_that_says(mount, "").await
    }

    /// The same with more headers.
    pub(crate) async fn source_that_says(&self, mount: &str, headers: &str) -> Source {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        let login = basic("source:hackme");
        let head = format!(
            "PUT {mount} HTTP/1.1\r\nHost: x\r\nAuthorization: {login}\r\n\
             Content-Type: audio/mpeg\r\nUser-Agent: rig\r\nice-genre: Test\r\n{headers}\r\n"
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 15];
        timeout(PATIENCE, socket.read_exact(&mut answer)).await.unwrap().unwrap();
        assert!(answer.ends_with(b" 200 OK"), "{}", String::from_utf8_lossy(&answer));
        let sending = tokio::spawn(async move {
            let sound = silent_mp3();
            // Two seconds at once, then eight frames (209 ms) every 200 ms, as encoders do.
            let mut piece = &sound[..417 * 77];
            while socket.write_all(piece).await.is_ok() {
                let _ = timeout(Duration::from_millis(200), std::future::pending::<()>()).await;
                piece = &sound[..417 * 8];
            }
        });
        let mount = path(mount);
        let on_air =
            || self.station.deck_status(&mount).is_some_and(|it| it.on_air == OnAir::Source);
        self.until(async || on_air()).await;
        Source(sending)
    }

    /// A listener who has begun to hear.
    pub(crate) async fn listen(&self, target: &str, agent: &str) -> Listener {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nUser-Agent: {agent}\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut first = [0; 1024];
        timeout(PATIENCE, socket.read_exact(&mut first)).await.unwrap().unwrap();
        Listener { socket }
    }

    pub(crate) fn stop(&self) {
        self.stop.send(true).unwrap();
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.station.stop();
    }
}

/// A source; it goes when this is dropped.
pub(crate) struct Source(tokio::task::JoinHandle<()>);

impl Drop for Source {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A listener's end of a connection.
pub(crate) struct Listener {
    socket: TcpStream,
}

impl Listener {
    /// Reads on until the station lets it go.
    pub(crate) async fn ends(&mut self) {
        let mut rest = Vec::new();
        // A reset is an end, too.
        let _ = timeout(PATIENCE, self.socket.read_to_end(&mut rest)).await.expect("let go");
    }
}

/// A reply, taken apart.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    head: String,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    pub(crate) fn read(all: &[u8]) -> Self {
        let end = all.windows(4).position(|it| it == b"\r\n\r\n").expect("a whole head") + 4;
        let head = String::from_utf8_lossy(&all[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok()).expect("a status");
        Self { status, head, bytes: all[end..].to_vec() }
    }

    pub(crate) fn body(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).expect("JSON")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

pub(crate) fn basic(login: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(login))
}

pub(crate) fn door_settings() -> DoorSettings {
    DoorSettings { patience: Duration::from_secs(5), ..DoorSettings::default() }
}

pub(crate) fn path(path: &str) -> MountPath {
    MountPath::new(path).unwrap()
}

/// Streams `NAME`, each with one MP3 mount `/NAME.mp3`.
pub(crate) fn lineup(streams: &[(&str, Air)]) -> Lineup {
    lineup_where(streams, |_| {})
}

/// The same with mounts changed by `change`.
pub(crate) fn lineup_where(streams: &[(&str, Air)], change: impl Fn(&mut Mount)) -> Lineup {
    let id = StationId::new("kstl").unwrap();
    let station = lineup::Station {
        id: id.clone(),
        name: "Kestrel <Public> Radio".to_owned(),
        call_sign: "KSTL".to_owned(),
        city: "Alder Falls".to_owned(),
        frequencies: vec!["90.7 FM".to_owned()],
        time_zone: "America/Denver".to_owned(),
        hosts: Vec::new(),
    };
    let rendition = RenditionId::new("mp3").unwrap();
    let mut all = (Vec::new(), Vec::new(), Vec::new());
    for (name, air) in streams {
        let stream = StreamId::new(name).unwrap();
        all.0.push(Stream {
            station: id.clone(),
            id: stream.clone(),
            name: name.to_uppercase(),
            description: format!("All of {name}"),
            genre: String::new(),
            url: String::new(),
        });
        all.1.push(Rendition {
            station: id.clone(),
            stream: stream.clone(),
            id: rendition.clone(),
            codec: Codec::Mp3,
            bitrate: Some(128),
            sample_rate: None,
            channels: None,
            offset: Duration::ZERO,
        });
        all.2.push(Mount {
            path: path(&format!("/{name}.mp3")),
            station: id.clone(),
            stream,
            rendition: rendition.clone(),
            listed: true,
            burst: BurstLength::default(),
            icy_interval: 16000,
            max_listeners: None,
            max_per_address: None,
            max_duration: None,
            max_lag: Duration::from_secs(10),
            listener_auth: None,
            source: SourcePolicy::default(),
            fallback: match air {
                Air::Looped => vec![Fallback::Builtin("loop".to_owned())],
                Air::Silent => Vec::new(),
            },
        });
    }
    all.2.iter_mut().for_each(change);
    Lineup::new(vec![station], all.0, all.1, all.2).unwrap()
}

/// Ten seconds of MPEG-1 layer III frames at 128 kbit/s, 44.1 kHz, whose side information is
/// nothing but zeros: silence.
fn silent_mp3() -> Vec<u8> {
    let mut frame = vec![0_u8; 417];
    frame[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x04]);
    frame.repeat(383)
}
