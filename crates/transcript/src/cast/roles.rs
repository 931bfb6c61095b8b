//! What everybody does in the broadcast, and for whom: by what labels print, or by the conversation.

use std::collections::HashSet;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::cast::conversation::Conversation;
use crate::cast::mention;
use crate::cast::name::{VoiceKind, plain};
use crate::cast::resolve::People;
use crate::cast::tables::{ASKERS, HOSTS, NARRATORS, ORGANISATIONS, REPORTERS};
use crate::convention::{Bare, Convention};
use crate::model::{Clip, Document, Format, Role};

/// Whether a printed role is that of a host or reporter.
pub(crate) fn is_staff(role: &str) -> bool {
    matches!(printed(role), Some(Role::Host | Role::Reporter))
}

/// The role that a label prints.
pub(crate) fn printed(role: &str) -> Option<Role> {
    let lower = role.to_lowercase();
    let words: Vec<String> = lower
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '/' | ';'))
        .map(plain)
        .collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let former = words.iter().any(|word| matches!(word.as_str(), "former" | "author" | "retired"));
    if former {
        return None;
    }
    // `CNN POLITICAL COMMENTATOR` is no reporter; `host, "On the Lake"` of somewhere else is a guest.
    if has(HOSTS) && !role.contains(['"', '“']) {
        return Some(Role::Host);
    }
    let elsewhere = role.contains(", ") && !is_network(&words);
    if has(REPORTERS)
        && !elsewhere
        && (words.len() <= 1
            || is_network(&words)
            || words.first().is_some_and(|word| {
                matches!(
                    word.as_str(),
                    "byline" | "reporting" | "correspondent" | "reporter" | "chief" | "senior"
                )
            }))
    {
        return Some(Role::Reporter);
    }
    has(NARRATORS).then_some(Role::Narrator)
}

fn is_network(words: &[String]) -> bool {
    words.first().is_some_and(|word| {
        matches!(
            word.as_str(),
            "cnn"
                | "npr"
                | "pbs"
                | "bbc"
                | "voa"
                | "abc"
                | "cbs"
                | "nbc"
                | "hln"
                | "msnbc"
                | "fox"
                | "cnni"
        )
    })
}

/// The organisation that a printed role names, and the role as a description.
pub(crate) fn about(role: &str) -> (Option<String>, Option<String>) {
    let lower = role.to_lowercase();
    if matches!(
        lower.as_str(),
        "host"
            | "byline"
            | "reporting"
            | "anchor"
            | "correspondent"
            | "reporter"
            | "co-host"
            | "presentadora"
            | "ведущая"
            | "ведущий"
            | "moderator"
    ) {
        return (None, None);
    }
    let description = Some(role.to_owned());
    let first = role.split_whitespace().next().unwrap_or_default();
    if matches!(first, "CNN" | "NPR" | "PBS" | "BBC" | "VOA" | "HLN") {
        return (Some(first.to_owned()), description);
    }
    if !role.chars().any(char::is_lowercase) {
        return (None, description);
    }
    let parts: Vec<&str> = role.split(", ").map(str::trim).collect();
    let last = parts.last().copied().unwrap_or_default();
    let quoted = last.starts_with(['"', '“']);
    let politics = parts
        .first()
        .is_some_and(|first| matches!(*first, "Republican" | "Democrat" | "Independent"));
    let words: Vec<String> = last.split_whitespace().map(plain).collect();
    let is_kind =
        |word: Option<&String>| word.is_some_and(|word| ORGANISATIONS.contains(&word.as_str()));
    let is_body = is_kind(words.last())
        || is_kind(words.first()) && words.get(1).is_some_and(|word| word == "of")
        || last.starts_with("The ");
    let is_place = last.starts_with("St. ") || last.contains("'s") && parts.len() == 1;
    let organisation = !quoted
        && !politics
        && (is_body
            || is_place
            || parts.len() > 1
                && last.starts_with(char::is_uppercase)
                && last.split_whitespace().count() > 1);
    (organisation.then(|| last.to_owned()), description)
}

