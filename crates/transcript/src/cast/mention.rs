//! Full names in running text: who is introduced, who signs off, who is greeted.

use std::collections::HashMap;

use crate::cast::name::{Spelling, plain, texts};
use crate::cast::tables::is_title;
use crate::model::Document;

/// The full names that a document mentions outside of labels.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    /// By the last word, and by the first, for comparing: each full name and how often.
    by_last: HashMap<String, HashMap<String, usize>>,
    by_first: HashMap<String, HashMap<String, usize>>,
    by_initials: HashMap<String, HashMap<String, usize>>,
}

impl Mentions {
    /// Looks through everything that is said and written.
    pub(crate) fn of(document: &Document) -> Self {
        let mut mentions = Self::default();
        for text in texts(document) {
            for name in names(text) {
                mentions.add(&name);
            }
        }
        mentions
    }

    fn add(&mut self, name: &str) {
        let words: Vec<String> = name.split(' ').map(plain).collect();
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return };
        let initials: String = words.iter().filter_map(|word| word.chars().next()).collect();
        for (map, key) in [
            (&mut self.by_last, last.clone()),
            (&mut self.by_first, first.clone()),
            (&mut self.by_initials, initials),
        ] {
            *map.entry(key).or_default().entry(name.to_owned()).or_default() += 1;
        }
    }

    /// The full name of which a word is the surname.
    pub(crate) fn with_surname(&self, word: &str) -> Option<&str> {
        most(self.by_last.get(word)?)
    }

    /// The full name of which a word is the first name, if there is only one.
    pub(crate) fn with_first_name(&self, word: &str) -> Option<&str> {
        most(self.by_first.get(word)?)
    }

    /// The full name with these initials, if there is only one.
    pub(crate) fn with_initials(&self, initials: &str) -> Option<&str> {
        let names = self.by_initials.get(initials)?;
        (names.len() == 1).then(|| most(names)).flatten()
    }
}

/// The most frequent name, the longest of equals.
fn most(names: &HashMap<String, usize>) -> Option<&str> {
    names
        .iter()
        .max_by_key(|(name, times)| (**times, name.len(), std::cmp::Reverse((*name).clone())))
        .map(|(name, _)| name.as_str())
}

/// The names of two to four words in a text that is set naturally.
pub(crate) fn names(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    let mut ended = true;
    for word in text.split_whitespace() {
        let bare = word.trim_start_matches(['"', '“', '(', '[', '\'', '‘', '-', '—']);
        let opens = bare.len() < word.len();
        let trimmed =
            bare.trim_end_matches(['"', '”', ')', ']', ',', '.', '?', '!', ';', ':', '…', '\'']);
        let possessive = trimmed.strip_suffix("'s").or_else(|| trimmed.strip_suffix("’s"));
        let core = possessive.unwrap_or(trimmed);
        if run.is_empty() && core.starts_with(char::is_lowercase) {
            // Nearly every word: none of a name, and none that ends one.
            ended = bare.ends_with(['.', '?', '!', ':', '"', '”']);
            continue;
        }
        let is_initial = bare.ends_with('.')
            && core.chars().count() <= 3
            && core.chars().all(|c| c.is_uppercase() || c == '.')
            && !core.is_empty();
        let proper = core.starts_with(char::is_uppercase)
            && (core.chars().any(char::is_lowercase)
                || is_initial
                || core.chars().count() == 1 && core != "I");
        let particle = matches!(
            core,
            "de" | "da"
                | "di"
                | "du"
                | "del"
                | "der"
                | "den"
                | "van"
                | "von"
                | "la"
                | "le"
                | "al"
                | "el"
                | "bin"
                | "'t"
        );
        // What is neither ends a name anyway, title or not.
        let titled = (proper || particle) && is_title(&plain(core));
        if opens
            || !(proper || particle && !run.is_empty())
            || titled
            || ended && run.is_empty() && is_opener(core)
        {
            keep(&mut run, &mut found);
        }
        if proper && !titled && !(run.is_empty() && is_opener(core)) || particle && !run.is_empty()
        {
            run.push(if is_initial {
                bare.trim_end_matches([',', '?', '!', ';', ':'])
            } else {
                core
            });
        }
        let stops = !is_initial && bare.len() > trimmed.len() || possessive.is_some();
        if possessive.is_some() && run.len() == 1 {
            // `NPR's Judith`: whose it is, and no part of the name.
            run.clear();
        }
        if stops {
            keep(&mut run, &mut found);
        }
        ended = bare.ends_with(['.', '?', '!', ':', '"', '”']) && !is_initial;
    }
    keep(&mut run, &mut found);
    found
}

