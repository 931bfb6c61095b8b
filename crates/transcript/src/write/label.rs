//! Who speaks, in words.

use std::collections::HashMap;

use crate::model::{Document, Member, MemberId, Role, Turn};

/// The cast by key, and what was told of it so far.
pub(crate) struct Names<'a> {
    members: HashMap<&'a MemberId, &'a Member>,
    /// How many members have this surname, in capitals.
    surnames: HashMap<String, usize>,
    introduced: HashMap<&'a MemberId, ()>,
}

impl<'a> Names<'a> {
    /// The names of a document's cast.
    pub(crate) fn new(document: &'a Document) -> Self {
        let mut surnames: HashMap<String, usize> = HashMap::new();
        for name in document.cast.iter().filter_map(|member| member.name.as_deref()) {
            *surnames.entry(surname(name).to_uppercase()).or_default() += 1;
        }
        let members = document.cast.iter().map(|member| (&member.id, member)).collect();
        Self { members, surnames, introduced: HashMap::new() }
    }

    /// The member who speaks.
    pub(crate) fn member(&self, turn: &Turn) -> Option<&'a Member> {
        self.members.get(turn.speaker.as_ref()?).copied()
    }

    /// The speaker's name for forms that name the speaker once and for all: the full name; where
    /// nobody knows it, the label, or what else is known of who this is.
    pub(crate) fn full(&self, turn: &'a Turn) -> Option<&'a str> {
        let member = self.member(turn);
        let name = member.and_then(|member| member.name.as_deref());
        let label = turn.label.as_deref();
        let first_label = || member?.labels.first().map(String::as_str);
        let description = || member?.description.as_deref();
        name.or(label).or_else(first_label).or_else(description).filter(|name| !name.is_empty())
    }

    /// A label for a turn that has none, as NPR sets them: the full name in capitals with `HOST`
    /// or `BYLINE` the first time, the surname alone afterwards. `None` where nobody is named.
    pub(crate) fn make(&mut self, turn: &Turn) -> Option<String> {
        let member = self.member(turn)?;
        let Some(name) = member.name.as_deref() else {
            let known = member.labels.first().or(member.description.as_ref());
            return known.map(|label| label.to_uppercase());
        };
        let first = self.introduced.insert(&member.id, ()).is_none();
        let full = name.to_uppercase();
        Some(match (first, member.role) {
            (true, Some(Role::Host)) => format!("{full}, HOST"),
            (true, Some(Role::Reporter)) => format!("{full}, BYLINE"),
            (true, _) => full,
            (false, _) => {
                let short = surname(name).to_uppercase();
                if self.surnames.get(&short) == Some(&1) { short } else { full }
            }
        })
    }

    /// Notes that a printed label introduced the speaker.
    pub(crate) fn introduce(&mut self, turn: &Turn) {
        if let Some(member) = self.member(turn) {
            self.introduced.insert(&member.id, ());
        }
    }
}

/// The surname of a name in natural case: from the first word in lower case on (`de Sam Lazaro`),
/// or the last word, but for `Jr.` and its like.
fn surname(name: &str) -> &str {
    const SUFFIXES: [&str; 6] = ["Jr.", "Jr", "Sr.", "II", "III", "IV"];
    let mut words = name.split(' ').filter(|word| !word.is_empty());
    let Some(first) = words.next() else { return name };
    let at = |word: &str| word.as_ptr() as usize - name.as_ptr() as usize;
    let mut start = at(first);
    for word in words {
        if word.starts_with(char::is_lowercase) {
            start = at(word);
            break;
        }
        if !SUFFIXES.contains(&word) {
            start = at(word);
        }
    }
    name.get(start..).unwrap_or(name)
}

/// Whether the label stands alone in its paragraph, as NPR sets a host's first one.
pub(crate) fn stands_alone(label: &str) -> bool {
    let end = label.get(label.len().saturating_sub(6)..).unwrap_or_default();
    end.eq_ignore_ascii_case(", host")
}