/// Finds a role for those whose labels print none.
pub(crate) fn assign(
    document: &Document,
    people: &People,
    convention: Option<&Convention>,
) -> Vec<Option<Role>> {
    let mut roles: Vec<Option<Role>> = people
        .list
        .iter()
        .map(|person| match person.voice.kind {
            VoiceKind::Group | VoiceKind::Scar => Some(Role::Group),
            VoiceKind::Machine => Some(Role::Machine),
            VoiceKind::Unnamed => unnamed(&person.voice.words),
            VoiceKind::Named if matches!(person.voice.key().as_str(), "a" | "answer") => {
                Some(Role::Guest)
            }
            VoiceKind::Named => person.roles.iter().find_map(|role| printed(role)),
        })
        .collect();
    let asks: Vec<bool> = people
        .list
        .iter()
        .map(|person| {
            let key = person.voice.key();
            matches!(key.as_str(), "q" | "question") || ASKERS.contains(&key.as_str())
        })
        .collect();
    let scene = Scene { document, people };
    // Captions and recognisers say who speaks and no more; what everybody does there is only known
    // where labels print it.
    let told = roles.iter().any(|role| matches!(role, Some(Role::Host | Role::Reporter)));
    if !told && !matches!(document.format, Format::Text | Format::Html) {
        return roles;
    }
    scene.staff_by_words(&mut roles);
    scene.hosts(&mut roles);
    if convention.is_some_and(|convention| convention.bare == Bare::Staff) {
        scene.bare_staff(&mut roles);
    }
    scene.others(&mut roles);
    // Who only asks, in an organisation's name, has no role in the broadcast.
    for (role, _) in roles.iter_mut().zip(asks).filter(|(_, asks)| *asks) {
        *role = None;
    }
    roles
}

fn unnamed(words: &[String]) -> Option<Role> {
    let plain_words: Vec<String> = words.iter().map(|word| plain(word)).collect();
    let first = plain_words.first().cloned().unwrap_or_default();
    if first.starts_with("unidentif") {
        return Some(Role::Unidentified);
    }
    if plain_words.iter().any(|word| NARRATORS.contains(&word.as_str())) {
        return Some(Role::Narrator);
    }
    match first.as_str() {
        "interpreter" | "translator" | "interviewer" | "interviewee" => None,
        "reporter" | "correspondent" if words.len() == 1 => Some(Role::Reporter),
        "question" | "q" => None,
        "answer" | "a" => Some(Role::Guest),
        "host" | "presenter" | "المذيعة" | "المذيع" => Some(Role::Host),
        _ => Some(Role::Unidentified),
    }
}

struct Scene<'a> {
    document: &'a Document,
    people: &'a People,
}

