//! What the program says to the person who started it, apart from its log.

use std::io::Write as _;

/// Writes lines to standard output. A closed pipe is no reason to stop a station.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// Writes lines to standard error.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
