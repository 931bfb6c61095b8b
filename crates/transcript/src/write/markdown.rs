//! Markdown (CommonMark).

use super::escape::push_markdown;
use super::front;
use super::label::Names;
use super::missing::{Missing, Thing};
use super::text::{Head, head};
use crate::model::{Block, Content, Document, Turn};

/// Writes a document as Markdown.
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
    if let Some(article) = &document.article {
        if document.transcript.is_some() {
            page.line("## ", "Article", "");
        }
        for paragraph in &article.paragraphs {
            page.line("", &paragraph.text, "");
        }
    }
    if document.transcript.is_some() {
        page.line("## ", "Transcript", "");
        page.blocks(document);
    }
    page.back(document);
    page.out
}

struct Page<'m> {
    out: String,
    missing: &'m mut Missing,
}

impl Page<'_> {
    fn front(&mut self, document: &Document) {
        if let Some(headline) = &document.headline {
            self.line("# ", headline, "");
        }
        if let Some(summary) = &document.summary {
            self.line("", summary, "");
        }
        if let Some(bylines) = front::bylines(document) {
            self.line("", &bylines, "");
        }
        if let Some(program) = &document.program {
            self.line("", &format!("Heard on {program}"), "");
        }
        if let Some(published) = document.published {
            self.line("", &format!("Published {}", front::published(published)), "");
        }
    }

    fn back(&mut self, document: &Document) {
        let empty =
            document.rights.is_none() && document.notes.is_empty() && document.bios.is_empty();
        if empty {
            return;
        }
        self.separate();
        self.out.push_str("---\n");
        let rights = document.rights.iter();
        let texts =
            rights.flat_map(|rights| std::iter::once(&rights.line).chain(&rights.disclaimer));
        for text in texts.chain(document.notes.iter().map(|note| &note.text)) {
            for paragraph in front::paragraphs(text) {
                self.line("", paragraph, "");
            }
        }
        for bio in &document.bios {
            if let (true, Some(name)) = (document.bios.len() > 1, &bio.name) {
                self.line("**", name, "**");
            }
            for paragraph in front::paragraphs(&bio.text) {
                self.line("", paragraph, "");
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
                Content::Cue(cue) => self.line("*", &cue.text, "*"),
                Content::Timestamp(time) => self.line("*", &time.text, "*"),
                Content::Gap(_) => self.line("*", "A line is missing here.", "*"),
            }
            before = Some(block);
        }
    }

    fn turn(&mut self, turn: &Turn, head: Head) {
        let mut paragraphs = turn.paragraphs.iter().map(|paragraph| paragraph.text.as_str());
        self.separate();
        let start = self.out.len();
        match head {
            Head::Label(label) => {
                self.out.push_str("**");
                self.words(&label);
                self.out.push_str(":** ");
            }
            Head::Unnamed => self.out.push_str("\\>\\> "),
            Head::None => {}
        }
        for note in turn.notes.iter().filter(|note| !note.trim().is_empty()) {
            self.out.push('*');
            self.words(note);
            self.out.push_str("* ");
        }
        self.words(paragraphs.next().unwrap_or_default());
        let end = self.out.trim_end_matches(' ').len().max(start);
        self.out.truncate(end);
        if end > start {
            self.out.push('\n');
        }
        for paragraph in paragraphs {
            self.line("", paragraph, "");
        }
    }

    fn line(&mut self, open: &str, words: &str, close: &str) {
        if words.trim().is_empty() {
            return;
        }
        self.separate();
        self.out.push_str(open);
        self.words(words);
        self.out.push_str(close);
        self.out.push('\n');
    }

    /// An empty line between two paragraphs, and no more than one.
    fn separate(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn words(&mut self, words: &str) {
        push_markdown(&mut self.out, words, self.missing);
    }
}