impl Scene<'_> {
    /// Reporters by their sign-off, or by being called so.
    fn staff_by_words(&self, roles: &mut [Option<Role>]) {
        let called: HashSet<String> =
            crate::cast::name::texts(self.document).flat_map(called_staff).collect();
        for (index, person) in self.people.list.iter().enumerate() {
            let Some(role) = roles.get_mut(index).filter(|role| role.is_none()) else { continue };
            let Some(name) =
                person.name.as_deref().filter(|_| person.voice.kind == VoiceKind::Named)
            else {
                continue;
            };
            let last = person
                .turns
                .iter()
                .rev()
                .take(2)
                .filter_map(|turn| self.document.blocks().get(*turn)?.turn());
            let signs = last.flat_map(|turn| &turn.paragraphs).any(|paragraph| {
                mention::signs_off(&paragraph.text)
                    .is_some_and(|own| plain_name(&own) == plain_name(name))
            });
            if signs || called.contains(&plain_name(name)) {
                *role = Some(Role::Reporter);
            }
        }
    }

    /// Hosts where no label prints one: who opens, and who says the programme's name with their own.
    fn hosts(&self, roles: &mut [Option<Role>]) {
        if roles.contains(&Some(Role::Host)) {
            return;
        }
        let blocks = self.document.blocks();
        let order = blocks.iter().enumerate().filter(|(_, block)| block.turn().is_some());
        let first = order.clone().find_map(|(index, block)| {
            let turn = block.turn()?;
            let person = *self.people.of_block.get(&index)?;
            let named = self
                .people
                .list
                .get(person)
                .is_some_and(|person| person.voice.kind == VoiceKind::Named);
            (named && turn.clip != Some(Clip::Tape)).then_some((index, person))
        });
        let Some((opening, opener)) = first else { return };
        let staffed = roles.contains(&Some(Role::Reporter));
        let byline = |index: usize| {
            let name = self
                .people
                .list
                .get(index)
                .and_then(|person| person.name.as_deref())
                .map(plain_name);
            self.document.bylines.iter().any(|byline| Some(plain_name(&byline.name)) == name)
        };
        // In capitals with roles (NPR), a guest's first label has the full name; who only ever has a
        // surname is the host whose first label was lost.
        let lost = self
            .people
            .list
            .iter()
            .enumerate()
            .filter(|(index, person)| {
                let surname_only = person.name.as_deref().is_some_and(|name| {
                    name.split(' ').next_back().map(plain) == Some(person.voice.surname())
                }) && person.labels.iter().all(|label| {
                    !label.contains(' ')
                        && label.chars().count() > 2
                        && !label.chars().any(char::is_lowercase)
                });
                surname_only
                    && !person.labels.is_empty()
                    && person.voice.kind == VoiceKind::Named
                    && roles.get(*index).is_some_and(Option::is_none)
            })
            .max_by_key(|(_, person)| {
                (person.name.as_deref().is_some_and(|name| name.contains(' ')), person.turns.len())
            });
        if let Some((index, _)) = lost.filter(|_| self.in_capitals()) {
            if let Some(role) = roles.get_mut(index) {
                *role = Some(Role::Host);
            }
            return;
        }
        let unlabelled_intro = blocks
            .iter()
            .take(opening)
            .any(|block| block.turn().is_some_and(|turn| turn.label.is_none()));
        let opener_turns = self.people.list.get(opener).map_or(0, |person| person.turns.len());
        let asks = self.asks(opener) && self.is_broadcast(opener);
        // A correspondent who opens and says so sits in for the host.
        let sits_in = roles.get(opener) == Some(&Some(Role::Reporter))
            && opener_turns > 1
            && self.introduces(opener)
            && self.asks(opener);
        if sits_in && let Some(role) = roles.get_mut(opener) {
            *role = Some(Role::Host);
        }
        let reporters: Vec<String> = self
            .people
            .list
            .iter()
            .enumerate()
            .filter(|(index, _)| roles.get(*index) == Some(&Some(Role::Reporter)))
            .filter_map(|(_, person)| person.name.clone())
            .collect();
        let hands_over = self
            .texts(opener)
            .take(3)
            .any(|text| reporters.iter().any(|name| text.contains(name.as_str())));
        let opens = !unlabelled_intro
            && roles.get(opener).is_some_and(Option::is_none)
            && (opener_turns > 1 && (asks || self.introduces(opener))
                || self.introduces(opener) && !staffed
                || byline(opener) && asks
                || hands_over);
        if opens && let Some(role) = roles.get_mut(opener) {
            *role = Some(Role::Host);
        }
        if !roles.contains(&Some(Role::Host)) {
            return;
        }
        let beside: Vec<String> = self
            .texts(opener)
            .take(6)
            .filter_map(mention::introduces_beside)
            .map(|name| plain_name(&name))
            .collect();
        let program = self.says_program(opener);
        for (index, person) in self.people.list.iter().enumerate() {
            let second = index != opener
                && roles.get(index).is_some_and(Option::is_none)
                && person.turns.first().is_some_and(|turn| *turn < opening + 12);
            let welcomes = self
                .texts(index)
                .any(|text| text.contains("welcome to ") || text.contains("Welcome to "));
            let second = second
                || index != opener && roles.get(index).is_some_and(Option::is_none) && welcomes;
            let is_beside =
                person.name.as_deref().is_some_and(|name| beside.contains(&plain_name(name)));
            if let Some(role) = roles.get_mut(index).filter(|role| is_beside && role.is_none()) {
                *role = Some(Role::Host);
            }
            if second
                && program
                && (self.introduces(index) || welcomes)
                && !self.document.blocks().is_empty()
                && let Some(role) = roles.get_mut(index)
            {
                *role = Some(Role::Host);
            }
        }
    }

    /// Whether this is a programme that somebody leads, rather than two people who talk.
    fn is_broadcast(&self, opener: usize) -> bool {
        let document = self.document;
        let says = |text: &str| {
            let lower = text.to_lowercase();
            ["welcome", "thank", "join", "with us", "this is", "it's "]
                .iter()
                .any(|words| lower.contains(words))
        };
        document.convention.is_some()
            || document.program.is_some()
            || document.network.is_some()
            || self.in_capitals()
            || self.introduces(opener)
            || self.texts(opener).any(says)
    }

    fn in_capitals(&self) -> bool {
        let labels: Vec<&String> = self
            .people
            .list
            .iter()
            .filter(|person| person.voice.kind == VoiceKind::Named)
            .flat_map(|person| &person.labels)
            .collect();
        let staffed = labels.iter().any(|label| {
            label.contains(", BYLINE") || label.contains(", HOST") || label.contains(", byline")
        });
        let full = labels.iter().any(|label| label.contains(' '));
        full && !labels.is_empty()
            && labels.iter().all(|label| {
                !label.chars().any(char::is_lowercase)
                    || label.starts_with("Mr. ")
                    || label.starts_with("Ms. ")
                    || label.starts_with("Dr. ")
            })
            && (staffed || labels.len() > 1)
    }

    fn texts(&self, person: usize) -> impl Iterator<Item = &str> {
        let turns = self.people.list.get(person).map_or(&[][..], |person| &person.turns);
        turns
            .iter()
            .filter_map(|turn| self.document.blocks().get(*turn)?.turn())
            .flat_map(|turn| &turn.paragraphs)
            .map(|paragraph| paragraph.text.as_str())
    }

    fn asks(&self, person: usize) -> bool {
        self.texts(person).any(|text| text.contains('?'))
            || self.texts(person).any(|text| text.contains("hank you") || text.contains("elcome"))
    }

    fn introduces(&self, person: usize) -> bool {
        let name = self
            .people
            .list
            .get(person)
            .and_then(|person| person.name.as_deref())
            .map(plain_name)
            .unwrap_or_default();
        self.texts(person).take(6).any(|text| {
            mention::introduces(text)
                .is_some_and(|own| plain_name(&own) == name || name.starts_with(&plain_name(&own)))
        })
    }

    fn says_program(&self, person: usize) -> bool {
        self.texts(person).take(8).any(|text| {
            text.contains("This is ")
                || text.contains("this is ")
                || text.contains("It's ")
                || text.contains("Welcome to")
        }) || self.introduces(person)
    }

    /// Where guests have their role printed once, whoever has none reports.
    fn bare_staff(&self, roles: &mut [Option<Role>]) {
        let guests = self.people.list.iter().filter(|person| !person.roles.is_empty()).count();
        if guests == 0 {
            return;
        }
        let led = roles.contains(&Some(Role::Host));
        let mut staff: Vec<usize> = Vec::new();
        for (index, (person, role)) in self.people.list.iter().zip(roles.iter_mut()).enumerate() {
            let bare = person.roles.is_empty()
                && person.title.is_none()
                && person.voice.kind == VoiceKind::Named
                && person.voice.words.len() > 1;
            if bare && (role.is_none() || *role == Some(Role::Reporter)) {
                *role = Some(Role::Reporter);
                staff.push(index);
            }
        }
        // Whoever opens introduces the others.
        let opens = |index: &&usize| {
            self.people.list.get(**index).and_then(|person| person.turns.first().copied())
        };
        let first = staff.iter().min_by_key(opens).filter(|_| !led && staff.len() > 1);
        if let Some(role) = first.and_then(|first| roles.get_mut(*first)) {
            *role = Some(Role::Host);
        }
    }

    /// Guests and those who are heard in recordings.
    fn others(&self, roles: &mut [Option<Role>]) {
        let conversation = Conversation::of(self.document, self.people, roles);
        for (index, (person, role)) in self.people.list.iter().zip(roles).enumerate() {
            if person.voice.kind == VoiceKind::Named && role.is_none() {
                *role = conversation.role(index);
            }
        }
    }
}

