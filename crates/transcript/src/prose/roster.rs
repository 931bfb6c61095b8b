//! Which of the things that look like labels are labels, told by the whole document.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use crate::cast::ASKERS;
use crate::prose::label::{Case, Label};
use crate::prose::passage::Passage;
use crate::prose::vocabulary::{COURTESY, FUNCTION_WORDS, NON_SPEAKERS, UNNAMED};
use crate::prose::{bracket, chrome};

/// The labels of a document.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    /// How often each name stands in front of a colon at the start of a line, in capitals.
    capitals: HashMap<String, usize>,
    /// The same of names in Title Case.
    title: HashMap<String, usize>,
    /// The same of names in scripts without case.
    caseless: HashMap<String, usize>,
    /// The words of full names among the labels.
    parts: HashSet<String>,
    /// Whether names in Title Case are labels here.
    titled: bool,
    /// Whether names in scripts without case are labels here.
    caselessly: bool,
    /// Whether single letters (`Q:`, `A:`) are labels here.
    lettered: bool,
    /// Whether `QUESTION:` and `ANSWER:` are labels here.
    asked: bool,
    /// Whether pairs of initials (`JG:`) are labels here.
    initialed: bool,
    /// Whether labels stand within long lines here.
    flattened: bool,
    /// Names that are labels though they come once.
    first: HashSet<String>,
    /// Whether nothing is a label here.
    is_closed: bool,
    /// Whether only what stands behind `>>` is a label here.
    marked_only: bool,
    /// Whether lines begin with clocks here.
    clocked: bool,
    /// The initials in front of dashes, where a dash stands for the colon here.
    dashed: HashSet<String>,
}

impl Roster {
    /// A roster by which nothing is a label: the form itself names who speaks.
    pub(crate) fn closed() -> Self {
        Self { is_closed: true, ..Self::default() }
    }

