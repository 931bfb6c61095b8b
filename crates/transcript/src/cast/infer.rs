//! Turns without a label: who goes on, and who may have lost one.

use std::collections::HashSet;

use crate::cast::name::{Voice, VoiceKind, plain};
use crate::cast::resolve::{People, Person, evidence};
use crate::cast::tables::is_title;
use crate::cast::{NEW_VOICE, SAME_AGAIN, mention};
use crate::model::{Code, Content, Document, Evidence, Warning};
use crate::source::Source;

/// Says who speaks in turns without a label, as far as that can be told; what is a guess is marked.
pub(crate) fn unlabelled(document: &mut Document, source: &Source<'_>, people: &mut People) {
    let host = greeted_host(document, people);
    let count = document.blocks().len();
    for block in 0..count {
        let is_unlabelled = document
            .blocks()
            .get(block)
            .and_then(|block| block.turn())
            .is_some_and(|turn| turn.label.is_none());
        if !is_unlabelled || is_new_voice(document, block) {
            continue;
        }
        let before = turn_before(document, block);
        let gap = is_behind_gap(document, block);
        match before {
            None => introduction(document, source, people, block, host),
            Some(previous) if !gap => {
                if let Some(person) = people.of_block.get(&previous).copied() {
                    give(people, block, person);
                }
            }
            Some(previous) => doubtful(document, source, people, block, previous, host),
        }
    }
}

/// Whether the source marks that somebody new begins here.
fn is_new_voice(document: &Document, block: usize) -> bool {
    document
        .blocks()
        .get(block)
        .and_then(|block| block.turn())
        .is_some_and(|turn| turn.evidence.iter().any(|evidence| evidence.why == NEW_VOICE))
}

fn is_behind_gap(document: &Document, block: usize) -> bool {
    let is_cut = document
        .blocks()
        .get(block)
        .and_then(|block| block.turn())
        .is_some_and(|turn| turn.evidence.iter().any(|evidence| evidence.why == SAME_AGAIN));
    is_cut
        || block
            .checked_sub(1)
            .and_then(|before| document.blocks().get(before))
            .is_some_and(|before| matches!(before.content, Content::Gap(_)))
}

fn turn_before(document: &Document, block: usize) -> Option<usize> {
    (0..block)
        .rev()
        .find(|before| document.blocks().get(*before).is_some_and(|block| block.turn().is_some()))
}

/// How many blocks above and below are looked at to tell whose a turn is.
const REACH: usize = 200;

fn turn_after(document: &Document, block: usize) -> Option<usize> {
    (block + 1..document.blocks().len()).take(REACH).find(|after| {
        document
            .blocks()
            .get(*after)
            .is_some_and(|block| block.turn().is_some_and(|turn| turn.label.is_some()))
    })
}

fn give(people: &mut People, block: usize, person: usize) {
    people.of_block.insert(block, person);
    if let Some(person) = people.list.get_mut(person) {
        let at = person.turns.partition_point(|turn| *turn < block);
        person.turns.insert(at, block);
    }
}

