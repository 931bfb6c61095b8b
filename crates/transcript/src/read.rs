//! From a file to a document.

use crate::cast;
use crate::format;
use crate::html;
use crate::identity;
use crate::model::{Code, Document, Format, TimeBase, Warning};
use crate::prose;
use crate::source::Source;
use crate::timed;

/// How a file is to be read.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions<'a> {
    /// The form; `None` to tell it by the content.
    pub from: Option<Format>,
    /// The file's name, only to warn where it promises another form than the content has.
    pub name: Option<&'a str>,
    /// What the times of the file are counted from. Default: the file's own audio.
    pub time_base: Option<TimeBase>,
    /// An earlier reading, the ids of which are kept where words stayed.
    pub earlier: Option<&'a Document>,
}

/// Reads a transcript in any form.
///
/// Whatever can be read is read; what is doubtful is in [`Document::warnings`]. Time and memory are
/// in proportion to the input.
///
/// # Errors
///
/// [`ReadError`] when nothing can be read: there is no story in it, or it isn't a text at all.
pub fn read(bytes: &[u8], options: &ReadOptions<'_>) -> Result<Document, ReadError> {
    let source = Source::decode(bytes);
    if source.text().trim().is_empty() {
        return Err(ReadError::Empty);
    }
    if format::is_binary(bytes, source.text()) {
        return Err(ReadError::Binary);
    }
    let format = options.from.unwrap_or_else(|| format::detect(source.text()));
    let mut document = match format {
        Format::Text => prose::read(&source)?,
        Format::Html => html::read(&source)?,
        Format::Json => crate::json::read(source.text())?,
        timed_format => timed::read(&source, timed_format, options)?,
    };
    let mut warnings: Vec<Warning> = source.warning().into_iter().collect();
    warnings.extend(format::mistaken(options.name, format));
    warnings.append(&mut document.warnings);
    warnings.sort_by_key(|warning| warning.line);
    document.warnings = warnings;
    if format != Format::Json {
        cast::resolve(&mut document, &source);
        identity::assign(&mut document);
    }
    if let Some(earlier) = options.earlier {
        identity::keep(&mut document, earlier);
    }
    Ok(document)
}

/// Why nothing could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It isn't text.
    #[error("the file isn't text")]
    Binary,
    /// It is a page without a story.
    #[error("there is no story in it: {reason}")]
    NoStory {
        /// What the page is instead, for a person.
        reason: String,
    },
    /// It isn't well-formed, and nothing of it could be saved.
    #[error("it can't be read as {}: {message}", format.name())]
    Malformed {
        /// The form that it was read as.
        format: Format,
        /// What is wrong.
        message: String,
        /// Where, counted from 1.
        line: Option<u32>,
    },
    /// It is of a version that this reader doesn't know.
    #[error("it is {found:?}, and this program reads {}", crate::model::SCHEMA)]
    Unsupported {
        /// What it says that it is.
        found: String,
    },
}

/// A warning at an offset of the source's text.
pub(crate) fn warn(
    source: &Source<'_>,
    at: usize,
    code: Code,
    message: impl Into<String>,
) -> Warning {
    Warning { code, message: message.into(), line: Some(source.line(at)) }
}
