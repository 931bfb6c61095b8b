//! The lines of a page that are no part of its story: player, menus, sharing, pleas, other stories.

use crate::model::FurnitureKind;
use crate::prose::page_words::{LEADS, LINES, NAVIGATION_WORDS, PLAYER_WORDS, SHARE_WORDS};
use crate::prose::phrases::Phrases;

/// What a line of the page around a story is, if it is one; told by the line alone.
pub(crate) fn of(line: &str) -> Option<FurnitureKind> {
    // A paragraph is no line of a page, whatever it says.
    if line.len() > 200 && !line.contains("<iframe") {
        return None;
    }
    let words = plain(line);
    if words.is_empty() {
        return line.chars().any(|c| !c.is_whitespace()).then_some(FurnitureKind::Other);
    }
    if words.starts_with("<iframe") {
        return Some(FurnitureKind::Other);
    }
    if words.len() > 160 {
        return None;
    }
    if is_player(&words) {
        return Some(FurnitureKind::Player);
    }
    for (kind, lines) in LINES {
        if lines.contains(&words.as_str()) {
            return Some(*kind);
        }
    }
    for (kind, leads) in LEADS {
        if leads.iter().any(|lead| words.starts_with(lead)) {
            return Some(*kind);
        }
    }
    if is_row(&words, SHARE_WORDS) {
        return Some(FurnitureKind::Share);
    }
    if is_row(&words, NAVIGATION_WORDS) {
        return Some(FurnitureKind::Navigation);
    }
    (is_calls(line) || is_frequencies(&words)).then_some(FurnitureKind::Station)
}

/// Whether a line opens a list of other stories.
pub(crate) fn opens_related(line: &str) -> bool {
    if line.len() > 80 {
        return false;
    }
    let words = plain(line);
    const OPENERS: &[&str] = &[
        "related stories",
        "related content",
        "related",
        "check also",
        "why you can trust",
        "you might also like",
        "related articles",
        "stories from this author",
        "latest stories",
        "more stories",
        "you may also like",
        "more from",
        "recommended",
        "most popular",
        "trending",
        "read next",
        "more in",
        "keep reading",
        "more news",
        "popular stories",
        "top stories",
        "latest from",
        "see all",
        "load more",
        "more on this story",
        "more episodes",
        "recent stories",
        "recent episodes",
        "what to read next",
        "up next",
        "also on",
        "elsewhere on",
        "comments",
    ];
    words.len() < 50
        && OPENERS.iter().any(|opener| {
            words == *opener
                || (words.starts_with(opener)
                    && words.len() < opener.len() + 24
                    && !words.ends_with('.')
                    && opener.len() > 6)
        })
}

/// Whether a line is the heading of a list of tags.
pub(crate) fn opens_tags(line: &str) -> bool {
    line.len() < 40
        && matches!(
            plain(line).as_str(),
            "tags"
                | "tags:"
                | "tagged"
                | "topics"
                | "topics:"
                | "tag"
                | "tagged as"
                | "tagged with"
                | "categories"
        )
}

/// The tags of a line such as `Filed under: Business, Weather`.
pub(crate) fn tags(line: &str) -> Option<&str> {
    let leads = [
        "Filed under:",
        "Filed Under:",
        "Tags:",
        "Tagged:",
        "Topics:",
        "Tagged as:",
        "Categories:",
        "FILED UNDER:",
        "TAGS:",
        "Filed in:",
        "Posted in:",
        "Tagged with:",
    ];
    if let Some((_, tags)) = line.split_once(" Tagged ").filter(|_| line.starts_with("Posted in "))
    {
        return Some(tags.trim());
    }
    leads
        .iter()
        .find_map(|lead| line.trim().strip_prefix(lead))
        .map(str::trim)
        .filter(|rest| !rest.is_empty())
}

/// Whether a line is the name of a section that menus have, too.
pub(crate) fn is_section(line: &str) -> bool {
    matches!(
        plain(line).as_str(),
        "news"
            | "local"
            | "politics"
            | "environment"
            | "arts"
            | "music"
            | "local news"
            | "business"
            | "health"
            | "education"
            | "science"
            | "world"
            | "national"
            | "sports"
            | "culture"
    )
}

