//! Which room a connection's next request is for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use door::{Conn, DoorError, DoorSettings, HeadError, Method, Opening, Reply, RequestHead};
use hyper::body::Incoming;
use lineup::MountPath;
use listen::Joined;
use thiserror::Error;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tower::ServiceExt as _;

use crate::crowd::{Full, Place};
use crate::front::{Entrance, Front};
use crate::site::{Login, Visitor};

/// Why a connection ended before its peer wished.
#[derive(Debug, Error)]
pub(crate) enum AttendError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Http(#[from] hyper::Error),
}

/// How long a peer may take to be told what was wrong.
const TELL_PATIENCE: Duration = Duration::from_secs(2);
/// How long a kept connection may wait for its next request.
const KEPT_ALIVE: Duration = Duration::from_secs(75);

/// What somebody who only has a place if they bring audio may take to say so.
const SOURCE_PATIENCE: Duration = Duration::from_secs(3);

/// Serves one connection, request after request, until it ends or becomes a listener's seat.
pub(crate) async fn attend(
    entrance: &Entrance,
    mut place: Place,
    socket: TcpStream,
    from: SocketAddr,
) -> Result<(), AttendError> {
    let front = &entrance.front;
    let mut rules = entrance.rules();
    if place.is_only_for_source() {
        let patience = rules.patience.min(SOURCE_PATIENCE);
        rules = Arc::new(DoorSettings { patience, ..(*rules).clone() });
    }
    let mut conn = door::admit(socket, from, &rules).await?;
    let opening = match conn.read_head(&rules).await {
        Ok(Some(opening)) => opening,
        Ok(None) => return Ok(()),
        Err(error) => return refuse(conn, error).await,
    };
    let mut head = match opening {
        Opening::Shoutcast(line) => {
            let sources = entrance.sources(rules);
            return Ok(Box::pin(air::serve_shoutcast(conn, &line, &sources)).await?);
        }
        Opening::Request(head) => head,
    };
    loop {
        tracing::debug!(
            peer = %from,
            method = head.method.as_str(),
            asked = head.redacted_target(),
            "request"
        );
        let room = room_of(front, &head);
        if let Err(full) = admit(front, &mut place, &conn, &room, &rules) {
            return turn_away(conn, full).await;
        }
        // Each in a box of its own: a waiting connection is not to hold the largest's memory.
        let back = match room {
            Room::Source => {
                let sources = entrance.sources(rules);
                Box::pin(air::serve_source(conn, &head, &sources)).await?
            }
            Room::Mount(mount) => Box::pin(join(front, conn, &head, &mount)).await?,
            Room::Site => Box::pin(visit(front, conn, &head, &rules)).await?,
        };
        let Some(kept) = back else { return Ok(()) };
        conn = kept;
        rules = entrance.rules();
        let next = tokio::select! {
            next = conn.next_head(&rules, KEPT_ALIVE) => next,
            // Whoever is between two requests is not kept when the front stops.
            () = front.stopped() => Ok(None),
        };
        match next {
            Ok(Some(next)) => head = next,
            Ok(None) => {
                conn.close().await;
                return Ok(());
            }
            Err(error) => return refuse(conn, error).await,
        }
    }
}

/// Is there a place for whoever sent the request that was read last, and what they want?
fn admit(
    front: &Front,
    place: &mut Place,
    conn: &Conn,
    room: &Room,
    rules: &DoorSettings,
) -> Result<(), Full> {
    let client = conn.peer().client;
    // A proxy that names nobody speaks for itself.
    if !rules.trusts(client) {
        place.is_of(client)?;
    }
    if *room == Room::Source || !place.is_only_for_source() {
        return Ok(());
    }
    place.settle(front.site.seated())
}

/// Tells a connection that there is no place for it, if its socket takes that at once.
pub(crate) fn refuse_unread(socket: &TcpStream, full: Full) {
    let _ = socket.try_write(&no_place(full).to_bytes(true));
}

async fn turn_away(mut conn: Conn, full: Full) -> Result<(), AttendError> {
    let reply = no_place(full).to_bytes(true);
    let _ = tokio::time::timeout(TELL_PATIENCE, conn.write_all(&reply)).await;
    conn.close().await;
    Ok(())
}

fn no_place(full: Full) -> Reply {
    let text = match full {
        Full::House => "connection limit reached\n",
        Full::Address => "too many connections from your address\n",
    };
    Reply::text(503, "Service Unavailable", text).header("Retry-After", "5")
}

/// What a request is for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// It brings audio.
    Source,
    /// It wants to hear this mount.
    Mount(MountPath),
    /// Anything else.
    Site,
}

/// Which room `head` is for.
pub(crate) fn room_of(front: &Front, head: &RequestHead) -> Room {
    match head.method {
        Method::Put | Method::Source => Room::Source,
        Method::Get | Method::Head | Method::Options => match front.site.mount_at(&head.path) {
            Some(mount) => Room::Mount(mount),
            None => Room::Site,
        },
        _ => Room::Site,
    }
}

async fn join(
    front: &Front,
    conn: Conn,
    head: &RequestHead,
    mount: &MountPath,
) -> Result<Option<Conn>, AttendError> {
    match front.site.station().listen().join(conn, head, mount).await? {
        Joined::Seated(_) => Ok(None),
        Joined::Answered(back) => Ok(back),
    }
}

/// Lets the site answer one request.
async fn visit(
    front: &Front,
    conn: Conn,
    head: &RequestHead,
    settings: &DoorSettings,
) -> Result<Option<Conn>, AttendError> {
    let client = conn.client(head, settings);
    let secure = conn.is_secure(head, settings);
    let login = Login(head.credentials());
    let router = front.router.clone();
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(Visitor { client, secure });
        request.extensions_mut().insert(login.clone());
        router.clone().oneshot(request)
    });
    Ok(door::answer(conn, head, service).await?)
}

/// Says why no request could be read, where there is somebody to read that.
async fn refuse(mut conn: Conn, error: DoorError) -> Result<(), AttendError> {
    let reply = match &error {
        DoorError::Head(HeadError::TooLong) => {
            Reply::text(431, "Request Header Fields Too Large", "the request head is too long\n")
        }
        DoorError::Head(HeadError::Malformed(why)) => {
            Reply::text(400, "Bad Request", format!("{why}\n"))
        }
        DoorError::TimedOut => {
            Reply::text(408, "Request Timeout", "no whole request came in time\n")
        }
        DoorError::Proxy(_) | DoorError::Io(_) => return Err(error.into()),
    };
    let reply = reply.to_bytes(true);
    // A peer that doesn't even read is not waited for.
    let _ = tokio::time::timeout(TELL_PATIENCE, conn.write_all(&reply)).await;
    conn.close().await;
    Err(error.into())
}
