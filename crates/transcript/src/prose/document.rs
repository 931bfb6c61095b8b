//! From passages to a document.

use crate::model::{Document, FurnitureKind, NoteKind};
use crate::prose::build::Builder;
use crate::prose::layout::{Kind, Layout, is_prose, word_count};
use crate::prose::passage::{PagePart, Passage};
use crate::prose::roster::Roster;
use crate::prose::{chrome, cue, date, header, refusal, remark, rights, tail};
use crate::read::ReadError;
use crate::source::Source;

/// Makes a document of a page's passages. Fields that are known already (from metadata) win over
/// what the passages say of them; the passages that say the same become `printed`.
///
/// # Errors
///
/// [`ReadError::NoStory`] where the passages are those of a page without one.
pub(crate) fn document(
    passages: &[Passage<'_>],
    known: Document,
    source: &Source<'_>,
) -> Result<Document, ReadError> {
    let roster = Roster::of(passages);
    let mut layout = Layout::new(passages, &roster, &known);
    if let Some(reason) = refusal::before(&layout) {
        return Err(ReadError::NoStory { reason });
    }
    lay_out(&mut layout);
    let (kinds, normal) = (std::mem::take(&mut layout.kinds), layout.normal);
    let document = Builder::new(passages, known.clone(), &roster, source).build(&kinds, normal);
    match refusal::after(&document) {
        Some(reason) => Err(ReadError::NoStory { reason }),
        None => Ok(document),
    }
}

/// Says of every passage what it is.
fn lay_out(layout: &mut Layout<'_, '_>) {
    let Some((first, last)) = layout.speech else {
        let body = body_begins(layout);
        let end = tail::ends_article(layout, body);
        header::classify(layout, end);
        names_of_bylines(layout, end);

        article_or_summary(layout, end);
        tail::classify(layout, end, false);
        return;
    };
    let end = tail::begins(layout, last);
    let glued = (last.saturating_sub(1)..end)
        .find(|index| rights::within(layout.text(*index), 1).is_some());
    let end = glued.map_or(end, |index| index + 1);
    header::classify(layout, first);
    names_of_bylines(layout, first);
    let intro = introduction(layout, first);
    for index in intro..end {
        if *layout.kind(index) != Kind::Open {
            continue;
        }
        let kind = within(layout, index, last);
        let opens =
            index == intro && (layout.label(index).is_some() || is_sound(layout.text(index)));
        let gap = kind == Kind::Speech && layout.has_gap(index) && !opens;
        layout.set(index, if gap { Kind::SpeechAfterGap } else { kind });
    }
    tail::classify(layout, end, true);
}

/// What a passage between the first and the last label is, if it isn't speech.
fn within(layout: &Layout<'_, '_>, index: usize, last: usize) -> Kind {
    let text = layout.text(index);
    let Some(passage) = layout.passages.get(index) else { return Kind::Speech };
    if let Some(kind) = passage.hint.furniture {
        return Kind::Furniture(kind);
    }
    if let Some(kind) = by_part(passage) {
        return kind;
    }
    if layout.label(index).is_some() {
        return Kind::Speech;
    }
    if matches!(passage.hint.part, Some(PagePart::Heading(1..=3))) || is_act(text) {
        return Kind::Furniture(FurnitureKind::Other);
    }
    if index >= last {
        return Kind::Speech;
    }
    if rights::opens(text) || rights::is_disclaimer(text) && word_count(text) < 120 {
        return rights::at(text, 0).map_or(Kind::Speech, Kind::Rights);
    }
    if chrome::opens_transcript(text) {
        return Kind::Furniture(FurnitureKind::Navigation);
    }
    if let Some((kind, touches)) = remark::of(text) {
        return Kind::Note(kind, touches);
    }
    match chrome::of(text) {
        Some(kind)
            if chrome::plain(text).contains(' ')
                && cue::parse(text).is_none()
                && !is_prose(text) =>
        {
            Kind::Furniture(kind)
        }
        _ => Kind::Speech,
    }
}

/// What markup says that a passage is, where that can't be part of a story's words.
pub(crate) fn by_part(passage: &Passage<'_>) -> Option<Kind> {
    match passage.hint.part? {
        PagePart::Caption | PagePart::Credit => Some(Kind::Caption),
        PagePart::Tag => Some(Kind::Tags(0)),
        PagePart::Bio if is_prose(&passage.text) => Some(Kind::Bio),
        PagePart::Section if word_count(&passage.text) <= 4 => Some(Kind::Section),
        PagePart::Byline if word_count(&passage.text) < 20 => Some(Kind::Byline),
        PagePart::Date if date::published(&passage.text).is_some() => Some(Kind::Date),
        _ => None,
    }
}

/// Where the story's words begin on a page without labels: below the last line of the head.
fn body_begins(layout: &Layout<'_, '_>) -> usize {
    let is_body = |index: &usize| {
        let text = layout.text(*index);
        layout.passages.get(*index).is_some_and(|passage| passage.hint.furniture.is_none())
            && word_count(text) > 12
            && is_prose(text)
            && !chrome::is_plea(text)
            && remark::of(text).is_none()
            && !rights::opens(text)
    };
    let count = layout.passages.len();
    let player = (0..count.min(80))
        .rev()
        .find(|index| chrome::of(layout.text(*index)) == Some(FurnitureKind::Player));
    let from = player.map_or(0, |index| index + 1);
    // An alert of the station may stand in front of the headline: the story is below that.
    let title = (from..count).find(|index| {
        let text = layout.text(*index);
        header::is_title(text)
            && word_count(text) > 2
            && chrome::of(text).is_none()
            && header::listen(text).is_none()
            && !rights::opens(text)
    });
    let title = title.filter(|title| *title < from + 12);
    let below = title.map_or(from, |title| title + 1);
    (below..count).find(is_body).or_else(|| (from..count).find(is_body)).unwrap_or(below.min(count))
}

/// Of a page without a transcript: paragraphs below the headline are the story, a single sentence
/// is its summary.
fn article_or_summary(layout: &mut Layout<'_, '_>, end: usize) {
    let headline = (0..end).find(|index| *layout.kind(*index) == Kind::Headline);
    let from = headline.map_or(0, |index| index + 1);
    let open: Vec<usize> = (from..end).filter(|index| *layout.kind(*index) == Kind::Open).collect();
    let sole = open.len() == 1
        && layout.known.summary.is_none()
        && open.iter().all(|index| word_count(layout.text(*index)) < 60);
    for index in open {
        layout.set(index, if sole { Kind::Summary(0) } else { Kind::Article });
    }
    for index in 0..from {
        if *layout.kind(index) == Kind::Open {
            layout.set(index, Kind::Furniture(FurnitureKind::Station));
        }
    }
}

/// Sorts the prose between headline and first label into summary, article and the beginning of the
/// transcript; gives where the transcript begins.
fn introduction(layout: &mut Layout<'_, '_>, first: usize) -> usize {
    let headline = (0..first).rev().find(|index| *layout.kind(*index) == Kind::Headline);
    let from = headline.map_or(0, |index| index + 1);
    let heading = (from..first).rev().find(|index| chrome::opens_transcript(layout.text(*index)));
    let hinted = (from..first)
        .find(|index| layout.passages.get(*index).is_some_and(|passage| passage.hint.transcript));
    let cues = (from..first)
        .find(|index| *layout.kind(*index) == Kind::Open && is_sound(layout.text(*index)));
    let open: Vec<usize> =
        (from..first).filter(|index| *layout.kind(*index) == Kind::Open).collect();
    let gap =
        open.iter().copied().find(|index| layout.has_gap(*index) && is_prose(layout.text(*index)));
    // Where a host's own label comes first, what stands above it isn't spoken: a page's player has a
    // button `Transcript` above its teaser.
    let host_first = layout.label(first).is_some_and(|label| {
        let role = label.role(layout.text(first)).to_uppercase();
        role.split(|c: char| !c.is_alphanumeric()).any(|word| word == "HOST")
    });
    let heard = |start: usize| {
        let heard = |index: &usize| {
            *layout.kind(*index) == Kind::Open
                && (layout.has_gap(*index) || is_sound(layout.text(*index)))
        };
        (start..first).any(|index| heard(&index))
    };
    let begins = heading
        .map(|index| index + 1)
        .filter(|start| !host_first || heard(*start))
        .or(hinted)
        .or_else(|| gap.into_iter().chain(cues).min())
        .unwrap_or_else(|| {
            if is_written(layout, &open, first) {
                return first;
            }
            let speaks_first = layout.label(first).is_some_and(|label| {
                let text = layout.text(first);
                let role = label.role(text).to_uppercase();
                let caps = label.case == crate::prose::label::Case::Capitals;
                let asks = crate::cast::ASKERS.contains(&label.head(text).to_lowercase().as_str());
                role.contains("BYLINE")
                    || !asks
                        && caps
                        && role.is_empty()
                        && !label.head(text).trim().contains(' ')
                        && label.head(text).len() > 2
            });
            if speaks_first { open.first().copied().unwrap_or(first) } else { first }
        });
    // A teaser that is printed again above the words is none of them.
    for index in open.iter().copied().filter(|index| *index >= begins) {
        let text = layout.text(index);
        let again = word_count(text) > 6
            && (0..index).any(|above| {
                *layout.kind(above) != Kind::Open
                    && layout.text(above).len() > text.len()
                    && layout.text(above).contains(text)
            });
        if again {
            layout.set(index, Kind::Furniture(FurnitureKind::Other));
        }
    }
    let before: Vec<usize> = open.iter().copied().filter(|index| *index < begins).collect();
    let prose: Vec<usize> =
        before.iter().copied().filter(|index| is_prose(layout.text(*index))).collect();
    // A page that publishes rush transcripts introduces each in a paragraph.
    let introduced = host_first && heading.is_some()
        || (from..first).any(|index| {
            remark::of(layout.text(index)).is_some_and(|(kind, _)| kind == NoteKind::Rush)
        });
    let lone = prose.len() == 1
        && (layout.known.summary.is_none() || introduced)
        && prose.iter().all(|index| {
            let text = layout.text(*index);
            sentences(text) <= 1 || introduced && sentences(text) <= 4 && word_count(text) <= 90
        });
    let dated = (0..first).any(|index| matches!(layout.kind(index), Kind::Date | Kind::Byline));
    let listed = listed(layout, from, first);
    for index in before {
        let text = layout.text(index);
        let kind = if listed.contains(&index) {
            Kind::Furniture(FurnitureKind::Other)
        } else if lone && prose.contains(&index) {
            Kind::Summary(0)
        } else if is_person(text)
            && (prose.is_empty() && dated || prose.first().is_some_and(|first| index < *first))
        {
            Kind::Byline
        } else if prose.is_empty() || lone || prose.first().is_some_and(|first| index < *first) {
            // What stands between the headline and the first sentence isn't the story yet.
            Kind::Furniture(FurnitureKind::Other)
        } else {
            Kind::Article
        };
        layout.set(index, kind);
    }
    for index in 0..from {
        if *layout.kind(index) == Kind::Open {
            layout.set(index, Kind::Furniture(FurnitureKind::Station));
        }
    }
    begins
}

/// The short lines below `Guests` or `Links` on a page: who is told of there speaks below, and isn't
/// the author.
fn listed(layout: &Layout<'_, '_>, from: usize, first: usize) -> Vec<usize> {
    let mut listed = Vec::new();
    let mut in_list = false;
    for index in from..first {
        let text = layout.text(index);
        if matches!(chrome::plain(text).as_str(), "guests" | "links" | "our guests")
            && !text.contains(':')
        {
            in_list = true;
        } else if *layout.kind(index) != Kind::Open || word_count(text) > 14 {
            in_list = false;
        }
        if in_list {
            listed.push(index);
        }
    }
    listed
}

/// Whether a line is the heading of a part of a programme: `Act One: The Bridge`.
fn is_act(text: &str) -> bool {
    let lead = text.split(':').next().unwrap_or_default();
    !is_prose(text) && word_count(text) < 14 && crate::prose::roster::is_act(&lead.to_lowercase())
}

/// Whether the prose above the first label is a written story: it quotes (`said Grieg`), or begins
/// with the words that are spoken below, too.
fn is_written(layout: &Layout<'_, '_>, open: &[usize], first: usize) -> bool {
    let prose = open.iter().filter(|index| is_prose(layout.text(**index)));
    let quotes = prose.clone().any(|index| {
        let text = layout.text(*index);
        [",\" said ", ",\" says ", ",” said ", ",” says "].iter().any(|mark| text.contains(mark))
            || text.ends_with(" said.")
            || text.ends_with(" says.")
    });
    let start = |text: &str| -> Vec<String> {
        text.split_whitespace().take(6).map(str::to_lowercase).collect()
    };
    let spoken = layout.label(first).and_then(|label| layout.text(first).get(label.end..));
    let spoken = spoken.map(start).filter(|words| words.len() == 6);
    let again = prose.clone().any(|index| Some(start(layout.text(*index))) == spoken);
    prose.count() > 2 && (quotes || again)
}

/// Adds the names of bylines to those that are known.
fn names_of_bylines(layout: &mut Layout<'_, '_>, end: usize) {
    let lines = (0..end).filter(|index| *layout.kind(*index) == Kind::Byline);
    let names: Vec<String> = lines
        .flat_map(|index| header::names(layout.text(index)))
        .map(|name| name.to_lowercase())
        .collect();
    layout.names.extend(names);
}

fn is_sound(text: &str) -> bool {
    text.len() < 300 && cue::parse(text).is_some()
}

/// Two to four words, each with a capital: perhaps a name.
fn is_person(text: &str) -> bool {
    let count = word_count(text);
    (2..=4).contains(&count)
        && !text.contains(':')
        && !text.ends_with(['.', '?', '!'])
        && text.split_whitespace().all(|word| {
            word.starts_with(char::is_uppercase)
                || matches!(word, "de" | "van" | "von" | "der" | "al" | "la")
        })
}

/// About how many sentences a paragraph has.
fn sentences(text: &str) -> usize {
    let ends = text.match_indices(['.', '?', '!']).filter(|(at, mark)| {
        let before = text.get(..*at).unwrap_or_default();
        let word =
            before.chars().rev().take(4).take_while(|c| !c.is_whitespace() && *c != '.').count();
        let after = text.get(at + mark.len()..).unwrap_or_default();
        word > 2 && (after.is_empty() || after.starts_with(char::is_whitespace))
    });
    ends.count()
}
