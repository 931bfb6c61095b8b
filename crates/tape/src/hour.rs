//! One hour file and its index.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use airtime::{Monotonic, ProgrammeTime, Span};
use codec::{Codec, Format};
use parking_lot::RwLock;

use crate::Epoch;
use crate::mark::{HEAD, IndexHead, Mark, marks_in};

/// The name of an hour file without its ending: `2026-11-24T03Z`, or `2026-11-24T03Z-2` for the
/// second file of the hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct HourName {
    pub(crate) hour: ProgrammeTime,
    pub(crate) part: u32,
}

impl HourName {
    pub(crate) fn stem(self) -> String {
        // `2026-11-24T03:00:00.000000Z`, up to the hour.
        let mut stem = self.hour.to_string();
        stem.truncate(stem.find(':').unwrap_or(stem.len()));
        stem.push('Z');
        if self.part > 1 {
            stem.push_str(&format!("-{}", self.part));
        }
        stem
    }

    pub(crate) fn parse(stem: &str) -> Option<Self> {
        let (date, part) = match stem.split_once('Z')? {
            (date, "") => (date, 1),
            (date, part) => (date, part.strip_prefix('-')?.parse().ok()?),
        };
        let hour = ProgrammeTime::parse_rfc3339(&format!("{date}:00:00Z")).ok()?;
        let name = Self { hour, part };
        (name.stem() == stem).then_some(name)
    }
}

/// One hour file and its index.
#[derive(Debug)]
pub(crate) struct HourFile {
    pub(crate) name: HourName,
    pub(crate) format: Format,
    pub(crate) header_len: u64,
    dir: PathBuf,
    epoch: OnceLock<Arc<Epoch>>,
    state: RwLock<State>,
    /// When the index was last asked for, in askings of the whole process.
    used: AtomicU64,
    /// The index is in memory only, or there more than on disk: it must not be let go of.
    unsaved: bool,
}

#[derive(Clone, Debug)]
struct State {
    extent: Extent,
    /// Let go of when it hasn't been needed for a while.
    marks: Option<Arc<Vec<Mark>>>,
    /// When it was opened, or something was added to it.
    grown: Monotonic,
}

/// How far a file reaches. Nothing beyond may be read: it is being written, or is torn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) first: ProgrammeTime,
    pub(crate) end: ProgrammeTime,
    pub(crate) first_sample: u64,
    pub(crate) end_sample: u64,
    /// Of the audio file.
    pub(crate) bytes: u64,
}

impl HourFile {
    pub(crate) fn new(
        dir: &Path,
        name: HourName,
        head: IndexHead,
        extent: Extent,
        marks: Option<Vec<Mark>>,
        now: Monotonic,
    ) -> Self {
        Self {
            name,
            format: head.format,
            header_len: head.header_len,
            dir: dir.to_owned(),
            epoch: OnceLock::new(),
            state: RwLock::new(State { extent, marks: marks.map(Arc::new), grown: now }),
            used: AtomicU64::new(0),
            unsaved: false,
        }
    }

    /// With an index that isn't on disk as it is in memory.
    pub(crate) fn unsaved(self) -> Self {
        Self { unsaved: true, ..self }
    }

    /// With what its audio is, where that is known.
    pub(crate) fn with_epoch(mut self, epoch: Arc<Epoch>) -> Self {
        self.epoch = OnceLock::from(epoch);
        self
    }

    pub(crate) fn audio_path(&self) -> PathBuf {
        self.dir.join(format!("{}.{}", self.name.stem(), self.format.codec.extension()))
    }

    pub(crate) fn index_path(&self) -> PathBuf {
        self.dir.join(format!("{}.index", self.name.stem()))
    }

    pub(crate) fn extent(&self) -> Extent {
        self.state.read().extent
    }

    pub(crate) fn span(&self) -> Option<Span> {
        let extent = self.extent();
        Span::new(extent.first, extent.end).ok()
    }

