//! Who speaks.

use crate::model::Document;
use crate::source::Source;

/// Makes the cast of a document from its labels, and says for each turn who speaks.
pub(crate) fn resolve(_document: &mut Document, _source: &Source<'_>) {}
