//! Sources at the door: `PUT` and `SOURCE`, as Icecast 2.4 answers them.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use access::{Credentials, Denied, Gatekeeper, Principal};
use airtime::Clock;
use codec::Codec;
use door::{Body, BodyError, Conn, DoorSettings, Headers, Method, Reply, RequestHead};
use lineup::MountPath;

use crate::{Air, Refused, SourceHandle, SourceHello};

/// What sources that connect need to be let on.
#[derive(Clone, Debug)]
pub struct SourceDoor {
    /// Where their audio goes.
    pub air: Air,
    /// Who may send.
    pub gatekeeper: Arc<Gatekeeper>,
    /// For the length of a connection, in the log.
    pub clock: Arc<dyn Clock>,
    /// The door's rules: which proxies are believed, how long a head may take.
    pub settings: Arc<DoorSettings>,
    /// The mount that a bare SHOUTcast password reaches, and a source that names `/`.
    pub default_mount: Option<MountPath>,
}

/// Serves a source that sends `head`: lets it in, puts what it sends on the air, and comes back
/// when it has ended, or was let go. The connection is given back where the answer was no and it
/// is kept alive: libshout asks once without credentials to learn what is understood here.
///
/// # Errors
/// If the connection fails before the source is on the air.
pub async fn serve_source(
    mut conn: Conn,
    head: &RequestHead,
    ctx: &SourceDoor,
) -> io::Result<Option<Conn>> {
    let address = conn.client(head, &ctx.settings);
    let let_on = match let_in(head, address, ctx).await {
        Ok((principal, mount)) => let_on(head, principal, &mount, address, ctx).await,
        Err(refusal) => Err(refusal),
    };
    let handle = match let_on {
        Ok(handle) => handle,
        Err(refusal) => {
            let user = head.credentials().map(|credentials| credentials.user);
            let (mount, user) = (head.redacted_target(), user.unwrap_or_default());
            let reason = match refusal.status {
                401 if !user.is_empty() => "wrong user name or password, or no right to this mount",
                _ => refusal.text,
            };
            if refusal.costs_nothing {
                // Anybody can have it said as often as they like: it is not to fill the log.
                tracing::debug!(peer = %address, mount, user, reason, "source refused");
            } else {
                tracing::info!(peer = %address, mount, user, reason, "source refused");
            }
            return conn.reply(head, &refusal.reply()).await;
        }
    };
    // As Icecast 2.4 does: whoever waits for 100 gets it, and then 200 without waiting for the end.
    let mut reply = Vec::new();
    if head.expects_continue() {
        reply.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
    }
    reply.extend_from_slice(b"HTTP/1.0 200 OK\r\n\r\n");
    conn.say(&reply).await?;
    feed(conn, Body::of(head), handle, ctx).await;
    Ok(None)
}

/// Whoever `head` says that it is, and the mount that it may feed.
async fn let_in(
    head: &RequestHead,
    address: IpAddr,
    ctx: &SourceDoor,
) -> Result<(Principal, MountPath), Refusal> {
    let credentials = match head.credentials() {
        None if ctx.settings.ice_passwords => head.ice_password(),
        credentials => credentials,
    };
    let credentials = credentials.ok_or(Refusal::UNAUTHORIZED.unheard())?;
    let principal = check(credentials, address, ctx).await.map_err(|denied| match denied {
        Denied::Wrong => Refusal::UNAUTHORIZED,
        Denied::Wait(_) => Refusal::new(429, "too many wrong passwords: wait").unheard(),
        Denied::Busy => Refusal::new(503, "too many log-ins at once").unheard(),
    })?;
    let mount = match (head.path.as_str(), &ctx.default_mount) {
        ("/", Some(mount)) => Some(mount.clone()),
        (path, _) => MountPath::new(path).ok(),
    };
    let mount = mount.filter(|mount| ctx.air.has(mount)).ok_or(Refusal::NO_SUCH_MOUNT)?;
    if !principal.may_feed(&mount) {
        return Err(Refusal::UNAUTHORIZED);
    }
    Ok((principal, mount))
}

async fn let_on(
    head: &RequestHead,
    principal: Principal,
    mount: &MountPath,
    address: IpAddr,
    ctx: &SourceDoor,
) -> Result<SourceHandle, Refusal> {
    let content_type = match head.headers.get("content-type") {
        Some(content_type) => content_type,
        None if head.method == Method::Source => Codec::Mp3.content_type(),
        None => return Err(Refusal::new(403, "No Content-type given")),
    };
    let hello = hello(&head.headers, principal, address, content_type);
    open(mount, hello, ctx).await
}

