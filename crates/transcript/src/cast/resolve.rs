//! From labels to people.

use std::collections::{HashMap, HashSet};

use crate::cast::mention::{self, Mentions};
use crate::cast::name::{Spelling, Voice, VoiceKind, plain};
use crate::cast::tables::is_title;
use crate::model::{Code, Content, Document, Evidence, Warning};
use crate::source::Source;

/// Somebody who speaks, while it is being found out who.
#[derive(Debug, Default)]
pub(crate) struct Person {
    /// The first label's parts, the fullest name of all.
    pub(crate) voice: Voice,
    /// The name in natural case, once it is known.
    pub(crate) name: Option<String>,
    /// The labels that are this person's, in order of first use.
    pub(crate) labels: Vec<String>,
    /// The roles that labels print, as printed.
    pub(crate) roles: Vec<String>,
    /// The title, in its first form.
    pub(crate) title: Option<String>,
    /// The blocks that are this person's turns.
    pub(crate) turns: Vec<usize>,
    /// Whether the name or a turn was inferred.
    pub(crate) inferred: bool,
    /// What that rests on.
    pub(crate) evidence: Vec<Evidence>,
}

/// The people of a document.
#[derive(Debug, Default)]
pub(crate) struct People {
    /// All of them.
    pub(crate) list: Vec<Person>,
    /// Who speaks in a block.
    pub(crate) of_block: HashMap<usize, usize>,
    /// What an editor should look at.
    pub(crate) warnings: Vec<Warning>,
    index: Index,
    /// The surnames of hosts and reporters, by the roles that labels print.
    staff: HashSet<String>,
}

/// The people by their names, so that a cast of thousands costs no more than its size.
#[derive(Debug, Default)]
struct Index {
    /// The first with a name as it is compared.
    by_key: HashMap<(VoiceKind, String), usize>,
    /// Those whose name has several words, by each of them.
    by_word: HashMap<String, Vec<usize>>,
}

impl Index {
    fn add(&mut self, person: usize, voice: &Voice) {
        self.by_key.entry((voice.kind, voice.key())).or_insert(person);
        if voice.kind == VoiceKind::Named && voice.words.len() > 1 {
            for word in voice.key().split(' ') {
                let people = self.by_word.entry(word.to_owned()).or_default();
                if people.last() != Some(&person) {
                    people.push(person);
                }
            }
        }
    }
}

/// Of how many people the names are compared letter by letter, and of one surname at all.
const SEVERAL: usize = 400;

/// A label and where it is used.
struct Use {
    label: String,
    voice: Voice,
    blocks: Vec<usize>,
}

impl People {
    /// Finds out who the labels of a document stand for.
    pub(crate) fn of(document: &Document, source: &Source<'_>) -> Self {
        let uses = uses(document);
        let mut people = Self { staff: staff(&uses), ..Self::default() };
        let mut waiting = Vec::new();
        for (index, own) in uses.iter().enumerate() {
            match own.voice.kind {
                VoiceKind::Named if !own.voice.is_surname() && own.voice.initials().is_none() => {
                    people.full(own)
                }
                VoiceKind::Named => waiting.push(index),
                VoiceKind::Scar => {
                    people.add(own);
                    people.warn(
                        document,
                        source,
                        own,
                        Code::AmbiguousLabel,
                        &format!(
                            "{:?} looks like two labels run into one; it was kept as a group.",
                            own.label
                        ),
                    );
                }
                VoiceKind::Group | VoiceKind::Machine => people.group(own),
                VoiceKind::Unnamed => people.unnamed(document, own),
            }
        }
        people.merge_slips();
        let (initialled, single): (Vec<usize>, Vec<usize>) = waiting
            .into_iter()
            .partition(|index| uses.get(*index).is_some_and(|own| own.voice.initials().is_some()));
        for own in initialled.iter().filter_map(|index| uses.get(*index)) {
            people.initialled(document, source, own);
        }
        let mut unknown = Vec::new();
        for own in single.iter().filter_map(|index| uses.get(*index)) {
            if !people.single(document, source, own) {
                unknown.push(own);
            }
        }
        for own in unknown {
            // Of two single names the second may be a slip for the first.
            if !people.same_single(own) {
                people.add(own);
            }
        }
        people.names(document);
        people
    }

