//! A door in front of a test's air, and clients that come to it.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use access::{Gatekeeper, Grant, PasswordHash, Scope, Secret};
use air::{SourceDoor, serve_shoutcast, serve_source};
use bytes::Bytes;
use door::{DoorSettings, Opening};
use lineup::Mount;
use tokio::runtime::Runtime;

use crate::rig::{Rig, audio, builtin, mount, path};

/// How long anything real may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct DoorRig {
    pub(crate) rig: Rig,
    runtime: Runtime,
    plain: SocketAddr,
    shoutcast: SocketAddr,
}

impl DoorRig {
    pub(crate) fn new() -> Self {
        Self::with(Mount { fallback: vec![builtin("news")], ..mount("/news.mp3") })
    }

    pub(crate) fn with(mount: Mount) -> Self {
        Self::with_settings(mount, DoorSettings::default())
    }

    pub(crate) fn with_settings(mount: Mount, settings: DoorSettings) -> Self {
        let mut rig = Rig::new();
        let loops = vec![audio(b'L', 0, 8.0); mount.fallback.len()];
        rig.add(mount, &loops);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let grant = |user: &str, password: &str, scope| Grant {
            user: user.to_owned(),
            password: PasswordHash::hash(&Secret::new(password)).unwrap(),
            scopes: vec![scope],
        };
        let grants = vec![
            grant("source", "hackme", Scope::AnySource),
            grant("source", "news.mp3:with:colons", Scope::AnySource),
            grant("dj", "music", Scope::Source(path("/music.mp3"))),
            grant("admin", "secret", Scope::Admin),
        ];
        let ctx = SourceDoor {
            air: rig.air.clone(),
            gatekeeper: Arc::new(Gatekeeper::new(grants, rig.clock.clone())),
            clock: rig.clock.clone(),
            settings: Arc::new(settings),
            default_mount: Some(path("/news.mp3")),
        };
        let plain = listen(&runtime, &ctx, false);
        let shoutcast = listen(&runtime, &ctx, true);
        Self { rig, runtime, plain, shoutcast }
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.plain)
    }

    pub(crate) fn connect_shoutcast(&self) -> Client {
        Client::connect(self.shoutcast)
    }

    /// Starts something on the runtime.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(task);
    }

    /// Lets simulated time pass beside real time, until something is so.
    pub(crate) fn until(&self, what: &str, so: impl Fn(&Rig) -> bool) {
        self.until_with(what, |_| {}, so);
    }

    /// The same, calling `each` before every step of the air.
    pub(crate) fn until_with(
        &self,
        what: &str,
        mut each: impl FnMut(&Rig),
        so: impl Fn(&Rig) -> bool,
    ) {
        // A step for each millisecond that the sockets had.
        let mut beat =
            self.runtime.block_on(async { tokio::time::interval(Duration::from_millis(1)) });
        for round in 0..10_000 {
            self.rig.run_with(0.02, &mut each);
            if round % 20 == 0 && so(&self.rig) {
                return;
            }
            self.runtime.block_on(beat.tick());
        }
        panic!("it never came about that {what}");
    }
}

fn listen(runtime: &Runtime, ctx: &SourceDoor, shoutcast: bool) -> SocketAddr {
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let ctx = ctx.clone();
    runtime.spawn(async move {
        loop {
            let (socket, from) = listener.accept().await.unwrap();
            let ctx = ctx.clone();
            tokio::spawn(async move {
                let settings = DoorSettings { shoutcast, ..DoorSettings::default() };
                let mut conn = door::admit(socket, from, &settings).await.unwrap();
                match conn.read_head(&settings).await {
                    Ok(Some(Opening::Request(mut head))) => loop {
                        let Ok(Some(kept)) = serve_source(conn, &head, &ctx).await else { return };
                        conn = kept;
                        let next = conn.next_head(&settings, PATIENCE).await;
                        let Ok(Some(next)) = next else { return };
                        head = next;
                    },
                    Ok(Some(Opening::Shoutcast(line))) => {
                        let _ = serve_shoutcast(conn, &line, &ctx).await;
                    }
                    Ok(None) | Err(_) => {}
                }
            });
        }
    });
    address
}

pub(crate) struct Client {
    socket: TcpStream,
}

impl Client {
    pub(crate) fn connect(to: SocketAddr) -> Self {
        let socket = TcpStream::connect(to).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_nodelay(true).unwrap();
        Self { socket }
    }

    /// Has anything come that was not read yet, or the end?
    pub(crate) fn is_answered(&self) -> bool {
        self.socket.set_nonblocking(true).unwrap();
        let peeked = self.socket.peek(&mut [0]);
        self.socket.set_nonblocking(false).unwrap();
        peeked.is_ok()
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).unwrap();
    }

    /// Reads just these bytes.
    pub(crate) fn expect(&mut self, text: &str) {
        let mut read = vec![0; text.len()];
        self.socket.read_exact(&mut read).unwrap();
        assert_eq!(String::from_utf8_lossy(&read), text);
    }

    /// Reads a whole reply: head, and as much body as it says.
    pub(crate) fn reply(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.socket.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Length: "))
            .map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.socket.read_exact(&mut body).unwrap();
        head + &String::from_utf8(body).unwrap()
    }

    /// The other side hangs up.
    pub(crate) fn expect_end(&mut self) {
        let mut rest = Vec::new();
        match self.socket.read_to_end(&mut rest) {
            Ok(_) => assert!(rest.is_empty(), "{rest:?}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }
}

/// What a server says and then sends, for a relay to take.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
}

impl Server {
    /// A server that answers its `n`th connection with the `n`th of these; the last again and
    /// again. What it was asked is handed to `asked`.
    pub(crate) fn start(answers: Vec<Bytes>, asked: std::sync::mpsc::Sender<String>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for n in 0.. {
                let Ok((mut socket, _)) = listener.accept() else { return };
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && socket.read_exact(&mut byte).is_ok() {
                    head.push(byte[0]);
                }
                if asked.send(String::from_utf8_lossy(&head).into_owned()).is_err() {
                    return;
                }
                let answer = answers[answers.len().min(n + 1) - 1].clone();
                // Whoever hangs up early has heard enough.
                let _ = socket.write_all(&answer);
            }
        });
        Self { address }
    }
}
