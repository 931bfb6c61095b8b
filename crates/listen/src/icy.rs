//! Titles between the bytes of audio, as SHOUTcast and Icecast send them: after every `interval`
//! bytes of audio one length byte L, then 16·L bytes of text, padded with zeros. L is 0 where the
//! title is still the one that was sent last.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// The longest text that a length byte can tell of.
pub const TEXT_LIMIT: usize = 255 * 16;

/// What is sent where the title has not changed.
pub const UNCHANGED: &[u8] = &[0];

/// One title, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TitleBlock {
    wire: Arc<[u8]>,
    key: u64,
}

impl TitleBlock {
    /// The block that shows `line`, and `url` where there is one.
    ///
    /// Players read up to `';` and know no escape: an apostrophe before a semicolon or at the end
    /// is sent as a typographic one (U+2019). Control characters are left out. A text that is too
    /// long is cut after a whole character.
    pub fn new(line: &str, url: Option<&str>) -> Self {
        let url = url.map(harmless).filter(|url| url.len() <= TEXT_LIMIT / 4);
        let tail = url.map(|url| format!("StreamUrl='{url}';")).unwrap_or_default();
        let mut line = harmless(line);
        let frame = "StreamTitle='';".len();
        let mut room = TEXT_LIMIT - frame - tail.len();
        if line.len() > room {
            while !line.is_char_boundary(room) {
                room -= 1;
            }
            line.truncate(room);
            // What was inside is at the end now.
            line.truncate(line.trim_end_matches('\'').len());
        }
        let text = format!("StreamTitle='{line}';{tail}");
        let length = text.len().div_ceil(16);
        let mut wire = vec![0; 1 + length * 16];
        wire[0] = u8::try_from(length).unwrap_or(u8::MAX);
        wire[1..=text.len()].copy_from_slice(text.as_bytes());
        let mut hasher = DefaultHasher::new();
        wire.hash(&mut hasher);
        Self { wire: wire.into(), key: hasher.finish() }
    }

    /// The length byte and the padded text.
    pub fn wire(&self) -> &[u8] {
        &self.wire
    }
}

/// Text that can stand between `'` and `';`.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // The opening apostrophe and a semicolon would be an end.
    let text = text.trim_start_matches(|c: char| c == ';' || c.is_control());
    let mut chars = text.chars().filter(|c| !c.is_control()).peekable();
    while let Some(c) = chars.next() {
        let ends = matches!(chars.peek(), None | Some(';'));
        out.push(if c == '\'' && ends { '\u{2019}' } else { c });
    }
    out
}

/// Where one listener is between two titles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interleave {
    interval: u32,
    until: u32,
    shown: Option<u64>,
}

impl Interleave {
    /// A listener to whom nothing was sent yet. `None` where no titles are sent (interval 0).
    pub fn new(interval: u32) -> Option<Self> {
        (interval > 0).then_some(Self { interval, until: interval, shown: None })
    }

    /// How many bytes of audio come before the next title; 0: it is due now.
    pub fn until_title(&self) -> usize {
        self.until as usize
    }

    /// `bytes` of audio are sent.
    ///
    /// More than [`Self::until_title`] can't be: what is over is not counted.
    pub fn pass(&mut self, bytes: usize) {
        self.until = self.until.saturating_sub(u32::try_from(bytes).unwrap_or(u32::MAX));
    }

    /// A title is due: what is sent for `current`. `None` as `current`: what is shown stays.
    pub fn title<'t>(&mut self, current: Option<&'t TitleBlock>) -> &'t [u8] {
        self.until = self.interval;
        match current {
            Some(block) if self.shown != Some(block.key) => {
                self.shown = Some(block.key);
                &block.wire
            }
            _ => UNCHANGED,
        }
    }
}
