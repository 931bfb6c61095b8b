//! What a deck can put on the air.

use std::fmt;
use std::time::Duration;

use airtime::ProgrammeTime;
use codec::Packet;
use tape::Epoch;

use crate::Title;

/// Something that a deck can put on the air: a connected source, a relay, another mount, a loop.
pub(crate) trait Feed: fmt::Debug {
    /// It isn't on the air; could it go on now?
    fn ready(&mut self, now: ProgrammeTime) -> bool;

    /// Goes on the air: what it gives next is timed from `from` on, without a gap.
    fn start(&mut self, from: ProgrammeTime, now: ProgrammeTime);

    /// It is on the air, and what it had is used up; `alone`: nothing else could take its place,
    /// so that it is given more time.
    fn is_dry(&self, now: ProgrammeTime, alone: bool) -> bool;

    /// Goes off the air: it ran dry, or something better came.
    fn stop(&mut self);

    /// The next thing whose time has come.
    fn next_due(&mut self, now: ProgrammeTime) -> Option<Due>;

    /// What its next packet is encoded as.
    fn epoch(&self) -> Option<&Epoch>;

    /// What it is playing, as far as it said.
    fn title(&self) -> Option<Title>;

    /// What it played before that, and how much audio ago that ended.
    fn title_before(&self) -> Option<(Title, Duration)> {
        None
    }

    /// Does it tell titles of its own?
    fn tells_titles(&self) -> bool {
        true
    }
}

/// What a feed gives to the tape.
#[derive(Debug)]
pub(crate) enum Due {
    /// The packets that follow are of another epoch: [`Feed::epoch`].
    Epoch,
    /// What follows is called so.
    Title(Title),
    /// A packet, and when it is on the air.
    Packet {
        packet: Packet,
        /// It is what followed the last packet in its stream.
        joined: bool,
        at: ProgrammeTime,
        /// When the next one begins.
        end: ProgrammeTime,
    },
}
