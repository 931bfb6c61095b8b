//! Making sense of a tape's folder after whatever happened to it.
//!
//! Of a file whose index is in order only the tail is read: from its last good record on. What is
//! torn is cut off; what has no index is read from end to end and gets one, with its times marked
//! as guesses.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use airtime::Monotonic;
use codec::Codec;

use crate::appender::plays;
use crate::hour::{Extent, HourFile, HourName, codec_of, in_order};
use crate::mark::{HEAD, IndexHead, Mark, RECORD, index_bytes, marks_in};
use crate::rebuild::{self, Before};
use crate::{Storage, TapeError};

/// How many records are tried from the end before the whole index is read.
const TAIL_RECORDS: u64 = 64;

/// What was found in a folder.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    pub(crate) hours: Vec<Arc<HourFile>>,
    /// The last record of all.
    pub(crate) last: Option<Mark>,
    /// The sample that the tape goes on with.
    pub(crate) next_sample: u64,
    /// The last file that nothing may be added to nor before, since the disk refused.
    pub(crate) left_alone: Option<HourName>,
    /// What had to be mended, or couldn't be.
    pub(crate) damage: Vec<Damage>,
}

/// Something wrong with a file of a tape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file's name in the tape's folder.
    pub file: String,
    /// What is wrong, in words for a person.
    pub what: String,
}

/// A file that can't be read may hold so many samples, which must not be given out again: more
/// than an hour at any rate.
const UNREAD: u64 = 1 << 32;

/// Reads the folder, and repairs it on `mend`, which is for its one recorder only. A file that
/// the disk refuses to read is left alone; one that it refuses to repair is read as it is.
///
/// # Errors
/// [`TapeError::Io`] if the folder can't be listed.
pub(crate) fn recover(
    dir: &Path,
    mend: Option<&dyn Storage>,
    now: Monotonic,
) -> Result<Recovered, TapeError> {
    let mut recovered = Recovered::default();
    let folder = Folder::list(dir)?;
    for name in &folder.leftovers {
        tidy(dir, name, mend.is_some(), &mut recovered.damage);
    }
    for (at, &(name, codec)) in folder.hours.iter().enumerate() {
        let before = Before {
            extent: recovered.hours.last().map(|hour| hour.extent()),
            last: recovered.last,
            next: folder.hours.get(at + 1).and_then(|(name, _)| first_mark(dir, *name)),
        };
        let opening = Opening { dir, name, codec, before, now };
        let mut opened = opening.open(mend, &mut recovered.damage);
        if let Err(error) = &opened {
            recovered.left_alone = Some(name);
            let what = match mend {
                Some(_) => format!("it can't be read or mended: {error}"),
                None => format!("it can't be read: {error}"),
            };
            recovered.damage.push(Damage { file: opening.audio_name(), what });
            if mend.is_some() {
                opened = opening.open(None, &mut Vec::new());
            }
        }
        if let Ok(Some((hour, last))) = opened {
            recovered.last = Some(last);
            recovered.hours.push(Arc::new(hour));
        }
    }
    let newest = recovered.hours.last();
    let end = newest.map_or(0, |hour| hour.extent().end_sample);
    let unread = recovered.left_alone > newest.map(|hour| hour.name);
    recovered.next_sample = if unread { end.saturating_add(UNREAD) } else { end };
    Ok(recovered)
}

/// What is in a tape's folder, in order.
#[derive(Debug, Default)]
struct Folder {
    hours: Vec<(HourName, Codec)>,
    /// Indexes without audio, and files that were being written when the power failed.
    leftovers: Vec<String>,
}

impl Folder {
    fn list(dir: &Path) -> Result<Self, TapeError> {
        let mut folder = Self::default();
        let mut indexes = Vec::new();
        for entry in fs::read_dir(dir).map_err(TapeError::io("list", dir))? {
            let entry = entry.map_err(TapeError::io("list", dir))?;
            let file = entry.file_name();
            let Some((stem, end)) = file.to_str().and_then(|file| file.split_once('.')) else {
                continue;
            };
            let Some(name) = HourName::parse(stem) else { continue };
            if !entry.file_type().is_ok_and(|kind| kind.is_file()) {
                continue;
            }
            match end {
                "index" => indexes.push(name),
                "index.new" => folder.leftovers.push(format!("{stem}.{end}")),
                _ => folder.hours.extend(codec_of(end).map(|codec| (name, codec))),
            }
        }
        folder.hours.sort_by_key(|(name, _)| *name);
        folder.hours.dedup_by_key(|(name, _)| *name);
        let has_audio =
            |name: &HourName| folder.hours.binary_search_by_key(name, |(name, _)| *name).is_ok();
        let orphans = indexes.iter().filter(|name| !has_audio(name));
        folder.leftovers.extend(orphans.map(|name| format!("{}.index", name.stem())));
        Ok(folder)
    }
}

