//! What the station tells Icecast's statistics tools.

use std::sync::Arc;

use airtime::ProgrammeTime;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lineup::{Lineup, Mount};
use serde_json::{Map, Value, json};

use super::command::{Command, Parameters, Refusal};
use super::xml::Document;
use crate::api::{ANYWHERE, heading_of};
use crate::site::{Site, Visitor};

/// What tools are told that this is. They look for Icecast's name to know the shape.
const SERVER_ID: &str =
    concat!("Longwave ", env!("CARGO_PKG_VERSION"), " (Icecast 2.4.4 compatible)");

/// A mount that is on the air, as the statistics show it.
struct Source {
    mount: Mount,
    listen_url: String,
    listeners: u32,
    peak: u32,
    name: String,
    description: String,
    kind: &'static str,
    url: String,
    genre: String,
    bitrate: Option<u32>,
    /// What the source says of its audio: as it came, and taken apart.
    audio_info_line: Option<String>,
    audio_info: Vec<(String, String)>,
    title: Option<String>,
    artist: Option<String>,
    playing: Option<String>,
    updated: Option<ProgrammeTime>,
    since: ProgrammeTime,
    address: Option<String>,
    agent: Option<String>,
    received: u64,
    sent: u64,
    skips: u64,
}

impl Source {
    fn of(site: &Site, lineup: &Lineup, mount: &Mount, base: &str) -> Option<Self> {
        let station = site.station();
        let status = station.deck_status(&mount.path)?;
        if !status.audible && status.source.is_none() {
            return None;
        }
        let stream = lineup.stream_of(mount)?;
        let rendition = lineup.rendition_of(mount)?;
        let counts = station.listen().counts(&mount.path);
        let now = station.playing(&mount.station, &mount.stream, station.clock().now());
        let (title, artist) = now.as_ref().map(heading_of).unwrap_or_default();
        let source = status.source;
        let said = |name: &str| {
            let info = &source.as_ref()?.info;
            info.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let own = |own: &str, names: [&str; 2]| {
            if own.is_empty() { names.into_iter().find_map(said) } else { Some(own.to_owned()) }
                .unwrap_or_default()
        };
        // What describes the audio, whether a header says it or `ice-audio-info`; the other headers
        // have names of their own below.
        let info = |(name, _): &&(String, String)| {
            is_number(name) || !name.starts_with("ice-") && !name.starts_with("icy-")
        };
        Some(Self {
            listen_url: format!("{base}{}", mount.path),
            listeners: counts.listeners,
            peak: counts.peak,
            name: own(&stream.name, ["ice-name", "icy-name"]),
            description: own(&stream.description, ["ice-description", "icy-description"]),
            kind: rendition.codec.content_type(),
            url: own(&stream.url, ["ice-url", "icy-url"]),
            genre: own(&stream.genre, ["ice-genre", "icy-genre"]),
            bitrate: rendition.bitrate.or_else(|| said("ice-bitrate")?.parse().ok()),
            audio_info: source.iter().flat_map(|it| it.info.iter().filter(info).cloned()).collect(),
            audio_info_line: said("ice-audio-info"),
            playing: now.as_ref().map(|now| now.title.line()),
            updated: now.as_ref().map(|now| now.at),
            title,
            artist,
            since: source.as_ref().map_or(site.started(), |it| it.since),
            address: source.as_ref().map(|it| it.address.to_string()),
            agent: source.as_ref().and_then(|it| it.agent.clone()),
            received: source.as_ref().map_or(0, |it| it.bytes),
            sent: counts.bytes,
            skips: counts.skips,
            mount: mount.clone(),
        })
    }

    /// As `/status-json.xsl` has it. Texts stay texts, whatever they look like.
    fn json(&self) -> Value {
        let mut source = Map::new();
        for (name, value) in &self.audio_info {
            let number = value.parse::<u64>().ok().filter(|_| is_number(name));
            source.insert(name.clone(), number.map_or_else(|| json!(value), |it| json!(it)));
        }
        if let Some(line) = &self.audio_info_line {
            source.insert("audio_info".to_owned(), json!(line));
        }
        if let Some(artist) = &self.artist {
            source.insert("artist".to_owned(), json!(artist));
        }
        if let Some(bitrate) = self.bitrate {
            source.insert("bitrate".to_owned(), json!(bitrate));
        }
        let texts = [
            ("genre", &self.genre),
            ("listenurl", &self.listen_url),
            ("server_description", &self.description),
            ("server_name", &self.name),
            ("server_url", &self.url),
        ];
        for (name, text) in texts {
            if !text.is_empty() {
                source.insert(name.to_owned(), json!(text));
            }
        }
        source.insert("listener_peak".to_owned(), json!(self.peak));
        source.insert("listeners".to_owned(), json!(self.listeners));
        source.insert("server_type".to_owned(), json!(self.kind));
        source.insert("stream_start".to_owned(), json!(mail_date(self.since)));
        source.insert("stream_start_iso8601".to_owned(), json!(iso_date(self.since)));
        if let Some(title) = &self.title {
            source.insert("title".to_owned(), json!(title));
        }
        if let Some(playing) = &self.playing {
            source.insert("yp_currently_playing".to_owned(), json!(playing));
        }
        source.insert("dummy".to_owned(), Value::Null);
        Value::Object(source)
    }

    fn write(&self, document: &mut Document) {
        document.parent("source", &[("mount", self.mount.path.as_str())], |document| {
            for (name, value) in &self.audio_info {
                if is_xml_name(name) {
                    document.leaf(name, value);
                }
            }
            let known = [
                ("audio_info", self.audio_info_line.clone()),
                ("artist", self.artist.clone()),
                ("bitrate", self.bitrate.map(|rate| rate.to_string())),
            ];
            for (name, value) in known {
                if let Some(value) = value {
                    document.leaf(name, value);
                }
            }
            document.leaf("genre", &self.genre);
            document.leaf("listener_peak", self.peak);
            document.leaf("listeners", self.listeners);
            document.leaf("listenurl", &self.listen_url);
            let most = self.mount.max_listeners;
            document.leaf("max_listeners", most.map_or("unlimited".to_owned(), |n| n.to_string()));
            if let Some(updated) = self.updated {
                document.leaf("metadata_updated", mail_date(updated));
            }
            document.leaf("public", u8::from(self.mount.listed));
            document.leaf("server_description", &self.description);
            document.leaf("server_name", &self.name);
            document.leaf("server_type", self.kind);
            document.leaf("server_url", &self.url);
            document.leaf("slow_listeners", self.skips);
            if let Some(address) = &self.address {
                document.leaf("source_ip", address);
            }
            document.leaf("stream_start", mail_date(self.since));
            document.leaf("stream_start_iso8601", iso_date(self.since));
            if let Some(title) = &self.title {
                document.leaf("title", title);
            }
            document.leaf("total_bytes_read", self.received);
            document.leaf("total_bytes_sent", self.sent);
            document.leaf("total_mbytes_sent", self.sent / (1024 * 1024));
            if let Some(agent) = &self.agent {
                document.leaf("user_agent", agent);
            }
            if let Some(playing) = &self.playing {
                document.leaf("yp_currently_playing", playing);
            }
        });
    }
}

/// `/status-json.xsl`, in the shape of Icecast 2.4: `source` is missing, an object or an array
/// for none, one or several mounts on the air.
pub(crate) async fn status_json(State(site): State<Arc<Site>>, request: Request) -> Response {
    let base = base(&site, Visitor::of(&request), request.headers());
    let lineup = site.station().lineup();
    let mut asked = Parameters::default();
    asked.read(request.uri().query().unwrap_or_default().as_bytes());
    let only = asked.text("mount");
    let mut sources: Vec<Value> = lineup
        .mounts()
        .iter()
        // A mount that isn't listed is shown to who knows its name.
        .filter(|mount| match &only {
            Some(only) => mount.path.as_str() == only,
            None => mount.listed,
        })
        .filter_map(|mount| Source::of(&site, &lineup, mount, &base))
        .map(|source| source.json())
        .collect();
    let mut stats = Map::new();
    stats.insert("admin".to_owned(), json!(""));
    stats.insert("host".to_owned(), json!(host_of(&base)));
    stats.insert("location".to_owned(), json!(location(&lineup)));
    stats.insert("server_id".to_owned(), json!(SERVER_ID));
    stats.insert("server_start".to_owned(), json!(mail_date(site.started())));
    stats.insert("server_start_iso8601".to_owned(), json!(iso_date(site.started())));
    match sources.len() {
        0 => {}
        1 => {
            stats.insert("source".to_owned(), sources.remove(0));
        }
        _ => {
            stats.insert("source".to_owned(), Value::Array(sources));
        }
    }
    (ANYWHERE, Json(json!({ "icestats": stats }))).into_response()
}

/// `/admin/stats`, of one mount where `mount=` names it.
pub(crate) fn xml(site: &Arc<Site>, command: &Command) -> Result<Response, Refusal> {
    let base = base(site, command.visitor, &command.headers);
    let station = site.station();
    let lineup = station.lineup();
    let only = match command.parameters.bytes("mount") {
        Some(_) => Some(command.mount(site)?.path),
        None => None,
    };
    let sources: Vec<Source> = lineup
        .mounts()
        .iter()
        .filter(|mount| only.as_ref().is_none_or(|only| *only == mount.path))
        .filter_map(|mount| Source::of(site, &lineup, mount, &base))
        .collect();
    let listeners: u32 = sources.iter().map(|source| source.listeners).sum();
    let document = Document::with_root("icestats", |document| {
        document.leaf("admin", "");
        document.leaf("host", host_of(&base));
        document.leaf("listeners", listeners);
        document.leaf("location", location(&lineup));
        document.leaf("server_id", SERVER_ID);
        document.leaf("server_start", mail_date(site.started()));
        document.leaf("server_start_iso8601", iso_date(site.started()));
        document.leaf("sources", sources.len());
        for source in &sources {
            source.write(document);
        }
    });
    Ok(document.into_response())
}

/// The station's address: the one that is configured, or the one by which it was asked.
fn base(site: &Site, visitor: Visitor, asked: &HeaderMap) -> String {
    match site.station().public_url() {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => visitor.base(asked),
    }
}

fn location(lineup: &Lineup) -> &str {
    lineup.stations().first().map_or("", |station| station.city.as_str())
}

/// The host of `http://host:port`, without the port.
fn host_of(base: &str) -> &str {
    let host = base.split_once("://").map_or(base, |(_, host)| host);
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// `Tue, 24 Nov 2026 03:40:04 +0000`, as Icecast writes dates.
fn mail_date(at: ProgrammeTime) -> String {
    date(at, "%a, %d %b %Y %H:%M:%S %z")
}

/// `2026-11-24T03:40:04+0000`
fn iso_date(at: ProgrammeTime) -> String {
    date(at, "%Y-%m-%dT%H:%M:%S%z")
}

fn date(at: ProgrammeTime, how: &str) -> String {
    match Timestamp::from_microsecond(at.as_micros()) {
        Ok(stamp) => stamp.to_zoned_datetime(TimeZone::UTC).strftime(how).to_string(),
        Err(_) => String::new(),
    }
}

/// Is what a source says by this name a number?
fn is_number(name: &str) -> bool {
    let bare = name.trim_start_matches("ice-").trim_start_matches("audio_");
    matches!(bare, "bitrate" | "samplerate" | "channels")
}

/// Names that a source invents for its audio info become elements only where they can.
fn is_xml_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}
