//! The public API: what is on now, and where a player is on the tape.

use std::sync::Arc;

use airtime::ProgrammeTime;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::airing::{Airing, Feed, airing};
use crate::error::Trouble;
use crate::site::Site;

/// Readable from any site.
pub(crate) const ANYWHERE: [(header::HeaderName, &str); 1] =
    [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];

/// `GET /api/now`
#[derive(Debug, Serialize)]
struct Now {
    /// Programme time, microseconds.
    now: ProgrammeTime,
    streams: Vec<StreamNow>,
}

/// One stream, as `/api/now` and the `playing` events tell of it.
#[derive(Debug, Serialize)]
pub(crate) struct StreamNow {
    station: String,
    stream: String,
    name: String,
    audible: bool,
    #[serde(flatten)]
    feed: Feed,
    /// The same in words, for the page.
    says: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<ProgrammeTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artist: Option<String>,
    mounts: Vec<MountNow>,
}

#[derive(Debug, Serialize)]
struct MountNow {
    path: String,
    content_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bitrate: Option<u32>,
}

/// What every listed stream of the station that the request names is airing.
pub(crate) async fn now(State(site): State<Arc<Site>>, asked: HeaderMap) -> Response {
    let station = site.station();
    let lineup = station.lineup();
    let now = station.clock().now();
    let host = asked.get(header::HOST).and_then(|host| host.to_str().ok());
    let Some(of) = lineup.station_for_host(host) else {
        return Json(Now { now, streams: Vec::new() }).into_response();
    };
    let streams = airing(station, &lineup, &of.id, now);
    let streams = streams.into_iter().map(|it| {
        let mounts = it.mounts.iter().map(|mount| {
            let rendition = lineup.rendition_of(mount);
            MountNow {
                path: mount.path.to_string(),
                content_type: rendition.map_or("", |it| it.codec.content_type()),
                bitrate: rendition.and_then(|it| it.bitrate),
            }
        });
        StreamNow { mounts: mounts.collect(), ..StreamNow::from(&it) }
    });
    (ANYWHERE, Json(Now { now, streams: streams.collect() })).into_response()
}

impl From<&Airing> for StreamNow {
    fn from(it: &Airing) -> Self {
        let (title, artist) = it.playing.as_ref().map(heading_of).unwrap_or_default();
        Self {
            station: it.stream.station.to_string(),
            stream: it.stream.id.to_string(),
            name: it.stream.name.clone(),
            audible: it.is_audible(),
            feed: it.feed.clone(),
            says: it.feed.in_words(),
            at: it.playing.as_ref().map(|now| now.at),
            title,
            artist,
            mounts: Vec::new(),
        }
    }
}

/// What is playing in two lines: the title, or the text as it came; and who performs.
pub(crate) fn heading_of(now: &station::NowPlaying) -> (Option<String>, Option<String>) {
    let title = &now.title;
    let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    match title.title.as_deref().and_then(some) {
        Some(name) => (Some(name), title.artist.as_deref().and_then(some)),
        None => (some(&title.line()), None),
    }
}

/// What a player was sent: second of media → programme time.
pub(crate) async fn time_map(
    State(site): State<Arc<Site>>,
    Path(sid): Path<String>,
) -> Result<impl IntoResponse, Trouble> {
    match site.station().listen().time_map(&sid) {
        Some(map) => Ok((ANYWHERE, Json(map))),
        None => Err(Trouble::api(
            StatusCode::NOT_FOUND,
            "No such player",
            "No player with this `sid` listens, or listened in the last minutes.",
        )),
    }
}
