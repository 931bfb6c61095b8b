//! Making sense of a tape's folder after whatever happened to it.
//!
//! Only the tail of each file is read: from its last good record on. What is torn is cut off;
//! what has no index gets one, with its times marked as guesses.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use codec::Codec;

use crate::TapeError;
use crate::appender::plays;
use crate::hour::{Extent, HourFile, HourName, codec_of, in_order};
use crate::mark::{HEAD, IndexHead, Mark, RECORD, marks_in};
use crate::rebuild::{self, Before};
use crate::shape::Walk;

/// How many records are tried from the end before the whole index is read.
const TAIL_RECORDS: u64 = 64;

/// What was found in a folder.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    pub(crate) hours: Vec<Arc<HourFile>>,
    /// The last record of all.
    pub(crate) last: Option<Mark>,
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

/// Reads the folder; `mend` also repairs it, and is for its one recorder only.
pub(crate) fn recover(dir: &Path, mend: bool) -> Result<Recovered, TapeError> {
    let mut recovered = Recovered::default();
    for (name, codec) in names_in(dir)? {
        let previous = recovered.hours.last().map(|hour| hour.extent());
        let before = Before { extent: previous, last: recovered.last };
        let found = open_hour(dir, name, codec, before, mend, &mut recovered.damage)?;
        if let Some((hour, last)) = found {
            recovered.last = Some(last);
            recovered.hours.push(Arc::new(hour));
        }
    }
    Ok(recovered)
}

/// The hour files in the folder, in order.
fn names_in(dir: &Path) -> Result<Vec<(HourName, Codec)>, TapeError> {
    let mut names = Vec::new();
    let entries = fs::read_dir(dir).map_err(TapeError::io("list", dir))?;
    for entry in entries {
        let entry = entry.map_err(TapeError::io("list", dir))?;
        let path = entry.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).and_then(HourName::parse);
        let codec = path.extension().and_then(|end| end.to_str()).and_then(codec_of);
        if let (Some(name), Some(codec)) = (stem, codec)
            && entry.file_type().is_ok_and(|kind| kind.is_file())
        {
            names.push((name, codec));
        }
    }
    names.sort_by_key(|(name, _)| *name);
    names.dedup_by_key(|(name, _)| *name);
    Ok(names)
}

fn open_hour(
    dir: &Path,
    name: HourName,
    codec: Codec,
    before: Before,
    mend: bool,
    damage: &mut Vec<Damage>,
) -> Result<Option<(HourFile, Mark)>, TapeError> {
    let audio_name = format!("{}.{}", name.stem(), codec.extension());
    let audio_path = dir.join(&audio_name);
    let index_path = dir.join(format!("{}.index", name.stem()));
    let audio = OpenOptions::new()
        .read(true)
        .write(mend)
        .open(&audio_path)
        .map_err(TapeError::io("open", &audio_path))?;
    let audio_len = audio.metadata().map_err(TapeError::io("measure", &audio_path))?.len();

    let mut say = |what: String| damage.push(Damage { file: audio_name.clone(), what });
    let tail = Tail::read(&index_path, codec, &audio, audio_len, before)
        .map_err(TapeError::io("read", &index_path))?;
    let Some(tail) = tail else {
        let rebuilt = rebuild::whole(&audio, audio_len, codec, name, before)
            .map_err(TapeError::io("read", &audio_path))?;
        let Some(rebuilt) = rebuilt else {
            say("no audio is found in it".to_owned());
            if mend {
                set_aside(&audio_path, &index_path, audio_len)
                    .map_err(TapeError::io("set aside", &audio_path))?;
            }
            return Ok(None);
        };
        say("its index is missing or unreadable, and is rebuilt; times are guesses".to_owned());
        if mend {
            let mut bytes = rebuilt.head.to_bytes().to_vec();
            bytes.extend(rebuilt.marks.iter().flat_map(|mark| mark.to_bytes()));
            fs::write(&index_path, bytes).map_err(TapeError::io("write", &index_path))?;
            cut_off(&audio, rebuilt.extent.bytes).map_err(TapeError::io("mend", &audio_path))?;
        }
        let Some(last) = rebuilt.marks.last().copied() else { return Ok(None) };
        let hour =
            HourFile::new(dir, name, rebuilt.head, rebuilt.extent, Some(rebuilt.marks), None);
        return Ok(Some((hour, last)));
    };

    if tail.extent.bytes < audio_len {
        say(format!("{} bytes at its end are torn", audio_len - tail.extent.bytes));
    }
    if mend {
        cut_off(&audio, tail.extent.bytes).map_err(TapeError::io("mend", &audio_path))?;
        let index = OpenOptions::new()
            .write(true)
            .open(&index_path)
            .map_err(TapeError::io("open", &index_path))?;
        cut_off(&index, tail.index_len).map_err(TapeError::io("mend", &index_path))?;
        index
            .write_all_at(
                &tail.added.iter().flat_map(|mark| mark.to_bytes()).collect::<Vec<u8>>(),
                tail.index_len,
            )
            .map_err(TapeError::io("mend", &index_path))?;
    }
    if !tail.added.is_empty() {
        say("records are missing at the end of its index; times there are guesses".to_owned());
    }
    // Read without mending, what is missing in the file must be kept in memory.
    let marks = if tail.added.is_empty() || mend {
        None
    } else {
        let bytes = fs::read(&index_path).map_err(TapeError::io("read", &index_path))?;
        let known = marks_in(bytes.get(HEAD..).unwrap_or_default()).flatten();
        Some(in_order(known.chain(tail.added.iter().copied()), tail.extent))
    };
    Ok(Some((HourFile::new(dir, name, tail.head, tail.extent, marks, None), tail.last)))
}

