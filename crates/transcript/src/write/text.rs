//! Plain text as NPR sets it: <https://www.npr.org/transcripts>.

use super::escape::push_plain;
use super::front;
use super::label::{Names, stands_alone};
use super::missing::{Missing, Thing};
use crate::model::{Block, Content, Document, Note, NoteKind, Turn};

/// Writes a document as text.
pub(crate) fn write(document: &Document, missing: &mut Missing) -> String {
    missing.count(
        document,
        &[
            Thing::Source,
            Thing::ImageCredits,
            Thing::Tags,
            Thing::Inferred,
            Thing::Languages,
            Thing::Times,
            Thing::WordTimes,
            Thing::Confidence,
            Thing::TimeBase,
        ],
    );
    let mut page = Page { out: String::new(), missing };
    page.front(document);
    let article = document.article.iter().flat_map(|article| &article.paragraphs);
    for paragraph in article {
        page.paragraph(&[&paragraph.text]);
    }
    // Where there are labels, they tell where the transcript begins.
    let mut turns = document.blocks().iter().filter_map(Block::turn);
    let labelled =
        turns.any(|turn| turn.label.is_some() || turn.speaker.is_some() && !turn.inferred);
    if document.transcript.is_some() && (document.article.is_some() || !labelled) {
        page.paragraph(&["Transcript"]);
    }
    // That it was made in a hurry is said before it is read.
    for note in document.notes.iter().take_while(is_rush) {
        for paragraph in front::paragraphs(&note.text) {
            page.paragraph(&[paragraph]);
        }
    }
    page.blocks(document);
    page.back(document);
    page.out
}

/// Notes that stand above the transcript, as long as nothing else was noted above them.
fn is_rush(note: &&Note) -> bool {
    note.kind == NoteKind::Rush
}

struct Page<'m> {
    out: String,
    missing: &'m mut Missing,
}

impl Page<'_> {
    fn front(&mut self, document: &Document) {
        for line in [&document.headline, &document.summary].into_iter().flatten() {
            self.paragraph(&[line]);
        }
        if let Some(bylines) = front::bylines(document) {
            self.paragraph(&[&bylines]);
        }
        if let Some(program) = &document.program {
            self.paragraph(&["Heard on ", program]);
        }
        if let Some(published) = document.published {
            self.paragraph(&["Published ", &front::published(published)]);
        }
    }

    fn back(&mut self, document: &Document) {
        let rights = document.rights.iter();
        let texts =
            rights.flat_map(|rights| std::iter::once(&rights.line).chain(&rights.disclaimer));
        let notes = document.notes.iter().skip_while(is_rush);
        for text in texts.chain(notes.map(|note| &note.text)) {
            for paragraph in front::paragraphs(text) {
                self.paragraph(&[paragraph]);
            }
        }
        for bio in &document.bios {
            // Of several, the names tell where each begins.
            if let (true, Some(name)) = (document.bios.len() > 1, &bio.name) {
                self.paragraph(&[name]);
            }
            for paragraph in front::paragraphs(&bio.text) {
                self.paragraph(&[paragraph]);
            }
        }
    }

    fn blocks(&mut self, document: &Document) {
        let mut names = Names::new(document);
        let mut before: Option<&Block> = None;
        let mut speaking: Option<&Turn> = None;
        for block in document.blocks() {
            match &block.content {
                Content::Turn(turn) => {
                    let head = head(turn, before, speaking, &mut names);
                    self.turn(turn, head);
                    speaking = Some(turn);
                }
                Content::Cue(cue) => self.paragraph(&[&cue.text]),
                Content::Timestamp(time) => self.paragraph(&[&time.text]),
                Content::Gap(_) => self.out.push('\n'),
            }
            before = Some(block);
        }
    }

    fn turn(&mut self, turn: &Turn, head: Head) {
        let mut start = String::new();
        match head {
            Head::Label(label) if stands_alone(&label) => self.paragraph(&[&label, ":"]),
            Head::Label(label) => start = format!("{label}: "),
            Head::Unnamed => start.push_str(">> "),
            Head::None => {}
        }
        for note in &turn.notes {
            start.push_str(note);
            start.push(' ');
        }
        let mut paragraphs = turn.paragraphs.iter().map(|paragraph| paragraph.text.as_str());
        let first = paragraphs.next().unwrap_or_default();
        self.paragraph(&[start.as_str(), first]);
        for paragraph in paragraphs {
            self.paragraph(&[paragraph]);
        }
    }

    /// A paragraph put together from pieces; nothing where they hold nothing.
    fn paragraph(&mut self, pieces: &[&str]) {
        let words = pieces.concat();
        let words = words.trim();
        if words.is_empty() {
            return;
        }
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        push_plain(&mut self.out, words, self.missing);
        self.out.push('\n');
    }
}

/// What a turn begins with.
#[derive(Debug, PartialEq)]
pub(crate) enum Head {
    /// A label, without its colon.
    Label(String),
    /// Somebody else speaks, and nobody knows who. Captions write `>>`.
    Unnamed,
    /// Nothing: the words go on, or a gap in front says that the label is lost.
    None,
}

/// Chooses what a turn begins with, so that who reads the text again learns the same: the label
/// as printed; where there was none, one made from the cast, unless the words go on after a cue.
/// An inferred name isn't printed.
pub(crate) fn head(
    turn: &Turn,
    before: Option<&Block>,
    speaking: Option<&Turn>,
    names: &mut Names<'_>,
) -> Head {
    if let Some(label) = &turn.label {
        names.introduce(turn);
        return Head::Label(label.clone());
    }
    let opens = before.is_none_or(|block| matches!(block.content, Content::Gap(_)));
    let goes_on = speaking.is_some_and(|last| last.speaker == turn.speaker);
    let follows_turn = before.is_some_and(|block| block.turn().is_some());
    match &turn.speaker {
        Some(_) if turn.inferred && opens => Head::None,
        Some(_) if goes_on => Head::None,
        Some(_) if turn.inferred => Head::Unnamed,
        Some(_) => names.make(turn).map_or(Head::Unnamed, Head::Label),
        None if opens || goes_on && !follows_turn => Head::None,
        None => Head::Unnamed,
    }
}