fn keep(run: &mut Vec<&str>, found: &mut Vec<String>) {
    while run.last().is_some_and(|word| word.chars().next().is_some_and(char::is_lowercase)) {
        run.pop();
    }
    if (2..=4).contains(&run.len()) {
        found.push(run.join(" "));
        if run.len() > 2 {
            // `Our Paolo Reyes`, `Reporter Ines Varga`: the last two may be the name.
            let from = run.len() - 2;
            found.extend(run.get(from..).map(|last| last.join(" ")));
        }
    }
    run.clear();
}

/// Words with a capital that only begin a sentence.
fn is_opener(word: &str) -> bool {
    matches!(
        word,
        "The"
            | "And"
            | "But"
            | "So"
            | "Hi"
            | "Hello"
            | "Hey"
            | "Thanks"
            | "Thank"
            | "Our"
            | "Good"
            | "With"
            | "For"
            | "From"
            | "In"
            | "On"
            | "At"
            | "That"
            | "This"
            | "As"
            | "Now"
            | "Then"
            | "When"
            | "While"
            | "After"
            | "Before"
            | "Reporter"
            | "Producer"
            | "Host"
            | "Correspondent"
            | "Yes"
            | "No"
            | "Well"
            | "Okay"
            | "OK"
            | "Oh"
            | "If"
            | "It"
            | "He"
            | "She"
            | "They"
            | "We"
            | "You"
            | "I'm"
            | "I’m"
            | "It's"
            | "It’s"
            | "That's"
            | "That’s"
            | "I"
            | "My"
            | "His"
            | "Her"
            | "Their"
            | "Is"
            | "Was"
            | "Did"
            | "Do"
            | "Does"
            | "What"
            | "Who"
            | "Where"
            | "Why"
            | "How"
            | "Welcome"
            | "Here"
            | "There"
            | "Let's"
            | "Meet"
            | "Author"
            | "Dear"
            | "Member"
            | "Today"
            | "Tonight"
    )
}

/// The name after `I'm`, `I am`, `my name is`, `this is` in somebody's own words.
pub(crate) fn introduces(text: &str) -> Option<String> {
    if !text.chars().any(char::is_lowercase) {
        return introduces_in_capitals(text);
    }
    for lead in [
        "I'm ",
        "I’m ",
        "I am ",
        "Soy ",
        "soy ",
        "Me llamo ",
        "Je m'appelle ",
        "Ich bin ",
        "My name is ",
        "my name is ",
        "name's ",
        "Hi, this is ",
    ] {
        for (at, _) in text.match_indices(lead).take(8) {
            let rest = text.get(at + lead.len()..)?;
            let rest = rest.strip_prefix("your host, ").unwrap_or(rest);
            if let Some(name) = leading_name(rest) {
                return Some(name);
            }
        }
    }
    None
}

/// Who leads the programme together with whoever says `I'm Ann Lee, with Juan Gil.` or `Ann Lee here
/// with Juan Gil.`
pub(crate) fn introduces_beside(text: &str) -> Option<String> {
    let own = introduces(text)?;
    let at = text.find(own.as_str())?;
    let rest = text.get(at + own.len()..)?;
    let rest = rest.strip_prefix(',').unwrap_or(rest);
    let rest = rest.strip_prefix(" here").unwrap_or(rest);
    leading_name(
        [" with ", " along with ", " alongside ", " and I'm ", " and I’m "]
            .iter()
            .find_map(|lead| rest.strip_prefix(lead))?,
    )
}

/// The same in captions that are all in capitals.
fn introduces_in_capitals(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("I'M ").or_else(|| text.split_once("I’M "))?;
    let name = rest.split(['.', ',', '!', '?', ';', '-']).next()?.trim();
    let words: Vec<&str> = name.split_whitespace().collect();
    let plain =
        words.iter().all(|word| word.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '’')));
    ((2..=3).contains(&words.len()) && plain).then(|| {
        Spelling::default().name(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    })
}

