//! The home page: what is on the air, and how to hear it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use airtime::ProgrammeTime;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use lineup::{Lineup, StationId};
use parking_lot::Mutex;

use crate::airing::{Airing, airing};
use crate::api::heading_of;
use crate::assets::{STYLE, icon_in_page};
use crate::band::{Band, LocalTime};
use crate::error::{Trouble, missing};
use crate::reply::Document;
use crate::site::Site;

/// The newest of a stream's titles that are marked on the band.
const MOST_MARKS: usize = 80;

/// A page is rendered at most this often; in between it is sent again as it is.
const RENDER_EVERY: Duration = Duration::from_secs(1);

/// The page as it was last rendered for each station, and when.
#[derive(Debug, Default)]
pub(crate) struct Rendered(Mutex<HashMap<StationId, (ProgrammeTime, Document)>>);

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage<'a> {
    style: &'a str,
    icon: String,
    player_script: String,
    name: &'a str,
    call_sign: &'a str,
    /// City and frequencies, in one line.
    place: String,
    /// Where it is to be had without any network.
    frequencies: String,
    band: Band,
    /// Is anything heard at all?
    sound: bool,
    /// The first is the one that the big button plays.
    streams: Vec<Row>,
}

/// A stream in the list.
#[derive(Debug)]
struct Row {
    /// `station/stream`, as events name it.
    key: String,
    name: String,
    description: String,
    audible: bool,
    /// Where what is heard comes from: as the script names it, and in words.
    feed: &'static str,
    air: String,
    title: Option<String>,
    artist: Option<String>,
    /// Where the script plays it.
    mount: String,
    links: Vec<Link>,
    /// From where on it can be heard again.
    tape: Option<Tape>,
    /// Titles that began within the band's hour.
    marks: Vec<Mark>,
}

/// Where the tape begins and ends.
#[derive(Debug)]
struct Tape {
    x: String,
    at: i64,
    /// `10:42`, the station's own time.
    clock: String,
    /// Where it ends; `None`: it goes on.
    to: Option<Mark>,
}

/// A moment on the band: where a title began, or the tape ended.
#[derive(Debug)]
struct Mark {
    /// Per cent from the left.
    x: String,
    /// Microseconds of programme time.
    at: i64,
}

#[derive(Debug)]
struct Link {
    path: String,
    /// The content type, by which the script knows what a browser can play.
    kind: &'static str,
    /// `MP3, 128 kbit/s`
    label: String,
}