/// Whether a line may be a tag: it is nothing of the page, or a word that menus have, too.
pub(crate) fn may_be_tag(line: &str) -> bool {
    of(line).is_none() || NAVIGATION_WORDS.contains(&plain(line).as_str())
}

/// Whether a line heads the transcript.
pub(crate) fn opens_transcript(line: &str) -> bool {
    if line.len() > 60 {
        return false;
    }
    let words = plain(line);
    let words = words.trim_end_matches(':');
    matches!(
        words,
        "transcript"
            | "full transcript"
            | "read the full transcript"
            | "read transcript"
            | "show transcript"
            | "hide transcript"
            | "read full transcript"
            | "interview transcript"
            | "episode transcript"
            | "read the transcript"
            | "view transcript"
            | "transcript of the interview"
            | "the transcript"
            | "show full transcript"
            | "audio transcript"
            | "unedited transcript"
            | "show/hide transcript"
            | "transcripción"
            | "story transcript"
            | "transcript below"
            | "click for transcript"
    )
}

/// Whether a paragraph asks for support.
pub(crate) fn is_plea(text: &str) -> bool {
    text.len() <= 900 && PLEAS.are_in(text)
}

static PLEAS: Phrases = Phrases::new(&[
    "your gift",
    "public radio possible",
    "please donate",
    "make a gift",
    "becoming a member",
    "support our work",
    "donate now",
    "give now",
    "give today",
    "make a donation",
    "become a member",
    "listener-supported",
    "listener supported",
    "your support",
    "your donation",
    "sustaining member",
    "donate today",
    "donate at",
    "support local journalism",
    "support public radio",
    "make your gift",
    "keep this station on the air",
    "listeners like you",
    "pledge",
    "become a sustaining",
    "fall drive",
    "spring drive",
    "membership drive",
    "fund drive",
    "sign up for our newsletter",
    "subscribe to our",
    "support independent",
    "financial support from",
    "help us reach",
    "monthly gift",
    "your contribution",
    "please consider",
    "support this",
    "support provided by",
    "member-supported",
    "member supported",
    "make a gift",
    "donate to",
    "on the air. donate",
    "free from paywalls",
    "support from readers",
]);

/// A line in lower case without the bullets, bars and white space around it.
pub(crate) fn plain(line: &str) -> String {
    let trimmed = line.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '•' | '·'
                    | '*'
                    | '|'
                    | '►'
                    | '▶'
                    | '»'
                    | '>'
                    | '-'
                    | '–'
                    | '—'
                    | '#'
                    | '×'
                    | '+'
            )
    });
    let mut plain = String::with_capacity(trimmed.len().min(200));
    for word in trimmed.split_whitespace() {
        if !plain.is_empty() {
            plain.push(' ');
        }
        if word.is_ascii() {
            let start = plain.len();
            plain.push_str(word);
            plain.get_mut(start..).unwrap_or_default().make_ascii_lowercase();
        } else {
            plain.extend(
                word.chars().flat_map(char::to_lowercase).map(|c| if c == '’' { '\'' } else { c }),
            );
        }
        if plain.len() > 400 {
            break;
        }
    }
    plain
}

/// The player and what it shows, in one line or in several.
fn is_player(words: &str) -> bool {
    if is_times(words) {
        return true;
    }
    if words.starts_with("now playing") || words.starts_with("on air now playing") {
        return words.len() < 90 && !words.contains(". ");
    }
    let mut rest = words;
    let mut tokens = 0;
    'next: while !rest.is_empty() {
        for token in PLAYER_WORDS {
            if let Some(after) = rest.strip_prefix(token)
                && (after.is_empty() || after.starts_with([' ', ':', '/', '|', '•']))
            {
                rest = after.trim_start_matches([' ', ':', '/', '|', '•']);
                tokens += 1;
                continue 'next;
            }
        }
        return false;
    }
    tokens > 0
}

/// Lengths such as `0:00 / 3:44`, nothing else.
fn is_times(words: &str) -> bool {
    let mut any = false;
    for word in words.split([' ', '/', '|']) {
        if word.is_empty() {
            continue;
        }
        let clock = word.len() <= 8
            && word.contains(':')
            && word.bytes().all(|b| b.is_ascii_digit() || b == b':' || b == b'-')
            && word.len() > 3;
        if !clock {
            return false;
        }
        any = true;
    }
    any
}