    fn add(&mut self, own: &Use) -> usize {
        let person = Person { voice: own.voice.clone(), ..Person::default() };
        self.list.push(person);
        let index = self.list.len() - 1;
        self.index.add(index, &own.voice);
        self.give(index, own);
        index
    }

    /// Gives a label's turns to a person.
    fn give(&mut self, index: usize, own: &Use) {
        for block in &own.blocks {
            self.of_block.insert(*block, index);
        }
        let Some(person) = self.list.get_mut(index) else { return };
        person.labels.push(own.label.clone());
        let in_order = person.turns.last() < own.blocks.first();
        person.turns.extend(&own.blocks);
        if !in_order {
            person.turns.sort_unstable();
        }
        person.roles.extend(own.voice.role.clone());
        if person.title.is_none() {
            person.title = own.voice.title.clone();
        }
        if own.voice.words.len() > person.voice.words.len() {
            person.voice.words = own.voice.words.clone();
            self.index.add(index, &person.voice);
        }
    }

    fn full(&mut self, own: &Use) {
        let known = self.index.by_key.get(&(VoiceKind::Named, own.voice.key())).copied();
        match known {
            Some(index) => self.give(index, own),
            None => {
                self.add(own);
            }
        }
    }

    fn group(&mut self, own: &Use) {
        match self.index.by_key.get(&(own.voice.kind, own.voice.key())).copied() {
            Some(index) => self.give(index, own),
            None => {
                self.add(own);
            }
        }
    }

    /// A label without a name. With a number it is one within the transcript; without one it is the
    /// same only while the same conversation goes on.
    fn unnamed(&mut self, document: &Document, own: &Use) {
        let numbered = own.label.chars().any(|c| c.is_ascii_digit());
        let first = own.voice.words.first().map(|word| plain(word)).unwrap_or_default();
        let one = numbered
            || matches!(
                first.as_str(),
                "interpreter"
                    | "translator"
                    | "narrator"
                    | "announcer"
                    | "host"
                    | "moderator"
                    | "question"
                    | "answer"
                    | "المذيعة"
                    | "المذيع"
            );
        let unidentified = first.starts_with("unidentif") || first == "unknown";
        let mut last: Option<(usize, usize)> = None;
        for block in &own.blocks {
            let goes_on = last.is_some_and(|(before, _)| {
                one || self.goes_on(document, before, *block, unidentified)
            });
            let index = match last.filter(|_| goes_on) {
                Some((_, index)) => {
                    self.of_block.insert(*block, index);
                    if let Some(person) = self.list.get_mut(index) {
                        person.turns.push(*block);
                    }
                    index
                }
                None => self.add(&Use {
                    label: own.label.clone(),
                    voice: own.voice.clone(),
                    blocks: vec![*block],
                }),
            };
            last = Some((*block, index));
        }
    }

