//! Web pages: their tree, what their metadata says, and their text as passages.

mod attributes;
mod kinds;
mod metadata;
mod passages;
mod tree;
mod voices;

use std::borrow::Cow;

use crate::html::metadata::Metadata;
use crate::html::tree::Tree;
use crate::model::{Document, FurnitureKind, Published};
use crate::prose::passage::{Hint, Origin, Passage};
use crate::prose::{self, chrome_plain};
use crate::read::ReadError;
use crate::source::{self, Source};

/// Reads a page.
///
/// # Errors
///
/// [`ReadError::NoStory`] where the page has none.
pub(crate) fn read(source: &Source<'_>) -> Result<Document, ReadError> {
    let tree = Tree::parse(source.text());
    let metadata = metadata::read(&tree, source);
    let (mut passages, time) = passages::of(&tree);
    voices::mark(&mut passages);
    prose::unmarked::mark(&mut passages);
    let words: usize = passages
        .iter()
        .filter(|passage| passage.hint.furniture.is_none())
        .map(|passage| passage.text.split_whitespace().count())
        .sum();
    let labelled = passages.iter().filter(|passage| passage.text.contains(':')).count();
    if let Some(what) = metadata.no_story.filter(|_| words < 2000 && labelled < 12) {
        return Err(ReadError::NoStory { reason: format!("it is {what}") });
    }
    hidden_transcript(&metadata, &mut passages);
    footers(&mut passages);
    let site = metadata.site.clone();
    let title = metadata.title.clone();
    let mut known = known(metadata, &passages);
    // The page's own clock, where metadata has only the day, or nothing.
    known.published = match (known.published, time) {
        (Some(Published::Day(day)), Some(Published::Moment(moment, offset)))
            if moment.date() == day =>
        {
            Some(Published::Moment(moment, offset))
        }
        (None, time) if passages.len() > 3 => time,
        (published, _) => published,
    };
    let mut document = prose::document(&passages, known, source)?;
    let suffix = title.as_deref().and_then(site_of_title);
    if document.station.is_none() {
        document.station = site.as_deref().into_iter().chain(suffix).find_map(prose::station_of);
    }
    if document.program.is_none() {
        document.program =
            site.as_deref().or(suffix).and_then(prose::program_of).map(str::to_owned);
    }
    if document.network.is_none() {
        let names = [document.program.as_deref(), title.as_deref()];
        document.network =
            names.into_iter().flatten().find_map(prose::network_of).map(str::to_owned);
    }
    if document.headline.is_none() {
        document.headline = title.filter(|title| title.split_whitespace().count() > 2);
    }
    Ok(document)
}

/// The site's name behind the page's in a title.
fn site_of_title(title: &str) -> Option<&str> {
    [" | ", " - ", " – ", " — "]
        .into_iter()
        .find_map(|mark| title.rsplit_once(mark))
        .map(|(_, site)| site.trim())
}

/// A footer may hold the rights line, alone or behind something else.
fn footers(passages: &mut Vec<Passage<'static>>) {
    let mut at = 0;
    while let Some(passage) = passages.get_mut(at) {
        let mark = passage.text.find('©').or_else(|| passage.text.find("Copyright "));
        if let (Some(mark), Some(FurnitureKind::Station)) = (mark, passage.hint.furniture) {
            let behind = passage.slice(mark, passage.text.len());
            let before = passage.slice(0, mark);
            *passage = behind;
            passage.hint.furniture = None;
            if !before.text.trim().is_empty() {
                passages.insert(at, before);
                at += 1;
            }
        }
        at += 1;
    }
}

