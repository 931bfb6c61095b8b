//! Requests that the HTTP stack answers, on connections that it does not own.
//!
//! The stack is given one request at a time: its head in one plain form, its body as framed here,
//! and then the end of the stream. It never sees a byte of the next request, which may be for a
//! listener's seat or a source: so any request on any connection may become either.

use std::error::Error;
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::timeout;

use crate::{BodyLength, ChunkedDecoder, Conn, RequestHead};

/// Lets `service` answer the one request of which `head` was read, with its body, and gives the
/// connection back where it is kept alive; the next request is unread. Otherwise it is closed.
///
/// A peer that neither takes nor sends a byte for a minute when it is its turn is let go.
///
/// # Errors
/// If the connection or the service fails, or the body's coding is broken.
pub async fn answer<S, B>(conn: Conn, head: &RequestHead, service: S) -> io::Result<Option<Conn>>
where
    S: Service<Request<Incoming>, Response = Response<B>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: hyper::body::Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    answer_within(STALLED, conn, head, service).await
}

async fn answer_within<S, B>(
    stalled: Duration,
    mut conn: Conn,
    head: &RequestHead,
    service: S,
) -> io::Result<Option<Conn>>
where
    S: Service<Request<Incoming>, Response = Response<B>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: hyper::body::Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let pulse = Pulse::default();
    let mut request = OneRequest {
        conn: &mut conn,
        pulse: &pulse,
        ready: head.canonical(),
        body: match head.body() {
            BodyLength::Empty => Left::Nothing,
            BodyLength::Exact(length) => Left::Exact(length),
            BodyLength::Chunked => Left::Chunked(ChunkedDecoder::new()),
        },
        answered: false,
    };
    let served = {
        // With half-closing allowed, the stack reads on only when it wants another request: by
        // then its reply is written, and it has decided to keep the connection.
        let serving = http1::Builder::new()
            .half_close(true)
            .serve_connection(TokioIo::new(&mut request), service);
        let mut serving = pin!(serving);
        loop {
            let beats = pulse.beats.load(Relaxed);
            match timeout(stalled, &mut serving).await {
                Ok(served) => break served.map_err(io::Error::other),
                Err(_) if pulse.is_waited_for() && beats == pulse.beats.load(Relaxed) => {
                    break Err(io::ErrorKind::TimedOut.into());
                }
                Err(_) => {}
            }
        }
    };
    if served.is_ok() && request.answered && head.keep_alive() {
        return Ok(Some(conn));
    }
    conn.close().await;
    served.map(|()| None)
}

/// Signs of life of the peer.
#[derive(Debug, Default)]
struct Pulse {
    /// Counts whatever moves.
    beats: AtomicU64,
    /// It is the peer's turn to send.
    sends: AtomicBool,
    /// It is the peer's turn to take what was written.
    takes: AtomicBool,
}

impl Pulse {
    fn read<T>(&self, poll: Poll<T>) -> Poll<T> {
        self.note(&self.sends, poll.is_pending());
        poll
    }

    fn written<T>(&self, poll: Poll<T>) -> Poll<T> {
        self.note(&self.takes, poll.is_pending());
        poll
    }

    /// TLS takes what is written as long as it has room to keep it: whether the peer takes it
    /// shows when it is flushed. There may be nothing to flush, which is no sign of life.
    fn flushed<T>(&self, poll: Poll<T>) -> Poll<T> {
        if poll.is_pending() || self.takes.load(Relaxed) {
            self.note(&self.takes, poll.is_pending());
        }
        poll
    }

    fn note(&self, turn: &AtomicBool, pending: bool) {
        turn.store(pending, Relaxed);
        if !pending {
            self.beats.fetch_add(1, Relaxed);
        }
    }

    fn is_waited_for(&self) -> bool {
        self.sends.load(Relaxed) || self.takes.load(Relaxed)
    }
}

/// One request, as the HTTP stack reads it, and its reply.
#[derive(Debug)]
struct OneRequest<'a> {
    conn: &'a mut Conn,
    pulse: &'a Pulse,
    /// To be read next: the head, and chunks in plain form.
    ready: Bytes,
    body: Left,
    /// The stack has answered and asked for more.
    answered: bool,
}

/// What is still to be read of the body.
#[derive(Debug)]
enum Left {
    Nothing,
    Exact(u64),
    Chunked(ChunkedDecoder),
}

impl Left {
    /// Takes what belongs to the body from the front of `ahead`: what the stack is to read.
    fn take(&mut self, ahead: &mut BytesMut) -> io::Result<Bytes> {
        match self {
            Self::Nothing => Ok(Bytes::new()),
            Self::Exact(left) => {
                let n = usize::try_from(*left).unwrap_or(usize::MAX).min(ahead.len());
                *left -= n as u64;
                Ok(ahead.split_to(n).freeze())
            }
            Self::Chunked(decoder) => {
                let mut plain = BytesMut::new();
                let taken = decoder.take(ahead, |data| {
                    plain.extend_from_slice(format!("{:x}\r\n", data.len()).as_bytes());
                    plain.extend_from_slice(data);
                    plain.extend_from_slice(b"\r\n");
                });
                let taken =
                    taken.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
                ahead.advance(taken);
                if decoder.is_done() {
                    plain.extend_from_slice(b"0\r\n\r\n");
                    *self = Self::Nothing;
                }
                Ok(plain.freeze())
            }
        }
    }
}

