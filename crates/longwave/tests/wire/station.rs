//! A running station with a mount of each kind.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::peer::{PATIENCE, Peer};

/// `source:hackme`, `ada:hackme`, `boss:hackme`.
pub(crate) const SOURCE: &str = "Authorization: Basic c291cmNlOmhhY2ttZQ==\r\n";
pub(crate) const ADA: &str = "Authorization: Basic YWRhOmhhY2ttZQ==\r\n";
pub(crate) const BOSS: &str = "Authorization: Basic Ym9zczpoYWNrbWU=\r\n";

/// The program, running. Killed when dropped.
pub(crate) struct Station {
    pub(crate) address: SocketAddr,
    program: Child,
    _dir: TempDir,
}

impl Station {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// With more mounts, each a stream of its own: codec, path, and lines of its two tables.
    pub(crate) fn with(more: &[(&str, &str, &str, &str)]) -> Self {
        Self::with_environment(more, &[])
    }

    /// The same, in this environment.
    pub(crate) fn with_environment(
        more: &[(&str, &str, &str, &str)],
        environment: &[(&str, &str)],
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let address = free_pair();
        let mount = |codec: &str, path: &str, own: &str, source: &str| {
            let stream = path.trim_start_matches('/').replace('.', "-");
            format!(
                "[[station.stream]]\nid = \"{stream}\"\nname = \"{stream}\"\n\
                 [[station.stream.rendition]]\nid = \"one\"\ncodec = \"{codec}\"\n\
                 [[station.stream.rendition.mount]]\npath = \"{path}\"\n{own}\n\
                 [station.stream.rendition.mount.source]\nbuffer = \"200ms\"\n{source}\n"
            )
        };
        let user = |name: &str, may: &str| {
            format!("[[user]]\nname = \"{name}\"\npassword = \"{}\"\nmay = [{may}]\n", hash())
        };
        let config = [
            format!("data_dir = \"data\"\n[server]\nlisten = [\"{address}\"]\nshoutcast = true\n"),
            "[[station]]\nid = \"kstl\"\nname = \"Kestrel Public Radio\"\n".to_owned(),
            mount("mp3", "/news.mp3", "", ""),
            mount("mp3", "/open.mp3", "", "takeover = true"),
            mount("opaque", "/raw", "", ""),
            more.iter().map(|(codec, path, own, source)| mount(codec, path, own, source)).collect(),
            user("source", "\"source *\""),
            user("ada", "\"source /open.mp3\", \"source /raw\""),
            user("boss", "\"admin\""),
        ];
        let path = dir.path().join("longwave.toml");
        std::fs::write(&path, config.concat()).unwrap();
        let program = Command::new(env!("CARGO_BIN_EXE_longwave"))
            .args(["serve", "--config"])
            .arg(&path)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(dir.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut station = Self { address, program, _dir: dir };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(station.second_port()).is_err() {
            let log = || std::fs::read_to_string(station._dir.path().join("log")).unwrap();
            assert!(station.program.try_wait().unwrap().is_none(), "it ended:\n{}", log());
            assert!(Instant::now() < deadline, "it does not listen:\n{}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        station
    }

    /// Where SHOUTcast sources connect.
    pub(crate) fn second_port(&self) -> SocketAddr {
        SocketAddr::new(self.address.ip(), self.address.port() + 1)
    }

    /// A connection on which `request` was said.
    pub(crate) fn ask(&self, request: impl AsRef<[u8]>) -> Peer {
        let mut peer = Peer::connect(self.address);
        peer.say(request);
        peer
    }

    /// The whole answer to a GET.
    pub(crate) fn get(&self, target: &str, headers: &str) -> String {
        self.ask(format!("GET {target} HTTP/1.0\r\nHost: test\r\n{headers}\r\n")).rest()
    }

    /// Asks for a page until it has `part` in it.
    #[track_caller]
    pub(crate) fn until(&self, target: &str, headers: &str, part: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let page = self.get(target, headers);
            if page.contains(part) {
                return;
            }
            assert!(Instant::now() < deadline, "no {part:?} in {page}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Asks for the head of a mount until it has `part` in it.
    #[track_caller]
    pub(crate) fn head_with(&self, mount: &str, part: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let head = self.ask(format!("HEAD {mount} HTTP/1.0\r\n\r\n")).rest();
            if head.contains(part) {
                return head;
            }
            assert!(Instant::now() < deadline, "no {part:?} in {head}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// So many frames of silence: MPEG-1 layer III, 48 kHz stereo, 64 kbit/s, 24 ms each.
pub(crate) fn audio(frames: usize) -> Vec<u8> {
    let mut frame = [0; 192];
    frame[..4].copy_from_slice(&[0xff, 0xfb, 0x54, 0x00]);
    frame.repeat(frames)
}

/// An address whose port, and the next, nobody has taken.
fn free_pair() -> SocketAddr {
    loop {
        let first = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let Some(next) = first.port().checked_add(1) else { continue };
        if TcpListener::bind((first.ip(), next)).is_ok() {
            return first;
        }
    }
}

/// The hash of `hackme`, made by the program itself.
fn hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_longwave"))
            .arg("hash-password")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "hackme").unwrap();
        let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        said.split_whitespace().find(|word| word.starts_with("$argon2")).unwrap().to_owned()
    })
}
