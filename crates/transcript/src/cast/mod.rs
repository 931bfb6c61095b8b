//! Who speaks.

mod conversation;
mod infer;
mod key;
mod lost;
mod mention;
mod name;
mod resolve;
mod roles;
mod tables;

use std::collections::HashMap;

use crate::cast::name::VoiceKind;
use crate::cast::resolve::{People, Person};
use crate::convention;
use crate::model::{Content, Document, Format, Member, MemberId, Role};
use crate::source::Source;

pub(crate) use tables::ASKERS;

/// Why a turn without a label isn't the one above going on: for readers to say so.
pub(crate) const NEW_VOICE: &str = "A new voice begins here, and it isn't said whose.";

/// Why a line that no gap stands above may be somebody else's.
const SAME_AGAIN: &str =
    "The label of who speaks above comes again right below, as if somebody had spoken between.";

/// Makes the cast of a document from its labels, and says for each turn who speaks. Members that the
/// reader put into the cast already tell more of those who have their labels.
pub(crate) fn resolve(document: &mut Document, source: &Source<'_>) {
    let told: HashMap<String, Member> = std::mem::take(&mut document.cast)
        .into_iter()
        .flat_map(|member| {
            member.labels.clone().into_iter().map(move |label| (label, member.clone()))
        })
        .collect();
    if document.transcript.is_none() {
        return;
    }
    let mut told = told;
    for note in &document.notes {
        told.extend(key::members(&note.text));
    }
    if matches!(document.format, Format::Text | Format::Html) {
        lost::cut(document);
    }
    let mut people = People::of(document, source);
    key::questions(document, &mut people);
    infer::unlabelled(document, source, &mut people);
    let convention = convention::of(document);
    document.convention = convention.map(|convention| convention.name.to_owned());
    let roles = roles::assign(document, &people, convention);
    let mut order: Vec<usize> = (0..people.list.len()).collect();
    order.sort_by_key(|index| {
        people.list.get(*index).and_then(|person| person.turns.first().copied())
    });
    let mut ids = HashMap::new();
    let mut taken = HashMap::new();
    for index in order {
        let Some(person) = people.list.get(index) else { continue };
        let member = member(person, roles.get(index).copied().flatten(), &told, &mut taken);
        ids.insert(index, member.id.clone());
        document.cast.push(member);
    }
    if let Some(transcript) = &mut document.transcript {
        for (at, block) in transcript.blocks.iter_mut().enumerate() {
            if let Content::Turn(turn) = &mut block.content {
                turn.speaker = people.of_block.get(&at).and_then(|index| ids.get(index)).cloned();
            }
        }
    }
    let by_name: HashMap<&str, &MemberId> = document
        .cast
        .iter()
        .rev()
        .filter_map(|member| Some((member.name.as_deref()?, &member.id)))
        .collect();
    for bio in &mut document.bios {
        let member = bio.name.as_deref().and_then(|name| by_name.get(name));
        bio.member = member.map(|id| (*id).clone());
    }
    document.warnings.append(&mut people.warnings);
    document.warnings.sort_by_key(|warning| warning.line);
}

fn member(
    person: &Person,
    role: Option<Role>,
    told: &HashMap<String, Member>,
    taken: &mut HashMap<String, usize>,
) -> Member {
    let told = person.labels.iter().find_map(|label| told.get(label));
    let printed = person.roles.iter().find(|role| !role.is_empty());
    let (affiliation, description) = printed.map_or((None, None), |role| roles::about(role));
    let description = told.and_then(|member| member.description.clone()).or(description);
    let unnamed = person.voice.kind != VoiceKind::Named && person.name.is_none();
    let initials = resolve::is_initials(&person.voice) && person.name.is_none() && told.is_none();
    let description =
        if unnamed || initials { Some(person.voice.words.join(" ")) } else { description };
    let name = told.and_then(|member| member.name.clone()).or_else(|| person.name.clone());
    Member {
        id: id(person, name.as_deref(), taken),
        name,
        title: person.title.clone(),
        role,
        affiliation: told.and_then(|member| member.affiliation.clone()).or(affiliation),
        description,
        labels: person.labels.clone(),
        inferred: person.inferred,
        evidence: person.evidence.clone(),
    }
}

/// A key that a person can read: the surname, or what stands for it.
fn id(person: &Person, name: Option<&str>, taken: &mut HashMap<String, usize>) -> MemberId {
    let base = match (person.voice.kind, name) {
        (VoiceKind::Named, Some(name)) => name
            .split_whitespace()
            .rev()
            .find(|word| !matches!(name::plain(word).as_str(), "jr" | "sr" | "ii" | "iii" | "iv"))
            .map(name::plain)
            .unwrap_or_default(),
        _ => person.voice.key(),
    };
    let mut slug = String::new();
    for letter in base.chars() {
        if letter.is_alphanumeric() {
            slug.push(letter);
        } else if !slug.ends_with('-') && !slug.is_empty() && letter != '\'' {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    let slug = if slug.is_empty() { "speaker" } else { slug };
    let mut id = slug.to_owned();
    while taken.contains_key(&id) {
        // From where the last one of this name left off.
        let count = taken.entry(slug.to_owned()).or_insert(1);
        *count += 1;
        id = format!("{slug}-{count}");
    }
    taken.insert(id.clone(), 1);
    MemberId(id)
}
