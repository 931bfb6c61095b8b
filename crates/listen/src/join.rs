//! From a request to a seat.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use airtime::{ProgrammeTime, Span};
use bytes::Bytes;
use door::{Conn, Method, Reply, RequestHead, Transport};
use lineup::MountPath;
use socket2::TcpKeepalive;
use tape::{Cursor, Read, SeekError};
use tokio::io::AsyncWriteExt as _;

use crate::auth::Verdict;
use crate::icy::Interleave;
use crate::line::Line;
use crate::listen::House;
use crate::mounted::{Full, Mounted};
use crate::reply::{StreamHead, options, short, takes_titles};
use crate::run::Run;
use crate::seat::{Identity, Next, Opening, Rules, Seat};
use crate::weave::Weave;
use crate::wish::Wish;
use crate::{Joined, MountSetup, SessionId};

/// How long a peer may take to receive a short reply.
const PATIENCE: Duration = Duration::from_secs(10);

/// A peer that acknowledges nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(300);

/// Titles are never closer to each other than this, however thin the sound is.
const SHORTEST_INTERVAL: u32 = 500;

/// The longest name of a program that is kept.
const AGENT_LIMIT: usize = 200;

/// Where a listener begins.
struct Start {
    cursor: Cursor,
    starts: Option<ProgrammeTime>,
    hole: Option<Span>,
    from_tape: bool,
}

impl House {
    pub(crate) async fn join(
        self: &Arc<Self>,
        conn: Conn,
        head: &RequestHead,
        mount: &MountPath,
    ) -> io::Result<Joined> {
        match head.method {
            Method::Get | Method::Head => {}
            Method::Options => return answer(conn, head, options()).await,
            _ => {
                let reply = short(405, "Method Not Allowed", "Listen with GET.\n")
                    .header("Allow", "GET, HEAD, OPTIONS");
                return answer(conn, head, reply).await;
            }
        }
        let Some(mounted) = self.mounted(mount).filter(|_| !self.is_stopped()) else {
            let reply = short(404, "Not Found", "The file you requested could not be found\n");
            return answer(conn, head, reply).await;
        };
        let wish = match Wish::read(head, self.clock.now()) {
            Ok(wish) => wish,
            Err(wrong) => {
                return answer(conn, head, short(400, "Bad Request", wrong + "\n")).await;
            }
        };
        let setup = mounted.setup.load_full();
        let Some(epoch) = setup.tape.epoch() else {
            let reply = short(404, "Not Found", "Nothing is on the air here yet\n");
            return answer(conn, head, reply).await;
        };
        let start = match self.start(&setup, &wish).await {
            Ok(start) => start,
            Err(reply) => return answer(conn, head, reply).await,
        };
        let titles = wish.titles && takes_titles(epoch.format.codec);
        let interval = Some(icy_interval(&setup)).filter(|n| titles && *n > 0);
        let reply = StreamHead {
            version: head.version,
            format: epoch.format,
            content_type: epoch.content_type.clone(),
            interval,
            starts: start.starts,
            hole: start.hole,
        }
        .to_bytes(&setup, &mounted.said.load());
        if head.method == Method::Head {
            return close_after(conn, &reply).await;
        }
        let place = mounted.take(&self.capacity, self.settings.max_listeners, conn.peer().client);
        let mut place = match place {
            Ok(place) => place,
            Err(full) => return answer(conn, head, refused(full)).await,
        };
        let id = self.next_id();
        let (mut guest, mut limit) = (None, setup.mount.max_duration);
        if let Some(url) = &setup.mount.listener_auth {
            let address = conn.peer().client;
            match self.authenticator.ask(url, head, mount, id, address).await {
                (Verdict::Accepted { limit: own }, accepted) => {
                    guest = Some(Box::new(accepted));
                    limit = own.into_iter().chain(limit).min();
                }
                (Verdict::Denied { message }, _) => {
                    return answer(conn, head, denied(message)).await;
                }
                (Verdict::Unavailable, _) => {
                    let text = "Listeners can't be checked at the moment\n";
                    let reply = short(503, "Service Unavailable", text).header("Retry-After", "10");
                    return answer(conn, head, reply).await;
                }
            }
        }
        let now = self.clock.monotonic();
        if !wish.probe {
            place.show();
        }
        let (transport, peer, _) = conn.into_parts();
        let line = match line_over(transport, unsent(&setup, self.settings.interval)) {
            Ok(line) => line,
            Err(error) => {
                // The service counted them already.
                if let Some(guest) = guest {
                    guest.left(Duration::ZERO);
                }
                return Err(error);
            }
        };
        let started = self.clock.now();
        let session = SessionId::new(started);
        let who = Identity {
            id,
            session,
            address: peer.client,
            agent: head.headers.get("user-agent").map(|agent| {
                agent
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(AGENT_LIMIT)
                    .collect::<String>()
                    .into()
            }),
            user: guest.as_ref().and_then(|_| Some(head.credentials()?.user.into())),
            mount: mount.clone(),
            started,
        };
        let opening = Opening {
            who,
            place,
            line,
            weave: Weave::new(Bytes::from(reply), interval.and_then(Interleave::new)),
            cursor: start.cursor,
            from_tape: start.from_tape,
            until: limit.map(|most| now + most),
            guest,
            map: wish.sid.as_deref().and_then(|sid| self.maps.begin(sid, now)),
        };
        let mut seat = Seat::new(opening, now);
        match self.first_audio(&mut seat, &mounted, &setup) {
            Next::Gone => {
                seat.close(self.clock.monotonic());
                return Ok(Joined::Answered(None));
            }
            Next::Again(after) if after < self.settings.interval => seat.set_first_turn(after),
            Next::Again(_) => {}
        }
        if let Some(log) = self.log.as_ref().filter(|_| seat.place.is_shown()) {
            log.checkpoint(seat.record(None));
        }
        self.seat(seat);
        Ok(Joined::Seated(session))
    }