/// The host by the guests' greetings: a label that is only a surname, or nobody's at all.
fn greeted_host(document: &Document, people: &mut People) -> Option<usize> {
    let has_host = people.list.iter().any(|person| {
        person
            .roles
            .iter()
            .any(|role| crate::cast::roles::printed(role) == Some(crate::model::Role::Host))
    });
    if has_host {
        return None;
    }
    let starts_unlabelled = document
        .blocks()
        .iter()
        .find_map(|block| block.turn())
        .is_some_and(|turn| turn.label.is_none());
    let nobody_full =
        people.list.iter().filter(|person| person.voice.kind == VoiceKind::Named).all(|person| {
            person.voice.is_surname()
                && person.labels.iter().all(|label| {
                    !label.chars().any(char::is_lowercase) && label.chars().count() > 2
                })
        });
    if !starts_unlabelled && !nobody_full {
        return None;
    }
    let known: HashSet<String> = people
        .list
        .iter()
        .filter(|person| person.voice.words.len() > 1)
        .filter_map(|person| person.voice.words.first().map(|word| plain(word)))
        .collect();
    let mut greeted: Vec<(String, usize, Evidence)> = Vec::new();
    for block in document.blocks() {
        let Some(turn) = block.turn().filter(|turn| turn.label.is_some()) else { continue };
        for paragraph in &turn.paragraphs {
            for name in mention::greets(&paragraph.text) {
                if known.contains(&plain(&name)) {
                    continue;
                }
                let is_full = greeted.len() >= REACH;
                match greeted.iter_mut().find(|(own, _, _)| *own == name) {
                    Some((_, times, _)) => *times += 1,
                    None if is_full => {}
                    None => {
                        let mut evidence =
                            evidence("Is greeted so by the others.", &paragraph.text);
                        evidence.place = paragraph.place;
                        greeted.push((name, 1, evidence));
                    }
                }
            }
        }
    }
    if nobody_full && greeted.is_empty() {
        greeted.extend(addressed(document, &known));
    }
    if !starts_unlabelled {
        greeted.retain(|(_, times, _)| *times > 0);
        // Without an introduction, only a surname can be completed: whose bearer is asked for.
        let lone = people
            .list
            .iter()
            .filter(|person| person.name.as_deref().is_none_or(|name| !name.contains(' ')))
            .count();
        if lone == 0 {
            return None;
        }
    }
    let (first, _, evidence) = greeted.into_iter().max_by_key(|(_, times, _)| *times)?;
    let lone = people.list.iter().position(|person| {
        person.voice.kind == VoiceKind::Named
            && person.voice.words.len() == 1
            && person.labels.iter().all(|label| !label.contains(' '))
            && person.name.as_deref().is_none_or(|name| !name.contains(' '))
    });
    if let Some(index) = lone {
        let person = people.list.get_mut(index)?;
        let surname = person.name.clone().unwrap_or_default();
        if plain(&surname) == plain(&first) {
            // A first name is a label, too.
            return Some(index);
        }
        person.name = Some(format!("{first} {surname}"));
        person.inferred = true;
        person.evidence.push(evidence);
        return Some(index);
    }
    let starting = people.list.iter().position(|person| {
        person.name.as_deref().is_some_and(|name| name.split(' ').next() == Some(first.as_str()))
            && person.labels.iter().all(|label| !label.contains(' '))
    });
    if starting.is_some() {
        return starting;
    }
    let voice = Voice { words: vec![first.clone()], ..Voice::default() };
    people.list.push(Person {
        voice,
        name: Some(first),
        inferred: true,
        evidence: vec![evidence],
        ..Person::default()
    });
    Some(people.list.len() - 1)
}

/// Who is called by first name in the first sentence of an answer: `They did, Imogen.`
fn addressed(document: &Document, known: &HashSet<String>) -> Option<(String, usize, Evidence)> {
    let mut asked = false;
    for turn in document.blocks().iter().filter_map(|block| block.turn()) {
        let answers = std::mem::replace(
            &mut asked,
            turn.paragraphs.last().is_some_and(|last| last.text.trim_end().ends_with('?')),
        );
        let Some(first) = turn.paragraphs.first().filter(|_| answers) else { continue };
        let sentence = first.text.split(['.', '!', '?']).next().unwrap_or_default();
        let Some((_, name)) = sentence.rsplit_once(", ") else { continue };
        let is_name = name.chars().count() > 2
            && name.starts_with(char::is_uppercase)
            && name.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'))
            && name.chars().any(char::is_lowercase)
            && !is_title(&plain(name))
            && !known.contains(&plain(name));
        if is_name {
            let mut evidence = evidence("Is called so by who answers.", &first.text);
            evidence.place = first.place;
            return Some((name.to_owned(), 1, evidence));
        }
    }
    None
}

