//! Web pages: their tree, what their metadata says, and their text as passages.

use crate::model::{Document, Format};
use crate::read::ReadError;
use crate::source::Source;

/// Reads a page.
pub(crate) fn read(_source: &Source<'_>) -> Result<Document, ReadError> {
    Ok(Document::new(Format::Html))
}
