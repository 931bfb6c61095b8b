//! `/events`: what is playing, told as it changes (server-sent events).

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use airtime::ProgrammeTime;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame};
use lineup::{StationId, StreamId};
use serde::Serialize;
use station::{NowPlaying, Station};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::airing::{Airing, Feed, airing, listed_mounts};
use crate::api::heading_of;
use crate::error::Trouble;
use crate::site::Site;

/// Browsers that follow at the same time, at most.
const MAX_FOLLOWERS: usize = 8_000;
/// A line of nothing is sent after this long, so that proxies and dead peers are noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often it is looked what is on the air.
const LOOK: Duration = Duration::from_secs(1);
/// Titles that ended this long ago are told to a new follower.
const LATELY: Duration = Duration::from_secs(120);
/// Titles are cut to this many characters, so that an event stays below 300 bytes in most scripts.
const TITLE_LIMIT: usize = 80;

/// Tells everybody who follows.
#[derive(Debug)]
pub(crate) struct Hub {
    events: broadcast::Sender<Bytes>,
    followers: Arc<AtomicUsize>,
    stop: watch::Receiver<bool>,
}

/// What is playing on a stream.
#[derive(Serialize)]
struct Playing<'a> {
    station: &'a StationId,
    stream: &'a StreamId,
    at: ProgrammeTime,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    artist: Option<String>,
}

/// What time it is at the station.
#[derive(Serialize)]
struct ClockEvent {
    now: ProgrammeTime,
}

/// Where what is heard on a stream comes from.
#[derive(Serialize)]
struct OnAirEvent<'a> {
    station: &'a StationId,
    stream: &'a StreamId,
    at: ProgrammeTime,
    audible: bool,
    #[serde(flatten)]
    feed: &'a Feed,
    /// The same in words, for the page.
    says: String,
}

impl Hub {
    /// A hub whose task ends when `stop` says so.
    pub(crate) fn start(station: Arc<Station>, stop: watch::Receiver<bool>) -> Self {
        let (events, _) = broadcast::channel(64);
        let hub = Self { events, followers: Arc::default(), stop: stop.clone() };
        tokio::spawn(tell(station, hub.events.clone(), stop));
        hub
    }

    /// How many browsers follow now.
    pub(crate) fn followers(&self) -> usize {
        self.followers.load(Ordering::Relaxed)
    }
}

/// Turns what happens at the station into events, until `stop` says so.
async fn tell(
    station: Arc<Station>,
    events: broadcast::Sender<Bytes>,
    mut stop: watch::Receiver<bool>,
) {
    let mut playing = station.watch_playing();
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut before = all_airing(&station);
    loop {
        // Nobody follows: nobody is told.
        let send = |event| drop(events.send(event));
        tokio::select! {
            changed = playing.recv() => match changed {
                Ok(now) => {
                    if is_listed(&station, &now) {
                        send(playing_event(&now));
                    }
                }
                Err(RecvError::Lagged(missed)) => {
                    tracing::debug!(missed, "titles came too fast: all is told again");
                    send(as_it_stands(&station));
                }
                Err(RecvError::Closed) => return,
            },
            _ = look.tick() => {
                let now = all_airing(&station);
                for it in now.iter().filter(|it| !before.iter().any(|known| known.is_as(it))) {
                    send(on_air_event(it, station.clock().now()));
                }
                before = now;
            }
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// The listed streams of all stations.
fn all_airing(station: &Station) -> Vec<Airing> {
    let lineup = station.lineup();
    let now = station.clock().now();
    lineup.stations().iter().flat_map(|of| airing(station, &lineup, &of.id, now)).collect()
}

/// Titles of streams that aren't listed are nobody's business.
fn is_listed(station: &Station, now: &NowPlaying) -> bool {
    listed_mounts(&station.lineup(), &now.station, &now.stream).next().is_some()
}

fn playing_event(now: &NowPlaying) -> Bytes {
    let (title, artist) = heading_of(now);
    let cut = |text: String| text.chars().take(TITLE_LIMIT).collect::<String>();
    event(
        "playing",
        &Playing {
            station: &now.station,
            stream: &now.stream,
            at: now.at,
            title: title.map(cut).unwrap_or_default(),
            artist: artist.map(cut),
        },
    )
}

fn on_air_event(it: &Airing, at: ProgrammeTime) -> Bytes {
    let (station, stream) = (&it.stream.station, &it.stream.id);
    let (audible, feed, says) = (it.is_audible(), &it.feed, it.feed.in_words());
    event("air", &OnAirEvent { station, stream, at, audible, feed, says })
}

fn event(name: &str, data: &impl Serialize) -> Bytes {
    // JSON has no line breaks outside its strings, and writes those inside as `\n`.
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n").into()
}

/// Follows: first how everything stands, then what changes. Every event carries programme time:
/// a player shows it when what it plays has reached that.
pub(crate) async fn subscribe(State(site): State<Arc<Site>>) -> Response {
    let seat = Follower::new(site.hub.followers.clone());
    if site.hub.followers() > MAX_FOLLOWERS {
        let full = Trouble::api(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many followers",
            "Too many browsers follow already.",
        );
        return ([(header::RETRY_AFTER, "30")], full).into_response();
    }
    // First subscribe, then look: what changes in between is told twice rather than never.
    let changes = site.hub.events.subscribe();
    let body = Following {
        first: Some(as_it_stands(site.station())),
        next: wait(changes, site.hub.stop.clone()),
        _seat: seat,
    };
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        // nginx: don't hold events back.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::new(body.map_err(|never| match never {}))).into_response()
}

fn as_it_stands(station: &Station) -> Bytes {
    let now = station.clock().now();
    let mut all = Vec::from(&b"retry: 3000\n\n"[..]);
    all.extend_from_slice(&event("clock", &ClockEvent { now }));
    for it in all_airing(station) {
        all.extend_from_slice(&on_air_event(&it, now));
        let (of, stream) = (&it.stream.station, &it.stream.id);
        // A listener hears what was on some seconds ago: also what ended lately is told.
        for now in station.played_since(of, stream, now.saturating_sub(LATELY), now) {
            all.extend_from_slice(&playing_event(&now));
        }
    }
    all.into()
}

/// Counts one follower for as long as it lives.
struct Follower(Arc<AtomicUsize>);

impl Follower {
    fn new(count: Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The changes still to come, and the stop.
type Wait = Pin<Box<dyn Future<Output = Option<(Bytes, Next)>> + Send>>;
type Next = (broadcast::Receiver<Bytes>, watch::Receiver<bool>);

/// Waits for the next event; `None` when it ends.
fn wait(mut changes: broadcast::Receiver<Bytes>, mut stop: watch::Receiver<bool>) -> Wait {
    Box::pin(async move {
        let bytes = tokio::select! {
            change = timeout(HEARTBEAT, changes.recv()) => match change {
                Ok(Ok(bytes)) => bytes,
                // It missed some: it comes again, and is told how everything stands.
                Ok(Err(_)) => return None,
                Err(_) => Bytes::from_static(b":\n\n"),
            },
            _ = stop.wait_for(|stop| *stop) => return None,
        };
        Some((bytes, (changes, stop)))
    })
}

/// The body of a follower's reply.
struct Following {
    first: Option<Bytes>,
    next: Wait,
    _seat: Follower,
}

impl HttpBody for Following {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let Some((bytes, (changes, stop))) = ready!(self.next.as_mut().poll(cx)) else {
            return Poll::Ready(None);
        };
        self.next = wait(changes, stop);
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}
