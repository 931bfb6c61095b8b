//! What a piece of audio is.

use serde::{Deserialize, Serialize};

/// How audio is encoded and wrapped, as far as a listener's player must be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Codec {
    /// MPEG-1/2/2.5 audio (`audio/mpeg`): layer III, and layers I and II where they come as that.
    Mp3,
    /// AAC in ADTS frames (`audio/aac`, `audio/aacp`).
    Aac,
    /// Ogg pages: Opus, Vorbis or FLAC, told by the stream's own headers (`application/ogg`, `audio/ogg`).
    Ogg,
    /// WebM / Matroska clusters (`audio/webm`, `video/webm`).
    WebM,
    /// Anything else: passed through live as received; can't be rewound.
    Opaque,
}

impl Codec {
    /// The codec that a source's `Content-Type` announces; parameters and case are ignored.
    pub fn from_content_type(content_type: &str) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "audio/mpeg" | "audio/mp3" | "audio/x-mpeg" | "audio/mpeg3" => Self::Mp3,
            "audio/aac" | "audio/aacp" | "audio/x-aac" | "audio/x-hx-aac-adts" => Self::Aac,
            "application/ogg" | "audio/ogg" | "video/ogg" | "audio/opus" => Self::Ogg,
            "audio/webm" | "video/webm" | "audio/x-matroska" | "video/x-matroska" => Self::WebM,
            _ => Self::Opaque,
        }
    }

    /// The `Content-Type` that listeners are told.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Mp3 => "audio/mpeg",
            Self::Aac => "audio/aac",
            Self::Ogg => "application/ogg",
            Self::WebM => "audio/webm",
            Self::Opaque => "application/octet-stream",
        }
    }

    /// The ending of a file of it, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::Aac => "aac",
            Self::Ogg => "ogg",
            Self::WebM => "webm",
            Self::Opaque => "bin",
        }
    }
}

/// What a run of frames has in common. Two runs may be spliced only if their formats are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Format {
    /// The encoding.
    pub codec: Codec,
    /// Samples per second and channel; 0 where it can't be known (opaque).
    pub sample_rate: u32,
    /// Channels; 0 where it can't be known (opaque).
    pub channels: u8,
}
