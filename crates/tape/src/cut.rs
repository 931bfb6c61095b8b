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
