//! Pages that hold no story: lists of stories, landing pages, navigation.

use crate::model::Document;
use crate::prose::layout::{Kind, Layout, is_prose, word_count};
use crate::prose::{chrome, date, header, rights, tail};

/// Why a page holds no story, told before anything is made of it.
pub(crate) fn before(layout: &Layout<'_, '_>) -> Option<String> {
    let mut cut = 0;
    let mut audio = 0;
    let mut lists = 0;
    let mut durations = 0;
    let mut results = false;
    let mut missing = false;
    let mut services = 0;
    let mut dates = 0;
    let mut prose = 0;
    for index in 0..layout.passages.len() {
        let text = layout.text(index).trim();
        let lower = if text.len() < 80 { chrome::plain(text) } else { String::new() };
        cut += usize::from(
            text.ends_with("...") && word_count(text) > 6
                || text.ends_with('…') && word_count(text) > 6
                || text.starts_with("... "),
        );
        audio += usize::from(
            matches!(header::listen(text), Some(Kind::Listen(..))) || text.contains("Listen • "),
        );
        dates += usize::from(date::is_dateline(text));
        durations += usize::from(is_duration(&lower));
        lists += usize::from(
            index < 40
                && matches!(
                    lower.as_str(),
                    "latest stories"
                        | "latest episodes"
                        | "stories from this program"
                        | "all episodes"
                        | "recent stories"
                        | "more stories"
                        | "episodes"
                        | "recent episodes"
                        | "load more"
                ),
        );
        results |= index < 12 && lower.starts_with("search results");
        missing |= index < 12 && is_missing_page(&lower);
        services += usize::from(SERVICES.contains(&lower.as_str()));
        prose += usize::from(word_count(text) > 25 && is_prose(text) && !text.ends_with("..."));
    }
    let labelled = (0..layout.passages.len())
        .filter(|index| {
            layout.label(*index).is_some_and(|label| {
                !layout
                    .text(*index)
                    .get(label.end..)
                    .unwrap_or_default()
                    .trim_end()
                    .ends_with("...")
            })
        })
        .count();
    let count = layout.passages.len();
    let heads = (0..count)
        .filter(|index| {
            chrome::opens_transcript(layout.text(*index)) && layout.label(index + 1).is_some()
        })
        .count();
    let owned = (0..count)
        .filter(|index| {
            rights::opens(layout.text(*index)) && !layout.text(*index).starts_with(['[', '©'])
        })
        .count();
    if heads > 1 || owned > 2 && labelled > 0 {
        return Some(
            "it holds the beginnings of several stories, as the page of a programme does"
                .to_owned(),
        );
    }
    let filters = (0..count.min(14)).any(|index| chrome::plain(layout.text(index)) == "filter by");
    if filters && labelled < 4 {
        return Some("it is a list that can be filtered, and no story".to_owned());
    }
    if owned == 0 && labelled == 0 && dates == 0 && audio == 0 && is_person(layout) {
        return Some("it is the page of a person".to_owned());
    }
    if dates > 2 && labelled == 0 {
        return Some("it lists several stories, each under its own date".to_owned());
    }
    if missing && labelled < 3 {
        return Some("it is an error page: what was asked for isn't there".to_owned());
    }
    if services > 0 && lists > 0 && labelled < 2 && prose < 2 {
        return Some("it is the landing page of a podcast".to_owned());
    }
    if results {
        return Some("it is a page of search results".to_owned());
    }
    if cut > 1 && audio > 1 && labelled < 4 {
        return Some(
            "it lists the beginnings of several stories, as the page of a person or programme does"
                .to_owned(),
        );
    }
    if audio > 2 && lists > 0 && labelled < 4 {
        return Some("it lists episodes or stories and tells none".to_owned());
    }
    if durations > 2 && lists > 0 && labelled < 4 || durations > 3 && prose < 2 && labelled < 2 {
        return Some(
            "it is the rundown of a programme: titles, teasers and lengths of many stories"
                .to_owned(),
        );
    }
    None
}

