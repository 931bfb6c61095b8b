//! A speaker's label in front of words: `FULL NAME, HOST:`, `Mr. RICHARD KYLE (Reporter):`, `JG:`.

use std::ops::Range;

use crate::model::Millis;
use crate::prose::bracket;
use crate::prose::cue;
use crate::prose::piece::clock;
use crate::prose::vocabulary::{PARTICLES, SUFFIXES};

/// What looks like a label. Whether it is one is for [`Roster`](super::roster::Roster) to say, who
/// knows the whole document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Label {
    /// The whole of it as printed, brackets included, without the colon.
    pub(crate) span: Range<usize>,
    /// Where the words begin, past the colon and white space.
    pub(crate) end: usize,
    /// The name, with titles.
    pub(crate) head: Range<usize>,
    /// How the name is set.
    pub(crate) case: Case,
    /// Brackets in it that say how something is said (`(voice-over)`), in order.
    pub(crate) notes: Vec<Range<usize>>,
    /// A bracket in it that names a party: `(R)`, `(D-OH)`.
    pub(crate) party: Option<Range<usize>>,
    /// A bracket in it that says when the words are heard: `(01:05)`.
    pub(crate) start: Option<(Range<usize>, Millis)>,
}

/// How the letters of a name are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Case {
    /// In capitals, apart from particles, titles and `Mc`.
    Capitals,
    /// Each word with a capital.
    Title,
    /// In a script without capitals.
    Caseless,
    /// Anything else that is short: a slip for another label, perhaps.
    Lower,
}

/// The most bytes that a label may have. The longest roles seen have about 140.
const LONGEST: usize = 220;

impl Label {
    /// What looks like a label at an offset of a text. `brackets` are the text's
    /// [`outermost`](bracket::outermost) ones.
    pub(crate) fn scan(text: &str, at: usize, brackets: &[Range<usize>]) -> Option<Self> {
        let start = at + blank(text.get(at..)?);
        let reach = text.as_bytes().get(start..(start + LONGEST + 4).min(text.len()))?;
        // Most lines have none; `：` ends in the byte 0x9A.
        memchr::memchr2(b':', 0x9A, reach)?;
        let colon = colon(text, start, brackets)?;
        let mark = text.get(colon..)?.chars().next()?;
        let span = start..start + text.get(start..colon)?.trim_end().len();
        let head = head(text, &span, brackets);
        let case = case_of(text.get(head.clone())?)?;
        let after = colon + mark.len_utf8();
        // No space follows a full-width colon.
        if mark != '：' && !opens_words(text.get(after..)?, case) {
            return None;
        }
        let role = text.get(head.end..span.end)?;
        if case != Case::Capitals && (role.contains(". ") || role.split_whitespace().count() > 12) {
            return None;
        }
        let mut label = Self {
            end: after + blank(text.get(after..)?),
            head,
            case,
            notes: Vec::new(),
            party: None,
            start: None,
            span,
        };
        label.read_brackets(text, brackets);
        Some(label)
    }

    /// The same where a dash between spaces stands for the colon: `MC – Good evening.`
    pub(crate) fn scan_dashed(text: &str, at: usize) -> Option<Self> {
        let start = at + blank(text.get(at..)?);
        let rest = text.get(start..)?;
        let (dash, mark) =
            rest.char_indices().take(40).find(|(_, letter)| matches!(letter, '–' | '—' | '-'))?;
        let name = rest.get(..dash)?.strip_suffix(' ')?;
        let after = rest.get(dash + mark.len_utf8()..)?.strip_prefix(' ')?;
        let initials = name.len() <= 3 && name.bytes().all(|b| b.is_ascii_uppercase());
        let words =
            name.split(' ').count() <= 5 && name.chars().all(|c| c.is_alphanumeric() || c == ' ');
        if name.is_empty() || !(initials || words) {
            return None;
        }
        Some(Self {
            span: start..start + name.len(),
            end: start + dash + mark.len_utf8() + 1 + blank(after),
            head: start..start + name.len(),
            case: if initials { Case::Capitals } else { Case::Lower },
            notes: Vec::new(),
            party: None,
            start: None,
        })
    }

