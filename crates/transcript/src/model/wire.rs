//! How a block stands in JSON: one flat object with the same fields for every kind, so that who
//! prints a transcript needs `paragraphs` only, and who counts turns needs `kind` only.

use serde::{Deserialize, Serialize};

use super::block::{Block, Clip, Content, Cue, CueKind, Gap, Paragraph, Timestamp, Turn};
use super::{Evidence, Id, MemberId, Millis, Place, TimeSpan};

#[derive(Serialize, Deserialize)]
pub(crate) struct BlockWire {
    id: Id,
    kind: Kind,
    #[serde(default)]
    speaker: Option<MemberId>,
    #[serde(default)]
    label: Option<String>,
    /// Of a cue or timestamp: its text as printed, under the block's own id.
    #[serde(default)]
    paragraphs: Vec<Paragraph>,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default)]
    inferred: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<Evidence>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cue: Option<CueKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    artists: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clip: Option<Clip>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confidence: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<Millis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<Millis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Turn,
    Cue,
    Timestamp,
    Gap,
}

impl From<Block> for BlockWire {
    fn from(block: Block) -> Self {
        let mut wire = Self {
            id: block.id,
            kind: Kind::Turn,
            speaker: None,
            label: None,
            paragraphs: Vec::new(),
            notes: Vec::new(),
            inferred: false,
            evidence: Vec::new(),
            cue: None,
            text: None,
            artists: Vec::new(),
            title: None,
            language: None,
            clip: None,
            confidence: None,
            start: block.time.map(|time| time.start),
            end: block.time.and_then(|time| time.end),
            place: block.place,
        };
        match block.content {
            Content::Turn(turn) => {
                wire.speaker = turn.speaker;
                wire.label = turn.label;
                wire.paragraphs = turn.paragraphs;
                wire.notes = turn.notes;
                wire.inferred = turn.inferred;
                wire.evidence = turn.evidence;
                wire.language = turn.language;
                wire.clip = turn.clip;
                wire.confidence = turn.confidence;
            }
            Content::Cue(cue) => {
                wire.paragraphs = vec![printed(&wire.id, &cue.text)];
                wire.kind = Kind::Cue;
                wire.cue = Some(cue.kind);
                wire.artists = cue.artists;
                wire.title = cue.title;
                wire.text = Some(cue.text);
            }
            Content::Timestamp(Timestamp { text }) => {
                wire.paragraphs = vec![printed(&wire.id, &text)];
                wire.kind = Kind::Timestamp;
                wire.text = Some(text);
            }
            Content::Gap(Gap { evidence }) => {
                wire.kind = Kind::Gap;
                wire.inferred = true;
                wire.evidence = evidence;
            }
        }
        wire
    }
}

fn printed(id: &Id, text: &str) -> Paragraph {
    Paragraph { id: id.clone(), ..Paragraph::new(text) }
}

impl TryFrom<BlockWire> for Block {
    type Error = &'static str;

    fn try_from(wire: BlockWire) -> Result<Self, Self::Error> {
        let printed = wire.text.unwrap_or_default();
        let content = match wire.kind {
            Kind::Turn => Content::Turn(Turn {
                speaker: wire.speaker,
                label: wire.label,
                paragraphs: wire.paragraphs,
                notes: wire.notes,
                language: wire.language,
                clip: wire.clip,
                inferred: wire.inferred,
                evidence: wire.evidence,
                confidence: wire.confidence,
            }),
            Kind::Cue => Content::Cue(Cue {
                kind: wire.cue.ok_or("a block of the kind \"cue\" needs the field \"cue\"")?,
                text: printed,
                artists: wire.artists,
                title: wire.title,
            }),
            Kind::Timestamp => Content::Timestamp(Timestamp { text: printed }),
            Kind::Gap => Content::Gap(Gap { evidence: wire.evidence }),
        };
        let time = wire.start.map(|start| TimeSpan::new(start, wire.end));
        Ok(Self { id: wire.id, place: wire.place, time, content })
    }
}
