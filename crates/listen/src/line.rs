//! The way to one listener's ears: a socket that never blocks, plain or TLS.

use std::io::{self, IoSlice, Read as _, Write as _};
use std::net::TcpStream;

use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags};
use rustls::ServerConnection;

/// Plain bytes that TLS may hold sealed and unsent for one listener. Bounds the memory of one
/// who is slow.
const SEALED_LIMIT: usize = 64 * 1024;

/// Looks at what a listener sends, which nobody waits for.
const READS: usize = 4;

/// A listener's socket.
#[derive(Debug)]
pub(crate) enum Line {
    /// As it is.
    Plain(TcpStream),
    /// Sealed.
    Tls(Box<Sealed>),
}

/// A TLS session and its socket.
#[derive(Debug)]
pub(crate) struct Sealed {
    socket: TcpStream,
    session: ServerConnection,
}

impl Line {
    /// The line over a socket, which must be non-blocking, and its TLS session.
    pub(crate) fn new(socket: TcpStream, session: Option<ServerConnection>) -> Self {
        match session {
            None => Self::Plain(socket),
            Some(mut session) => {
                session.set_buffer_limit(Some(SEALED_LIMIT));
                Self::Tls(Box::new(Sealed { socket, session }))
            }
        }
    }

    /// Sends as much of `pieces` as is taken now: how many bytes that is.
    ///
    /// # Errors
    /// If the listener is gone.
    pub(crate) fn send(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => send_plain(socket, pieces),
            Self::Tls(sealed) => sealed.send(pieces),
        }
    }

    /// Bytes were taken by TLS, but not yet by the socket.
    pub(crate) fn holds_back(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(sealed) => sealed.session.wants_write(),
        }
    }

    /// Whether the listener has closed their end, as far as can be told without sending. What
    /// they sent meanwhile stands before the end, and is thrown away.
    pub(crate) fn is_closed(&mut self) -> bool {
        match self {
            Self::Plain(socket) => has_ended(socket),
            Self::Tls(sealed) => sealed.has_ended(),
        }
    }

    /// Says goodbye: TLS its closing alert, then the end of the stream.
    pub(crate) fn close(&mut self) {
        let socket = match self {
            Self::Plain(socket) => socket,
            Self::Tls(sealed) => {
                sealed.session.send_close_notify();
                // The listener may be gone; then there is nobody to tell.
                let _ = sealed.flush();
                &sealed.socket
            }
        };
        let _ = socket.shutdown(std::net::Shutdown::Write);
        // Bytes that were never read would make the kernel throw away what is still to be sent.
        has_ended(socket);
    }
}

/// Throws away what came in, a bounded amount of it, and tells whether the end came too.
fn has_ended(socket: &TcpStream) -> bool {
    let mut unread = [0_u8; 4096];
    for _ in 0..READS {
        match rustix::net::recv(socket, &mut unread, RecvFlags::DONTWAIT) {
            Ok((_, 0)) => return true,
            Ok(_) => {}
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => return false,
            Err(_) => return true,
        }
    }
    false
}

impl Sealed {
    /// As [`has_ended`], where the end may also be TLS's own.
    fn has_ended(&mut self) -> bool {
        for _ in 0..READS {
            match self.session.read_tls(&mut self.socket) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => {
                    use io::ErrorKind::{Interrupted, WouldBlock};
                    return !matches!(error.kind(), WouldBlock | Interrupted);
                }
            }
            let Ok(state) = self.session.process_new_packets() else { return true };
            if state.peer_has_closed() {
                return true;
            }
            let mut unread = [0_u8; 4096];
            while matches!(self.session.reader().read(&mut unread), Ok(1..)) {}
        }
        false
    }

    fn send(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut taken = 0;
        for piece in pieces {
            let mut rest: &[u8] = piece;
            while !rest.is_empty() {
                let n = self.session.writer().write(rest)?;
                taken += n;
                rest = &rest[n..];
                if !rest.is_empty() && !self.flush()? {
                    return Ok(taken);
                }
            }
        }
        self.flush()?;
        Ok(taken)
    }

    /// Hands sealed bytes to the socket. `false`: it does not take them all now.
    fn flush(&mut self) -> io::Result<bool> {
        while self.session.wants_write() {
            match self.session.write_tls(&mut self.socket) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

fn send_plain(socket: &TcpStream, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
    let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    let mut nothing = SendAncillaryBuffer::default();
    match rustix::net::sendmsg(socket, pieces, &mut nothing, flags) {
        Ok(sent) => Ok(sent),
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR | rustix::io::Errno::NOBUFS) => {
            Ok(0)
        }
        Err(error) => Err(error.into()),
    }
}
