//! Text: pages that were flattened to it, and house styles.

mod bracket;
pub(crate) mod cue;
pub(crate) mod label;
pub(crate) mod passage;
mod roster;
mod vocabulary;

use crate::model::{Document, Format};
use crate::prose::passage::Passage;
use crate::read::ReadError;
use crate::source::Source;

/// Reads a text.
pub(crate) fn read(_source: &Source<'_>) -> Result<Document, ReadError> {
    Ok(Document::new(Format::Text))
}

/// Makes a document of a page's passages. Fields that are known already (from metadata) win over
/// what the passages say of them; the passages that say the same become `printed`.
pub(crate) fn document(
    _passages: Vec<Passage<'_>>,
    known: Document,
    _source: &Source<'_>,
) -> Result<Document, ReadError> {
    Ok(known)
}
