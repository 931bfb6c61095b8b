//! A station in a test: a tape with frames that can be told apart, and listeners on loopback.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock as _, ProgrammeTime, SimulatedClock};
use bytes::{Bytes, BytesMut};
use codec::{Codec, Format, Packet};
use door::{Conn, Opening, Peer, Transport};
use lineup::{BurstLength, Mount, MountPath, Rendition, SourcePolicy, Stream};
use listen::{Joined, Listen, ListenSettings, MountSetup};
use tape::{Appender, Discontinuity, Epoch, Event, EventLog, Retention, Tape, TapeOptions};
use tokio::runtime::Runtime;

/// One MPEG-1 layer III frame at 128 kbit/s and 48 kHz: 384 bytes, 24 ms.
pub(crate) const FRAME: usize = 384;
pub(crate) const FRAME_TIME: Duration = Duration::from_millis(24);

/// 2026-11-24T05:00:00Z, the beginning of every test.
pub(crate) const START: i64 = 1_795_496_400_000_000;

pub(crate) fn at(seconds: f64) -> ProgrammeTime {
    ProgrammeTime::from_micros(START + (seconds * 1e6) as i64)
}

pub(crate) fn path() -> MountPath {
    MountPath::new("/news.mp3").unwrap()
}

/// Frame `n`: a header that is one, its number, and a pattern. It leans on no other frame.
pub(crate) fn frame(n: u64) -> Vec<u8> {
    let mut frame = vec![0xff, 0xfb, 0x94, 0x00];
    frame.resize(36, 0);
    frame.extend(n.to_be_bytes());
    frame.resize_with(FRAME, || (n % 251) as u8);
    frame
}

/// The number of the frame that `bytes` begin with; panics unless it is whole and as it was made.
pub(crate) fn number(bytes: &[u8]) -> u64 {
    let n = u64::from_be_bytes(bytes[36..44].try_into().unwrap());
    assert_eq!(bytes[..FRAME], frame(n), "not a whole frame");
    n
}

/// The numbers of all whole frames in `audio`, which begins with one.
pub(crate) fn numbers(audio: &[u8]) -> Vec<u64> {
    audio.chunks_exact(FRAME).map(number).collect()
}

pub(crate) struct Studio {
    pub(crate) clock: Arc<SimulatedClock>,
    pub(crate) tape: Tape,
    pub(crate) appender: Appender,
    pub(crate) events: EventLog,
    pub(crate) listen: Listen,
    pub(crate) frames: u64,
    /// Bytes of earlier frames that each frame leans on.
    pub(crate) leans_on: u16,
    address: SocketAddr,
    _runtime: Runtime,
    joined: std::sync::mpsc::Receiver<std::io::Result<Joined>>,
    _dir: tempfile::TempDir,
}

pub(crate) struct Plan {
    pub(crate) settings: ListenSettings,
    pub(crate) mount: Mount,
    pub(crate) offset: Duration,
    pub(crate) tls: Option<Arc<rustls::ServerConfig>>,
    pub(crate) ring: Duration,
}

impl Plan {
    pub(crate) fn new() -> Self {
        let settings = ListenSettings {
            pumps: 1,
            interval: Duration::from_secs(2),
            max_listeners: None,
            sessions: None,
            keep_addresses_days: 30,
        };
        let mount = Mount {
            path: path(),
            station: lineup::StationId::new("kstl").unwrap(),
            stream: lineup::StreamId::new("news").unwrap(),
            rendition: lineup::RenditionId::new("mp3-128").unwrap(),
            listed: true,
            burst: BurstLength::default(),
            icy_interval: 16_000,
            max_listeners: None,
            max_per_address: None,
            max_duration: None,
            max_lag: Duration::from_secs(20),
            listener_auth: None,
            source: SourcePolicy::default(),
            fallback: Vec::new(),
        };
        let ring = Duration::from_secs(90);
        Self { settings, mount, offset: Duration::ZERO, tls: None, ring }
    }

