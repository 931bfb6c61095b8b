//! Names as labels print them: titles in front, the name in natural case.

use std::collections::HashMap;

use crate::cast::tables::{ASKERS, GROUPS, LEADING, MACHINES, UNNAMED, is_title};
use crate::model::Document;

/// What a label says.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Voice {
    /// Courtesy title, rank or office, as printed.
    pub(crate) title: Option<String>,
    /// The words of the name, as printed.
    pub(crate) words: Vec<String>,
    /// What stands behind the name: role, outlet, as printed.
    pub(crate) role: Option<String>,
    /// What sort of speaker the words are for.
    pub(crate) kind: VoiceKind,
}

/// What sort of speaker a label names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum VoiceKind {
    /// Somebody, by name.
    #[default]
    Named,
    /// Somebody who isn't named.
    Unnamed,
    /// Several.
    Group,
    /// No person.
    Machine,
    /// Two labels that were run together: `J & ROBERT KRUL`.
    Scar,
}

impl Voice {
    /// Takes a label apart.
    pub(crate) fn of(label: &str) -> Self {
        let (head, role) = split_role(label);
        let role = role.map(str::to_owned);
        let words: Vec<&str> = head.split_whitespace().collect();
        let lower: Vec<String> = words.iter().map(|word| plain(word)).collect();
        let kind = kind(&lower, head);
        if kind != VoiceKind::Named {
            return Self {
                title: None,
                words: words.into_iter().map(str::to_owned).collect(),
                role,
                kind,
            };
        }
        let mut titles = lower.iter().take_while(|word| is_title(word)).count();
        titles = titles.min(words.len().saturating_sub(1));
        // `King Charles` has a title, `Major Tom Ames` too; but `Chief Ames` leads to nobody else.
        let only_leading = lower.iter().take(titles).all(|word| LEADING.contains(&word.as_str()));
        if titles > 0
            && only_leading
            && !matches!(lower.first().map(String::as_str), Some("chief" | "staff"))
        {
            titles = 0;
        }
        let title = (titles > 0).then(|| {
            words.iter().take(titles).map(|word| title_case(word)).collect::<Vec<_>>().join(" ")
        });
        let words = words.iter().skip(titles).map(|word| (*word).to_owned()).collect();
        Self { title, words, role, kind }
    }

    /// The name for comparing: in lower case, without punctuation.
    pub(crate) fn key(&self) -> String {
        self.words
            .iter()
            .map(|word| plain(word))
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Whether the name is a surname with particles: `DE LA CRUZ`.
    pub(crate) fn is_surname(&self) -> bool {
        let words: Vec<String> = self.words.iter().map(|word| plain(word)).collect();
        words.len() == 1
            || words.split_last().is_some_and(|(_, before)| {
                before.iter().all(|word| {
                    matches!(
                        word.as_str(),
                        "de" | "del"
                            | "van"
                            | "von"
                            | "der"
                            | "den"
                            | "la"
                            | "le"
                            | "al"
                            | "el"
                            | "bin"
                            | "ibn"
                            | "ter"
                            | "di"
                            | "da"
                    )
                })
            })
    }

    /// The last word for comparing, without suffixes such as Jr.
    pub(crate) fn surname(&self) -> String {
        let words: Vec<String> = self.words.iter().map(|word| plain(word)).collect();
        let end = words
            .iter()
            .rposition(|word| !matches!(word.as_str(), "jr" | "sr" | "ii" | "iii" | "iv"))
            .unwrap_or(0);
        words.get(end).cloned().unwrap_or_default()
    }

    /// Initials in front of a surname: `S. O'BRIEN`, `WE. QUILL`.
    pub(crate) fn initials(&self) -> Option<String> {
        let first = self.words.first()?;
        let bare = plain(first);
        let dotted = first.ends_with('.') && bare.chars().count() <= 3;
        (self.words.len() > 1 && (dotted || bare.chars().count() == 1)).then_some(bare)
    }
}

/// A word for comparing: lower case, marks at its ends gone, apostrophes alike.
pub(crate) fn plain(word: &str) -> String {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '#');
    if word.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return word.to_ascii_lowercase();
    }
    word.chars()
        .flat_map(char::to_lowercase)
        .map(|c| if matches!(c, '’' | '`' | '‘') { '\'' } else { c })
        .filter(|c| *c != '.')
        .collect()
}

