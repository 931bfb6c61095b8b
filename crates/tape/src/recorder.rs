//! The thread that writes the tape down.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use airtime::{Monotonic, ProgrammeTime};

use crate::disk::Disk;
use crate::hour::{Extent, HourFile, HourName};
use crate::mark::{Flags, HEAD, IndexHead, Mark, RECORD, index_bytes};
use crate::ring::Taped;
use crate::segment::SEGMENT;
use crate::storage::Media;

/// How long the recorder waits for a block before it looks after what it has written.
const PATIENCE: Duration = Duration::from_millis(500);

/// What was written is synced at least this often.
const SYNC_EVERY: Duration = Duration::from_millis(900);

/// After a failure, writing is tried again this often.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// Old hours are looked for this often.
const RETAIN_EVERY: Duration = Duration::from_secs(60);

/// Writes the tape down, on a thread of its own.
pub(crate) struct Recorder {
    disk: Arc<Disk>,
    file: Option<Writing>,
    /// The last record written, or found when the tape was opened.
    last: Option<Mark>,
    segment_began: ProgrammeTime,
    /// The sample that continues what is on disk.
    next_sample: u64,
    dirty: bool,
    synced: Monotonic,
    failed: Option<Monotonic>,
    retained: Monotonic,
    /// The last file that is there but couldn't be read: nothing is added to one before it.
    left_alone: Option<HourName>,
}

/// The hour file being written.
struct Writing {
    hour: Arc<HourFile>,
    audio: Box<dyn Media>,
    index: Box<dyn Media>,
}

impl Recorder {
    pub(crate) fn new(disk: Arc<Disk>, last: Option<Mark>, left_alone: Option<HourName>) -> Self {
        Self {
            file: None,
            last,
            segment_began: last.map_or(ProgrammeTime::EPOCH, |last| last.time),
            next_sample: disk.archive.end_sample(),
            dirty: false,
            synced: disk.clock.monotonic(),
            failed: None,
            retained: disk.clock.monotonic(),
            left_alone,
            disk,
        }
    }

    /// Runs until the tape is closed.
    pub(crate) fn run(mut self) {
        self.disk.retain();
        loop {
            let work = self.disk.queue.take(PATIENCE);
            self.record(&work.blocks);
            self.sync(work.blocks.is_empty() || work.closing);
            if work.closing && work.blocks.is_empty() {
                break;
            }
            let now = self.disk.clock.monotonic();
            if now.saturating_sub(self.retained) >= RETAIN_EVERY {
                self.retained = now;
                self.disk.retain();
            }
        }
        self.file = None;
        // Before anybody is told: they may open the tape again at once.
        *self.disk.lock.lock() = None;
        self.disk.queue.ended();
    }

    fn record(&mut self, blocks: &[Taped]) {
        let mut lost = 0;
        let mut why = None;
        for taped in blocks {
            let now = self.disk.clock.monotonic();
            if self.failed.is_some_and(|failed| now.saturating_sub(failed) < RETRY_EVERY) {
                lost += 1;
                continue;
            }
            let wrote = self.write_or_make_room(taped);
            match wrote {
                Ok(()) => {
                    if self.failed.take().is_some() {
                        tracing::info!(dir = %self.disk.dir.display(), "recording goes on");
                        self.disk.queue.wrote();
                        why = None;
                        lost = 0;
                    }
                }
                Err(error) => {
                    if self.failed.is_none() {
                        tracing::error!(dir = %self.disk.dir.display(), %error, "recording stops; the air goes on from memory");
                    }
                    self.file = None;
                    self.failed = Some(now);
                    lost += 1;
                    why = Some(error.to_string());
                }
            }
        }
        if lost > 0 {
            let why = why.or_else(|| match self.disk.queue.recording() {
                crate::RecordingState::Stopped { why, .. } => Some(why),
                _ => None,
            });
            self.disk.queue.gave_up(lost, why.unwrap_or_default());
        }
    }

    /// Writes a block; if the disk is full, old hours make room for it.
    fn write_or_make_room(&mut self, taped: &Taped) -> io::Result<()> {
        loop {
            let checked = self.disk.check_limit();
            // The newest hour can't be dropped; once a block has opened another, it can.
            if self.goes_on(taped).is_some() {
                checked?;
            }
            match self.write(taped) {
                Err(error) if is_full(&error) => {
                    self.file = None;
                    if !self.disk.drop_oldest("the disk is full") {
                        return Err(error);
                    }
                }
                done => return done,
            }
        }
    }

    fn write(&mut self, taped: &Taped) -> io::Result<()> {
        let block = &taped.block;
        let fits = self.file.as_ref().is_some_and(|writing| {
            writing.hour.name.hour == block.first.hour() && writing.hour.holds(&block.epoch)
        });
        if !fits {
            self.sync(true);
            self.file = None;
        }
        let gap = block.sample != self.next_sample;
        let (mut writing, fresh) = match self.file.take() {
            Some(writing) => (writing, false),
            None => self.open(taped)?,
        };
        let extent = writing.hour.extent();
        let mark = (taped.mark || fresh || gap || taped.whole)
            .then(|| self.mark(taped, extent.bytes, gap));

        let record = mark.map(Mark::to_bytes);
        let wrote = writing.audio.append(&block.bytes).and_then(|()| match &record {
            Some(record) => writing.index.append(record),
            None => Ok(()),
        });
        if let Err(error) = wrote {
            if fresh {
                // Leave no name behind: on a full disk one would be left every second.
                let _ = writing.hour.delete();
            }
            return Err(error);
        }
        let first = if extent.bytes == writing.hour.header_len {
            Extent { first: block.first, first_sample: block.sample, ..extent }
        } else {
            extent
        };
        let extent = Extent {
            end: block.end(),
            end_sample: block.sample + block.samples,
            bytes: extent.bytes + block.bytes.len() as u64,
            ..first
        };
        writing.hour.grew(extent, mark, self.disk.clock.monotonic());
        if extent.bytes == writing.hour.header_len + block.bytes.len() as u64 {
            self.disk.archive.push(writing.hour.clone());
        }
        if let Some(mark) = mark {
            if self.last.is_none_or(|last| last.segment != mark.segment) {
                self.segment_began = mark.time;
            }
            self.last = Some(mark);
        }
        self.next_sample = extent.end_sample;
        self.dirty = true;
        self.file = Some(writing);
        Ok(())
    }

