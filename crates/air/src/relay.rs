//! Pull relays: Longwave as a listener of another Icecast or SHOUTcast server.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use access::{Principal, Scope};
use airtime::Clock;
use bytes::BytesMut;
use codec::Codec;
use door::{Call, Caller, ChunkedDecoder, Headers, parse_fields};
use lineup::MountPath;
use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::remote::{NoUrl, Remote};
use crate::{Air, Refused, SourceHandle, SourceHello};

/// A relay that lasted this long starts again without waiting.
const LASTED: Duration = Duration::from_secs(60);
/// The first wait before a relay connects again; each further one is twice as long …
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// … up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long the other server may take to be reached, and again to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a relay may send nothing.
const SILENCE: Duration = Duration::from_secs(15);
const MOST_REDIRECTS: usize = 10;
const LONGEST_LINE: usize = 4096;
const READ: usize = 16 * 1024;

/// Relays the URL that `mount` declares (`http://` or `https://`), as long as the mount is on the
/// air: connects, again and again with longer waits (1 to 30 s, give or take a fifth), and takes up
/// another URL when the mount's rules change.
pub async fn run_relay(air: Air, mount: MountPath, clock: Arc<dyn Clock>, caller: Caller) {
    let mut wait = FIRST_WAIT;
    while let Some(slot) = air.slot(&mount) {
        let changed = slot.changed.notified();
        let Some(url) = air.relay_of(&mount) else {
            changed.await;
            continue;
        };
        let began = clock.monotonic();
        let reason = match relay(&air, &mount, &url, &caller).await {
            Ok(reason) => reason.to_owned(),
            Err(error) => error.to_string(),
        };
        if clock.monotonic().saturating_sub(began) >= LASTED {
            wait = FIRST_WAIT;
        }
        tracing::warn!(%mount, reason, seconds = wait.as_secs(), "relay ended: it connects again");
        // Several relays of one server don't all come back at once.
        let jitter = wait * (clock.monotonic().subsec_micros() % 400) / 1000;
        let over = air.wait_until(clock.monotonic() + wait * 4 / 5 + jitter);
        // Other rules are taken up at once.
        tokio::select! {
            () = over => {}
            () = changed => {}
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// One connection, from request to end; why it ended.
async fn relay(
    air: &Air,
    mount: &MountPath,
    url: &str,
    caller: &Caller,
) -> Result<&'static str, RelayError> {
    let mut remote = Remote::parse(url)?;
    for _ in 0..=MOST_REDIRECTS {
        let answer = timeout(PATIENCE * 2, ask(&remote, caller))
            .await
            .map_err(|_| RelayError::TimedOut)??;
        match answer.status {
            200 => return feed(air, mount, &remote, answer).await,
            301 | 302 | 303 | 307 | 308 => {
                let to = answer.headers.get("location").ok_or(RelayError::NoAnswer)?;
                remote = remote.redirected(to)?;
            }
            status => return Err(RelayError::Status(status)),
        }
    }
    Err(RelayError::Redirects)
}

/// What the other server answers, with the first bytes of audio.
struct Answer {
    socket: Call,
    status: u16,
    headers: Headers,
    ahead: BytesMut,
}

async fn ask(remote: &Remote, caller: &Caller) -> Result<Answer, RelayError> {
    let connecting = caller.call(&remote.host, remote.port, remote.secure);
    let mut socket = timeout(PATIENCE, connecting).await.map_err(|_| RelayError::TimedOut)??;
    socket.write_all(remote.request().as_bytes()).await?;
    socket.flush().await?;
    let mut ahead = BytesMut::with_capacity(READ);
    let status = loop {
        if let Some(end) = ahead.iter().position(|&byte| byte == b'\n') {
            let line = ahead.split_to(end + 1);
            break status_of(&line).ok_or(RelayError::NoAnswer)?;
        }
        if ahead.len() > LONGEST_LINE || socket.read_buf(&mut ahead).await? == 0 {
            return Err(RelayError::NoAnswer);
        }
    };
    loop {
        match parse_fields(&ahead) {
            Ok(Some((headers, length))) => {
                let ahead = ahead.split_off(length);
                return Ok(Answer { socket, status, headers, ahead });
            }
            Ok(None) => {}
            Err(_) => return Err(RelayError::NoAnswer),
        }
        if socket.read_buf(&mut ahead).await? == 0 {
            return Err(RelayError::NoAnswer);
        }
    }
}

/// `HTTP/1.0 200 OK`, or `ICY 200 OK`.
fn status_of(line: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(line).ok()?;
    let (protocol, rest) = line.trim_end().split_once(' ')?;
    if !protocol.starts_with("HTTP/") && protocol != "ICY" {
        return None;
    }
    rest.trim_start().split(' ').next()?.parse().ok()
}

async fn feed(
    air: &Air,
    mount: &MountPath,
    remote: &Remote,
    answer: Answer,
) -> Result<&'static str, RelayError> {
    let Answer { mut socket, headers, ahead, .. } = answer;
    let address = socket.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |it| it.ip());
    let principal = Principal {
        user: remote.to_string().into(),
        scopes: Arc::from([Scope::Source(mount.clone())]),
    };
    let content_type = headers.get("content-type").unwrap_or(Codec::Mp3.content_type());
    let hello = crate::login::hello(&headers, principal, address, content_type);
    let handle = air.open_relay(mount, SourceHello { agent: None, ..hello })?;
    tracing::info!(%mount, from = %remote, "relay connected");

    let mut chunks = headers.has_token("transfer-encoding", "chunked").then(ChunkedDecoder::new);
    let mut read = ahead;
    loop {
        if !take(&handle, &mut chunks, &read)? {
            return Ok(handle.why_gone());
        }
        read.clear();
        read.reserve(READ);
        handle.room().await;
        tokio::select! {
            () = handle.let_go() => return Ok(handle.why_gone()),
            came = timeout(SILENCE, socket.read_buf(&mut read)) => match came {
                Ok(Ok(0)) => return Ok("the other server closed the connection"),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(error.into()),
                Err(_) => return Err(RelayError::Silent),
            },
        }
    }
}

/// Pushes what was read; `false`: the relay was let go, or the body is over.
fn take(
    handle: &SourceHandle,
    chunks: &mut Option<ChunkedDecoder>,
    read: &[u8],
) -> Result<bool, RelayError> {
    let Some(chunks) = chunks else { return Ok(handle.push(read)) };
    let mut on = true;
    chunks.take(read, |data| on &= handle.push(data)).map_err(|_| RelayError::NoAnswer)?;
    Ok(on && !chunks.is_done())
}

/// A relay can't go on.
#[derive(Debug, Error)]
enum RelayError {
    #[error(transparent)]
    Remote(#[from] NoUrl),
    #[error("the other server did not answer in time")]
    TimedOut,
    #[error("the other server sends nothing any more")]
    Silent,
    #[error("the other server's answer can't be read")]
    NoAnswer,
    #[error("the other server answers {0}")]
    Status(u16),
    #[error("the other server redirects too often")]
    Redirects,
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
}
