//! The head of a page: everything above the story's first words.

use crate::model::{FurnitureKind, Millis};
use crate::prose::layout::{Kind, Layout, is_prose, word_count};
use crate::prose::passage::PagePart;
use crate::prose::{chrome, date, piece, program, remark, rights};

/// Says what the passages above `end` are, prose that may be summary, article or speech left open.
pub(crate) fn classify(layout: &mut Layout<'_, '_>, end: usize) {
    for index in 0..end {
        if *layout.kind(index) == Kind::Open
            && let Some(kind) = line(layout, index)
        {
            layout.set(index, kind);
        }
    }
    headline(layout, end);
}

/// What a line of the head says by itself.
fn line(layout: &Layout<'_, '_>, index: usize) -> Option<Kind> {
    let passage = layout.passages.get(index)?;
    let text = passage.text.trim();
    if let Some(kind) = passage.hint.furniture {
        return Some(Kind::Furniture(kind));
    }
    match passage.hint.part {
        Some(PagePart::Date) if date::published(text).is_some() => return Some(Kind::Date),
        Some(PagePart::Caption | PagePart::Credit) => return Some(Kind::Caption),
        Some(PagePart::Byline)
            if word_count(text) < 20
                && !date::is_dateline(text)
                && program::named(text).is_none() =>
        {
            return Some(Kind::Byline);
        }
        Some(PagePart::Tag) => return Some(Kind::Tag),
        Some(PagePart::Section) if word_count(text) <= 5 => return Some(Kind::Section),
        _ => {}
    }
    if let Some(known) = known(layout, text) {
        return Some(known);
    }
    if rights::opens(text) || rights::is_disclaimer(text) {
        let lower = text.to_lowercase();
        let bare = text.starts_with('©') && !lower.contains("rights") && !lower.contains("npr");
        if bare {
            return Some(Kind::Furniture(FurnitureKind::Station));
        }
        return rights::at(text, 0).map(Kind::Rights);
    }
    if let Some(length) = listen(text) {
        return Some(length);
    }
    if chrome::opens_transcript(text) {
        return Some(Kind::Furniture(FurnitureKind::Navigation));
    }
    // `Listen` and the length in two lines.
    let above = index.checked_sub(1).map(|above| layout.text(above));
    if above.is_some_and(|above| chrome::plain(above) == "listen")
        && let Some(length) = piece::clock(text.trim_start_matches(['•', '·', ' ']))
    {
        return Some(Kind::Listen(Some(length), text.len()));
    }
    if let Some(kind) = chrome::of(text) {
        return Some(Kind::Furniture(kind));
    }
    if date::is_dateline(text) {
        return Some(Kind::Date);
    }
    if byline(text).is_some() {
        return Some(Kind::Byline);
    }
    if let Some(name) = program::named(text) {
        return Some(Kind::Program(name));
    }
    if let Some((kind, touches)) = remark::of(text) {
        return Some(Kind::Note(kind, touches));
    }
    if let Some(from) = behind_program(text) {
        return Some(Kind::Summary(from));
    }
    if is_caption(text) || text.ends_with("hide caption") {
        return Some(Kind::Caption);
    }
    (chrome::is_plea(text)).then_some(Kind::Furniture(FurnitureKind::Donate))
}

/// A line that says what metadata said.
fn known(layout: &Layout<'_, '_>, text: &str) -> Option<Kind> {
    let same = |field: &Option<String>| {
        field.as_ref().is_some_and(|field| chrome::plain(field) == chrome::plain(text))
    };
    if same(&layout.known.headline) {
        return Some(Kind::Headline);
    }
    if same(&layout.known.summary) {
        return Some(Kind::Summary(0));
    }
    if same(&layout.known.section) {
        return Some(Kind::Section);
    }
    None
}

