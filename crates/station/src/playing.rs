//! What is playing.

use air::Title;
use airtime::{ProgrammeTime, Span};
use lineup::{StationId, StreamId};
use serde::Serialize;
use tape::{Event, EventLog};

/// What a stream plays at a moment: a fold of its events at a position, never a global state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NowPlaying {
    /// The station.
    pub station: StationId,
    /// The stream.
    pub stream: StreamId,
    /// Since when, in programme time: a player shows it when its own position has reached this.
    pub at: ProgrammeTime,
    /// What is playing.
    pub title: Title,
}

impl NowPlaying {
    /// Reads a `title` event; any other kind, and a payload that is no title, is `None`.
    pub(crate) fn from_event(
        station: &StationId,
        stream: &StreamId,
        event: &Event,
    ) -> Option<Self> {
        if event.kind != Title::KIND {
            return None;
        }
        let title = serde_json::from_value(event.payload.clone()).ok()?;
        Some(Self { station: station.clone(), stream: stream.clone(), at: event.at, title })
    }
}

/// What `events` say that the stream plays at `at`. A title that says nothing ends the one before
/// it, and then nothing is known to play.
pub(crate) fn at(
    station: &StationId,
    stream: &StreamId,
    events: &EventLog,
    at: ProgrammeTime,
) -> Option<NowPlaying> {
    let event = events.latest(Title::KIND, at)?;
    NowPlaying::from_event(station, stream, &event).filter(|now| !now.title.line().is_empty())
}

/// What was on at `from`, and every title since, up to and with `to`.
pub(crate) fn between(
    station: &StationId,
    stream: &StreamId,
    events: &EventLog,
    from: ProgrammeTime,
    to: ProgrammeTime,
) -> Vec<NowPlaying> {
    let first = events.latest(Title::KIND, from);
    let since = Span::new(
        from.saturating_add(std::time::Duration::from_micros(1)),
        to.saturating_add(std::time::Duration::from_micros(1)),
    );
    let since = since.map(|span| events.between(span)).unwrap_or_default();
    first
        .iter()
        .chain(&since)
        .filter_map(|event| NowPlaying::from_event(station, stream, event))
        .collect()
}
