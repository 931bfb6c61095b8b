//! The program as a child process, and a small HTTP client.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the program to its end.
pub(crate) fn longwave(args: &[&str], dir: &Path) -> Output {
    longwave_reading(args, dir, "")
}

/// Runs the program to its end with this on standard input.
pub(crate) fn longwave_reading(args: &[&str], dir: &Path, input: &str) -> Output {
    let mut child = program(args, dir).stdin(Stdio::piped()).spawn().unwrap();
    // A program that never reads its input closes it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn program(args: &[&str], dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longwave"));
    command
        .args(args)
        .current_dir(dir)
        .env("LONGWAVE_LOG", "info")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A running station. Killed when dropped.
pub(crate) struct Running {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Running {
    /// Starts the program and leaves it running.
    pub(crate) fn start(args: &[&str], dir: &Path) -> Self {
        Self::start_with(args, dir, &[])
    }

    /// Starts it with these variables in its environment.
    pub(crate) fn start_with(args: &[&str], dir: &Path, variables: &[(&str, &str)]) -> Self {
        let mut child = program(args, dir).envs(variables.iter().copied()).spawn().unwrap();
        let (tell, lines) = mpsc::channel();
        let outputs: [Box<dyn std::io::Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for output in outputs {
            let tell = tell.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    // The test may have ended.
                    let _ = tell.send(line);
                }
            });
        }
        Self { child, lines }
    }

    /// The next line on standard output or error that has this in it.
    pub(crate) fn wait_for(&self, part: &str) -> String {
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(part) => return line,
                Ok(line) => seen.push(line),
                Err(_) => panic!("no `{part}` in:\n{}", seen.join("\n")),
            }
        }
    }

    /// The lines that nobody has waited for, up to the program's end.
    pub(crate) fn rest(&self) -> Vec<String> {
        self.lines.iter().collect()
    }

    /// The address after `mark` in the next line that has it.
    pub(crate) fn address_after(&self, mark: &str) -> SocketAddr {
        let line = self.wait_for(mark);
        let rest = line.split_once(mark).unwrap().1;
        let end = rest.find(|c: char| !c.is_ascii_digit() && !".:".contains(c));
        rest[..end.unwrap_or(rest.len())].parse().unwrap()
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the program's end; gives its exit code.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        let (tell, told) = mpsc::channel();
        let id = self.child.id();
        let guard = std::thread::spawn(move || {
            if told.recv_timeout(PATIENCE).is_err() {
                let _ = Command::new("kill").args(["-s", "KILL", &id.to_string()]).status();
            }
        });
        let code = self.child.wait().unwrap().code();
        let _ = tell.send(());
        guard.join().unwrap();
        code
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request on a connection of its own, its head answered.
pub(crate) struct Get {
    pub(crate) status: u16,
    pub(crate) head: String,
    socket: BufReader<TcpStream>,
}

impl Get {
    pub(crate) fn new(address: SocketAddr, path: &str) -> Self {
        Self::with_headers(address, path, "")
    }

    pub(crate) fn with_headers(address: SocketAddr, path: &str, headers: &str) -> Self {
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(socket, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{headers}\r\n")
            .unwrap();
        let mut socket = BufReader::new(socket);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(socket.read_line(&mut head).unwrap(), 0, "no whole head: {head}");
        }
        let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
        Self { status, head, socket }
    }

    /// The next `n` bytes.
    pub(crate) fn bytes(&mut self, n: usize) -> Vec<u8> {
        let mut bytes = vec![0; n];
        self.socket.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Everything up to the end of the connection.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.socket.read_to_end(&mut bytes).unwrap();
        bytes
    }

    pub(crate) fn text(mut self) -> String {
        String::from_utf8(self.rest()).unwrap()
    }
}

/// How many MPEG frame heads of 44.1 kHz layer III are in there.
pub(crate) fn mp3_frames(bytes: &[u8]) -> usize {
    bytes.windows(3).filter(|w| w[0] == 0xFF && w[1] & 0xFE == 0xFA && w[2] & 0x0C == 0).count()
}