/// `Listen • 1:46`, `4-Minute Listen`, with whatever is printed behind it.
pub(crate) fn listen(text: &str) -> Option<Kind> {
    if text.len() > 300 || !(text.starts_with(['L', 'l']) || text.ends_with(['n', 'N', 'o', 'O'])) {
        return None;
    }
    let lower = text.to_lowercase();
    if let Some(rest) = lower.strip_prefix("listen") {
        let separated = rest
            .trim_start()
            .trim_start_matches(['•', '·', '-', '–', '—', ':', '|', '('])
            .trim_start();
        let word = separated.split_whitespace().next().unwrap_or_default();
        let word = word.trim_end_matches([')', ',', '.']);
        // `3:523:52`: the length that a page shows twice.
        let twice = word.get(..word.len() / 2).filter(|half| word.ends_with(half));
        let length = piece::clock(word).or_else(|| twice.and_then(piece::clock));
        if let Some(length) = length {
            let after = lower.len() - separated.len() + word.len();
            // Lower case may be of another length than the text; then nothing is printed behind.
            let after = if lower.len() == text.len() { after } else { text.len() };
            return Some(Kind::Listen(Some(length), after));
        }
        return None;
    }
    let minutes = lower.strip_suffix(" listen").or_else(|| lower.strip_suffix(" audio"))?;
    let number = minutes.split(['-', ' ']).next()?.parse::<u64>().ok()?;
    minutes.contains("min").then_some(Kind::Listen(Some(Millis(number * 60_000)), text.len()))
}

/// Who wrote it: the outlet printed in front, and the names.
pub(crate) fn byline(text: &str) -> Option<(Option<&str>, &str)> {
    let text = text.trim();
    if text.len() > 200 {
        return None;
    }
    let (outlet, rest) = match text.split_once(" | ") {
        Some((outlet, rest)) if rest.starts_with("By ") || rest.starts_with("by ") => {
            (Some(outlet.trim()), rest)
        }
        _ => (None, text),
    };
    let names =
        ["By ", "by ", "BY ", "By: ", "By — ", "By – ", "By - ", "Written by ", "Reported by "]
            .iter()
            .find_map(|lead| rest.strip_prefix(lead))?;
    let names = names.trim_start_matches(['—', '–', '-', ' ']);
    // `By noon, the lake was frozen.` is none.
    let words: Vec<&str> = names.split_whitespace().collect();
    let proper = words.iter().all(|word| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        bare.chars().next().is_none_or(|c| c.is_uppercase() || !c.is_lowercase())
            || matches!(
                bare,
                "and"
                    | "de"
                    | "la"
                    | "van"
                    | "von"
                    | "der"
                    | "del"
                    | "for"
                    | "al"
                    | "with"
                    | "of"
                    | "bin"
            )
    });
    let is_sentence = names.ends_with('.') && !names.ends_with("r.");
    (!words.is_empty() && words.len() <= 20 && proper && !is_sentence).then_some((outlet, names))
}

/// A caption with its credit in brackets or behind a bar, or a credit alone.
pub(crate) fn is_caption(text: &str) -> bool {
    if text.len() > 500 {
        return false;
    }
    let leads = [
        "Image:",
        "Photo:",
        "Photo by",
        "Photo courtesy",
        "Image courtesy",
        "Photograph by",
        "Photograph:",
        "Credit:",
        "Image credit",
        "Photo credit",
        "Caption:",
        "Illustration by",
        "Illustration:",
        "Picture:",
        "FILE - ",
        "FILE – ",
        "FILE — ",
    ];
    if leads.iter().any(|lead| text.starts_with(lead)) {
        return true;
    }
    let bracketed = text.starts_with('(') && text.ends_with(')');
    let credited = bracketed
        && ["Courtesy", "courtesy", "Photo", "Getty", "AP ", "Illustration"]
            .iter()
            .any(|word| text.contains(word));
    credited || credit_bracket(text).is_some() || is_credit(text)
}

/// Where the bracketed credit at the end of a caption begins.
pub(crate) fn credit_bracket(text: &str) -> Option<usize> {
    let inner = text.trim_end().strip_suffix([')', ']'])?;
    let open = inner.rfind(['(', '['])?;
    let credit = inner.get(open + 1..)?;
    let before = inner.get(..open)?.trim_end();
    let words = word_count(credit);
    let outlet = credit.contains(['/', '|'])
        || credit.contains("Courtesy")
        || credit.contains("courtesy")
        || credit.contains("Photo")
        || credit.contains("photo by");
    (outlet && words <= 12 && before.ends_with(['.', '"', '”', '!', '?'])).then_some(open)
}

