//! From a document to a file.

mod captions;
mod escape;
mod front;
mod html;
mod label;
mod markdown;
mod missing;
mod podcast;
mod srt;
mod text;
mod ttml;
mod vtt;

#[cfg(test)]
mod tests;

use crate::model::{Document, Warning};
use missing::Missing;

/// A form that a document can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// The whole model, as `schema/longwave-transcript-1.schema.json` describes it.
    Json,
    /// Plain text as NPR sets it.
    Text,
    /// A semantic, accessible fragment of a page.
    Html,
    /// WebVTT with voice spans: <https://www.w3.org/TR/webvtt1/>.
    Vtt,
    /// SubRip, in the podcast namespace's profile of it.
    Srt,
    /// EBU-TT-D: <https://tech.ebu.ch/publications/tech3380>.
    Ttml,
    /// The podcast namespace's JSON, version 1.0.0.
    PodcastJson,
    /// The podcast namespace's HTML.
    PodcastHtml,
    /// Markdown (CommonMark).
    Markdown,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Json,
        Self::Text,
        Self::Html,
        Self::Vtt,
        Self::Srt,
        Self::Ttml,
        Self::PodcastJson,
        Self::PodcastHtml,
        Self::Markdown,
    ];

    /// The name by which a person gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
            Self::Html => "html",
            Self::Vtt => "vtt",
            Self::Srt => "srt",
            Self::Ttml => "ttml",
            Self::PodcastJson => "podcast-json",
            Self::PodcastHtml => "podcast-html",
            Self::Markdown => "markdown",
        }
    }

    /// The form with this [`name`](Self::name), if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }

    /// What a file of this form is called behind its dot. Two forms may have the same.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Json | Self::PodcastJson => "json",
            Self::Text => "txt",
            Self::Html | Self::PodcastHtml => "html",
            Self::Vtt => "vtt",
            Self::Srt => "srt",
            Self::Ttml => "ttml",
            Self::Markdown => "md",
        }
    }
}

/// What was written, and what the form couldn't hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The file.
    pub text: String,
    /// What of the story isn't in it: each kind of thing once, with how many there are.
    pub warnings: Vec<Warning>,
}

/// Writes a document in a form.
///
/// Whatever of the story the form can't hold is named in a warning. What only tells of the reading
/// (ids, places in the source, page furniture, the reading's own warnings) is in JSON alone and
/// isn't warned of.
///
/// Nothing is invented: in a form of captions, what has no time is left out and counted. Time and
/// memory are in proportion to the document.
pub fn write(document: &Document, form: Form) -> Written {
    let mut missing = Missing::default();
    let text = match form {
        Form::Json => json(document),
        Form::Text => text::write(document, &mut missing),
        Form::Html => html::write(document, &mut missing),
        Form::Vtt => vtt::write(document, &mut missing),
        Form::Srt => srt::write(document, &mut missing),
        Form::Ttml => ttml::write(document, &mut missing),
        Form::PodcastJson => podcast::json(document, &mut missing),
        Form::PodcastHtml => podcast::html(document, &mut missing),
        Form::Markdown => markdown::write(document, &mut missing),
    };
    Written { text, warnings: missing.warnings() }
}

/// The model has no maps with other keys than strings and no fallible fields, so that this can't
/// fail; if it did, an empty file would say so plainly.
fn json(document: &Document) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}
