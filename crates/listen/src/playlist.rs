//! Playlists that lead to mounts: `/news.mp3.m3u` and its kin.

use std::fmt::Write as _;

use crate::MountSetup;

/// In which form a playlist is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlaylistKind {
    /// M3U with `#EXTINF` lines (UTF-8).
    M3u,
    /// PLS, version 2.
    Pls,
    /// XSPF, version 1 (<https://xspf.org/spec>).
    Xspf,
}

impl PlaylistKind {
    /// The kind that a path's ending asks for, and the path without it: `/news.mp3.m3u`.
    pub fn of_path(path: &str) -> Option<(&str, Self)> {
        let endings = [(".m3u", Self::M3u), (".pls", Self::Pls), (".xspf", Self::Xspf)];
        endings.into_iter().find_map(|(ending, kind)| Some((path.strip_suffix(ending)?, kind)))
    }

    /// Its `Content-Type`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::M3u => "audio/x-mpegurl",
            Self::Pls => "audio/x-scpls",
            Self::Xspf => "application/xspf+xml",
        }
    }
}

/// A playlist of `mounts`. `base` (`http://host:port`, no slash at its end) is put in front of the
/// path of each that has no public URL of its own.
pub fn playlist(kind: PlaylistKind, mounts: &[&MountSetup], base: &str) -> String {
    let entries = mounts.iter().map(|setup| {
        let base = setup.public_url.as_deref().unwrap_or(base).trim_end_matches('/');
        (one_line(&format!("{base}{}", setup.mount.path)), one_line(&setup.stream.name))
    });
    // Writing to a string can't fail.
    let mut out = String::new();
    match kind {
        PlaylistKind::M3u => {
            out.push_str("#EXTM3U\r\n");
            for (url, name) in entries {
                let _ = write!(out, "#EXTINF:-1,{name}\r\n{url}\r\n");
            }
        }
        PlaylistKind::Pls => {
            let _ = write!(out, "[playlist]\r\nNumberOfEntries={}\r\n", mounts.len());
            for (n, (url, name)) in entries.enumerate() {
                let n = n + 1;
                let _ = write!(out, "File{n}={url}\r\nTitle{n}={name}\r\nLength{n}=-1\r\n");
            }
            out.push_str("Version=2\r\n");
        }
        PlaylistKind::Xspf => {
            out.push_str(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                 <playlist version=\"1\" xmlns=\"http://xspf.org/ns/0/\">\n<trackList>\n",
            );
            for (url, name) in entries {
                let (url, name) = (escaped(&url), escaped(&name));
                let _ =
                    writeln!(out, "<track><location>{url}</location><title>{name}</title></track>");
            }
            out.push_str("</trackList>\n</playlist>\n");
        }
    }
    out
}

fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