/// A credit that stands alone: `Priya Colvin / WBXR`, `Getty Images`.
pub(crate) fn is_credit(text: &str) -> bool {
    if text.len() > 80 || text.ends_with('.') {
        return false;
    }
    let Some((name, outlet)) = text.split_once(['/', '|']) else {
        return text.ends_with("Getty Images")
            || text.ends_with("via AP")
            || text.starts_with("Courtesy of ") && word_count(text) <= 10;
    };
    let (name, outlet) = (name.trim(), outlet.trim());
    let capital = |words: &str| {
        words.split_whitespace().all(|word| {
            word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
                || matches!(word, "for" | "via" | "of" | "the" | "/" | "de" | "and")
        })
    };
    let outlets =
        ["NPR", "AP", "AFP", "Reuters", "Getty", "Bloomberg", "Magnum", "EPA", "Courtesy"];
    let known = outlets.iter().any(|known| outlet.contains(known))
        || outlet.split_whitespace().any(chrome::is_call)
        || outlet.ends_with("Public Radio")
        || outlet.ends_with("Public Media");
    !name.is_empty() && known && capital(name) && capital(outlet) && !outlet.starts_with("By ")
}

/// Finds the headline among what is still open, and with it the section above.
fn headline(layout: &mut Layout<'_, '_>, end: usize) {
    let chosen = (0..end)
        .find(|index| *layout.kind(*index) == Kind::Headline)
        .or_else(|| repeated(layout, end))
        .or_else(|| heading(layout, end))
        .or_else(|| by_place(layout, end));
    let Some(chosen) = chosen else { return };
    layout.set(chosen, Kind::Headline);
    if let Some(next) = (chosen + 1..end).find(|index| *layout.kind(*index) == Kind::Open) {
        let text = layout.text(next);
        let capitals =
            !text.chars().any(char::is_lowercase) && text.chars().any(char::is_uppercase);
        if capitals && word_count(text) <= 3 && next == chosen + 1 {
            layout.set(next, Kind::Section);
        }
    }
    let title = chrome::plain(layout.text(chosen));
    for index in (0..end).filter(|index| *index != chosen) {
        let same = *layout.kind(index) == Kind::Open && chrome::plain(layout.text(index)) == title;
        if same || *layout.kind(index) == Kind::Headline {
            layout.set(index, Kind::Furniture(FurnitureKind::Other));
        }
    }
    captions(layout, chosen, end);
    topics(layout, end);
    let above: Vec<usize> =
        (0..chosen).filter(|index| *layout.kind(*index) == Kind::Open).collect();
    let dated = (chosen + 1..end)
        .any(|index| matches!(layout.kind(index), Kind::Date | Kind::Byline | Kind::Listen(..)));
    if let Some(index) = chosen.checked_sub(1).filter(|_| dated) {
        // `News` right above the headline is its section, and no menu.
        let unhinted =
            layout.passages.get(index).is_some_and(|passage| passage.hint.furniture.is_none());
        let alone = index.checked_sub(1).is_none_or(|above| {
            !chrome::may_be_tag(layout.text(above)) || chrome::of(layout.text(above)).is_none()
        });
        if *layout.kind(index) == Kind::Furniture(FurnitureKind::Navigation)
            && unhinted
            && alone
            && chrome::is_section(layout.text(index))
        {
            layout.set(index, Kind::Section);
        }
    }
    for index in above {
        let text = layout.text(index);
        let near = (index + 1..chosen).all(|between| {
            matches!(layout.kind(between), Kind::Date | Kind::Open | Kind::Program(_))
        });
        let short = word_count(text) <= 5 && !is_prose(text) && !text.contains('|');
        let airs = (chosen + 1..end).any(|next| layout.text(next).starts_with("Aired "));
        let said = near && word_count(text) <= 8 && !is_prose(text) && is_said(layout, text, end);
        if let Some(from) = title_again(layout, index, chosen) {
            layout.set(index, Kind::Summary(from));
        } else if is_prose(text)
            && word_count(text) > 15
            && word_count(text) < 80
            && after_summary(layout, index)
        {
            layout.set(index, Kind::Article);
        } else if airs && index + 1 == chosen || said {
            layout.set(index, Kind::Program(text.trim().to_owned()));
        } else if near && short && dated {
            layout.set(index, Kind::Section);
        } else {
            layout.set(index, Kind::Furniture(FurnitureKind::Station));
        }
    }
}

/// The tags that stand in the head, each on a line below `Topics`.
fn topics(layout: &mut Layout<'_, '_>, end: usize) {
    let Some(heading) = (0..end).find(|index| chrome::opens_tags(layout.text(*index))) else {
        return;
    };
    for index in heading + 1..end {
        let text = layout.text(index);
        let above = layout.passages.get(index).map_or(1, |passage| passage.blanks);
        let is_tag = above == 0 && word_count(text) <= 4 && !is_prose(text);
        if *layout.kind(index) != Kind::Open || !is_tag {
            return;
        }
        layout.set(index, Kind::Tag);
    }
}