/// Who signs off: `For NPR News, I'm Ines Varga`, `Bobby Fox, NPR News, Paradise`.
pub(crate) fn signs_off(text: &str) -> Option<String> {
    let mut last = None;
    for sentence in text.split_inclusive(['.', '!']).rev().take(4) {
        let sentence = sentence.trim();
        let own = sentence.split_once(" I'm ").or_else(|| sentence.split_once(" I’m "));
        if let Some((lead, rest)) = own
            && lead.starts_with("For ")
            && lead.len() < 60
        {
            return leading_name(rest);
        }
        if let Some(rest) = sentence.strip_prefix("I'm ").or_else(|| sentence.strip_prefix("I’m "))
            && let Some(name) = leading_name(rest)
            && rest.get(name.len()..).is_some_and(|rest| {
                let rest = rest.trim_start_matches([',', ' ']);
                rest.starts_with("for ") || rest.starts_with("reporting ")
            })
        {
            return Some(name);
        }
        if let Some(name) = leading_name(sentence) {
            let rest = sentence.get(name.len()..).unwrap_or_default();
            if rest.starts_with(", ") && is_outlet(rest.trim_start_matches(", ")) {
                last = last.or(Some(name));
            }
        }
    }
    last
}

fn is_outlet(rest: &str) -> bool {
    let first = rest.split([',', '.']).next().unwrap_or_default();
    first.ends_with("News")
        || first.ends_with("NewsHour\"")
        || matches!(first, "CNN" | "NPR" | "BBC" | "VOA" | "PBS" | "ABC" | "CBS" | "NBC")
        || first.ends_with("Radio")
}

/// The full name with which a text begins.
fn leading_name(text: &str) -> Option<String> {
    let end = text.char_indices().map(|(at, _)| at).nth(60).unwrap_or(text.len());
    let start = text.get(..end)?;
    let name = names(start).into_iter().next()?;
    start.starts_with(&name).then_some(name)
}

/// Who is greeted or thanked by first name: `Hi, Marisol.`, `Thank you, Osric.`, `Neal, thanks.`
pub(crate) fn greets(text: &str) -> Vec<String> {
    const LEADS: &[&str] = &[
        "hi",
        "hello",
        "hey",
        "thanks",
        "thank you",
        "good morning",
        "good afternoon",
        "good evening",
        "morning",
        "well",
        "yes",
        "thank you so much",
        "thanks so much",
        "thank you very much",
        "thanks for having me",
        "thank you for having me",
        "good to be with you",
        "good to be here",
        "happy to be here",
        "you, too",
        "glad to be with you",
        "great to be here",
        "you bet",
        "oh",
        "no",
        "so",
        "great to be with you",
        "thanks a lot",
        "you're welcome",
        "nice to be here",
        "it's good to be here",
        "right",
        "sure",
        "yeah",
        "i can't imagine being anywhere else right now",
        "thanks very much",
        "pleasure to be here",
        "it's great to be with you",
        "nice to be with you",
        "bye",
        "buenas",
        "bonjour",
        "nice to talk to you",
        "nice to meet you",
        "thanks, again",
    ];
    let mut found = Vec::new();
    for (at, _) in text.match_indices(", ").take(200) {
        let rest = text.get(at + 2..).unwrap_or_default();
        let name: String = rest
            .chars()
            .take_while(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'))
            .collect();
        let after = rest.get(name.len()..).unwrap_or_default();
        let proper = name.starts_with(char::is_uppercase)
            && (name.chars().any(char::is_lowercase) || name.chars().count() == 1);
        if !proper || !(after.is_empty() || after.starts_with(['.', ',', '!', '?'])) {
            continue;
        }
        let before = text.get(..at).unwrap_or_default();
        let lead = before.rsplit(['.', '?', '!']).next().unwrap_or_default().trim().to_lowercase();
        if LEADS.contains(&lead.as_str())
            || LEADS.iter().any(|own| own.len() > 6 && lead.ends_with(own))
        {
            // `Thank you, Captain`: an office, and no name.
            if !is_title(&plain(&name)) {
                found.push(name);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_text() {
        assert_eq!(
            names("NPR's Judith Amberg was at the party. Thank you, Ann Lee."),
            ["Judith Amberg", "Ann Lee"]
        );
        assert_eq!(introduces("Hey, I'm Tad Abruz, this is it.").as_deref(), Some("Tad Abruz"));
        assert_eq!(introduces("I'm looking."), None);
        assert_eq!(
            signs_off("Thanks. For NPR News, I'm Ines Varga on Carrow Island.").as_deref(),
            Some("Ines Varga")
        );
        assert_eq!(
            signs_off("And so. Corinne Maddox, NPR News, Shkrel.").as_deref(),
            Some("Corinne Maddox")
        );
        assert_eq!(greets("Hi, Marisol. You, too, Yvette."), ["Marisol", "Yvette"]);
        assert_eq!(greets("Thanks for having me, Neal. I like it."), ["Neal"]);
    }
}
