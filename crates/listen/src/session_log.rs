//! The log of sessions: one JSON line per session in a file per day (UTC, of its end), written
//! when it ends.
//!
//! What is known of sessions that are still open stands beside it in `open-N.jsonl`: a line when
//! one begins and a checkpoint of each at least once a minute. Two such generations are kept; the
//! oldest goes when everybody who is still there has been written to a later one. Whoever is in
//! there without an end, after a crash, is closed at their last checkpoint.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use airtime::{Clock, Monotonic, ProgrammeTime};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde::{Deserialize, Serialize};
use tracing::{info, warn};

use crate::{SessionId, SessionRecord};

/// Lines on the way to the disk, at most.
const QUEUE: usize = 16 * 1024;

/// Written lines are on the disk after this long.
const SYNC: Duration = Duration::from_secs(2);

/// A generation of checkpoints is written to for so long: more than two rounds of checkpoints.
const GENERATION: Duration = Duration::from_secs(120);

/// The file that tells up to which day addresses have been cut.
const CUT_MARK: &str = "addresses-cut";

/// Writes sessions down. A clone is the same log.
#[derive(Clone, Debug)]
pub(crate) struct SessionLog {
    lines: SyncSender<Line>,
    clock: Arc<dyn Clock>,
    dropped: Arc<AtomicU64>,
}

enum Line {
    Checkpoint(ProgrammeTime, Box<SessionRecord>),
    End(Box<SessionRecord>),
    /// All before this is to be on the disk; then this is dropped.
    Flush(SyncSender<()>),
}

/// A line of `open-N.jsonl`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Open {
    Checkpoint { at: ProgrammeTime, session: SessionRecord },
    Ended { ended: SessionId },
}

impl SessionLog {
    /// Opens the log in `dir`, closes the sessions that a crash left open, and cuts addresses that
    /// have been kept for `keep_days` days.
    ///
    /// # Errors
    /// If the folder can't be used.
    pub(crate) fn open(dir: &Path, keep_days: u16, clock: Arc<dyn Clock>) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let mut writer = Writer::open(dir, keep_days, clock.clone())?;
        let (lines, received) = sync_channel(QUEUE);
        std::thread::Builder::new()
            .name("session-log".to_owned())
            .spawn(move || writer.run(&received))?;
        Ok(Self { lines, clock, dropped: Arc::default() })
    }

    /// A session as it is now: when it begins, and at least once a minute. Never waits.
    pub(crate) fn checkpoint(&self, session: SessionRecord) {
        self.send(Line::Checkpoint(self.clock.now(), Box::new(session)));
    }

    /// A session that has ended. Never waits.
    pub(crate) fn end(&self, session: SessionRecord) {
        self.send(Line::End(Box::new(session)));
    }

    /// Lines that were left out because the disk did not follow.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }

    /// Waits, with some patience, until all that was handed over is on the disk.
    pub(crate) fn flush(&self) {
        let (done, wait) = sync_channel(1);
        if self.lines.try_send(Line::Flush(done)).is_ok() {
            // The other end is dropped when all is written, or given up.
            let _ = wait.recv_timeout(Duration::from_secs(5));
        }
    }

    fn send(&self, line: Line) {
        if self.lines.try_send(line).is_err() {
            // A session whose end is left out is closed at its last checkpoint later on.
            self.dropped.fetch_add(1, Relaxed);
        }
    }
}

/// The thread that writes.
#[derive(Debug)]
struct Writer {
    dir: PathBuf,
    keep_days: u16,
    clock: Arc<dyn Clock>,
    day: Option<(Date, File)>,
    generation: u64,
    open: File,
    since: Monotonic,
    dirty: bool,
    /// A write failed: the files may end inside of a line.
    torn: bool,
    synced: Monotonic,
    failing: bool,
    cut_on: Option<Date>,
}

impl Writer {
    fn open(dir: &Path, keep_days: u16, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let generations = generations(dir)?;
        let generation = generations.last().map_or(1, |last| last + 1);
        let open = append_to(&open_path(dir, generation))?;
        let since = clock.monotonic();
        let mut writer = Self {
            dir: dir.to_owned(),
            keep_days,
            clock,
            day: None,
            generation,
            open,
            since,
            dirty: false,
            torn: false,
            synced: since,
            failing: false,
            cut_on: None,
        };
        let closed = writer.settle(&generations, &HashSet::new())?;
        if closed > 0 {
            info!(sessions = closed, "closed sessions that were open when the program ended");
        }
        writer.cut_addresses();
        Ok(writer)
    }