/// A caption that stands there twice, with its credit between, as pages print it for the eye and
/// for the magnifier.
fn captions(layout: &mut Layout<'_, '_>, headline: usize, end: usize) {
    for index in headline + 1..end {
        let text = layout.text(index);
        if *layout.kind(index) != Kind::Open || word_count(text) < 3 {
            continue;
        }
        let again = (index + 1..(index + 6).min(end))
            .find(|other| *layout.kind(*other) == Kind::Open && layout.text(*other) == text);
        let Some(again) = again else { continue };
        let short = (index + 1..again).all(|between| word_count(layout.text(between)) <= 8);
        if again > index + 1 && short {
            for between in index..=again {
                layout.set(between, Kind::Caption);
            }
        }
    }
}

/// Where the summary begins in a line that has the title and then the summary, as the crawl of a
/// page's head gives it.
fn title_again(layout: &Layout<'_, '_>, index: usize, chosen: usize) -> Option<usize> {
    let rest = layout.text(index).strip_prefix(layout.text(chosen).trim())?;
    let mut from = layout.text(index).len() - rest.len();
    if let Some(behind) = rest.strip_prefix(" : ") {
        let program = program::PROGRAMS.iter().find(|name| {
            behind.starts_with(**name)
                || behind.strip_prefix("The ").is_some_and(|behind| behind.starts_with(**name))
        });
        let program = program.map_or("NPR", |name| name);
        from += 3 + behind.find(program).map_or(0, |at| at + program.len());
    }
    let summary = layout.text(index).get(from..)?;
    (word_count(summary) > 4 && is_prose(summary))
        .then_some(from + summary.len() - summary.trim_start().len())
}

/// Where the summary begins in `Title for search engines : Programme What it is about.`
fn behind_program(text: &str) -> Option<usize> {
    let (title, behind) = text.split_once(" : ")?;
    let start = title.len() + 3;
    let name = program::PROGRAMS
        .iter()
        .filter(|name| {
            behind.starts_with(**name)
                || behind.strip_prefix("The ").is_some_and(|rest| rest.starts_with(**name))
        })
        .max_by_key(|name| name.len())?;
    let end = behind.find(*name)? + name.len();
    let rest = behind.get(end..)?;
    (rest.starts_with(' ') && is_prose(rest) && word_count(rest) > 6 && word_count(title) > 2)
        .then_some(start + end + 1)
}

/// Whether a summary has been read above.
fn after_summary(layout: &Layout<'_, '_>, index: usize) -> bool {
    (0..index).any(|above| matches!(layout.kind(above), Kind::Summary(_)))
}

/// A title that stands there several times, as pages print it for the player and for the eye.
fn repeated(layout: &Layout<'_, '_>, end: usize) -> Option<usize> {
    let mut seen: Vec<(String, usize)> = Vec::new();
    for index in (0..end).take(60) {
        let text = layout.text(index);
        if *layout.kind(index) != Kind::Open || text.len() > 220 || word_count(text) < 2 {
            continue;
        }
        let plain = chrome::plain(text);
        if let Some((_, first)) = seen.iter().find(|(own, _)| *own == plain) {
            // Another title above it makes this a caption that is printed twice.
            let other = seen.iter().any(|(own, above)| {
                above < first
                    && *own != plain
                    && is_title(layout.text(*above))
                    && !own.starts_with(&plain)
                    && word_count(own) > 2
            });
            return (!other).then_some(*first);
        }
        seen.push((plain, index));
    }
    // Or one that begins the line above, in front of the summary.
    let opening =
        (0..end).find(|index| matches!(layout.kind(*index), Kind::Open | Kind::Summary(_)))?;
    seen.iter()
        .find(|(own, index)| {
            *index > opening
                && word_count(own) > 2
                && title_again(layout, opening, *index).is_some()
        })
        .map(|(_, index)| *index)
}