/// Takes a file without audio out of the tape. Its bytes stay, under another name, if it has any.
fn set_aside(audio: &Path, index: &Path, audio_len: u64) -> io::Result<()> {
    if audio_len == 0 {
        fs::remove_file(audio)?;
    } else {
        let mut name = audio.as_os_str().to_owned();
        name.push(".damaged");
        fs::rename(audio, name)?;
    }
    match fs::remove_file(index) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Shortens the file; never lengthens it.
fn cut_off(file: &File, len: u64) -> io::Result<()> {
    if file.metadata()?.len() > len { file.set_len(len) } else { Ok(()) }
}

/// What is good at the end of a file.
#[derive(Debug)]
struct Tail {
    head: IndexHead,
    extent: Extent,
    /// The index's length up to its last good record.
    index_len: u64,
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
                let index_len = skip + (at as u64 + 1) * RECORD as u64;
                let found = Self::from_mark(head, first, mark, index_len, audio, audio_len)?;
                if found.is_some() {
                    return Ok(found);
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
        index_len: u64,
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
        let mut added = Vec::new();
        if let Some((len, samples)) = mark.whole {
            extent.bytes += u64::from(len);
            extent.end_sample += u64::from(samples);
            if extent.bytes > audio_len {
                return Ok(None);
            }
        } else if audio_len - mark.offset <= rebuild::CHUNK as u64 {
            let len = usize::try_from(audio_len - mark.offset).unwrap_or(0);
            let mut bytes = vec![0; len];
            audio.read_exact_at(&mut bytes, mark.offset)?;
            let bytes = Bytes::from(bytes);
            let mut walk = Walk::new(head.format.codec, &bytes, mark.sample, mark.anchor);
            let mut marked = mark.sample;
            for frame in walk.by_ref() {
                if plays(frame.sample - marked, rate) >= rebuild::EVERY && frame.entry {
                    marked = frame.sample;
                    added.push(rebuild::later(&mark, &frame, rate));
                }
            }
            if walk.offset() == 0 {
                return Ok(None);
            }
            extent.bytes += walk.offset() as u64;
            extent.end_sample = walk.sample();
        } else {
            let built = rebuild::from(audio, audio_len, head.format, mark)?;
            let Some(built) = built else { return Ok(None) };
            extent.bytes = built.extent.bytes;
            extent.end_sample = built.extent.end_sample;
            added = built.marks.into_iter().skip(1).collect();
        }
        let last = added.last().copied().unwrap_or(mark);
        extent.end = last.time.saturating_add(plays(extent.end_sample - last.sample, rate));
        Ok(Some(Self { head, extent, index_len, added, last }))
    }
}
