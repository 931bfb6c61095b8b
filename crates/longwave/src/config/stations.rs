//! The lineup and the guest list, from what is written.

use std::fmt::Display;
use std::ops::Range;
use std::time::Duration;

use access::{Grant, PasswordHash, Scope};
use bytes::Bytes;
use codec::{Codec, Format};
use jiff::tz::TimeZone;
use lineup::{
    BurstLength, Fallback, Lineup, LineupError, Mount, MountPath, Rendition, SilencePolicy,
    SourcePolicy, Station, Stream,
};
use toml::Spanned;

use super::model;
use super::plan::Draft;
use super::value::{Length, Right};
use crate::sounds;

/// The longest burst.
const LONGEST_BURST: Duration = Duration::from_secs(60);

/// The parts of a lineup, in the order in which they are written.
#[derive(Default)]
struct Parts {
    stations: Vec<Station>,
    streams: Vec<Stream>,
    renditions: Vec<Rendition>,
    mounts: Vec<Mount>,
}

impl Draft {
    /// The lineup, unless what is wrong with it leaves none.
    pub(super) fn lineup(&mut self, written: Vec<model::Station>) -> Option<Lineup> {
        if written.is_empty() {
            self.mistakes.note(0..0, "there is no station: at least one [[station]] is needed");
        }
        let mut parts = Parts::default();
        for station in written {
            self.station(station, &mut parts);
        }
        let Parts { stations, streams, renditions, mounts } = parts;
        match Lineup::new(stations, streams, renditions, mounts) {
            Ok(lineup) => Some(lineup),
            Err(error) => {
                // What is declared twice has been noted where it stands.
                if !matches!(error, LineupError::Twice { .. }) || self.mistakes.is_empty() {
                    self.mistakes.note(self.place_of(&error), error);
                }
                None
            }
        }
    }

    fn station(&mut self, written: model::Station, parts: &mut Parts) {
        self.declare("station", written.id.get_ref(), written.id.span());
        let id = written.id.into_inner();
        let hosts = written.hosts.unwrap_or_default();
        for host in &hosts {
            self.declare("host", host.get_ref().to_ascii_lowercase(), host.span());
        }
        parts.stations.push(Station {
            id: id.clone(),
            name: written.name,
            call_sign: written.call_sign.unwrap_or_default(),
            city: written.city.unwrap_or_default(),
            frequencies: written.frequencies.unwrap_or_default(),
            time_zone: self.time_zone(written.time_zone),
            hosts: hosts.into_iter().map(Spanned::into_inner).collect(),
        });
        for stream in written.stream {
            let name = format!("{id}/{}", stream.id.get_ref());
            self.declare("stream", &name, stream.id.span());
            let stream_id = stream.id.into_inner();
            parts.streams.push(Stream {
                station: id.clone(),
                id: stream_id.clone(),
                name: stream.name,
                description: stream.description.unwrap_or_default(),
                genre: stream.genre.unwrap_or_default(),
                url: stream.url.unwrap_or_default(),
            });
            for rendition in stream.rendition {
                self.declare(
                    "rendition",
                    format!("{name}/{}", rendition.id.get_ref()),
                    rendition.id.span(),
                );
                let rendition_id = rendition.id.into_inner();
                if let Some(rate) = &rendition.sample_rate
                    && !(8_000..=384_000).contains(rate.get_ref())
                {
                    self.mistakes.note(rate.span(), "samples per second, from 8000 to 384000");
                }
                if let Some(channels) = &rendition.channels
                    && !(1..=8).contains(channels.get_ref())
                {
                    self.mistakes.note(channels.span(), "from 1 to 8 channels");
                }
                let rendition_now = Rendition {
                    station: id.clone(),
                    stream: stream_id.clone(),
                    id: rendition_id,
                    codec: rendition.codec.into(),
                    bitrate: rendition.bitrate,
                    sample_rate: rendition.sample_rate.map(Spanned::into_inner),
                    channels: rendition.channels.map(Spanned::into_inner),
                    offset: rendition.offset.map_or(Duration::ZERO, |Length(offset)| offset),
                };
                for mount in rendition.mount {
                    let mount = self.mount(mount, &rendition_now);
                    parts.mounts.push(mount);
                }
                parts.renditions.push(rendition_now);
            }
        }
    }