    /// How far it reaches and its index, in agreement with each other. Reads the index if it was
    /// let go of.
    pub(crate) fn indexed(&self) -> io::Result<(Extent, Arc<Vec<Mark>>)> {
        static ASKINGS: AtomicU64 = AtomicU64::new(1);
        self.used.store(ASKINGS.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        {
            let state = self.state.read();
            if let Some(marks) = &state.marks {
                return Ok((state.extent, marks.clone()));
            }
        }
        let bytes = std::fs::read(self.index_path())?;
        let mut state = self.state.write();
        let extent = state.extent;
        // Somebody was faster, and records may have been added since: they are not in `bytes`.
        if let Some(marks) = &state.marks {
            return Ok((extent, marks.clone()));
        }
        let records = bytes.get(HEAD..).unwrap_or_default();
        let marks: Vec<Mark> = in_order(marks_in(records).flatten(), extent);
        let marks = Arc::new(marks);
        state.marks = Some(marks.clone());
        Ok((extent, marks))
    }

    /// When the index was last asked for; `None` if it can't be let go of.
    pub(crate) fn index_used(&self) -> Option<u64> {
        let held = !self.unsaved && self.state.read().marks.is_some();
        held.then(|| self.used.load(Ordering::Relaxed))
    }

    /// Lets go of the index; it is read again when it is needed.
    pub(crate) fn let_go(&self) {
        self.state.write().marks = None;
    }

    /// Whether it can be gone on with in this epoch.
    pub(crate) fn holds(&self, epoch: &Epoch) -> bool {
        self.epoch().is_ok_and(|own| *own == *epoch)
    }

    /// What its audio is; reads the header pages once.
    pub(crate) fn epoch(&self) -> io::Result<Arc<Epoch>> {
        if let Some(epoch) = self.epoch.get() {
            return Ok(epoch.clone());
        }
        let header = if self.header_len == 0 { Vec::new() } else { self.read(0, self.header_len)? };
        let epoch = Arc::new(Epoch::new(self.format, header));
        Ok(self.epoch.get_or_init(|| epoch).clone())
    }

    /// Bytes of the audio file, `from..to`.
    pub(crate) fn read(&self, from: u64, to: u64) -> io::Result<Vec<u8>> {
        let len = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
        if len > MAX_READ {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the index skips too far"));
        }
        let mut bytes = vec![0; len];
        File::open(self.audio_path())?.read_exact_at(&mut bytes, from)?;
        Ok(bytes)
    }

    /// When it was opened, or something was added to it.
    pub(crate) fn grown(&self) -> Monotonic {
        self.state.read().grown
    }

    /// Says that more was written.
    pub(crate) fn grew(&self, extent: Extent, mark: Option<Mark>, now: Monotonic) {
        let mut state = self.state.write();
        state.extent = extent;
        state.grown = now;
        if let Some(mark) = mark
            && let Some(marks) = &mut state.marks
        {
            Arc::make_mut(marks).push(mark);
        }
    }

    /// Deletes both files. The index goes last: one that is left of a half-done deletion is taken
    /// away when the tape is next opened.
    pub(crate) fn delete(&self) -> io::Result<()> {
        for path in [self.audio_path(), self.index_path()] {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// No stretch between a few marks is longer than this, unless the index is damaged.
const MAX_READ: usize = 64 << 20;

/// Records that rise in place and sample and lie within the file: a damaged one that passes its
/// checksum must not lead reading astray.
pub(crate) fn in_order(marks: impl Iterator<Item = Mark>, extent: Extent) -> Vec<Mark> {
    let mut kept: Vec<Mark> = Vec::new();
    for mut mark in marks {
        let rises = kept.last().is_none_or(|last| {
            last.offset < mark.offset && last.sample <= mark.sample && last.time <= mark.time
        });
        let inside = mark.offset < extent.bytes && mark.sample <= extent.end_sample;
        if rises && inside {
            let before = kept.last().map_or(0, |last| last.sample);
            mark.lost = mark.lost.min(mark.sample - before);
            kept.push(mark);
        }
    }
    kept
}

/// The endings of hour files.
pub(crate) fn codec_of(extension: &str) -> Option<Codec> {
    [Codec::Mp3, Codec::Aac, Codec::Ogg, Codec::WebM, Codec::Opaque]
        .into_iter()
        .find(|codec| codec.extension() == extension)
}
