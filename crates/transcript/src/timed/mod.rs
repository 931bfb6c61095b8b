//! Forms that carry times: captions, recognisers' output, podcast transcripts.

mod captions;
mod exports;
mod markup;
mod recognised;
mod segment;
mod turns;
mod xml;

use crate::model::{Document, Format, Millis};
use crate::read::{ReadError, ReadOptions};
use crate::source::Source;

pub(crate) use exports::name_and_time;

/// Reads a timed form.
///
/// # Errors
///
/// [`ReadError::Malformed`] where the form can't be told in it.
pub(crate) fn read(
    source: &Source<'_>,
    format: Format,
    options: &ReadOptions<'_>,
) -> Result<Document, ReadError> {
    let mut document = Document::new(format);
    let segments = match format {
        Format::Vtt => captions::vtt(source, &mut document),
        Format::Srt => captions::srt(source, &mut document),
        Format::Ttml => xml::ttml(source, &mut document)?,
        Format::PodloveXml => xml::podlove(source, &mut document)?,
        Format::PodcastHtml => exports::podcast_html(source, &mut document),
        Format::Otter => exports::otter(source, &mut document),
        Format::Descript => exports::descript(source, &mut document),
        _ => recognised::read(source, format, &mut document)?,
    };
    if segments.iter().all(|segment| segment.text.trim().is_empty()) {
        return Err(ReadError::Malformed {
            format,
            message: "there are no words in it in that form".to_owned(),
            line: None,
        });
    }
    turns::make(source, &mut document, segments, options.time_base.clone());
    Ok(document)
}

/// A clock with a fraction after a point or comma, hours optional: `01:02:03,004`, `2:03.5`, `0:12`.
pub(crate) fn clock(text: &str) -> Option<Millis> {
    let text = text.trim();
    if text.len() > 20 || !text.contains(':') {
        return None;
    }
    let mut seconds: u64 = 0;
    let mut millis: u64 = 0;
    let parts: Vec<&str> = text.split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    for (at, part) in parts.iter().enumerate() {
        let last = at + 1 == parts.len();
        let (whole, fraction) = match part.split_once([',', '.']).filter(|_| last) {
            Some((whole, fraction)) => (whole, fraction),
            None => (*part, ""),
        };
        let is_number =
            !whole.is_empty() && whole.len() <= 6 && whole.bytes().all(|b| b.is_ascii_digit());
        if !is_number || at > 0 && whole.len() > 2 || !fraction.bytes().all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let whole: u64 = whole.parse().ok()?;
        if at > 0 && whole > 59 {
            return None;
        }
        seconds = seconds * 60 + whole;
        if !fraction.is_empty() {
            let thousandths: String = fraction.chars().chain("000".chars()).take(3).collect();
            millis = thousandths.parse().ok()?;
        }
    }
    Some(Millis(seconds * 1000 + millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_of_all_forms() {
        for (text, millis) in [
            ("00:00:01,500", 1500),
            ("0:12", 12_000),
            ("01:02.5", 62_500),
            ("1:00:00.001", 3_600_001),
            ("100:00:00.000", 360_000_000),
        ] {
            assert_eq!(clock(text), Some(Millis(millis)), "{text}");
        }
        for text in ["", "12", "1:2:3:4", "1:60", "a:10", "1:00,x", "::", "1:"] {
            assert_eq!(clock(text), None, "{text}");
        }
    }
}