    fn mount(&mut self, written: model::Mount, rendition: &Rendition) -> Mount {
        self.declare("mount", written.path.get_ref(), written.path.span());
        if let Some(interval) = &written.icy_interval
            && !matches!(*interval.get_ref(), 0 | 256..=1_048_576)
        {
            self.mistakes.note(interval.span(), "0 (never), or from 256 to 1048576 bytes");
        }
        let fallback =
            self.chain(written.fallback.unwrap_or_default(), written.path.get_ref(), rendition);
        Mount {
            path: written.path.into_inner(),
            station: rendition.station.clone(),
            stream: rendition.stream.clone(),
            rendition: rendition.id.clone(),
            listed: written.listed.unwrap_or(true),
            burst: written.burst.map_or_else(BurstLength::default, |burst| self.burst(&burst)),
            icy_interval: written.icy_interval.map_or(16_000, Spanned::into_inner),
            max_listeners: written.max_listeners,
            max_per_address: written.max_per_address,
            max_duration: written.max_duration.map(|longest| self.positive(longest)),
            max_lag: written
                .max_lag
                .map_or(Duration::from_secs(30), |longest| self.positive(longest)),
            listener_auth: written.listener_auth.and_then(|url| self.web_address(url)),
            source: self.source(written.source),
            fallback,
        }
    }

    fn burst(&mut self, written: &Spanned<Length>) -> BurstLength {
        let Length(length) = *written.get_ref();
        if length > LONGEST_BURST {
            self.mistakes.note(written.span(), "a burst is at most 60s long");
            return BurstLength::default();
        }
        BurstLength::new(length)
    }

    fn source(&mut self, written: Option<model::Source>) -> SourcePolicy {
        let usual = SourcePolicy::default();
        let Some(written) = written else { return usual };
        if let Some(charset) = &written.charset
            && encoding_rs::Encoding::for_label(charset.get_ref().as_bytes()).is_none()
        {
            self.mistakes.note(
                charset.span(),
                format!("`{}` is no character set that is known", charset.get_ref()),
            );
        }
        if let Some(below) = &written.silence_below
            && !(-120..=-20).contains(below.get_ref())
        {
            self.mistakes.note(below.span(), "from -120 to -20 dB below full scale");
        }
        let silence = SilencePolicy {
            threshold: written.silence_below.map_or(usual.silence.threshold, Spanned::into_inner),
            after: written.silence_after.map_or(usual.silence.after, |given| self.positive(given)),
            action: written.on_silence.unwrap_or(usual.silence.action),
        };
        SourcePolicy {
            accepts: written.accept.unwrap_or(usual.accepts),
            by_default: written.default.unwrap_or(usual.by_default),
            takeover: written.takeover.unwrap_or(usual.takeover),
            timeout: written.timeout.map_or(usual.timeout, |given| self.positive(given)),
            buffer: written.buffer.map_or(usual.buffer, |given| given.into_inner().0),
            title_delay: written
                .title_delay
                .map_or(usual.title_delay, |given| given.into_inner().0),
            charset: written.charset.map(Spanned::into_inner),
            relay: written.relay.and_then(|url| self.web_address(url)),
            silence,
        }
    }

    /// What a mount falls back to, with files' paths made whole and all sounds looked at.
    fn chain(
        &mut self,
        written: Vec<Spanned<Fallback>>,
        mount: &MountPath,
        rendition: &Rendition,
    ) -> Vec<Fallback> {
        let codec = rendition.codec;
        let is_declared = |format: &Format| {
            rendition.sample_rate.is_none_or(|rate| rate == format.sample_rate)
                && rendition.channels.is_none_or(|channels| channels == format.channels)
        };
        let mut chain = Vec::with_capacity(written.len());
        let mut first: Option<Format> = None;
        for next in written {
            let span = next.span();
            // Where the whole chain of the mount is talked about, it is talked about here.
            self.places.entry(format!("fallback {mount}")).or_insert(span.clone());
            let (next, sound) = match next.into_inner() {
                to @ Fallback::Mount(_) => (to, None),
                Fallback::File(path) => {
                    let path = self.folder.join(path);
                    let bytes = std::fs::read(&path).map_err(|error| error.to_string());
                    let sound = bytes.and_then(|bytes| format_of(bytes.into(), codec));
                    (Fallback::File(path), Some(sound))
                }
                Fallback::Builtin(name) => {
                    let sound = if !sounds::NAMES.contains(&name.as_str()) {
                        let names = sounds::NAMES.join("`, `");
                        Err(format!("the program has only these sounds: `{names}`"))
                    } else if codec != sounds::FORMAT.codec {
                        Err("the program's own sounds are MP3".to_owned())
                    } else {
                        Ok(sounds::FORMAT)
                    };
                    (Fallback::Builtin(name), Some(sound))
                }
            };
            match sound {
                Some(Ok(format)) if !is_declared(&format) => self.mistakes.note(
                    span,
                    format!(
                        "can't fall back to {next}: at {} Hz and {} channels it is not what the \
                         rendition is declared to be",
                        format.sample_rate, format.channels
                    ),
                ),
                Some(Ok(format)) if format != *first.get_or_insert(format) => self.mistakes.note(
                    span,
                    format!(
                        "can't fall back to {next}: at {} Hz and {} channels it is unlike the \
                         sound before it",
                        format.sample_rate, format.channels
                    ),
                ),
                Some(Err(why)) => {
                    self.mistakes.note(span, format!("can't fall back to {next}: {why}"));
                }
                Some(Ok(_)) | None => {}
            }
            chain.push(next);
        }
        chain
    }