    /// Whether somebody unnamed can be the same in two turns, by what stands between.
    fn goes_on(
        &self,
        document: &Document,
        before: usize,
        after: usize,
        unidentified: bool,
    ) -> bool {
        let blocks = document.blocks();
        let between = blocks.get(before + 1..after).unwrap_or_default();
        // A conversation in which somebody doesn't speak for so long is another one.
        if between.len() > 40 {
            return false;
        }
        let turns = between.iter().filter(|block| block.turn().is_some()).count();
        let cut = between.iter().any(|block| matches!(&block.content, Content::Cue(cue) if matches!(cue.kind, crate::model::CueKind::Soundbite | crate::model::CueKind::ClipBegins | crate::model::CueKind::ClipEnds | crate::model::CueKind::Break)));
        if !unidentified {
            return !cut && turns <= 3;
        }
        let speechless = blocks
            .get(before)
            .and_then(|block| block.turn())
            .is_some_and(|turn| turn.paragraphs.is_empty());
        let staffed = (before + 1..after).any(|block| {
            let label = blocks
                .get(block)
                .and_then(|block| block.turn())
                .and_then(|turn| turn.label.as_deref())
                .unwrap_or_default();
            let known = self.of_block.get(&block).and_then(|index| self.list.get(*index));
            let roles = known
                .map(|person| person.roles.join(" "))
                .unwrap_or_else(|| Voice::of(label).role.unwrap_or_default())
                .to_lowercase();
            let note = blocks.get(block).and_then(|block| block.turn()).is_some_and(|turn| {
                turn.notes.iter().any(|note| note.to_lowercase().contains("voice-over"))
            });
            note || ["host", "byline", "reporting", "correspondent", "anchor"]
                .iter()
                .any(|word| roles.contains(word))
        });
        let narrated = staffed || self.is_staff_between(document, before, after);
        !cut && turns <= 6 && (speechless || !narrated)
    }

    /// Whether a reporter or host speaks between two blocks, by the labels' names.
    fn is_staff_between(&self, document: &Document, before: usize, after: usize) -> bool {
        document
            .blocks()
            .get(before + 1..after)
            .unwrap_or_default()
            .iter()
            .filter_map(|block| block.turn()?.label.as_deref())
            .any(|label| self.staff.contains(&Voice::of(label).surname()))
    }

    /// `S. O'BRIEN` beside `SIOBHAN O'BRIEN`.
    fn initialled(&mut self, document: &Document, source: &Source<'_>, own: &Use) {
        let initials = own.voice.initials().unwrap_or_default();
        let surname = own.voice.surname();
        let matching: Vec<usize> = self
            .with_word(&surname)
            .filter(|index| {
                self.list.get(*index).is_some_and(|person| {
                    let first = person.voice.words.first().map(|first| plain(first));
                    person.voice.surname() == surname
                        && first.is_some_and(|first| first.starts_with(&initials))
                })
            })
            .collect();
        match matching.as_slice() {
            [] => {
                self.add(own);
            }
            [index] => self.give(*index, own),
            [first, ..] => {
                let index = *first;
                self.give(index, own);
                let message = format!(
                    "{:?} could be {} people; the first of them was taken.",
                    own.label,
                    matching.len()
                );
                self.warn(document, source, own, Code::AmbiguousLabel, &message);
            }
        }
    }

