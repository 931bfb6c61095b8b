//! Who talks with those who lead a programme, and who is only heard in what they play.

use std::collections::{HashMap, HashSet};

use crate::cast::name::plain;
use crate::cast::resolve::People;
use crate::model::{Clip, Document, Role, Turn};

/// The turns of a transcript in their order, with who leads it.
pub(crate) struct Conversation<'a> {
    document: &'a Document,
    people: &'a People,
    /// Blocks that are turns, and whose they are.
    order: Vec<(usize, Option<usize>)>,
    hosts: HashSet<usize>,
    reporters: HashSet<usize>,
    /// The words of sentences in which a host says that somebody is there, or thanks somebody.
    presented: HashSet<String>,
    /// Whether a host's introduction stands without its label.
    is_led: bool,
    /// Where each turn's block stands in the order.
    places: HashMap<usize, usize>,
}

impl<'a> Conversation<'a> {
    /// Looks at a transcript in which it is known who leads and who reports.
    pub(crate) fn of(document: &'a Document, people: &'a People, roles: &[Option<Role>]) -> Self {
        let with = |wanted: Role| {
            let of = roles.iter().enumerate().filter(move |(_, role)| **role == Some(wanted));
            of.map(|(index, _)| index).collect::<HashSet<_>>()
        };
        let order = document
            .blocks()
            .iter()
            .enumerate()
            .filter(|(_, block)| block.turn().is_some())
            .map(|(index, _)| (index, people.of_block.get(&index).copied()))
            .collect();
        let (hosts, reporters) = (with(Role::Host), with(Role::Reporter));
        let order: Vec<(usize, Option<usize>)> = order;
        let places = order.iter().enumerate().map(|(at, (block, _))| (*block, at)).collect();
        let is_led = document
            .blocks()
            .iter()
            .any(|block| block.turn().is_some_and(|turn| turn.label.is_none() && turn.inferred));
        let presented = HashSet::new();
        let mut own = Self { document, people, order, hosts, reporters, presented, is_led, places };
        own.presented = own.presentations();
        own
    }

    /// What somebody does who isn't staff: takes part, or is heard in a recording. `None` where the
    /// transcript has neither a host nor a reporter, so that there is nothing to tell it by.
    pub(crate) fn role(&self, person: usize) -> Option<Role> {
        let own = self.people.list.get(person)?;
        let taped =
            |block: &usize| self.turn(*block).is_some_and(|turn| turn.clip == Some(Clip::Tape));
        if !own.turns.is_empty() && own.turns.iter().all(taped) {
            return Some(Role::Actuality);
        }
        if self.hosts.is_empty() && self.reporters.is_empty() && !self.is_led {
            return None;
        }
        let places: Vec<usize> =
            own.turns.iter().filter_map(|block| self.places.get(block).copied()).collect();
        let takes_part = places.iter().any(|at| self.is_asked(*at) || self.greets(*at))
            || self.names(person).iter().any(|name| self.presented.contains(name))
            || places.iter().filter(|at| self.is_among_hosts(**at)).count() > 1
                && self.is_spoken_to(&places)
            || self.reporters.is_empty() && !self.is_announced(&places);
        Some(if takes_part { Role::Guest } else { Role::Actuality })
    }

