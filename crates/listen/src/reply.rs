//! Heads of replies.

use std::fmt::Write as _;
use std::sync::Arc;

use airtime::{ProgrammeTime, Span};
use codec::{Codec, Format};
use door::{Reply, Version};

use crate::{MountSetup, Said};

/// What browsers may send with a request from another site's page.
const ALLOW_HEADERS: &str = "Origin, Accept, X-Requested-With, Content-Type, Icy-MetaData, Range, \
                             Authorization";

/// What scripts of another site's page may read of a reply.
const EXPOSE_HEADERS: &str = "Icy-MetaInt, Icy-Br, Icy-Name, Icy-Description, Icy-Genre, Icy-Url, \
                              Icy-Pub, Icy-Sr, Ice-Audio-Info, Longwave-From, Longwave-Hole, \
                              Longwave-Window";

/// What the head of a stream says, beside what the mount says.
#[derive(Debug)]
pub(crate) struct StreamHead {
    pub(crate) version: Version,
    pub(crate) format: Format,
    /// What the source says that it is, where the format doesn't.
    pub(crate) content_type: Option<Arc<str>>,
    /// Bytes of audio between two titles, where the listener asked for them.
    pub(crate) interval: Option<u32>,
    /// When the first byte sent is heard.
    pub(crate) starts: Option<ProgrammeTime>,
    /// The time asked for lies in a hole.
    pub(crate) hole: Option<Span>,
}

impl StreamHead {
    /// The head, up to and with its empty line. Never chunked, of no length: the audio goes on
    /// until one of both closes.
    pub(crate) fn to_bytes(&self, setup: &MountSetup, said: &Said) -> Vec<u8> {
        let version = if self.version == Version::Http11 { "HTTP/1.1" } else { "HTTP/1.0" };
        let mut out = format!("{version} 200 OK\r\n");
        let mut line = |name: &str, value: &str| {
            let value = value.chars().filter(|c| !c.is_control());
            out.push_str(name);
            out.push_str(": ");
            out.extend(value);
            out.push_str("\r\n");
        };
        line("Server", concat!("Longwave/", env!("CARGO_PKG_VERSION")));
        line("Connection", "close");
        let own = self.format.codec.content_type();
        line("Content-Type", self.content_type.as_deref().unwrap_or(own));
        line("Cache-Control", "no-cache, no-store");
        line("Expires", "Mon, 26 Jul 1997 05:00:00 GMT");
        line("Pragma", "no-cache");
        line("Accept-Ranges", "none");
        line("Access-Control-Allow-Origin", "*");
        line("Access-Control-Expose-Headers", EXPOSE_HEADERS);
        let stream = &setup.stream;
        for (name, value, said) in [
            ("icy-name", &stream.name, None),
            ("icy-description", &stream.description, said.description.as_deref()),
            ("icy-genre", &stream.genre, said.genre.as_deref()),
            ("icy-url", &stream.url, said.url.as_deref()),
        ] {
            match (value.as_str(), said) {
                ("", Some(said)) => line(name, said),
                ("", None) => {}
                (value, _) => line(name, value),
            }
        }
        line("icy-pub", if setup.mount.listed { "1" } else { "0" });
        let mut info = String::new();
        if let Some(bitrate) = setup.rendition.bitrate.or(said.bitrate) {
            line("icy-br", &bitrate.to_string());
            // Writing to a string can't fail.
            let _ = write!(info, "bitrate={bitrate};");
        }
        if self.format.sample_rate > 0 {
            line("icy-sr", &self.format.sample_rate.to_string());
            let _ = write!(info, "samplerate={};", self.format.sample_rate);
        }
        if self.format.channels > 0 {
            let _ = write!(info, "channels={};", self.format.channels);
        }
        if !info.is_empty() {
            line("ice-audio-info", info.trim_end_matches(';'));
        }
        if let Some(interval) = self.interval {
            line("icy-metaint", &interval.to_string());
        }
        if let Some(starts) = self.starts {
            line("Longwave-From", &starts.to_string());
        }
        if let Some(hole) = self.hole {
            line("Longwave-Hole", &format!("{}/{}", hole.from(), hole.to()));
        }
        out.push_str("\r\n");
        out.into_bytes()
    }
}

/// Whether titles can stand between the bytes of this codec: containers carry their own.
pub(crate) fn takes_titles(codec: Codec) -> bool {
    !matches!(codec, Codec::Ogg | Codec::WebM)
}

/// A short reply that any page may read.
pub(crate) fn short(status: u16, reason: &'static str, text: impl Into<String>) -> Reply {
    Reply::text(status, reason, text)
        .header("Access-Control-Allow-Origin", "*")
        .header("Access-Control-Expose-Headers", EXPOSE_HEADERS)
}

/// The answer to `OPTIONS`.
pub(crate) fn options() -> Reply {
    Reply::text(204, "No Content", "")
        .header("Access-Control-Allow-Origin", "*")
        .header("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
        .header("Access-Control-Allow-Headers", ALLOW_HEADERS)
        .header("Access-Control-Expose-Headers", EXPOSE_HEADERS)
        .header("Access-Control-Max-Age", "86400")
        .header("Allow", "GET, HEAD, OPTIONS")
}