/// What the header fields of a source say of it.
pub(crate) fn hello(
    headers: &Headers,
    principal: Principal,
    address: IpAddr,
    content_type: &str,
) -> SourceHello {
    let mut hello = SourceHello::new(principal, address, content_type);
    hello.agent = headers.get("user-agent").map(str::to_owned);
    hello.icy_interval = headers.get("icy-metaint").and_then(|text| text.parse().ok());
    hello.info = headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .filter(|(name, _)| name.starts_with("ice-") || name.starts_with("icy-"))
        .filter(|(name, _)| name != "ice-password")
        .collect();
    hello
}

pub(crate) async fn open(
    mount: &MountPath,
    hello: SourceHello,
    ctx: &SourceDoor,
) -> Result<SourceHandle, Refusal> {
    let (user, address) = (hello.principal.user.clone(), hello.address);
    let agent = hello.agent.clone().unwrap_or_default();
    let handle = ctx.air.open_again(mount, hello).await.map_err(|refused| match refused {
        Refused::NoSuchMount(_) => Refusal::NO_SUCH_MOUNT,
        Refused::InUse => Refusal::new(403, "Mountpoint in use"),
        Refused::UnsupportedType | Refused::NoTitles => {
            Refusal::new(403, "Content-type not supported")
        }
    })?;
    tracing::info!(%mount, %user, peer = %address, agent, "source connected");
    Ok(handle)
}

/// Slow where the credentials weren't verified lately: not on the runtime's own threads.
async fn check(
    credentials: Credentials,
    address: IpAddr,
    ctx: &SourceDoor,
) -> Result<Principal, Denied> {
    let gatekeeper = ctx.gatekeeper.clone();
    let checked =
        tokio::task::spawn_blocking(move || gatekeeper.check(&credentials, address)).await;
    checked.unwrap_or(Err(Denied::Busy))
}

/// Puts on the air what the source sends, until it ends or is let go.
pub(crate) async fn feed(mut conn: Conn, mut body: Body, handle: SourceHandle, ctx: &SourceDoor) {
    let began = ctx.clock.monotonic();
    let mut bytes = 0_u64;
    let ended = loop {
        handle.room().await;
        let piece = tokio::select! {
            () = handle.let_go() => break Ended::LetGo,
            piece = conn.read_piece(&mut body) => piece,
        };
        match piece {
            Ok(Some(piece)) => {
                bytes += piece.len() as u64;
                if !handle.push(&piece) {
                    break Ended::LetGo;
                }
            }
            Ok(None) => break Ended::Closed,
            Err(error) => break Ended::Failed(error),
        }
    };
    let reason = match &ended {
        Ended::LetGo => handle.why_gone().to_owned(),
        Ended::Closed => "it closed the connection".to_owned(),
        Ended::Failed(error) => error.to_string(),
    };
    let seconds = ctx.clock.monotonic().saturating_sub(began).as_secs();
    ctx.gatekeeper.vouch(conn.peer().client);
    tracing::info!(
        mount = %handle.mount(),
        user = %handle.user(),
        peer = %conn.peer().client,
        bytes,
        seconds,
        reason,
        "source gone"
    );
    drop(handle);
    if !matches!(ended, Ended::Failed(_)) {
        conn.close().await;
    }
}

#[derive(Debug)]
enum Ended {
    LetGo,
    Closed,
    Failed(BodyError),
}

/// Why a source is not let on, in Icecast's words where it has some.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    status: u16,
    pub(crate) text: &'static str,
    /// No password was checked for it.
    costs_nothing: bool,
}

impl Refusal {
    const UNAUTHORIZED: Self = Self::new(401, "You need to authenticate");
    const NO_SUCH_MOUNT: Self = Self::new(404, "No such mount");

    const fn new(status: u16, text: &'static str) -> Self {
        Self { status, text, costs_nothing: false }
    }

    /// It was given before any password was checked.
    const fn unheard(self) -> Self {
        Self { costs_nothing: true, ..self }
    }

    fn reply(self) -> Reply {
        let body = format!("{}\n", self.text);
        match self.status {
            401 => Reply::unauthorized(body),
            status => Reply::typed(status, "text/plain; charset=utf-8", body),
        }
    }
}
