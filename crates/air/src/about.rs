//! What a source says of its stream.

use crate::SourceHello;
use crate::title::clean;

/// What a source or a relay says of its stream (`ice-*`, `icy-*`): for listeners, where the
/// configuration says nothing. Without control characters, and of at most 1 KiB each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// `ice-name`
    pub name: Option<String>,
    /// `ice-description`
    pub description: Option<String>,
    /// `ice-genre`
    pub genre: Option<String>,
    /// `ice-url`
    pub url: Option<String>,
    /// `ice-bitrate`, `icy-br` or what `ice-audio-info` says, in kbit/s.
    pub bitrate: Option<u32>,
    /// `ice-public`, `icy-pub`
    pub public: Option<bool>,
}

impl About {
    pub(crate) fn of(hello: &SourceHello) -> Self {
        let info = hello.all_info();
        let said = |names: &[&str]| {
            let (_, value) = info.iter().find(|(name, _)| names.contains(&name.as_str()))?;
            clean(value)
        };
        let bitrate = said(&["ice-bitrate", "icy-br", "bitrate"]);
        let public = said(&["ice-public", "icy-pub"]);
        Self {
            name: said(&["ice-name", "icy-name"]),
            description: said(&["ice-description", "icy-description"]),
            genre: said(&["ice-genre", "icy-genre"]),
            url: said(&["ice-url", "icy-url"]),
            // Of a variable rate, encoders say words.
            bitrate: bitrate.and_then(|text| text.parse().ok()).filter(|rate| *rate > 0),
            public: public.map(|text| text == "1"),
        }
    }
}