/// A name for comparing.
fn plain_name(name: &str) -> String {
    name.split_whitespace().map(plain).collect::<Vec<_>>().join(" ")
}

/// Who is called the programme's reporter or producer: `our producer, Matthew Kiely`, `NPR's Ann Lee
/// reports`, `Yusuf Amin has the story`.
fn called_staff(text: &str) -> Vec<String> {
    const LEADS: &[&str] = &[
        "our producer ",
        "our producer, ",
        "Our producer, ",
        "Our producer ",
        "our reporter ",
        "our correspondent ",
        "our own ",
        "Our own ",
        "our colleague ",
        "Our colleague ",
        "producers ",
    ];
    const TAILS: &[&str] = &[
        " has our report",
        " has the story",
        " has this report",
        " reports.",
        " reports from",
        " has more",
        " reports for",
        " paid him a visit",
        " was there.",
    ];
    static ANY: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::new(LEADS.iter().chain(TAILS)).ok());
    let mut found = Vec::new();
    // Nearly every paragraph has none of them, and one pass tells.
    if ANY.as_ref().is_some_and(|any| !any.is_match(text)) {
        return found;
    }
    for lead in LEADS {
        for (at, _) in text.match_indices(lead).take(4) {
            let rest = text.get(at + lead.len()..).unwrap_or_default();
            let end = rest.char_indices().map(|(at, _)| at).nth(50).unwrap_or(rest.len());
            found.extend(mention::names(rest.get(..end).unwrap_or_default()).into_iter().next());
        }
    }
    for tail in TAILS {
        for (at, _) in text.match_indices(tail).take(4) {
            let before = text.get(..at).unwrap_or_default();
            let mut start = before.len().saturating_sub(40);
            while !before.is_char_boundary(start) {
                start += 1;
            }
            let window = before.get(start..).unwrap_or_default();
            found.extend(
                mention::names(window)
                    .into_iter()
                    .rev()
                    .find(|name| window.ends_with(name.as_str())),
            );
        }
    }
    found.iter().map(|name| plain_name(name)).collect()
}