/// The name and the role of a label.
fn split_role(label: &str) -> (&str, Option<&str>) {
    let label = label.trim();
    for lead in ["ARCHIVE CLIP, ", "ARCHIVAL CLIP, ", "CLIP, ", "ARCHIVE, ", "TAPE, "] {
        if let Some(rest) = label.strip_prefix(lead) {
            return (rest.trim(), None);
        }
    }
    let mut end = label.len();
    if let Some(at) = label.find(['(', '[']).filter(|at| *at > 0) {
        end = at;
    }
    for (at, _) in label.match_indices([',', ';']) {
        let next = label.get(at + 1..).unwrap_or_default().trim_start();
        let word = plain(next.split([',', ' ']).next().unwrap_or_default());
        if !matches!(word.as_str(), "jr" | "sr" | "ii" | "iii" | "iv" | "md" | "phd" | "esq") {
            end = end.min(at);
            break;
        }
    }
    let head = label.get(..end).unwrap_or_default().trim();
    let mut role = label.get(end..).unwrap_or_default().trim_start_matches([',', ';', ' ']).trim();
    if let Some(inner) = role.strip_prefix('(').and_then(|role| role.strip_suffix(')')) {
        role = inner.trim();
    }
    if matches!(role, "ph" | "ph." | "phonetic" | "sp?") {
        role = "";
    }
    match [" reporting", " Reporting"].iter().find_map(|word| head.strip_suffix(word)) {
        Some(name) => (name.trim(), Some(head.get(name.len()..).unwrap_or_default().trim())),
        None => (head, Some(role).filter(|role| !role.is_empty())),
    }
}

fn kind(lower: &[String], head: &str) -> VoiceKind {
    let first = lower.first().map(String::as_str).unwrap_or_default();
    let has = |list: &[&str]| lower.iter().any(|word| list.contains(&word.trim_start_matches('#')));
    if head.contains(" & ")
        || head.contains(" AND ")
            && lower.iter().filter(|word| *word == "and").count() == 1
            && lower.len() <= 5
    {
        let initial =
            head.split_whitespace().any(|word| plain(word).chars().count() == 1 && word != "&");
        return if initial { VoiceKind::Scar } else { VoiceKind::Group };
    }
    if has(MACHINES) && lower.len() > 1 || MACHINES.contains(&first) {
        return VoiceKind::Machine;
    }
    let is_unidentified = first.starts_with("unidentif")
        || first == "unknown"
        || first == "somebody"
        || first == "someone";
    if is_unidentified {
        return if has(GROUPS) { VoiceKind::Group } else { VoiceKind::Unnamed };
    }
    if first == "group" || lower.len() == 1 && GROUPS.contains(&first) {
        return VoiceKind::Group;
    }
    if matches!(lower, [first] if ASKERS.contains(&first.as_str())) {
        return VoiceKind::Named;
    }
    let is_id = lower
        .iter()
        .all(|word| word.chars().any(|c| c.is_ascii_digit()) || UNNAMED.contains(&word.as_str()));
    let machine_id = lower.len() == 1
        && (first.starts_with("speaker") || first.starts_with("spk"))
        && first.chars().any(|c| c.is_ascii_digit());
    let digits_only = !lower.is_empty()
        && lower.iter().all(|word| word.chars().all(|c| c.is_ascii_digit() || c == '#'));
    let is_initial = lower.len() == 1
        && first.chars().count() == 1
        && first.chars().all(char::is_alphabetic)
        && first != "q"
        && first != "a";
    if (is_id || machine_id || digits_only)
        && !is_initial
        && !(lower.len() == 1 && matches!(first, "q" | "a"))
    {
        let group = lower.iter().all(|word| GROUPS.contains(&word.as_str()));
        return if group { VoiceKind::Group } else { VoiceKind::Unnamed };
    }
    VoiceKind::Named
}

/// A title in natural case.
fn title_case(word: &str) -> String {
    if word.chars().any(char::is_lowercase) {
        return word.to_owned();
    }
    capitalise(word)
}

fn capitalise(word: &str) -> String {
    let mut letters = word.chars();
    let mut done = false;
    let mut cased = String::with_capacity(word.len());
    for letter in letters.by_ref() {
        if done {
            // Turkish: the dotted capital is an i, not an i with a mark above it.
            match letter {
                'İ' => cased.push('i'),
                letter => cased.extend(letter.to_lowercase()),
            }
        } else {
            cased.extend(letter.to_uppercase());
            done = letter.is_alphabetic();
        }
    }
    cased
}

