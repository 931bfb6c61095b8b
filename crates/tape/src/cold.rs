//! Fetching what has left the ring.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::sync::Arc;
use std::sync::Weak;

use airtime::{ProgrammeTime, Span};
use parking_lot::{Condvar, Mutex};

use crate::Cursor;
use crate::block::counts;
use crate::cache::{CACHE, Found};
use crate::cursor::Place;
use crate::disk::Disk;
use crate::hour::{Extent, HourFile};
use crate::mark::Mark;
use crate::policy::Listening;
use crate::stretch::{Piece, blocks, pieces};
use crate::tape::Shared;

/// How many marks (seconds) are fetched at once, with room and without.
const AHEAD: usize = 4;
const AHEAD_CROWDED: usize = 1;

/// Requests that may wait; who comes later asks again.
const MAX_WAITING: usize = 16_384;

/// Places that listeners wait for, in the order in which they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    state: Mutex<Waiting>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    line: VecDeque<Place>,
    waiting: HashSet<Place>,
    closing: bool,
}

impl Requests {
    /// Asks for a place, once. Never waits for the disk.
    pub(crate) fn ask(&self, place: Place) {
        let mut state = self.state.lock();
        if state.line.len() < MAX_WAITING && state.waiting.insert(place) {
            state.line.push_back(place);
            drop(state);
            self.wake.notify_one();
        }
    }

    pub(crate) fn close(&self) {
        self.state.lock().closing = true;
        self.wake.notify_one();
    }

    fn next(&self) -> Option<Place> {
        let mut state = self.state.lock();
        loop {
            if state.closing {
                return None;
            }
            if let Some(place) = state.line.pop_front() {
                return Some(place);
            }
            self.wake.wait(&mut state);
        }
    }

    fn done(&self, place: Place) {
        self.state.lock().waiting.remove(&place);
    }
}

/// The tape's reader thread: fetches what is asked for until the tape is closed.
pub(crate) fn serve(requests: &Requests, shared: &Weak<Shared>) {
    while let Some(place) = requests.next() {
        let Some(shared) = shared.upgrade() else { return };
        fetch(&shared, place);
        requests.done(place);
    }
}

/// Puts what is at `place`, and a few seconds more, into the cache.
pub(crate) fn fetch(shared: &Shared, place: Place) {
    let Some(disk) = &shared.disk else { return };
    if CACHE.lock().has((shared.id, place)) {
        return;
    }
    // Read ahead to the head: nothing is there yet, which isn't to be remembered. What is in the
    // ring was handed to the recorder before, so that from here on it is in the queue or on disk,
    // or will never be.
    if shared.ring.read().is_to_come(place) {
        return;
    }
    let mut from = place;
    // Each turn gets past one file that turns out to have nothing, or to be gone.
    for _ in 0..16 {
        match look(disk, from) {
            Ok(Look::Stretch(stretch)) => return stretch.keep(shared, place),
            Ok(Look::On(next)) => from = next,
            Ok(Look::Wait) => return,
            Ok(Look::End) => break,
            Err(error) => {
                tracing::warn!(dir = %disk.dir.display(), %error, "the tape can't be read");
                match after_file(disk, from) {
                    Some(next) => from = next,
                    None => break,
                }
            }
        }
    }
    let resume = shared.ring.read().entry_behind(place);
    CACHE.lock().put((shared.id, place), Found::Gone { resume, lost: None });
}

/// What a look at one file gave.
enum Look {
    Stretch(Stretch),
    /// Nothing here: look there.
    On(Place),
    /// It is not written yet.
    Wait,
    /// There is nothing on disk from here on.
    End,
}

struct Stretch {
    pieces: Vec<Piece>,
    epoch: Arc<crate::Epoch>,
    /// Where what follows begins.
    then: Place,
    /// Where the audio before begins and ends: to say how much is missing.
    before: Option<ProgrammeTime>,
}

impl Stretch {
    fn keep(self, shared: &Shared, asked: Place) {
        // Some play something, so that there is a block.
        let found = blocks(&self.pieces, &self.epoch);
        let mut cache = CACHE.lock();
        if let Some(first) = found.first()
            && asked != Place::Sample(first.sample)
        {
            let lost = match asked {
                Place::Time(at) => Span::new(at, first.first).ok(),
                Place::Sample(_) => {
                    self.before.and_then(|before| Span::new(before, first.first).ok())
                }
            };
            let resume = Cursor::sample(first.sample);
            cache.put((shared.id, asked), Found::Gone { resume, lost });
        }
        for block in found {
            let key = (shared.id, Place::Sample(block.sample));
            cache.put(key, Found::Block { block: Arc::new(block), then: self.then });
        }
    }
}