    /// A surname or first name beside a full name; `false` if nobody is found.
    fn single(&mut self, document: &Document, source: &Source<'_>, own: &Use) -> bool {
        let word = own.voice.key();
        let last = word.rsplit(' ').next().unwrap_or_default().to_owned();
        let words = |index: usize| -> Vec<String> {
            let person = self.list.get(index);
            let words = person.map_or(&[][..], |person| &person.voice.words);
            words.iter().map(|word| plain(word)).collect()
        };
        let find = |wanted: &dyn Fn(&[String]) -> bool| -> Vec<usize> {
            if self.list.len() > SEVERAL {
                return Vec::new();
            }
            let named = |index: &usize| {
                self.list.get(*index).is_some_and(|person| {
                    person.voice.kind == VoiceKind::Named && person.voice.words.len() > 1
                })
            };
            (0..self.list.len()).filter(named).filter(|index| wanted(&words(*index))).collect()
        };
        let mut matching: Vec<usize> = self
            .with_word(&last)
            .filter(|index| {
                self.list.get(*index).is_some_and(|person| ends_with(&person.voice, &word))
            })
            .collect();
        if matching.is_empty() && is_dense(&word) {
            matching = (0..self.list.len().min(SEVERAL))
                .filter(|index| {
                    self.list.get(*index).is_some_and(|person| ends_with(&person.voice, &word))
                })
                .collect();
        }
        if matching.is_empty() {
            let inner = |index: &usize| words(*index).iter().skip(1).any(|own| *own == word);
            matching = self.with_word(&word).filter(inner).collect();
        }
        if matching.is_empty() {
            let first = |index: &usize| words(*index).first() == Some(&word);
            matching = self.with_word(&word).filter(first).collect();
        }
        if matching.is_empty() && word.chars().count() > 4 {
            matching = find(&|words| words.iter().any(|own| is_slip(own, &word)));
            if matching.len() != 1 {
                matching.clear();
            }
        }
        // `HM` is Harriet Moss, where nobody else here has these initials.
        if matching.is_empty() && is_initials(&own.voice) {
            matching = find(&|words| {
                words.len() == word.chars().count()
                    && words.iter().zip(word.chars()).all(|(own, letter)| own.starts_with(letter))
            });
            if matching.len() != 1 {
                matching.clear();
            }
        }
        let Some(first_use) = own.blocks.first().copied() else { return false };
        // `Ms. BRANDL` is Ms. Tabitha Brandl, whoever of the family spoke last.
        if let Some(title) = own.voice.title.as_deref().filter(|_| matching.len() > 1) {
            let titled: Vec<usize> = matching
                .iter()
                .copied()
                .filter(|index| {
                    let person = self.list.get(*index);
                    person.is_some_and(|person| person.title.as_deref() == Some(title))
                })
                .collect();
            if titled.len() == 1 {
                matching = titled;
            }
        }
        match matching.as_slice() {
            [] => return false,
            [index] => self.give(*index, own),
            several
                if several.iter().filter(|index| self.spoke_before(**index, first_use)).count()
                    == 1 =>
            {
                let index = several
                    .iter()
                    .copied()
                    .find(|index| self.spoke_before(*index, first_use))
                    .unwrap_or_default();
                self.give(index, own);
            }
            several => {
                let last_turn = |index: &usize| {
                    self.list.get(*index).and_then(|person| {
                        let before = person.turns.partition_point(|turn| *turn < first_use);
                        before.checked_sub(1).and_then(|at| person.turns.get(at)).copied()
                    })
                };
                let index = several
                    .iter()
                    .copied()
                    .max_by_key(|index| last_turn(index).map_or(0, |turn| turn + 1))
                    .unwrap_or_default();
                let names: Vec<String> = several
                    .iter()
                    .take(4)
                    .filter_map(|index| self.list.get(*index))
                    .map(|person| person.voice.words.join(" "))
                    .collect();
                self.give(index, own);
                let message = format!(
                    "{:?} could be {}; who spoke last was taken.",
                    own.label,
                    names.join(" or ")
                );
                self.warn(document, source, own, Code::AmbiguousLabel, &message);
            }
        }
        true
    }

    /// Whether somebody has spoken above a block.
    fn spoke_before(&self, person: usize, block: usize) -> bool {
        self.list
            .get(person)
            .is_some_and(|person| person.turns.first().is_some_and(|turn| *turn < block))
    }

    /// A single name that is there already, or nearly.
    fn same_single(&mut self, own: &Use) -> bool {
        let found = self.index.by_key.get(&(VoiceKind::Named, own.voice.key())).copied();
        let found = found.filter(|index| {
            self.list.get(*index).is_some_and(|person| person.voice.words.len() == 1)
        });
        if let Some(index) = found {
            self.give(index, own);
        }
        found.is_some()
    }