    fn turn(&self, block: usize) -> Option<&'a Turn> {
        self.document.blocks().get(block)?.turn()
    }

    fn before(&self, at: usize) -> Option<(&'a Turn, Option<usize>)> {
        let (block, who) = self.order.get(at.checked_sub(1)?)?;
        Some((self.turn(*block)?, *who))
    }

    /// Whether a turn is a host's: also one that lost its label above everybody else.
    fn is_host(&self, turn: &Turn, who: Option<usize>) -> bool {
        who.map_or(turn.label.is_none() && turn.clip != Some(Clip::Tape), |who| {
            self.hosts.contains(&who)
        })
    }

    /// Whether a host has just asked something.
    fn is_asked(&self, at: usize) -> bool {
        self.before(at).is_some_and(|(turn, who)| {
            let asks = turn.paragraphs.last().is_some_and(|last| last.text.contains('?'));
            asks && self.is_host(turn, who)
        })
    }

    /// Whether a host speaks before and after.
    fn is_among_hosts(&self, at: usize) -> bool {
        let after =
            self.order.get(at + 1).and_then(|(block, who)| Some((self.turn(*block)?, *who)));
        self.before(at).is_some_and(|(turn, who)| self.is_host(turn, who))
            && after.is_some_and(|(turn, who)| self.is_host(turn, who))
    }

    /// Whether what is heard is announced as a recording.
    fn is_announced(&self, places: &[usize]) -> bool {
        const RECORDED: &[&str] = &[
            "listen to",
            "let's hear",
            "let's listen",
            "said",
            "told",
            "described",
            "addressed",
            "was asked",
            "recalled",
            "remembered",
            "in a lecture",
            "in a speech",
            "testified",
            "recorded",
            "read them aloud",
        ];
        let Some(first) = places.first() else { return false };
        // Who is asked by somebody in the recording, too.
        let host = (first.saturating_sub(2)..=*first)
            .rev()
            .find_map(|at| self.before(at).filter(|(turn, who)| self.is_host(turn, *who)));
        host.is_some_and(|(turn, who)| {
            self.is_host(turn, who)
                && turn.paragraphs.last().is_some_and(|last| {
                    let lower = last.text.to_lowercase().replace('’', "'");
                    RECORDED.iter().any(|words| lower.contains(words))
                })
        })
    }

    /// Whether a host says `you` next to somebody's turns; where nobody reports, it need not be said.
    fn is_spoken_to(&self, places: &[usize]) -> bool {
        let says_you = |at: usize| {
            let turn = self.order.get(at).and_then(|(block, who)| Some((self.turn(*block)?, *who)));
            turn.is_some_and(|(turn, who)| {
                self.is_host(turn, who)
                    && turn.paragraphs.iter().any(|paragraph| {
                        words(&paragraph.text).any(|word| {
                            matches!(word, "you" | "You" | "your" | "Your" | "you're" | "You're")
                        })
                    })
            })
        };
        self.reporters.is_empty()
            || places.iter().any(|at| at.checked_sub(1).is_some_and(says_you) || says_you(at + 1))
    }

    /// Whether a turn begins as an answer to a welcome does.
    fn greets(&self, at: usize) -> bool {
        const GREETINGS: &[&str] = &[
            "hi",
            "hi,",
            "hello",
            "hey",
            "good morning",
            "good afternoon",
            "good evening",
            "thank you",
            "thanks",
            "good to be",
            "great to be",
            "glad to be",
            "happy to be",
            "pleasure",
            "my pleasure",
            "it's my pleasure",
            "nice to be",
            "it's great to be",
            "it's good to be",
            "it's a pleasure",
            "it's nice to be",
            "my honor",
            "delighted",
        ];
        let own = self.order.get(at).and_then(|(block, _)| self.turn(*block));
        let Some(first) = own.and_then(|turn| turn.paragraphs.first()) else { return false };
        let start: String = first.text.chars().take(24).collect::<String>().to_lowercase();
        let start = start.replace('’', "'");
        let greets = GREETINGS.iter().any(|greeting| {
            start.strip_prefix(greeting).is_some_and(|rest| !rest.starts_with(char::is_alphabetic))
        });
        greets && self.before(at).is_some_and(|(turn, who)| self.is_host(turn, who))
    }

    /// The words of sentences in which a host says that somebody is there, or thanks somebody.
    fn presentations(&self) -> HashSet<String> {
        const PRESENT: &[&str] = &[
            "join us",
            "joins us",
            "joining us",
            "joined us",
            "joins me",
            "joining me",
            "joined me",
            "joined by",
            "joined now by",
            "with us",
            "is here",
            "are here",
            "welcome",
            "our guest",
            "my guest",
            "we turn to",
            "we turn now to",
            "we go to",
            "we go now to",
            "is with me",
            "we're speaking with",
            "we speak with",
            "we speak to",
            "spoke with",
            "spoke to",
            "talked with",
            "talk with",
            "talk to",
            "talked to",
            "on the line",
            "thank you",
            "thanks",
        ];
        let hosts = self.order.iter().filter_map(|(block, who)| Some((self.turn(*block)?, *who)));
        hosts
            .filter(|(turn, who)| self.is_host(turn, *who))
            .flat_map(|(turn, _)| &turn.paragraphs)
            .flat_map(|paragraph| paragraph.text.split_inclusive(['.', '?', '!']))
            .filter(|sentence| {
                let lower = sentence.to_lowercase();
                PRESENT.iter().any(|words| lower.contains(words))
            })
            .flat_map(words)
            .map(plain)
            .filter(|word| word.chars().count() > 2)
            .collect()
    }

    /// The words of a name by which somebody can be meant.
    fn names(&self, person: usize) -> Vec<String> {
        let words = self.people.list.get(person).map_or(&[][..], |person| &person.voice.words);
        words.iter().map(|word| plain(word)).filter(|word| word.chars().count() > 2).collect()
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’' | '-'))
}