/// The heading that markup names.
fn heading(layout: &Layout<'_, '_>, end: usize) -> Option<usize> {
    for wanted in 1..=2 {
        let found = (0..end).find(|index| {
            *layout.kind(*index) == Kind::Open
                && layout
                    .passages
                    .get(*index)
                    .is_some_and(|passage| passage.hint.part == Some(PagePart::Heading(wanted)))
        });
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The last title-like line above date, byline or audio; or the first one at all.
fn by_place(layout: &Layout<'_, '_>, end: usize) -> Option<usize> {
    let is_title =
        |index: &usize| *layout.kind(*index) == Kind::Open && is_title(layout.text(*index));
    let last_player = (0..end)
        .rev()
        .find(|index| matches!(layout.kind(*index), Kind::Furniture(FurnitureKind::Player)));
    let from = last_player.map_or(0, |index| index + 1);
    let anchor = (from..end)
        .find(|index| matches!(layout.kind(*index), Kind::Date | Kind::Byline | Kind::Listen(..)));
    // What stands right above `Aired …` is the title, however long its list of topics is.
    let aired = anchor
        .filter(|anchor| layout.text(*anchor).starts_with("Aired "))
        .and_then(|anchor| anchor.checked_sub(1));
    if let Some(above) = aired.filter(|above| *above >= from && *layout.kind(*above) == Kind::Open)
    {
        return Some(above);
    }
    if let Some(anchor) = anchor
        && let Some(found) = (from..anchor).rev().find(is_title)
    {
        // `Web Exclusive: How to Read It` above `WEB EXCLUSIVE`: the longer one.
        let plain = chrome::plain(layout.text(found));
        let longer = (from..found)
            .rev()
            .find(is_title)
            .filter(|above| chrome::plain(layout.text(*above)).starts_with(&plain));
        // `Story` and the date above the title: the page's section.
        let below = (anchor + 1..end).find(|index| *layout.kind(*index) == Kind::Open);
        let below = below.filter(|below| {
            found + 1 == anchor
                && *layout.kind(anchor) == Kind::Date
                && word_count(layout.text(found)) <= 2
                && is_title(below)
                && word_count(layout.text(*below)) > 3
        });
        return Some(longer.or(below).unwrap_or(found));
    }
    let first = (from..end).find(is_title)?;
    let prose = (from..first)
        .filter(|index| *layout.kind(*index) == Kind::Open && is_prose(layout.text(*index)))
        .count();
    let bare = (0..end).all(|index| !matches!(layout.kind(index), Kind::Furniture(_)));
    if prose > 1 && bare {
        return None;
    }
    // A word or two in front of a longer line are the section's.
    let next = (first + 1..end).find(|index| *layout.kind(*index) == Kind::Open);
    let next = next.filter(|next| is_title(next) && word_count(layout.text(*next)) > 2);
    Some(next.filter(|_| word_count(layout.text(first)) <= 2).unwrap_or(first))
}

/// Whether a line could be a title: it isn't long, and no sentence ends with it.
pub(crate) fn is_title(text: &str) -> bool {
    let bare = text.trim_end();
    let asks = bare.ends_with(['?', '!', '"', '”', '’', '\'']) && word_count(text) <= 25;
    let open = !bare.ends_with(['.', ':', ';', ',']) && word_count(text) <= 25;
    let has_words =
        text.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic)).count() > 0;
    text.len() <= 220 && (asks || open || !is_prose(text)) && has_words && !is_address(text)
}

/// Whether a line is a postal address, a telephone number or a file's name.
fn is_address(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let file = [".png", ".jpg", ".jpeg", ".gif", ".svg", ".mp3"]
        .iter()
        .any(|end| text.to_lowercase().ends_with(end));
    file || digits >= 9
        || digits >= 5
            && text.contains(',')
            && date::published(text).is_none()
            && !text.contains(['?', '"', '\''])
            && word_count(text) <= 8
}

/// Whether the first words that are spoken name a programme so: `It's The Harbor Show on WXYZ`.
fn is_said(layout: &Layout<'_, '_>, name: &str, end: usize) -> bool {
    let name = chrome::plain(name);
    if name.len() < 5 {
        return false;
    }
    (end..(end + 6).min(layout.passages.len())).any(|index| {
        let text = chrome::plain(layout.text(index));
        text.contains(&name)
            && ["it's", "this is", "welcome to", "listening to", "you're on", "i'm"]
                .iter()
                .any(|lead| text.contains(lead))
    })
}

/// The names of a byline.
pub(crate) fn names(line: &str) -> Vec<&str> {
    let (_, names) = byline(line).unwrap_or((None, line.trim()));
    split_names(names).map(|name| name.split('/').next().unwrap_or(name).trim()).collect()
}

/// Names in a list: `One, Two and Three`.
pub(crate) fn split_names(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', ';', '|'])
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| part.split(" & "))
        .map(|name| name.trim().trim_start_matches("and ").trim())
        .filter(|name| !name.is_empty())
}