    fn run(&mut self, lines: &Receiver<Line>) {
        loop {
            let line = match lines.recv_timeout(SYNC) {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) => {
                    self.settle_down();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let mut batch = 0;
            let mut next = Some(line);
            let mut flushed = Vec::new();
            while let Some(line) = next {
                match line {
                    Line::Flush(done) => flushed.push(done),
                    line => {
                        let written = self.write(line);
                        self.note(written);
                    }
                }
                batch += 1;
                next = if batch < QUEUE { lines.try_recv().ok() } else { None };
            }
            let late = self.clock.monotonic().saturating_sub(self.synced) >= SYNC;
            if late || !flushed.is_empty() {
                self.settle_down();
            }
            drop(flushed);
        }
        self.settle_down();
    }

    /// Puts on the disk what was written, and does what is due from time to time.
    fn settle_down(&mut self) {
        if self.dirty {
            let synced = self.sync();
            self.note(synced);
            self.dirty = false;
            self.synced = self.clock.monotonic();
        }
        if self.clock.monotonic().saturating_sub(self.since) >= GENERATION {
            let turned = self.turn();
            self.note(turned);
        }
        if self.cut_on != day_of(self.clock.now()) {
            self.cut_addresses();
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.open.sync_data()?;
        if let Some((_, file)) = &self.day {
            file.sync_data()?;
        }
        Ok(())
    }

    /// Says once when the disk begins to refuse, and when it takes again.
    fn note(&mut self, result: io::Result<()>) {
        match result {
            Err(error) if !self.failing => {
                self.failing = true;
                warn!(%error, dir = %self.dir.display(), "sessions can't be written down");
            }
            Ok(()) if self.failing => {
                self.failing = false;
                info!(dir = %self.dir.display(), "sessions are written down again");
            }
            _ => {}
        }
    }

    fn write(&mut self, line: Line) -> io::Result<()> {
        self.dirty = true;
        if self.torn {
            // What follows must not be read as the rest of a line that was cut short.
            self.day = None;
            self.open = append_to(&open_path(&self.dir, self.generation))?;
            self.torn = false;
        }
        let written = self.write_on(line);
        self.torn = written.is_err();
        written
    }

    fn write_on(&mut self, line: Line) -> io::Result<()> {
        match line {
            Line::Checkpoint(at, session) => {
                let line = Open::Checkpoint { at, session: *session };
                write_line(&mut self.open, &line)
            }
            Line::End(session) => {
                self.close(&session)?;
                write_line(&mut self.open, &Open::Ended { ended: session.id })
            }
            Line::Flush(_) => Ok(()),
        }
    }

    /// Writes an ended session to the file of its day.
    fn close(&mut self, session: &SessionRecord) -> io::Result<()> {
        let day = day_of(session.ended.unwrap_or(session.started));
        let day = day.ok_or(io::ErrorKind::InvalidData)?;
        let file = match &mut self.day {
            Some((open, file)) if *open == day => file,
            other => {
                if let Some((_, before)) = other {
                    before.sync_data()?;
                }
                let file = append_to(&self.dir.join(format!("{day}.jsonl")))?;
                &mut other.insert((day, file)).1
            }
        };
        write_line(file, session)
    }

    /// Begins another generation of checkpoints and drops the one before the last.
    fn turn(&mut self) -> io::Result<()> {
        self.since = self.clock.monotonic();
        let all = generations(&self.dir)?;
        let (old, kept): (Vec<u64>, Vec<u64>) =
            all.into_iter().partition(|generation| *generation < self.generation);
        let mut later = HashSet::new();
        for generation in kept {
            for line in read_lines::<Open>(&open_path(&self.dir, generation))? {
                later.insert(match line {
                    Open::Checkpoint { session, .. } => session.id,
                    Open::Ended { ended } => ended,
                });
            }
        }
        self.settle(&old, &later)?;
        self.generation += 1;
        self.open = append_to(&open_path(&self.dir, self.generation))?;
        Ok(())
    }

    /// Closes the sessions of `old` generations that have no end and are in no later one, and
    /// removes those generations: how many were closed.
    fn settle(&mut self, old: &[u64], later: &HashSet<SessionId>) -> io::Result<usize> {
        let mut open: HashMap<SessionId, (ProgrammeTime, SessionRecord)> = HashMap::new();
        let mut ended = HashSet::new();
        for generation in old {
            for line in read_lines::<Open>(&open_path(&self.dir, *generation))? {
                match line {
                    Open::Checkpoint { at, session } => {
                        open.insert(session.id, (at, session));
                    }
                    Open::Ended { ended: id } => {
                        ended.insert(id);
                    }
                }
            }
        }
        open.retain(|id, _| !ended.contains(id) && !later.contains(id));
        // The end may have been written to its day, and the mark of it lost.
        let days: HashSet<Date> = open.values().filter_map(|(at, _)| day_of(*at)).collect();
        for day in days {
            for day in [Some(day), day.checked_add(1.day()).ok()].into_iter().flatten() {
                let path = self.dir.join(format!("{day}.jsonl"));
                for session in read_lines::<SessionRecord>(&path)? {
                    open.remove(&session.id);
                }
            }
        }
        let mut left: Vec<_> = open.into_values().collect();
        left.sort_unstable_by_key(|(at, session)| (*at, session.id));
        for (at, session) in &mut left {
            session.ended = Some(*at);
            self.close(session)?;
        }
        if !left.is_empty() {
            self.sync()?;
        }
        for generation in old {
            fs::remove_file(open_path(&self.dir, *generation))?;
        }
        Ok(left.len())
    }

    /// Rewrites the days that are older than addresses are kept, without them.
    fn cut_addresses(&mut self) {
        self.cut_on = day_of(self.clock.now());
        let Some(today) = self.cut_on else { return };
        let Ok(keep_from) = today.checked_sub(i64::from(self.keep_days).days()) else { return };
        let result = cut_before(&self.dir, keep_from);
        self.note(result);
    }
}

fn cut_before(dir: &Path, keep_from: Date) -> io::Result<()> {
    let mark = dir.join(CUT_MARK);
    let done: Option<Date> = fs::read_to_string(&mark).ok().and_then(|day| day.trim().parse().ok());
    let mut days = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let day = name.to_str().and_then(|name| name.strip_suffix(".jsonl"));
        days.extend(day.and_then(|day| day.parse::<Date>().ok()));
    }
    days.retain(|day| *day < keep_from && done.is_none_or(|done| *day >= done));
    if days.is_empty() {
        return Ok(());
    }
    for day in days {
        let path = dir.join(format!("{day}.jsonl"));
        let mut text = Vec::new();
        for mut session in read_lines::<SessionRecord>(&path)? {
            session.address = None;
            write_line(&mut text, &session)?;
        }
        replace(&path, &text)?;
    }
    replace(&mark, keep_from.to_string().as_bytes())
}

/// Puts `text` in the place of a file, whole or not at all.
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

fn write_line(out: &mut impl io::Write, line: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    out.write_all(&text)
}

/// All lines that can be read; a torn one is left out. No file: no lines.
fn read_lines<T: for<'de> Deserialize<'de>>(path: &Path) -> io::Result<Vec<T>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut lines = Vec::new();
    for line in BufReader::new(file).split(b'\n') {
        lines.extend(serde_json::from_slice(&line?).ok());
    }
    Ok(lines)
}

/// The numbers of the generations that are there, in order.
fn generations(dir: &Path) -> io::Result<Vec<u64>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| {
            name.strip_prefix("open-").and_then(|rest| rest.strip_suffix(".jsonl"))
        });
        found.extend(number.and_then(|number| number.parse::<u64>().ok()));
    }
    found.sort_unstable();
    Ok(found)
}

fn open_path(dir: &Path, generation: u64) -> PathBuf {
    dir.join(format!("open-{generation}.jsonl"))
}

/// Opens a file to append to. One that ends inside of a line (a crash) is given an end of line, so
/// that what follows can be read.
fn append_to(path: &Path) -> io::Result<File> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

fn day_of(at: ProgrammeTime) -> Option<Date> {
    let stamp = Timestamp::from_microsecond(at.as_micros()).ok()?;
    Some(TimeZone::UTC.to_datetime(stamp).date())
}
