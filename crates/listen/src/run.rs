//! A run of blocks off the tape, read once and sent to all who stand at the same place.

use std::sync::Arc;
use std::time::Duration;

use airtime::{ProgrammeTime, Span};
use tape::{Block, Cursor, EventLog, Read, Tape, View};

use crate::entrance::silence;
use crate::icy::TitleBlock;

/// The most bytes that one run holds: bounds what one visit to a seat costs.
const BYTES_LIMIT: usize = 512 * 1024;

/// How many places without audio are passed over in one run.
const GAPS_LIMIT: usize = 16;

/// Titles are known from this long before a run's first block on, for the listener who still has
/// the end of an earlier block to be sent.
const TITLES_BEFORE: Duration = Duration::from_secs(2);

/// Blocks in order, from a cursor on.
#[derive(Debug)]
pub(crate) struct Run {
    /// Where it begins.
    pub(crate) start: Cursor,
    /// The blocks.
    pub(crate) blocks: Vec<Arc<Block>>,
    /// Where to read on.
    pub(crate) next: Cursor,
    /// Why it ends there.
    pub(crate) end: RunEnd,
    /// The newest time on the tape.
    pub(crate) head: Option<ProgrammeTime>,
    /// Main data that a decoder has at its first block; `None`: enough.
    pub(crate) there: Option<usize>,
    /// The same, as whoever asked for the run had it.
    pub(crate) asked: Option<usize>,
    /// What is playing in it; filled in only where somebody asked for titles.
    pub(crate) titles: Option<Titles>,
}

/// Why a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunEnd {
    /// There is no more yet.
    Head,
    /// It is as long as was asked for.
    Enough,
    /// There is more of it than one run holds.
    Full,
    /// What comes next is not to be had; what comes after that is another run.
    Gap,
    /// The rest is being fetched from disk.
    Fetching,
}

impl Run {
    /// Reads on from `start`: at most as long as `playing`, at least one block if there is one.
    /// The tape is locked only while this reads. `there`: what the decoder has to lean on, where
    /// that is not enough for every frame.
    pub(crate) fn read(
        tape: &Tape,
        start: Cursor,
        playing: Option<Duration>,
        there: Option<usize>,
    ) -> Self {
        let head = tape.head();
        let blocks = Vec::with_capacity(12);
        let mut run = Self { blocks, head, there, asked: there, ..Self::empty(start) };
        run.end = run.extend(&tape.view(), playing);
        if let Some(there) = run.there {
            silence(&mut run.blocks, there);
        }
        run
    }

    /// A run without blocks.
    pub(crate) fn empty(start: Cursor) -> Self {
        Self {
            start,
            blocks: Vec::new(),
            next: start,
            end: RunEnd::Head,
            head: None,
            there: None,
            asked: None,
            titles: None,
        }
    }

    fn extend(&mut self, view: &View<'_>, playing: Option<Duration>) -> RunEnd {
        let (mut bytes, mut length, mut gaps) = (0, Duration::ZERO, 0);
        while playing.is_none_or(|most| length < most) {
            if bytes >= BYTES_LIMIT {
                return RunEnd::Full;
            }
            match view.read(self.next) {
                Read::Block(block) => {
                    bytes += block.bytes.len();
                    length += block.duration;
                    self.next = self.next.after(&block);
                    self.blocks.push(block);
                }
                Read::AtHead => return RunEnd::Head,
                Read::Fetching => return RunEnd::Fetching,
                Read::Gone { resume, .. } => {
                    // What comes after it can't lean on what came before: another run.
                    if !self.blocks.is_empty() {
                        return RunEnd::Gap;
                    }
                    self.there = Some(0);
                    gaps += 1;
                    if resume == self.next || gaps > GAPS_LIMIT {
                        return RunEnd::Fetching;
                    }
                    self.next = resume;
                }
            }
        }
        RunEnd::Enough
    }

    /// Looks up what is playing in it.
    pub(crate) fn with_titles(&mut self, events: &EventLog, offset: Duration) {
        if self.titles.is_none() {
            self.titles = Some(Titles::of(&self.blocks, events, offset));
        }
    }
}

/// What is playing from when on, over one run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Titles(Vec<(ProgrammeTime, TitleBlock)>);

impl Titles {
    fn of(blocks: &[Arc<Block>], events: &EventLog, offset: Duration) -> Self {
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else {
            return Self::default();
        };
        let from = first.first.saturating_sub(TITLES_BEFORE);
        let heard = |at: ProgrammeTime| at.saturating_sub(offset);
        let before = events.latest("title", heard(from));
        let mut titles = vec![(from, before.map_or_else(nothing, |event| shown(&event.payload)))];
        if let Ok(span) = Span::new(heard(from), heard(last.end())) {
            for event in events.between(span).iter().filter(|event| event.kind == "title") {
                titles.push((event.at.saturating_add(offset), shown(&event.payload)));
            }
        }
        Self(titles)
    }

    /// What is playing at `at`; `None` before the run.
    pub(crate) fn at(&self, at: ProgrammeTime) -> Option<&TitleBlock> {
        let after = self.0.partition_point(|(from, _)| *from <= at);
        self.0[..after].last().map(|(_, title)| title)
    }
}

fn nothing() -> TitleBlock {
    TitleBlock::new("", None)
}

/// Reads the payload of a `title` event (`air::Title`): `artist`, `title`, `raw`, `url`, all of
/// them optional.
fn shown(payload: &serde_json::Value) -> TitleBlock {
    let text = |name: &str| payload.get(name).and_then(|value| value.as_str());
    let joined;
    let line = match (text("artist"), text("title")) {
        (Some(artist), Some(title)) => {
            joined = format!("{artist} - {title}");
            joined.as_str()
        }
        (None, Some(title)) => title,
        _ => text("raw").unwrap_or_default(),
    };
    TitleBlock::new(line, text("url"))
}