impl AsyncRead for OneRequest<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if !this.ready.is_empty() {
                let n = this.ready.len().min(buf.remaining());
                buf.put_slice(&this.ready.split_to(n));
                return Poll::Ready(Ok(()));
            }
            if matches!(this.body, Left::Nothing | Left::Exact(0)) {
                this.answered = true;
                return Poll::Ready(Ok(()));
            }
            if this.conn.ahead().is_empty() {
                let read = this.conn.poll_read_ahead(cx);
                if !ready!(this.pulse.read(read))? {
                    // The end, in the middle of a body: the stack knows what to make of it.
                    return Poll::Ready(Ok(()));
                }
            }
            this.ready = this.body.take(this.conn.ahead())?;
        }
    }
}

impl AsyncWrite for OneRequest<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut *self.conn).poll_write(cx, buf);
        self.pulse.written(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut *self.conn).poll_write_vectored(cx, bufs);
        self.pulse.written(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.conn.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut *self.conn).poll_flush(cx);
        self.pulse.flushed(flushed)
    }

    /// The end of the stack's part is not the connection's.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

/// A peer whose turn it is and who does nothing for so long (twice, at most) is let go.
const STALLED: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DoorSettings, Opening};
    use std::convert::Infallible;
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::{TcpSocket, TcpStream};

    const SHORT: Duration = Duration::from_millis(100);

    /// A body of so many bytes.
    struct Long(usize);

    impl hyper::body::Body for Long {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Infallible>>> {
            static PIECE: [u8; 65536] = [b'x'; 65536];
            let n = self.0.min(PIECE.len());
            self.0 -= n;
            let piece = Bytes::from_static(&PIECE[..n]);
            Poll::Ready((n > 0).then(|| Ok(hyper::body::Frame::data(piece))))
        }
    }

    /// Sockets that hold little, so that a peer which doesn't read is felt.
    async fn sockets() -> (TcpStream, TcpStream) {
        let (here, there) = (TcpSocket::new_v4().unwrap(), TcpSocket::new_v4().unwrap());
        here.set_send_buffer_size(4096).unwrap();
        there.set_recv_buffer_size(4096).unwrap();
        here.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = here.listen(1).unwrap();
        let client = there.connect(listener.local_addr().unwrap());
        let (client, accepted) = tokio::join!(client, listener.accept());
        (client.unwrap(), accepted.unwrap().0)
    }

    async fn answer_with(
        body: usize,
        mut conn: Conn,
        reads_body: bool,
    ) -> io::Result<Option<Conn>> {
        let settings = DoorSettings::default();
        let Ok(Some(Opening::Request(head))) = conn.read_head(&settings).await else { panic!() };
        let service = hyper::service::service_fn(|request: Request<Incoming>| async move {
            let mut asked = request.into_body();
            while reads_body && !hyper::body::Body::is_end_stream(&asked) {
                let frame = std::future::poll_fn(|cx| {
                    hyper::body::Body::poll_frame(Pin::new(&mut asked), cx)
                });
                frame.await.unwrap()?;
            }
            Ok::<_, hyper::Error>(Response::new(Long(body)))
        });
        answer_within(SHORT, conn, &head, service).await
    }

    async fn stall(opening: &[u8], reads_body: bool) -> io::Result<Option<Conn>> {
        let (mut client, socket) = sockets().await;
        client.write_all(opening).await.unwrap();
        let from = client.local_addr().unwrap();
        let conn = crate::admit(socket, from, &DoorSettings::default()).await.unwrap();
        let answered = answer_with(64 << 20, conn, reads_body).await;
        drop(client);
        answered
    }

    #[tokio::test]
    async fn a_peer_that_never_reads_is_let_go() {
        let answered = stall(b"GET / HTTP/1.1\r\n\r\n", false).await;
        assert_eq!(answered.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_peer_that_never_sends_its_body_is_let_go() {
        let opening = b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc";
        let answered = stall(opening, true).await;
        assert_eq!(answered.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    /// Sealed bytes are taken as long as there is room to keep them: where a reply ends while the
    /// socket is full, only flushing tells that nobody reads. One of these lengths ends there.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_peer_that_never_reads_is_let_go_over_tls() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let (chain, key) = (dir.path().join("c"), dir.path().join("k"));
        std::fs::write(&chain, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let tls = crate::TlsCertificates::load(&chain, &key).unwrap();
        let settings = DoorSettings { tls: Some(tls), ..DoorSettings::default() };
        let mut roots = rustls::RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
        let mut trials = tokio::task::JoinSet::new();
        for body in (0..100_000).step_by(4000) {
            let (settings, connector) = (settings.clone(), connector.clone());
            trials.spawn(async move {
                let (client, socket) = sockets().await;
                let from = client.local_addr().unwrap();
                let name = "localhost".try_into().unwrap();
                let (client, conn) = tokio::join!(
                    connector.connect(name, client),
                    crate::admit(socket, from, &settings)
                );
                let mut client = client.unwrap();
                client.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
                let answering = answer_with(body, conn.unwrap(), false);
                let answered = timeout(Duration::from_secs(20), answering).await;
                drop(client);
                let answered =
                    answered.unwrap_or_else(|_| panic!("{body} bytes hold the connection"));
                answered.map(|_| ()).map_err(|error| error.kind())
            });
        }
        let ends = trials.join_all().await;
        assert!(ends.contains(&Ok(())) && ends.contains(&Err(io::ErrorKind::TimedOut)), "{ends:?}");
        assert!(ends.iter().all(|end| matches!(end, Ok(()) | Err(io::ErrorKind::TimedOut))));
    }
}