    /// A full name that is used once and differs in a letter from one that is used often.
    fn merge_slips(&mut self) {
        let keys: Vec<(String, usize)> =
            self.list.iter().map(|person| (person.voice.key(), person.turns.len())).collect();
        if keys.len() > SEVERAL {
            return;
        }
        let mut at = 0;
        let mut from = 0;
        while at < self.list.len() {
            let (key, turns) = keys.get(from).cloned().unwrap_or_default();
            from += 1;
            let is_named =
                self.list.get(at).is_some_and(|person| person.voice.kind == VoiceKind::Named);
            let target = self.list.iter().take(at).position(|other| {
                other.voice.kind == VoiceKind::Named
                    && other.turns.len() >= turns
                    && other.voice.key() != key
                    && key.chars().count() > 7
                    && is_slip(&other.voice.key(), &key)
            });
            match target.filter(|target| is_named && *target != at) {
                Some(target) => self.merge(at, target),
                None => at += 1,
            }
        }
        self.index = Index::default();
        for (index, person) in self.list.iter().enumerate() {
            self.index.add(index, &person.voice);
        }
    }

    /// Those whose names have a word, a few hundred at most: of more, no label tells one.
    fn with_word(&self, word: &str) -> impl Iterator<Item = usize> + '_ {
        self.index.by_word.get(word).into_iter().flatten().take(SEVERAL).copied()
    }

    fn merge(&mut self, from: usize, into: usize) {
        let person = self.list.remove(from);
        let into = if into > from { into - 1 } else { into };
        for index in self.of_block.values_mut() {
            *index = match *index {
                own if own == from => into,
                own if own > from => own - 1,
                own => own,
            };
        }
        if let Some(target) = self.list.get_mut(into) {
            target.labels.extend(person.labels);
            target.turns.extend(person.turns);
            target.turns.sort_unstable();
            target.roles.extend(person.roles);
        }
    }

    /// Gives everybody the name in natural case, and single names the other half.
    fn names(&mut self, document: &Document) {
        let words = self.list.iter().flat_map(|person| &person.voice.words).map(|word| plain(word));
        let spelling = Spelling::of(document, words);
        let mentions = Mentions::of(document);
        for person in &mut self.list {
            if person.voice.kind != VoiceKind::Named {
                continue;
            }
            let own = spelling.name(&person.voice.words);
            if person.voice.words.len() > 1 {
                person.name = Some(own);
                continue;
            }
            match fuller(document, person, &mentions) {
                Some((name, evidence, inferred)) => {
                    person.name = Some(without_title(&name).to_owned());
                    person.inferred |= inferred;
                    if inferred {
                        person.evidence.push(evidence);
                    }
                }
                None => person.name = (!is_initials(&person.voice)).then_some(own),
            }
        }
    }

    fn warn(
        &mut self,
        document: &Document,
        source: &Source<'_>,
        own: &Use,
        code: Code,
        message: &str,
    ) {
        let place = own
            .blocks
            .first()
            .and_then(|block| document.blocks().get(*block))
            .and_then(|block| block.place);
        self.warnings.push(Warning {
            code,
            message: message.to_owned(),
            line: place.map(|place| source.line_of(place)),
        });
    }
}

/// The surnames of those whose labels print that they are staff.
fn staff(uses: &[Use]) -> HashSet<String> {
    uses.iter()
        .filter(|own| {
            own.voice.role.as_ref().is_some_and(|role| crate::cast::roles::is_staff(role))
        })
        .map(|own| own.voice.surname())
        .collect()
}

/// The labels of a document, in order of first use, with the blocks that have them.
fn uses(document: &Document) -> Vec<Use> {
    let mut index: HashMap<&str, usize> = HashMap::new();
    let mut uses: Vec<Use> = Vec::new();
    for (block, label) in document
        .blocks()
        .iter()
        .enumerate()
        .filter_map(|(block, own)| Some((block, own.turn()?.label.as_deref()?)))
    {
        let at = *index.entry(label).or_insert_with(|| {
            uses.push(Use { label: label.to_owned(), voice: Voice::of(label), blocks: Vec::new() });
            uses.len() - 1
        });
        if let Some(own) = uses.get_mut(at) {
            own.blocks.push(block);
        }
    }
    uses
}

