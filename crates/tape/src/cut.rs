//! Cutting a span to a file.

use airtime::Span;

/// What a cut holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutReport {
    /// From the first frame's first sample to the last one's end.
    pub span: Span,
    /// How many frames (or pages).
    pub frames: u64,
    /// How many bytes were written.
    pub bytes: u64,
    /// Stretches of the span of which there is no audio.
    pub holes: Vec<Span>,
}

impl crate::Tape {
    /// Writes the span's frames to `out`, exact to the frame, without encoding, as a file that any
    /// player plays.
    ///
    /// # Errors
    /// [`crate::SeekError`] inside [`crate::TapeError::Seek`] if there is nothing there;
    /// [`crate::TapeError::Io`].
    pub fn cut(
        &self,
        span: Span,
        out: &mut dyn std::io::Write,
    ) -> Result<CutReport, crate::TapeError> {
        let _ = (span, out);
        Err(crate::TapeError::Seek(crate::SeekError::NotRewindable))
    }
}
