//! A page's text as passages, with what its markup says of each.

use std::borrow::Cow;

use crate::html::kinds::{furniture, has_token, is_block, is_hidden, is_silent, names, part};
use crate::html::tree::{Data, Element, Text, Tree};
use crate::html::voices;
use crate::html::{PagePiece, Shown};
use crate::model::{FurnitureKind, Published};
use crate::prose::passage::{Hint, Origin, PagePart, Passage};

/// The passages of a page, in the order in which they are read; and when its first `time` element
/// says that it was published.
pub(crate) fn of(tree: &Tree) -> (Vec<Passage<'static>>, Option<Published>) {
    let language = tree
        .elements(tree.root())
        .find(|(_, element)| element.name() == "html")
        .and_then(|(_, element)| element.attribute("lang"));
    let mut walk = Walk {
        tree,
        page_language: language.map(str::to_owned),
        found: Vec::new(),
        open: Open::default(),
        blanks: 0,
        breaks: 0,
        gap: false,
        time: None,
    };
    walk.run();
    (walk.found, walk.time)
}

/// A simple page's pieces: texts of `cite`, `time`, headings, and the paragraphs between.
pub(crate) fn simple(tree: &Tree) -> Vec<PagePiece> {
    let mut pieces: Vec<PagePiece> = Vec::new();
    let mut stack: Vec<(usize, Shown, bool, usize)> = vec![(tree.root(), Shown::Words, false, 0)];
    let mut last_block = usize::MAX;
    while let Some((index, within, strong, block)) = stack.pop() {
        let Some(node) = tree.node(index) else { continue };
        match &node.data {
            Data::Text(text) => {
                let words = text.text.split_whitespace().collect::<Vec<_>>().join(" ");
                if words.is_empty() {
                    continue;
                }
                let at = text.pieces.first().map_or(0, |(_, there)| *there)..text.end;
                let spaced = text.text.starts_with(char::is_whitespace);
                match pieces.last_mut().filter(|last| last.within == within && last_block == block)
                {
                    Some(last) => {
                        if spaced || last.text.ends_with('\n') {
                            last.text.push(' ');
                        }
                        last.text.push_str(&words);
                        last.at.end = at.end.max(last.at.start);
                    }
                    None => {
                        let set_off = if strong { words.len() } else { 0 };
                        pieces.push(PagePiece { text: words, strong: set_off, within, at });
                    }
                }
                if text.text.ends_with(char::is_whitespace)
                    && let Some(last) = pieces.last_mut()
                {
                    // A space stands between this text and the next of the same paragraph.
                    last.text.push(' ');
                }
                last_block = block;
            }
            Data::Element(element) if is_silent(element) => {}
            Data::Element(element) => {
                let name = element.name();
                let inner = match name {
                    "cite" => Shown::Cite,
                    "time" => Shown::Time,
                    "h1" | "h2" | "h3" | "h4" => Shown::Heading,
                    "p" | "div" | "li" | "body" => Shown::Words,
                    _ => within,
                };
                let own = if is_block(element) || inner != within { index } else { block };
                let strong = strong || matches!(name, "b" | "strong");
                stack.extend(node.children.iter().rev().map(|child| (*child, inner, strong, own)));
            }
            Data::Nothing => stack
                .extend(node.children.iter().rev().map(|child| (*child, within, strong, block))),
        }
    }
    for piece in &mut pieces {
        piece.text.truncate(piece.text.trim_end().len());
    }
    pieces
}

/// What holds for everything within an element.
#[derive(Debug, Clone, Default)]
struct Context {
    hint: Hint,
    in_article: bool,
    in_pre: bool,
    strong: bool,
    in_tags: bool,
}

/// A passage that is being put together.
#[derive(Default)]
struct Open {
    text: String,
    pieces: Vec<(usize, usize)>,
    end: usize,
    hint: Hint,
    /// How much of the beginning is set off, and whether that still goes on.
    strong: usize,
    strong_goes_on: bool,
    /// White space that waits for a word behind it, and whether a line of the source ended in it.
    space: Option<char>,
    wrapped: bool,
    /// Whether a link or button has just ended.
    linked: bool,
}

struct Walk<'t> {
    tree: &'t Tree,
    page_language: Option<String>,
    found: Vec<Passage<'static>>,
    open: Open,
    /// Empty lines above the passage that is being put together.
    blanks: usize,
    /// Line breaks since the last words.
    breaks: usize,
    /// Whether a line is missing here, as Longwave writes it.
    gap: bool,
    /// The first moment that a `time` element outside of the page's furniture has.
    time: Option<Published>,
}

