//! Telling a form by its content.

use serde_json::Value;

use crate::model::{Code, Format, Warning};
use crate::timed;

/// The form of a text, told by what stands in it.
pub(crate) fn detect(text: &str) -> Format {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.starts_with("WEBVTT") {
        return Format::Vtt;
    }
    if start.starts_with(['{', '['])
        && let Some(format) = json(start)
    {
        return format;
    }
    let end = start.char_indices().nth(6000).map_or(start.len(), |(at, _)| at);
    let head = start.get(..end).unwrap_or(start).to_lowercase();
    if head.starts_with('<')
        && let Some(format) = xml(&head)
    {
        return format;
    }
    if is_page(&head) {
        return page(start, &head);
    }
    lines(start)
}

/// Whether a text, in lower case, is HTML.
fn is_page(head: &str) -> bool {
    let tags = [
        "<!doctype html",
        "<html",
        "<body",
        "<head>",
        "<p>",
        "<div",
        "<cite",
        "<br",
        "<p ",
        "<h1",
        "<article",
        "<strong>",
    ];
    let found = tags.iter().filter(|tag| head.contains(**tag)).count();
    head.starts_with('<') && found > 0 || found > 1 && head.contains("</")
}

/// JSON by its keys.
fn json(text: &str) -> Option<Format> {
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        return json_value(&value);
    }
    // Broken off or damaged: by the keys that stand in it.
    let head = text.get(..text.char_indices().nth(4000).map_or(text.len(), |(at, _)| at))?;
    let has = |key: &str| head.contains(&format!("\"{key}\""));
    let format = if has("startTime") && has("body") {
        Format::PodcastJson
    } else if has("parts") && has("start_time") {
        Format::AapbJson
    } else if has("punct") && has("words") {
        Format::KaldiJson
    } else if has("segments") && has("start") || has("transcription") && has("offsets") {
        Format::WhisperJson
    } else if has("schema") && head.contains("longwave-transcript/") {
        Format::Json
    } else {
        return None;
    };
    Some(format)
}

fn json_value(value: &Value) -> Option<Format> {
    if value
        .get("schema")
        .and_then(Value::as_str)
        .is_some_and(|schema| schema.starts_with("longwave-transcript/"))
    {
        return Some(Format::Json);
    }
    let inner = value.get("retval").unwrap_or(value);
    let first =
        |name: &str| inner.get(name).and_then(Value::as_array).and_then(|list| list.first());
    let list = value.as_array().and_then(|list| list.first());
    if first("segments")
        .or(list)
        .is_some_and(|one| one.get("startTime").is_some() || one.get("body").is_some())
    {
        return Some(Format::PodcastJson);
    }
    if first("parts")
        .is_some_and(|one| one.get("start_time").is_some() || one.get("text").is_some())
    {
        return Some(Format::AapbJson);
    }
    if first("transcription").is_some()
        || first("chunks").is_some()
        || first("segments").or(list).is_some_and(|one| {
            (one.get("text").is_some() || one.get("words").is_some()) && one.get("start").is_some()
        })
    {
        return Some(Format::WhisperJson);
    }
    if first("words").is_some_and(|one| one.get("word").is_some() || one.get("punct").is_some()) {
        return Some(Format::KaldiJson);
    }
    if inner.get("segments").is_some_and(Value::is_array) && inner.get("version").is_some() {
        return Some(Format::PodcastJson);
    }
    inner.get("parts").is_some_and(Value::is_array).then_some(Format::AapbJson)
}

/// XML by its root element.
fn xml(head: &str) -> Option<Format> {
    let mut rest = head;
    let doctype = |rest: &str| {
        rest.starts_with("<!doctype")
            && !rest.get(9..).unwrap_or_default().trim_start().starts_with("html")
    };
    while let Some(inner) = rest
        .strip_prefix("<?")
        .or_else(|| rest.strip_prefix("<!--"))
        .or_else(|| rest.strip_prefix("<!").filter(|_| doctype(rest)))
    {
        let end = if doctype(rest) {
            // A declaration may have declarations of its own, in square brackets.
            let close = if inner.split('>').next().is_some_and(|own| own.contains('[')) {
                "]>"
            } else {
                ">"
            };
            inner.find(close).map(|at| at + close.len())
        } else if rest.starts_with("<?") {
            inner.find("?>").map(|at| at + 2)
        } else {
            inner.find("-->").map(|at| at + 3)
        };
        rest = inner.get(end?..)?.trim_start();
    }
    let name: String = rest
        .strip_prefix('<')?
        .chars()
        .take_while(|c| c.is_alphanumeric() || matches!(c, ':' | '-' | '_'))
        .collect();
    match name.rsplit(':').next()? {
        "tt" => Some(Format::Ttml),
        "transcripts" | "speech" => Some(Format::PodloveXml),
        _ => None,
    }
}

/// HTML of the podcast namespace and of Otter, or a page.
fn page(text: &str, head: &str) -> Format {
    let lower = text.to_lowercase();
    if lower.contains("otter.ai") && lower.contains("<p>") && lower.matches("<strong").count() > 1 {
        return Format::Otter;
    }
    let cites = lower.matches("<cite").count();
    let is_site = [
        "<nav",
        "<article",
        "<header",
        "<footer",
        "<main",
        "class=\"",
        "<section",
        "application/ld+json",
    ]
    .iter()
    .any(|mark| lower.contains(mark));
    if cites > 1 && lower.contains("<time") && !is_site {
        return Format::PodcastHtml;
    }
    let _ = head;
    Format::Html
}

/// Text by its lines: captions that lost their head, exports of services, or text.
fn lines(text: &str) -> Format {
    let mut times = 0;
    let mut named = 0;
    let mut bold = 0;
    let mut alone = 0;
    let mut count = 0;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()).take(400) {
        count += 1;
        if let Some((start, end)) = line.split_once("-->") {
            times += usize::from(
                timed::clock(start).is_some()
                    && end.split_whitespace().next().and_then(timed::clock).is_some(),
            );
        }
        named += usize::from(timed::name_and_time(line).is_some_and(|(name, _)| !name.is_empty()));
        alone += usize::from(timed::clock(line).is_some());
        bold += usize::from(line.starts_with('[') && line.contains("] **"));
    }
    if times > 0 && times * 8 >= count {
        return Format::Srt;
    }
    if bold > 1 {
        return Format::Descript;
    }
    if alone > 1 && alone * 4 >= count
        || named > 1 && named * 8 >= count
        || named > 0 && text.contains("otter.ai")
    {
        return Format::Otter;
    }
    Format::Text
}

/// Whether this is no text at all.
pub(crate) fn is_binary(_bytes: &[u8], text: &str) -> bool {
    let mut count = 0;
    let mut odd = 0;
    for letter in text.chars().take(4096) {
        count += 1;
        odd += usize::from(
            letter.is_control() && !matches!(letter, '\n' | '\r' | '\t' | '\u{c}' | '\u{b}'),
        );
    }
    odd * 20 > count
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
