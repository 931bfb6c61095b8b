//! Connections, plain or TLS.

use std::fmt;
use std::io;
use std::mem::MaybeUninit;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use crate::admit::unexpected_end;
use crate::{
    DoorSettings, HEAD_LIMIT, HeadError, Headers, Opening, RequestHead, forwarded, parse,
    parse_fields,
};

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The listener's or source's own address, past trusted proxies: on a connection of a proxy
    /// that serves several clients, that of the request that was read last.
    pub client: IpAddr,
    /// The socket's other end.
    pub socket: SocketAddr,
}

/// What carries a connection.
#[derive(Debug)]
pub enum Transport {
    /// As it is.
    Plain(TcpStream),
    /// Sealed.
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection whose opening bytes may have been read ahead. Its `Debug` doesn't show them.
pub struct Conn {
    transport: Transport,
    peer: Peer,
    /// The nearest that is known without a head: the socket's other end, or whom the PROXY
    /// protocol names.
    nearest: IpAddr,
    ahead: BytesMut,
}

impl Conn {
    /// A connection from its parts.
    pub fn from_parts(transport: Transport, peer: Peer, ahead: BytesMut) -> Self {
        Self { transport, peer, nearest: peer.client, ahead }
    }

    /// What carries it, who is there, and the bytes that were read but not used.
    pub fn into_parts(self) -> (Transport, Peer, BytesMut) {
        (self.transport, self.peer, self.ahead)
    }

    /// Who is at the other end.
    pub fn peer(&self) -> Peer {
        self.peer
    }

    /// Who sent `head` over this connection: past trusted proxies that say so in
    /// `X-Forwarded-For` or `Forwarded`.
    pub fn client(&self, head: &RequestHead, settings: &DoorSettings) -> IpAddr {
        forwarded::client(&head.headers, self.nearest, settings)
    }

    /// Did the sender of `head` come by TLS: to here, or to a trusted proxy that says so in
    /// `X-Forwarded-Proto`?
    pub fn is_secure(&self, head: &RequestHead, settings: &DoorSettings) -> bool {
        let said = head.headers.get("x-forwarded-proto").unwrap_or_default();
        // The first of several is the one that the client spoke.
        let https = said.split(',').next().is_some_and(|s| s.trim().eq_ignore_ascii_case("https"));
        self.is_tls() || (https && settings.trusts(self.nearest))
    }

    /// Is it TLS?
    pub fn is_tls(&self) -> bool {
        matches!(self.transport, Transport::Tls(_))
    }

    /// Reads the next head; bytes after it are kept for the next read. `None`: the peer closed
    /// before sending any.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn read_head(
        &mut self,
        settings: &DoorSettings,
    ) -> Result<Option<Opening>, DoorError> {
        let read = self.read_opening(settings.shoutcast);
        let opening = timeout(settings.patience, read).await.map_err(|_| DoorError::TimedOut)??;
        if let Some(Opening::Request(head)) = &opening {
            self.peer.client = self.client(head, settings);
        }
        Ok(opening)
    }

