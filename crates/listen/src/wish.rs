//! What a listener asks for.

use std::time::Duration;

use airtime::ProgrammeTime;
use door::RequestHead;

/// What a request for a mount asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    /// From when on; `None`: live.
    pub(crate) from: Option<ProgrammeTime>,
    /// The name that the player gave itself, to ask for its time map.
    pub(crate) sid: Option<String>,
    /// Titles between the audio.
    pub(crate) titles: bool,
    /// A look at the first bytes, as iOS does: no listener until it stays.
    pub(crate) probe: bool,
}

impl Wish {
    /// Reads the wish from a request at `now`.
    ///
    /// # Errors
    /// What is wrong, for the one who asked.
    pub(crate) fn read(head: &RequestHead, now: ProgrammeTime) -> Result<Self, String> {
        let from = head.query_value("from").filter(|text| !text.is_empty());
        let from = from.map(|text| moment(&text, now)).transpose()?;
        let sid = head.query_value("sid").filter(|sid| !sid.is_empty());
        if sid.as_deref().is_some_and(|sid| !is_sid(sid)) {
            return Err("sid is 8 to 64 letters, digits, `-` and `_`".to_owned());
        }
        let titles = head.headers.get("icy-metadata").is_some_and(|value| value.trim() == "1");
        let range = head.headers.get("range").map(str::trim);
        Ok(Self { from, sid, titles, probe: range == Some("bytes=0-1") })
    }
}

/// Reads `from`: RFC 3339 with an offset, or `-600`: seconds before now.
fn moment(text: &str, now: ProgrammeTime) -> Result<ProgrammeTime, String> {
    let wrong = || {
        "from is a date and time with an offset (2026-11-24T05:30:00-05:00) or seconds before now \
         (-600)"
            .to_owned()
    };
    match text.strip_prefix('-') {
        Some(seconds) => {
            let seconds: f64 = seconds.parse().map_err(|_| wrong())?;
            let back = Duration::try_from_secs_f64(seconds).map_err(|_| wrong())?;
            Ok(now.saturating_sub(back))
        }
        None => ProgrammeTime::parse_rfc3339(text).map_err(|_| wrong()),
    }
}

fn is_sid(sid: &str) -> bool {
    (8..=64).contains(&sid.len())
        && sid.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
