//! The transcript's readers and writers.

use std::collections::HashSet;

use transcript::{
    Change, Content, Document, Form, Format, Paragraph, Place, ReadError, ReadOptions, compare,
    read, tally, write,
};

/// Plain text, or a page that was flattened to text.
pub fn transcript_text(data: &[u8]) {
    let _ = document(data, Some(Format::Text));
}

/// A web page.
pub fn transcript_html(data: &[u8]) {
    let _ = document(data, Some(Format::Html));
}

/// A form that carries times; the first byte says which.
pub fn transcript_timed(data: &[u8]) {
    const FORMATS: [Format; 10] = [
        Format::Vtt,
        Format::Srt,
        Format::Ttml,
        Format::PodcastJson,
        Format::PodcastHtml,
        Format::AapbJson,
        Format::WhisperJson,
        Format::Otter,
        Format::Descript,
        Format::PodloveXml,
    ];
    let Some((&first, bytes)) = data.split_first() else { return };
    // What is left over goes to the form that has most of its own to read.
    let format = FORMATS.get(usize::from(first) % (FORMATS.len() + 1)).copied();
    let _ = document(bytes, Some(format.unwrap_or(Format::KaldiJson)));
}

/// Any form, told by its content, written in every form; and a corrected reading of it. The first
/// two bytes say where the correction is, in parts of 256, and how many bytes it takes out.
pub fn transcript_round_trip(data: &[u8]) {
    let [at, length, bytes @ ..] = data else { return };
    let Some(before) = document(bytes, None) else { return };
    assert!(compare(&before, &before).is_same(), "a document differs from itself");

    let from = bytes.len() * usize::from(*at) / 256;
    let to = (from + usize::from(*length)).min(bytes.len());
    let corrected = [&bytes[..from], &bytes[to..]].concat();
    let options = ReadOptions { earlier: Some(&before), ..ReadOptions::default() };
    let Ok(after) = read(&corrected, &options) else { return };
    checked(&after, corrected.len());
    compared(&before, &after);

    for form in Form::ALL {
        let written = write(&before, form);
        assert!(!written.text.contains('\0') || bytes.contains(&0), "{form:?} has a NUL");
        // What a form can't hold may be all there is.
        if let Ok(again) = read(written.text.as_bytes(), &ReadOptions::default()) {
            checked(&again, written.text.len());
            compared(&before, &again);
        }
    }
}

/// Reads a file, holds what is read to its promises, and takes it to JSON and back.
fn document(bytes: &[u8], from: Option<Format>) -> Option<Document> {
    let options = ReadOptions { from, name: Some("story.txt"), ..ReadOptions::default() };
    let document = match read(bytes, &options) {
        Ok(document) => document,
        Err(ReadError::Empty) => {
            // A vertical tab is white space, too, though not to `trim_ascii`.
            let is_blank = std::str::from_utf8(bytes).is_ok_and(|text| text.trim().is_empty());
            assert!(bytes.len() < 4 || !bytes.is_ascii() || is_blank);
            return None;
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return None;
        }
    };
    checked(&document, bytes.len());
    tally(&document);
    let json = write(&document, Form::Json).text;
    match read(json.as_bytes(), &ReadOptions { from: Some(Format::Json), ..Default::default() }) {
        Ok(again) => assert_eq!(again, document, "JSON holds something else"),
        Err(error) => panic!("what was written isn't read: {error}"),
    }
    Some(document)
}

/// What holds for every document that was read from a file of this many bytes.
fn checked(document: &Document, length: usize) {
    let in_file = |place: &Option<Place>| {
        let holds = place.is_none_or(|place| place.start <= place.end && place.end <= length);
        // Longwave's own JSON tells of places in another file.
        assert!(holds || document.format == Format::Json, "{place:?} of {length} bytes");
    };
    let cast: HashSet<_> = document.cast.iter().map(|member| &member.id).collect();
    assert_eq!(cast.len(), document.cast.len(), "two members have one key");
    let mut ids = HashSet::new();
    for block in document.blocks() {
        in_file(&block.place);
        assert!(!block.id.is_empty() && ids.insert(&block.id), "{} is given twice", block.id);
        let Content::Turn(turn) = &block.content else { continue };
        assert!(turn.speaker.as_ref().is_none_or(|id| cast.contains(id)), "{:?}", turn.speaker);
        for paragraph in &turn.paragraphs {
            in_file(&paragraph.place);
            assert!(ids.insert(&paragraph.id), "{} is given twice", paragraph.id);
            queries(paragraph);
        }
    }
    let article = document.article.iter().flat_map(|article| &article.paragraphs);
    for paragraph in article {
        in_file(&paragraph.place);
        assert!(ids.insert(&paragraph.id), "{} is given twice", paragraph.id);
        queries(paragraph);
    }
    document.bios.iter().for_each(|bio| in_file(&bio.place));
    document.notes.iter().for_each(|note| in_file(&note.place));
    document.furniture.iter().for_each(|piece| in_file(&piece.place));
    document.printed.iter().for_each(|line| in_file(&line.place));
    document.rights.iter().for_each(|rights| in_file(&rights.place));
}

/// A mark of doubt stands where it is said to stand.
fn queries(paragraph: &Paragraph) {
    for query in &paragraph.queries {
        let there =
            paragraph.text.get(query.at..).is_some_and(|rest| rest.starts_with(&query.mark));
        assert!(there, "{query:?} in {:?}", paragraph.text);
    }
}

/// A comparison takes up every block of both sides, once.
fn compared(before: &Document, after: &Document) {
    let comparison = compare(before, after);
    let (mut old, mut new): (Vec<usize>, Vec<usize>) = Default::default();
    for step in &comparison.transcript {
        assert!(step.change != Change::Same || step.before.len() == step.after.len());
        old.extend(&step.before);
        new.extend(&step.after);
    }
    for (mut indexes, document) in [(old, before), (new, after)] {
        indexes.sort_unstable();
        assert!(indexes.into_iter().eq(0..document.blocks().len()), "a block is left out");
    }
}
