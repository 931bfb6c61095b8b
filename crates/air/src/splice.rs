//! Splices: what one input's frames lean on is not what another's left behind.

use airtime::ProgrammeTime;
use codec::mp3::Splicer;
use codec::{Codec, Packet};
use lineup::MountPath;
use serde::{Deserialize, Serialize};
use tape::Discontinuity;

/// The payload of a `splice` event: something else went on the air.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Splice {
    /// On this mount.
    pub mount: MountPath,
    /// What is on the air from here on: `source`, `relay`, `mount /x`, `loop y`.
    pub on_air: String,
    /// Why an unbroken run ended.
    pub why: Discontinuity,
    /// Frames from here on that were made silent, because what they lean on is not there.
    pub silenced: u32,
}

impl Splice {
    /// The kind of event that carries a `Splice`.
    pub const KIND: &'static str = "splice";
}

/// Keeps MP3 frames from leaning on main data from before a splice: a decoder would play noise,
/// and report nothing.
#[derive(Debug, Default)]
pub(crate) struct Seam {
    splicer: Splicer,
    silenced: u32,
    /// The event to be written down when it is known how many frames were silenced.
    event: Option<(ProgrammeTime, Splice)>,
}

impl Seam {
    /// What follows is not what followed in its stream.
    pub(crate) fn broken(&mut self) {
        self.splicer.restart();
    }

    /// Another run begins.
    pub(crate) fn begin(&mut self, at: ProgrammeTime, event: Splice) {
        self.broken();
        self.silenced = 0;
        self.event = Some((at, event));
    }

    /// No later frame can lack anything.
    pub(crate) fn is_settled(&self) -> bool {
        self.splicer.is_settled()
    }

    /// The event of the last splice, once.
    pub(crate) fn take_event(&mut self) -> Option<(ProgrammeTime, Splice)> {
        let (at, event) = self.event.take()?;
        Some((at, Splice { silenced: self.silenced, ..event }))
    }

    /// The packet as it may go on the tape.
    pub(crate) fn mend(&mut self, codec: Codec, packet: Packet) -> Packet {
        if codec != Codec::Mp3 {
            return packet;
        }
        let before = packet.bytes.as_ptr();
        let packet = self.splicer.splice(packet);
        if packet.bytes.as_ptr() != before {
            self.silenced += 1;
        }
        packet
    }
}