    /// The name as printed.
    pub(crate) fn head<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.head.clone()).unwrap_or_default()
    }

    /// What stands after the name as printed, its comma or bracket included.
    pub(crate) fn role<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.head.end..self.span.end).unwrap_or_default()
    }

    /// The label as it is kept: without the brackets that are notes or name a party.
    pub(crate) fn printed(&self, text: &str) -> String {
        let mut kept = String::new();
        let mut from = self.span.start;
        let mut dropped: Vec<&Range<usize>> = self
            .notes
            .iter()
            .chain(&self.party)
            .chain(self.start.as_ref().map(|(range, _)| range))
            .collect();
        dropped.sort_by_key(|range| range.start);
        for range in dropped {
            let piece = text.get(from..range.start).unwrap_or_default();
            kept.push_str(piece.trim_end());
            from = range.end;
        }
        kept.push_str(text.get(from..self.span.end).unwrap_or_default());
        fold(kept.trim())
    }

    /// The whole role as printed, if a party was taken out of the label: `(R), GOVERNOR OF MARLOW`.
    pub(crate) fn full_role(&self, text: &str) -> Option<String> {
        let party = self.party.clone()?;
        text.get(party.start..self.span.end).map(|role| fold(role.trim()))
    }

    fn read_brackets(&mut self, text: &str, brackets: &[Range<usize>]) {
        let first = brackets.partition_point(|pair| pair.start < self.span.start);
        for pair in brackets.iter().skip(first).take_while(|pair| pair.end <= self.span.end) {
            let Some(inner) = text.get(pair.start + 1..pair.end.saturating_sub(1)) else {
                continue;
            };
            if let Some(start) = clock(inner.trim()) {
                self.start = Some((pair.clone(), start));
            } else if is_party(inner) && self.party.is_none() {
                self.party = Some(pair.clone());
            } else if cue::is_note(&inner.trim().to_lowercase()) {
                self.notes.push(pair.clone());
            }
        }
    }
}

