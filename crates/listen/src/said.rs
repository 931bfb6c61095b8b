//! What a source says of what it sends.

/// What a mount's source says of its stream (`ice-*`): told to listeners where the lineup says
/// nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// One line about it.
    pub description: Option<String>,
    /// Its genre.
    pub genre: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// Its bit rate in kbit/s.
    pub bitrate: Option<u32>,
}
