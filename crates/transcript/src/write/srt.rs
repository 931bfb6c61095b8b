//! SubRip, as the podcast namespace wants it: two lines of 32 characters, and `Name: ` where the
//! speaker changes
//! (<https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/transcripts/transcripts.md>).

use super::captions::{Size, captions, lines};
use super::escape::plain;
use super::label::Names;
use super::missing::{Missing, Thing};
use super::vtt::NOT_IN_CAPTIONS;
use crate::model::{Document, Millis};

/// Writes the timed words of a document as SubRip.
pub(crate) fn write(document: &Document, missing: &mut Missing) -> String {
    missing.count(document, &NOT_IN_CAPTIONS);
    missing.count(
        document,
        &[
            Thing::Headline,
            Thing::Bylines,
            Thing::Published,
            Thing::Rights,
            Thing::Notes,
            Thing::Inferred,
            Thing::Languages,
        ],
    );
    let names = Names::new(document);
    let mut out = String::new();
    let captions =
        captions(document, &names, Size { width: 32, named: true, chevrons: true }, missing);
    for (number, caption) in captions.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let words = match caption.speaker {
            Some(name) if caption.changes => format!("{name}: {}", caption.text),
            _ => caption.text.to_string(),
        };
        // Players take some tags of HTML, and there is no escape for them.
        missing.add(Thing::Brackets, words.matches('<').count());
        let times = (time(caption.start), time(caption.end));
        out.push_str(&format!("{}\n{} --> {}\n", number + 1, times.0, times.1));
        for line in lines(&plain(&words, missing), 32) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

fn time(time: Millis) -> String {
    let (hours, minutes, seconds, millis) = time.parts();
    format!("{hours:02}:{minutes:02}:{seconds:02},{millis:03}")
}