    fn time_zone(&mut self, written: Option<Spanned<String>>) -> String {
        let Some(zone) = written else { return "UTC".to_owned() };
        if TimeZone::get(zone.get_ref()).is_err() {
            self.mistakes.note(
                zone.span(),
                format!("`{}` is no time zone; one is `America/Denver`", zone.get_ref()),
            );
        }
        zone.into_inner()
    }

    /// Who may do what. Rights to mounts that aren't there are mistakes.
    pub(super) fn grants(
        &mut self,
        written: Vec<model::User>,
        lineup: Option<&Lineup>,
    ) -> Vec<Grant> {
        written.into_iter().filter_map(|user| self.grant(user, lineup)).collect()
    }

    fn grant(&mut self, user: model::User, lineup: Option<&Lineup>) -> Option<Grant> {
        let name = user.name.get_ref();
        if name.is_empty() || name.contains(':') || name.chars().any(char::is_control) {
            self.mistakes.note(user.name.span(), "a user's name isn't empty and has no colon");
        }
        if user.may.is_empty() {
            self.mistakes.note(user.name.span(), format!("user `{name}` may do nothing"));
        }
        let scopes = user.may.into_iter().filter_map(|right| self.scope(right, lineup)).collect();
        match PasswordHash::parse(user.password.get_ref()) {
            Ok(password) => Some(Grant { user: user.name.into_inner(), password, scopes }),
            Err(error) => {
                self.mistakes.note(
                    user.password.span(),
                    format!("{error}: make one with `longwave hash-password`"),
                );
                None
            }
        }
    }

    fn scope(&mut self, right: Spanned<String>, lineup: Option<&Lineup>) -> Option<Scope> {
        let span = right.span();
        let Some(parsed) = Right::parse(right.get_ref()) else {
            self.mistakes.note(
                span,
                format!(
                    "`{}` is no right: `source /mount`, `source *`, `relay` or `admin`",
                    right.get_ref()
                ),
            );
            return None;
        };
        match parsed {
            Right::AnySource => Some(Scope::AnySource),
            Right::Relay => Some(Scope::Relay),
            Right::Admin => Some(Scope::Admin),
            Right::Source(path) => match MountPath::new(&path) {
                Ok(path) => {
                    if lineup.is_some_and(|lineup| lineup.mount(&path).is_none()) {
                        self.mistakes.note(span, format!("there is no mount `{path}`"));
                    }
                    Some(Scope::Source(path))
                }
                Err(error) => {
                    self.mistakes.note(span, error);
                    None
                }
            },
        }
    }

    /// Remembers where something is declared, and notes a name that was there before.
    fn declare(&mut self, what: &str, name: impl Display, span: Range<usize>) {
        let place = format!("{what} {name}");
        if self.places.insert(place, span.clone()).is_some() {
            self.mistakes.note(span, format!("{what} `{name}` is declared twice"));
        }
    }

    /// Where the part of the lineup stands that an error is about.
    fn place_of(&self, error: &LineupError) -> Range<usize> {
        let (what, name) = match error {
            LineupError::Fallback { mount, .. } => ("fallback", mount.to_string()),
            // A mount lies inside its rendition: what else can it refer to and not find?
            LineupError::Dangling { what: "mount", name, .. } => ("fallback", name.clone()),
            LineupError::Twice { what, name }
            | LineupError::Dangling { what, name, .. }
            | LineupError::Unusable { what, name, .. } => (*what, name.clone()),
        };
        let is_it = |place: &str| {
            place.strip_prefix(what).and_then(|rest| rest.strip_prefix(' ')).is_some_and(|own| {
                own == name || own.strip_suffix(&name).is_some_and(|outer| outer.ends_with('/'))
            })
        };
        let found = self.places.iter().find(|(place, _)| is_it(place));
        found.map(|(_, span)| span.clone()).unwrap_or_default()
    }
}

/// The format of a sound that is to be looped.
fn format_of(bytes: Bytes, codec: Codec) -> Result<Format, String> {
    air::check_loop(&bytes, codec).map_err(|error| error.to_string())
}