/// Takes away a file that is of no use to anybody: it would keep its hour's name taken for ever.
fn tidy(dir: &Path, name: &str, mend: bool, damage: &mut Vec<Damage>) {
    let what = "there is no audio to it".to_owned();
    damage.push(Damage { file: name.to_owned(), what });
    if mend && let Err(error) = fs::remove_file(dir.join(name)) {
        tracing::warn!(file = name, %error, "a file that is left over can't be deleted");
    }
}

/// The first record of a file's index, if it is good.
fn first_mark(dir: &Path, name: HourName) -> Option<Mark> {
    let mut start = [0; HEAD + RECORD];
    let index = File::open(dir.join(format!("{}.index", name.stem()))).ok()?;
    index.read_exact_at(&mut start, 0).ok()?;
    IndexHead::from_bytes(&start)?;
    Mark::from_bytes(&start[HEAD..])
}

/// One hour file about to be opened.
struct Opening<'a> {
    dir: &'a Path,
    name: HourName,
    codec: Codec,
    before: Before,
    now: Monotonic,
}

impl Opening<'_> {
    fn audio_name(&self) -> String {
        format!("{}.{}", self.name.stem(), self.codec.extension())
    }

    fn open(
        &self,
        mend: Option<&dyn Storage>,
        damage: &mut Vec<Damage>,
    ) -> io::Result<Option<(HourFile, Mark)>> {
        let audio_name = self.audio_name();
        let audio_path = self.dir.join(&audio_name);
        let index_path = self.dir.join(format!("{}.index", self.name.stem()));
        let audio = File::open(&audio_path)?;
        let audio_len = audio.metadata()?.len();
        let file =
            |head, extent, marks| HourFile::new(self.dir, self.name, head, extent, marks, self.now);
        let mut say = |what: String| damage.push(Damage { file: audio_name.clone(), what });

        let Some(tail) = Tail::read(&index_path, self.codec, &audio, audio_len, self.before)?
        else {
            let rebuilt = rebuild::whole(&audio, audio_len, self.codec, self.name, self.before)?;
            let Some(rebuilt) = rebuilt else {
                say("no audio is found in it".to_owned());
                if let Some(storage) = mend {
                    set_aside(storage, &audio_path, &index_path, audio_len)?;
                }
                return Ok(None);
            };
            say("its index is missing or unreadable, and is rebuilt; times are guesses".to_owned());
            if let Some(storage) = mend {
                storage.replace(&index_path, &index_bytes(&rebuilt.head, &rebuilt.marks))?;
                cut_off(storage, &audio_path, audio_len, rebuilt.extent.bytes)?;
            }
            let Some(last) = rebuilt.marks.last().copied() else { return Ok(None) };
            let hour = file(rebuilt.head, rebuilt.extent, Some(rebuilt.marks));
            return Ok(Some((if mend.is_some() { hour } else { hour.unsaved() }, last)));
        };

        if tail.extent.bytes < audio_len {
            say(format!("{} bytes at its end are torn", audio_len - tail.extent.bytes));
        }
        if let Some(storage) = mend {
            cut_off(storage, &audio_path, audio_len, tail.extent.bytes)?;
            if tail.index_torn || !tail.added.is_empty() {
                let mut index = storage.append_to(&index_path, tail.index_len)?;
                let added: Vec<u8> = tail.added.iter().flat_map(|mark| mark.to_bytes()).collect();
                index.append(&added)?;
                index.sync()?;
            }
        }
        if !tail.added.is_empty() {
            say("records are missing at the end of its index; times there are guesses".to_owned());
        }
        // Read without mending, what is missing in the file must be kept in memory.
        let hour = if tail.added.is_empty() || mend.is_some() {
            file(tail.head, tail.extent, None)
        } else {
            let bytes = fs::read(&index_path)?;
            let known = marks_in(bytes.get(HEAD..).unwrap_or_default()).flatten();
            let marks = in_order(known.chain(tail.added.iter().copied()), tail.extent);
            file(tail.head, tail.extent, Some(marks)).unsaved()
        };
        Ok(Some((hour, tail.last)))
    }
}

