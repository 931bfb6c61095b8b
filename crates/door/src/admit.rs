//! Receiving a connection: who is behind the proxy, and is it TLS?

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use ipnet::IpNet;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::proxy::{self, Opens};
use crate::{Conn, DoorError, Peer, Transport};

/// How the door receives.
#[derive(Clone, Debug)]
pub struct DoorSettings {
    /// TLS on the same port, if there is a certificate; swapped whole on reload.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Proxies whose PROXY protocol header and `X-Forwarded-For`/`Forwarded` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// This port also takes SHOUTcast v1 password lines.
    pub shoutcast: bool,
    /// Sources may give their password in a header of its own, as encoders of 2001 do (default
    /// yes).
    pub ice_passwords: bool,
    /// How long a peer may take for its head (default 15 s).
    pub patience: Duration,
}

impl Default for DoorSettings {
    fn default() -> Self {
        Self {
            tls: None,
            trusted_proxies: Vec::new(),
            shoutcast: false,
            ice_passwords: true,
            patience: Duration::from_secs(15),
        }
    }
}

impl DoorSettings {
    /// Is `address` a proxy whose word is believed?
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted_proxies.iter().any(|net| net.contains(&address))
    }
}

/// Receives a connection: PROXY header from a trusted proxy, TLS by its first byte (`0x16`, the
/// first of a handshake record; no request starts with it).
///
/// # Errors
/// [`DoorError`].
pub async fn admit(
    socket: TcpStream,
    from: SocketAddr,
    settings: &DoorSettings,
) -> Result<Conn, DoorError> {
    timeout(settings.patience, receive(socket, from, settings))
        .await
        .map_err(|_| DoorError::TimedOut)?
}

async fn receive(
    mut socket: TcpStream,
    from: SocketAddr,
    settings: &DoorSettings,
) -> Result<Conn, DoorError> {
    // Whole replies and blocks are written at once: nothing is gained by holding bytes back.
    socket.set_nodelay(true)?;
    let mut peer = Peer { client: from.ip().to_canonical(), socket: from };
    let mut ahead = BytesMut::new();
    if settings.trusts(from.ip()) {
        match read_proxy_header(&mut socket).await? {
            Proxied::For(Some(client)) => peer.client = client.to_canonical(),
            Proxied::For(None) => {}
            Proxied::Not(bytes) => ahead = bytes,
        }
    }
    // Bytes that were already looked at were no PROXY header and no TLS either.
    if let (Some(tls), true) = (&settings.tls, ahead.is_empty()) {
        let mut first = [0];
        if socket.peek(&mut first).await? == 1 && first == [TLS_HANDSHAKE] {
            let mut tls = TlsAcceptor::from(Arc::clone(tls)).accept(socket).await?;
            tls.get_mut().1.set_buffer_limit(Some(TLS_BUFFER));
            return Ok(Conn::from_parts(Transport::Tls(Box::new(tls)), peer, ahead));
        }
    }
    Ok(Conn::from_parts(Transport::Plain(socket), peer, ahead))
}

enum Proxied {
    For(Option<IpAddr>),
    /// There is no PROXY header; the bytes that were taken to find out.
    Not(BytesMut),
}

/// Takes a PROXY header off the socket, and not a byte of what follows it: that may be TLS.
async fn read_proxy_header(socket: &mut TcpStream) -> Result<Proxied, DoorError> {
    let mut taken = BytesMut::new();
    let mut space = [0; 256];
    loop {
        let n = socket.peek(&mut space).await?;
        if n == 0 {
            return Ok(Proxied::Not(taken));
        }
        let before = taken.len();
        taken.extend_from_slice(&space[..n]);
        let found = proxy::parse(&taken).map_err(DoorError::Proxy)?;
        let take = match found {
            Opens::Header { length, .. } => length - before,
            Opens::Partial => n,
            // If nothing was taken, leave all where it is, for TLS.
            Opens::Otherwise if before == 0 => 0,
            Opens::Otherwise => n,
        };
        socket.read_exact(&mut space[..take]).await?;
        match found {
            Opens::Header { client, .. } => return Ok(Proxied::For(client)),
            Opens::Partial => {}
            Opens::Otherwise if before == 0 => return Ok(Proxied::Not(BytesMut::new())),
            Opens::Otherwise => return Ok(Proxied::Not(taken)),
        }
    }
}

/// A connection can't be used any more because its peer closed it.
pub(crate) fn unexpected_end() -> DoorError {
    DoorError::Io(io::ErrorKind::UnexpectedEof.into())
}

/// The content type of a TLS handshake record (RFC 8446, 5.1).
const TLS_HANDSHAKE: u8 = 0x16;

/// Sealed bytes that wait for a slow peer, at most: one record's worth, and not rustls's 64 KiB.
const TLS_BUFFER: usize = 16 * 1024;
