//! Longwave's own JSON, the whole model.

use crate::model::{Document, Format, SCHEMA};
use crate::read::ReadError;

/// The JSON Schema (2020-12) of what is written as JSON: every field, its unit, and what it means
/// where it is null or missing.
pub const JSON_SCHEMA: &str = include_str!("../schema/longwave-transcript-1.schema.json");

/// Reads what `--to json` wrote.
pub(crate) fn read(text: &str) -> Result<Document, ReadError> {
    let document: Document = serde_json::from_str(text).map_err(|err| ReadError::Malformed {
        format: Format::Json,
        message: err.to_string(),
        line: u32::try_from(err.line()).ok(),
    })?;
    if document.schema == SCHEMA {
        Ok(document)
    } else {
        Err(ReadError::Unsupported { found: document.schema })
    }
}

#[cfg(test)]
mod tests;
