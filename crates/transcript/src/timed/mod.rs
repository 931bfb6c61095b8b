//! Forms that carry times: captions, recognisers' output, podcast transcripts.

mod segment;

use crate::model::{Document, Format};
use crate::read::{ReadError, ReadOptions};
use crate::source::Source;

/// Reads a timed form.
pub(crate) fn read(
    _source: &Source<'_>,
    format: Format,
    _options: &ReadOptions<'_>,
) -> Result<Document, ReadError> {
    Ok(Document::new(format))
}
