//! A fragment of a page that reads well with and without eyes.

use super::escape::push_markup;
use super::front;
use super::label::Names;
use super::missing::{Missing, Thing};
use super::text::{Head, head};
use crate::model::{
    Block, Clip, Content, Cue, Document, Id, Millis, NoteKind, Paragraph, TimeSpan, Turn,
};

/// Writes a document as an `article` element.
///
/// Every block and paragraph has its id as an anchor. Each turn begins with its speaker in `cite`,
/// as printed; where the print doesn't give the full name, the turn's accessible name does. A name
/// that was inferred stands above its turn and says so in words. Times stand behind labels in `time`
/// elements and, in seconds, in `data-start` and `data-end`.
pub(crate) fn write(document: &Document, missing: &mut Missing) -> String {
    missing.count(document, &[Thing::Source, Thing::WordTimes, Thing::Confidence, Thing::TimeBase]);
    let mut page = Page { out: String::new(), missing };
    page.open(
        "article",
        &[
            ("class", Some("story")),
            ("lang", document.language.as_deref()),
            ("itemscope itemtype", Some("https://schema.org/NewsArticle")),
        ],
    );
    page.out.push('\n');
    page.front(document);
    if let Some(article) = &document.article {
        // The headline is its heading.
        page.section("Article", "story-text");
        for paragraph in &article.paragraphs {
            page.paragraph(paragraph, |_| {});
        }
        page.out.push_str("</section>\n");
    }
    if document.transcript.is_some() {
        page.section("Transcript", "transcript");
        page.line("h2", None, "Transcript");
        page.blocks(document);
        page.out.push_str("</section>\n");
    }
    page.back(document);
    page.out.push_str("</article>\n");
    page.out
}

struct Page<'m> {
    out: String,
    missing: &'m mut Missing,
}