/// The home page of the station that the request names.
pub(crate) async fn show(State(site): State<Arc<Site>>, asked: HeaderMap) -> Response {
    let lineup = site.station().lineup();
    let host = asked.get(header::HOST).and_then(|host| host.to_str().ok());
    let Some(own) = lineup.station_for_host(host) else {
        return missing().into_response();
    };
    let now = site.station().clock().now();
    let document = match site.homes.fresh(&own.id, now) {
        Some(document) => document,
        None => match render(&site, &lineup, own, now) {
            Ok(html) => site.homes.keep(&own.id, now, html),
            Err(error) => {
                tracing::error!(%error, "the home page can't be rendered");
                return Trouble {
                    status: StatusCode::INTERNAL_SERVER_ERROR,
                    title: "The page can't be shown",
                    detail: "The streams can still be heard at their own addresses.".to_owned(),
                    json: false,
                }
                .into_response();
            }
        },
    };
    let mut response = document.answer(&asked);
    if let Ok(policy) = HeaderValue::from_str(&policy(&site)) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn render(
    site: &Site,
    lineup: &Lineup,
    own: &lineup::Station,
    now: ProgrammeTime,
) -> askama::Result<String> {
    let local = LocalTime::of(now, &own.time_zone);
    let band = Band::ending_at(&local);
    let mut streams: Vec<Row> = airing(site.station(), lineup, &own.id, now)
        .iter()
        .map(|it| Row::new(it, site, lineup, &band, &local))
        .collect();
    if let Some(heard) = streams.iter().position(|row| row.audible) {
        streams[..=heard].rotate_right(1);
    }
    let page = HomePage {
        style: STYLE,
        icon: icon_in_page(),
        player_script: site.assets.player_path(),
        name: &own.name,
        call_sign: &own.call_sign,
        place: place_of(own),
        frequencies: own.frequencies.join(", "),
        sound: streams.iter().any(|row| row.audible),
        band,
        streams,
    };
    page.render()
}

impl Rendered {
    /// The page, if it was rendered just now.
    fn fresh(&self, station: &StationId, now: ProgrammeTime) -> Option<Document> {
        let pages = self.0.lock();
        let (rendered, page) = pages.get(station)?;
        (now.since(*rendered) < RENDER_EVERY).then(|| page.clone())
    }

    /// The document of `html`: the one from before, if nothing on it has changed.
    fn keep(&self, station: &StationId, now: ProgrammeTime, html: String) -> Document {
        let known = self.0.lock().get(station).map(|(_, page)| page.clone());
        // Compressed outside of the lock.
        let page = known
            .filter(|page| page.plain() == html.as_bytes())
            .unwrap_or_else(|| Document::new("text/html; charset=utf-8", html));
        self.0.lock().insert(station.clone(), (now, page.clone()));
        page
    }
}

impl Row {
    fn new(it: &Airing, site: &Site, lineup: &Lineup, band: &Band, now: &LocalTime) -> Self {
        let (title, artist) = it.playing.as_ref().map(heading_of).unwrap_or_default();
        let links: Vec<Link> = it
            .mounts
            .iter()
            .map(|mount| {
                let rendition = lineup.rendition_of(mount);
                Link {
                    path: mount.path.to_string(),
                    kind: rendition.map_or("", |it| it.codec.content_type()),
                    label: label_of(rendition),
                }
            })
            .collect();
        let first = it.mounts.first();
        let titles = site
            .station()
            .events(&it.stream.station, &it.stream.id)
            .zip(band.span())
            .map(|(events, span)| events.between(span))
            .unwrap_or_default();
        let marks =
            titles.iter().rev().filter(|event| event.kind == air::Title::KIND).filter_map(
                |event| Some(Mark { x: band.place(event.at)?, at: event.at.as_micros() }),
            );
        let window = first.and_then(|mount| site.station().tape(&mount.path)?.window());
        Self {
            tape: window.map(|window| Tape {
                x: band.place_within(window.from()),
                at: window.from().as_micros(),
                clock: now.elsewhen(window.from()),
                to: (!it.is_audible()).then(|| Mark {
                    x: band.place_within(window.to()),
                    at: window.to().as_micros(),
                }),
            }),
            key: format!("{}/{}", it.stream.station, it.stream.id),
            name: it.stream.name.clone(),
            description: it.stream.description.clone(),
            audible: it.is_audible(),
            feed: it.feed.name(),
            air: it.feed.in_words(),
            title,
            artist,
            mount: first.map(|mount| mount.path.to_string()).unwrap_or_default(),
            links,
            marks: marks.take(MOST_MARKS).collect(),
        }
    }
}

fn label_of(rendition: Option<&lineup::Rendition>) -> String {
    let Some(rendition) = rendition else { return "Stream".to_owned() };
    let name = match rendition.codec {
        codec::Codec::Mp3 => "MP3",
        codec::Codec::Aac => "AAC",
        codec::Codec::Ogg => "Ogg",
        codec::Codec::WebM => "WebM",
        codec::Codec::Opaque => "Stream",
    };
    match rendition.bitrate {
        Some(rate) => format!("{name}, {rate} kbit/s"),
        None => name.to_owned(),
    }
}

fn place_of(station: &lineup::Station) -> String {
    let parts = std::iter::once(station.city.as_str())
        .chain(station.frequencies.iter().map(String::as_str))
        .filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" · ")
}

fn policy(site: &Site) -> String {
    format!(
        "default-src 'none'; style-src {}; script-src 'self'; connect-src 'self'; \
         media-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'self'",
        site.assets.style_hash()
    )
}