/// How the words of names are set where the text itself sets them, apart from labels.
#[derive(Debug, Default)]
pub(crate) struct Spelling(HashMap<String, HashMap<String, usize>>);

impl Spelling {
    /// Looks for words in everything that a document says.
    pub(crate) fn of(document: &Document, words: impl Iterator<Item = String>) -> Self {
        let mut forms: HashMap<String, HashMap<String, usize>> =
            words.map(|word| (word, HashMap::new())).collect();
        let mut key = String::new();
        let mut look = |text: &str| {
            for word in text.split(|c: char| c.is_whitespace() || matches!(c, '—' | '–' | '/'))
            {
                let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
                let bare =
                    bare.strip_suffix("'s").or_else(|| bare.strip_suffix("’s")).unwrap_or(bare);
                if !bare.chars().any(char::is_lowercase) {
                    continue;
                }
                // As `plain` has it, without a string of its own for every word that is said.
                key.clear();
                if bare.bytes().all(|b| b.is_ascii_alphanumeric()) {
                    key.push_str(bare);
                    key.make_ascii_lowercase();
                } else {
                    key.push_str(&plain(bare));
                }
                if let Some(forms) = forms.get_mut(&key) {
                    *forms.entry(bare.to_owned()).or_default() += 1;
                }
            }
        };
        for text in texts(document) {
            look(text);
        }
        Self(forms)
    }

    /// A name in natural case.
    pub(crate) fn name(&self, words: &[String]) -> String {
        let cased: Vec<String> =
            words.iter().enumerate().map(|(at, word)| self.word(word, at, words.len())).collect();
        cased.join(" ").trim_end_matches([',', ':']).to_owned()
    }

    fn word(&self, word: &str, at: usize, count: usize) -> String {
        let bare = plain(word);
        let found = self.0.get(&bare).and_then(|forms| {
            forms.iter().max_by_key(|(form, times)| (**times, std::cmp::Reverse((*form).clone())))
        });
        let mixed = word.chars().any(char::is_lowercase);
        if !mixed && at > 0 && at + 1 < count && is_particle(&bare) {
            return word.to_lowercase();
        }
        if let Some((form, _)) = found.filter(|(form, _)| {
            !mixed && form.chars().next().is_some_and(|c| c.is_uppercase() || at > 0)
        }) {
            // A name's first letter is large but for particles.
            let particle =
                form.chars().next().is_some_and(char::is_lowercase) && !is_particle(&bare);
            if !particle {
                return form.clone();
            }
        }
        let trimmed = word.trim_end_matches('.');
        let is_first_slip =
            mixed && word.chars().next().is_some_and(char::is_lowercase) && !is_particle(&bare);
        if mixed && !is_first_slip {
            let dotted =
                word.ends_with('.') && trimmed.chars().filter(|c| c.is_alphabetic()).count() > 3;
            return if dotted { trimmed.to_owned() } else { word.to_owned() };
        }
        if count == 1 && ASKERS.contains(&bare.as_str())
            || !word.chars().any(|c| c.is_uppercase() || c.is_lowercase())
            || matches!(bare.as_str(), "ii" | "iii" | "iv")
        {
            return word.to_owned();
        }
        if at > 0 && at + 1 < count && is_particle(&bare) {
            return word.to_lowercase();
        }
        let is_initials =
            word.contains('.') && trimmed.split('.').all(|part| part.chars().count() <= 1);
        if is_initials || bare.chars().count() == 1 {
            return word.to_owned();
        }
        natural(word)
    }
}

fn is_particle(word: &str) -> bool {
    matches!(
        word,
        "de" | "da"
            | "di"
            | "du"
            | "del"
            | "dela"
            | "della"
            | "dos"
            | "das"
            | "der"
            | "den"
            | "van"
            | "von"
            | "la"
            | "le"
            | "al"
            | "el"
            | "bin"
            | "ibn"
            | "ter"
            | "ten"
            | "t"
            | "y"
            | "e"
            | "zu"
    )
}