    /// The index record for a block that will lie at `offset`.
    fn mark(&self, taped: &Taped, offset: u64, gap: bool) -> Mark {
        let block = &taped.block;
        let flags = Flags {
            why: taped.why,
            gap: gap && taped.why.is_none(),
            estimated: false,
            entry: block.entry,
            unsynchronised: self.disk.clock.status().unsynchronised,
        };
        let (segment, discontinuity) = match self.last {
            None => (0, 0),
            Some(last) if flags.breaks() => (last.segment + 1, last.discontinuity + 1),
            Some(last) => {
                let long = block.first.since(self.segment_began) >= SEGMENT && block.entry;
                (last.segment + u64::from(long), last.discontinuity)
            }
        };
        let len = u32::try_from(block.bytes.len()).unwrap_or(u32::MAX);
        let samples = u32::try_from(block.samples).unwrap_or(u32::MAX);
        Mark {
            time: block.first,
            sample: block.sample,
            offset,
            continuity: block.continuity,
            segment,
            discontinuity,
            anchor: taped.anchor,
            whole: taped.whole.then_some((len, samples)),
            lost: if gap { block.sample.saturating_sub(self.next_sample) } else { 0 },
            flags,
        }
    }

    /// The newest file, if the block belongs in it.
    fn goes_on(&self, taped: &Taped) -> Option<Arc<HourFile>> {
        self.disk.archive.newest().filter(|newest| {
            newest.name.hour == taped.block.first.hour()
                && newest.holds(&taped.block.epoch)
                && self.left_alone.is_none_or(|left| left < newest.name)
        })
    }

    /// Opens the file that the block belongs in: the newest if it can be gone on with, else
    /// another.
    fn open(&self, taped: &Taped) -> io::Result<(Writing, bool)> {
        let block = &taped.block;
        let hour = block.first.hour();
        if let Some(newest) = self.goes_on(taped) {
            let (extent, marks) = newest.indexed()?;
            // Records that reading passes over are passed over here too: the index is written
            // anew if there are any.
            let index_len = (HEAD + marks.len() * RECORD) as u64;
            let path = newest.index_path();
            if std::fs::metadata(&path)?.len() != index_len {
                let head = IndexHead { hour, format: newest.format, header_len: newest.header_len };
                self.disk.storage.replace(&path, &index_bytes(&head, &marks))?;
            }
            let audio = self.disk.storage.append_to(&newest.audio_path(), extent.bytes)?;
            let index = self.disk.storage.append_to(&path, index_len)?;
            return Ok((Writing { hour: newest, audio, index }, false));
        }

        let head = IndexHead {
            hour,
            format: block.epoch.format,
            header_len: block.epoch.header.len() as u64,
        };
        let extent = Extent {
            first: block.first,
            end: block.first,
            first_sample: block.sample,
            end_sample: block.sample,
            bytes: head.header_len,
        };
        let mut name = HourName { hour, part: 1 };
        while self.disk.is_taken(name) {
            name.part += 1;
        }
        let now = self.disk.clock.monotonic();
        let file = HourFile::new(&self.disk.dir, name, head, extent, Some(Vec::new()), now)
            .with_epoch(block.epoch.clone());
        let begun = self.begin(&file, &head, &block.epoch.header);
        match begun {
            Ok((audio, index)) => Ok((Writing { hour: Arc::new(file), audio, index }, true)),
            Err(error) => {
                let _ = file.delete();
                Err(error)
            }
        }
    }

    fn begin(
        &self,
        file: &HourFile,
        head: &IndexHead,
        header: &[u8],
    ) -> io::Result<(Box<dyn Media>, Box<dyn Media>)> {
        let mut audio = self.disk.storage.append_to(&file.audio_path(), 0)?;
        let mut index = self.disk.storage.append_to(&file.index_path(), 0)?;
        audio.append(header)?;
        index.append(&head.to_bytes())?;
        Ok((audio, index))
    }

    /// Makes what was written last, if it is time, or `now`.
    fn sync(&mut self, now: bool) {
        let clock = self.disk.clock.monotonic();
        if !self.dirty || !(now || clock.saturating_sub(self.synced) >= SYNC_EVERY) {
            return;
        }
        self.dirty = false;
        self.synced = clock;
        let Some(writing) = &mut self.file else { return };
        // Audio first: the index must not speak of what may be lost.
        if let Err(error) = writing.audio.sync().and_then(|()| writing.index.sync()) {
            tracing::error!(dir = %self.disk.dir.display(), %error, "recording can't be synced");
            self.file = None;
            self.failed = Some(clock);
            self.disk.queue.gave_up(0, error.to_string());
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
