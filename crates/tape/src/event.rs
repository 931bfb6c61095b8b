//! What happened on a stream, beside its sound.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock, ProgrammeTime, Span};
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};

use crate::TapeError;
use crate::event_file::{EventFiles, Writer};

/// How many events are kept in memory; more where one hour alone has more.
const IN_MEMORY: usize = 50_000;

/// How many are read when the log is opened.
const AT_FIRST: usize = 20_000;

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

/// Events in memory: by kind, then in order of time and of coming.
#[derive(Debug)]
struct Recent {
    kinds: HashMap<String, BTreeMap<(ProgrammeTime, u64), Arc<Event>>>,
    /// From here on all events are in memory.
    since: ProgrammeTime,
    len: usize,
    count: u64,
}

impl Recent {
    fn add(&mut self, event: Arc<Event>) {
        let place = (event.at, self.count);
        self.count += 1;
        self.len += 1;
        self.kinds.entry(event.kind.clone()).or_default().insert(place, event);
    }

    /// Lets go of the oldest hours while there is too much. The last event of each kind stays.
    fn trim(&mut self) {
        while self.len > IN_MEMORY {
            let oldest = |events: &BTreeMap<(ProgrammeTime, u64), Arc<Event>>| {
                events.keys().map(|(at, _)| *at).find(|at| *at >= self.since)
            };
            let Some(oldest) = self.kinds.values().filter_map(oldest).min() else { return };
            let next = oldest.hour().saturating_add(Duration::from_secs(3600));
            for events in self.kinds.values_mut() {
                let kept = events.split_off(&(next, 0));
                let last = events.pop_last();
                *events = kept;
                events.extend(last);
            }
            self.since = next;
            let len = self.kinds.values().map(BTreeMap::len).sum();
            if len == self.len {
                return;
            }
            self.len = len;
        }
    }
}

impl EventLog {
    /// Opens, or starts, the log in `dir`. Lines that can't be read (the last one may be torn)
    /// are passed over.
    ///
    /// # Errors
    /// [`TapeError::Io`] if the folder can't be made or read.
    pub fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, TapeError> {
        std::fs::create_dir_all(dir).map_err(TapeError::io("make", dir))?;
        let files = EventFiles::new(dir);
        let mut recent = Recent {
            kinds: HashMap::new(),
            since: ProgrammeTime::from_micros(i64::MIN),
            len: 0,
            count: 0,
        };
        for hour in files.hours()?.into_iter().rev() {
            if recent.len >= AT_FIRST {
                recent.since = hour.saturating_add(Duration::from_secs(3600));
                break;
            }
            for event in files.read(hour) {
                recent.add(Arc::new(event));
            }
        }
        let writer = Writer::start(files.clone(), clock)?;
        let shared =
            Shared { recent: RwLock::new(recent), heard: RwLock::default(), files, writer };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Adds an event. It is seen by readers at once, and is on disk within a second.
    pub fn record(&self, event: Event) {
        let event = Arc::new(event);
        {
            let mut recent = self.shared.recent.write();
            if event.at >= recent.since {
                recent.add(event.clone());
                recent.trim();
            }
        }
        self.shared.writer.push(event.clone());
        let heard = self.shared.heard.read().clone();
        for listener in &heard {
            listener(&event);
        }
    }

    /// The last event of `kind` at or before `at`: what "now playing" is folded from. Reads the
    /// disk only for times long before the newest (some days).
    pub fn latest(&self, kind: &str, at: ProgrammeTime) -> Option<Event> {
        let since = {
            let recent = self.shared.recent.read();
            if at >= recent.since {
                let (_, event) = recent.kinds.get(kind)?.range(..=(at, u64::MAX)).next_back()?;
                return Some(Event::clone(event));
            }
            recent.since
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

    /// All events in `span`, in order of time.
    pub fn between(&self, span: Span) -> Vec<Event> {
        let (mut found, since) = {
            let recent = self.shared.recent.read();
            let from = span.from().max(recent.since);
            let mut found: Vec<_> = if from < span.to() {
                let range = (from, 0)..(span.to(), 0);
                recent.kinds.values().flat_map(|events| events.range(range.clone())).collect()
            } else {
                Vec::new()
            };
            found.sort_by_key(|(place, _)| **place);
            let found: Vec<_> = found.into_iter().map(|(_, event)| Event::clone(event)).collect();
            (found, recent.since)
        };
        if span.from() < since {
            let hours = self.shared.files.hours().unwrap_or_default();
            let mut older: Vec<Event> = hours
                .into_iter()
                .filter(|hour| *hour >= span.from().hour() && *hour < since.min(span.to()))
                .flat_map(|hour| self.shared.files.read(hour))
                .filter(|event| span.contains(event.at))
                .collect();
            older.sort_by_key(|event| event.at);
            older.append(&mut found);
            return older;
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

impl Drop for Shared {
    fn drop(&mut self) {
        if !self.writer.close(CLOSE_PATIENCE) {
            tracing::error!("the disk hangs; the last events are lost");
        }
    }
}