    /// A name in front of the very first words is a label, though it never comes again.
    pub(crate) fn trust_first(&mut self, passages: &[Passage<'_>]) {
        let Some(first) = passages.first() else { return };
        let brackets = bracket::outermost(&first.text);
        let label = Label::scan(&first.text, words_begin(&first.text, &brackets), &brackets);
        self.titled |= label.is_some_and(|label| {
            let name = key(label.head(&first.text));
            label.case == Case::Title && !is_nobody(&name) && name.split(' ').count() <= 3
        });
        if self.titled {
            self.first = self.title.keys().cloned().collect();
        }
    }

    /// From now on only what stands behind `>>` is a label.
    pub(crate) fn marked_only(&mut self) {
        self.marked_only = true;
    }

    /// Looks over the passages of a document.
    pub(crate) fn of(passages: &[Passage<'_>]) -> Self {
        let mut roster = Self::default();
        let mut clocks = 0;
        let mut dashes: HashMap<String, usize> = HashMap::new();
        for passage in passages.iter().filter(|passage| passage.may_speak()) {
            clocks += usize::from(begins_with_clock(&passage.text));
            if let Some(label) =
                Label::scan_dashed(&passage.text, 0).filter(|label| label.case == Case::Capitals)
            {
                *dashes.entry(label.head(&passage.text).to_owned()).or_default() += 1;
            }
            let brackets = bracket::outermost(&passage.text);
            let start = words_begin(&passage.text, &brackets);
            if let Some(label) = Label::scan(&passage.text, start, &brackets) {
                roster.count(&label, &passage.text);
            }
        }
        let heads: usize = [&roster.capitals, &roster.title, &roster.caseless]
            .iter()
            .map(|map| map.values().sum::<usize>())
            .sum();
        let mut inner = Self::default();
        for passage in
            passages.iter().filter(|passage| passage.may_speak() && passage.text.len() > 200)
        {
            let brackets = bracket::outermost(&passage.text);
            for label in within(&passage.text, &brackets, 1) {
                inner.count(&label, &passage.text);
            }
        }
        let capitals: usize = inner.capitals.values().sum();
        let again =
            |map: &HashMap<String, usize>| map.values().filter(|times| **times > 1).sum::<usize>();
        let titled = again(&inner.title) + again(&inner.caseless);
        if capitals > 1 && capitals > heads || titled > 3 && titled > heads {
            roster.flattened = true;
            for (map, more) in [
                (&mut roster.capitals, inner.capitals),
                (&mut roster.title, inner.title),
                (&mut roster.caseless, inner.caseless),
            ] {
                for (name, times) in more {
                    *map.entry(name).or_default() += times;
                }
            }
        }
        roster.clocked = clocks > 2 && clocks * 3 > passages.len();
        if dashes.values().filter(|times| **times > 1).count() > 1 {
            roster.dashed = dashes.into_keys().collect();
        }
        roster.settle();
        roster
    }

    /// The label that stands at an offset, at the start of a line.
    pub(crate) fn label_at(
        &self,
        text: &str,
        at: usize,
        brackets: &[Range<usize>],
    ) -> Option<Label> {
        if !self.dashed.is_empty()
            && let Some(label) = Label::scan_dashed(text, at)
        {
            let head = label.head(text);
            let unnamed = head
                .split(' ')
                .next()
                .is_some_and(|word| UNNAMED.contains(&word.to_lowercase().as_str()));
            if self.dashed.contains(head) || unnamed {
                return Some(label);
            }
        }
        Label::scan(text, at, brackets).filter(|label| self.takes(label, text))
    }

    /// Whether what looks like a label at the start of a line is one.
    pub(crate) fn takes(&self, label: &Label, text: &str) -> bool {
        let head = label.head(text);
        let name = key(head);
        let before = text.get(..label.span.start).unwrap_or_default().trim_end();
        if self.is_closed
            || self.marked_only && !before.ends_with('>') && !name.ends_with("narrator")
        {
            return false;
        }
        if self.asked && matches!(name.as_str(), "question" | "answer") {
            return true;
        }
        if is_nobody(&name) {
            return false;
        }
        if before.ends_with(">>") && matches!(label.case, Case::Capitals | Case::Title) {
            return true;
        }
        let words = name.split_whitespace().count();
        match label.case {
            Case::Capitals => {
                let letters = name.chars().filter(|c| c.is_alphabetic()).count();
                let times = self.capitals.get(&name).copied().unwrap_or_default();
                match letters {
                    0 => false,
                    1 if words == 1 => self.lettered && matches!(name.as_str(), "q" | "a"),
                    _ if words == 1 && chrome::is_call(&head.to_uppercase()) => times > 1,
                    2 => times > 1 || self.initialed || self.parts.contains(&name) || words == 2,
                    _ => true,
                }
            }
            Case::Title => {
                let known = self.capitals.contains_key(&name) || self.knows_part(&name);
                let unnamed = name
                    .split_whitespace()
                    .any(|word| UNNAMED.contains(&word.trim_end_matches('.')));
                let times = self.title.get(&name).copied().unwrap_or_default();
                let starts_unnamed =
                    name.starts_with("unidentified") || name.starts_with("unknown ");
                let plausible =
                    self.first.contains(&name) || times > 1 || words > 1 && words <= 5 || unnamed;
                starts_unnamed
                    || self.titled && (known || plausible)
                    || known && !self.capitals.is_empty()
            }
            Case::Caseless => {
                let times = self.caseless.get(&name).copied().unwrap_or_default();
                // Somebody who speaks once may be a title with a name that is known: `主持人林晓雨`.
                let again = |known: &&String| {
                    known.chars().count() > 1 && name.ends_with(known.as_str()) && **known != name
                };
                let titled = || self.caseless.iter().any(|(known, n)| *n > 1 && again(&known));
                self.caselessly && (times > 1 || words > 1 || titled())
            }
            Case::Lower => {
                let times = self
                    .title
                    .get(&name)
                    .or_else(|| self.capitals.get(&name))
                    .copied()
                    .unwrap_or_default();
                let first = name.split_whitespace().next().unwrap_or_default();
                let somebody = matches!(first, "somebody" | "someone" | "unidentified")
                    || COURTESY.contains(&first);
                name.ends_with("narrator")
                    || times > 0
                    || self.titled && (self.knows_part(&name) || somebody)
                    || self.resembles(&name)
            }
        }
    }

    /// Whether what looks like a label within a line is one.
    pub(crate) fn takes_within(&self, label: &Label, text: &str) -> bool {
        if !self.takes(label, text) {
            return false;
        }
        let name = key(label.head(text));
        let words = name.split_whitespace().count();
        match label.case {
            Case::Capitals => {
                let known = self.capitals.get(&name).copied().unwrap_or_default() > 0;
                let role = label.role(text).to_lowercase();
                let staff = ["host", "byline", "anchor", "correspondent"]
                    .iter()
                    .any(|word| role.contains(word));
                let before = text.get(..label.span.start).unwrap_or_default().trim_end();
                let behind_cue = before.ends_with([')', ']', '>']);
                known || self.flattened || staff || behind_cue && words > 1
            }
            Case::Title => self.flattened && (self.is_again(&name) || (2..=5).contains(&words)),
            Case::Caseless => self.flattened,
            Case::Lower => false,
        }
    }

    /// Whether a name in Title Case (as keyed) is that of several labels.
    fn is_again(&self, name: &str) -> bool {
        self.title.get(name).copied().unwrap_or_default() > 1
    }

    /// Whether a label's name is that of several labels.
    pub(crate) fn knows(&self, label: &Label, text: &str) -> bool {
        let name = key(label.head(text));
        self.is_again(&name) || self.capitals.get(&name).copied().unwrap_or_default() > 1
    }

    /// Whether labels stand within long lines.
    pub(crate) fn is_flattened(&self) -> bool {
        self.flattened
    }

    /// Whether lines begin with clocks.
    pub(crate) fn is_clocked(&self) -> bool {
        self.clocked
    }

    fn knows_part(&self, name: &str) -> bool {
        self.parts.contains(name) || self.title.contains_key(name) && self.titled
    }

    /// Whether all words of a name in lower case are known of labels.
    fn resembles(&self, name: &str) -> bool {
        self.titled && name.split_whitespace().any(|word| self.parts.contains(word))
    }

    fn count(&mut self, label: &Label, text: &str) {
        let name = key(label.head(text));
        if is_nobody(&name) && !matches!(name.as_str(), "question" | "answer") {
            return;
        }
        let map = match label.case {
            Case::Capitals => &mut self.capitals,
            Case::Title => &mut self.title,
            Case::Caseless => &mut self.caseless,
            Case::Lower => return,
        };
        *map.entry(name).or_default() += 1;
    }

    fn settle(&mut self) {
        let once =
            |name: &str, map: &HashMap<String, usize>| map.get(name).copied().unwrap_or_default();
        let either = |name: &str| once(name, &self.capitals) + once(name, &self.title);
        self.asked = either("question") > 1 && either("answer") > 1;
        self.lettered = once("q", &self.capitals) > 0 && once("a", &self.capitals) > 0;
        let initials = self
            .capitals
            .iter()
            .filter(|(name, times)| {
                name.len() == 2 && name.bytes().all(|b| b.is_ascii_lowercase()) && **times > 1
            })
            .count();
        self.initialed = initials > 1;
        let total: usize = self.title.values().sum();
        let repeated = self.title.values().filter(|times| **times > 1).count();
        let full = self.title.keys().filter(|name| name.split_whitespace().count() > 1).count();
        self.titled = total > 2 && self.title.len() > 1 && (repeated > 0 || full > 2)
            || total == 2 && full == 2 && self.capitals.is_empty();
        // An organisation that asks, and who answers by name.
        let asker = self.capitals.keys().any(|name| ASKERS.contains(&name.as_str()));
        self.titled |= asker && (repeated > 0 || full > 0);
        let total: usize = self.caseless.values().sum();
        self.caselessly = total > 2 && self.caseless.values().any(|times| *times > 1);
        let maps = [Some(&self.capitals), self.titled.then_some(&self.title)];
        for name in maps.into_iter().flatten().flat_map(HashMap::keys) {
            if name.split_whitespace().count() > 1 {
                self.parts.extend(name.split_whitespace().map(str::to_owned));
            }
        }
    }
}

/// Whether a line is a clock with words after it.
fn begins_with_clock(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let is_clock = |word: &str| {
        super::piece::clock(word.trim_matches(['[', ']', '(', ')'])).is_some()
            || super::piece::subtitle(word).is_some()
    };
    words.next().is_some_and(is_clock) && words.next().is_some()
}

/// A name as the roster keys it: in lower case, punctuation at its ends gone, white space folded.
fn key(head: &str) -> String {
    let mut key = String::with_capacity(head.len());
    for word in head.split_whitespace() {
        if !key.is_empty() {
            key.push(' ');
        }
        if word.bytes().all(|b| b.is_ascii_alphanumeric()) {
            let start = key.len();
            key.push_str(word);
            key.get_mut(start..).unwrap_or_default().make_ascii_lowercase();
            continue;
        }
        key.extend(
            word.chars()
                .flat_map(char::to_lowercase)
                .map(|c| if matches!(c, '’' | '`') { '\'' } else { c }),
        );
    }
    key.trim_matches(|c: char| c.is_ascii_punctuation() && c != '#').to_owned()
}

/// Words of sentences that are names, too.
const NAMELIKE: &[&str] = &[
    "will", "so", "do", "my", "let", "had", "can", "may", "in", "an", "are", "has", "was", "at",
    "on",
];

static NOBODY: LazyLock<HashSet<&str>> = LazyLock::new(|| NON_SPEAKERS.iter().copied().collect());
static FUNCTION: LazyLock<HashSet<&str>> =
    LazyLock::new(|| FUNCTION_WORDS.iter().copied().collect());

/// Numbers behind the parts of a programme: `Act One`.
const NUMBERS: &[&str] =
    &["one", "two", "three", "four", "five", "six", "seven", "i", "ii", "iii", "iv", "v"];

/// Whether a name (as keyed) is that of a part of a programme.
pub(crate) fn is_act(name: &str) -> bool {
    let mut words = name.split_whitespace();
    let part = words.next().unwrap_or_default();
    let number = words.next().unwrap_or_default();
    words.next().is_none()
        && matches!(part, "act" | "part" | "chapter" | "segment" | "episode" | "scene" | "section")
        && !number.is_empty()
        && (NUMBERS.contains(&number) || number.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a name (as keyed) is one that nobody has.
fn is_nobody(name: &str) -> bool {
    if name.is_empty() || NOBODY.contains(name) {
        return true;
    }
    let mut words = name.split_whitespace();
    let first = words.next().unwrap_or_default();
    if first == "unidentified" || first == "somebody" || first == "someone" {
        return false;
    }
    let words: Vec<&str> = std::iter::once(first).chain(words).collect();
    if is_act(name) {
        return true;
    }
    let functions =
        words.iter().filter(|word| FUNCTION.contains(*word) && !NAMELIKE.contains(word)).count();
    let last = words.last().copied().unwrap_or_default();
    if words.len() > 1
        && matches!(
            last,
            "interview"
                | "transcript"
                | "exclusive"
                | "live"
                | "update"
                | "opinion"
                | "analysis"
                | "review"
                | "podcast"
                | "video"
                | "note"
                | "notes"
                | "edition"
        )
    {
        return true;
    }
    // `WILL SHORE` and `MY NGUYEN` are names; `THAT WERE CLOSED WERE` is none.
    words.len() > 1 && functions * 2 >= words.len()
        || words.iter().any(|word| {
            FUNCTION.contains(word) && !NAMELIKE.contains(word) && !matches!(*word, "i" | "we")
        })
}

/// Where the words of a line begin: past bullets, `>>`, and cues and printed times in front.
pub(crate) fn words_begin(text: &str, brackets: &[Range<usize>]) -> usize {
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let skipped =
            rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '>' | '•' | '*'));
        at += rest.len() - skipped.len();
        if let Some(dashed) = skipped.strip_prefix("- ") {
            at += skipped.len() - dashed.len();
            continue;
        }
        match bracket::at(brackets, at) {
            Some(pair) => at = pair.end,
            None => return at,
        }
    }
}

/// Everything that looks like a label after the end of a sentence, from an offset on.
pub(crate) fn within(text: &str, brackets: &[Range<usize>], from: usize) -> Vec<Label> {
    let mut found = Vec::new();
    let mut floor = from;
    for colon in memchr::memchr_iter(b':', text.as_bytes()) {
        let digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
        let doubled = text.as_bytes().get(colon + 1) == Some(&b':');
        if colon < floor || digit(colon + 1) || doubled {
            continue;
        }
        let mut low = floor.max(colon.saturating_sub(200));
        while !text.is_char_boundary(low) {
            low += 1;
        }
        if let Some(label) = before(text, brackets, low, colon, low == floor) {
            floor = label.end;
            found.push(label);
        } else {
            floor = floor.max(low);
        }
    }
    found
}

/// The label that ends at a colon and begins after the end of a sentence.
fn before(
    text: &str,
    brackets: &[Range<usize>],
    low: usize,
    colon: usize,
    from_floor: bool,
) -> Option<Label> {
    let window = text.get(low..colon)?;
    let mut starts: Vec<usize> = Vec::new();
    if from_floor {
        starts.push(low);
    }
    let mut ended = None;
    for (offset, letter) in window.char_indices() {
        let at = low + offset;
        if letter.is_whitespace() {
            ended = ended.map(|(mark, _)| (mark, true));
        } else if let Some((mark, apart)) = ended.take()
            && !ends_sentence(letter)
            && (apart || letter.is_uppercase() && matches!(mark, ')' | ']' | '.' | '?' | '!' | ':'))
        {
            starts.push(at);
        }
        if ends_sentence(letter) {
            ended = Some((letter, false));
        }
    }
    starts.into_iter().find_map(|start| {
        if bracket::around(brackets, start).is_some() {
            return None;
        }
        Label::scan(text, start, brackets).filter(|label| {
            let fits = label.span.end <= colon && label.end > colon;
            fits && label.case != Case::Lower && !is_nobody(&key(label.head(text)))
        })
    })
}

fn ends_sentence(letter: char) -> bool {
    matches!(
        letter,
        '.' | '?'
            | '!'
            | '"'
            | '”'
            | '’'
            | '\''
            | ')'
            | ']'
            | '…'
            | '-'
            | '—'
            | '–'
            | '*'
            | '♪'
            | '#'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_within_a_line_are_found_behind_cues() {
        let text = "All that and more on tonight’s “PBS NewsHour.” (BREAK) JUDY WOODRUFF: An elite general is dead. It said: no. NICK SCHIFRIN: He was.";
        let brackets = bracket::outermost(text);
        let found: Vec<&str> =
            within(text, &brackets, 0).iter().map(|label| &text[label.head.clone()]).collect();
        assert_eq!(found, ["JUDY WOODRUFF", "NICK SCHIFRIN"]);
    }
}
