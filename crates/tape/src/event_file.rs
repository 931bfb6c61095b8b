//! The files that events are kept in.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock, ProgrammeTime};
use parking_lot::{Condvar, Mutex};

use crate::hour::HourName;
use crate::ledger::Ledger;
use crate::{Event, Storage, TapeError, ledger};

const ENDING: &str = ".events.jsonl";

/// How many events may wait for a disk that is slow or full.
const MAX_WAITING: usize = 10_000;

/// How long the writer waits before it looks around, or tries again.
const PATIENCE: Duration = Duration::from_millis(500);

/// Old hours are looked for this often.
const RETAIN_EVERY: Duration = Duration::from_secs(60);

/// A stream's folder.
#[derive(Clone, Debug)]
pub(crate) struct EventFiles {
    dir: PathBuf,
    storage: Arc<dyn Storage>,
}

impl EventFiles {
    pub(crate) fn new(dir: &Path, storage: Arc<dyn Storage>) -> Self {
        Self { dir: dir.to_owned(), storage }
    }

    /// The hours that have a file, in order.
    pub(crate) fn hours(&self) -> Result<Vec<ProgrammeTime>, TapeError> {
        let mut hours = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(TapeError::io("list", &self.dir))? {
            let name = entry.map_err(TapeError::io("list", &self.dir))?.file_name();
            let stem = name.to_str().and_then(|name| name.strip_suffix(ENDING));
            hours.extend(stem.and_then(HourName::parse).map(|name| name.hour));
        }
        hours.sort();
        Ok(hours)
    }

    /// The events of an hour, in the order in which they came; what can't be read is passed over.
    pub(crate) fn read(&self, hour: ProgrammeTime) -> Vec<Event> {
        let Ledger { entries, damage } = ledger::read(&self.path(hour));
        if let Some(damage) = damage {
            tracing::warn!("events can't be read: {damage}");
        }
        entries
    }

    fn path(&self, hour: ProgrammeTime) -> PathBuf {
        self.dir.join(format!("{}{ENDING}", HourName { hour, part: 1 }.stem()))
    }

