//! A small station on a clock that is advanced by hand, or by a thread.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock, ProgrammeTime, SimulatedClock};
use codec::Codec;
use lineup::{
    BurstLength, Fallback, Lineup, Mount, MountPath, OnSilence, Rendition, RenditionId,
    SilencePolicy, SourcePolicy, StationId, Stream, StreamId,
};
use listen::ListenSettings;
use station::{OpenError, Station, StationSettings};
use tape::Retention;
use tempfile::TempDir;

/// Tuesday, 24 November 2026, 12:00 UTC.
pub(crate) const NOON: ProgrammeTime = ProgrammeTime::from_micros(1_795_521_600_000_000);

/// Those of a station that live by its clock: air, watch, levels, acquainted, and one pump.
const THREADS: usize = 5;

pub(crate) struct Rig {
    pub(crate) station: Arc<Station>,
    pub(crate) clock: Arc<SimulatedClock>,
    pub(crate) dir: Arc<TempDir>,
}

impl Rig {
    pub(crate) fn open(mounts: Vec<Mount>) -> Self {
        Self::open_at(Arc::new(TempDir::new().unwrap()), NOON, mounts)
    }

    /// A station over what is in `dir`, with a clock that says `now`.
    pub(crate) fn open_at(dir: Arc<TempDir>, now: ProgrammeTime, mounts: Vec<Mount>) -> Self {
        let clock = Arc::new(SimulatedClock::starting_at(now));
        let station = open_in(dir.path(), mounts, clock.clone()).unwrap();
        Self { station, clock, dir }
    }

    /// Lets time pass, no faster than the station's threads do what is due in it.
    pub(crate) fn pass(&self, time: Duration) {
        let step = Duration::from_millis(25);
        for _ in 0..time.as_millis().div_ceil(step.as_millis()) {
            self.clock.advance(step);
            // A thread that hangs is the end of the test: the runner's patience is bounded.
            while self.clock.asleep() < THREADS {
                std::thread::yield_now();
            }
        }
    }

    /// Lets time pass until it is so; at most ten minutes of it.
    pub(crate) fn until(&self, what: &str, so: impl Fn(&Station) -> bool) {
        for _ in 0..24_000 {
            if so(&self.station) {
                return;
            }
            self.pass(Duration::from_millis(25));
        }
        panic!("never so: {what}");
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        // The air thread rests until the clock goes on.
        let (clock, station) = (self.clock.clone(), self.station.clone());
        let stopping = std::thread::spawn(move || station.stop());
        while !stopping.is_finished() {
            clock.advance(Duration::from_millis(25));
            std::thread::yield_now();
        }
    }
}

pub(crate) fn open_in(
    dir: &Path,
    mounts: Vec<Mount>,
    clock: Arc<dyn Clock>,
) -> Result<Arc<Station>, OpenError> {
    let settings = StationSettings {
        dir: dir.to_owned(),
        lineup: lineup(mounts),
        grants: Vec::new(),
        listen: ListenSettings {
            pumps: 1,
            interval: Duration::from_secs(1),
            max_listeners: None,
            sessions: None,
            keep_addresses_days: 1,
        },
        retention: Retention { max_age: Duration::from_secs(3600), max_bytes: 1 << 30 },
        builtins: HashMap::from([("loop".to_owned(), &*Box::leak(silent_mp3().into()))]),
        public_url: None,
    };
    Station::open(settings, clock)
}

pub(crate) fn id() -> StationId {
    StationId::new("kstl").unwrap()
}

pub(crate) fn stream(name: &str) -> StreamId {
    StreamId::new(name).unwrap()
}

pub(crate) fn path(path: &str) -> MountPath {
    MountPath::new(path).unwrap()
}

/// A mount `/STREAM.mp3` of the stream's one rendition.
pub(crate) fn mount(name: &str, fallback: Vec<Fallback>) -> Mount {
    Mount {
        path: path(&format!("/{name}.mp3")),
        station: id(),
        stream: stream(name),
        rendition: RenditionId::new("mp3").unwrap(),
        listed: true,
        burst: BurstLength::default(),
        icy_interval: 16000,
        max_listeners: None,
        max_per_address: None,
        max_duration: None,
        max_lag: Duration::from_secs(10),
        listener_auth: None,
        // The loop is digital silence.
        source: SourcePolicy {
            silence: SilencePolicy { action: OnSilence::Nothing, ..SilencePolicy::default() },
            ..SourcePolicy::default()
        },
        fallback,
    }
}

pub(crate) fn looped(name: &str) -> Mount {
    mount(name, vec![Fallback::Builtin("loop".to_owned())])
}

/// The streams and renditions that these mounts need, and they.
pub(crate) fn lineup(mounts: Vec<Mount>) -> Lineup {
    let station = lineup::Station {
        id: id(),
        name: "Kestrel Public Radio".to_owned(),
        call_sign: "KSTL".to_owned(),
        city: "Alder Falls".to_owned(),
        frequencies: vec!["90.7 FM".to_owned()],
        time_zone: "America/Denver".to_owned(),
        hosts: Vec::new(),
    };
    let mut streams: Vec<Stream> = Vec::new();
    let mut renditions: Vec<Rendition> = Vec::new();
    for mount in &mounts {
        if streams.iter().all(|stream| stream.id != mount.stream) {
            streams.push(Stream {
                station: id(),
                id: mount.stream.clone(),
                name: mount.stream.to_string(),
                description: String::new(),
                genre: String::new(),
                url: String::new(),
            });
        }
        let known = |it: &Rendition| it.stream == mount.stream && it.id == mount.rendition;
        if !renditions.iter().any(known) {
            renditions.push(Rendition {
                station: id(),
                stream: mount.stream.clone(),
                id: mount.rendition.clone(),
                codec: Codec::Mp3,
                bitrate: Some(128),
                sample_rate: None,
                channels: None,
                offset: Duration::ZERO,
            });
        }
    }
    Lineup::new(vec![station], streams, renditions, mounts).unwrap()
}

/// Ten seconds of silence: MPEG-1 layer III frames at 128 kbit/s, 44.1 kHz.
fn silent_mp3() -> Vec<u8> {
    let mut frame = vec![0_u8; 417];
    frame[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x04]);
    frame.repeat(383)
}
