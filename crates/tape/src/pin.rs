//! What must be kept beside the rewind window.

use std::path::{Path, PathBuf};

use airtime::{ProgrammeTime, Span};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::block::id_at;
use crate::ledger::Ledger;
use crate::{TapeError, ledger};

/// Names a pin or a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PinId(Uuid);

/// Why a span is kept beside the rewind window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// An episode or a clip refers to it.
    Pinned,
    /// The law, or a lawyer, says so.
    Held,
}

/// A span whose hours are kept until it is lifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// Its name.
    pub id: PinId,
    /// What is kept: all hours that have a part in it, whole.
    pub span: Span,
    /// In which class.
    pub keep: Keep,
    /// Why.
    pub why: String,
}

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case")]
enum Line {
    Keep(Pin),
    Lift { id: PinId },
}

/// The file of what must be kept.
pub(crate) const PINS_FILE: &str = "pins.jsonl";

/// All pins of a tape, and the file that they are written down in.
#[derive(Debug)]
pub(crate) struct Pins {
    path: PathBuf,
    pins: Vec<Pin>,
    /// Some lines can't be read: any hour may be one that must be kept, so that all are.
    damage: Option<String>,
}

impl Pins {
    pub(crate) fn open(dir: &Path) -> Self {
        let path = dir.join(PINS_FILE);
        let mut pins: Vec<Pin> = Vec::new();
        let Ledger { entries, damage } = ledger::read(&path);
        for line in entries {
            match line {
                Line::Keep(pin) => pins.push(pin),
                Line::Lift { id } => pins.retain(|pin| pin.id != id),
            }
        }
        Self { path, pins, damage }
    }

    pub(crate) fn add(
        &mut self,
        span: Span,
        keep: Keep,
        why: &str,
        now: ProgrammeTime,
    ) -> Result<PinId, TapeError> {
        let pin = Pin { id: PinId(id_at(now)), span, keep, why: why.to_owned() };
        ledger::add(&self.path, &Line::Keep(pin.clone()))?;
        let id = pin.id;
        self.pins.push(pin);
        Ok(id)
    }

    /// `false` if there is no such pin.
    pub(crate) fn lift(&mut self, id: PinId) -> Result<bool, TapeError> {
        if !self.pins.iter().any(|pin| pin.id == id) {
            return Ok(false);
        }
        ledger::add(&self.path, &Line::Lift { id })?;
        self.pins.retain(|pin| pin.id != id);
        Ok(true)
    }

    /// Why it isn't known what must be kept, if so.
    pub(crate) fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }

    pub(crate) fn all(&self) -> Vec<Pin> {
        self.pins.clone()
    }

    /// Whether any part of `span` must be kept.
    pub(crate) fn keep(&self, span: Span) -> bool {
        self.damage.is_some() || self.pins.iter().any(|pin| pin.span.intersect(span).is_some())
    }
}
