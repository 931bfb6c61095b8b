//! Labels that stand for names: a key of voices at the top, `Q:` and `A:`.

use crate::cast::mention;
use crate::cast::name::plain;
use crate::cast::resolve::{People, evidence};
use crate::cast::roles;
use crate::model::{Content, Document, Member, MemberId};

/// The members that a key names: `Voices: MC = Marisol Crane (moderator); RO = Rook Oyelaran`.
pub(crate) fn members(note: &str) -> Vec<(String, Member)> {
    let Some((_, list)) = note.split_once(':').filter(|(_, list)| list.contains(" = ")) else {
        return Vec::new();
    };
    list.split([';', ','])
        .filter_map(|entry| {
            let (label, name) = entry.split_once(" = ")?;
            let label = label.trim().to_owned();
            let name = name.split(". ").next().unwrap_or(name).trim().trim_end_matches('.');
            let (name, role) = match name.split_once(" (") {
                Some((name, role)) => (name, roles::printed(role.trim_end_matches(')'))),
                None => (name, None),
            };
            let fits = !label.is_empty()
                && label.len() < 12
                && name.starts_with(char::is_uppercase)
                && name.len() < 60;
            let member = Member {
                id: MemberId(String::new()),
                name: Some(name.to_owned()),
                title: None,
                role,
                affiliation: None,
                description: None,
                labels: vec![label.clone()],
                inferred: false,
                evidence: Vec::new(),
            };
            fits.then_some((label, member))
        })
        .collect()
}

/// Where all labels are questions and answers, who asks and who answers is told by the text above:
/// the first name in it that isn't the author's answers, the author asks.
pub(crate) fn questions(document: &mut Document, people: &mut People) {
    let is_side = |person: &crate::cast::resolve::Person| {
        matches!(person.voice.key().as_str(), "q" | "a" | "question" | "answer")
    };
    if people.list.is_empty() || !people.list.iter().all(is_side) {
        return;
    }
    let bylines: Vec<String> = document.bylines.iter().map(|byline| byline.name.clone()).collect();
    let article = document
        .article
        .iter()
        .flat_map(|article| &article.paragraphs)
        .map(|paragraph| paragraph.text.clone());
    let notes = document.notes.iter().map(|note| note.text.clone());
    let above: Vec<String> =
        document.summary.clone().into_iter().chain(article).chain(notes).collect();
    let answers = above
        .iter()
        .flat_map(|text| mention::names(text).into_iter().map(move |name| (name, text.clone())))
        .find(|(name, _)| {
            !bylines
                .iter()
                .take(200)
                .any(|own| own.contains(name.as_str()) || name.contains(own.as_str()))
        });
    for index in 0..people.list.len() {
        let Some(person) = people.list.get_mut(index) else { continue };
        let asks = matches!(plain(&person.voice.words.join(" ")).as_str(), "q" | "question");
        let found = if asks {
            bylines
                .first()
                .map(|name| (name.clone(), "The byline names who asks.".to_owned(), name.clone()))
        } else {
            answers
                .clone()
                .map(|(name, text)| (name, "The text above names who is asked.".to_owned(), text))
        };
        let Some((name, why, text)) = found else { continue };
        person.name = Some(name);
        person.inferred = true;
        person.evidence.push(evidence(&why, &text));
        for turn in person.turns.clone() {
            if let Some(Content::Turn(turn)) = document
                .transcript
                .as_mut()
                .and_then(|transcript| transcript.blocks.get_mut(turn))
                .map(|block| &mut block.content)
            {
                turn.inferred = true;
            }
        }
    }
}