/// How many bytes of white space a text begins with.
pub(crate) fn blank(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// White space folded: a run of it to one space, a single no-break space kept.
pub(crate) fn fold(text: &str) -> String {
    let text = text.trim();
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    // Word by word, not letter by letter: this is done to everything that is read.
    while let Some(space) = rest.find(char::is_whitespace) {
        let (word, behind) = rest.split_at(space);
        rest = behind.trim_start();
        folded.push_str(word);
        let run = behind.get(..behind.len() - rest.len()).unwrap_or_default();
        folded.push(if run == "\u{a0}" { '\u{a0}' } else { ' ' });
    }
    folded.push_str(rest);
    folded
}

/// The colon that ends a label: the first one that is neither in brackets nor in quotes, with
/// nothing before it that a label can't hold.
fn colon(text: &str, start: usize, brackets: &[Range<usize>]) -> Option<usize> {
    let mut quoted = false;
    let mut skip_to = start;
    for (offset, letter) in text.get(start..)?.char_indices() {
        let at = start + offset;
        if offset > LONGEST {
            return None;
        }
        if at < skip_to {
            continue;
        }
        match letter {
            ':' | '：' if !quoted => return Some(at),
            '(' | '[' => match bracket::at(brackets, at) {
                Some(pair) if offset > 0 && !is_sound(text.get(pair.clone())?) => {
                    skip_to = pair.end
                }
                _ => return None,
            },
            '"' => quoted = !quoted,
            '“' => quoted = true,
            '”' => quoted = false,
            '?' | '!' | '\u{2026}' if !quoted => return None,
            _ => {}
        }
    }
    None
}

/// Whether a bracket is a cue that no label holds.
fn is_sound(bracket: &str) -> bool {
    let lower: String = bracket.chars().skip(1).take(12).flat_map(char::to_lowercase).collect();
    lower.starts_with("soundbite of") || lower.starts_with("begin ") || lower.starts_with("end ")
}

/// The name of a label: up to the first comma or bracket that isn't part of it.
fn head(text: &str, span: &Range<usize>, brackets: &[Range<usize>]) -> Range<usize> {
    let label = text.get(span.clone()).unwrap_or_default();
    let mut end = span.end;
    let first = brackets.partition_point(|pair| pair.start < span.start);
    if let Some(pair) = brackets.get(first).filter(|pair| pair.start < end) {
        end = pair.start;
    }
    for (offset, _) in label.match_indices([',', ';']) {
        let rest = label.get(offset + 1..).unwrap_or_default().trim_start();
        let next = rest.split([',', ' ']).next().unwrap_or_default();
        if SUFFIXES.contains(&next.trim_end_matches('.').to_uppercase().as_str()) {
            continue;
        }
        end = end.min(span.start + offset);
        break;
    }
    let name = text.get(span.start..end).unwrap_or_default().trim_end();
    let name = ["reporting", "Reporting"]
        .into_iter()
        .find_map(|word| name.strip_suffix(word))
        .map_or(name, str::trim_end);
    span.start..span.start + name.len()
}

/// How a name is set; `None` for what can't be a name.
fn case_of(name: &str) -> Option<Case> {
    let words: Vec<&str> = name.split_whitespace().collect();
    if words.is_empty() || words.len() > 8 || name.len() > 100 {
        return None;
    }
    if !name.chars().any(char::is_alphabetic)
        || name.contains(['/', '=', '<', '>', '|', '@', '{', '}'])
    {
        return None;
    }
    if !name.chars().any(|c| c.is_lowercase() || c.is_uppercase()) {
        return (words.len() <= 5).then_some(Case::Caseless);
    }
    let kinds: Vec<WordCase> = words.iter().map(|word| word_case(word)).collect();
    let capitals = kinds.iter().filter(|kind| **kind == WordCase::Capitals).count();
    if kinds.contains(&WordCase::Other) {
        let short = words.len() <= 3 && name.len() <= 40;
        return short.then_some(Case::Lower);
    }
    // `Defense Minister OSKAR VELT`: whatever is set in Title Case stands in front of the capitals.
    let front = kinds
        .iter()
        .take_while(|kind| matches!(kind, WordCase::Title | WordCase::Particle))
        .count();
    let back = kinds.get(front..).unwrap_or_default();
    if capitals > 0 && back.iter().all(|kind| *kind != WordCase::Title) {
        let initials_only =
            front > 0 && back.len() == 1 && words.last().is_some_and(|w| letters(w) < 2);
        if !initials_only {
            return Some(Case::Capitals);
        }
    }
    let begins_small = kinds.first() == Some(&WordCase::Particle);
    Some(if begins_small { Case::Lower } else { Case::Title })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WordCase {
    Capitals,
    Title,
    Particle,
    /// A number, a sign.
    Neutral,
    Other,
}

fn word_case(word: &str) -> WordCase {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    if PARTICLES.contains(&bare) || PARTICLES.contains(&word) {
        return WordCase::Particle;
    }
    let mut upper = 0;
    let mut lower = 0;
    let mut first_is_upper = None;
    for letter in bare.chars().filter(|c| c.is_alphabetic()) {
        let is_lower = letter.is_lowercase();
        first_is_upper.get_or_insert(!is_lower);
        if is_lower { lower += 1 } else { upper += 1 }
    }
    match first_is_upper {
        None => WordCase::Neutral,
        Some(_) if lower == 0 => WordCase::Capitals,
        // McCAIN, MacLEOD, O'dELL and J.d.
        Some(true) if upper > lower && upper > 2 && lower <= 2 => WordCase::Capitals,
        // l'HEUREUX, d'ÉON
        Some(false) if upper > 2 && lower == 1 => WordCase::Capitals,
        Some(true) => WordCase::Title,
        Some(false) => {
            // al-Rashid, d'Eon
            let inner = bare.split(['-', '\'', '’']).nth(1).and_then(|part| part.chars().next());
            if lower > 0 && bare.len() > 3 && inner.is_some_and(char::is_uppercase) {
                WordCase::Title
            } else {
                WordCase::Other
            }
        }
    }
}

/// How many letters a word has.
fn letters(word: &str) -> usize {
    word.chars().filter(|c| c.is_alphabetic()).count()
}

/// Whether what follows a colon can be the beginning of somebody's words.
fn opens_words(rest: &str, case: Case) -> bool {
    match rest.chars().next() {
        None => true,
        Some(next) if next.is_whitespace() => true,
        Some('(' | '[') => true,
        // `KESSLER:How many` is a slip of typing; `10:30` and `http://` are none.
        Some(next) => {
            case == Case::Capitals
                && (next.is_uppercase() || matches!(next, '"' | '“' | '\'' | '.' | '…' | '-' | '—'))
        }
    }
}

/// Whether a bracket's text names a party, perhaps with a state: `R`, `D-OH`, `I-Vt.`.
fn is_party(inner: &str) -> bool {
    let mut parts = inner.trim().splitn(2, ['-', ',']);
    let party = parts.next().unwrap_or_default().trim();
    let place = parts.next().unwrap_or_default().trim();
    let is_code = matches!(
        party,
        "R" | "D"
            | "I"
            | "G"
            | "L"
            | "DFL"
            | "LP"
            | "IND"
            | "DEM"
            | "REP"
            | "GOP"
            | "Ret."
            | "RET."
            | "ret."
    );
    is_code && place.len() <= 6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Option<(String, String, Case)> {
        let brackets = bracket::outermost(text);
        Label::scan(text, 0, &brackets)
            .map(|label| (label.printed(text), text[label.end..].to_owned(), label.case))
    }

    #[test]
    fn capitals_in_any_script() {
        for (text, name) in [
            ("A MARTEL: Hi.", "A MARTEL"),
            ("JUAN GONZÁLVEZ: Hi.", "JUAN GONZÁLVEZ"),
            ("P.W. SINGAR: Hi.", "P.W. SINGAR"),
            ("FRED DE SOL LAZARO: Hi.", "FRED DE SOL LAZARO"),
            ("Fred de Sol LAZARO: Hi.", "Fred de Sol LAZARO"),
            ("MILES O`BRIAND, HOST: Hi.", "MILES O`BRIAND, HOST"),
            ("HENDRIKA VAN 'T HOFF: Hi.", "HENDRIKA VAN 'T HOFF"),
            ("ОСТАП ВЕРБА, ПЕКАРЬ: Hi.", "ОСТАП ВЕРБА, ПЕКАРЬ"),
            ("Mr. KYLE: Hi.", "Mr. KYLE"),
            (
                "Defense Minister OSKAR VELT (Laurasia): Hi.",
                "Defense Minister OSKAR VELT (Laurasia)",
            ),
            ("J.R. PICKERING, JR.: Hi.", "J.R. PICKERING, JR."),
            ("AI-GENERATED VOICE #1: Hi.", "AI-GENERATED VOICE #1"),
            ("CORINNE MADDOX reporting: Hi.", "CORINNE MADDOX reporting"),
            ("JOHN McCAVE: Hi.", "JOHN McCAVE"),
        ] {
            assert_eq!(
                scan(text),
                Some((name.to_owned(), "Hi.".to_owned(), Case::Capitals)),
                "{text}"
            );
        }
    }

    #[test]
    fn brackets_in_a_label_are_sorted() {
        let text = "DALE WINTERS (R), GOVERNOR OF MARLOW (voice-over): Hi.";
        let label = Label::scan(text, 0, &bracket::outermost(text)).unwrap();
        assert_eq!(label.printed(text), "DALE WINTERS, GOVERNOR OF MARLOW");
        assert_eq!(label.notes.len(), 1);
        assert_eq!(label.full_role(text).as_deref(), Some("(R), GOVERNOR OF MARLOW (voice-over)"));
    }

    #[test]
    fn colons_in_prose_and_in_times_are_none() {
        for text in [
            "It is 10:30 now",
            "see http://x.example",
            "(SOUNDBITE OF X: Y) Hi",
            "10:30 in the morning",
        ] {
            assert!(scan(text).is_none(), "{text}: {:?}", scan(text));
        }
        let text = "LYLE PRUITT, CO-AUTHOR, \"DRY: A HISTORY\": That";
        assert_eq!(scan(text).map(|found| found.1).as_deref(), Some("That"));
    }
}