    /// Adds lines to a file that is good up to `len`.
    fn append(&self, hour: ProgrammeTime, lines: &[u8], len: u64) -> io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let path = self.path(hour);
        let torn = len > 0 && last_byte(&path, len)? != b'\n';
        let mut file = self.storage.append_to(&path, len)?;
        if torn {
            // Another must not be joined to it.
            file.append(b"\n")?;
        }
        file.append(lines)?;
        file.sync()
    }

    fn len(&self, hour: ProgrammeTime) -> io::Result<u64> {
        match fs::metadata(self.path(hour)) {
            Ok(file) => Ok(file.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Drops the hours of which no rendition has tape any more. The hour before the oldest stays:
    /// what was on when the tape begins may be named there.
    fn retain(&self) -> Result<(), TapeError> {
        let Some(oldest) = self.oldest_tape() else { return Ok(()) };
        let keep = oldest.saturating_sub(Duration::from_secs(3600));
        for hour in self.hours()?.into_iter().filter(|hour| *hour < keep) {
            let path = self.path(hour);
            fs::remove_file(&path).map_err(TapeError::io("drop", &path))?;
        }
        Ok(())
    }

    /// The oldest hour that any rendition, each in a folder of this one, has tape of.
    fn oldest_tape(&self) -> Option<ProgrammeTime> {
        let mut oldest: Option<ProgrammeTime> = None;
        for folder in fs::read_dir(&self.dir).ok()?.flatten() {
            let Ok(files) = fs::read_dir(folder.path()) else { continue };
            for file in files.flatten() {
                let name = file.file_name();
                let stem = name.to_str().and_then(|name| name.strip_suffix(".index"));
                if let Some(name) = stem.and_then(HourName::parse) {
                    oldest = Some(oldest.map_or(name.hour, |oldest| oldest.min(name.hour)));
                }
            }
        }
        oldest
    }
}

/// The thread that writes events down.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    state: Mutex<State>,
    wake: Condvar,
    idle: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Arc<Event>>,
    busy: bool,
    lost: u64,
    closing: bool,
    closed: bool,
}

impl Writer {
    pub(crate) fn start(files: EventFiles, clock: Arc<dyn Clock>) -> Result<Arc<Self>, TapeError> {
        let writer = Arc::new(Self::default());
        let (own, dir) = (writer.clone(), files.dir.clone());
        std::thread::Builder::new()
            .name("tape-events".to_owned())
            .spawn(move || own.run(&files, &*clock))
            .map_err(TapeError::io("start a thread for", &dir))?;
        Ok(writer)
    }

    pub(crate) fn push(&self, event: Arc<Event>) {
        let mut state = self.state.lock();
        if state.waiting.len() >= MAX_WAITING {
            if state.lost == 0 {
                tracing::error!("the disk doesn't take events; some will be missing from it");
            }
            state.lost += 1;
            return;
        }
        state.waiting.push_back(event);
        drop(state);
        self.wake.notify_one();
    }

    pub(crate) fn settle(&self, patience: Duration) -> bool {
        let mut state = self.state.lock();
        while !state.closed && (state.busy || !state.waiting.is_empty()) {
            if self.idle.wait_for(&mut state, patience).timed_out() {
                return false;
            }
        }
        true
    }

    pub(crate) fn close(&self, patience: Duration) -> bool {
        let mut state = self.state.lock();
        state.closing = true;
        self.wake.notify_one();
        while !state.closed {
            if self.idle.wait_for(&mut state, patience).timed_out() {
                return state.closed;
            }
        }
        true
    }

    fn run(&self, files: &EventFiles, clock: &dyn Clock) {
        let mut retained = clock.now();
        let mut failing = false;
        let mut pen = Pen { files, good: BTreeMap::new() };
        loop {
            let (events, closing) = {
                let mut state = self.state.lock();
                state.busy = false;
                if state.waiting.is_empty() || failing {
                    self.idle.notify_all();
                    if !state.closing {
                        self.wake.wait_for(&mut state, PATIENCE);
                    }
                }
                state.busy = !state.waiting.is_empty();
                (state.waiting.drain(..).collect::<Vec<_>>(), state.closing)
            };
            let left = pen.write(events);
            failing = !left.is_empty();
            if closing {
                break;
            }
            let mut state = self.state.lock();
            for event in left.into_iter().rev() {
                state.waiting.push_front(event);
            }
            if !failing {
                state.lost = 0;
            }
            drop(state);
            let now = clock.now();
            if now.since(retained) >= RETAIN_EVERY {
                retained = now;
                if let Err(error) = files.retain() {
                    tracing::warn!(%error, "old events can't be dropped");
                }
            }
        }
        let mut state = self.state.lock();
        state.closed = true;
        self.idle.notify_all();
    }
}

/// Writes events to the files of their hours.
#[derive(Debug)]
struct Pen<'a> {
    files: &'a EventFiles,
    /// How long the files were of which a try has failed: what that left behind is written over,
    /// or its lines would come twice.
    good: BTreeMap<ProgrammeTime, u64>,
}

impl Pen<'_> {
    /// Hands back those that couldn't be written.
    fn write(&mut self, events: Vec<Arc<Event>>) -> Vec<Arc<Event>> {
        let mut hours: BTreeMap<ProgrammeTime, Vec<Arc<Event>>> = BTreeMap::new();
        for event in events {
            hours.entry(event.at.hour()).or_default().push(event);
        }
        let mut left = Vec::new();
        for (hour, events) in hours {
            let mut lines = Vec::new();
            for event in &events {
                if let Ok(line) = serde_json::to_vec(event.as_ref()) {
                    lines.extend_from_slice(&line);
                    lines.push(b'\n');
                }
            }
            if let Err(error) = self.append(hour, &lines) {
                let dir = &self.files.dir;
                tracing::error!(dir = %dir.display(), %error, "events can't be written");
                left.extend(events);
            }
        }
        left
    }

    fn append(&mut self, hour: ProgrammeTime, lines: &[u8]) -> io::Result<()> {
        let there = self.files.len(hour)?;
        let len = self.good.get(&hour).map_or(there, |good| there.min(*good));
        self.good.insert(hour, len);
        self.files.append(hour, lines, len)?;
        self.good.remove(&hour);
        Ok(())
    }
}

fn last_byte(path: &Path, len: u64) -> io::Result<u8> {
    let mut last = [0];
    File::open(path)?.read_exact_at(&mut last, len - 1)?;
    Ok(last[0])
}
