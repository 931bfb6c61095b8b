//! A station as a process, and the programs around it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The source password of every station here.
pub(crate) const PASSWORD: &str = "rehearsal";

/// A program that is ended when the test is.
pub(crate) struct Program {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts a program; what it prints goes to a file that [`Program::log`] reads.
    pub(crate) fn start(dir: &Path, name: &str, command: &mut Command) -> Self {
        let unique = format!("{name}-{}.log", std::fs::read_dir(dir).unwrap().count());
        let log = dir.join(unique);
        let out = std::fs::File::create(&log).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} can't be started: {error}"));
        Self { name: name.to_owned(), child, log }
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Has it ended?
    pub(crate) fn ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits until it ends by itself.
    pub(crate) fn finish(mut self) -> String {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.ended() {
            assert!(Instant::now() < deadline, "{} does not end:\n{}", self.name, self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        self.log()
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running station.
pub(crate) struct Rig {
    pub(crate) address: SocketAddr,
    pub(crate) program: Program,
    pub(crate) dir: TempDir,
}

impl Rig {
    /// The demo station.
    pub(crate) fn demo() -> Self {
        Self::demo_in(tempfile::tempdir().unwrap(), "data", &[])
    }

    /// The demo station with its recordings in `dir`/`data`, in this environment.
    pub(crate) fn demo_in(dir: TempDir, data: &str, environment: &[(&str, &str)]) -> Self {
        let address = free_address();
        let mut command = Command::new(env!("CARGO_BIN_EXE_longwave"));
        command
            .args(["demo", "--port", &address.port().to_string(), "--source-password", PASSWORD])
            .arg("--dir")
            .arg(dir.path().join(data))
            .envs(environment.iter().copied());
        Self::open(dir, address, &mut command)
    }

    /// A station with one mount, `/relay.mp3`, whose `[…mount.source]` table and fallback are given.
    pub(crate) fn serve(fallback: &str, source: &str) -> Self {
        Self::serve_with(fallback, source, None)
    }

    fn serve_with(fallback: &str, source: &str, tls: Option<(String, String)>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let tls = tls.map_or_else(String::new, |(chain, key)| {
            std::fs::write(dir.path().join("one.pem"), chain).unwrap();
            std::fs::write(dir.path().join("one.key"), key).unwrap();
            "[[server.tls]]\ncertificate = \"one.pem\"\nkey = \"one.key\"\n".to_owned()
        });
        let address = free_address();
        let hash = hash_password();
        let config = dir.path().join("longwave.toml");
        std::fs::write(
            &config,
            format!(
                "data_dir = \"data\"\n[server]\nlisten = [\"{address}\"]\n{tls}\
                 [[station]]\nid = \"kstl\"\nname = \"Kestrel Public Radio\"\n\
                 [[station.stream]]\nid = \"news\"\nname = \"News\"\n\
                 [[station.stream.rendition]]\nid = \"mp3\"\ncodec = \"mp3\"\nbitrate = 128\n\
                 [[station.stream.rendition.mount]]\npath = \"/relay.mp3\"\nfallback = [{fallback}]\n\
                 [station.stream.rendition.mount.source]\n{source}\n\
                 [[user]]\nname = \"source\"\npassword = \"{hash}\"\nmay = [\"source *\"]\n\
                 [[user]]\nname = \"relay\"\npassword = \"{hash}\"\nmay = [\"relay\"]\n"
            ),
        )
        .unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_longwave"));
        command.args(["serve", "--config"]).arg(&config);
        Self::open(dir, address, &mut command)
    }

    /// A station that takes TLS on its port as well, with one mount, `/relay.mp3`.
    pub(crate) fn sealed() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        Self::serve_with("{ builtin = \"news\" }", "accept = true", Some((chain, key)))
    }

    /// Cuts the power; what is on disk stays.
    pub(crate) fn kill(self) -> TempDir {
        let Self { program, dir, .. } = self;
        program.kill();
        dir
    }

    /// The page `/health`.
    pub(crate) fn health(&self) -> serde_json::Value {
        serde_json::from_str(&self.page("/health")).unwrap()
    }

    /// Is this alarm raised?
    pub(crate) fn alarmed(&self, name: &str) -> bool {
        let health = self.health();
        health["alarms"].as_array().unwrap().iter().any(|alarm| alarm["name"] == name)
    }

    /// Resident memory of the station, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.program.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    fn open(dir: TempDir, address: SocketAddr, command: &mut Command) -> Self {
        let program = Program::start(dir.path(), "longwave", command);
        let mut rig = Self { address, program, dir };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(address).is_err() {
            assert!(!rig.program.ended(), "longwave ended at once:\n{}", rig.program.log());
            assert!(Instant::now() < deadline, "longwave does not listen:\n{}", rig.program.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        rig
    }

    /// The URL of a path here.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The URL that ffmpeg sends to.
    pub(crate) fn icecast_url(&self, path: &str) -> String {
        format!("icecast://source:{PASSWORD}@{}{path}", self.address)
    }

    /// Starts a program beside the station.
    pub(crate) fn run(&self, name: &str, arguments: &[&str]) -> Program {
        Program::start(self.dir.path(), name, Command::new(name).args(arguments))
    }

    /// The body of a page.
    pub(crate) fn page(&self, path: &str) -> String {
        let mut socket = TcpStream::connect(self.address).unwrap();
        write!(socket, "GET {path} HTTP/1.0\r\nHost: station\r\n\r\n").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut reply = Vec::new();
        socket.read_to_end(&mut reply).unwrap();
        let reply = String::from_utf8_lossy(&reply).into_owned();
        reply.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or(reply)
    }

    /// Sets a title, as its source.
    pub(crate) fn set_title(&self, mount: &str, title: &str) {
        let status = Command::new("curl")
            .args(["-sS", "-f", "-o", "/dev/null", "-u", &format!("source:{PASSWORD}"), "-G"])
            .args(["--data-urlencode", &format!("song={title}"), "-d", "mode=updinfo"])
            .args(["--data-urlencode", &format!("mount={mount}")])
            .arg(self.url("/admin/metadata"))
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// Waits until `condition` holds.
    pub(crate) fn until(&self, what: &str, mut condition: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !condition() {
            assert!(Instant::now() < deadline, "never came: {what}\n{}", self.program.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Does a source stand on this mount?
    pub(crate) fn has_source(&self, mount: &str) -> bool {
        self.health()["streams"]
            .as_array()
            .unwrap()
            .iter()
            .any(|stream| stream["mount"] == mount && stream["on_air"] == "source")
    }
}

/// A listener that reads as fast as audio comes.
pub(crate) struct Listener {
    socket: TcpStream,
    /// The reply's head.
    pub(crate) head: String,
    audio: Vec<u8>,
}

impl Listener {
    /// Asks for `path` with these header lines (each ending in CRLF).
    pub(crate) fn join(rig: &Rig, path: &str, headers: &str) -> Self {
        let mut socket = TcpStream::connect(rig.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        write!(socket, "GET {path} HTTP/1.1\r\nHost: station\r\n{headers}\r\n").unwrap();
        let mut reply = Vec::new();
        let end = loop {
            let mut piece = [0; 4096];
            let n = socket.read(&mut piece).unwrap();
            assert!(n > 0, "closed inside the head: {}", String::from_utf8_lossy(&reply));
            reply.extend_from_slice(&piece[..n]);
            if let Some(at) = reply.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let audio = reply.split_off(end);
        Self { socket, head: String::from_utf8_lossy(&reply).into_owned(), audio }
    }

    /// Listens until `enough` says so of all that was heard.
    pub(crate) fn until(&mut self, what: &str, mut enough: impl FnMut(&[u8]) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !enough(&self.audio) {
            assert!(Instant::now() < deadline, "never heard: {what}");
            let mut piece = [0; 65536];
            let n = self.socket.read(&mut piece).expect("the listener hears nothing more");
            assert!(n > 0, "the listener was dropped");
            self.audio.extend_from_slice(&piece[..n]);
        }
    }

    /// Bytes of audio between two titles.
    pub(crate) fn icy_interval(&self) -> usize {
        let line = self.head.lines().find_map(|line| line.strip_prefix("icy-metaint: "));
        line.expect("it has titles").parse().unwrap()
    }

    /// All that was heard.
    pub(crate) fn heard(&self) -> &[u8] {
        &self.audio
    }
}

/// A port that nobody has taken.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The hash of [`PASSWORD`], made by the program itself.
fn hash_password() -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_longwave"))
        .arg("hash-password")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
    let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    said.split_whitespace().find(|word| word.starts_with("$argon2")).expect("a hash").to_owned()
}
