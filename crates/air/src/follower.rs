//! Another mount's audio, taken off its tape.

use std::sync::Arc;
use std::time::Duration;

use airtime::{ProgrammeTime, Span};
use codec::Codec;
use lineup::{MountPath, StationId, StreamId};
use tape::{Cursor, Epoch, EventLog, Read, Tape};

use crate::Title;
use crate::feed::{Due, Feed};
use crate::input::{Input, InputSetup};

/// How far behind the other's head it is followed, so that blocks have time to close.
const BEHIND: Duration = Duration::from_secs(1);

/// A mount whose head is older than this has nothing on the air.
const STALE: Duration = Duration::from_millis(1500);

/// Blocks taken at a time.
const MOST_BLOCKS: usize = 64;

/// What can be heard at a mount: its tape and its titles.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) tape: Tape,
    pub(crate) events: EventLog,
    pub(crate) station: StationId,
    pub(crate) stream: StreamId,
}

/// A reader of another mount's tape.
#[derive(Debug)]
pub(crate) struct Follower {
    path: MountPath,
    codec: Codec,
    /// `None` while there is no such mount.
    heard: Option<Heard>,
    /// Its titles are this deck's own: they need no copying.
    same_stream: bool,
    cursor: Option<Cursor>,
    /// Where it left off, and when what it heard there ended.
    left: Option<(Cursor, ProgrammeTime)>,
    epoch: Option<Arc<Epoch>>,
    input: Input,
}

impl Follower {
    pub(crate) fn new(path: MountPath, codec: Codec) -> Self {
        let input = Self::input(&path, codec);
        Self {
            path,
            codec,
            heard: None,
            same_stream: false,
            cursor: None,
            left: None,
            epoch: None,
            input,
        }
    }

    fn input(path: &MountPath, codec: Codec) -> Input {
        Input::new(InputSetup {
            name: path.to_string(),
            codec,
            content_type: None,
            titles: "inline",
            buffer: Duration::ZERO,
            icy_interval: None,
            charset: None,
        })
    }

    pub(crate) fn path(&self) -> &MountPath {
        &self.path
    }

    /// Whom to follow, as things are now.
    pub(crate) fn set_heard(
        &mut self,
        heard: Option<Heard>,
        station: &StationId,
        stream: &StreamId,
    ) {
        self.same_stream =
            heard.as_ref().is_some_and(|it| it.station == *station && it.stream == *stream);
        self.heard = heard;
    }

    /// On the air: takes what is new.
    pub(crate) fn poll(&mut self, now: ProgrammeTime) {
        let (Some(heard), Some(mut cursor)) = (&self.heard, self.cursor) else { return };
        for _ in 0..MOST_BLOCKS {
            if !self.input.has_room() {
                break;
            }
            let read = heard.tape.view().read(cursor);
            match read {
                Read::Block(block) => {
                    if self.epoch.as_ref().is_none_or(|epoch| **epoch != *block.epoch) {
                        self.input.push_fresh(&block.epoch.header, now);
                        self.epoch = Some(block.epoch.clone());
                    }
                    if !self.same_stream {
                        push_titles(&mut self.input, heard, block.first, block.end());
                    }
                    self.input.push(&block.bytes, now);
                    cursor = cursor.after(&block);
                    self.left = Some((cursor, block.end()));
                }
                Read::Gone { resume, .. } if resume != cursor => cursor = resume,
                Read::Gone { .. } | Read::AtHead | Read::Fetching => break,
            }
        }
        self.cursor = Some(cursor);
    }
}

fn push_titles(input: &mut Input, heard: &Heard, from: ProgrammeTime, to: ProgrammeTime) {
    let Ok(span) = Span::new(from, to) else { return };
    for event in heard.events.between(span) {
        if event.kind == Title::KIND
            && let Ok(title) = serde_json::from_value(event.payload)
        {
            input.push_title(title);
        }
    }
}

impl Feed for Follower {
    fn ready(&mut self, now: ProgrammeTime) -> bool {
        let Some(heard) = &self.heard else { return false };
        let right = heard.tape.epoch().is_some_and(|epoch| epoch.format.codec == self.codec);
        // What was heard already is not heard again.
        let heard_until = self.left.map_or(ProgrammeTime::EPOCH, |(_, end)| end);
        right
            && self.codec != Codec::Opaque
            && heard
                .tape
                .head()
                .is_some_and(|head| now.since(head) < STALE && head.since(heard_until) >= BEHIND)
    }

    fn start(&mut self, from: ProgrammeTime, now: ProgrammeTime) {
        self.input = Self::input(&self.path, self.codec);
        self.epoch = None;
        if let Some(heard) = &self.heard {
            let back = heard.tape.head().map_or(now, |head| head.saturating_sub(BEHIND));
            self.cursor = match self.left {
                Some((cursor, end)) if end >= back => Some(cursor),
                _ => Some(heard.tape.behind_head(BEHIND)),
            };
            if !self.same_stream {
                let then = now.saturating_sub(BEHIND);
                let title = heard
                    .events
                    .latest(Title::KIND, then)
                    .and_then(|event| serde_json::from_value(event.payload).ok());
                self.input.remember_title(title);
            }
        }
        self.poll(now);
        self.input.start(from, now);
    }

    fn is_dry(&self, now: ProgrammeTime, alone: bool) -> bool {
        self.heard.is_none() || self.input.is_dry(now, alone)
    }

    fn stop(&mut self) {
        self.cursor = None;
        self.input.stop();
    }

    fn next_due(&mut self, now: ProgrammeTime) -> Option<Due> {
        self.input.next_due(now)
    }

    fn epoch(&self) -> Option<&Epoch> {
        self.input.epoch()
    }

    fn title(&self) -> Option<Title> {
        self.input.title()
    }

    fn tells_titles(&self) -> bool {
        !self.same_stream
    }
}
