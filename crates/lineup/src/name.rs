//! Names: of stations, streams, renditions and mounts.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Paths that belong to the site: no mount may be one of them or lie below one of them.
const RESERVED: &[&str] = &[
    "admin",
    "admin.cgi",
    "api",
    "apple-touch-icon.png",
    "assets",
    "calendar",
    "contributors",
    "corrections",
    "desk",
    "embed",
    "episodes",
    "events",
    "favicon.ico",
    "feeds",
    "health",
    "hls",
    "listen",
    "manifest.webmanifest",
    "metrics",
    "oembed",
    "people",
    "robots.txt",
    "schedule",
    "search",
    "shows",
    "sitemap.xml",
    "status-json.xsl",
    "status.xsl",
    "stories",
    "tags",
    "text",
    ".well-known",
];

/// Endings that are made for every mount (`/news.mp3.m3u`), so that no mount may have them.
const GENERATED: &[&str] = &[".m3u", ".m3u8", ".pls", ".xspf", ".xsl", ".vclt"];

/// The URL path of a rendition: what sources send to and listeners ask for, such as `/news.mp3`.
///
/// Starts with `/`; at most 128 bytes of ASCII letters, digits, `.`, `-`, `_`, `~` and `/`; no
/// empty, `.` or `..` segment; none of the site's own paths, and none of the endings that are
/// generated for every mount.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MountPath(Arc<str>);

impl MountPath {
    /// Checks `path` and keeps it.
    ///
    /// # Errors
    /// [`NameError`] names the rule that the path breaks.
    pub fn new(path: &str) -> Result<Self, NameError> {
        let refuse = |rule| Err(NameError { name: path.chars().take(128).collect(), rule });
        let Some(rest) = path.strip_prefix('/') else {
            return refuse("a mount starts with `/`");
        };
        if path.len() > 128 {
            return refuse("a mount has at most 128 characters");
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || ".-_~/".contains(c);
        if !rest.chars().all(allowed) {
            return refuse("a mount has only letters, digits, and `.` `-` `_` `~` `/`");
        }
        if rest.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            return refuse("a mount has no empty, `.` or `..` segment");
        }
        let first = rest.split('/').next().unwrap_or_default();
        if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(first)) {
            return refuse("this path belongs to the site itself");
        }
        let lower = rest.to_ascii_lowercase();
        if GENERATED.iter().any(|ending| lower.ends_with(ending)) {
            return refuse("playlists with this ending are generated for every mount");
        }
        Ok(Self(path.into()))
    }

    /// The path, with its leading `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MountPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for MountPath {
    type Err = NameError;

    fn from_str(path: &str) -> Result<Self, NameError> {
        Self::new(path)
    }
}

impl TryFrom<String> for MountPath {
    type Error = NameError;

    fn try_from(path: String) -> Result<Self, NameError> {
        Self::new(&path)
    }
}

impl From<MountPath> for String {
    fn from(path: MountPath) -> Self {
        path.0.as_ref().to_owned()
    }
}

/// A name that is also a folder and a part of URLs: 1 to 64 lower-case letters, digits and
/// hyphens, beginning with a letter or digit.
macro_rules! slug {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// 1 to 64 lower-case ASCII letters, digits and hyphens; the first is no hyphen.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks `name` and keeps it.
            ///
            /// # Errors
            /// [`NameError`] names the rule that the name breaks.
            pub fn new(name: &str) -> Result<Self, NameError> {
                check_slug(name)?;
                Ok(Self(name.into()))
            }

            /// The name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(name: &str) -> Result<Self, NameError> {
                Self::new(name)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(name: String) -> Result<Self, NameError> {
                Self::new(&name)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.as_ref().to_owned()
            }
        }
    };
}

slug!(
    /// A station's short name, usually its call sign: `kosk`.
    StationId
);
slug!(
    /// A stream's short name, unique in its station: `news`.
    StreamId
);
slug!(
    /// A rendition's short name, unique in its stream: `mp3-128`.
    RenditionId
);

fn check_slug(name: &str) -> Result<(), NameError> {
    let refuse = |rule| Err(NameError { name: name.chars().take(64).collect(), rule });
    if name.is_empty() || name.len() > 64 {
        return refuse("a name has 1 to 64 characters");
    }
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if name.starts_with('-') || !name.bytes().all(allowed) {
        return refuse("a name has only lower-case letters, digits and inner hyphens");
    }
    Ok(())
}

/// A name breaks one of its rules.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{name}` can't be used: {rule}")]
pub struct NameError {
    name: String,
    rule: &'static str,
}
