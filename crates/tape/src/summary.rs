//! What a tape's folder holds, and whether it is in order.

use std::path::Path;
use std::time::Duration;

use airtime::{ProgrammeTime, Span};
use codec::Format;

use crate::hour::HourFile;
use crate::mark::{Flags, HEAD, Mark, marks_in};
use crate::pin::{PINS_FILE, Pins};
use crate::policy::{Decided, Policy};
use crate::recover::{Damage, recover};
use crate::stretch::pieces;
use crate::tape::POLICY_FILE;
use crate::{Tape, TapeError, ledger};

/// What a tape holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Its hour files, the oldest first.
    pub files: Vec<FileSummary>,
    /// What is on tape, from the oldest to the head.
    pub window: Option<Span>,
    /// Stretches of it of which there is no audio.
    pub holes: Vec<Span>,
    /// Stretches that are not for everybody, and who may hear them.
    pub withheld: Vec<(Span, Policy)>,
    /// Bytes of audio.
    pub bytes: u64,
}

/// What an hour file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSummary {
    /// Its name in the tape's folder.
    pub name: String,
    /// What its audio is.
    pub format: Format,
    /// From its first sample to its last one's end.
    pub span: Option<Span>,
    /// Bytes of audio.
    pub bytes: u64,
    /// It is kept beside the rewind window.
    pub kept: bool,
    /// Some of its times were lost and are guesses.
    pub estimated: bool,
    /// Some of its times are those of a clock that nothing had set.
    pub unsynchronised: bool,
}

impl Tape {
    /// What the tape holds. Reads all indexes.
    pub fn summary(&self) -> Summary {
        let Some(disk) = &self.shared.disk else {
            return Summary { window: self.window(), ..Summary::default() };
        };
        let withheld = self.shared.ring.read().closed.spans().to_vec();
        let mut summary = Summary { window: self.window(), withheld, ..Summary::default() };
        for hour in disk.archive.hours() {
            let span = hour.span();
            let bytes = hour.extent().bytes;
            let marks = disk.archive.indexed(&hour).map(|(_, marks)| marks).unwrap_or_default();
            let any = |is: fn(Flags) -> bool| marks.iter().any(|mark| is(mark.flags));
            summary.bytes += bytes;
            summary.files.push(FileSummary {
                name: name_of(&hour),
                format: hour.format,
                span,
                bytes,
                kept: span.is_some_and(|span| disk.pins.lock().keep(span)),
                estimated: any(|flags| flags.estimated),
                unsynchronised: any(|flags| flags.unsynchronised),
            });
        }
        if let Some(window) = summary.window {
            summary.holes = self.holes(window, None);
        }
        summary
    }

    /// Reads all of the tape in a folder and tells what is damaged: torn ends, records that are
    /// missing or damaged, frames that don't lie where the index says, decisions and pins that can't
    /// be read. Changes nothing; another
    /// process may be recording there, whose last second may then look torn.
    ///
    /// # Errors
    /// [`TapeError::Io`] if the folder can't be read.
    pub fn check(dir: &Path) -> Result<Vec<Damage>, TapeError> {
        let recovered = recover(dir, None, Duration::ZERO)?;
        let mut damage = recovered.damage;
        let decisions = ledger::read::<Decided>(&dir.join(POLICY_FILE)).damage;
        let pins = Pins::open(dir).damage().map(str::to_owned);
        for (file, what) in [(POLICY_FILE, decisions), (PINS_FILE, pins)] {
            damage.extend(what.map(|what| Damage { file: file.to_owned(), what }));
        }
        let mut before: Option<(u64, ProgrammeTime)> = None;
        for hour in &recovered.hours {
            let file = name_of(hour);
            let mut say = |what: String| damage.push(Damage { file: file.clone(), what });
            let extent = hour.extent();
            if before
                .is_some_and(|(sample, time)| extent.first_sample < sample || extent.first < time)
            {
                say("it begins before the end of the file before it".to_owned());
            }
            before = Some((extent.end_sample, extent.first));
            if let Ok(bytes) = std::fs::read(hour.index_path()) {
                let records = bytes.get(HEAD..).unwrap_or_default();
                let bad = marks_in(records).filter(Option::is_none).count();
                if bad > 0 {
                    say(format!("{bad} records of its index are damaged"));
                }
            }
            match hour.indexed() {
                Ok((_, marks)) => check_frames(hour, &marks, &mut say),
                Err(error) => say(format!("its index can't be read: {error}")),
            }
            hour.let_go();
        }
        Ok(damage)
    }
}

/// Tells of stretches between two marks whose frames don't fill them.
fn check_frames(hour: &HourFile, marks: &[Mark], say: &mut impl FnMut(String)) {
    let extent = hour.extent();
    for (index, mark) in marks.iter().enumerate() {
        let found = match pieces(hour, extent, marks, index..index + 1) {
            Ok(found) => found,
            Err(error) => {
                say(format!("it can't be read from byte {}: {error}", mark.offset));
                return;
            }
        };
        let next = marks.get(index + 1);
        let bytes: u64 = found.iter().map(|piece| piece.bytes.len() as u64).sum();
        let end = next.map_or(extent.bytes, |next| next.offset);
        if mark.offset + bytes != end {
            let rest = end.saturating_sub(mark.offset + bytes);
            say(format!("{rest} bytes before byte {end} ({}) are no audio", mark.time));
            continue;
        }
        let sample = found.last().map_or(mark.sample, |last| last.sample + last.samples);
        let wanted = next.map_or(extent.end_sample, Mark::before);
        if sample != wanted {
            say(format!(
                "at {} the index counts {wanted} samples and the frames {sample}",
                mark.time
            ));
        }
    }
}

fn name_of(hour: &HourFile) -> String {
    hour.audio_path()
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
