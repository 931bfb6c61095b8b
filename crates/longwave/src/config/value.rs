//! Kinds of values that the configuration writes its own way.

use std::fmt;
use std::time::Duration;

use codec::Codec;
use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, de};

/// A length of time: `"6s"`, `"1h 30m"`, `"7 days"` is not one (days vary), `"168h"` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Length(pub(crate) Duration);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl de::Visitor<'_> for Reader {
            type Value = Length;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a length of time in quotes, such as \"6s\" or \"1h 30m\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Length, E> {
                text.parse::<SignedDuration>()
                    .ok()
                    .and_then(|length| Duration::try_from(length).ok())
                    .map(Length)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

/// A number of bytes: `"500 MB"`, `"20 GiB"`, `"1 TiB"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

impl Size {
    const UNITS: [(&str, u64); 8] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("TiB", 1 << 40),
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
    ];

    fn parse(text: &str) -> Option<u64> {
        let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
        let (_, factor) = Self::UNITS.iter().find(|(name, _)| *name == unit.trim())?;
        number.parse::<u64>().ok()?.checked_mul(*factor)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl de::Visitor<'_> for Reader {
            type Value = Size;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number of bytes in quotes with its unit, such as \"20 GiB\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Size, E> {
                Size::parse(text)
                    .map(Size)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

/// What a user may do: `"source /news.mp3"`, `"source *"`, `"relay"`, `"admin"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// Send audio and titles to the mount at this path.
    Source(String),
    /// Send audio and titles to every mount.
    AnySource,
    /// List the mounts as a relay does.
    Relay,
    /// Administer.
    Admin,
}

impl Right {
    /// Reads a right as it is written.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["source", "*"] => Some(Self::AnySource),
            ["source", path] if path.starts_with('/') => Some(Self::Source((*path).to_owned())),
            ["relay"] => Some(Self::Relay),
            ["admin"] => Some(Self::Admin),
            _ => None,
        }
    }
}

/// An encoding by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CodecName {
    Mp3,
    Aac,
    Ogg,
    WebM,
    Opaque,
}

impl From<CodecName> for Codec {
    fn from(name: CodecName) -> Self {
        match name {
            CodecName::Mp3 => Self::Mp3,
            CodecName::Aac => Self::Aac,
            CodecName::Ogg => Self::Ogg,
            CodecName::WebM => Self::WebM,
            CodecName::Opaque => Self::Opaque,
        }
    }
}
