//! Titles: what is playing.

use airtime::ProgrammeTime;
use encoding_rs::Encoding;
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

impl RawTitle {
    /// The title that the fields make, decoded from the character set that the request names,
    /// else from the mount's, else as UTF-8 where that is valid, else as Windows-1252. Byte order
    /// marks and control characters are left out, and every text is cut at 1 KiB.
    pub fn decode(&self, mount_charset: Option<&str>, received: ProgrammeTime) -> Title {
        let charset = self.charset.as_deref().or(mount_charset).and_then(encoding_of);
        let field = |name: &str| {
            let (_, bytes) = self.fields.iter().find(|(known, _)| known == name)?;
            clean(&decoded(bytes, charset))
        };
        let mut title = Title {
            artist: field("artist"),
            title: field("title"),
            album: field("album"),
            label: field("label"),
            isrc: field("isrc"),
            composer: field("composer"),
            url: field("url"),
            raw: String::new(),
            source: self.source.to_owned(),
            received: Some(received),
        };
        match field("song") {
            Some(song) => {
                if title.artist.is_none() && title.title.is_none() {
                    (title.artist, title.title) = split(&song);
                }
                title.raw = song;
            }
            None => title.raw = title.line(),
        }
        title
    }
}

/// `Artist - Title`; text without a hyphen between spaces is a title alone.
fn split(song: &str) -> (Option<String>, Option<String>) {
    match song.split_once(" - ") {
        Some((artist, title)) if !artist.trim().is_empty() && !title.trim().is_empty() => {
            (Some(artist.trim().to_owned()), Some(title.trim().to_owned()))
        }
        _ => (None, Some(song.to_owned())),
    }
}

/// The character set of this name; UTF-16 without a byte order mark is not sent in titles.
fn encoding_of(name: &str) -> Option<&'static Encoding> {
    Encoding::for_label(name.trim().as_bytes())
}

fn decoded(bytes: &[u8], charset: Option<&'static Encoding>) -> String {
    let bytes = &bytes[..bytes.len().min(LONGEST * 4)];
    if let Some(charset) = charset {
        return charset.decode(bytes).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // Cut in the middle of a character, which is beyond what is kept anyway.
        Err(error) if error.error_len().is_none() && bytes.len() > LONGEST => {
            String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned()
        }
        Err(_) => encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned(),
    }
}

/// Text without byte order marks and control characters, trimmed and cut at 1 KiB; `None` if
/// nothing is left.
pub(crate) fn clean(text: &str) -> Option<String> {
    let mut kept = String::with_capacity(text.len().min(LONGEST));
    for c in text.chars().filter(|c| *c != '\u{feff}') {
        // What separated words goes on separating them.
        let c = if c.is_control() { ' ' } else { c };
        if kept.len() + c.len_utf8() > LONGEST {
            break;
        }
        if !(c == ' ' && (kept.is_empty() || kept.ends_with(' '))) {
            kept.push(c);
        }
    }
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// A title's texts have at most so many bytes of UTF-8.
const LONGEST: usize = 1024;