    /// Sends the reply's head and the burst, at once.
    fn first_audio(&self, seat: &mut Seat, mounted: &Mounted, setup: &MountSetup) -> Next {
        if mounted.is_removed() {
            return Next::Gone;
        }
        let now = self.clock.monotonic();
        let rules = Rules::of(&setup.mount, self.settings.interval);
        let mut run =
            Run::read(&setup.tape, seat.cursor(), seat.allowance(&rules, now), seat.there());
        if seat.has_titles() {
            run.with_titles(&setup.events, setup.rendition.offset);
        }
        seat.serve(&run, &setup.tape, &rules, now)
    }

    /// Finds where a listener begins, or what they are told.
    async fn start(&self, setup: &MountSetup, wish: &Wish) -> Result<Start, Reply> {
        let Some(from) = wish.from else {
            let cursor = setup.tape.behind_head(setup.mount.burst.get());
            let starts = match setup.tape.view().read(cursor) {
                Read::Block(block) => Some(block.first),
                _ => None,
            };
            return Ok(Start { cursor, starts, hole: None, from_tape: false });
        };
        // It may read the disk, and waits for its turn to.
        let _turn = self.searches.acquire().await;
        let tape = setup.tape.clone();
        let sought = tokio::task::spawn_blocking(move || tape.seek(from)).await;
        let Ok(sought) = sought else {
            return Err(short(500, "Internal Server Error", "The tape could not be searched\n"));
        };
        match sought {
            Ok(seek) => Ok(Start {
                cursor: seek.cursor,
                starts: Some(seek.starts),
                hole: seek.hole,
                from_tape: true,
            }),
            Err(SeekError::OutsideWindow { window: Some(window) }) => {
                let text = format!(
                    "{from} can't be listened to again: this stream is kept from {} to {}\n",
                    window.from(),
                    window.to()
                );
                let reply = short(404, "Not Found", text)
                    .header("Longwave-Window", format!("{}/{}", window.from(), window.to()));
                Err(reply)
            }
            Err(error) => Err(short(404, "Not Found", format!("{error}\n"))),
        }
    }
}

fn refused(full: Full) -> Reply {
    let text = match full {
        Full::House => "connection limit",
        Full::Mount => "max listeners reached",
        Full::Address => "too many listeners from your address",
    };
    short(403, "Forbidden", text)
}

/// Bytes between two titles: as the mount says, but no more than a second's, so that no title comes
/// later than that after its sound.
fn icy_interval(setup: &MountSetup) -> u32 {
    let wanted = setup.mount.icy_interval;
    let newest = setup.tape.behind_head(Duration::from_secs(1));
    let measured = match setup.tape.view().read(newest) {
        Read::Block(block) if !block.duration.is_zero() => {
            block.bytes.len() as u128 * 1_000_000 / block.duration.as_micros().max(1)
        }
        _ => setup.rendition.bitrate.map_or(u128::MAX, |bitrate| u128::from(bitrate) * 125),
    };
    let second = u32::try_from(measured).unwrap_or(u32::MAX).max(SHORTEST_INTERVAL);
    // Frames differ a little: a round number is not given up for that.
    if u64::from(second) * 10 < u64::from(wanted) * 9 { second } else { wanted }
}

/// Bytes that the kernel may hold unsent for one listener: two turns' worth of audio.
fn unsent(setup: &MountSetup, interval: Duration) -> u32 {
    let turn = |bitrate: u32| u128::from(bitrate) * 125 * interval.as_millis() / 1000;
    let bytes = setup.rendition.bitrate.map_or(0, |bitrate| 2 * turn(bitrate));
    u32::try_from(bytes).unwrap_or(u32::MAX).clamp(128 * 1024, 4 * 1024 * 1024)
}

fn denied(message: Option<String>) -> Reply {
    let text = message.unwrap_or_else(|| "You need to authenticate".to_owned());
    short(401, "Unauthorized", text + "\n").header("WWW-Authenticate", "Basic realm=\"Longwave\"")
}

fn line_over(transport: Transport, unsent: u32) -> io::Result<Line> {
    let (socket, session) = match transport {
        Transport::Plain(socket) => (socket, None),
        Transport::Tls(stream) => {
            let (socket, session) = stream.into_inner();
            (socket, Some(session))
        }
    };
    let bounds = socket2::SockRef::from(&socket);
    bounds.set_tcp_nodelay(true)?;
    // What the kernel holds for a slow listener would hide how far behind they are.
    bounds.set_tcp_notsent_lowat(unsent)?;
    bounds.set_tcp_user_timeout(Some(SILENCE))?;
    // Where nothing is sent, on a silent mount, nobody would be missed otherwise.
    bounds.set_tcp_keepalive(&TcpKeepalive::new().with_time(SILENCE / 2))?;
    // Out of the runtime: from here on a pump sends on it, never blocking.
    Ok(Line::new(socket.into_std()?, session))
}

/// Writes a short reply. The connection is given back where it is kept.
async fn answer(conn: Conn, head: &RequestHead, reply: Reply) -> io::Result<Joined> {
    Ok(Joined::Answered(patiently(conn.reply(head, &reply)).await?))
}

async fn close_after(mut conn: Conn, bytes: &[u8]) -> io::Result<Joined> {
    patiently(conn.write_all(bytes)).await?;
    patiently(conn.shutdown()).await?;
    Ok(Joined::Answered(None))
}

async fn patiently<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(PATIENCE, work)
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}