enum Step {
    Enter(usize, Context),
    /// Whether it was a block, and whether a link or button.
    Leave(bool, bool),
}

impl Walk<'_> {
    fn run(&mut self) {
        let mut stack = vec![Step::Enter(self.tree.root(), Context::default())];
        while let Some(step) = stack.pop() {
            let (index, context) = match step {
                Step::Leave(is_block, is_link) => {
                    if is_block {
                        self.flush(1);
                    }
                    self.open.linked |= is_link;
                    continue;
                }
                Step::Enter(index, context) => (index, context),
            };
            let Some(node) = self.tree.node(index) else { continue };
            match &node.data {
                Data::Text(text) => self.text(text, &context),
                Data::Nothing => stack.extend(
                    node.children.iter().rev().map(|child| Step::Enter(*child, context.clone())),
                ),
                Data::Element(element) => {
                    if is_silent(element) {
                        continue;
                    }
                    if element.name() == "tr" && self.row(index, &context) {
                        continue;
                    }
                    if element.name() == "br" {
                        self.line_break();
                        continue;
                    }
                    // Longwave writes a missing line so.
                    if element.name() == "hr" && has_token(&names(element), &["gap"]) {
                        self.flush(1);
                        self.gap = true;
                        continue;
                    }
                    let is_block = self.is_block(element, &context);
                    // Two links of a menu with no space between are no word.
                    let is_link = matches!(element.name(), "a" | "button");
                    let is_next_link = is_link && self.open.space.is_none() && self.open.linked;
                    if is_block || is_next_link {
                        self.flush(1);
                    } else if self.opens_line(index, element) {
                        self.flush(0);
                    }
                    let inner = self.context(element, context);
                    if element.name() == "time" && inner.hint.furniture.is_none() {
                        let time = element.attribute("datetime").and_then(Published::parse_iso);
                        self.time = self.time.or(time);
                    }
                    stack.push(Step::Leave(is_block, is_link));
                    stack.extend(
                        node.children.iter().rev().map(|child| Step::Enter(*child, inner.clone())),
                    );
                }
            }
        }
        self.flush(1);
    }

    /// Whether a bold label begins a line of the source, in a page that has only such lines for
    /// paragraphs.
    fn opens_line(&self, index: usize, element: &Element) -> bool {
        self.open.wrapped
            && matches!(element.name(), "b" | "strong")
            && self.tree.text(index).trim_end().ends_with(':')
    }

    /// Whether an element's text is a passage of its own.
    fn is_block(&self, element: &Element, context: &Context) -> bool {
        let is_link = element.name() == "a" && context.in_tags;
        if is_block(element) || is_link {
            return true;
        }
        let part = part(element, &names(element));
        // The day of another story in a list, and a time that has its day within.
        let is_inner = part == Some(PagePart::Date)
            && (element.name() == "time" || context.hint.part == Some(PagePart::Item));
        if is_inner {
            return false;
        }
        let sets = matches!(
            part,
            Some(
                PagePart::Date
                    | PagePart::Byline
                    | PagePart::Credit
                    | PagePart::Tag
                    | PagePart::Section
            )
        );
        let introduced = matches!(
            self.open.text.trim_end_matches(':'),
            "By" | "by" | "BY" | "Published" | "Posted" | "Updated"
        );
        let is_link = element.name() == "a" && part != Some(PagePart::Section);
        sets && part != context.hint.part && !is_link && !introduced
    }

    /// A row of a table that holds a transcript: the time, who speaks, and the words, in cells.
    /// Other rows are one passage. `false` where the row holds blocks of its own: a page's layout.
    fn row(&mut self, index: usize, context: &Context) -> bool {
        let Some(node) = self.tree.node(index) else { return false };
        let cells: Vec<usize> = node
            .children
            .iter()
            .copied()
            .filter(|child| {
                self.tree.element(*child).is_some_and(|cell| matches!(cell.name(), "td" | "th"))
            })
            .collect();
        let is_layout = cells.iter().any(|cell| {
            self.tree.elements(*cell).skip(1).any(|(_, inner)| {
                matches!(
                    inner.name(),
                    "p" | "div"
                        | "table"
                        | "ul"
                        | "ol"
                        | "h1"
                        | "h2"
                        | "h3"
                        | "article"
                        | "section"
                        | "form"
                )
            })
        });
        if !(2..=4).contains(&cells.len()) || is_layout {
            return false;
        }
        self.flush(1);
        let texts: Vec<String> = cells.iter().map(|cell| self.tree.text(*cell)).collect();
        let is_heading = cells
            .iter()
            .all(|cell| self.tree.element(*cell).is_some_and(|cell| cell.name() == "th"));
        let timed = texts
            .first()
            .is_some_and(|first| crate::prose::clock(first.trim_matches(['[', ']'])).is_some());
        let rest = cells.get(usize::from(timed)..).unwrap_or_default();
        let named = rest.len() == 2
            && rest
                .first()
                .and_then(|cell| self.tree.element(*cell))
                .is_some_and(|cell| cell.name() == "td")
            && !texts.get(usize::from(timed)).is_none_or(String::is_empty);
        let before = self.found.len();
        for (at, cell) in cells.iter().enumerate() {
            self.cell(*cell, context);
            let is_time = timed && at == 0;
            if is_time || named && at + 2 == cells.len() {
                self.flush(1);
            } else {
                self.open.space = Some(' ');
            }
        }
        self.flush(1);
        if is_heading {
            for passage in self.found.iter_mut().skip(before) {
                passage.hint.furniture = Some(FurnitureKind::Other);
            }
        }
        if named && !is_heading {
            self.name_cell(before + usize::from(timed));
        }
        true
    }

    /// Puts a speaker's cell in front of the words' cell.
    fn name_cell(&mut self, name: usize) {
        let is_name = self.found.get(name).is_some_and(|passage| {
            passage.text.split_whitespace().count() <= 6 && passage.text.len() < 60
        });
        if is_name && self.found.len() > name + 1 {
            let words = self.found.remove(name + 1);
            let speaker = self.found.remove(name);
            self.found.insert(name, voices::joined(&speaker, &words));
        }
    }

    /// The text of a cell.
    fn cell(&mut self, cell: usize, context: &Context) {
        let mut stack = vec![cell];
        while let Some(index) = stack.pop() {
            let Some(node) = self.tree.node(index) else { continue };
            match &node.data {
                Data::Text(text) => self.text(text, context),
                Data::Element(element) if element.name() == "br" => self.line_break(),
                Data::Element(element) if is_silent(element) => {}
                _ => stack.extend(node.children.iter().rev()),
            }
        }
    }

    /// What holds within an element.
    fn context(&self, element: &Element, outer: Context) -> Context {
        let mut inner = outer;
        let name = element.name();
        let names = names(element);
        let role = element.attribute("role").unwrap_or_default();
        inner.in_article |= matches!(name, "article" | "main") || role == "main";
        inner.hint.main |= inner.in_article;
        inner.in_pre |= name == "pre";
        inner.strong |= matches!(name, "b" | "strong" | "cite" | "dt")
            || has_token(&names, &["speaker", "speaker-name", "who"]);
        if let Some(kind) = furniture(name, role, &names, inner.in_article) {
            inner.hint.furniture.get_or_insert(kind);
        }
        if !matches!(name, "body" | "html")
            && !matches!(name, "h1" | "h2" | "h3" | "h4" | "a" | "button")
            && names.contains("transcript")
        {
            inner.hint.transcript = true;
            inner.hint.furniture = None;
        }
        inner.in_tags |= has_token(&names, &["tags", "taglist", "tag-list", "topics", "tag-links"]);
        if is_hidden(element) {
            inner.hint.furniture.get_or_insert(FurnitureKind::Other);
        }
        if let Some(part) = part(element, &names) {
            inner.hint.part = Some(part);
        }
        if inner.in_tags && matches!(name, "a" | "li") {
            inner.hint.part = Some(PagePart::Tag);
        }
        if let Some(language) =
            element.attribute("lang").filter(|lang| !lang.is_empty() && name != "html")
        {
            let differs =
                self.page_language.as_deref().is_none_or(|page| !same_language(page, language));
            inner.hint.language = differs.then(|| language.to_owned());
        }
        let start =
            ["data-start", "data-time", "data-start-time", "data-timestamp", "data-begin", "begin"]
                .iter()
                .find_map(|name| element.attribute(name));
        if let Some(start) = start.and_then(seconds) {
            inner.hint.start = Some(start);
        }
        inner
    }

    fn text(&mut self, text: &Text, context: &Context) {
        for (at, (own, there)) in text.pieces.iter().enumerate() {
            let end = text.pieces.get(at + 1).map_or(text.text.len(), |(next, _)| *next);
            let ends_there = text.pieces.get(at + 1).map_or(text.end, |(_, next)| *next);
            let piece = text.text.get(*own..end).unwrap_or_default();
            // An entity is longer in the source than the letter it stands for.
            let is_entity = at + 1 < text.pieces.len()
                && ends_there.saturating_sub(*there) != piece.len()
                || piece.len() < text.end.saturating_sub(*there) && at + 1 == text.pieces.len();
            self.piece(piece, *there, is_entity.then_some(ends_there), context);
        }
    }

    fn piece(&mut self, piece: &str, there: usize, entity_end: Option<usize>, context: &Context) {
        let mut run: Option<(usize, usize)> = None;
        for (offset, letter) in piece.char_indices() {
            if context.in_pre && letter == '\n' {
                self.push(piece, run.take(), there, entity_end, context);
                self.line_break();
                continue;
            }
            if letter.is_whitespace() || letter == '\u{200b}' || letter == '\u{feff}' {
                self.push(piece, run.take(), there, entity_end, context);
                self.open.wrapped |= letter == '\n';
                if letter.is_whitespace() {
                    self.open.space = Some(match self.open.space {
                        None if letter == '\u{a0}' => letter,
                        _ => ' ',
                    });
                }
                continue;
            }
            run = Some(run.map_or((offset, offset + letter.len_utf8()), |(start, _)| {
                (start, offset + letter.len_utf8())
            }));
        }
        self.push(piece, run, there, entity_end, context);
    }

    /// Adds a word, or a part of one.
    fn push(
        &mut self,
        piece: &str,
        run: Option<(usize, usize)>,
        there: usize,
        entity_end: Option<usize>,
        context: &Context,
    ) {
        let Some((start, end)) = run else { return };
        if self.breaks > 0 {
            let breaks = std::mem::take(&mut self.breaks);
            self.flush(0);
            self.blanks = breaks - 1;
        }
        if self.open.text.is_empty() {
            self.open.hint = context.hint.clone();
            self.open.strong_goes_on = context.strong;
        } else {
            if let Some(space) = self.open.space {
                self.open.text.push(space);
            }
            // A part or a language that only a piece of the passage has isn't the passage's.
            if self.open.hint.part != context.hint.part {
                self.open.hint.part =
                    self.open
                        .hint
                        .part
                        .filter(|part| matches!(part, PagePart::Heading(_) | PagePart::Caption))
                        .or(context.hint.part.filter(|part| {
                            matches!(part, PagePart::Heading(_) | PagePart::Caption)
                        }));
            }
            if self.open.hint.language != context.hint.language {
                self.open.hint.language = None;
            }
            self.open.hint.furniture =
                self.open.hint.furniture.filter(|_| context.hint.furniture.is_some());
        }
        self.open.space = None;
        self.open.wrapped = false;
        self.open.linked = false;
        if self.open.strong_goes_on && !context.strong {
            self.open.strong_goes_on = false;
            self.open.strong = self.open.text.trim_end().len();
        }
        self.open.pieces.push((self.open.text.len(), there + start));
        self.open.text.push_str(piece.get(start..end).unwrap_or_default());
        self.open.end = entity_end.unwrap_or(there + end);
    }

    fn line_break(&mut self) {
        if self.open.text.is_empty() {
            self.blanks +=
                usize::from(self.breaks > 0 || !self.found.is_empty() && self.blanks == 0);
            return;
        }
        self.breaks += 1;
        self.open.space = None;
    }

    /// Ends a passage; `blanks` empty lines stand below it.
    fn flush(&mut self, blanks: usize) {
        self.breaks = 0;
        let mut open = std::mem::take(&mut self.open);
        if open.text.is_empty() {
            self.blanks = self.blanks.max(blanks);
            return;
        }
        if open.strong_goes_on {
            open.strong = open.text.len();
        }
        open.hint.strong = open.strong;
        let mut above = std::mem::replace(&mut self.blanks, blanks);
        if self.gap && open.hint.furniture.is_none() {
            self.gap = false;
            above = above.max(2);
        }
        self.found.push(Passage {
            text: Cow::Owned(open.text),
            origin: Origin::Pieces(open.pieces, open.end),
            blanks: above,
            hint: open.hint,
        });
    }
}

/// Whether two tags are of one language, regions apart: `en-US` and `en`.
fn same_language(one: &str, other: &str) -> bool {
    let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_lowercase();
    primary(one) == primary(other)
}

/// A time attribute: seconds, milliseconds where it is that large, or a clock.
fn seconds(value: &str) -> Option<u64> {
    if let Some(clock) = crate::prose::clock(value.trim()) {
        return Some(clock.0);
    }
    let number: f64 = value.trim().trim_end_matches('s').parse().ok()?;
    if !(0.0..=1e9).contains(&number) {
        return None;
    }
    // More than a day's seconds without a fraction can only be milliseconds.
    let millis = if number > 100_000.0 && number.fract() == 0.0 { number } else { number * 1000.0 };
    Some(millis.round() as u64)
}