impl Page<'_> {
    fn front(&mut self, document: &Document) {
        let published = document
            .published
            .map(|published| (String::from(published), front::published(published)));
        let empty = document.headline.is_none()
            && document.summary.is_none()
            && document.program.is_none()
            && document.bylines.is_empty()
            && document.image_credits.is_empty()
            && published.is_none();
        if empty {
            return;
        }
        self.out.push_str("<header>\n");
        if let Some(headline) = &document.headline {
            self.property("h1", "headline", headline);
        }
        if let Some(summary) = &document.summary {
            self.property("p", "description", summary);
        }
        if let Some(bylines) = front::bylines(document) {
            self.line("p", Some("byline"), &bylines);
        }
        if let Some(program) = &document.program {
            self.line("p", Some("program"), &format!("Heard on {program}"));
        }
        if let Some((machine, words)) = published {
            self.out.push_str("<p class=\"published\">Published ");
            self.open("time", &[("itemprop", Some("datePublished")), ("datetime", Some(&machine))]);
            self.text(&words);
            self.out.push_str("</time></p>\n");
        }
        for picture in &document.image_credits {
            self.out.push_str("<figure><figcaption>");
            if let Some(caption) = &picture.caption {
                self.text(caption);
            }
            if let Some(credit) = &picture.credit {
                self.out.push_str(" <span class=\"credit\">");
                self.text(credit);
                self.out.push_str("</span>");
            }
            self.out.push_str("</figcaption></figure>\n");
        }
        self.out.push_str("</header>\n");
    }

    fn back(&mut self, document: &Document) {
        let empty = document.rights.is_none()
            && document.notes.is_empty()
            && document.bios.is_empty()
            && document.tags.is_empty();
        if empty {
            return;
        }
        self.out.push_str("<footer>\n");
        if let Some(rights) = &document.rights {
            self.lines("rights", None, &rights.line);
            if let Some(disclaimer) = &rights.disclaimer {
                self.lines("disclaimer", None, disclaimer);
            }
        }
        for note in &document.notes {
            let class = match note.kind {
                NoteKind::EditorsNote => "editors-note",
                NoteKind::Correction => "editors-note correction",
                NoteKind::Rush => "editors-note rush",
                NoteKind::Origin => "editors-note origin",
                NoteKind::Other => "editors-note other",
            };
            self.lines(class, None, &note.text);
        }
        for bio in &document.bios {
            if let (true, Some(name)) = (document.bios.len() > 1, &bio.name) {
                self.line("h3", None, name);
            }
            self.lines("bio", Some(&bio.id), &bio.text);
        }
        if !document.tags.is_empty() {
            self.out.push_str("<ul class=\"tags\" aria-label=\"Topics\">\n");
            for tag in &document.tags {
                self.property("li", "keywords", tag);
            }
            self.out.push_str("</ul>\n");
        }
        self.out.push_str("</footer>\n");
    }

    fn blocks(&mut self, document: &Document) {
        let mut names = Names::new(document);
        let mut before: Option<&Block> = None;
        let mut speaking: Option<&Turn> = None;
        for block in document.blocks() {
            match &block.content {
                Content::Turn(turn) => {
                    let head = head(turn, before, speaking, &mut names);
                    self.turn(block, turn, &head, names.full(turn));
                    speaking = Some(turn);
                }
                Content::Cue(cue) => self.cue(block, cue),
                Content::Timestamp(time) => {
                    self.open(
                        "p",
                        &[("class", Some("timestamp")), ("id", Some(block.id.as_str()))],
                    );
                    self.text(&time.text);
                    self.out.push_str("</p>\n");
                }
                Content::Gap(gap) => {
                    let why = gap.evidence.first().map(|evidence| evidence.why.as_str());
                    self.open(
                        "hr",
                        &[
                            ("class", Some("gap")),
                            ("id", Some(block.id.as_str())),
                            ("aria-label", Some("A line is missing here")),
                            ("title", why.or(Some("A line is missing here"))),
                        ],
                    );
                    self.out.push('\n');
                }
            }
            before = Some(block);
        }
    }

    fn turn(&mut self, block: &Block, turn: &Turn, head: &Head, full: Option<&str>) {
        // A label that was made has no other words than the name.
        let shown = turn.label.as_deref().or(match head {
            Head::Label(_) => full,
            Head::Unnamed | Head::None => None,
        });
        // What is shown already isn't said twice.
        let shows = |full: &&str| {
            shown.is_some_and(|label| label.to_lowercase().contains(&full.to_lowercase()))
        };
        let named = full.filter(|full| !turn.inferred && !shows(full));
        let speaker = turn.speaker.as_ref().map(|speaker| speaker.0.as_str());
        let clip = turn.clip.map(|clip| match clip {
            Clip::Live => "live",
            Clip::Tape => "tape",
        });
        let (start, end) = seconds(block.time);
        self.open(
            "div",
            &[
                ("class", Some("turn")),
                ("id", Some(block.id.as_str())),
                ("role", named.map(|_| "group")),
                ("aria-label", named),
                ("data-speaker", speaker),
                ("data-clip", clip),
                ("data-start", start.as_deref()),
                ("data-end", end.as_deref()),
                ("lang", turn.language.as_deref()),
            ],
        );
        self.out.push('\n');
        if let (true, Some(full)) = (turn.inferred, full) {
            self.line("p", Some("inferred-speaker"), &format!("{full} (inferred):"));
        }
        let nothing = Paragraph::default();
        let mut paragraphs = turn.paragraphs.iter();
        let first = paragraphs.next().unwrap_or(&nothing);
        self.paragraph(first, |page| {
            if let Some(shown) = shown {
                page.out.push_str("<cite>");
                page.text(shown);
                page.out.push_str(":</cite> ");
                page.time(block.time);
            } else if *head == Head::Unnamed {
                page.out.push_str("&gt;&gt; ");
            }
            for note in &turn.notes {
                page.out.push_str("<i class=\"note\">");
                page.text(note);
                page.out.push_str("</i> ");
            }
        });
        for paragraph in paragraphs {
            self.paragraph(paragraph, |_| {});
        }
        self.out.push_str("</div>\n");
    }

    fn cue(&mut self, block: &Block, cue: &Cue) {
        let (start, end) = seconds(block.time);
        self.open(
            "p",
            &[
                ("class", Some("cue")),
                ("id", Some(block.id.as_str())),
                ("data-cue", Some(cue.kind.word())),
                ("data-start", start.as_deref()),
                ("data-end", end.as_deref()),
            ],
        );
        self.text(&cue.text);
        self.out.push_str("</p>\n");
    }

    fn paragraph(&mut self, paragraph: &Paragraph, begin: impl FnOnce(&mut Self)) {
        let (start, end) = seconds(paragraph.time);
        self.open(
            "p",
            &[
                ("id", Some(paragraph.id.as_str())),
                ("data-start", start.as_deref()),
                ("data-end", end.as_deref()),
                ("lang", paragraph.language.as_deref()),
            ],
        );
        begin(self);
        self.text(&paragraph.text);
        self.out.push_str("</p>\n");
    }

    /// When something is heard, for eyes and machines.
    fn time(&mut self, time: Option<TimeSpan>) {
        let Some(time) = time else { return };
        self.open("time", &[("datetime", Some(&format!("PT{}S", decimal(time.start))))]);
        self.out.push_str(&clock(time.start));
        self.out.push_str("</time> ");
    }

    fn section(&mut self, name: &str, class: &str) {
        self.open("section", &[("class", Some(class)), ("aria-label", Some(name))]);
        self.out.push('\n');
    }

    /// A text of one or several paragraphs; the first has the id.
    fn lines(&mut self, class: &str, id: Option<&Id>, text: &str) {
        let mut id = id.map(Id::as_str);
        for paragraph in front::paragraphs(text) {
            self.open("p", &[("class", Some(class)), ("id", id.take())]);
            self.text(paragraph);
            self.out.push_str("</p>\n");
        }
    }

    fn line(&mut self, element: &str, class: Option<&str>, words: &str) {
        self.open(element, &[("class", class)]);
        self.text(words);
        self.out.push_str(&format!("</{element}>\n"));
    }

    /// An element that has a meaning in schema.org's vocabulary.
    fn property(&mut self, element: &str, name: &str, words: &str) {
        self.open(element, &[("itemprop", Some(name))]);
        self.text(words);
        self.out.push_str(&format!("</{element}>\n"));
    }

    /// An opening tag with the attributes that have a value.
    fn open(&mut self, element: &str, attributes: &[(&str, Option<&str>)]) {
        self.out.push('<');
        self.out.push_str(element);
        for (name, value) in attributes {
            let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
            self.out.push_str(&format!(" {name}=\""));
            push_markup(&mut self.out, value, self.missing);
            self.out.push('"');
        }
        self.out.push('>');
    }

    fn text(&mut self, words: &str) {
        push_markup(&mut self.out, words, self.missing);
    }
}

fn seconds(time: Option<TimeSpan>) -> (Option<String>, Option<String>) {
    (time.map(|time| decimal(time.start)), time.and_then(|time| time.end).map(decimal))
}

/// Seconds with their milliseconds: `62.500`.
fn decimal(time: Millis) -> String {
    format!("{}.{:03}", time.0 / 1000, time.0 % 1000)
}

/// As a listener reads it, in whole seconds: `1:02`, `1:00:02`.
pub(crate) fn clock(time: Millis) -> String {
    match time.parts() {
        (0, minutes, seconds, _) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, seconds, _) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}