/// Where podcasts are subscribed to: a page that names them beside its episodes is a podcast's own.
const SERVICES: &[&str] = &[
    "apple podcasts",
    "spotify",
    "stitcher",
    "overcast",
    "pocket casts",
    "google podcasts",
    "iheartradio",
    "amazon music",
    "tunein",
    "castbox",
    "rss feed",
];

/// Whether a line is what a server says of a page that it hasn't.
fn is_missing_page(plain: &str) -> bool {
    matches!(plain, "404" | "404 not found" | "404 error" | "error 404" | "page not found")
        || plain.contains("404") && plain.contains("not found")
        || (plain.contains("page you") || plain.contains("this page"))
            && (plain.contains("be found")
                || plain.contains("not found")
                || plain.contains("doesn't exist"))
}

/// Whether a page is headed by a name and tells of nobody else.
fn is_person(layout: &Layout<'_, '_>) -> bool {
    let Some(head) =
        (0..layout.passages.len()).find(|index| chrome::of(layout.text(*index)).is_none())
    else {
        return false;
    };
    let name = layout.text(head).trim();
    let proper = name.split_whitespace().all(|word| {
        word.starts_with(char::is_uppercase) && word.chars().any(char::is_lowercase)
            || word.len() <= 2
    });
    let words = word_count(name);
    let surname = name.split_whitespace().next_back().unwrap_or_default();
    let prose: Vec<&str> = (head + 1..layout.passages.len())
        .map(|index| layout.text(index))
        .filter(|text| is_prose(text) && word_count(text) > 6)
        .take(4)
        .collect();
    let begins = prose.iter().take(2).any(|text| {
        let rest = text.strip_prefix(name).or_else(|| text.strip_prefix(surname));
        rest.and_then(|rest| rest.split_whitespace().next()).is_some_and(tail::is_verb)
    });
    let role = layout.text(head + 1);
    let has_role = word_count(role) <= 5
        && ["Host", "Reporter", "Correspondent", "Producer", "Editor", "Critic", "Director"]
            .iter()
            .any(|word| role.ends_with(word));
    (2..=4).contains(&words) && proper && !prose.is_empty() && (begins || has_role)
}

/// Why what was read is no story.
pub(crate) fn after(document: &Document) -> Option<String> {
    let article = document.article.iter().flat_map(|article| &article.paragraphs);
    let has_words = document.transcript.is_some()
        || article.clone().any(|paragraph| is_prose(&paragraph.text))
            && article.map(|paragraph| word_count(&paragraph.text)).sum::<usize>() > 8;
    let paragraphs = document.article.as_ref().map_or(0, |article| article.paragraphs.len());
    let told_in = document
        .article
        .iter()
        .flat_map(|article| &article.paragraphs)
        .filter(|paragraph| is_prose(&paragraph.text))
        .count();
    if document.transcript.is_none() && paragraphs > 12 && told_in * 6 < paragraphs {
        return Some("hardly any of its lines is a sentence, and nobody speaks".to_owned());
    }
    let dated = document.published.is_some()
        || !document.bylines.is_empty()
        || document.audio_length.is_some();
    let told = document.summary.as_deref().is_some_and(|summary| dated || word_count(summary) > 10);
    let is_teaser = document.headline.is_some() && told;
    if has_words || is_teaser {
        return None;
    }
    Some(match document.furniture.len() {
        0..=2 => "it has no paragraphs".to_owned(),
        _ => "it has only navigation and the page's player, and no headline with a text under it"
            .to_owned(),
    })
}

/// `4 min 12 sec`, `22:10`.
fn is_duration(plain: &str) -> bool {
    let words: Vec<&str> = plain.split(' ').collect();
    match words.as_slice() {
        [minutes, "min" | "minutes" | "mins"] => minutes.parse::<u32>().is_ok(),
        [minutes, "min" | "minutes", seconds, "sec" | "seconds"] => {
            minutes.parse::<u32>().is_ok() && seconds.parse::<u32>().is_ok()
        }
        _ => false,
    }
}