/// A word in capitals as names set it: `O'BRIEN` → `O'Brien`, `MCEWEN` → `McEwen`, parts at hyphens.
fn natural(word: &str) -> String {
    let mut cased = String::with_capacity(word.len());
    for (at, part) in word.split('-').enumerate() {
        if at > 0 {
            cased.push('-');
        }
        let marks: Vec<&str> = part.splitn(2, ['\'', '’', '`']).collect();
        match marks.as_slice() {
            [first, rest] if first.chars().count() <= 2 && rest.chars().count() > 1 => {
                cased.push_str(&capitalise(first));
                cased.extend(part.chars().nth(first.chars().count()));
                cased.push_str(&capitalise(rest));
            }
            _ => match part.strip_prefix("MC").filter(|rest| rest.chars().count() > 2) {
                Some(rest) => {
                    cased.push_str("Mc");
                    cased.push_str(&capitalise(rest));
                }
                None => cased.push_str(&capitalise(part)),
            },
        }
    }
    cased
}

/// Everything in which names are set naturally.
pub(crate) fn texts(document: &Document) -> impl Iterator<Item = &str> {
    let paragraphs = document
        .blocks()
        .iter()
        .filter_map(|block| block.turn())
        .flat_map(|turn| &turn.paragraphs)
        .map(|paragraph| paragraph.text.as_str());
    let article = document
        .article
        .iter()
        .flat_map(|article| &article.paragraphs)
        .map(|paragraph| paragraph.text.as_str());
    let bylines = document.bylines.iter().map(|byline| byline.name.as_str());
    // `Interviewer: Fenwick Hsu` above an interview.
    let keys = document.furniture.iter().map(|piece| piece.text.as_str()).filter(|text| {
        let key = text.split(':').next().unwrap_or_default();
        text.len() < 80
            && matches!(key, "Interviewer" | "Interviewee" | "Narrator" | "Host" | "Guest")
    });
    let bios = document
        .bios
        .iter()
        .flat_map(|bio| bio.name.as_deref().into_iter().chain([bio.text.as_str()]));
    paragraphs
        .chain(article)
        .chain(bylines)
        .chain(keys)
        .chain(bios)
        .chain(document.headline.as_deref())
        .chain(document.summary.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_come_off_names() {
        for (label, title, name) in [
            ("SENATOR ORRIN HALE", Some("Senator"), "orrin hale"),
            ("Lt. Cmdr. DASK", Some("Lt. Cmdr."), "dask"),
            ("Defense Minister OSKAR VELT (Laurasia)", Some("Defense Minister"), "oskar velt"),
            ("MARTHA KING, FLIGHT INSTRUCTOR", None, "martha king"),
            ("J. KING", None, "j king"),
            ("Council Member Keith Amponsah", Some("Council Member"), "keith amponsah"),
            ("ARCHIVE CLIP, Carlton Sage", None, "carlton sage"),
        ] {
            let voice = Voice::of(label);
            assert_eq!(voice.title.as_deref(), title, "{label}");
            assert_eq!(voice.key(), name, "{label}");
        }
    }

    #[test]
    fn names_in_capitals_become_natural() {
        let spelling = Spelling::default();
        for (printed, name) in [
            ("MILES O'BRIAND", "Miles O'Briand"),
            ("ANNIE MCEWAN", "Annie McEwan"),
            ("HENDRIKA VAN 'T HOFF", "Hendrika van 't Hoff"),
            ("P.W. SANDS", "P.W. Sands"),
            ("MARÍA JOSÉ RUIZ-TAGLE", "María José Ruiz-Tagle"),
            ("LLEWELLYN AP RHYS III", "Llewellyn Ap Rhys III"),
            ("A MARTEL", "A Martel"),
            ("JEAN-LUC D'ÉON", "Jean-Luc D'Éon"),
            ("J.R. PICKERING JR.", "J.R. Pickering Jr."),
        ] {
            let words: Vec<String> = printed.split(' ').map(str::to_owned).collect();
            assert_eq!(spelling.name(&words), name);
        }
    }

    #[test]
    fn nobody_and_everybody_are_told_from_people() {
        for (label, kind) in [
            ("UNIDENTIFIED PERSON #1", VoiceKind::Unnamed),
            ("UNIDENTIFIED SINGERS", VoiceKind::Group),
            ("Group of Children", VoiceKind::Group),
            ("AUDIENCE", VoiceKind::Group),
            ("AI-GENERATED VOICE #1", VoiceKind::Machine),
            ("Speaker 1", VoiceKind::Unnamed),
            ("spk_0", VoiceKind::Unnamed),
            ("Caller", VoiceKind::Unnamed),
            ("J & ROBERT KRULL", VoiceKind::Scar),
            ("JG", VoiceKind::Named),
            ("Nadia", VoiceKind::Named),
        ] {
            assert_eq!(Voice::of(label).kind, kind, "{label}");
        }
    }
}
