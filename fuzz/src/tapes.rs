//! A tape that is found damaged.

/// To come with the tape's recovery.
pub fn tape_index(data: &[u8]) {
    let _ = data;
}