    pub(crate) fn open(self) -> Studio {
        let dir = tempfile::tempdir().unwrap();
        let start = ProgrammeTime::from_micros(START);
        let clock = Arc::new(SimulatedClock::starting_at(start));
        let options = TapeOptions {
            dir: Some(dir.path().join("tape")),
            ring: self.ring,
            retention: Retention { max_age: Duration::from_secs(6 * 3600), max_bytes: 20 << 30 },
        };
        let (tape, mut appender) = Tape::open(options, clock.clone()).unwrap();
        let format = Format { codec: Codec::Mp3, sample_rate: 48_000, channels: 2 };
        appender.begin(Epoch::new(format, []), Discontinuity::Start);
        let events = EventLog::open(&dir.path().join("events"), clock.clone()).unwrap();
        let listen = Listen::open(self.settings, clock.clone()).unwrap();
        listen.set_mount(setup(self.mount, self.offset, &tape, &events));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (address, joined) = serve(&runtime, listen.clone(), self.tls);
        Studio {
            clock,
            tape,
            appender,
            events,
            listen,
            frames: 0,
            leans_on: 0,
            address,
            _runtime: runtime,
            joined,
            _dir: dir,
        }
    }
}

pub(crate) fn setup(mount: Mount, offset: Duration, tape: &Tape, events: &EventLog) -> MountSetup {
    let stream = Stream {
        station: mount.station.clone(),
        id: mount.stream.clone(),
        name: "News".to_owned(),
        description: "News and talk\r\nfrom Alder Falls".to_owned(),
        genre: "News".to_owned(),
        url: "https://kstl.example/".to_owned(),
    };
    let rendition = Rendition {
        station: mount.station.clone(),
        stream: mount.stream.clone(),
        id: mount.rendition.clone(),
        codec: Codec::Mp3,
        bitrate: Some(128),
        sample_rate: None,
        channels: None,
        offset,
    };
    let (tape, events) = (tape.clone(), events.clone());
    MountSetup { mount, stream, rendition, tape, events, public_url: None }
}

/// Receives connections, and seats whoever asks for a mount.
fn serve(
    runtime: &Runtime,
    listen: Listen,
    tls: Option<Arc<rustls::ServerConfig>>,
) -> (SocketAddr, std::sync::mpsc::Receiver<std::io::Result<Joined>>) {
    let socket = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = socket.local_addr().unwrap();
    let (told, joined) = std::sync::mpsc::channel();
    runtime.spawn(async move {
        loop {
            let (socket, from) = socket.accept().await.unwrap();
            let (listen, tls, told) = (listen.clone(), tls.clone(), told.clone());
            tokio::spawn(async move {
                let peer = Peer { client: from.ip(), socket: from };
                let transport = match tls {
                    None => Transport::Plain(socket),
                    Some(tls) => {
                        let acceptor = tokio_rustls::TlsAcceptor::from(tls);
                        Transport::Tls(Box::new(acceptor.accept(socket).await.unwrap()))
                    }
                };
                let mut conn = Conn::from_parts(transport, peer, BytesMut::new());
                let settings = door::DoorSettings {
                    patience: Duration::from_secs(15),
                    ..door::DoorSettings::default()
                };
                let Ok(Some(Opening::Request(head))) = conn.read_head(&settings).await else {
                    return;
                };
                let Ok(mount) = MountPath::new(&head.path) else { return };
                let _ = told.send(listen.join(conn, &head, &mount).await);
            });
        }
    });
    (address, joined)
}

impl Studio {
    pub(crate) fn new() -> Self {
        Plan::new().open()
    }

    /// Puts audio on the air for `length`, frame by frame.
    pub(crate) fn air(&mut self, length: Duration) {
        for _ in 0..length.as_micros().div_ceil(FRAME_TIME.as_micros()) {
            let mut bytes = frame(self.frames);
            bytes[4..6].copy_from_slice(&(self.leans_on << 7).to_be_bytes());
            let bytes = Bytes::from(bytes);
            let packet = Packet { bytes, samples: 1152, entry: true, reservoir: self.leans_on };
            assert!(self.appender.append(&packet, self.clock.now()));
            self.frames += 1;
            self.clock.advance(FRAME_TIME);
        }
    }