fn look(disk: &Disk, place: Place) -> io::Result<Look> {
    // Asked first: what leaves the queue while the files are looked through is in neither.
    let waits = match place {
        Place::Sample(sample) => disk.queue.may_hold(sample),
        Place::Time(_) => disk.queue.may_hold(u64::MAX),
    };
    let hour = match place {
        Place::Sample(sample) => disk.archive.at_sample(sample),
        Place::Time(at) => disk.archive.since(at).into_iter().next(),
    };
    let Some(hour) = hour else {
        return Ok(if waits { Look::Wait } else { Look::End });
    };
    if !counts(hour.format) {
        return Ok(Look::On(Place::Sample(hour.extent().end_sample)));
    }
    let (extent, marks) = disk.archive.indexed(&hour)?;
    let index = index_of(&marks, place).unwrap_or(0);
    let crowded = !CACHE.lock().is_roomy();
    let ahead = if crowded { AHEAD_CROWDED } else { AHEAD };
    find(&hour, extent, &marks, index, ahead, place)
}

/// The place of the first packet that may be heard, from the mark at `index` on.
fn find(
    hour: &Arc<HourFile>,
    extent: Extent,
    marks: &[Mark],
    index: usize,
    ahead: usize,
    place: Place,
) -> io::Result<Look> {
    let mut before = None;
    for start in (index..marks.len()).step_by(ahead) {
        let mut found = pieces(hour, extent, marks, start..start + ahead)?;
        let rate = hour.format.sample_rate;
        let skipped = found.iter().take_while(|piece| match place {
            Place::Sample(sample) => {
                piece.sample < sample || (before.is_none() && piece.sample > sample && !piece.entry)
            }
            Place::Time(at) => piece.first < at || !piece.entry,
        });
        let skip = skipped.count();
        if let Some(last) = skip.checked_sub(1).and_then(|last| found.get(last)) {
            before = Some(last.end(rate));
        }
        found.drain(..skip);
        if found.iter().all(|piece| piece.samples == 0) {
            continue;
        }
        let then = marks
            .get(start + ahead)
            .map_or(Place::Sample(extent.end_sample), |mark| Place::Sample(mark.sample));
        let epoch = hour.epoch()?;
        return Ok(Look::Stretch(Stretch { pieces: found, epoch, then, before }));
    }
    Ok(Look::On(Place::Sample(extent.end_sample)))
}

/// The last mark at or before `place`.
pub(crate) fn index_of(marks: &[Mark], place: Place) -> Option<usize> {
    match place {
        // Of several marks at one sample the first: packets that play nothing come with it.
        Place::Sample(sample) => {
            let after = marks.partition_point(|mark| mark.sample <= sample);
            let at = marks.partition_point(|mark| mark.sample < sample);
            if at < after { Some(at) } else { at.checked_sub(1) }
        }
        Place::Time(at) => marks.partition_point(|mark| mark.time <= at).checked_sub(1),
    }
}

/// Where the file behind the one that `place` is in begins.
fn after_file(disk: &Disk, place: Place) -> Option<Place> {
    let hour = match place {
        Place::Sample(sample) => disk.archive.at_sample(sample)?,
        Place::Time(at) => disk.archive.since(at).into_iter().next()?,
    };
    Some(Place::Sample(hour.extent().end_sample))
}

/// Where somebody who asked for `at` begins, by the disk: the first entry point that is public.
pub(crate) fn seek(shared: &Shared, at: ProgrammeTime) -> Option<(Cursor, ProgrammeTime)> {
    let disk = shared.disk.as_ref()?;
    let closed = shared.ring.read().closed.clone();
    let mut from = at;
    'files: for hour in disk.archive.since(at) {
        if !counts(hour.format) {
            continue;
        }
        let Ok((extent, marks)) = disk.archive.indexed(&hour) else { continue };
        let mut start = index_of(&marks, Place::Time(from)).unwrap_or(0);
        while start < marks.len() {
            let Ok(found) = pieces(&hour, extent, &marks, start..start + 1) else {
                continue 'files;
            };
            for piece in &found {
                if piece.first < from || !piece.entry {
                    continue;
                }
                let end = piece.end(hour.format.sample_rate);
                match closed.shuts(piece.first, end, Listening::Again) {
                    Some(span) => from = span.to(),
                    None => return Some((Cursor::sample(piece.sample), piece.first)),
                }
            }
            // Pass over a long closed span without reading it.
            let skip = index_of(&marks, Place::Time(from)).unwrap_or(0);
            start = (start + 1).max(skip);
        }
    }
    None
}
