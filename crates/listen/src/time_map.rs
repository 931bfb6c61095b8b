//! Second of media → programme time, for players that ask what they hear.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use airtime::{MediaOffset, Monotonic, ProgrammeTime};
use parking_lot::Mutex;
use serde::Serialize;

/// Entries kept for one player; the oldest go first.
const ENTRIES: usize = 256;

/// Players whose maps are kept, at most.
const PLAYERS: usize = 20_000;

/// A map is kept for so long after its player left.
const KEPT: Duration = Duration::from_secs(600);

/// A run of blocks goes on in the same entry while it is no further off than this.
const TOLERANCE: Duration = Duration::from_millis(20);

/// Second of media → programme time, for one player.
#[derive(Clone, Debug, Serialize)]
pub struct TimeMap {
    /// In order of media offset; each holds until the next.
    pub entries: Vec<TimeMapEntry>,
}

/// From this offset on, media plays this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TimeMapEntry {
    /// Playing time since the first byte sent, microseconds.
    pub media: MediaOffset,
    /// What is heard there.
    pub at: ProgrammeTime,
}

impl TimeMap {
    /// What is heard at `media`; `None` before the first entry that is kept.
    pub fn at(&self, media: MediaOffset) -> Option<ProgrammeTime> {
        let after = self.entries.partition_point(|entry| entry.media <= media);
        let entry = self.entries[..after].last()?;
        let on = media.as_micros() - entry.media.as_micros();
        Some(entry.at.saturating_add(Duration::from_micros(on)))
    }
}

/// One player's map while it grows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drawing(Arc<Mutex<Drawn>>);

#[derive(Debug, Default)]
struct Drawn {
    entries: VecDeque<TimeMapEntry>,
    /// Playing time sent.
    media: Duration,
}

impl Drawing {
    /// Audio that is heard from `first` on, playing for `length`, was sent.
    pub(crate) fn add(&self, first: ProgrammeTime, length: Duration) {
        let mut drawn = self.0.lock();
        let media = micros(drawn.media);
        let expected = drawn.entries.back().map(|last| {
            last.at.saturating_add(Duration::from_micros(media - last.media.as_micros()))
        });
        let goes_on = expected.is_some_and(|expected| {
            u128::from(expected.micros_since(first).unsigned_abs()) <= TOLERANCE.as_micros()
        });
        if !goes_on {
            // Where nothing was played in between, the later entry is the one that is heard.
            if drawn.entries.back().is_some_and(|last| last.media.as_micros() == media) {
                drawn.entries.pop_back();
            }
            if drawn.entries.len() == ENTRIES {
                drawn.entries.pop_front();
            }
            drawn
                .entries
                .push_back(TimeMapEntry { media: MediaOffset::from_micros(media), at: first });
        }
        drawn.media += length;
    }

    fn map(&self) -> TimeMap {
        TimeMap { entries: self.0.lock().entries.iter().copied().collect() }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The maps of all players, by the name that each gave itself.
#[derive(Debug, Default)]
pub(crate) struct TimeMaps(Mutex<Players>);

#[derive(Debug, Default)]
struct Players {
    maps: HashMap<Arc<str>, Kept>,
    /// Who left, in the order in which they did. Who came back is in here still.
    left: VecDeque<(Monotonic, Arc<str>)>,
}

#[derive(Debug)]
struct Kept {
    drawing: Drawing,
    left: Option<Monotonic>,
}

impl TimeMaps {
    /// A player begins, or begins again: what it had is replaced. Where there are too many, the map
    /// goes of the one who left longest ago. `None`: too many are still there.
    pub(crate) fn begin(self: &Arc<Self>, sid: &str, now: Monotonic) -> Option<MapHandle> {
        let mut players = self.0.lock();
        while let Some((left, _)) = players.left.front() {
            let is_full = players.maps.len() >= PLAYERS && !players.maps.contains_key(sid);
            if now < *left + KEPT && !is_full {
                break;
            }
            players.forget_first();
        }
        if players.maps.len() >= PLAYERS && !players.maps.contains_key(sid) {
            return None;
        }
        let (drawing, sid) = (Drawing::default(), Arc::<str>::from(sid));
        players.maps.insert(sid.clone(), Kept { drawing: drawing.clone(), left: None });
        Some(MapHandle { maps: self.clone(), sid, drawing })
    }

    /// The map of `sid`.
    pub(crate) fn of(&self, sid: &str, now: Monotonic) -> Option<TimeMap> {
        let players = self.0.lock();
        let known = players.maps.get(sid);
        let kept = known.filter(|kept| kept.left.is_none_or(|left| now < left + KEPT))?;
        Some(kept.drawing.map())
    }
}

impl Players {
    /// Forgets who left first, unless they came back.
    fn forget_first(&mut self) {
        let Some((left, sid)) = self.left.pop_front() else { return };
        if self.maps.get(&sid).is_some_and(|kept| kept.left == Some(left)) {
            self.maps.remove(&sid);
        }
    }
}

/// A seat's hold on its player's map.
#[derive(Debug)]
pub(crate) struct MapHandle {
    maps: Arc<TimeMaps>,
    sid: Arc<str>,
    drawing: Drawing,
}

impl MapHandle {
    /// See [`Drawing::add`].
    pub(crate) fn add(&self, first: ProgrammeTime, length: Duration) {
        self.drawing.add(first, length);
    }

    /// The player left: its map is kept for some minutes.
    pub(crate) fn leave(&self, now: Monotonic) {
        let mut players = self.maps.0.lock();
        // Another connection may have begun under the same name meanwhile.
        if let Some(kept) = players.maps.get_mut(&self.sid)
            && Arc::ptr_eq(&kept.drawing.0, &self.drawing.0)
        {
            kept.left = Some(now);
            players.left.push_back((now, self.sid.clone()));
        }
    }
}