/// Whether a line has nothing but words of a list.
fn is_row(words: &str, list: &[&str]) -> bool {
    let mut rest = words;
    let mut count = 0;
    'next: while !rest.is_empty() {
        for token in list {
            if let Some(after) = rest.strip_prefix(token)
                && (after.is_empty() || after.starts_with([' ', '|', ',', '/', '•', '·']))
            {
                rest = after.trim_start_matches([' ', '|', ',', '/', '•', '·']);
                count += 1;
                continue 'next;
            }
        }
        return false;
    }
    count > 0
}

/// Call letters in a row: `WZDM · WZDG · W281QQ`.
fn is_calls(line: &str) -> bool {
    let mut count = 0;
    for word in
        line.split(|c: char| c.is_whitespace() || matches!(c, '·' | '•' | '|' | ',' | '/' | ';'))
    {
        if word.is_empty() || matches!(word, "and" | "&" | "HD1" | "HD2" | "HD3") {
            continue;
        }
        if !is_call(word) {
            return false;
        }
        count += 1;
    }
    count > 0
}

/// Whether a word is a station's call sign in North America: `KTEP`, `WABC-FM`, `W281QQ`.
pub(crate) fn is_call(word: &str) -> bool {
    let word = word.trim_end_matches([':', '.', ',']);
    let base = ["-FM", "-AM", "-TV", "-LP", "-HD1", "-HD2", "-DT"]
        .iter()
        .find_map(|end| word.strip_suffix(end))
        .unwrap_or(word);
    if !base.starts_with(['W', 'K'])
        || !base.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    {
        return false;
    }
    let has_digits = base.bytes().any(|b| b.is_ascii_digit());
    if has_digits { base.len() == 6 } else { matches!(base.len(), 3 | 4) }
}

/// Frequencies in a row: `90.3 FM Lakeport | 91.7 FM Grand Portage`.
fn is_frequencies(words: &str) -> bool {
    let bare = words
        .split(' ')
        .filter(|word| {
            word.len() >= 4
                && word.contains('.')
                && word.parse::<f64>().is_ok_and(|number| (87.0..108.5).contains(&number))
        })
        .count();
    if bare > 2 {
        return true;
    }
    let mut found = 0;
    let tokens: Vec<&str> =
        words.split([' ', '|', ',', '/']).filter(|word| !word.is_empty()).collect();
    for (at, word) in tokens.iter().enumerate() {
        let (number, unit) = match word.strip_suffix("fm").or_else(|| word.strip_suffix("am")) {
            Some(number) => (number, true),
            None => (
                *word,
                tokens.get(at + 1).is_some_and(|next| matches!(*next, "fm" | "am" | "mhz" | "khz")),
            ),
        };
        let is_number = number.len() >= 3
            && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && number.bytes().any(|b| b.is_ascii_digit());
        if is_number && unit {
            found += 1;
        }
    }
    found > 0 && (found > 1 || tokens.len() <= 6) && !words.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_a_story_is_known() {
        use FurnitureKind::*;
        for (line, kind) in [
            ("Play Live Radio", Player),
            ("- Next Up:", Player),
            ("0:00", Player),
            ("0:00 / 3:44", Player),
            ("On Air Now Playing KPLM News", Player),
            ("Play Live Radio Next Up: 0:00 0:00 Available On Air Stations", Player),
            ("Facebook Twitter LinkedIn Email", Share),
            ("Menu", Navigation),
            ("Listen | Download | Embed", Navigation),
            ("See stories by Thora Ekdal", Navigation),
            ("WZDM · WZDG · WZDI-FM · W281QQ", Station),
            ("90.3 FM Lakeport | 91.7 FM Grand Portage", Station),
            ("FCC Public Inspection Files:", Station),
        ] {
            assert_eq!(of(line), Some(kind), "{line}");
        }
        for line in [
            "So what did the scoreboard say?",
            "Next up we have a band.",
            "Science",
            "He shared it on Facebook.",
        ] {
            assert_eq!(of(line), None, "{line}");
        }
    }
}