/// The fields of the metadata, as far as the page itself doesn't speak against them.
fn known(metadata: Metadata, passages: &[Passage<'_>]) -> Document {
    let Metadata { mut document, site, title, description, .. } = metadata;
    let plain: Vec<String> = passages
        .iter()
        .filter(|passage| passage.text.len() < 400)
        .map(|passage| chrome_plain(&passage.text))
        .collect();
    let is_shown = |text: &str| plain.contains(&chrome_plain(text));
    // The title that the page shows is the headline; others are written for search engines.
    let h1 = passages.iter().find(|passage| {
        passage.hint.part == Some(prose::passage::PagePart::Heading(1))
            && passage.hint.furniture.is_none()
    });
    let title = title.map(|title| {
        without_site(&title, site.as_deref(), h1.map(|passage| passage.text.as_ref()))
    });
    let shown = |text: &Option<String>| text.as_deref().is_some_and(is_shown);
    if !shown(&document.headline) {
        let better = h1
            .map(|passage| passage.text.to_string())
            .filter(|text| text.split_whitespace().count() > 1);
        let better = better.or_else(|| title.clone().filter(|title| is_shown(title)));
        document.headline = better.or(document.headline.take());
    }
    // A description that only repeats how the text begins is none.
    let repeats = |summary: &str| {
        let start: String = summary.trim_end_matches(['.', '…', ' ']).chars().take(60).collect();
        passages
            .iter()
            .any(|passage| passage.text.len() > summary.len() && passage.text.starts_with(&start))
    };
    document.summary = document
        .summary
        .take()
        .or(description)
        .filter(|summary| !repeats(summary) && document.headline.as_deref() != Some(summary));
    document
}

/// A title without the site's name behind a bar or dash, if there is proof that this is one.
fn without_site(title: &str, site: Option<&str>, h1: Option<&str>) -> String {
    for mark in [" | ", " - ", " – ", " — ", " : ", " :: ", " · "] {
        let Some((before, behind)) = title.rsplit_once(mark) else { continue };
        let behind = behind.trim();
        let is_site = site.is_some_and(|site| {
            chrome_plain(site).contains(&chrome_plain(behind))
                || chrome_plain(behind).contains(&chrome_plain(site))
        });
        if is_site
            || h1.is_some_and(|h1| chrome_plain(h1) == chrome_plain(before))
            || prose::station_of(behind).is_some()
        {
            return before.trim().to_owned();
        }
    }
    title.to_owned()
}

/// A transcript that only the metadata has.
fn hidden_transcript(metadata: &Metadata, passages: &mut Vec<Passage<'static>>) {
    let Some((words, at)) = &metadata.transcript else { return };
    let first = words.split_whitespace().take(12).collect::<Vec<_>>().join(" ");
    let is_shown = passages.iter().any(|passage| {
        passage.text.contains(&first)
            || first.starts_with(passage.text.as_ref()) && passage.text.len() > 20
    });
    if is_shown {
        return;
    }
    for line in source::lines(words) {
        let line = words.get(line).unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let hint = Hint { transcript: true, ..Hint::default() };
        passages.push(Passage {
            text: Cow::Owned(line.to_owned()),
            origin: Origin::Pieces(vec![(0, *at)], *at + 1),
            blanks: 1,
            hint,
        });
    }
}

/// A simple page as its pieces, for forms that use few elements.
pub(crate) struct Page {
    /// The `title` element.
    pub(crate) title: Option<String>,
    /// The first heading.
    pub(crate) heading: Option<String>,
    /// The pieces, in order.
    pub(crate) pieces: Vec<PagePiece>,
}

/// A piece of a simple page.
pub(crate) struct PagePiece {
    /// Its text.
    pub(crate) text: String,
    /// How much of its beginning is set off.
    pub(crate) strong: usize,
    /// What it stands in.
    pub(crate) within: Shown,
    /// Where it stands in the source's text.
    pub(crate) at: std::ops::Range<usize>,
}

/// What a piece of a simple page stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// `cite`.
    Cite,
    /// `time`.
    Time,
    /// A heading.
    Heading,
    /// Anything else.
    Words,
}

/// Whether a text begins as HTML does.
pub(crate) fn is_page(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('<')
}

/// A page as its pieces.
pub(crate) fn shown(source: &Source<'_>) -> Page {
    let tree = Tree::parse(source.text());
    let title = tree
        .elements(tree.root())
        .find(|(_, element)| element.name() == "title")
        .map(|(index, _)| tree.text(index));
    let heading = tree
        .elements(tree.root())
        .find(|(_, element)| matches!(element.name(), "h1" | "h2"))
        .map(|(index, _)| tree.text(index));
    let pieces = passages::simple(&tree);
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    Page { title: some(title), heading: some(heading), pieces }
}
