//! One end of a connection.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A peer of the station that says what it is told to, and keeps what it hears.
pub(crate) struct Peer {
    socket: TcpStream,
    heard: Vec<u8>,
}

impl Peer {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::connect_from(Ipv4Addr::LOCALHOST, address)
    }

    /// From another address of this machine: all of 127/8 is.
    pub(crate) fn connect_from(own: Ipv4Addr, address: SocketAddr) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((own, 0)).into()).unwrap();
        socket.connect(&address.into()).unwrap();
        let socket = TcpStream::from(socket);
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket, heard: Vec::new() }
    }

    pub(crate) fn say(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.socket.write_all(bytes.as_ref()).unwrap();
        self
    }

    /// Listens until what was heard has `part` in it.
    #[track_caller]
    pub(crate) fn until(&mut self, part: &str) -> String {
        self.until_times(part, 1)
    }

    /// Listens until what was heard has `part` in it so many times.
    #[track_caller]
    pub(crate) fn until_times(&mut self, part: &str, times: usize) -> String {
        while self.text().matches(part).count() < times {
            assert!(self.read(), "the connection ended before {part:?}: {}", self.text());
        }
        self.text()
    }

    /// The status and the text of a reply that tells its length.
    pub(crate) fn reply(&mut self) -> (u16, String) {
        let head = self.until("\r\n\r\n");
        let head = &head[..head.find("\r\n\r\n").unwrap() + 4];
        let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
        let end = head.len() + length.parse::<usize>().unwrap();
        while self.heard.len() < end {
            assert!(self.read(), "the body is cut off: {}", self.text());
        }
        (status, String::from_utf8_lossy(&self.heard[head.len()..end]).trim().to_owned())
    }

    /// Listens until the connection ends.
    pub(crate) fn rest(&mut self) -> String {
        while self.read() {}
        self.text()
    }

    /// `false`: the other end has closed.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match self.socket.read(&mut buffer) {
            Ok(length) => {
                self.heard.extend_from_slice(&buffer[..length]);
                length > 0
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) => panic!("{error} after {}", self.text()),
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.heard).into_owned()
    }
}