/// Takes a file without audio out of the tape. Its bytes stay, under another name, if it has any.
fn set_aside(storage: &dyn Storage, audio: &Path, index: &Path, audio_len: u64) -> io::Result<()> {
    if audio_len == 0 {
        fs::remove_file(audio)?;
    } else {
        let mut name = audio.as_os_str().to_owned();
        name.push(".damaged");
        let mut count = 1;
        while Path::new(&name).exists() {
            count += 1;
            name = audio.as_os_str().to_owned();
            name.push(format!(".damaged-{count}"));
        }
        storage.rename(audio, Path::new(&name))?;
    }
    match fs::remove_file(index) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Shortens a file that is `len` bytes long to `good`.
fn cut_off(storage: &dyn Storage, path: &Path, len: u64, good: u64) -> io::Result<()> {
    if len > good { storage.append_to(path, good)?.sync() } else { Ok(()) }
}

/// What is good at the end of a file.
#[derive(Debug)]
struct Tail {
    head: IndexHead,
    extent: Extent,
    /// The index's length up to its last good record.
    index_len: u64,
    /// There is something behind that.
    index_torn: bool,
    /// Records for audio whose own were lost.
    added: Vec<Mark>,
    last: Mark,
}

impl Tail {
    fn read(
        index_path: &Path,
        codec: Codec,
        audio: &File,
        audio_len: u64,
        before: Before,
    ) -> io::Result<Option<Self>> {
        let index = match File::open(index_path) {
            Ok(index) => index,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let index_len = index.metadata()?.len();
        let mut start = [0; HEAD + RECORD];
        if index_len < start.len() as u64 {
            return Ok(None);
        }
        index.read_exact_at(&mut start, 0)?;
        let head = IndexHead::from_bytes(&start).filter(|head| head.format.codec == codec);
        let Some(head) = head else { return Ok(None) };
        let records = (index_len - HEAD as u64) / RECORD as u64;
        let Some(first) = Mark::from_bytes(&start[HEAD..]) else { return Ok(None) };
        let overlaps = before.extent.is_some_and(|extent| first.sample < extent.end_sample);
        if overlaps || first.offset < head.header_len {
            return Ok(None);
        }

        for tried in [TAIL_RECORDS.min(records), records] {
            let skip = HEAD as u64 + (records - tried) * RECORD as u64;
            let mut bytes = vec![0; usize::try_from(tried).unwrap_or(0) * RECORD];
            index.read_exact_at(&mut bytes, skip)?;
            let marks: Vec<_> = marks_in(&bytes).collect();
            for (at, mark) in marks.iter().enumerate().rev() {
                let Some(mark) = mark.filter(|mark| {
                    let rises = mark.time >= first.time && mark.sample >= first.sample;
                    rises && (first.offset..audio_len).contains(&mark.offset)
                }) else {
                    continue;
                };
                let good = skip + (at as u64 + 1) * RECORD as u64;
                let found = Self::from_mark(head, first, mark, audio, audio_len)?;
                if let Some(found) = found {
                    return Ok(Some(Self {
                        index_len: good,
                        index_torn: good < index_len,
                        ..found
                    }));
                }
            }
        }
        Ok(None)
    }

    /// Goes on from `mark` to the end; `None` if not even one frame is whole there.
    fn from_mark(
        head: IndexHead,
        first: Mark,
        mark: Mark,
        audio: &File,
        audio_len: u64,
    ) -> io::Result<Option<Self>> {
        let rate = head.format.sample_rate;
        let mut extent = Extent {
            first: first.time,
            end: mark.time,
            first_sample: first.sample,
            end_sample: mark.sample,
            bytes: mark.offset,
        };
        let mut from = mark;
        if let Some((len, samples)) = mark.whole {
            extent.bytes += u64::from(len);
            extent.end_sample += u64::from(samples);
            if extent.bytes > audio_len {
                return Ok(None);
            }
            // Behind it there may be frames whose own record is lost.
            from = rebuild::behind_whole(&mark, rate);
        }
        let mut added = Vec::new();
        if from.offset < audio_len {
            let anchor = Some(from.anchor).filter(|_| mark.whole.is_none());
            match rebuild::from(audio, audio_len, head.format, from, anchor)? {
                Some(built) => {
                    extent.bytes = built.extent.bytes;
                    extent.end_sample = built.extent.end_sample;
                    added = built.marks;
                    if mark.whole.is_none() {
                        added.remove(0);
                    }
                }
                None if mark.whole.is_none() => return Ok(None),
                None => {}
            }
        }
        let last = added.last().copied().unwrap_or(mark);
        extent.end = last.time.saturating_add(plays(extent.end_sample - last.sample, rate));
        Ok(Some(Self { head, extent, index_len: 0, index_torn: false, added, last }))
    }
}
