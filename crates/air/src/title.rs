//! Titles: what is playing.

use airtime::ProgrammeTime;
use serde::{Deserialize, Serialize};

/// The payload of a `title` event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Title {
    /// Who performs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artist: Option<String>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The album it is from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub album: Option<String>,
    /// The record label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// International Standard Recording Code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isrc: Option<String>,
    /// Who composed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub composer: Option<String>,
    /// A link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The text as it came, decoded: `Artist - Title` where nothing finer was sent.
    pub raw: String,
    /// Who said so: `admin`, `inline`, `ogg`, `relay`, `loop`.
    pub source: String,
    /// When it came in; the event's own time is when it is heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received: Option<ProgrammeTime>,
}

impl Title {
    /// The kind of event that carries a `Title`.
    pub const KIND: &'static str = "title";

    /// As one line, for ICY and lists: `Artist - Title`, or the text as it came.
    pub fn line(&self) -> String {
        match (&self.artist, &self.title) {
            (Some(artist), Some(title)) => format!("{artist} - {title}"),
            (None, Some(title)) => title.clone(),
            _ => self.raw.clone(),
        }
    }
}

/// A title as a source or an administrator sent it: bytes in whatever character set.
#[derive(Clone, Debug, Default)]
pub struct RawTitle {
    /// Named fields (`song`, `artist`, `title`, `album`, `url` …), percent-decoded bytes.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The character set that the request names.
    pub charset: Option<String>,
    /// Who says so: `admin`, `inline`, `ogg`, `relay`.
    pub source: &'static str,
}
