//! Telling a form by its content.

use crate::model::{Code, Format, Warning};

/// The form of a text, told by what stands in it.
pub(crate) fn detect(text: &str) -> Format {
    let start = text.trim_start();
    if start.starts_with("WEBVTT") {
        return Format::Vtt;
    }
    let head: String = start.chars().take(2000).flat_map(char::to_lowercase).collect();
    if head.starts_with("<!doctype html")
        || head.starts_with("<html")
        || head.contains("<body")
        || head.contains("<p>") && head.contains("</")
    {
        return Format::Html;
    }
    Format::Text
}

/// Whether this is no text at all.
pub(crate) fn is_binary(_bytes: &[u8], text: &str) -> bool {
    let sample: Vec<char> = text.chars().take(4096).collect();
    let odd = sample
        .iter()
        .filter(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{b}'))
        .count();
    odd * 20 > sample.len()
}

/// A warning where a file's name promises another form.
pub(crate) fn mistaken(name: Option<&str>, format: Format) -> Option<Warning> {
    let (_, extension) = name?.rsplit_once('.')?;
    let promised: &[Format] = match extension.to_ascii_lowercase().as_str() {
        "srt" => &[Format::Srt],
        "vtt" => &[Format::Vtt],
        "ttml" | "dfxp" => &[Format::Ttml],
        "html" | "htm" | "xhtml" => &[Format::Html, Format::PodcastHtml, Format::Otter],
        "json" => &[
            Format::Json,
            Format::PodcastJson,
            Format::AapbJson,
            Format::WhisperJson,
            Format::KaldiJson,
        ],
        "xml" => &[Format::Ttml, Format::PodloveXml],
        "txt" | "text" => &[Format::Text, Format::Otter, Format::Descript],
        _ => return None,
    };
    (!promised.contains(&format)).then(|| Warning {
        code: Code::WrongExtension,
        message: format!(
            "The name ends in .{extension}, but the content is {}; it was read as that.",
            format.name()
        ),
        line: None,
    })
}
