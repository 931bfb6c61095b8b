//! `/metrics`, for Prometheus.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::admin::is_administrator;
use crate::health;
use crate::site::Site;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfMount {
    mount: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfAlarm {
    name: &'static str,
    subject: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfBuild {
    version: &'static str,
}

type Gauges<L> = Family<L, Gauge>;
type Floats<L> = Family<L, Gauge<f64, std::sync::atomic::AtomicU64>>;
type Counters<L> = Family<L, Counter>;

/// Everything that is measured, as it is at this moment.
#[derive(Default)]
struct Measured {
    build: Gauges<OfBuild>,
    listeners: Gauges<OfMount>,
    peak: Gauges<OfMount>,
    sessions: Counters<OfMount>,
    skips: Counters<OfMount>,
    sent: Counters<OfMount>,
    source: Gauges<OfMount>,
    received: Gauges<OfMount>,
    buffered: Floats<OfMount>,
    audible: Gauges<OfMount>,
    level: Floats<OfMount>,
    recording: Gauges<OfMount>,
    head_age: Floats<OfMount>,
    alarms: Gauges<OfAlarm>,
    followers: Gauge,
    steps_forward: Counter,
    steps_back: Counter,
    behind_wall: Gauge<f64, std::sync::atomic::AtomicU64>,
}

impl Measured {
    fn now(site: &Site, sees_all: bool) -> Self {
        let it = Self::default();
        let station = site.station();
        let now = station.clock().now();
        it.build.get_or_create(&OfBuild { version: env!("CARGO_PKG_VERSION") }).set(1);
        let health = health::seen(site, sees_all);
        for stream in &health.streams {
            let of = OfMount { mount: stream.mount.to_string() };
            it.audible.get_or_create(&of).set(stream.audible.into());
            if let Some(level) = stream.level {
                it.level.get_or_create(&of).set(level.into());
            }
            it.recording.get_or_create(&of).set(stream.recording.into());
            let counts = station.listen().counts(&stream.mount);
            it.listeners.get_or_create(&of).set(counts.listeners.into());
            it.peak.get_or_create(&of).set(counts.peak.into());
            it.sessions.get_or_create(&of).inc_by(counts.sessions);
            it.skips.get_or_create(&of).inc_by(counts.skips);
            it.sent.get_or_create(&of).inc_by(counts.bytes);
            if let Some(head) = station.tape(&stream.mount).and_then(|tape| tape.head()) {
                it.head_age.get_or_create(&of).set(now.since(head).as_secs_f64());
            }
            let source = station.air().status(&stream.mount).and_then(|status| status.source);
            it.source.get_or_create(&of).set(source.is_some().into());
            if let Some(source) = source {
                let bytes = i64::try_from(source.bytes).unwrap_or(i64::MAX);
                it.received.get_or_create(&of).set(bytes);
                it.buffered.get_or_create(&of).set(source.buffered.as_secs_f64());
            }
        }
        for alarm in health.alarms {
            let of = OfAlarm { name: alarm.name, subject: alarm.subject };
            it.alarms.get_or_create(&of).set(1);
        }
        it.followers.set(i64::try_from(site.hub.followers()).unwrap_or(i64::MAX));
        let clock = station.clock().status();
        it.steps_forward.inc_by(clock.steps_forward);
        it.steps_back.inc_by(clock.steps_back);
        #[allow(clippy::cast_precision_loss, reason = "a difference of clocks fits f64's 53 bits")]
        it.behind_wall.set(clock.behind_wall as f64 / 1e6);
        it
    }

    fn register(self) -> Registry {
        let mut all = Registry::with_prefix("longwave");
        all.register("build", "The program that runs", self.build);
        all.register("listeners", "Listeners now", self.listeners);
        all.register("listener_peak", "Most listeners at once since start", self.peak);
        all.register("listener_sessions", "Times that a listener was seated", self.sessions);
        all.register("listener_skips", "Times that a slow listener skipped", self.skips);
        all.register_with_unit("sent", "Audio sent to listeners", Unit::Bytes, self.sent);
        all.register("source_connected", "A source is connected", self.source);
        all.register_with_unit(
            "source_received",
            "Received from the connected source",
            Unit::Bytes,
            self.received,
        );
        all.register_with_unit(
            "source_buffered",
            "Audio waiting to go on the air",
            Unit::Seconds,
            self.buffered,
        );
        all.register(
            "audible",
            "Audio reached the tape within the last second, and it isn't lasting silence",
            self.audible,
        );
        all.register("level_dbfs", "Loudness in dB below full scale (RMS)", self.level);
        all.register("recording", "The tape is written to disk", self.recording);
        all.register_with_unit(
            "tape_head_age",
            "Since the newest audio on the tape",
            Unit::Seconds,
            self.head_age,
        );
        all.register("alarm", "Alarms that are raised", self.alarms);
        all.register("event_followers", "Browsers that follow /events", self.followers);
        all.register("clock_steps_forward", "Steps of the wall clock followed", self.steps_forward);
        all.register("clock_steps_back", "Steps of the wall clock refused", self.steps_back);
        all.register_with_unit(
            "clock_behind_wall",
            "Wall clock minus programme time",
            Unit::Seconds,
            self.behind_wall,
        );
        all
    }
}

/// Every measurement in the OpenMetrics text format. Mounts that aren't listed are told to
/// administrators.
pub(crate) async fn show(State(site): State<Arc<Site>>, request: Request) -> Response {
    let sees_all = match is_administrator(&site, request).await {
        Ok(sees_all) => sees_all,
        Err(refusal) => return refusal.into_response_for_icecast(),
    };
    let mut text = String::new();
    // Writing to a string can't fail.
    let _ = encode(&mut text, &Measured::now(&site, sees_all).register());
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
