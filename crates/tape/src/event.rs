//! What happened on a stream, beside its sound.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock, ProgrammeTime, Span};
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};

use crate::event_file::{EventFiles, Writer};
use crate::{MachineDisk, Storage, TapeError};

/// How many events of each kind are kept in memory: titles of weeks.
const IN_MEMORY: usize = 20_000;

/// How many are read when the log is opened, of all kinds together.
const AT_FIRST: usize = 50_000;

/// How many hours back the last event of a kind is looked for on disk.
const LOOK_BACK: usize = 72;

/// How long closing waits for a disk that hangs.
const CLOSE_PATIENCE: Duration = Duration::from_secs(10);

/// Something that happened at a moment of a stream. The tape knows nothing of what is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When, on the tape.
    pub at: ProgrammeTime,
    /// What sort of thing; each kind is owned by the room that writes it (`title`, `airing` …).
    pub kind: String,
    /// The thing itself.
    pub payload: serde_json::Value,
}

/// The events of one stream, kept as JSON Lines beside the hours of its renditions. A clone is
/// the same log.
///
/// An event is kept in the hour of its `at`, whenever it comes; the hours are dropped once no
/// rendition has tape of them (nor of the hour after, whose first title they may hold).
#[derive(Clone, Debug)]
pub struct EventLog {
    shared: Arc<Shared>,
}

type Heard = Arc<dyn Fn(&Event) + Send + Sync>;

struct Shared {
    recent: RwLock<Recent>,
    heard: RwLock<Vec<Heard>>,
    files: EventFiles,
    writer: Arc<Writer>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLog").field("files", &self.files).finish_non_exhaustive()
    }
}

/// Events in memory.
#[derive(Debug)]
struct Recent {
    kinds: HashMap<String, Kind>,
    /// Of kinds that nothing is known of: what comes before this may be on disk.
    since: ProgrammeTime,
    count: u64,
}

/// The newest events of one kind, in order of time and of coming.
#[derive(Debug)]
struct Kind {
    events: BTreeMap<(ProgrammeTime, u64), Arc<Event>>,
    /// From here on all are in memory. (Events of the microsecond before may be, too.)
    since: ProgrammeTime,
}

impl Recent {
    fn add(&mut self, event: Arc<Event>) {
        let place = (event.at, self.count);
        self.count += 1;
        let fresh = || Kind { events: BTreeMap::new(), since: self.since };
        let kind = self.kinds.entry(event.kind.clone()).or_insert_with(fresh);
        if event.at < kind.since {
            return;
        }
        kind.events.insert(place, event);
        if kind.events.len() > IN_MEMORY
            && let Some(((at, _), _)) = kind.events.pop_first()
        {
            kind.since = at.saturating_add(Duration::from_micros(1));
        }
    }

    fn since(&self, kind: &str) -> ProgrammeTime {
        self.kinds.get(kind).map_or(self.since, |kind| kind.since)
    }

    fn latest(&self, kind: &str, at: ProgrammeTime) -> Option<&Arc<Event>> {
        let kind = self.kinds.get(kind)?;
        let (_, event) = kind.events.range(..=(at, u64::MAX)).next_back()?;
        (event.at >= kind.since).then_some(event)
    }

    fn between(&self, span: Span) -> Vec<Event> {
        let mut found = Vec::new();
        for kind in self.kinds.values() {
            let from = span.from().max(kind.since);
            if from < span.to() {
                found.extend(kind.events.range((from, 0)..(span.to(), 0)));
            }
        }
        found.sort_by_key(|(place, _)| **place);
        found.into_iter().map(|(_, event)| Event::clone(event)).collect()
    }
}

impl EventLog {
    /// Opens, or starts, the log in `dir`. Lines that can't be read (the last one may be torn)
    /// are passed over; a folder that can't be used is told to the log, and tried again.
    ///
    /// # Errors
    /// [`TapeError::Io`] if the thread that writes can't be started.
    pub fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, TapeError> {
        Self::open_on(dir, clock, Arc::new(MachineDisk))
    }