    /// Records that `line` is heard from `seconds` after the start on.
    pub(crate) fn title(&self, seconds: f64, line: &str) {
        let payload = serde_json::json!({ "raw": line, "source": "admin" });
        self.events.record(Event { at: at(seconds), kind: "title".to_owned(), payload });
    }

    /// Connects without asking for anything.
    pub(crate) fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(2))).unwrap();
        socket
    }

    /// Asks for `target` with header lines, and waits until the request was dealt with.
    pub(crate) fn ask(&self, target: &str, headers: &str) -> Ear {
        self.request("GET", target, headers)
    }

    pub(crate) fn request(&self, method: &str, target: &str, headers: &str) -> Ear {
        let mut socket = self.connect();
        let head = format!("{method} {target} HTTP/1.1\r\nHost: kstl.example\r\n{headers}\r\n");
        socket.write_all(head.as_bytes()).unwrap();
        let joined = self.joined.recv_timeout(Duration::from_secs(20)).unwrap().unwrap();
        Ear { socket, joined: Some(joined), got: Vec::new(), ended: false }
    }

    pub(crate) fn last_joined(&self) -> std::io::Result<Joined> {
        self.joined.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    /// Listens until `enough`, with the air going on.
    pub(crate) fn hear(&mut self, ear: &mut Ear, mut enough: impl FnMut(&Ear) -> bool) {
        for _ in 0..3_000 {
            if enough(ear) {
                return;
            }
            assert!(!ear.ended, "let go after {} bytes", ear.got.len());
            if !ear.read() {
                self.air(10 * FRAME_TIME);
            }
        }
        panic!("nothing more is heard after {} bytes", ear.got.len());
    }

    /// Lets air go on until `done`.
    pub(crate) fn until(&mut self, mut done: impl FnMut(&Self) -> bool) {
        for _ in 0..20_000 {
            if done(self) {
                return;
            }
            self.air(2 * FRAME_TIME);
            std::thread::yield_now();
        }
        panic!("it never came to that");
    }

    /// Lets time pass without audio until `done`: at most some minutes of it.
    pub(crate) fn pass_in_silence(&mut self, mut done: impl FnMut(&Self) -> bool) {
        for _ in 0..10_000 {
            if done(self) {
                return;
            }
            self.clock.advance(FRAME_TIME);
            std::thread::yield_now();
        }
        panic!("it never came to that");
    }
}

impl Drop for Studio {
    fn drop(&mut self) {
        self.listen.stop();
    }
}

/// A listener.
pub(crate) struct Ear {
    pub(crate) socket: TcpStream,
    pub(crate) joined: Option<Joined>,
    pub(crate) got: Vec<u8>,
    pub(crate) ended: bool,
}

impl Ear {
    /// Reads what is there. `false`: nothing is, for some milliseconds.
    pub(crate) fn read(&mut self) -> bool {
        let mut buffer = [0; 64 * 1024];
        match self.socket.read(&mut buffer) {
            Ok(0) => {
                self.ended = true;
                true
            }
            Ok(n) => {
                self.got.extend_from_slice(&buffer[..n]);
                true
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                false
            }
            Err(_) => {
                self.ended = true;
                true
            }
        }
    }

    /// Reads all until the other end closes or is silent.
    pub(crate) fn rest(&mut self) {
        while !self.ended && self.read() {}
    }

    /// The head of the reply, once it is whole.
    pub(crate) fn head(&self) -> Option<String> {
        let end = self.got.windows(4).position(|at| at == b"\r\n\r\n")?;
        Some(String::from_utf8(self.got[..end + 4].to_vec()).unwrap())
    }

    /// What came after the head.
    pub(crate) fn body(&self) -> &[u8] {
        let end = self.got.windows(4).position(|at| at == b"\r\n\r\n");
        end.map_or(&[], |end| &self.got[end + 4..])
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.head()?;
        head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    }
}