/// Whether a label is initials: `JG`, `RK`, `Q`.
pub(crate) fn is_initials(voice: &Voice) -> bool {
    let [word] = voice.words.as_slice() else { return false };
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let vowels = word.chars().filter(|c| matches!(c, 'A' | 'E' | 'I' | 'O' | 'U' | 'Y')).count();
    letters <= 2
        && word.chars().all(|c| c.is_uppercase() || c == '.')
        && !(letters == 2
            && vowels == 1
            && word.len() == 2
            && !voice.words.is_empty()
            && word == "XU")
}

/// The full name of somebody of whom labels have one word only.
fn fuller(
    document: &Document,
    person: &Person,
    mentions: &Mentions,
) -> Option<(String, Evidence, bool)> {
    let word = person.voice.key();
    let initials = is_initials(&person.voice);
    let fits = |name: &str| {
        let words: Vec<String> = name.split(' ').map(plain).collect();
        if initials {
            return words.iter().filter_map(|word| word.chars().next()).collect::<String>() == word;
        }
        words.first() == Some(&word) || words.last() == Some(&word)
    };
    let blocks = document.blocks();
    let own = person
        .turns
        .iter()
        .filter_map(|turn| blocks.get(*turn)?.turn())
        .flat_map(|turn| &turn.paragraphs);
    let own: Vec<&str> = own.map(|paragraph| paragraph.text.as_str()).collect();
    for text in &own {
        if let Some(name) =
            mention::introduces(text).or_else(|| mention::signs_off(text)).filter(|name| fits(name))
        {
            let evidence = evidence("Says the full name in these words.", text);
            let signed = mention::introduces(text).is_none_or(|own| own != name);
            return Some((name, evidence, initials || signed));
        }
    }
    let bylines = document.bylines.iter().take(SEVERAL).map(|byline| byline.name.as_str());
    let bios = document.bios.iter().take(SEVERAL).filter_map(|bio| bio.name.as_deref());
    if let Some(name) = bylines.chain(bios).find(|name| fits(name)) {
        return Some((
            name.to_owned(),
            evidence("The byline or bio names somebody so.", name),
            initials,
        ));
    }
    let found = if initials {
        mentions.with_initials(&word)
    } else {
        mentions.with_surname(&word).or_else(|| mentions.with_first_name(&word))
    };
    found.map(|name| (name.to_owned(), evidence("The text names somebody so.", name), true))
}

/// Evidence from a text, cut to what an editor reads at a glance.
pub(crate) fn evidence(why: &str, text: &str) -> Evidence {
    let text: String = text.chars().take(120).collect();
    Evidence { why: why.to_owned(), text, place: None }
}

/// A mentioned name without a title that was taken for its first word.
fn without_title(name: &str) -> &str {
    match name.split_once(' ') {
        Some((first, rest)) if rest.contains(' ') && is_title(&plain(first)) => rest,
        _ => name,
    }
}

/// Whether a name is written without spaces, in Chinese or Japanese.
fn is_dense(name: &str) -> bool {
    name.chars().count() > 1
        && name.chars().all(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}'))
}

/// Whether a name ends with a surname, its particles included.
fn ends_with(voice: &Voice, surname: &str) -> bool {
    voice.surname() == surname
        || voice.key().strip_suffix(surname).is_some_and(|before| {
            // Names without spaces have their titles in front of them, too.
            before.ends_with(' ') || !surname.is_ascii() && !before.is_empty() && is_dense(surname)
        })
}

/// Whether two names differ by one letter that is missing, added, changed, or swapped.
fn is_slip(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > 1 || one.len().min(other.len()) < 5 {
        return false;
    }
    let start = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let end = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let longest = one.len().max(other.len());
    start > 0
        && (start + end + 1 >= longest
            || one.len() == other.len()
                && start + end + 2 == longest
                && one.get(start) == other.get(start + 1)
                && one.get(start + 1) == other.get(start))
}