    /// As [`open`](Self::open), writing through `storage`: for tests with disks that fail.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_on(
        dir: &Path,
        clock: Arc<dyn Clock>,
        storage: Arc<dyn Storage>,
    ) -> Result<Self, TapeError> {
        let files = EventFiles::new(dir, storage);
        let made = std::fs::create_dir_all(dir).map_err(TapeError::io("make", dir));
        let hours = made.and_then(|()| files.hours()).unwrap_or_else(|error| {
            tracing::error!(%error, "events are kept in memory only");
            Vec::new()
        });
        let since = ProgrammeTime::from_micros(i64::MIN);
        let mut recent = Recent { kinds: HashMap::new(), since, count: 0 };
        let mut loaded = Vec::new();
        for hour in hours.into_iter().rev() {
            if loaded.len() >= AT_FIRST {
                recent.since = hour.saturating_add(HOUR);
                break;
            }
            loaded.extend(files.read(hour));
        }
        for event in loaded {
            recent.add(Arc::new(event));
        }
        let writer = Writer::start(files.clone(), clock)?;
        let shared =
            Shared { recent: RwLock::new(recent), heard: RwLock::default(), files, writer };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Adds an event. It is seen by readers at once, and is on disk within a second.
    pub fn record(&self, event: Event) {
        let event = Arc::new(event);
        self.shared.recent.write().add(event.clone());
        self.shared.writer.push(event.clone());
        let heard = self.shared.heard.read().clone();
        for listener in &heard {
            listener(&event);
        }
    }

    /// The last event of `kind` at or before `at`: what "now playing" is folded from. Never waits
    /// for the disk: what is not among the newest 20,000 of its kind isn't found.
    pub fn latest(&self, kind: &str, at: ProgrammeTime) -> Option<Event> {
        self.shared.recent.read().latest(kind, at).map(|event| Event::clone(event))
    }

    /// As [`latest`](Self::latest), also looking on disk, up to 72 hours with events back. It may
    /// block: not for a pump.
    pub fn search_latest(&self, kind: &str, at: ProgrammeTime) -> Option<Event> {
        let since = {
            let recent = self.shared.recent.read();
            if let Some(event) = recent.latest(kind, at) {
                return Some(Event::clone(event));
            }
            recent.since(kind)
        };
        let hours = self.shared.files.hours().ok()?;
        let hours = hours.into_iter().rev().filter(|hour| *hour <= at && *hour < since);
        for hour in hours.take(LOOK_BACK) {
            let events = self.shared.files.read(hour);
            let found = events.into_iter().filter(|event| event.kind == kind && event.at <= at);
            if let Some(event) = found.max_by_key(|event| event.at) {
                return Some(event);
            }
        }
        None
    }

    /// The events in `span`, in order of time. Never waits for the disk: what is not among the
    /// newest 20,000 of its kind is left out.
    pub fn between(&self, span: Span) -> Vec<Event> {
        self.shared.recent.read().between(span)
    }

    /// All events in `span`, in order of time, also of long ago. It may block: not for a pump.
    pub fn search_between(&self, span: Span) -> Vec<Event> {
        let (mut found, since) = {
            let recent = self.shared.recent.read();
            let kinds = recent.kinds.iter().map(|(name, kind)| (name.clone(), kind.since));
            let since: HashMap<String, ProgrammeTime> = kinds.collect();
            (recent.between(span), (since, recent.since))
        };
        let (kinds, others) = since;
        let newest = kinds.values().copied().max().unwrap_or(others).max(others);
        if span.from() < newest {
            let hours = self.shared.files.hours().unwrap_or_default();
            let on_disk = hours
                .into_iter()
                .filter(|hour| *hour >= span.from().hour() && *hour < newest.min(span.to()))
                .flat_map(|hour| self.shared.files.read(hour))
                .filter(|event| {
                    span.contains(event.at) && event.at < *kinds.get(&event.kind).unwrap_or(&others)
                });
            found.extend(on_disk);
            // Stable: of one moment, those in memory come in the order in which they came.
            found.sort_by_key(|event| event.at);
        }
        found
    }

    /// Calls `heard` for every event recorded from now on, on the recorder's thread: it must
    /// return at once.
    pub fn on_record(&self, heard: impl Fn(&Event) + Send + Sync + 'static) {
        self.shared.heard.write().push(Arc::new(heard));
    }

    /// Waits until all events are on disk, or were given up; `false` if that takes longer than
    /// `patience`.
    pub fn settle(&self, patience: Duration) -> bool {
        self.shared.writer.settle(patience)
    }
}

/// The length of a file of events.
const HOUR: Duration = Duration::from_secs(3600);

impl Drop for Shared {
    fn drop(&mut self) {
        if !self.writer.close(CLOSE_PATIENCE) {
            tracing::error!("the disk hangs; the last events are lost");
        }
    }
}
