//! What is playing.

use air::Title;
use airtime::ProgrammeTime;
use lineup::{StationId, StreamId};
use serde::Serialize;

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
