//! Longwave's own JSON, the whole model.

use serde::Deserialize;

use crate::model::{Document, Format, SCHEMA};
use crate::read::ReadError;

/// The JSON Schema (2020-12) of what is written as JSON: every field, its unit, and what it means
/// where it is null or missing.
pub const JSON_SCHEMA: &str = include_str!("../schema/longwave-transcript-1.schema.json");

/// The one field that every version of the schema has.
#[derive(Deserialize)]
struct Version {
    schema: String,
}

/// Reads what `--to json` wrote. A version that isn't ours is refused as such, even where it has
/// fields that we would call malformed.
pub(crate) fn read(text: &str) -> Result<Document, ReadError> {
    let document = serde_json::from_str::<Document>(text);
    let found = match &document {
        Ok(document) => Some(document.schema.clone()),
        Err(_) => serde_json::from_str::<Version>(text).ok().map(|version| version.schema),
    };
    if let Some(found) = found.filter(|found| found != SCHEMA) {
        return Err(ReadError::Unsupported { found });
    }
    document.map_err(|err| ReadError::Malformed {
        format: Format::Json,
        message: err.to_string(),
        line: u32::try_from(err.line()).ok(),
    })
}

#[cfg(test)]
mod tests;