    /// Reads the header fields that a SHOUTcast v1 source sends after its password was accepted;
    /// bytes after them are kept for the next read.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn read_fields(&mut self, settings: &DoorSettings) -> Result<Headers, DoorError> {
        let read = async {
            loop {
                if let Some((headers, length)) = parse_fields(&self.ahead)? {
                    self.ahead.advance(length);
                    return Ok(headers);
                }
                if !self.read_line().await? {
                    return Err(unexpected_end());
                }
            }
        };
        timeout(settings.patience, read).await.map_err(|_| DoorError::TimedOut)?
    }

    /// Waits up to `idle` for another request on a connection that is kept alive, then reads its
    /// head with the door's patience. `None`: the peer closed, or asked for nothing.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn next_head(
        &mut self,
        settings: &DoorSettings,
        idle: Duration,
    ) -> Result<Option<RequestHead>, DoorError> {
        if self.ahead.is_empty() {
            match timeout(idle, self.read_ahead()).await {
                Ok(Ok(true)) => {}
                // A peer that is done with a kept connection may end it in any way.
                Ok(Ok(false) | Err(_)) | Err(_) => return Ok(None),
            }
        }
        let read = self.read_opening(false);
        match timeout(settings.patience, read).await.map_err(|_| DoorError::TimedOut)?? {
            Some(Opening::Request(head)) => {
                self.peer.client = self.client(&head, settings);
                Ok(Some(head))
            }
            Some(Opening::Shoutcast(_)) | None => Ok(None),
        }
    }

    /// Ends the connection so that the peer gets all that was written: what it still sends is
    /// read and thrown away for a moment (up to 2 s and 256 KiB), because closing a socket with
    /// unread bytes resets it and takes the reply from the peer's hands.
    pub async fn close(mut self) {
        let mut left = LINGER_BYTES;
        let linger = async {
            if self.shutdown().await.is_err() {
                return;
            }
            while left > 0 {
                self.ahead.clear();
                match self.read_ahead().await {
                    Ok(true) => left = left.saturating_sub(self.ahead.len()),
                    Ok(false) | Err(_) => return,
                }
            }
        };
        // Whoever needs longer has been waited for long enough.
        let _ = timeout(LINGER, linger).await;
    }

    /// The bytes that were read but not used.
    pub(crate) fn ahead(&mut self) -> &mut BytesMut {
        &mut self.ahead
    }

    async fn read_opening(&mut self, shoutcast: bool) -> Result<Option<Opening>, DoorError> {
        loop {
            // Empty lines before a request are nobody's.
            if self.ahead.iter().all(|b| matches!(b, b'\r' | b'\n')) {
                self.ahead.clear();
            }
            if let Some((opening, length)) = parse(&self.ahead, shoutcast)? {
                self.ahead.advance(length);
                return Ok(Some(opening));
            }
            if !self.read_line().await? {
                return if self.ahead.is_empty() { Ok(None) } else { Err(unexpected_end()) };
            }
        }
    }

    /// Reads on until something came that may end a line or spoil it, so that who sends byte by
    /// byte costs no more than who sends line by line; `false` at the end.
    async fn read_line(&mut self) -> io::Result<bool> {
        loop {
            let known = self.ahead.len();
            if !self.read_ahead().await? {
                return Ok(false);
            }
            let new = self.ahead.get(known..).unwrap_or_default();
            if self.ahead.len() >= HEAD_LIMIT || new.iter().any(u8::is_ascii_control) {
                return Ok(true);
            }
        }
    }

    /// Reads some more; `false` at the end. Nothing is lost when it is cancelled.
    pub(crate) async fn read_ahead(&mut self) -> io::Result<bool> {
        std::future::poll_fn(|cx| self.poll_read_ahead(cx)).await
    }

    /// Reads some more; `false` at the end.
    pub(crate) fn poll_read_ahead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut space = [MaybeUninit::uninit(); 4096];
        let mut buf = ReadBuf::uninit(&mut space);
        ready!(self.transport.poll_read(cx, &mut buf))?;
        self.ahead.extend_from_slice(buf.filled());
        Poll::Ready(Ok(!buf.filled().is_empty()))
    }
}

impl fmt::Debug for Conn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conn")
            .field("peer", &self.peer)
            .field("tls", &self.is_tls())
            .field("ahead", &self.ahead.len())
            .finish_non_exhaustive()
    }
}

impl AsyncRead for Conn {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            let n = self.ahead.len().min(buf.remaining());
            buf.put_slice(&self.ahead.split_to(n));
            return Poll::Ready(Ok(()));
        }
        self.transport.poll_read(cx, buf)
    }
}

impl AsyncWrite for Conn {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.transport {
            Transport::Plain(socket) => Pin::new(socket).poll_write(cx, buf),
            Transport::Tls(tls) => Pin::new(tls).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.transport {
            Transport::Plain(socket) => Pin::new(socket).poll_write_vectored(cx, bufs),
            Transport::Tls(tls) => Pin::new(tls).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.transport {
            Transport::Plain(socket) => socket.is_write_vectored(),
            Transport::Tls(tls) => tls.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Plain(socket) => Pin::new(socket).poll_flush(cx),
            Transport::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Plain(socket) => Pin::new(socket).poll_shutdown(cx),
            Transport::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}

impl Transport {
    fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(socket) => Pin::new(socket).poll_read(cx, buf),
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }
}

/// A connection can't be used.
#[derive(Debug, Error)]
pub enum DoorError {
    /// The head is none.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// A trusted proxy's PROXY header can't be read.
    #[error("not a PROXY header: {0}")]
    Proxy(&'static str),
    /// The peer took too long.
    #[error("no whole request head came in time")]
    TimedOut,
    /// The socket failed, or TLS did.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A connection that is closed is read from for so long …
const LINGER: Duration = Duration::from_secs(2);

/// … and for so many bytes.
const LINGER_BYTES: usize = 256 * 1024;