/// The first words have no label: most likely the host's introduction lost it.
fn introduction(
    document: &mut Document,
    source: &Source<'_>,
    people: &mut People,
    block: usize,
    host: Option<usize>,
) {
    let text = document
        .blocks()
        .get(block)
        .and_then(|block| block.turn())
        .map(|turn| {
            turn.paragraphs
                .iter()
                .map(|paragraph| paragraph.text.as_str())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .unwrap_or_default();
    let own = mention::introduces(&text);
    let by_name = own.as_ref().and_then(|name| {
        people.list.iter().position(|person| {
            person.name.as_deref() == Some(name.as_str())
                || (name.split(' ').next_back().map(plain) == Some(person.voice.surname())
                    || name.split(' ').next().map(plain) == Some(person.voice.key()))
                    && person.voice.words.len() == 1
        })
    });
    let (person, why) = match (by_name, own, host) {
        (Some(person), Some(name), _) => {
            let full = people.list.get_mut(person);
            if let Some(full) =
                full.filter(|person| person.name.as_deref().is_none_or(|own| !own.contains(' ')))
            {
                full.name = Some(name);
            }
            (person, "Says the name in these words.")
        }
        (None, Some(name), None) => {
            let voice =
                Voice { words: name.split(' ').map(str::to_owned).collect(), ..Voice::default() };
            people.list.push(Person {
                voice,
                name: Some(name),
                inferred: true,
                evidence: vec![evidence("Says the name in these words.", &text)],
                ..Person::default()
            });
            (people.list.len() - 1, "Says the name in these words.")
        }
        (_, _, Some(host)) => (
            host,
            "A host's introduction without its label; the next speaker greets the host by name.",
        ),
        _ => return,
    };
    give(people, block, person);
    infer(document, source, people, block, person, why, Code::InferredSpeaker);
}

/// Between two turns of the same speaker stands one without a label, behind a gap.
fn doubtful(
    document: &mut Document,
    source: &Source<'_>,
    people: &mut People,
    block: usize,
    previous: usize,
    host: Option<usize>,
) {
    let before = people.of_block.get(&previous).copied();
    let stranded = document
        .blocks()
        .get(previous)
        .and_then(|block| block.turn())
        .is_some_and(|turn| turn.paragraphs.is_empty() && turn.notes.is_empty());
    if let Some(person) = before.filter(|_| stranded) {
        give(people, block, person);
        return;
    }
    // Who says the name in these words needs no guess.
    let said = document.blocks().get(block).and_then(|block| block.turn()).and_then(|turn| {
        turn.paragraphs.iter().find_map(|paragraph| mention::introduces(&paragraph.text))
    });
    let own = said.and_then(|name| {
        let mut known = people.list.iter().take(REACH);
        known.position(|person| person.name.as_deref() == Some(name.as_str()))
    });
    if let Some(person) = own {
        give(people, block, person);
        infer(
            document,
            source,
            people,
            block,
            person,
            "Says the name in these words.",
            Code::InferredSpeaker,
        );
        return;
    }
    let after = turn_after(document, block).and_then(|after| people.of_block.get(&after).copied());
    let (Some(one), Some(other)) = (before, after) else { return };
    if one != other {
        return;
    }
    let others: Vec<usize> = (0..people.list.len())
        .filter(|index| *index != one)
        .filter(|index| {
            people.list.get(*index).is_some_and(|person| {
                person.voice.kind == VoiceKind::Named
                    && (!person.turns.is_empty() || Some(*index) == host)
            })
        })
        .take(2)
        .collect();
    let neighbours = neighbours(document, people, block, one);
    let likely = match others.as_slice() {
        [only] => Some(*only),
        _ => neighbours.filter(|who| host == Some(*who) || is_host(people, *who)),
    };
    match likely {
        Some(person) => {
            give(people, block, person);
            infer(
                document,
                source,
                people,
                block,
                person,
                "The same speaker's label stands above and below; the other one in this conversation is likely.",
                Code::DoubtfulSpeaker,
            );
        }
        None => {
            if let Some(Content::Turn(turn)) = content(document, block) {
                turn.inferred = true;
                turn.evidence.push(Evidence { why: "The same speaker's label stands above and below, so somebody else speaks here; several are possible.".to_owned(), text: String::new(), place: None });
            }
            warn(
                document,
                source,
                people,
                block,
                Code::DoubtfulSpeaker,
                "Who speaks here isn't printed; several people are possible.",
            );
        }
    }
}

fn is_host(people: &People, index: usize) -> bool {
    people.list.get(index).is_some_and(|person| {
        person
            .roles
            .iter()
            .any(|role| crate::cast::roles::printed(role) == Some(crate::model::Role::Host))
    })
}

/// Who speaks nearest before and after, apart from one; if it is the same.
fn neighbours(document: &Document, people: &People, block: usize, apart: usize) -> Option<usize> {
    let before = (0..block)
        .rev()
        .take(REACH)
        .filter_map(|at| people.of_block.get(&at).copied())
        .find(|who| *who != apart);
    let after = (block + 1..document.blocks().len())
        .take(REACH)
        .filter_map(|at| people.of_block.get(&at).copied())
        .find(|who| *who != apart);
    match (before, after) {
        (Some(one), Some(other)) if one == other => Some(one),
        (Some(one), None) | (None, Some(one)) => Some(one),
        _ => None,
    }
}

fn content(document: &mut Document, block: usize) -> Option<&mut Content> {
    Some(&mut document.transcript.as_mut()?.blocks.get_mut(block)?.content)
}

fn infer(
    document: &mut Document,
    source: &Source<'_>,
    people: &mut People,
    block: usize,
    person: usize,
    why: &str,
    code: Code,
) {
    let name = people.list.get(person).and_then(|person| person.name.clone()).unwrap_or_default();
    if let Some(Content::Turn(turn)) = content(document, block) {
        turn.inferred = true;
        turn.evidence.push(Evidence { why: why.to_owned(), text: String::new(), place: None });
    }
    let message = match code {
        Code::InferredSpeaker => {
            format!("The label is missing; {name} was inferred as the speaker.")
        }
        _ => format!("Who speaks here isn't printed; {name} is likely."),
    };
    warn(document, source, people, block, code, &message);
}

fn warn(
    document: &Document,
    source: &Source<'_>,
    people: &mut People,
    block: usize,
    code: Code,
    message: &str,
) {
    let place = document.blocks().get(block).and_then(|block| block.place);
    people.warnings.push(Warning {
        code,
        message: message.to_owned(),
        line: place.map(|place| source.line_of(place)),
    });
}
