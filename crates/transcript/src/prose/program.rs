//! Programmes, by their names.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::prose::layout::word_count;
use crate::prose::{chrome, date};

/// Programmes whose names are enough to know them.
pub(crate) const PROGRAMS: &[&str] = &[
    "Rough Translation",
    "Embedded",
    "Pop Culture Happy Hour",
    "Up First from NPR",
    "White Lies",
    "Louder Than A Riot",
    "All Things Considered",
    "Morning Edition",
    "Weekend Edition Saturday",
    "Weekend Edition Sunday",
    "Weekend Edition",
    "Weekend All Things Considered",
    "Fresh Air",
    "Here & Now",
    "Here and Now",
    "Planet Money",
    "Up First",
    "PBS NewsHour",
    "PBS News Hour",
    "PBS News Weekend",
    "Marketplace",
    "Talk of the Nation",
    "Tell Me More",
    "Day to Day",
    "1A",
    "The Takeaway",
    "On Point",
    "On the Media",
    "Radiolab",
    "The World",
    "Science Friday",
    "Consider This",
    "World Cafe",
    "Wait Wait... Don't Tell Me!",
    "Throughline",
    "Code Switch",
    "Hidden Brain",
    "TED Radio Hour",
    "How I Built This",
    "Invisibilia",
    "The Indicator from Planet Money",
    "Life Kit",
    "Snap Judgment",
    "The Brian Lehrer Show",
    "All of it",
    "Democracy Now!",
    "Latino USA",
    "State of the Re:Union",
    "Car Talk",
    "Living on Earth",
    "The Pulse",
    "Alt.Latino",
    "All Songs Considered",
    "It's Been a Minute",
    "Bullseye",
    "Ask Me Another",
    "It's All Politics",
    "NPR Politics Podcast",
    "The NPR Politics Podcast",
    "News & Notes",
    "Newscast",
    "Short Wave",
    "BBC Newshour",
    "Newshour",
    "This American Life",
    "Freakonomics Radio",
    "Reveal",
];

/// The programmes by their names in lower case.
static KNOWN: LazyLock<HashMap<String, &str>> =
    LazyLock::new(|| PROGRAMS.iter().map(|name| (name.to_lowercase(), *name)).collect());

/// The programme that a line names.
pub(crate) fn named(text: &str) -> Option<String> {
    let plain = chrome::plain(text);
    if let Some(name) = KNOWN.get(plain.as_str()) {
        let printed = text.trim();
        let shouted = !printed.chars().any(char::is_lowercase);
        return Some(if shouted { (*name).to_owned() } else { printed.to_owned() });
    }
    let capitals = text.trim();
    let is_titled = capitals.starts_with("THE ")
        && [" PROGRAMME", " SHOW"].iter().any(|end| capitals.ends_with(end))
        && word_count(capitals) <= 6;
    if is_titled {
        return Some(capitals.to_owned());
    }
    for lead in ["Heard on ", "Heard On ", "HEARD ON ", "From the program ", "Program: ", "Show: "]
    {
        if let Some(rest) = text.trim().strip_prefix(lead)
            && rest.len() < 80
            && date::published(rest).is_none()
        {
            return Some(rest.trim().to_owned());
        }
    }
    None
}

/// The programme that somebody announces with its name in capitals: `This is FRESH AIR.`
pub(crate) fn announced(text: &str) -> Option<&'static str> {
    for lead in ["This is ", "this is ", "It's ", "You're listening to ", "Welcome to "] {
        for (at, _) in text.match_indices(lead).take(4) {
            let rest = text.get(at + lead.len()..)?;
            let found = PROGRAMS.iter().find(|name| {
                rest.get(..name.len()).is_some_and(|said| said == name.to_uppercase())
                    && !rest.get(name.len()..).is_some_and(|after| {
                        after.trim_start().starts_with(char::is_uppercase)
                            && !after.starts_with([',', '.', '!'])
                    })
            });
            if let Some(name) = found {
                return Some(name);
            }
        }
    }
    None
}

/// The programme with which a title begins: `PBS NewsHour Full Episode, Jan. 14, 2020`.
pub(crate) fn of_title(title: &str) -> Option<&'static str> {
    let found = PROGRAMS.iter().find(|name| {
        name.contains(' ')
            && title
                .strip_prefix(**name)
                .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    });
    found.copied().filter(|_| {
        date::published(title).is_some() || title.contains("ull Episode") || title.contains(" for ")
    })
}

/// The programme that a name is one of: `PBS NewsHour`.
pub(crate) fn of(name: &str) -> Option<&'static str> {
    PROGRAMS.iter().find(|own| own.eq_ignore_ascii_case(name.trim()) && own.contains(' ')).copied()
}

/// The network with which a name begins.
pub(crate) fn network_of(name: &str) -> Option<&str> {
    name.split([' ', '.']).next().filter(|first| matches!(*first, "CNN" | "PBS" | "NPR" | "BBC"))
}
