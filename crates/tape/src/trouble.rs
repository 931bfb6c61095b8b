//! What is wrong with a tape beside its recording.

use std::fmt;

use crate::Tape;

/// Something about a tape that a person must see to. The air goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Decisions about who may hear what can't all be read, so that nothing can be listened to
    /// again until the file is put right and the tape opened anew.
    DecisionsUnreadable {
        /// Which line, and why.
        why: String,
    },
    /// What must be kept can't all be read, so that no hour is dropped until the file is put right
    /// and the tape opened anew.
    PinsUnreadable {
        /// Which line, and why.
        why: String,
    },
    /// The hours that are pinned or held alone take more room than the tape may.
    KeptTooMuch {
        /// Bytes of those hours.
        bytes: u64,
        /// What the tape may take.
        limit: u64,
    },
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DecisionsUnreadable { why } => {
                write!(f, "nothing can be listened to again: what is withheld isn't known ({why})")
            }
            Self::PinsUnreadable { why } => {
                write!(f, "no hour is dropped: what must be kept isn't known ({why})")
            }
            Self::KeptTooMuch { bytes, limit } => {
                write!(f, "hours that must be kept take {bytes} bytes of {limit}")
            }
        }
    }
}

impl Tape {
    /// What a person must see to, beside how the [recording](Self::recording) stands: for alarms.
    /// It looks at all hours: not for a pump.
    pub fn troubles(&self) -> Vec<Trouble> {
        let shared = &self.shared;
        let mut found = Vec::new();
        if let Some(why) = &shared.decisions_damage {
            found.push(Trouble::DecisionsUnreadable { why: why.clone() });
        }
        if let Some(disk) = &shared.disk {
            if let Some(why) = disk.pins.lock().damage() {
                found.push(Trouble::PinsUnreadable { why: why.to_owned() });
            }
            let (bytes, limit) = (disk.kept_bytes(), disk.retention.max_bytes);
            if bytes > limit {
                found.push(Trouble::KeptTooMuch { bytes, limit });
            }
        }
        found
    }
}
